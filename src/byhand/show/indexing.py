"""Slices, windows, padding, look-ups, and what brings their gradients back."""

from __future__ import annotations

from typing import assert_never

from byhand.lang.expr import Add, Expr, Index, split_factor
from byhand.lang.index import Affine, Gather, Reshape, Window
from byhand.lang.sizes import Number, Poly, Shape, Size, size
from byhand.show.listed import as_rows, is_entry, listed
from byhand.show.pieces import Work, identity, new_axes, signed
from byhand.show.plain import plain_shape, plain_size
from byhand.show.tree import Function, Listing, Product, Setting, Subscript, Tree


def indexed(work: Work, node: Index) -> Tree:
    """The tree of a re-indexing whose operand has its own."""
    base = work.done[node.arg]
    match node.by:
        case Reshape():
            return as_rows(node, base) or _kept_maximum(base, node) or _with_new_axes(base, node) or Function("reshape", (base, _shape(node.shape)))
        case Gather(rows):
            picked = ", ".join(map(str, rows))
            return Function("scatter", (base, _shape(node.shape), Setting(f"[{picked}]"))) if node.scatter else Subscript(base, f"[{picked}]")
        case Window(axes):
            if is_entry(node):
                return listed(work, (node,))[1]
            return _scattered(work, base, axes, node) if node.scatter else _windowed(base, axes, node)
        case _:
            assert_never(node.by)


def _windowed(base: Tree, axes: tuple[Affine, ...], node: Index) -> Tree:
    inner = node.arg.shape
    sliced = _slice(axes, inner, node.shape)
    if sliced is not None:
        return Subscript(base, sliced)
    padding = _padding(axes, inner, node.shape)
    if padding is not None:
        return Function("pad", (base, Setting(padding)))
    found = _window_settings(axes, inner, node.shape)
    if found is not None:
        sizes, stride, margin = found
        return Function("windows", (base, _shape(sizes)), (("stride", _ints(stride)), ("padding", _ints(margin))))
    return Function("reindex", (base, _shape(node.shape), Setting(_axes_text(axes))))


def _scattered(work: Work, base: Tree, axes: tuple[Affine, ...], node: Index) -> Tree:
    """The adjoint: ``node.shape`` is what the windows were cut from."""
    inner, outer = node.shape, node.arg.shape
    back = _unsliced(work, base, axes, inner, outer)
    if back is not None:
        return back
    found = _window_settings(axes, inner, outer)
    if found is not None:
        _, stride, margin = found
        return Function("unwindows", (base, _shape(inner)), (("stride", _ints(stride)), ("padding", _ints(margin))))
    return Function("unreindex", (base, _shape(inner), Setting(_axes_text(axes))))


def _with_new_axes(base: Tree, node: Index) -> Tree | None:
    """Axes of size 1 put in between: g[None, :]."""
    rest = list(node.arg.shape)
    pattern: list[str] = []
    for axis in node.shape:
        if rest and axis == rest[0] and axis != 1:
            rest.pop(0)
            pattern.append(":")
        elif axis == 1:
            pattern.append("None")
        else:
            return None
    return None if rest or not node.arg.shape else new_axes(base, ", ".join(pattern))


def _kept_maximum(base: Tree, node: Index) -> Tree | None:
    """max(x, axis=k) whose axis stays with size 1."""
    match base:
        case Function("max", args, (("axis", axis),)):
            inner, k = node.arg.shape, int(axis)
            return Function("max", args, (("axis", axis), ("keepdims", "True"))) if node.shape == (*inner[:k], 1, *inner[k:]) else None
        case _:
            return None


def _shape(shape: Shape) -> Setting:
    return Setting(plain_shape(shape))


def _axes_text(axes: tuple[Affine, ...]) -> str:
    parts = [f"({', '.join([plain_size(a.offset), *map(str, a.strides)])}{',' * (not a.strides)})" for a in axes]
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"


def _ints(values: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, values))}{',' * (len(values) == 1)})"


# ------------------------------------------------------------------------------------------------ slices


