"""Expressions: a closed union of immutable, hash-consed nodes, each with a shape of symbolic sizes.

Nodes are made by the constructors below and by the operators, which have NumPy's meaning. The constructors keep a
light normal form (numbers multiplied out in front, transposes and broadcasts fused into the contraction that uses
them, zeros and ones gone), so that equal things are mostly the same object. Equality is identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar, cast
from weakref import WeakValueDictionary

from byhand.lang.errors import ShapeError
from byhand.lang.index import Reindexing
from byhand.lang.leaf import POW, Leaf, power
from byhand.lang.names import Name
from byhand.lang.rule import OptionValue, Rule
from byhand.lang.sizes import ONE, ZERO, Poly, Shape, Size, shape_text, size
from byhand.lang.spec import LETTERS, Spec, Words, canonical, spec

Scalar: TypeAlias = int | float | Fraction | Poly
"""A number that may stand beside an expression; a float means the decimal it prints as."""


class Operators:
    """Arithmetic with NumPy's meaning, broadcasting included."""

    __slots__ = ()

    def __add__(self, other: Operand) -> Expr:
        return plus(_expr(self), lift(other))

    def __radd__(self, other: Operand) -> Expr:
        return plus(lift(other), _expr(self))

    def __sub__(self, other: Operand) -> Expr:
        return plus(_expr(self), -lift(other))

    def __rsub__(self, other: Operand) -> Expr:
        return plus(lift(other), -_expr(self))

    def __neg__(self) -> Expr:
        return scale(-1, _expr(self))

    def __mul__(self, other: Operand) -> Expr:
        return times(_expr(self), lift(other))

    def __rmul__(self, other: Operand) -> Expr:
        return times(lift(other), _expr(self))

    def __truediv__(self, other: Operand) -> Expr:
        return times(_expr(self), reciprocal(lift(other)))

    def __rtruediv__(self, other: Operand) -> Expr:
        return times(lift(other), reciprocal(_expr(self)))

    def __matmul__(self, other: Operand) -> Expr:
        return matmul(_expr(self), lift(other))

    def __rmatmul__(self, other: Operand) -> Expr:
        return matmul(lift(other), _expr(self))

    def __pow__(self, other: Operand) -> Expr:
        return raised(_expr(self), lift(other))

    def __rpow__(self, other: Operand) -> Expr:
        return raised(lift(other), _expr(self))

    def through(self, leaf: Leaf) -> Expr:
        """A leaf applied to every entry."""
        return apply(leaf, _expr(self))

    @property
    def T(self) -> Expr:
        """All axes in reverse order."""
        return transpose(_expr(self))


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Var(Operators):
    """A given or declared quantity."""

    name: str
    shape: Shape
    facts: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Named(Operators):
    """An intermediate under its own name; shown by that name wherever it is used."""

    name: Name
    body: Expr
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Num(Operators):
    """An exact rational, possibly over sizes."""

    value: Poly
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Add(Operators):
    """The sum of two or more terms of the same shape."""

    terms: tuple[Expr, ...]
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Contract(Operators):
    """An einsum of one or two operands, in the order in which they are shown."""

    spec: Spec
    args: tuple[Expr, ...]
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Map(Operators):
    """A scalar function applied elementwise to arguments of one shape; no argument at all for π."""

    leaf: Leaf
    args: tuple[Expr, ...]
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Index(Operators):
    """A linear re-indexing of the argument, or its adjoint, which adds entries back to where they came from."""

    by: Reindexing
    scatter: bool
    arg: Expr
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Call(Operators):
    """A rule applied; ``body`` is its definition with these arguments."""

    rule: Rule
    args: tuple[Expr, ...]
    options: tuple[tuple[str, OptionValue], ...]
    body: Expr
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Inverse(Operators):
    """The inverse of the matrices in the last two axes."""

    arg: Expr
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Pick(Operators):
    """The one-hot mask of the largest entry along the last axis, the first one at ties; its derivative is zero."""

    arg: Expr
    shape: Shape


