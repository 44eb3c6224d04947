"""Parts of the data: what is trained on, and what is held back to judge by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import Array
from byhand.train.data.order import generator

_PLACE = 1 << 62
"""A place in the random numbers of epoch 0 that no shuffle comes to."""


class Parts(NamedTuple):
    """Row numbers, sorted, int64; each row is in one of them."""

    kept: Array
    held: Array


def split(rows: int, share: float, seed: int, codes: Array | None = None) -> Parts:
    """Hold back a share of the rows, drawn at random; of every class the same share where ``codes`` (rows,) says which class a row is of.

    Of each class that has two rows or more, at least one is kept and, if there is room, one held. A share of 0 holds nothing back.
    ``ByhandError`` where a part would be empty.
    """
    if not 0 <= share < 1:
        raise ByhandError(f"cannot hold back a share of {share:g}: a share lies between 0 and 1, such as 0.2.")
    count = round(rows * share)
    if share and not 0 < count < rows:
        left = "holding back" if not count else "training"
        raise ByhandError(f"a share of {share:g} of {rows} row{'s' * (rows != 1)} leaves none for {left}: choose another share, or more rows.")
    held = np.zeros(rows, dtype=bool)
    random = generator(seed, 0, _PLACE)
    if codes is None or not count:
        held[random.permutation(rows)[:count]] = True
    else:
        sizes = np.bincount(codes)
        for code, some in enumerate(_shares(sizes, count).tolist()):
            held[random.permutation(np.flatnonzero(codes == code))[:some]] = True
    return Parts(np.flatnonzero(~held), np.flatnonzero(held))


def _shares(sizes: Array, count: int) -> Array:
    """How many rows of each class are held back: the largest remainders are rounded up, and no class is used up or left out that need not be."""
    low = np.where(sizes >= 2, 1, 0)
    if low.sum() > count:
        low = np.zeros_like(sizes)
    spare = np.maximum(sizes - 1, 0)
    high = spare if spare.sum() >= count else sizes
    wanted = sizes * (count / sizes.sum())
    found = np.clip(np.floor(wanted).astype(np.int64), low, high)
    while (gap := count - int(found.sum())) != 0:
        room = found < high if gap > 0 else found > low
        need = np.where(room, (wanted - found) * np.sign(gap), -np.inf)
        found[np.argsort(-need, kind="stable")[: min(abs(gap), int(room.sum()))]] += np.sign(gap)
    return found
