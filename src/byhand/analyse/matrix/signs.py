"""Between which bounds the entries of a formula lie, from declared facts, data, and what leaves and rules say of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import TypeAlias

from byhand.derive.monomials import Monomial, TooMany, axes_word, expand
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.leaf import Leaf
from byhand.lang.leaves import ABS, COS, ERF, EXP, PI, RELU, SIGMOID, SIGN, SIN, STEP, TANH
from byhand.lang.sizes import ONE, Poly
from byhand.lang.walk import postorder
from byhand.run.bind import Value

Number: TypeAlias = Fraction | float


@dataclass(frozen=True, slots=True)
class Bounds:
    """Low ≤ entry ≤ high; with an open end the bound itself is never taken."""

    low: Number = -inf
    high: Number = inf
    low_open: bool = True
    high_open: bool = True

    @property
    def positive(self) -> bool:
        return self.low > 0 or (self.low == 0 and self.low_open)

    @property
    def nonnegative(self) -> bool:
        return self.low >= 0

    @property
    def negative(self) -> bool:
        return (-self).positive

    @property
    def nonpositive(self) -> bool:
        return self.high <= 0

    @property
    def nonzero(self) -> bool:
        return self.positive or self.negative

    def __neg__(self) -> Bounds:
        return Bounds(-self.high, -self.low, self.high_open, self.low_open)

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.low + other.low, self.high + other.high, self.low_open or other.low_open, self.high_open or other.high_open)

    def __mul__(self, other: Bounds) -> Bounds:
        """Exact for entries that lie on one side of zero; else only that both may be anything."""
        if self.nonpositive and not self.nonnegative:
            return -(-self * other)
        if other.nonpositive and not other.nonnegative:
            return -(self * -other)
        if not (self.nonnegative and other.nonnegative):
            return ANY
        high = inf if inf in (self.high, other.high) else self.high * other.high
        low_open = (self.positive and other.positive) if self.low * other.low == 0 else self.low_open or other.low_open
        return Bounds(self.low * other.low, high, low_open, self.high_open or other.high_open)


ANY = Bounds()
POSITIVE = Bounds(Fraction(0))
NONNEGATIVE = Bounds(Fraction(0), low_open=False)
UNIT_OPEN = Bounds(Fraction(0), Fraction(1))
SYMMETRIC_OPEN = Bounds(Fraction(-1), Fraction(1))
SYMMETRIC = Bounds(Fraction(-1), Fraction(1), False, False)

OF_LEAF: Mapping[Leaf, Bounds] = {
    EXP: POSITIVE,
    SIGMOID: UNIT_OPEN,
    TANH: SYMMETRIC_OPEN,
    ERF: SYMMETRIC_OPEN,
    SIN: SYMMETRIC,
    COS: SYMMETRIC,
    SIGN: SYMMETRIC,
    STEP: Bounds(Fraction(0), Fraction(1), False, False),
    RELU: NONNEGATIVE,
    ABS: NONNEGATIVE,
    PI: Bounds(Fraction(3), Fraction(4)),
}
"""What the values of a leaf lie between; a leaf without a line here may be anything."""


def bounds(root: Expr, data: Mapping[str, Value] | None = None) -> Bounds:
    """Bounds of all entries."""
    known: dict[Expr, Bounds] = {}
    for node in postorder(root):
        known[node] = _of(node, known, data or {})
    return known[root]


def of_monomial(front: Monomial, data: Mapping[str, Value] | None = None) -> Bounds:
    """Bounds of a scalar in front of a product. What is divided by is not zero, wherever the formula has a value."""
    found = _number(front.number)
    for (atom, _), exponent in front.factors.items():
        found = found * _power(bounds(atom, data), exponent)
    return found


def _of(node: Expr, known: Mapping[Expr, Bounds], data: Mapping[str, Value]) -> Bounds:
    match node:
        case Var(name, _, facts):
            return _data(data[name]) if name in data and data[name].size else _facts(facts)
        case Named(_, body):
            return known[body]
        case Num(value):
            return _number(value)
        case Add(terms):
            total = known[terms[0]]
            for term in terms[1:]:
                total = total + known[term]
            return total
        case Contract():
            return _contraction(node, known)
        case Map(leaf, args):
            return _power(known[args[0]], leaf.exponent) if leaf.exponent is not None else OF_LEAF.get(leaf, ANY)
        case Index(_, scatter, arg):
            inner = known[arg]
            return inner if scatter or (inner.low == inner.high) else _with_zero(inner)
        case Call(rule, args):
            return POSITIVE if "positive" in rule.facts else NONNEGATIVE if "nonnegative" in rule.facts else ANY
        case Pick():
            return Bounds(Fraction(0), Fraction(1), False, False)
        case Inverse():
            return ANY


def _facts(facts: frozenset[str]) -> Bounds:
    if facts & {"one_hot", "one_hot_columns"}:
        return Bounds(Fraction(0), Fraction(1), False, False)
    if "signs" in facts:
        return SYMMETRIC
    if "positive" in facts:
        return POSITIVE
    return NONNEGATIVE if "nonnegative" in facts else ANY


def _data(value: Value) -> Bounds:
    entries = value.ravel().tolist()
    return Bounds(min(entries), max(entries), False, False)


def _number(value: Poly) -> Bounds:
    """A number over sizes; sizes are at least one."""
    if value.constant is not None:
        return Bounds(value.constant, value.constant, False, False)
    coefficients = [c for _, c in value.terms]
    return POSITIVE if all(c > 0 for c in coefficients) else -POSITIVE if all(c < 0 for c in coefficients) else ANY


def _with_zero(inner: Bounds) -> Bounds:
    """Windows read zeros outside."""
    return Bounds(min(inner.low, Fraction(0)), max(inner.high, Fraction(0)), inner.low < 0 and inner.low_open, inner.high > 0 and inner.high_open)


def _power(base: Bounds, exponent: Fraction) -> Bounds:
    if exponent.denominator == 1 and exponent % 2 == 0:
        return POSITIVE if exponent < 0 or base.nonzero else NONNEGATIVE
    if exponent == 1:
        return base
    if base.nonnegative or exponent.denominator == 2:
        return POSITIVE if exponent < 0 or base.positive else NONNEGATIVE
    return -(POSITIVE if exponent < 0 or base.negative else NONNEGATIVE) if base.nonpositive and exponent.denominator == 1 else ANY


def _contraction(node: Contract, known: Mapping[Expr, Bounds]) -> Bounds:
    """Products entry by entry, sums of such."""
    if len(node.args) == 1:
        found = known[node.args[0]]
    else:
        (left, right), (a, b) = node.args, node.spec.inputs
        found = _power(known[left], Fraction(2)) if left is right and a == b else known[left] * known[right]
        found = found if found is not ANY or node.spec.summed else _by_powers(node, known)
    if len(set(node.spec.output)) < len(node.spec.output):
        found = _with_zero(found)
    if not node.spec.summed:
        return found
    if found.nonnegative:
        return POSITIVE if found.positive else NONNEGATIVE
    return -(POSITIVE if found.negative else NONNEGATIVE) if found.nonpositive else ANY


def _by_powers(node: Contract, known: Mapping[Expr, Bounds]) -> Bounds:
    """A product entry by entry in which factors come twice: y · (y · s)."""
    inside = frozenset(inner for inner in postorder(node, enter_named=False) if isinstance(inner, Add))
    try:
        terms = expand(node, axes_word(node), inside)
    except TooMany:
        return ANY
    if len(terms) != 1 or any(atom not in known for atom, _ in terms[0].factors):
        return ANY
    found = _number(terms[0].number)
    for (atom, _), exponent in terms[0].factors.items():
        of_signs = isinstance(atom, Var) and "signs" in atom.facts and exponent % 2 == 0
        found = found * (_number(ONE) if of_signs else _power(known[atom], exponent))
    return found
