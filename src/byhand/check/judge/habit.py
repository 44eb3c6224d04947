"""How many digits a person writes: what a bare 2 means beside answers such as 0.38152."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import floor, isfinite, log10

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.judge.row import Row
from byhand.check.numbers.rounding import to_decimals, to_significant
from byhand.run.arrays import Array

TELLING = 4
"""From so many digits on, a number with far fewer is meant exactly."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Typical numbers of decimals and of significant digits of one person; ``None`` where no answer has any decimals."""

    decimals: int
    significant: int

    @classmethod
    def of(cls, row: Row) -> Habit | None:
        """The medians over all numbers that are not whole."""
        if row.integral.all():
            return None
        broken = ~row.integral
        return cls(_median(row.decimals[broken].tolist()), _median(row.significant[broken].tolist()))

    def roundings(self) -> tuple[Callable[[Array], Array], ...]:
        """Rounding as this person does it: to the usual decimals, or to the usual significant digits."""
        return partial(to_decimals, digits=self.decimals), partial(to_significant, digits=self.significant)

    def reading(self, written: Numbers) -> Numbers:
        """The answer with its whole numbers taken as rounded like the others.

        1.9996 rounded to four digits is often written 2, and a program leaves out zeros, or writes 2.0; but a 2 that stands among numbers with six digits is
        not meant for 1.98. A whole number may be rounded to the usual decimals, or to the usual significant digits, whichever is coarser.
        """
        whole = (written.values % 1 == 0) & (written.decimals <= 1) & (written.half > 0) & (written.half <= 0.5)
        return self._with_its_digits(written, whole) if whole.any() else written

    def strictly(self, written: Numbers) -> Numbers | None:
        """The answer as if every number had the usual digits; ``None`` if they are so few, or so nearly written, that this says nothing."""
        short = (written.significant < self.significant - 1) & (written.decimals < self.decimals - 1) & (written.half > 0)
        return self._with_its_digits(written, short) if self.significant >= TELLING and short.any() else None

    def _with_its_digits(self, written: Numbers, where: Array) -> Numbers:
        half, decimals, significant = np.array(written.half), np.array(written.decimals), np.array(written.significant)
        half[where] = [self._half(value) for value in written.values[where].tolist()]
        decimals[where], significant[where] = self.decimals, self.significant
        return Numbers(written.values, half, significant, decimals, written.text, written.zeros_lost)

    def half(self, values: Array | float) -> Array:
        """Half a unit of the coarser of the usual digits, for each entry."""
        size = np.abs(np.where(values, values, 1.0))
        by_digits = 10.0 ** (np.floor(np.log10(size)) + 1 - self.significant)
        return 0.5 * np.maximum(np.minimum(1.0, 10.0**-self.decimals), np.where(values, by_digits, 0.0))

    def _half(self, value: float) -> float:
        """Half a unit of the coarser of the usual decimals and the usual significant digits, as far as the number is written so."""
        unit = 10.0 ** (floor(log10(abs(value))) + 1 - self.significant) if value and isfinite(value) else 0.0
        by_digits = unit if unit <= 1 or value % unit == 0 else _last_unit(value)
        return 0.5 * max(min(1.0, 10.0**-self.decimals), by_digits)


def _last_unit(value: float) -> float:
    """The unit of the last digit of a whole number that is not 0; zeros at the end count as rounded away where many digits stand before them."""
    text = f"{abs(value):.0f}"
    digits = text.rstrip("0")
    return 10.0 ** (len(text) - len(digits)) if len(digits) > TELLING else 1.0


def _median(numbers: list[int]) -> int:
    """The middle one, or half-way between the two in the middle, rounded down."""
    ordered, middle = sorted(numbers), len(numbers) // 2
    return int(ordered[middle]) if len(ordered) % 2 else int((ordered[middle - 1] + ordered[middle]) / 2)
