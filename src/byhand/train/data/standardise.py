"""Features brought to a common scale, with the figures of the part that is trained on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.sizes import shape_text
from byhand.train.data.finite import converted
from byhand.train.data.limits import Array

Scaling = Literal["none", "standard", "minmax"]


@dataclass(frozen=True, slots=True)
class Standardise:
    """(x − shift) / scale, feature by feature; both have the shape of one sample, in float64.

    ``standard`` gives mean 0 and variance 1, ``minmax`` values from 0 to 1; a feature that is constant keeps scale 1.
    """

    scaling: Scaling
    shift: Array
    scale: Array

    def __call__(self, features: Array, dtype: DTypeLike = np.float64) -> Array:
        """Features (rows, …) on the common scale, of this type; what is handed in is not changed. ``ByhandError`` where one overflows the type."""
        if features.shape[1:] != self.shift.shape:
            raise ShapeError(
                f"cannot bring samples of shape {shape_text(features.shape[1:])} to a common scale: the scale was fitted to samples of shape "
                f"{shape_text(self.shift.shape)}; use the same features."
            )
        if self.scaling == "none":
            return converted(features, dtype, "X")
        moved = np.subtract(features, self.shift, dtype=np.float64)
        return converted(np.divide(moved, self.scale, out=moved), dtype, "the scaled X")

    def back(self, scaled: Array) -> Array:
        """The features before scaling."""
        return scaled * self.scale + self.shift


def standardise(blocks: Iterable[Array], scaling: Scaling = "standard") -> Standardise:
    """Fitted in one pass over blocks of rows (rows, …), such as ``[X]`` or what ``Table.blocks`` gives.

    Means and sums of squares are joined block by block, so that nothing cancels however far the mean is from zero.
    Source: T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    """
    moments: _Moments | None = None
    with np.errstate(over="ignore", invalid="ignore"):
        for block in blocks:
            if len(block):
                found = _moments(block)
                moments = found if moments is None else _joined(moments, found)
        if moments is None:
            raise ByhandError("cannot fit a scale to no rows: hand over at least one sample.")
        return _checked(_fitted(moments, scaling))


def _fitted(moments: _Moments, scaling: Scaling) -> Standardise:
    match scaling:
        case "standard":
            return Standardise(scaling, moments.mean, _deviation(moments))
        case "minmax":
            width = moments.high - moments.low
            return Standardise(scaling, moments.low, np.where(width > 0, width, 1.0))
        case "none":
            return Standardise(scaling, np.zeros_like(moments.mean), np.ones_like(moments.mean))


def _checked(found: Standardise) -> Standardise:
    spoilt = ~(np.isfinite(found.shift) & np.isfinite(found.scale))
    if spoilt.any():
        at = ", ".join(str(int(k)) for k in np.unravel_index(int(spoilt.argmax()), spoilt.shape))
        raise ByhandError(f"the feature [{at}] has numbers too large for a scale to be fitted: divide them by a power of ten, or leave the feature out.")
    return found


@dataclass(frozen=True, slots=True)
class _Moments:
    """How many rows, and of each feature the mean, the sum of squares around it, the least and the largest value."""

    rows: int
    mean: Array
    squares: Array
    low: Array
    high: Array


def _moments(block: Array) -> _Moments:
    mean = block.mean(axis=0, dtype=np.float64)
    around = np.subtract(block, mean, dtype=np.float64)
    mean = mean + around.mean(axis=0)  # once more, for what rounding left of it
    low, high = block.min(axis=0), block.max(axis=0)
    return _Moments(len(block), mean, np.square(around, out=around).sum(axis=0), np.asarray(low, np.float64), np.asarray(high, np.float64))


def _joined(one: _Moments, other: _Moments) -> _Moments:
    rows = one.rows + other.rows
    apart = other.mean - one.mean
    mean = one.mean + apart * (other.rows / rows)
    squares = one.squares + other.squares + np.square(apart) * (one.rows * other.rows / rows)
    return _Moments(rows, mean, squares, np.minimum(one.low, other.low), np.maximum(one.high, other.high))


def _deviation(moments: _Moments) -> Array:
    """The standard deviation; 1 where it is only what rounding makes of a constant."""
    variance = moments.squares / moments.rows
    precision = np.finfo(np.float64).eps
    noise = moments.rows * precision * variance + np.square(moments.rows * moments.mean * precision)
    constant = (moments.low == moments.high) | (np.isfinite(variance) & (variance <= noise))
    return np.where(constant, 1.0, np.sqrt(variance))
