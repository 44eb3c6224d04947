"""What each system on a GPU offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from workloads import Array, Workload

STEPS = 64
"""Steps of one repetition."""


@dataclass(frozen=True)
class Session:
    """``advance`` takes STEPS steps and waits for them; ``first_weight`` is W1 as it is now."""

    system: str
    advance: Callable[[], None]
    first_weight: Callable[[], Array]


def order_of(workload: Workload) -> Array:
    """The rows of each step: batch after batch, from the first again after the last."""
    rows = np.arange(workload.batch * workload.batches, dtype=np.int64).reshape(workload.batches, workload.batch)
    return rows[np.arange(STEPS) % workload.batches]
