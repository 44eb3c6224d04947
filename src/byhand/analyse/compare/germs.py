"""What becomes of a formula as one score u grows: exact arithmetic with u and eᵘ as symbols.

A germ is a quotient of polynomials in u, in powers of eᵘ and in logarithms ln ρ of rationals. All other scores are such logarithms, so that
their exponentials are rational; which of them, is drawn at random. Limits are read off the leading terms. What has no such form
(square roots, sines, e to a rational) raises ``Undefined``, and a value known but for something that tends to 0 is ``rough``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import log, prod
from typing import TypeAlias

from byhand.lang.leaf import LOG, Leaf
from byhand.lang.leaves import ABS, ERF, EXP, RELU, SIGMOID, SIGN, STEP, TANH
from byhand.run.algebra import Undefined

Monomial: TypeAlias = tuple[Fraction, int, tuple[tuple[Fraction, int], ...]]
"""The power of eᵘ, the power of u, and for each ρ the power of ln ρ."""
Terms: TypeAlias = Mapping[Monomial, Fraction]
Degree: TypeAlias = tuple[Fraction, int]

ZERO, ONE = Fraction(0), Fraction(1)
CONSTANT: Monomial = (ZERO, 0, ())
UNIT: Terms = {CONSTANT: ONE}
MOST_TERMS = 2_000


class Growing(Exception):
    """A limit that is infinite; ``up`` says to which side."""

    def __init__(self, up: bool) -> None:
        super().__init__()
        self.up = up


@dataclass(frozen=True, slots=True, eq=False)
class Germ:
    top: Terms
    bottom: Terms
    rough: bool = False

    def __add__(self, other: Germ) -> Germ:
        rough = self.rough or other.rough
        if self.bottom == other.bottom:
            return Germ(_sum(self.top, other.top), self.bottom, rough)
        return Germ(_sum(_product(self.top, other.bottom), _product(other.top, self.bottom)), _product(self.bottom, other.bottom), rough)

    def __radd__(self, other: int) -> Germ:
        """Sums of arrays begin with 0."""
        return self + number(Fraction(other))

    def __mul__(self, other: Germ) -> Germ:
        """Raises ``Undefined`` where what is not known of one factor is made large by the other."""
        if (self.rough and not other.is_bounded()) or (other.rough and not self.is_bounded()):
            raise _unknown()
        return quotient(_product(self.top, other.top), _product(self.bottom, other.bottom), self.rough or other.rough)

    def is_bounded(self) -> bool:
        return not self.top or degree(self.top) <= degree(self.bottom)

    def sign(self) -> int:
        """Of the values at large u."""
        if self.rough and (not self.top or degree(self.top) < degree(self.bottom)):
            raise _unknown()
        return _sign(self.top) * _sign(self.bottom)

    def limit(self) -> Fraction | None:
        """The limit if it is rational, ``None`` if it is another finite number; ``Growing`` if it is infinite."""
        if not self.top or degree(self.top) < degree(self.bottom):
            return ZERO
        if degree(self.top) > degree(self.bottom):
            raise Growing(self.sign() > 0)
        above, below = _leading(self.top), _leading(self.bottom)
        ratio = next(iter(above.values())) / below.get(next(iter(above)), ZERO) if next(iter(above)) in below else None
        same = ratio is not None and above == {key: value * ratio for key, value in below.items()}
        return ratio if same else None


def quotient(top: Terms, bottom: Terms, rough: bool = False) -> Germ:
    """A germ; a constant below the line is divided out."""
    if bottom is not UNIT and len(bottom) == 1 and CONSTANT in bottom:
        amount = bottom[CONSTANT]
        return Germ({key: value / amount for key, value in top.items()}, UNIT, rough)
    return Germ(top, bottom, rough)


def number(value: Fraction) -> Germ:
    return Germ({CONSTANT: value} if value else {}, UNIT)


def running(up: bool) -> Germ:
    """The score itself: u, or −u on its way to −∞."""
    return Germ({(ZERO, 1, ()): ONE if up else -ONE}, UNIT)


def logarithm(value: Fraction) -> Germ:
    """ln ρ"""
    return Germ({(ZERO, 0, ((value, 1),)): ONE} if value != 1 else {}, UNIT)


def _unknown() -> Undefined:
    return Undefined("follow", "its growth has no simple form")


# --------------------------------------------------------------------------------------------- polynomials


def _sum(left: Terms, right: Terms) -> Terms:
    found = dict(left)
    for key, value in right.items():
        found[key] = found.get(key, ZERO) + value
    return {key: value for key, value in found.items() if value}


def _product(left: Terms, right: Terms) -> Terms:
    if left is UNIT or right is UNIT:
        return right if left is UNIT else left
    if len(left) * len(right) > MOST_TERMS:
        raise _unknown()
    found: dict[Monomial, Fraction] = {}
    for (k, m, logs), value in left.items():
        for (k2, m2, logs2), value2 in right.items():
            key = (k + k2, m + m2, _merged(logs, logs2))
            found[key] = found.get(key, ZERO) + value * value2
    return {key: value for key, value in found.items() if value}


def _merged(left: tuple[tuple[Fraction, int], ...], right: tuple[tuple[Fraction, int], ...]) -> tuple[tuple[Fraction, int], ...]:
    if not left or not right:
        return left or right
    powers = dict(left)
    for base, power in right:
        powers[base] = powers.get(base, 0) + power
    return tuple(sorted(powers.items()))


def degree(terms: Terms) -> Degree:
    return max((k, m) for k, m, _ in terms)


def _leading(terms: Terms) -> Terms:
    most = degree(terms)
    return {key: value for key, value in terms.items() if key[:2] == most}


def _sign(terms: Terms) -> int:
    """Of the leading coefficient, whose logarithms are worked out."""
    if not terms:
        return 0
    leading = _leading(terms)
    sizes = [float(value) * prod(log(base) ** power for base, power in logs) for (_, _, logs), value in leading.items()]
    if len(leading) == 1 and not next(iter(leading))[2]:
        return 1 if next(iter(leading.values())) > 0 else -1
    if abs(sum(sizes)) <= 1e-9 * max(map(abs, sizes)):
        raise _unknown()
    return 1 if sum(sizes) > 0 else -1


# ------------------------------------------------------------------------------------------------ functions


def reciprocal(x: Germ) -> Germ:
    if not x.top or (x.rough and degree(x.top) < degree(x.bottom)):
        raise _unknown()
    return quotient(x.bottom, x.top, x.rough)


def power(x: Germ, exponent: Fraction) -> Germ:
    if exponent.denominator != 1:
        raise _unknown()
    base, found = (x if exponent > 0 else reciprocal(x)), number(ONE)
    for _ in range(abs(int(exponent))):
        found = found * base
    return found


def _exp(x: Germ) -> Germ:
    """e to the sum of a multiple of u and of logarithms; of something that falls faster, or is not quite known, what it tends to."""
    scale = x.bottom.get(CONSTANT) if len(x.bottom) == 1 else None
    if scale is not None and not x.rough:
        found = _exp_of_sum({key: value / scale for key, value in x.top.items()})
        if found is not None:
            return found
    try:
        if x.limit() == 0:
            return Germ(UNIT, UNIT, rough=True)
    except Growing as growing:
        if not growing.up:
            return Germ({}, UNIT, rough=True)
    raise _unknown()


def _exp_of_sum(terms: Terms) -> Germ | None:
    front, times = ZERO, ONE
    for (k, m, logs), value in terms.items():
        if (k, m, logs) == (0, 1, ()):
            front = value
        elif k == m == 0 and len(logs) == 1 and logs[0][1] == 1 and value.denominator == 1 and abs(value) <= 64:
            times *= logs[0][0] ** int(value)
        else:
            return None
    return Germ({(front, 0, ()): times}, UNIT)


def _log(x: Germ) -> Germ:
    """k u + ln c for what behaves as c eᵏᵘ."""
    if x.sign() <= 0 or x.rough:
        raise _unknown()
    above, below = _leading(x.top), _leading(x.bottom)
    (k, m, logs), *more = above
    (k2, m2, logs2), *more2 = below
    if more or more2 or logs or logs2 or m != m2:
        raise _unknown()
    constant = logarithm(next(iter(above.values())) / next(iter(below.values())))
    line = Germ({(ZERO, 1, ()): k - k2} if k != k2 else {}, UNIT)
    return Germ((line + constant).top, UNIT, rough=len(x.top) > 1 or len(x.bottom) > 1)


def _quotient(x: Germ, twice: bool) -> Germ:
    """σ(x) = eˣ/(1 + eˣ), and tanh x = (e²ˣ − 1)/(e²ˣ + 1)."""
    try:
        grown = _exp(x + x if twice else x)
    except Undefined:
        if x.sign() > 0 and not x.is_bounded():
            return Germ(UNIT, UNIT, rough=True)
        raise
    above = grown + number(-ONE) if twice else grown
    return above * reciprocal(grown + number(ONE))


def _erf(x: Germ) -> Germ:
    if not x.is_bounded():
        return Germ({CONSTANT: Fraction(x.sign())}, UNIT, rough=True)
    if not x.top and not x.rough:
        return x
    raise _unknown()


FUNCTIONS: Mapping[Leaf, Callable[[Germ], Germ]] = {
    EXP: _exp,
    LOG: _log,
    SIGMOID: lambda x: _quotient(x, twice=False),
    TANH: lambda x: _quotient(x, twice=True),
    ERF: _erf,
    RELU: lambda x: x if x.sign() > 0 else number(ZERO),
    STEP: lambda x: number(Fraction(x.sign() > 0)),
    SIGN: lambda x: number(Fraction(x.sign())),
    ABS: lambda x: x if x.sign() >= 0 else x * number(-ONE),
}
