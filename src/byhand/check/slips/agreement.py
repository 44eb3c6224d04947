"""Whether two formulas have the same numbers, case by case."""

from __future__ import annotations

import numpy as np

from byhand.run.arrays import Array

CLOSE = 1e-9
"""Relative difference up to which two floats count as the same number."""


def agreeing(value: Array, right: Array) -> Array:
    """For each case whether two arrays have the same numbers; one that is not defined agrees with anything."""
    count = max(len(value), len(right))
    with np.errstate(all="ignore"):
        gap = np.broadcast_to(np.abs(value - right), (count, *right.shape[1:])).reshape(count, -1)
        scale = np.broadcast_to(np.abs(right), (count, *right.shape[1:])).reshape(count, -1).max(axis=1, initial=0.0)
        return ~(gap.max(axis=1, initial=0.0) > CLOSE * np.maximum(scale, 1e-12))


def fingerprint(value: Array) -> bytes:
    """Numbers to nine digits of the largest: the same for formulas that are equal but for rounding."""
    scale = float(np.abs(value).max(initial=0.0))
    if not np.isfinite(scale) or not scale:
        return np.nan_to_num(value).tobytes()
    return f"{scale:.8e}".encode() + (np.round(value / scale * 1e9) + 0.0).tobytes()
