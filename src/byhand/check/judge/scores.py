"""What answers are worth, and what a mistake costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from byhand.check.exercise.quantity import Quantity
from byhand.check.settings import Settings

NOTHING, ONE = Fraction(0), Fraction(1)


@dataclass(slots=True)
class Scores:
    """``charged``: slips that have cost marks, each with the quantity where it did; ``sized``: answers of the wrong shape, with the slip that explains it."""

    settings: Settings
    charged: dict[str, str] = field(default_factory=dict[str, str])
    sized: dict[str, str] = field(default_factory=dict[str, str])

    def most(self, quantity: Quantity) -> Fraction:
        """What an answer is worth: nothing for what the sheet gives."""
        counts = quantity.kind != "given" and (quantity.asked or self.settings.count == "answered")
        return self.settings.marks.get(quantity.name, ONE if counts else NOTHING)

    def for_slip(self, slip: str, quantity: Quantity, message: str) -> tuple[Fraction, str]:
        """The marks that a slip leaves, all of them where it was charged before, and what is said of it."""
        before = self.charged.setdefault(slip, quantity.name)
        if before != quantity.name and self.settings.same_slip == "once":
            return self.most(quantity), f"{message}; this slip was charged at {before} already"
        return self.most(quantity) * self.settings.slip_marks, message
