"""What a schedule of learning rates is: a factor for each step, worked out from the step's number and the course so far alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Course:
    """Where a run is. ``epoch`` has for each step asked about how many epochs lie before it, as a fraction, (steps,).

    ``epochs`` is how many there will be, ``losses`` those of the epochs that are over, on the samples held back where there are some.
    Nothing else counts, so a run that goes on later has the same rates.
    """

    epoch: Floats
    epochs: float
    losses: Sequence[float]


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a schedule that can be chosen. ``low`` and ``high`` bound it, both included."""

    name: str
    default: float
    summary: str
    low: float = 0.0
    high: float = float("inf")


@dataclass(frozen=True, slots=True)
class Schedule:
    """``factor`` makes of a course and the numbers what the learning rate is multiplied with, (steps,).

    ``formula`` says the same in mathematics: η the rate of a step, η₀ the one that was asked for, e the epochs before it, E all of them.
    ``fixed_end``: whether the rates of all steps depend on how many epochs there will be; ``watches``: whether they depend on the losses.
    """

    name: str
    title: str
    formula: str
    factor: Callable[[Course, Mapping[str, Any]], Floats]
    source: str
    numbers: tuple[Number, ...] = ()
    fixed_end: bool = False
    watches: bool = False

    def takes(self) -> str:
        """How it is asked for, its numbers with their defaults: ``step:every=10,factor=0.1``."""
        numbers = ",".join(f"{one.name}={one.default:g}" for one in self.numbers)
        return f"{self.name}:{numbers}" if numbers else self.name
