"""Constructors of the nodes that no operator makes: re-indexing, rules, inverses, masks."""

from __future__ import annotations

from byhand.lang.errors import ShapeError
from byhand.lang.expr import Call, Expr, Index, Inverse, Pick, as_number, describe, filled, intern, is_zero, scale, split_factor
from byhand.lang.index import Affine, Reindexing, Reshape, Window
from byhand.lang.rule import OptionValue, Rule
from byhand.lang.sizes import Poly, Shape, shape_text, size


def index(by: Reindexing, arg: Expr, shape: Shape, scatter: bool = False) -> Expr:
    """Re-index ``arg`` (or scatter it back) into ``shape``; numbers in front stay in front."""
    factor, rest = split_factor(arg)
    if is_zero(arg):
        return filled(0, shape)
    if isinstance(by, Reshape):
        if shape == arg.shape:
            return arg
        if as_number(arg) is not None:
            return filled(factor, shape)
        if isinstance(rest, Index) and isinstance(rest.by, Reshape):
            return index(by, scale(factor, rest.arg), shape)
        if isinstance(rest, Index) and isinstance(rest.by, Window) and not rest.scatter and (kept := _squeezed(rest.shape, shape)) is not None:
            return index(_without_axes(rest.by, kept), scale(factor, rest.arg), shape)
    if isinstance(by, Window) and scatter and _is_injection(by, len(arg.shape)):
        whole = index(Reshape(), arg, tuple(arg.shape[axis.strides[0][0]] if axis.strides else 1 for axis in by.axes))
        return index(Window(tuple(_inverse(axis, position) for position, axis in enumerate(by.axes))), whole, shape)
    return scale(factor, intern(Index, by, scatter, rest, shape))


def _squeezed(shape: Shape, target: Shape) -> tuple[int, ...] | None:
    """The axes that stay when axes of size 1 are taken out of ``shape``; ``None`` if ``target`` is not that."""
    kept = tuple(k for k, axis in enumerate(shape) if axis != 1)
    return kept if tuple(shape[k] for k in kept) == target and len(target) < len(shape) else None


def _without_axes(by: Window, kept: tuple[int, ...]) -> Window:
    """A window whose axes outside ``kept`` have one place only."""
    return Window(tuple(Affine(axis.offset, tuple((kept.index(k), stride) for k, stride in axis.strides if k in kept)) for axis in by.axes))


def _is_injection(by: Window, rank: int) -> bool:
    """Whether a window is made of slices without gaps, flips, paddings and single entries alone, the axes in order."""
    moving = [axis.strides for axis in by.axes if axis.strides]
    return all(len(strides) == 1 and abs(strides[0][1]) == 1 for strides in moving) and [strides[0][0] for strides in moving] == list(range(rank))


def _inverse(axis: Affine, position: int) -> Affine:
    """The adjoint of such a window reads each entry from where it was put; an axis fixed to one entry has size 1 there."""
    stride = axis.strides[0][1] if axis.strides else 1
    return Affine(size(Poly.of(axis.offset) * -stride), ((position, stride),))


def call(rule: Rule, *args: Expr, **options: OptionValue) -> Call:
    """A rule applied to all of its arguments; the definition checks their shapes."""
    settings = {option.name: option.default for option in rule.options} | options
    body = rule.definition(*args, **settings)
    return intern(Call, rule, args, tuple(settings.items()), body, body.shape)


def inverse(arg: Expr) -> Expr:
    """The inverse of a square matrix, or of each matrix of a stack."""
    if len(arg.shape) < 2 or arg.shape[-1] != arg.shape[-2]:
        raise ShapeError(f"cannot invert {describe(arg)}: its shape is {shape_text(arg.shape)}, and only square matrices have an inverse.")
    return arg.arg if isinstance(arg, Inverse) else intern(Inverse, arg, arg.shape)


def pick(arg: Expr) -> Expr:
    """The one-hot mask of the largest entry along the last axis."""
    return intern(Pick, arg, arg.shape)
