"""A number as written against a number worked out: right if it rounds to it at the digits written.

For one entry let a be what was written, t what it is compared with, and h half a unit of the last digit of a. There are enough digits if a has
at least ``settings.digits`` significant ones, or at least so many decimals; where trailing zeros are not kept (0.5 may have been 0.50) the decimals
are those of the finest entry of the array, or what makes as many significant digits as another entry has, if that is coarser.

* Enough significant digits: a is right if |a − t| ≤ h. A tie may be rounded either way, 0.125 to 0.12 or 0.13; cut off is not rounded.
* Enough decimals only: the same with half a unit at those decimals.
* Too few: the missing digits count as zeros, so that h is at most half a unit of the ``settings.digits``-th significant digit of the largest
  entry of t: 1 is not right for 0.88, nor 0 for 0.0005, but 2 is for 2.0000001.
* A fraction has no last digit, and must be exact.

Besides, the noise of floating-point numbers is always accepted: a part of 10⁻⁹ of a, or of 10⁻¹² of the largest entry of the array. Arrays with eight
digits and more were written by a program, perhaps in single precision (24 bits, 6 · 10⁻⁸ a rounding; Higham, Accuracy and Stability of Numerical
Algorithms, chapter 2): there a part of 5 · 10⁻⁷ of the largest entry is noise. Nobody writes eight digits by hand and gets the last but one wrong.
What is not finite never fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.settings import Settings
from byhand.run.arrays import Array

NOISE = 1e-9
"""The part of a number that is lost on the way in 64-bit floats, at most."""
SINGLE = 5e-7
"""The part of the largest entry that is lost in single precision."""
OF_PROGRAMS, NEARLY = 8, 7
"""So many significant digits only a program writes; some entries of such an array are shorter by chance."""
FLOOR = 1e-15
"""What is nearer than this is the same: sums that cancel leave so much behind."""


def fits(written: Numbers, candidates: Array, slack: Array | float, settings: Settings) -> Array:
    """For each of several cases, along the first axis, whether what was written is that value, all entries of it.

    ``slack`` is added to the half width of each entry: an array of the answer's shape, or one for each case. Candidates of another
    shape than the answer do not fit.
    """
    ruler = _ruler(written, settings.digits, float(settings.tolerance))
    if candidates.shape[1:] != ruler.values.shape:
        return np.zeros(len(candidates), dtype=bool)
    with np.errstate(all="ignore"):
        width = ruler.width(candidates)
        right = np.abs(candidates - ruler.values) <= (width if isinstance(slack, float) and not slack else width + slack)
    return np.logical_and.reduce(right.reshape((len(candidates), -1)), axis=1)


def cells(written: Numbers, true: Array, slack: Array | float, settings: Settings) -> Array:
    """Which entries are right; none where the shapes differ. Shaped like the answer."""
    ruler = _ruler(written, settings.digits, float(settings.tolerance))
    if true.shape != ruler.values.shape:
        return np.zeros(ruler.values.shape, dtype=bool)
    with np.errstate(all="ignore"):
        return np.asarray(np.abs(true - ruler.values) <= ruler.width(true[None])[0] + slack)


def accepted(written: Numbers, true: Array, settings: Settings, slack: Array | float = 0.0) -> tuple[Array, Array]:
    """The least and the greatest number that is right for each entry, if it is written with as many digits as this answer."""
    width = _ruler(written, settings.digits, float(settings.tolerance)).width(true[None])[0] + slack
    return true - width, true + width


@dataclass(frozen=True, slots=True, eq=False)
class _Ruler:
    """What one answer can be told from. ``reach``: how far each entry may be off; ``short``: the ones with too few digits, if there are any."""

    values: Array
    reach: Array
    short: Array | None
    noise: Array
    digits: int
    tolerance: float

    def width(self, candidates: Array) -> Array:
        """How far each entry may be off; of the shape (cases, …), or (1, …) where it is the same for all."""
        if self.short is None:
            return self.reach[None]
        scale = np.abs(candidates).reshape((len(candidates), -1)).max(axis=1, initial=0.0)
        most = half_unit(scale, self.digits).reshape((-1,) + (1,) * self.values.ndim)
        narrow = np.maximum(np.minimum(self.reach, most * (1 + NOISE) + self.noise), self.tolerance)
        return np.where(self.short, narrow, self.reach)


def half_unit(scale: Array, digits: int) -> Array:
    """Half a unit of the ``digits``-th significant digit of positive numbers; 0 for 0."""
    known = np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)
    place = np.floor(np.log10(known) + NOISE) - digits + 1
    return np.where(scale > 0, 0.5 * 10.0**place, 0.0)


@lru_cache(maxsize=256)
def _ruler(written: Numbers, digits: int, tolerance: float) -> _Ruler:
    values, half, significant = written.values, written.half, written.significant
    size = np.abs(values)
    scale = float(size.max(initial=0.0))
    if not isfinite(scale):
        return _Ruler(values, np.full(values.shape, -np.inf), None, size, digits, tolerance)
    noise = NOISE * size + (NOISE * 1e-3 * scale + FLOOR)
    if significant.max(initial=0) >= OF_PROGRAMS:
        noise = np.where((significant >= NEARLY) & (half > 0), np.maximum(noise, SINGLE * scale), noise)
    short = None
    if significant.min(initial=digits) < digits:
        half, short = _half(written, digits)
    reach = half * (1 + NOISE) + noise
    return _Ruler(values, np.maximum(reach, tolerance) if tolerance else reach, short, noise, digits, tolerance)


def _half(written: Numbers, digits: int) -> tuple[Array, Array | None]:
    """Half a unit of the last digit that counts, and where there are too few digits, if anywhere."""
    half, decimals = written.half, written.decimals
    finest = np.maximum(decimals, decimals.max(initial=0)) if written.zeros_lost else decimals
    few = (written.significant < digits) & (half > 0)
    enough = few & (finest >= digits)
    short = few & ~enough
    if written.zeros_lost and enough.any():
        # Whoever writes three significant digits writes 0.100 beside 0.0885: that is 0.1 with zeros lost, and not 0.1000.
        likely = np.maximum(0.5 * 10.0 ** -finest.astype(np.float64), half_unit(np.abs(written.values), int(written.significant.max(initial=1))))
        half = np.where(enough, np.minimum(half, likely), half)
    return half, short if short.any() else None