def _slice(axes: tuple[Affine, ...], inner: Shape, outer: Shape) -> str | None:
    """NumPy's index for a window that picks single entries and ranges and adds axes of size 1."""
    parts: list[str] = []
    place = 0
    for axis, length in zip(axes, inner):
        if not axis.strides:
            if not _between(axis.offset, length):
                return None
            parts.append(plain_size(axis.offset))
            continue
        ((at, stride),) = axis.strides if len(axis.strides) == 1 else ((-1, 0),)
        if at < place or any(outer[k] != 1 for k in range(place, at)):
            return None
        part = _range(axis.offset, stride, outer[at], length)
        if part is None:
            return None
        parts += ["None"] * (at - place) + [part]
        place = at + 1
    if any(outer[k] != 1 for k in range(place, len(outer))):
        return None
    return ", ".join(parts + ["None"] * (len(outer) - place)) or "..."


def _between(offset: Size, length: Size) -> bool:
    """Whether 0 ≤ offset < length, at large sizes if letters decide it."""
    return _at_least(offset, 0) and _at_least(Poly.of(length) - offset, 1)


def _at_least(number: Number, least: int) -> bool:
    """Whether a number over sizes is no less, at large sizes if letters decide it."""
    value = Poly.of(number)
    return any(factor > 0 for letters, factor in value.terms if letters) or (value.constant is not None and value.constant >= least)


def _range(offset: Size, stride: int, count: Size, length: Size) -> str | None:
    """start:stop:step, or nothing if it leaves the axis."""
    if offset == 0 and stride == 1 and count == length:
        return ":"
    last = size(Poly.of(offset) + (Poly.of(count) - 1) * stride)
    if stride == 0 or not _between(offset, length) or not _between(last, length):
        return None
    if stride > 0:
        start = "" if offset == 0 else plain_size(offset)
        beyond = (Poly.of(last) + stride - Poly.of(length)).constant
        stop = "" if beyond is not None and beyond >= 0 else plain_size(size(Poly.of(last) + 1))
        return f"{start}:{stop}" + (f":{stride}" if stride != 1 else "")
    start = "" if size(Poly.of(offset) + 1) == length else plain_size(offset)
    stop = "" if last == 0 else plain_size(size(Poly.of(last) - 1))
    return f"{start}:{stop}:{stride}"


def _unsliced(work: Work, base: Tree, axes: tuple[Affine, ...], inner: Shape, outer: Shape) -> Tree | None:
    """Zeros around: the gradient of a slice without gaps."""
    if not inner or any(len(a.strides) > 1 or (a.strides and a.strides[0][1] != 1) for a in axes):
        return None
    used = [a.strides[0][0] for a in axes if a.strides]
    if used != sorted(set(used)) or any(outer[k] != 1 for k in range(len(outer)) if k not in used):
        return None
    if not outer and len(inner) == 1:
        return Product("scale", base, Subscript(identity(work, inner[0]), plain_size(axes[0].offset)))
    moved = _unsliced_axes(base, axes, len(outer))
    widths = [_margins(a.offset, outer[a.strides[0][0]] if a.strides else 1, length) for a, length in zip(axes, inner)]
    if any(width is None for width in widths):
        return None
    if all(width == "(0, 0)" for width in widths):
        return moved
    return Function("pad", (moved, Setting(f"({', '.join(map(str, widths))}{',' * (len(widths) == 1)})")))


def _unsliced_axes(base: Tree, axes: tuple[Affine, ...], rank: int) -> Tree:
    """Axes that a slice gained are dropped, those that it lost come back with size 1."""
    used = [a.strides[0][0] for a in axes if a.strides]
    dropped = [":" if k in used else "0" for k in range(rank)]
    tree = base if "0" not in dropped else Subscript(base, ", ".join(dropped))
    if isinstance(base, Subscript) and base.at == ", ".join(dropped).replace("0", "None"):
        tree = base.base
    if not used and len(axes) > 0:
        return Function("reshape", (tree, Setting(f"({', '.join('1' for _ in axes)}{',' * (len(axes) == 1)})")))
    pattern = [":" if a.strides else "None" for a in axes]
    return tree if "None" not in pattern else Subscript(tree, ", ".join(pattern))


def _margins(offset: Size, count: Size, length: Size) -> str | None:
    after = size(Poly.of(length) - offset - Poly.of(count))
    if not _at_least(offset, 0) or not _at_least(after, 0):
        return None
    return f"({plain_size(offset)}, {plain_size(after)})"


