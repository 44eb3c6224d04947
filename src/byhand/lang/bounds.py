"""Between which numbers values lie, and what sums and products make of that."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import TypeAlias

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
UNIT = Bounds(Fraction(0), Fraction(1), False, False)
UNIT_OPEN = Bounds(Fraction(0), Fraction(1))
SYMMETRIC_OPEN = Bounds(Fraction(-1), Fraction(1))
SYMMETRIC = Bounds(Fraction(-1), Fraction(1), False, False)
