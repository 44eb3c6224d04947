"""Which rows each step sees, drawn by a counter-based generator: any epoch's order is there at once, without the epochs before it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import Array

LARGEST_SEED = 2**64 - 1


class Order(NamedTuple):
    """``steps`` has a row of row numbers for each full batch, (steps, batch); ``rest`` what is left over, fewer than a batch. Both int64."""

    steps: Array
    rest: Array


def generator(seed: int, epoch: int, place: int = 0) -> np.random.Generator:
    """Random numbers of one place of one epoch: Philox keyed by (seed, epoch), its counter set to the place.

    Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
    """
    if not (0 <= seed <= LARGEST_SEED and 0 <= epoch <= LARGEST_SEED):
        raise ByhandError(f"cannot draw with seed {seed} in epoch {epoch}: both are whole numbers from 0 to 2**64 - 1.")
    return np.random.Generator(np.random.Philox(key=np.array([seed, epoch], dtype=np.uint64), counter=[0, 0, 0, place]))


def dealt(rows: Array, batch: int) -> Order:
    """Row numbers in the order in which they come, cut into batches."""
    full = len(rows) // batch * batch
    return Order(rows[:full].reshape(-1, batch), rows[full:])


def order(rows: int, batch: int, seed: int, epoch: int) -> Order:
    """All rows once, shuffled, in batches; the same for the same seed and epoch.

    Every permutation is equally likely, and epochs are independent of each other. ``ByhandError`` where a batch is larger than the data.
    """
    if batch < 1:
        raise ByhandError(f"cannot make batches of {batch} rows: a batch has at least one row.")
    if batch > rows:
        raise ByhandError(f"cannot make batches of {batch} rows from data of {rows}: choose a batch of at most {rows}.")
    return dealt(generator(seed, epoch).permutation(rows), batch)
