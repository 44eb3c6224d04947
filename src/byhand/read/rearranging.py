"""NumPy's functions that take arrays apart and put them together: joining, turning, padding, windows, rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from byhand.lang import functions as arrays
from byhand.lang.build import index
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Expr, broadcast, contract, describe, eye
from byhand.lang.functions import Axis, move_axis, permute, take
from byhand.lang.index import Affine, Gather, Window
from byhand.lang.sizes import Shape, Size, shape_text
from byhand.lang.spec import LETTERS, Spec
from byhand.read.limits import check_axes
from byhand.read.reductions import checked_shape
from byhand.read.scope import Ints
from byhand.read.static import NestedSizes

# -------------------------------------------------------------------------------------- pieces of arrays


def joined(parts: Sequence[Expr], axis: int) -> Expr:
    if not parts:
        raise ByhandError("there is nothing to concatenate.")
    if any(not part.shape for part in parts):
        raise ShapeError("concat takes arrays; write [a, b] to make a vector of single numbers.")
    return arrays.concat(parts, axis)


def stacked(parts: Sequence[Expr], axis: int = 0) -> Expr:
    """Things of one shape as the rows of an array."""
    if not parts:
        raise ByhandError("there is nothing to stack.")
    for part in parts:
        if part.shape != parts[0].shape:
            raise ShapeError(
                f"the entries of a list have different shapes: {describe(parts[0])} has {shape_text(parts[0].shape)}, "
                f"{describe(part)} has {shape_text(part.shape)}."
            )
    found = arrays.stack(parts)
    rank = len(found.shape)
    if not -rank <= axis < rank:
        raise ShapeError(f"stack along axis {axis} makes no sense for a result with {rank} axes.")
    return move_axis(found, 0, axis)


def beside(parts: Sequence[Expr]) -> Expr:
    return joined(parts, 1 if parts and len(parts[0].shape) > 1 else 0)


def below(parts: Sequence[Expr]) -> Expr:
    return stacked(parts) if parts and len(parts[0].shape) == 1 else joined(parts, 0)


def permuted(x: Expr, axes: int | tuple[int, ...]) -> Expr:
    return permute(x, each_axis(axes, 1)) if axes != () else x.T


def swapped(x: Expr, first: int, second: int) -> Expr:
    (a,), (b,) = arrays.axes_of(x, first), arrays.axes_of(x, second)
    order = list(range(len(x.shape)))
    order[a], order[b] = b, a
    return permute(x, order)


def reshaped(x: Expr, shape: Shape) -> Expr:
    if sum(axis == -1 for axis in shape) > 1:
        raise ShapeError("reshape can work out only one axis by itself; -1 stands in several places.")
    return arrays.reshape(x, shape)


def with_new_axes(x: Expr, places: Sequence[int]) -> Expr:
    """Axes of size 1 at these places of the result."""
    check_axes(len(x.shape) + len(places))
    letters = iter(LETTERS)
    word = "".join(next(letters) for _ in x.shape)
    fresh = {place: next(letters) for place in places}
    rest = iter(word)
    output = "".join(fresh[k] if k in fresh else next(rest) for k in range(len(word) + len(fresh)))
    return contract(Spec((word,), output), x, sizes=dict.fromkeys(fresh.values(), 1))


def expanded(x: Expr, axis: int) -> Expr:
    rank = len(x.shape) + 1
    if not -rank <= axis < rank:
        raise ShapeError(f"there is no place {axis} for a new axis in {describe(x)}, whose shape is {shape_text(x.shape)}.")
    return with_new_axes(x, [axis % rank])


def squeezed(x: Expr, axis: Axis) -> Expr:
    gone = arrays.axes_of(x, axis) if axis is not None else tuple(k for k, n in enumerate(x.shape) if n == 1)
    if any(x.shape[k] != 1 for k in gone):
        raise ShapeError(f"squeeze takes away axes of size 1, and {describe(x)} has shape {shape_text(x.shape)}.")
    return arrays.reshape(x, tuple(n for k, n in enumerate(x.shape) if k not in gone))


def flipped(x: Expr, axis: Axis) -> Expr:
    gone = arrays.axes_of(x, axis)
    return take(x, [slice(None, None, -1) if k in gone else slice(None) for k in range(len(x.shape))])


def padded(x: Expr, widths: NestedSizes) -> Expr:
    """NumPy's widths: one number, one pair for all axes, or a pair for each axis."""
    rank = len(x.shape)
    if not isinstance(widths, tuple):
        pairs: list[NestedSizes] = [(widths, widths)] * rank
    elif len(widths) == 2 and not any(isinstance(one, tuple) for one in widths):
        pairs = [widths] * rank
    else:
        pairs = list(widths)
    if len(pairs) != rank or not all(isinstance(one, tuple) and len(one) == 2 for one in pairs):
        raise ShapeError(f"pad needs a pair (before, after) for each of the {rank} axes of {describe(x)}.")
    flat = [cast("tuple[Size, Size]", one) for one in pairs]
    return arrays.pad(x, [before for before, _ in flat], [after for _, after in flat])


