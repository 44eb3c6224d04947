"""An answer in numbers as it is handed to the judge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from byhand.check.answers.entry import Numbers
from byhand.check.exercise.quantity import Quantity
from byhand.check.judge.habit import Habit
from byhand.check.numbers.layout import Convention, layouts
from byhand.run.arrays import Array


@dataclass(frozen=True)
class Written:
    """An answer in numbers with all that is needed to read it. ``truth``: the right numbers, one case."""

    quantity: Quantity
    truth: Array
    numbers: Numbers
    remarks: tuple[str, ...]
    convention: Convention
    habit: Habit | None

    @cached_property
    def readings(self) -> list[tuple[Numbers, str]]:
        """The answer in every layout that can be meant, each with a remark."""
        return list(layouts(self.numbers, self.truth.shape[1:], self.convention, self.quantity.name))

    def but(self, *remarks: str) -> tuple[str, ...]:
        """The remarks with more of them, those that say something."""
        return (*self.remarks, *(one for one in remarks if one))
