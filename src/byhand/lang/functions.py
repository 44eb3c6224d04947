"""NumPy's array functions on expressions: sums, products, slices, windows, comparisons.

Each is one or two nodes; none has a derivative of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from byhand.lang.build import index, pick
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, contract, describe, eye, num
from byhand.lang.index import Affine, Gather, Reshape, Window
from byhand.lang.leaves import relu, sqrt, step
from byhand.lang.sizes import Poly, Shape, Size, shape_text, size, volume
from byhand.lang.spec import LETTERS, Spec

Axis: TypeAlias = int | tuple[int, ...] | None
Slice: TypeAlias = Size | slice | None
"""One index: an entry, a slice, or ``None`` for a new axis. Sizes count from the end where they are negative."""


def axes_of(node: Expr, axis: Axis) -> tuple[int, ...]:
    """The axes meant, from 0, or ``ShapeError``."""
    rank = len(node.shape)
    wanted = tuple(range(rank)) if axis is None else (axis,) if isinstance(axis, int) else axis
    for one in wanted:
        if not -rank <= one < rank:
            raise ShapeError(f"there is no axis {one} in {describe(node)}, whose shape is {shape_text(node.shape)}.")
    return tuple(one % rank for one in wanted)


def total(node: Expr, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The sum over some axes, by default all."""
    gone = axes_of(node, axis)
    word = LETTERS[: len(node.shape)]
    if not keepdims:
        return contract(Spec((word,), "".join(c for k, c in enumerate(word) if k not in gone)), node)
    kept = "".join(c.upper() if k in gone else c for k, c in enumerate(word))
    return contract(Spec((word,), kept), node, sizes={c: 1 for c in kept if c.isupper()})


def count(node: Expr, axis: Axis = None) -> Size:
    """How many entries one sum over these axes has."""
    return volume(tuple(node.shape[k] for k in axes_of(node, axis)))


def mean(node: Expr, axis: Axis = None, keepdims: bool = False) -> Expr:
    n = num(Poly.of(count(node, axis)))
    return total(node, axis, keepdims) / n