Expr: TypeAlias = Var | Named | Num | Add | Contract | Map | Index | Call | Inverse | Pick
Operand: TypeAlias = Expr | Scalar
_N = TypeVar("_N", Var, Named, Num, Add, Contract, Map, Index, Call, Inverse, Pick)
_interned: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()


def intern(kind: type[_N], *fields: Any) -> _N:
    """The one node with these fields."""
    key = (kind, *fields)
    node = _interned.get(key)
    if node is None:
        node = _interned[key] = kind(*fields)
    return cast(_N, node)


def _expr(node: Operators) -> Expr:
    return cast(Expr, node)


# ---------------------------------------------------------------------------------------------- simple nodes


def var(name: str, shape: Iterable[Size | str] = (), facts: Iterable[str] = ()) -> Var:
    """A given quantity; letters in the shape are symbolic sizes."""
    sizes = tuple(size(Poly.letter(axis)) if isinstance(axis, str) else axis for axis in shape)
    return intern(Var, name, sizes, frozenset(facts))


def named(name: Name, body: Expr) -> Named:
    return intern(Named, name, body, body.shape)


def num(value: Scalar) -> Num:
    """A number; floats are taken as the decimal they print as."""
    return intern(Num, _exact(value), ())


def _exact(value: Scalar) -> Poly:
    return Poly.of(value if isinstance(value, (Poly, Fraction, int)) else Fraction(repr(float(value))))


UNIT = num(1)
"""The number one, which nearly every formula holds somewhere."""


def lift(value: Operand) -> Expr:
    return value if isinstance(value, Operators) else num(value)


def filled(value: Scalar, shape: Shape) -> Expr:
    """An array with the same number everywhere."""
    return contract(Spec(("",), LETTERS[: len(shape)]), num(value), sizes=dict(zip(LETTERS, shape)))


def eye(n: Size) -> Expr:
    return contract("i->ii", filled(1, (n,)))


def as_number(node: Expr) -> Poly | None:
    """The number that fills this array, if it is a ``Num`` or a broadcast one."""
    match node:
        case Num(value):
            return value
        case Contract(_, (Num(value),)) if len(set(node.spec.output)) == len(node.shape):
            return value
        case _:
            return None


def is_zero(node: Expr) -> bool:
    value = as_number(node)
    return (value is not None and not value.terms) or (isinstance(node, Contract) and isinstance(node.args[0], Num) and not node.args[0].value.terms)


# ------------------------------------------------------------------------------------------------- sums


def split_factor(node: Expr) -> tuple[Poly, Expr]:
    """``node`` as (number, rest) with node = number · rest."""
    match node:
        case Num(value):
            return value, UNIT
        case Contract(how, (Num(value), rest)) if how.inputs[1] == how.output and not how.inputs[0]:
            return value, rest
        case Contract(how, (Num(value),)):
            return value, intern(Contract, how, (UNIT,), node.shape)
        case _:
            return ONE, node


def scale(factor: Scalar, node: Expr) -> Expr:
    """A number times an expression; numbers multiply out in front."""
    inner, rest = split_factor(node)
    total = _exact(factor) * inner
    if total is ONE or total == ONE:
        return rest
    if not total.terms:
        return filled(0, node.shape) if not isinstance(rest, Num) else num(0)
    match rest:
        case Num():
            return num(total)
        case Contract(how, (Num(),)):
            return intern(Contract, how, (num(total),), rest.shape)
        case Add() if total == Poly.of(-1) and _is_difference(rest):
            return _swapped(rest)
        case Contract(how, args) if total == Poly.of(-1) and any(map(_is_difference, args)):
            position = next(k for k, arg in enumerate(args) if _is_difference(arg))
            fresh = tuple(_swapped(arg) if k == position else arg for k, arg in enumerate(args))
            return intern(Contract, how, fresh, rest.shape)
        case _:
            word = LETTERS[: len(rest.shape)]
            return intern(Contract, Spec(("", word), word), (num(total), rest), rest.shape)


