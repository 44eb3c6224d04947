"""A learning rate that goes down half a wave of the cosine: slowly at first, fast in the middle, slowly at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from byhand.train.schedules.schedule import Course, Floats, Number, Schedule


def _factor(course: Course, numbers: Mapping[str, Any]) -> Floats:
    share = np.clip(course.epoch / course.epochs, 0.0, 1.0)
    return numbers["final"] + (1 - numbers["final"]) * (1 + np.cos(np.pi * share)) / 2


COSINE = Schedule(
    name="cosine",
    title="Cosine",
    formula="η = η₀ · (f + (1 − f) · (1 + cos(π e/E))/2)",
    factor=_factor,
    source="Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, 2017, equation 5 without restarts",
    numbers=(Number("final", 0.0, "f, the share of the rate that is left at the end", high=1.0),),
    fixed_end=True,
)