def variance(node: Expr, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The mean squared deviation from the mean (dividing by n, as layers do)."""
    return mean((node - mean(node, axis, keepdims=True)) ** 2, axis, keepdims)


def norm(node: Expr) -> Expr:
    """The square root of the sum of squares (Euclidean, Frobenius)."""
    return sqrt(total(node**2))


def outer(left: Expr, right: Expr) -> Expr:
    left, right = _as_vector(left), _as_vector(right)
    if len(left.shape) != 1 or len(right.shape) != 1:
        shapes = f"{shape_text(left.shape)} and {shape_text(right.shape)}"
        raise ShapeError(f"outer({describe(left)}, {describe(right)}) takes two vectors; their shapes are {shapes}.")
    return contract("i,j->ij", left, right)


def _as_vector(node: Expr) -> Expr:
    """A column or row matrix as a vector, as NumPy's ``outer`` takes it."""
    if len(node.shape) < 2 or sum(axis != 1 for axis in node.shape) > 1:
        return node
    return reshape(node, (next((axis for axis in node.shape if axis != 1), 1),))


def diag(node: Expr) -> Expr:
    """A diagonal matrix from a vector, the diagonal from a square matrix."""
    if len(node.shape) == 1:
        return contract("i->ii", node)
    if len(node.shape) == 2 and node.shape[0] == node.shape[1]:
        return contract("ii->i", node)
    raise ShapeError(f"diag({describe(node)}) takes a vector or a square matrix; its shape is {shape_text(node.shape)}.")


def trace(node: Expr) -> Expr:
    return total(diag(node)) if len(node.shape) == 2 else diag(node)


def move_axis(node: Expr, source: int, target: int) -> Expr:
    word = LETTERS[: len(node.shape)]
    rest = word.replace(word[source], "")
    target = target % len(word)
    return contract(Spec((word,), rest[:target] + word[source] + rest[target:]), node)


def permute(node: Expr, order: Sequence[int]) -> Expr:
    """NumPy's ``transpose(x, order)``."""
    word = LETTERS[: len(node.shape)]
    rank = len(word)
    if not all(-rank <= k < rank for k in order) or sorted(k % rank for k in order) != list(range(rank)):
        what = f"{describe(node)} of shape {shape_text(node.shape)}"
        raise ShapeError(f"cannot transpose {what} into the order {tuple(order)}: each axis must come exactly once.")
    return contract(Spec((word,), "".join(word[k] for k in order)), node)


# ------------------------------------------------------------------------------------------------ the largest


def largest(node: Expr, axis: Axis = None, keepdims: bool = False) -> Expr:
    """The maximum over some axes: the mask of the first largest entry picks it out."""
    gone = axes_of(node, axis)
    kept = tuple(k for k in range(len(node.shape)) if k not in gone)
    flat = reshape(permute(node, kept + gone), (*(node.shape[k] for k in kept), count(node, axis)))
    found = total(pick(flat) * flat, -1)
    return reshape(found, tuple(1 if k in gone else n for k, n in enumerate(node.shape))) if keepdims else found


def maximum(left: Expr, right: Expr) -> Expr:
    """Elementwise; against the number 0 it is relu. At ties the second argument is taken to be the larger."""
    if left is num(0):
        return relu(right)
    if right is num(0):
        return relu(left)
    above = step(left - right)
    return above * left + (1 - above) * right


# ------------------------------------------------------------------------------------------- re-indexing


def reshape(node: Expr, shape: Sequence[Size]) -> Expr:
    """The same entries under another shape; one axis may be -1."""
    known = tuple(axis for axis in shape if axis != -1)
    if len(known) == len(shape) - 1:
        rest = _quotient(volume(node.shape), volume(known))
        shape = tuple(rest if axis == -1 else axis for axis in shape) if rest is not None else tuple(shape)
    target = tuple(shape)
    if volume(target) != volume(node.shape):
        raise ShapeError(f"cannot reshape {describe(node)} of shape {shape_text(node.shape)} into {shape_text(target)}: it has {volume(node.shape)} entries.")
    return index(Reshape(), node, target)


def _quotient(whole: Size, part: Size) -> Size | None:
    inverse = Poly.of(part).inverse()
    if inverse is None:
        return None
    value = size(inverse * whole)
    return value if isinstance(value, int) or all(v.denominator == 1 for _, v in value.terms) else None


def flatten(node: Expr) -> Expr:
    return reshape(node, (volume(node.shape),))


def take(node: Expr, at: Sequence[Slice]) -> Expr:
    """NumPy's basic indexing by integers, slices and new axes."""
    if sum(one is not None for one in at) > len(node.shape):
        raise ShapeError(f"cannot index {describe(node)} of shape {shape_text(node.shape)} with {len(at)} indices.")
    axes: list[Affine] = []
    shape: list[Size] = []
    rest = iter(node.shape)
    for one in at:
        if one is None:
            shape.append(1)
            continue
        axis = next(rest)
        if not isinstance(one, slice):
            axes.append(Affine(_entry(node, one, axis)))
        else:
            start, stride, length = _range(node, one, axis)
            axes.append(Affine(start, ((len(shape), stride),)))
            shape.append(length)
    for axis in rest:
        axes.append(Affine(0, ((len(shape), 1),)))
        shape.append(axis)
    return window(node, axes, tuple(shape))


def _entry(node: Expr, at: Size, axis: Size) -> Size:
    if isinstance(axis, int) and isinstance(at, int) and not -axis <= at < axis:
        raise ShapeError(f"cannot take entry {at} of {describe(node)}: that axis has {axis} entries, numbered from 0 to {axis - 1}.")
    return _from_end(at, axis)


def _from_end(at: Size, axis: Size) -> Size:
    """An index counted from the end if it is negative, at large sizes if letters decide it."""
    negative = at < 0 if isinstance(at, int) else all(value < 0 for letters, value in at.terms if letters)
    return size(Poly.of(axis) + at) if negative else at


def _range(node: Expr, part: slice, axis: Size) -> tuple[Size, int, Size]:
    if isinstance(axis, int) and not isinstance(part.start, Poly) and not isinstance(part.stop, Poly):
        start, stop, stride = part.indices(axis)
        return start, stride, max(0, -((start - stop) // stride))
    start, stop, stride = 0 if part.start is None else part.start, part.stop, 1 if part.step is None else part.step
    if stride == -1 and part.start is None and stop is None:
        return size(Poly.of(axis) - 1), -1, axis
    if stride != 1:
        raise ShapeError(f"cannot slice {describe(node)} with a stride along an axis of symbolic size {axis}; give its size as a number.")
    begin, end = _from_end(start, axis), axis if stop is None else _from_end(stop, axis)
    return begin, 1, size(Poly.of(end) - begin)


def window(node: Expr, axes: Sequence[Affine], shape: Shape, scatter: bool = False) -> Expr:
    """out[o] = node[affine(o)], zero outside; with ``scatter`` its adjoint, from the windows back to ``shape``."""
    plain = tuple(Affine(0, ((k, 1),)) for k in range(len(shape)))
    if tuple(axes) == plain and node.shape == shape:
        return node
    return index(Window(tuple(axes)), node, shape, scatter)


def pad(node: Expr, before: Sequence[Size], after: Sequence[Size]) -> Expr:
    """Zeros around: so many before and after along each axis."""
    axes = tuple(Affine(size(-Poly.of(b)), ((k, 1),)) for k, b in enumerate(before))
    shape = tuple(size(Poly.of(n) + b + a) for n, b, a in zip(node.shape, before, after))
    return window(node, axes, shape)


def windows(node: Expr, sizes: Sequence[Size], stride: Sequence[int], padding: Sequence[int]) -> Expr:
    """All windows of these sizes over the last axes: their positions become axes, then the places inside them."""
    lead = len(node.shape) - len(sizes)
    spans = [_span(node, axis, k, s, p) for axis, k, s, p in zip(node.shape[lead:], sizes, stride, padding)]
    plain = [Affine(0, ((k, 1),)) for k in range(lead)]
    moved = [Affine(-p, ((lead + k, s), (lead + len(sizes) + k, 1))) for k, (s, p) in enumerate(zip(stride, padding))]
    return window(node, plain + moved, node.shape[:lead] + tuple(spans) + tuple(sizes))


def _span(node: Expr, axis: Size, width: Size, stride: int, padding: int) -> Size:
    room = size(Poly.of(axis) + 2 * padding - Poly.of(width))
    if isinstance(room, int):
        if room < 0:
            room_text = f"that axis has {axis} entries with padding {padding} on either side"
            raise ShapeError(f"a window of size {width} does not fit into {describe(node)}: {room_text}.")
        return room // stride + 1
    if stride != 1:
        raise ShapeError(f"cannot lay windows with stride {stride} over {describe(node)}, whose size {axis} is symbolic; give it as a number.")
    return size(Poly.of(room) + 1)


def gather(node: Expr, rows: Sequence[int]) -> Expr:
    """The rows (entries along the first axis) with these numbers, in this order: an embedding look-up."""
    if not node.shape:
        raise ShapeError(f"cannot pick rows of {describe(node)}: it is a single number.")
    first = node.shape[0]
    if isinstance(first, int):
        for row in rows:
            if not -first <= row < first:
                raise ShapeError(f"cannot pick row {row} of {describe(node)}: it has {first} rows, numbered from 0 to {first - 1}.")
        rows = [row % first for row in rows]
    return index(Gather(tuple(rows)), node, (len(rows), *node.shape[1:]))


def one_hot(classes: Sequence[int], count: Size) -> Expr:
    """A row of the identity for each class label."""
    return gather(eye(count), classes)


def concat(parts: Sequence[Expr], axis: int = 0) -> Expr:
    """The parts one after another along an axis: each padded with zeros to the whole, and added."""
    first = parts[0]
    (along,) = axes_of(first, axis)
    for part in parts[1:]:
        if len(part.shape) != len(first.shape) or any(a != b for k, (a, b) in enumerate(zip(part.shape, first.shape)) if k != along):
            raise ShapeError(
                f"cannot concatenate {describe(first)} and {describe(part)} along axis {axis}: their shapes "
                f"{shape_text(first.shape)} and {shape_text(part.shape)} must agree on every other axis."
            )
    whole = size(sum((Poly.of(part.shape[along]) for part in parts), start=Poly.of(0)))
    out: Expr | None = None
    offset = Poly.of(0)
    for part in parts:
        shape = tuple(whole if k == along else n for k, n in enumerate(first.shape))
        axes = [Affine(size(-offset) if k == along else 0, ((k, 1),)) for k in range(len(shape))]
        piece = window(part, axes, shape)
        out = piece if out is None else out + piece
        offset = offset + part.shape[along]
    assert out is not None
    return out


def stack(parts: Sequence[Expr]) -> Expr:
    """The parts as the rows of one array, as a list in brackets means."""
    return concat([reshape(part, (1, *part.shape)) for part in parts])
