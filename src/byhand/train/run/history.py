"""What is noted of every epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the samples. ``number`` counts from 1.

    ``loss`` is the mean over the samples, each at the moment its batch was seen; ``validation_loss`` and ``score`` (the share of right
    classes, or R²) are those of the samples held back, at the end of the epoch; ``rate`` is the learning rate of its last step.
    """

    number: int
    loss: float
    validation_loss: float | None
    score: float | None
    rate: float
    seconds: float
    examples: int

    @property
    def judged(self) -> float:
        """The loss by which epochs are compared: that of the samples held back where there are some."""
        return self.loss if self.validation_loss is None else self.validation_loss

    @property
    def speed(self) -> float:
        """Samples a second."""
        return self.examples / max(self.seconds, 1e-9)


History = tuple[Epoch, ...]


def as_rows(history: History) -> list[list[Any]]:
    """For a file."""
    return [[one.number, one.loss, one.validation_loss, one.score, one.rate, one.seconds, one.examples] for one in history]


def from_rows(rows: list[list[Any]]) -> History:
    """What ``as_rows`` wrote; ``TypeError`` or ``ValueError`` for anything else."""
    return tuple(
        Epoch(int(number), float(loss), _maybe(other), _maybe(score), float(rate), float(seconds), int(examples))
        for number, loss, other, score, rate, seconds, examples in rows
    )


def _maybe(value: Any) -> float | None:
    return None if value is None else float(value)
