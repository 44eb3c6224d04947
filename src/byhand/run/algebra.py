"""One walk over expressions for every kind of number: what a kind must offer, and how its parts are put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import Protocol, TypeVar, assert_never

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.index import Affine, Reindexing, Window
from byhand.lang.sizes import Poly, Shape
from byhand.lang.spec import Spec
from byhand.run.arrays import Dims
from byhand.run.order import Form, System, system_of

V = TypeVar("V")
MOST_ENTRIES = 100_000_000
"""Entries of one array; what is larger does not fit into memory beside the others."""


class Algebra(Protocol[V]):
    """A kind of number: how its arrays are added, contracted, re-indexed and put through a leaf."""

    def given(self, node: Var) -> V: ...
    def number(self, value: Fraction, shape: Dims) -> V: ...
    def add(self, terms: Sequence[V]) -> V: ...
    def contract(self, how: Spec, args: Sequence[V], shape: Dims) -> V: ...
    def apply(self, node: Map, args: Sequence[V]) -> V: ...
    def reindex(self, by: Reindexing, scatter: bool, arg: V, shape: Dims) -> V: ...
    def inverse(self, arg: V) -> V: ...
    def solve(self, system: System, matrix: V, right: V) -> V: ...
    def pick(self, arg: V) -> V: ...


class Undefined(Exception):
    """An operation that has no value at an entry. ``operand`` is the position of the operand to blame, ``None`` for the result."""

    def __init__(self, doing: str, need: str, entry: Dims | None = None, number: object = None, operand: int | None = 0) -> None:
        super().__init__(doing)
        self.doing = doing
        self.need = need
        self.entry = entry
        self.number = number
        self.operand = operand
        self.node: Expr | None = None


@dataclass(slots=True)
class Measure:
    """Symbolic sizes as numbers."""

    sizes: Mapping[str, int]
    known: dict[Shape, Dims] = field(default_factory=dict[Shape, Dims])

    def value(self, poly: Poly) -> Fraction:
        if poly.constant is not None:
            return poly.constant
        missing = sorted(poly.letters - set(self.sizes))
        if missing:
            raise ByhandError(f"the size {missing[0]} is not known: no data fixes it; give it as a number.")
        try:
            return poly.at(self.sizes)
        except ZeroDivisionError:
            raise ByhandError(f"cannot divide in {poly}: a size in it is zero.") from None

    def dims(self, shape: Shape) -> Dims:
        found = self.known.get(shape)
        if found is None:
            found = tuple(self.axis(axis) for axis in shape)
            if prod(found) > MOST_ENTRIES:
                raise ByhandError(f"an array with {prod(found):,} entries is refused; the limit is {MOST_ENTRIES:,}.")
            self.known[shape] = found
        return found

    def axis(self, axis: int | Poly) -> int:
        value = self.value(Poly.of(axis))
        if value.denominator != 1 or value < 0:
            raise ByhandError(f"the size {axis} would be {value}; it must be a whole number.")
        return int(value)

    def reindexing(self, by: Reindexing) -> Reindexing:
        """The same with integer offsets."""
        if not isinstance(by, Window) or all(isinstance(axis.offset, int) for axis in by.axes):
            return by
        return Window(tuple(Affine(int(self.value(Poly.of(axis.offset))), axis.strides) for axis in by.axes))


def walk(order: Iterable[Expr], algebra: Algebra[V], measure: Measure, form: Form) -> dict[Expr, V]:
    """The value of every node of ``order`` in this kind of numbers."""
    values: dict[Expr, V] = {}
    for node in order:
        try:
            values[node] = _value(node, values, algebra, measure, form)
        except Undefined as trouble:
            trouble.node = trouble.node or node
            raise
    return values


def _value(node: Expr, values: Mapping[Expr, V], algebra: Algebra[V], measure: Measure, form: Form) -> V:
    match node:
        case Var():
            return algebra.given(node)
        case Num(value, shape):
            return algebra.number(measure.value(value), measure.dims(shape))
        case Named(_, body):
            return values[body]
        case Call():
            return values[form(node)]
        case Add(terms):
            return algebra.add([values[term] for term in terms])
        case Contract(_, (left, right)) if (system := system_of(node)) is not None:
            return algebra.solve(system, values[system.matrix], values[right if system.position == 0 else left])
        case Contract(how, args, shape):
            return algebra.contract(how, [values[arg] for arg in args], measure.dims(shape))
        case Map(_, args):
            return algebra.apply(node, [values[arg] for arg in args])
        case Index(by, scatter, arg, shape):
            return algebra.reindex(measure.reindexing(by), scatter, values[arg], measure.dims(shape))
        case Inverse(arg):
            return algebra.inverse(values[arg])
        case Pick(arg):
            return algebra.pick(values[arg])
        case _:
            assert_never(node)
