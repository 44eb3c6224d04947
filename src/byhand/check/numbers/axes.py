"""Which axes count samples: told by how the formulas of a sheet connect the axes of its quantities, not by their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias, assert_never

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.index import Window
from byhand.lang.names import Grad, Updated
from byhand.lang.walk import children, postorder

Axis: TypeAlias = tuple[Expr | str, int]
"""An axis of a node, or of a quantity by its name."""


@lru_cache(maxsize=64)
def sample_axes(exercise: Exercise) -> dict[str, frozenset[int]]:
    """For each quantity the axes along which samples are counted.

    Axes that are summed against each other, added or multiplied entry by entry are the same thing under two names. An axis of what is
    given counts samples if it is not the same as any axis of a parameter: the parameters do not know how many samples there are.
    """
    same = _Same()
    quantities = [one for one in exercise.quantities.values() if one.dims]
    for quantity in quantities:
        for step in quantity.steps:
            same.connect(postorder(step))
            for k in range(len(step.shape) if step in same.alive else 0):
                same.join((quantity.name, k), (step, k))
    learned = parameters(exercise)
    if not learned:
        return {}
    of_parameters = {same.root((one.name, k)) for one in quantities if one.name in learned for k in range(len(one.dims or ()))}
    of_data = {same.root((one.name, k)) for one in quantities if one.kind == "given" and one.name not in learned for k in range(len(one.dims or ()))}
    counting = of_data - of_parameters
    return {one.name: frozenset(k for k in range(len(one.dims or ())) if same.root((one.name, k)) in counting) for one in quantities}


@lru_cache(maxsize=64)
def samples(exercise: Exercise) -> frozenset[int]:
    """How many samples there are: usually one number, none where the data is a single sample."""
    found = {(exercise.quantities[name].dims or ())[axis] for name, axes in sample_axes(exercise).items() for axis in axes}
    return frozenset(n for n in found if n > 1)


def of_samples(exercise: Exercise) -> frozenset[str]:
    """The quantities that have a row or a column for each sample."""
    return frozenset(name for name, axes in sample_axes(exercise).items() if axes)


@lru_cache(maxsize=64)
def parameters(exercise: Exercise) -> frozenset[str]:
    """What is given and then learned: there is an updated value of it, or a gradient and no other use as data."""
    updated = {one.node.name.name for one in exercise.quantities.values() if isinstance(one.node.name, Updated)}
    by_gradient = {one.node.name.wrt for one in exercise.quantities.values() if isinstance(one.node.name, Grad)}
    wanted = updated or by_gradient
    return frozenset(one.name for one in exercise.quantities.values() if one.kind == "given" and _plain(one) in wanted)


def _plain(quantity: Quantity) -> str:
    return str(quantity.node.name)


@dataclass(slots=True)
class _Same:
    """Axes that are the same, as a forest. ``alive``: nodes that hold a quantity; arrays of numbers such as ones belong to nobody."""

    above: dict[Axis, Axis] = field(default_factory=dict[Axis, Axis])
    alive: set[Expr] = field(default_factory=set["Expr"])

    def root(self, axis: Axis) -> Axis:
        while axis in self.above:
            axis = self.above[axis]
        return axis

    def join(self, first: Axis, second: Axis) -> None:
        first, second = self.root(first), self.root(second)
        if first != second:
            self.above[first] = second

    def connect(self, nodes: list[Expr]) -> None:
        """What nodes say of their own axes and those of their operands; rules applied are looked into."""
        for node in nodes:
            if isinstance(node, Call):
                self.connect(postorder(node.body))
            parts = (node.body,) if isinstance(node, Call) else children(node)
            if isinstance(node, Var) or not self.alive.isdisjoint(parts):
                self.alive.add(node)
                for own, other in _pairs(node, self.alive):
                    self.join(own, other)


def _pairs(node: Expr, alive: set[Expr]) -> Iterator[tuple[Axis, Axis]]:
    """Axes of a node that are the same as others."""
    match node:
        case Var(name, shape):
            yield from (((node, k), (name, k)) for k in range(len(shape)))
        case Named(_, body) | Call(_, _, _, body) | Pick(body):
            yield from (((node, k), (body, k)) for k in range(len(node.shape)))
        case Add(parts) | Map(_, parts):
            yield from (((node, k), (part, k)) for part in parts if part in alive for k in range(len(node.shape)))
        case Contract(how, args):
            places: dict[str, Axis] = {}
            words = [(how.output, node), *((word, arg) for word, arg in zip(how.inputs, args) if arg in alive)]
            yield from (((part, k), places.setdefault(letter, (part, k))) for word, part in words for k, letter in enumerate(word))
        case Index(Window(axes), scatter, arg, _):
            outer, inner = (arg, node) if scatter else (node, arg)
            straight = (((inner, k), (outer, axis.strides[0][0])) for k, axis in enumerate(axes) if len(axis.strides) == 1 and axis.strides[0][1] == 1)
            yield from (pair for pair in straight if inner.shape[pair[0][1]] == outer.shape[pair[1][1]])
        case Index() | Inverse() | Num():
            pass
        case _:
            assert_never(node)