def each_axis(value: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    """One number for every axis, or one for each."""
    return (value,) * count if isinstance(value, int) else value


def windows_of(x: Expr, sizes: Shape, stride: int | tuple[int, ...], padding: int | tuple[int, ...]) -> Expr:
    count = len(sizes)
    strides, pads = each_axis(stride, count), each_axis(padding, count)
    if count > len(x.shape) or len(strides) != count or len(pads) != count or min(strides, default=1) < 1 or min(pads, default=0) < 0:
        raise ShapeError(
            f"the settings of windows do not fit {describe(x)} of shape {shape_text(x.shape)}: they need one size, stride and padding for each axis."
        )
    return arrays.windows(x, sizes, strides, pads)


def unwindowed(g: Expr, shape: Shape, stride: int | tuple[int, ...], padding: int | tuple[int, ...]) -> Expr:
    """The adjoint of ``windows``: every entry goes back to where its window took it from, and is added there."""
    count = len(g.shape) - len(shape)
    lead = len(shape) - count
    strides, pads = each_axis(stride, count), each_axis(padding, count)
    if count < 1 or lead < 0 or len(strides) != count or len(pads) != count:
        raise ShapeError(f"unwindows cannot bring {describe(g)} of shape {shape_text(g.shape)} back into {shape_text(shape)}.")
    plain = [Affine(0, ((k, 1),)) for k in range(lead)]
    moved = [Affine(-p, ((lead + k, s), (lead + count + k, 1))) for k, (s, p) in enumerate(zip(strides, pads))]
    return arrays.window(g, plain + moved, checked_shape(shape), scatter=True)


def affine_axes(axes: NestedSizes, count: int, outer: int) -> tuple[Affine, ...]:
    """Axes as ``(offset, (axis of the result, stride), …)`` each."""
    if not isinstance(axes, tuple) or len(axes) != count:
        raise ShapeError(f"reindex needs (offset, (axis, stride), …) for each of {count} axes.")
    found: list[Affine] = []
    for one in axes:
        offset, *strides = one if isinstance(one, tuple) else (one,)
        if isinstance(offset, tuple) or not all(isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(k, int) for k in pair) for pair in strides):
            raise ShapeError("reindex takes (offset, (axis, stride), …) for each axis.")
        pairs = tuple(cast("tuple[int, int]", pair) for pair in strides)
        if any(not 0 <= axis < outer for axis, _ in pairs):
            raise ShapeError("reindex names an axis that the array does not have.")
        found.append(Affine(offset, pairs))
    return tuple(found)


def reindexed(x: Expr, shape: Shape, axes: NestedSizes) -> Expr:
    return index(Window(affine_axes(axes, len(x.shape), len(shape))), x, checked_shape(shape))


def unreindexed(g: Expr, shape: Shape, axes: NestedSizes) -> Expr:
    return index(Window(affine_axes(axes, len(shape), len(g.shape))), g, checked_shape(shape), scatter=True)


def scattered(g: Expr, shape: Shape, rows: Ints) -> Expr:
    flat = flat_ints(rows)
    if not g.shape or g.shape != (len(flat), *shape[1:]):
        raise ShapeError(f"scatter cannot put {describe(g)} of shape {shape_text(g.shape)} back into {len(flat)} rows of {shape_text(shape)}.")
    if any(isinstance(shape[0], int) and not 0 <= row < shape[0] for row in flat):
        raise ShapeError(f"scatter has a row outside an array of shape {shape_text(shape)}.")
    return index(Gather(flat), g, checked_shape(shape), scatter=True)


def flat_ints(rows: Ints) -> tuple[int, ...]:
    return (rows,) if isinstance(rows, int) else tuple(one for row in rows for one in flat_ints(row))


def ints_shape(rows: Ints) -> tuple[int, ...]:
    """The shape of nested integers, ``ShapeError`` if they are ragged."""
    if isinstance(rows, int):
        return ()
    inner = {ints_shape(row) for row in rows}
    if len(inner) > 1:
        raise ShapeError("these lists of integers are ragged.")
    return (len(rows), *(inner.pop() if inner else ()))


def gathered(node: Expr, rows: Ints) -> Expr:
    """Rows picked by integers in any shape."""
    shape = ints_shape(rows)
    return arrays.reshape(arrays.gather(node, flat_ints(rows)), (*shape, *node.shape[1:]))


def classes(rows: Ints, count: Size) -> Expr:
    """One-hot rows for class labels in any shape."""
    if isinstance(count, int) and any(not 0 <= row < count for row in flat_ints(rows)):
        raise ShapeError(f"a class label lies outside 0 … {count - 1}.")
    return gathered(eye(count), rows)


def where(condition: Expr, a: Expr, b: Expr) -> Expr:
    return condition * a + (1 - condition) * b


def stretched(x: Expr, shape: Shape) -> Expr:
    padded = (1,) * (len(shape) - len(x.shape)) + x.shape
    if len(padded) != len(shape) or any(a not in (1, b) for a, b in zip(padded, shape)):
        raise ShapeError(f"cannot stretch {describe(x)} of shape {shape_text(x.shape)} to {shape_text(shape)}.")
    return broadcast(x, checked_shape(shape))


def one_hot(rows: Ints, count: Size) -> Expr:
    return classes(rows, count)
