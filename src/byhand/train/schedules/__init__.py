"""The schedules of learning rates: one file for each, one line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.train.schedules.constant import CONSTANT
from byhand.train.schedules.cosine import COSINE
from byhand.train.schedules.exponential import EXPONENTIAL
from byhand.train.schedules.inverse_time import INVERSE_TIME
from byhand.train.schedules.plateau import PLATEAU
from byhand.train.schedules.schedule import Course, Floats, Schedule
from byhand.train.schedules.step_decay import STEP

__all__ = ["SCHEDULES", "Planned", "planned"]

SCHEDULES: tuple[Schedule, ...] = (CONSTANT, STEP, EXPONENTIAL, COSINE, INVERSE_TIME, PLATEAU)


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule with its numbers, after a warm-up of so many epochs in which the rate grows evenly from 0 (Goyal et al. 2017)."""

    schedule: Schedule
    numbers: Mapping[str, float]
    warmup: float = 0.0

    def rates(self, base: float, epoch: int, steps: int, epochs: int, losses: Sequence[float]) -> Floats:
        """The learning rate of each of the ``steps`` of an epoch, counted from 0, of ``epochs`` in all; (steps,)."""
        before = epoch + np.arange(steps) / steps
        after_warmup = Course(np.maximum(before - self.warmup, 0.0), max(epochs - self.warmup, 1 / steps), losses)
        factors = self.schedule.factor(after_warmup, self.numbers)
        if self.warmup:
            factors = factors * np.minimum(1.0, (before + 1 / steps) / self.warmup)
        return base * factors


def planned(text: str, warmup: float = 0.0) -> Planned:
    """The schedule that a setting names, such as ``cosine`` or ``step:every=10,factor=0.5``; ``ByhandError`` where there is none like it."""
    name, _, rest = text.partition(":")
    found = next((one for one in SCHEDULES if one.name == name.strip().lower().replace("-", "_")), None)
    if found is None:
        raise ByhandError(f"there is no schedule {name.strip()[:40]!r}; there are {', '.join(one.takes() for one in SCHEDULES)}.")
    numbers = {one.name: one.default for one in found.numbers}
    for part in (part for part in rest.split(",") if part.strip()):
        key, _, value = (piece.strip() for piece in part.partition("="))
        numbers[key] = _number(found, key, value)
    return Planned(found, numbers, warmup)


def _number(schedule: Schedule, key: str, value: str) -> float:
    known = next((one for one in schedule.numbers if one.name == key), None)
    if known is None:
        raise ByhandError(f"the schedule {schedule.name} has no number {key[:40]!r}: it is written {schedule.takes()}.")
    try:
        number = float(value)
    except ValueError:
        raise ByhandError(f"{key}={value[:40]} of the schedule {schedule.name} is no number: it is written {schedule.takes()}.") from None
    if not (isfinite(number) and known.low <= number <= known.high):
        bounds = f"from {known.low:g} to {known.high:g}" if isfinite(known.high) else f"of at least {known.low:g}"
        raise ByhandError(f"{key}={value[:40]} of the schedule {schedule.name} has to be a number {bounds}: it is {known.summary}.")
    return number
