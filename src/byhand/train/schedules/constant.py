"""The same learning rate throughout."""

from __future__ import annotations

import numpy as np

from byhand.train.schedules.schedule import Schedule

CONSTANT = Schedule(
    name="constant",
    title="Constant",
    formula="η = η₀",
    factor=lambda course, numbers: np.ones(len(course.epoch)),
    source="Robbins and Monro, A stochastic approximation method, 1951, for why it stops short of the minimum",
)