# --------------------------------------------------------------------------------------- padding, windows


def _padding(axes: tuple[Affine, ...], inner: Shape, outer: Shape) -> str | None:
    """NumPy's ((before, after), …) for zeros around."""
    if len(inner) != len(outer) or any(a.strides != ((k, 1),) for k, a in enumerate(axes)):
        return None
    widths = [_margins(size(-Poly.of(a.offset)), length, whole) for a, length, whole in zip(axes, inner, outer)]
    if any(width is None for width in widths):
        return None
    return f"({', '.join(map(str, widths))}{',' * (len(widths) == 1)})"


def _window_settings(axes: tuple[Affine, ...], inner: Shape, outer: Shape) -> tuple[Shape, tuple[int, ...], tuple[int, ...]] | None:
    """Sizes, strides and padding of windows over the last axes; nothing if this is something else."""
    moving = len(outer) - len(inner)
    lead = len(inner) - moving
    if moving < 1 or lead < 0 or any(a != Affine(0, ((k, 1),)) for k, a in enumerate(axes[:lead])) or outer[:lead] != inner[:lead]:
        return None
    found = [_one_window(axis, inner[lead + k], outer, lead + k, lead + moving + k) for k, axis in enumerate(axes[lead:])]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    return outer[lead + moving :], tuple(stride for stride, _ in known), tuple(margin for _, margin in known)


def _one_window(axis: Affine, length: Size, outer: Shape, position: int, inside: int) -> tuple[int, int] | None:
    """Stride and padding along one axis; nothing if the windows do not cover all that fits."""
    if [at for at, _ in axis.strides] != [position, inside] or not isinstance(axis.offset, int):
        return None
    (_, stride), (_, step) = axis.strides
    margin, width = -axis.offset, outer[inside]
    room = size(Poly.of(length) + 2 * margin - Poly.of(width))
    if step != 1 or stride < 1 or margin < 0 or (stride != 1 and not isinstance(room, int)):
        return None
    count = room // stride + 1 if isinstance(room, int) else size(Poly.of(room) + 1)
    return (stride, margin) if count == outer[position] else None


# ---------------------------------------------------------------------------------------- concatenation


def concatenated(work: Work, node: Add) -> Tree | None:
    """A sum of parts padded with zeros that lie one after another along one axis."""
    if all(map(is_entry, node.terms)):
        return None
    pieces = [_piece(term) for term in node.terms]
    known = [piece for piece in pieces if piece is not None]
    if len(known) < len(pieces):
        return None
    for axis in range(len(node.shape)):
        if _tiles(known, node.shape, axis):
            stacked = [_row_of(arg) for _, arg, _ in known]
            if axis == 0 and all(row is not None for row in stacked):
                return Function("stack", (Listing(tuple(signed(value, work.done[row]) for (value, _, _), row in zip(known, stacked) if row is not None)),))
            items = tuple(signed(value, work.done[arg]) for value, arg, _ in known)
            return Function("concat", (Listing(items),), (("axis", str(axis)),))
    return None


def _row_of(part: Expr) -> Expr | None:
    """What was given one more axis in front."""
    row = part.arg if isinstance(part, Index) and isinstance(part.by, Reshape) else None
    return row if row is not None and part.shape == (1, *row.shape) else None


def _piece(term: Expr) -> tuple[Poly, Expr, tuple[Size, ...]] | None:
    """A padded part: its number in front, itself, and where it begins along each axis."""
    value, rest = split_factor(term)
    if not isinstance(rest, Index) or not isinstance(rest.by, Window) or rest.scatter or len(rest.arg.shape) != len(rest.shape):
        return None
    if any(axis.strides != ((k, 1),) for k, axis in enumerate(rest.by.axes)):
        return None
    return value, rest.arg, tuple(size(-Poly.of(axis.offset)) for axis in rest.by.axes)


def _tiles(pieces: list[tuple[Poly, Expr, tuple[Size, ...]]], shape: Shape, axis: int) -> bool:
    offset: Size = 0
    for _, arg, begins in pieces:
        if any(begins[k] != (offset if k == axis else 0) or (k != axis and arg.shape[k] != shape[k]) for k in range(len(shape))):
            return False
        offset = size(Poly.of(offset) + arg.shape[axis])
    return offset == shape[axis]
