"""How many digits a person writes: what a bare 2 means beside answers such as 0.38152."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.run.arrays import Array

TELLING = 4
"""From so many digits on, a number with far fewer is meant exactly."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Typical numbers of decimals and of significant digits of one person; ``None`` where no answer has any decimals."""

    decimals: int
    significant: int

    @classmethod
    def of(cls, answers: Iterable[Numbers]) -> Habit | None:
        """The medians over all numbers that are not whole."""
        parts = [(one.decimals[broken], one.significant[broken]) for one in answers if (broken := one.values % 1 != 0).any()]
        if not parts:
            return None
        decimals, significant = (np.concatenate([np.ravel(part) for part in column]) for column in zip(*parts))
        return cls(int(np.median(decimals)), int(np.median(significant)))

    def reading(self, written: Numbers) -> Numbers:
        """The answer with its whole numbers taken as rounded like the others.

        1.9996 rounded to four digits is often written 2, and a program leaves out zeros, or writes 2.0; but a 2 that stands among numbers with six digits is
        not meant for 1.98. A whole number may be rounded to the usual decimals, or to the usual significant digits, whichever is coarser.
        """
        whole = (written.values % 1 == 0) & (written.decimals <= 1) & (written.half > 0)
        return self._with_its_digits(written, whole) if whole.any() else written

    def strictly(self, written: Numbers) -> Numbers | None:
        """The answer as if every number had the usual digits; ``None`` if they are so few, or so nearly written, that this says nothing."""
        short = (written.significant < self.significant - 1) & (written.decimals < self.decimals - 1) & (written.half > 0)
        return self._with_its_digits(written, short) if self.significant >= TELLING and short.any() else None

    def _with_its_digits(self, written: Numbers, where: Array) -> Numbers:
        size = np.where(written.values == 0, 1.0, np.abs(written.values))
        unit = np.where(written.values == 0, 0.0, 10.0 ** (np.floor(np.log10(size)) + 1 - self.significant))
        by_digits = np.where((unit <= 1) | (written.values % np.maximum(unit, 1.0) == 0), unit, 1.0)
        half = 0.5 * np.maximum(min(1.0, 10.0**-self.decimals), by_digits)
        return replace(
            written,
            half=np.where(where, half, written.half),
            decimals=np.where(where, self.decimals, written.decimals),
            significant=np.where(where, self.significant, written.significant),
        )
