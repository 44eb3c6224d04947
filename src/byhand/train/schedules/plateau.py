"""A learning rate that falls where the loss has stopped falling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from byhand.train.schedules.schedule import Course, Floats, Number, Schedule

_BETTER = 1e-4
"""The share by which a loss has to be below the best one to count as better."""


def _factor(course: Course, numbers: Mapping[str, Any]) -> Floats:
    """Counted anew from all losses so far, so that nothing has to be remembered."""
    best, waited, falls = float("inf"), 0, 0
    for loss in course.losses:
        if loss < best - _BETTER * abs(best) or best == float("inf"):
            best, waited = loss, 0
        else:
            waited += 1
        if waited > numbers["patience"]:
            falls, waited = falls + 1, 0
    return np.full(len(course.epoch), max(numbers["factor"] ** falls, numbers["least"]))


PLATEAU = Schedule(
    name="plateau",
    title="Down at a plateau",
    formula="η = η₀ · max(γⁿ, f), n the number of times that no epoch of p in a row was better than the best before",
    factor=_factor,
    source="PyTorch's form, torch.optim.lr_scheduler.ReduceLROnPlateau",
    numbers=(
        Number("factor", 0.1, "γ, what the rate is multiplied with", high=1.0),
        Number("patience", 10.0, "p, the epochs without anything better that are waited for"),
        Number("least", 0.0, "f, the share of the rate that is kept in any case", high=1.0),
    ),
    watches=True,
)
