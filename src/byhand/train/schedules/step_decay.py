"""A learning rate that falls in stairs."""

from __future__ import annotations

import numpy as np

from byhand.train.schedules.schedule import Number, Schedule

STEP = Schedule(
    name="step",
    title="Stairs",
    formula="η = η₀ · γ^⌊e/k⌋",
    factor=lambda course, numbers: numbers["factor"] ** np.floor(course.epoch / numbers["every"]),
    source="He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016, section 3.4",
    numbers=(
        Number("every", 10.0, "k, the epochs on one stair", low=1e-6),
        Number("factor", 0.1, "γ, what the rate is multiplied with from one stair to the next", high=1.0),
    ),
)
