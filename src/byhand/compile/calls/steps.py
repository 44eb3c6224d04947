"""Views of arrays: which dimensions they have, and how NumPy makes them."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from byhand.compile.calls.functions import strided
from byhand.compile.calls.plan import Diagonal, Part, Shaped, Spread, Step, Strided, Turned, View
from byhand.run.arrays import Array, Dims


def dims_of(view: View, dims: Dims) -> Dims:
    """The dimensions of a view of an array with these dimensions."""
    for step in view.steps:
        dims = _dims(step, dims)
    return dims


def _dims(step: Step, dims: Dims) -> Dims:
    match step:
        case Shaped(shape) | Strided(_, shape, _):
            return shape
        case Turned(order):
            return tuple(dims[axis] for axis in order)
        case Spread(there):
            rest = iter(dims)
            return tuple(next(rest) if one else 1 for one in there)
        case Diagonal(word, kept):
            size_of = dict(zip(word, dims))
            return tuple(size_of[letter] for letter in kept)
        case Part(start, stop):
            return (stop - start,)
        case _:
            assert_never(step)


def seen(view: View, array: Array) -> Array:
    """The view itself: no entry is copied."""
    for step in view.steps:
        array = _seen(step, array)
    return array


def _seen(step: Step, array: Array) -> Array:
    match step:
        case Shaped(dims):
            found = array.reshape(dims)
            assert not array.size or np.may_share_memory(found, array)
            return found
        case Turned(order):
            return array.transpose(order)
        case Spread(there):
            return array[tuple(slice(None) if one else None for one in there)]
        case Diagonal(word, kept):
            return np.einsum(f"{word}->{kept}", array)
        case Part(start, stop):
            return array[start:stop]
        case Strided(start, dims, strides):
            return strided(array, start, dims, strides)
        case _:
            assert_never(step)
