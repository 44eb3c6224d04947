"""Sizes of axes, and the exact numbers that may be written over them.

A shape is a tuple of sizes. A size is an integer, or a polynomial in size letters such as ``m`` or ``2*h + 1``.
The same polynomials, with rational coefficients and negative exponents, are the numbers of formulas: ``1/2``,
``1/N``, ``m/2``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import TypeAlias

Monomial: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Poly:
    """A Laurent polynomial in size letters with rational coefficients, in one canonical order."""

    terms: tuple[tuple[Monomial, Fraction], ...]

    def __hash__(self) -> int:
        # Hashing a fraction takes a modular inverse; numerators tell most polynomials apart.
        return hash(tuple([(monomial, value.numerator) for monomial, value in self.terms]))

    @staticmethod
    def of(value: Number) -> Poly:
        return value if isinstance(value, Poly) else _constant(value)

    @staticmethod
    def letter(name: str) -> Poly:
        return Poly(((((name, 1),), Fraction(1)),))

    @property
    def constant(self) -> Fraction | None:
        """The value, if no letter occurs."""
        if not self.terms:
            return Fraction(0)
        monomial, value = self.terms[0]
        return value if len(self.terms) == 1 and not monomial else None

    @property
    def letters(self) -> frozenset[str]:
        return frozenset(letter for monomial, _ in self.terms for letter, _ in monomial)

    def at(self, sizes: Mapping[str, int]) -> Fraction:
        """The value for given sizes; ``KeyError`` if a letter has none."""
        return sum(
            (value * prod((Fraction(sizes[letter]) ** power for letter, power in monomial), start=Fraction(1)) for monomial, value in self.terms),
            Fraction(0),
        )

    def __add__(self, other: Number) -> Poly:
        return _collect((*self.terms, *Poly.of(other).terms))

    def __neg__(self) -> Poly:
        return Poly(tuple((monomial, -value) for monomial, value in self.terms))

    def __sub__(self, other: Number) -> Poly:
        return self + -Poly.of(other)

    def __mul__(self, other: Number) -> Poly:
        other = Poly.of(other)
        if self is ONE or other is ONE:
            return other if self is ONE else self
        if len(self.terms) == len(other.terms) == 1 and not self.terms[0][0] and not other.terms[0][0]:
            return _constant(self.terms[0][1] * other.terms[0][1])
        return _collect(tuple((_join(m1, m2), v1 * v2) for m1, v1 in self.terms for m2, v2 in other.terms))

    def inverse(self) -> Poly | None:
        """1/self where that is again a Laurent polynomial: for a single term."""
        if len(self.terms) != 1:
            return None
        monomial, value = self.terms[0]
        return Poly(((tuple((letter, -power) for letter, power in monomial), 1 / value),))

    def __str__(self) -> str:
        ordered = sorted(self.terms, key=lambda term: (term[1] < 0, not term[0]))
        return " + ".join(_term(monomial, value) for monomial, value in ordered).replace("+ -", "- ") or "0"


@lru_cache(maxsize=4096)
def _constant(value: int | Fraction) -> Poly:
    return Poly((((), Fraction(value)),) if value else ())


ONE = _constant(1)
ZERO = _constant(0)

Number: TypeAlias = int | Fraction | Poly
Size: TypeAlias = int | Poly
Shape: TypeAlias = tuple[Size, ...]


def size(value: Number) -> Size:
    """The simplest form of a size: a plain integer where no letter occurs."""
    poly = Poly.of(value)
    constant = poly.constant
    return poly if constant is None or constant.denominator != 1 else int(constant)


def volume(shape: Shape) -> Size:
    """How many entries an array of this shape has."""
    total = Poly.of(1)
    for axis in shape:
        total = total * axis
    return size(total)


def shape_text(shape: Shape) -> str:
    """A shape as people write it: ``(3,)``, ``(m, n)``, ``()``."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _collect(terms: tuple[tuple[Monomial, Fraction], ...]) -> Poly:
    totals: dict[Monomial, Fraction] = {}
    for monomial, value in terms:
        known = totals.get(monomial)
        totals[monomial] = value if known is None else known + value
    return Poly(tuple(sorted((m, v) for m, v in totals.items() if v)))


def _join(left: Monomial, right: Monomial) -> Monomial:
    powers = dict(left)
    for letter, power in right:
        powers[letter] = powers.get(letter, 0) + power
    return tuple(sorted((letter, power) for letter, power in powers.items() if power))


def _term(monomial: Monomial, value: Fraction) -> str:
    above = [letter if power == 1 else f"{letter}**{power}" for letter, power in monomial if power > 0]
    below = [letter if power == -1 else f"{letter}**{-power}" for letter, power in monomial if power < 0]
    if abs(value.numerator) != 1 or not above:
        above.insert(0, str(abs(value.numerator)))
    if value.denominator != 1:
        below.insert(0, str(value.denominator))
    sign = "-" if value < 0 else ""
    return sign + "*".join(above) + "".join(f"/{factor}" for factor in below)
