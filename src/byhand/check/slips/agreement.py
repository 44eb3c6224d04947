"""Whether two formulas have the same numbers, case by case."""

from __future__ import annotations

import numpy as np

from byhand.run.arrays import Array

CLOSE = 1e-9
"""Relative difference up to which two floats count as the same number."""


def agreeing(value: Array, right: Array, close: float = CLOSE) -> Array:
    """For each case whether two arrays have the same numbers; one that is not defined agrees with anything."""
    count = max(len(value), len(right))
    with np.errstate(all="ignore"):
        gap = np.broadcast_to(np.abs(value - right), (count, *right.shape[1:])).reshape(count, -1)
        scale = np.broadcast_to(np.abs(right), (count, *right.shape[1:])).reshape(count, -1).max(axis=1, initial=0.0)
        return ~(gap.max(axis=1, initial=0.0) > close * np.maximum(scale, 1e-12))


def defined(value: Array) -> Array:
    """For each case whether all entries are numbers."""
    return np.asarray(np.isfinite(value.reshape(len(value), -1)).all(axis=1)) if value.size else np.ones(len(value), dtype=bool)


def fingerprint(value: Array) -> bytes:
    """For each case the numbers to nine digits of its largest: the same for formulas that are equal but for rounding."""
    rows = value.reshape(len(value), -1)
    scale = np.abs(rows).max(axis=1, initial=0.0, keepdims=True)
    fine = np.isfinite(scale)
    with np.errstate(all="ignore"):
        power = np.where(fine & (scale > 0), 10.0 ** np.floor(np.log10(np.where(scale > 0, scale, 1.0))), 1.0)
        rounded = np.where(fine, np.round(rows / power * 1e9), np.nan)
    return (rounded + 0.0).tobytes() + np.where(fine, power, np.nan).tobytes()