def _is_difference(node: Expr) -> bool:
    return isinstance(node, Add) and len(node.terms) == 2 and is_negative(node.terms[1]) and not is_negative(node.terms[0])


def _swapped(node: Expr) -> Expr:
    """−(a − b) as b − a."""
    assert isinstance(node, Add)
    return intern(Add, tuple(scale(-1, term) for term in reversed(node.terms)), node.shape)


def is_negative(node: Expr) -> bool:
    """Whether a printer would write a minus sign in front."""
    factor = split_factor(node)[0]
    return bool(factor.terms) and factor.terms[0][1] < 0


def add(terms: Iterable[Expr]) -> Expr:
    """The sum of terms of one shape: nested sums flattened, like terms collected, zeros dropped."""
    totals: dict[Expr, Poly] = {}
    flat = list(terms)
    shape = flat[0].shape
    for term in flat:
        if term.shape != shape:
            raise ShapeError(f"cannot add terms of shapes {shape_text(shape)} and {shape_text(term.shape)}.")
        for part in term.terms if isinstance(term, Add) else (term,):
            factor, rest = split_factor(part)
            totals[rest] = totals.get(rest, ZERO) + factor
    kept = tuple(scale(factor, rest) for rest, factor in totals.items() if factor.terms)
    if not kept:
        return filled(0, shape) if shape else num(0)
    return kept[0] if len(kept) == 1 else intern(Add, kept, shape)


# ------------------------------------------------------------------------------------------ contractions


def contract(how: str | Spec, *args: Expr, sizes: Mapping[str, Size] | None = None) -> Expr:
    """The einsum of one or two operands; ``sizes`` gives the axes that only the output has.

    Raises ``ShapeError`` where one letter would stand for two different sizes.
    """
    how = spec(how) if isinstance(how, str) else how
    words = Words(list(how.inputs), how.output, _bind(how, args, sizes or {}))
    shape = tuple(words.sizes[c] for c in how.output)
    if any(is_zero(arg) for arg in args):
        return _constant(0, LETTERS[: len(shape)], shape)
    factor, operands = ONE, list(args)
    for position, arg in enumerate(args):
        number, inner = split_factor(arg)
        factor = factor * number
        if isinstance(inner, Contract) and len(inner.args) == 1 and (len(args) == 1 or not inner.spec.summed):
            words.inline(position, inner.spec, inner.args[0].shape)
            inner = inner.args[0]
        operands[position] = inner
    for axis in words.vanished():
        factor = factor * axis
    return scale(factor, _assemble(words, operands, shape))


def _bind(how: Spec, args: tuple[Expr, ...], sizes: Mapping[str, Size]) -> dict[str, Size]:
    bound: dict[str, Size] = dict(sizes)
    for word, arg in zip(how.inputs, args, strict=True):
        for letter, axis in zip(word, arg.shape, strict=True):
            if bound.setdefault(letter, axis) != axis:
                shapes = " and ".join(shape_text(a.shape) for a in args)
                raise ShapeError(f"cannot contract {how} over shapes {shapes}: {letter} would be both {bound[letter]} and {axis}.")
    return {letter: bound[letter] for letter in dict.fromkeys("".join(how.inputs) + how.output)}


def _constant(value: Scalar, output: str, shape: Shape) -> Expr:
    return intern(Contract, canonical(Spec(("",), output)), (num(value),), shape) if output else num(value)


def _assemble(words: Words, operands: list[Expr], shape: Shape) -> Expr:
    """The node for operands that carry no numbers in front and no one-operand contraction inside."""
    if len(operands) == 2 and UNIT in operands:
        position = operands.index(UNIT)
        del operands[position], words.inputs[position]
    if len(operands) == 2:
        if _backwards(words):
            words.inputs.reverse()
            operands.reverse()
        return intern(Contract, words.spec(), tuple(operands), shape)
    (word,), (operand,) = words.inputs, operands
    if operand is UNIT:
        return _constant(1, words.output, shape)
    if word == words.output and len(set(word)) == len(word):
        return operand
    if isinstance(operand, Contract) and len(operand.args) == 2 and sorted(word) == sorted(words.output) and len(set(word)) == len(word):
        position_of = dict(zip(word, operand.spec.output))
        how = Spec(operand.spec.inputs, "".join(position_of[c] for c in words.output))
        return _assemble(Words(list(how.inputs), how.output, {}), list(operand.args), shape)
    return intern(Contract, words.spec(), (operand,), shape)


