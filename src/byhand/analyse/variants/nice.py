"""Whether numbers make a good exercise: nothing sits on a kink, no relu is dead, no gradient vanishes, results are short to write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Map, Named, Var, filled, named
from byhand.lang.names import Grad
from byhand.lang.walk import postorder, size_letters, substitute
from byhand.run.bind import Value
from byhand.run.evaluate import evaluate
from byhand.run.mixed import is_exact
from byhand.sheets import solution as s

FAINT = 1e-4
"""A number that is not zero and smaller than this is a nuisance on paper."""
NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Mark:
    """Less is better, the first thing first: values on a kink, errors that vanish on the way, units that are dead, and what there is to write."""

    kinks: int
    vanished: int
    dead: int
    length: float

    def is_nice(self, given: Mark) -> bool:
        """No unit is dead, and nothing else is worse than with the numbers given, where a gradient may vanish for a reason."""
        return not self.dead and self.kinks <= given.kinks and self.vanished <= given.vanished

    def key(self) -> tuple[int, int, int, float]:
        return self.kinks, self.vanished, self.dead, self.length


@dataclass(frozen=True, slots=True)
class Targets:
    """What the sheet makes of its numbers. ``open``: each gradient as it would be if no unit were switched off; ``passing``: so those on the way to them.

    ``varying``: the given names that formulas use as numbers, not as sizes or places.
    """

    shown: tuple[Named, ...]
    gradients: tuple[Named, ...]
    open: tuple[Expr, ...]
    passing: tuple[Expr, ...]
    data: Mapping[str, Value]
    sizes: Mapping[str, int]
    varying: frozenset[str]


def targets(solution: s.Solution) -> Targets:
    """Everything on a sheet that has a number."""
    items = [item for part in solution.parts for item in part.items]
    data = {item.variable.name: item.value for item in items if isinstance(item, s.Given) and item.value is not None}
    everything = [node for item in items for node in _shown(item)]
    found = [node for node in everything if _has_data(node, data)]
    gradients = tuple(node for node in dict.fromkeys(found) if isinstance(node.name, Grad))
    letters = {letter for node in postorder(*found) for letter in size_letters(node)}
    sizes = {name: int(value.item()) for name, value in data.items() if name in letters and not value.ndim}
    passing = tuple(dict.fromkeys(node for item in items for node in _on_the_way(item) if _has_data(node, data)))
    shown = tuple(node for node in dict.fromkeys(found) if node not in gradients)
    return Targets(shown, gradients, _unmasked(gradients), _unmasked(passing), data, sizes, _names(everything) - sizes.keys())


def _names(roots: Iterable[Named]) -> frozenset[str]:
    return frozenset(node.name for node in postorder(*roots) if isinstance(node, Var))


def _shown(item: s.Item) -> Iterator[Named]:
    match item:
        case s.Defined(quantity):
            yield quantity
        case s.Asked(_, Named() as quantity):
            yield quantity
        case s.GradientOf(gradient):
            yield gradient
        case s.Stepped(derivation, _, rounds):
            wanted = {update.parameter.name for one in rounds for update in one.updates}
            yield from (gradient for name, gradient in derivation.gradients.items() if name in wanted)
        case s.LocalOf(_, entries):
            yield named(f"{entries.name} entries", entries.body)
        case s.Answered(formulas=formulas):
            yield from formulas
        case _:
            pass


def _on_the_way(item: s.Item) -> Iterator[Named]:
    """The gradients of what is computed: the errors that travel back."""
    if isinstance(item, (s.GradientOf, s.Stepped)):
        computed = {node.name for node in item.derivation.forward}
        inner = {gradient: name for name, gradient in item.derivation.gradients.items() if name in computed}
        yield from (gradient for gradient in item.needed if gradient in inner)


def _has_data(node: Named, data: Mapping[str, Value]) -> bool:
    return all(below.name in data and _fits(below, data[below.name]) for below in postorder(node) if isinstance(below, Var))


def _fits(variable: Var, value: Value) -> bool:
    """Whether the data is that of this quantity, and not of a batch with other sizes under its name."""
    return len(variable.shape) == value.ndim and all(axis == count for axis, count in zip(variable.shape, value.shape) if isinstance(axis, int))


def _unmasked(gradients: tuple[Named, ...]) -> tuple[Expr, ...]:
    """The gradients with 1 for every factor that is constant on either side of a jump: the masks of relu and its kin."""
    masks: dict[Expr, Expr] = {node: filled(1, node.shape) for node in postorder(*gradients) if isinstance(node, Map) and _is_mask(node)}
    return tuple(substitute(gradient, masks, enter_named=True) for gradient in gradients)


def _is_mask(node: Map) -> bool:
    """Constant but for a jump, and 0 on one side of it: a step, and not a sign."""
    leaf = node.leaf
    return leaf.kinked and not leaf.odd and leaf.arity == 1 and leaf.derivative(*node.args, node)[0] is filled(0, node.shape)


# ------------------------------------------------------------------------------------------------ judging


def judged(what: Targets, data: Mapping[str, Value]) -> Mark | None:
    """How nice the numbers are; ``None`` where something cannot be worked out with them."""
    try:
        found = evaluate([*what.shown, *what.gradients, *what.open, *what.passing], data, what.sizes)
    except ByhandError:
        return None
    roots = iter(found.roots)
    shown, gradients, full, passing = (list(islice(roots, len(group))) for group in (what.shown, what.gradients, what.open, what.passing))
    vanished = sum(int(np.sum(np.abs(np.asarray(error, dtype=np.float64)) < NOTHING)) for error in passing)
    dead = sum(int(np.sum(_is_zero(gradient) & ~_is_zero(alive))) for gradient, alive in zip(gradients, full))
    return Mark(len(found.kinks), vanished, dead, sum(_length(value) for value in (*shown, *gradients)))


def _is_zero(value: Value) -> np.ndarray:
    return np.asarray(np.equal(value, 0), dtype=bool)


def _length(value: Value) -> float:
    """How long an array is to write: the digits of its rationals, and floats that are faint beside the others."""
    if is_exact(value):
        return float(sum(_digits(entry) for entry in value.ravel().tolist()))
    sizes = np.abs(np.asarray(value, dtype=np.float64).ravel())
    return float(4 * len(sizes) + 20 * int(np.sum((sizes > 0) & (sizes < FAINT))))


def _digits(entry: Fraction) -> int:
    """Of a decimal that ends, its digits; a fraction without end costs extra."""
    rest = entry.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1:
        return 6 + 2 * len(str(entry.denominator))
    places = next(k for k in range(entry.denominator.bit_length() + 1) if 10**k % entry.denominator == 0)
    return len(str(abs(entry.numerator) * 10**places // entry.denominator))
