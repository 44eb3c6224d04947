"""Re-indexings as NumPy calls: slices and windows are views of strides, their adjoints add slice upon slice; only what is neither needs a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod

import numpy as np

from byhand.compile.calls.making import Making
from byhand.compile.calls.plan import Part, Shaped, Slot, Strided, View, Work
from byhand.lang.errors import ByhandError
from byhand.lang.index import Affine, Gather, Reindexing, Reshape, Window
from byhand.run.arrays import Dims, window_table

MOST_SLICES = 64
"""Slices that are added one after another; more of them go through a table of places."""
MOST_PADDING = 8
"""How many times the entries that are there a padded copy may have."""


def reindexed(making: Making, by: Reindexing, scatter: bool, arg: View, out: View) -> None:
    """The re-indexing of ``arg``, or its adjoint; offsets are numbers by now."""
    match by:
        case Reshape():
            making.call("np.copyto", (making.shaped(arg, making.dims(out)),), out)
        case Gather(rows):
            count = making.dims(out if scatter else arg)[0]
            places = making.constant(np.array([_row(row, count) for row in rows], dtype=np.intp), "place")
            if scatter:
                making.call("fill", (), out)
                making.call("np.add.at", (places, arg), out)
            else:
                making.call("take", (arg, places), out)
        case Window(axes):
            _put(making, by, axes, arg, out) if scatter else _get(making, by, axes, arg, out)


def _row(row: int, count: int) -> int:
    if not -count <= row < count:
        raise ByhandError(f"cannot pick row {row}: there are {count} rows, numbered from 0 to {count - 1}.")
    return row % count


def _get(making: Making, by: Window, axes: Sequence[Affine], arg: View, out: View) -> None:
    frame = _Frame.around(axes, making.dims(arg), making.dims(out))
    if frame is None:
        flat = making.shaped(arg, (prod(making.dims(arg)),))
        longer = making.slot(Slot((prod(making.dims(arg)) + 1,), Work(zeroed=True)))
        making.call("np.copyto", (flat,), longer.then(Part(0, prod(making.dims(arg)))))
        places = making.constant(np.ascontiguousarray(window_table(by, making.dims(arg), making.dims(out))), "place")
        making.call("take", (longer, places), out)
        return
    source = arg
    if frame.pads:
        source = making.slot(Slot(frame.dims, Work(zeroed=True)))
        making.call("np.copyto", (arg,), source.then(frame.inside))
    making.call("np.copyto", (source.then(frame.windows),), out)


def _put(making: Making, by: Window, axes: Sequence[Affine], arg: View, out: View) -> None:
    """Entries are added to where they came from."""
    source, target = making.dims(arg), making.dims(out)
    frame = _Frame.around(axes, target, source)
    loops = _looped(axes, source)
    if frame is None or prod(source[axis] for axis in loops) > MOST_SLICES:
        longer = making.work((prod(target) + 1,))
        making.call("fill", (), longer)
        places = making.constant(window_table(by, target, source).ravel(), "place")
        making.call("np.add.at", (places, making.shaped(arg, (prod(source),))), longer)
        making.call("np.copyto", (longer.then(Part(0, prod(target)), Shaped(target)),), out)
        return
    room = making.work(frame.dims) if frame.pads else out
    making.call("fill", (), room)
    for indices in product(*(range(source[axis]) for axis in loops)):
        at = dict(zip(loops, indices))
        part = arg.then(_slice(source, _strides(source), at))
        into = room.then(_slice(source, frame.windows.strides, at, frame.windows.start))
        making.call("np.add", (into, part), into)
    if frame.pads:
        making.call("np.copyto", (room.then(frame.inside),), out)


def _slice(dims: Dims, strides: Sequence[int], at: dict[int, int], start: int = 0) -> Strided:
    """The entries with these indices along some axes."""
    start += sum(strides[axis] * index for axis, index in at.items())
    kept = [axis for axis in range(len(dims)) if axis not in at]
    return Strided(start, tuple(dims[axis] for axis in kept), tuple(strides[axis] for axis in kept))


def _strides(dims: Dims) -> tuple[int, ...]:
    return tuple(prod(dims[k + 1 :]) for k in range(len(dims)))


def _looped(axes: Sequence[Affine], source: Dims) -> list[int]:
    """The axes of the windows to go over one by one, so that no two of the other entries fall on the same place."""
    kept: set[int] = set()
    for axis in axes:
        moving = [k for k, stride in axis.strides if stride and source[k] > 1]
        if moving:
            kept.add(max(moving, key=lambda k: source[k]))
    return [k for k in range(len(source)) if k not in kept and source[k] > 1]


class _Frame:
    """An array with as many zeros around it as windows reach beyond it, and the windows as strides over it."""

    def __init__(self, axes: Sequence[Affine], inner: Dims, outer: Dims) -> None:
        low = [_reach(axis, outer, _less) for axis in axes]
        high = [_reach(axis, outer, _more) for axis in axes]
        before = [max(0, -one) for one in low]
        self.dims = tuple(b + max(count, top + 1) for b, count, top in zip(before, inner, high))
        self.pads = self.dims != inner
        steps = _strides(self.dims)
        strides = tuple(sum(step * dict(axis.strides).get(k, 0) for step, axis in zip(steps, axes)) for k in range(len(outer)))
        start = sum(step * (b + int(str(axis.offset))) for step, b, axis in zip(steps, before, axes))
        self.windows = Strided(start, outer, strides)
        self.inside = Strided(sum(step * b for step, b in zip(steps, before)), inner, steps)

    @staticmethod
    def around(axes: Sequence[Affine], inner: Dims, outer: Dims) -> _Frame | None:
        """Nothing where it would be far larger than what is in it."""
        if 0 in inner or 0 in outer:
            return None
        frame = _Frame(axes, inner, outer)
        return frame if prod(frame.dims) <= MOST_PADDING * (prod(inner) + prod(outer)) else None


def _reach(axis: Affine, outer: Dims, extreme: Callable[[int, int], int]) -> int:
    """The least or the largest index that is asked for."""
    return int(str(axis.offset)) + sum(extreme(0, stride * (outer[k] - 1)) for k, stride in axis.strides)


def _less(one: int, other: int) -> int:
    return min(one, other)


def _more(one: int, other: int) -> int:
    return max(one, other)