def _backwards(words: Words) -> bool:
    """Whether the operands read better the other way round: a scalar first, free axes in the order of the output."""
    first, second = words.inputs
    if not second or not first:
        return bool(first) and not second
    only_first = [c for c in words.output if c in first and c not in second]
    only_second = [c for c in words.output if c in second and c not in first]
    both = bool(only_first) and bool(only_second)
    return both and max(map(words.output.index, only_second)) < min(map(words.output.index, only_first))


def transpose(node: Expr) -> Expr:
    word = LETTERS[: len(node.shape)]
    return contract(Spec((word,), word[::-1]), node)


def _join_shapes(left: Expr, right: Expr, doing: str) -> Shape:
    """The common shape under NumPy's broadcasting, or ``ShapeError``."""
    rank = max(len(left.shape), len(right.shape))
    pairs = zip((1,) * (rank - len(left.shape)) + left.shape, (1,) * (rank - len(right.shape)) + right.shape)
    joined: list[Size] = []
    for axis, (a, b) in enumerate(pairs):
        if a != b and a != 1 and b != 1:
            raise ShapeError(
                f"cannot {doing} {describe(left)} and {describe(right)}: their shapes {shape_text(left.shape)} and {shape_text(right.shape)} "
                f"disagree on axis {axis - rank} ({a} against {b}). "
                "Shapes are matched from the last axis backwards; a transpose (.T) or another orientation usually mends it."
            )
        joined.append(b if a == 1 else a)
    return tuple(joined)


def _aligned(node: Expr, shape: Shape) -> tuple[str, dict[str, Size]]:
    """Letters for the axes of ``node`` inside ``shape``: an axis of size 1 that is stretched gets one of its own."""
    output = LETTERS[: len(shape)]
    spare = iter(LETTERS[len(shape) + (10 if node.shape else 0) :])
    missing = len(shape) - len(node.shape)
    word = "".join(c if mine == full else next(spare) for c, mine, full in zip(output[missing:], node.shape, shape[missing:]))
    return word, dict(zip(output, shape))


def broadcast(node: Expr, shape: Shape) -> Expr:
    """``node`` stretched to ``shape`` by NumPy's rules (which the caller has checked)."""
    word, sizes = _aligned(node, shape)
    return contract(Spec((word,), LETTERS[: len(shape)]), node, sizes=sizes)


def plus(left: Expr, right: Expr) -> Expr:
    shape = _join_shapes(left, right, "add")
    return add((broadcast(left, shape), broadcast(right, shape)))


def times(left: Expr, right: Expr) -> Expr:
    """The elementwise (Hadamard) product, broadcast."""
    shape = _join_shapes(left, right, "multiply")
    (first, sizes), (second, _) = _aligned(left, shape), _aligned(right, shape)
    return contract(Spec((first, _apart(second, first, len(shape))), LETTERS[: len(shape)]), left, right, sizes=sizes)


def _apart(word: str, other: str, rank: int) -> str:
    """``word`` with its private letters (those beyond the output's) renamed away from the other operand's."""
    spare = iter(c for c in LETTERS[rank:] if c not in other)
    return "".join(c if c in LETTERS[:rank] else next(spare) for c in word)


def matmul(left: Expr, right: Expr) -> Expr:
    """NumPy's ``@``: matrices, vectors, and stacks of matrices with broadcast leading axes."""
    if not left.shape or not right.shape:
        raise ShapeError(
            f"cannot form the matrix product of {describe(left)} and {describe(right)}: one of them is a single number. Use * for a scalar multiple."
        )
    inner = right.shape[max(len(right.shape) - 2, 0)]
    if left.shape[-1] != inner:
        raise ShapeError(
            f"cannot form the matrix product {describe(left)} @ {describe(right)}: their shapes are {shape_text(left.shape)} and {shape_text(right.shape)}, "
            f"so the last axis of the left has {left.shape[-1]} entries and the axis it meets on the right {inner}. "
            "A transpose (.T) on one of them usually mends it."
        )
    row, column = ("y" if len(left.shape) > 1 else ""), ("z" if len(right.shape) > 1 else "")
    batch = _join_batches(left, right)
    first, second = (_batch_word(node, batch, spare) for node, spare in ((left, "opqrstuv"), (right, "ABCDEFGH")))
    output = LETTERS[: len(batch)] + row + column
    return contract(Spec((first + row + "x", second + "x" + column), output), left, right, sizes=dict(zip(LETTERS, batch)) | _edge_sizes(left, right))


def _join_batches(left: Expr, right: Expr) -> Shape:
    stacks = [intern(Num, ZERO, node.shape[:-2]) for node in (left, right)]
    return _join_shapes(stacks[0], stacks[1], "stack the matrices of")


def _batch_word(node: Expr, batch: Shape, spare: str) -> str:
    mine = node.shape[:-2]
    start = len(batch) - len(mine)
    return "".join(LETTERS[start + k] if axis == batch[start + k] else spare[k] for k, axis in enumerate(mine))


def _edge_sizes(left: Expr, right: Expr) -> dict[str, Size]:
    return ({"y": left.shape[-2]} if len(left.shape) > 1 else {}) | ({"z": right.shape[-1]} if len(right.shape) > 1 else {})


def describe(node: Expr) -> str:
    """How messages speak of an operand: by its name, or as what it is."""
    match node:
        case Var(name) | Named(name):
            return str(name)
        case Num(value):
            return str(value)
        case Call(rule):
            return f"{rule.name}(…)"
        case Map(leaf):
            return f"{leaf.name}(…)"
        case Contract(how, (Var() | Named() as inner,)) if how == spec("ij->ji"):
            return f"{describe(inner)}.T"
        case Contract(_, (left, right)):
            return f"({describe(left)}·{describe(right)})"
        case _:
            return "an expression"


# ------------------------------------------------------------------------------------- elementwise functions


def apply(leaf: Leaf, *args: Expr) -> Expr:
    """A leaf applied elementwise; arguments of different shapes are broadcast, exact numbers are worked out."""
    shape: Shape = ()
    for arg in args:
        shape = _join_shapes(intern(Num, ZERO, shape), arg, f"apply {leaf.name} to")
    spread = tuple(broadcast(arg, shape) for arg in args)
    constants = [value.constant for value in map(as_number, spread) if value is not None]
    if args and len(constants) == len(args) and None not in constants:
        exact = leaf.exact(*constants)
        if exact is not None:
            return filled(exact, shape)
    return intern(Map, leaf, spread, shape)


def raised(base: Expr, exponent: Expr) -> Expr:
    """base ** exponent; a number in the exponent makes it a plain power."""
    value = as_number(exponent)
    constant = value.constant if value is not None else None
    if constant is None:
        return apply(POW, base, exponent)
    shape = _join_shapes(base, exponent, "raise")
    return broadcast(power_of(base, constant), shape)


def power_of(base: Expr, exponent: Fraction) -> Expr:
    if exponent in (0, 1):
        return base if exponent else filled(1, base.shape)
    factor, rest = split_factor(base)
    if exponent == -1 and factor != ONE and (inverse := factor.inverse()) is not None:
        return scale(inverse, power_of(rest, exponent)) if not isinstance(rest, Num) else num(inverse)
    if isinstance(base, Map) and base.leaf.exponent is not None and exponent.denominator == 1:
        return power_of(base.args[0], base.leaf.exponent * exponent)
    return apply(power(exponent), base)


def reciprocal(node: Expr) -> Expr:
    return power_of(node, Fraction(-1))
