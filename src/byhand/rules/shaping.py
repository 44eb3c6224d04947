"""What several rules need: fitting shapes, sums that keep their axis, reductions, settings in pairs."""

from __future__ import annotations

from typing import TypeAlias

from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Expr, contract, describe, num
from byhand.lang.functions import Axis, axes_of, count, largest, total
from byhand.lang.sizes import Poly, Shape, shape_text
from byhand.lang.spec import LETTERS, Spec

Lengths: TypeAlias = int | tuple[int, ...]
"""One length for every spatial axis, or one for each."""


def same_shape(rule: str, left: Expr, right: Expr) -> None:
    """Refuse operands of different shapes; a single number on the right goes with everything."""
    if right.shape and left.shape != right.shape:
        raise ShapeError(
            f"{rule} compares entry by entry, but {describe(left)} has shape {shape_text(left.shape)} "
            f"and {describe(right)} has shape {shape_text(right.shape)}. Bring both to one shape, with reshape or another orientation."
        )


def sum_to(node: Expr, shape: Shape) -> Expr:
    """The sum over every axis along which something of ``shape`` was stretched: what sends a broadcast back."""
    if node.shape == shape:
        return node
    lead = len(node.shape) - len(shape)
    word = LETTERS[: len(node.shape)]
    kept = [c.upper() if mine != full else c for c, mine, full in zip(word[lead:], shape, node.shape[lead:])]
    return contract(Spec((word,), "".join(kept)), node, sizes={c: 1 for c in kept if c.isupper()})


def kept_total(node: Expr, axis: Axis) -> Expr:
    """The sum along an axis, ready to stand beside ``node`` again: of a vector simply a number."""
    return total(node) if axes_of(node, axis) == (0,) and len(node.shape) == 1 else total(node, axis, keepdims=True)


def kept_mean(node: Expr, axis: Axis) -> Expr:
    return kept_total(node, axis) / num(Poly.of(count(node, axis)))


def kept_largest(node: Expr, axis: Axis) -> Expr:
    return largest(node) if axes_of(node, axis) == (0,) and len(node.shape) == 1 else largest(node, axis, keepdims=True)


def kept_inner(left: Expr, right: Expr, axis: Axis) -> Expr:
    """The dot products along an axis, ready to stand beside the operands again."""
    return left @ right if len(left.shape) == 1 else kept_total(left * right, axis)


def along(reduced: Expr, node: Expr, axis: Axis) -> Expr:
    """The product of ``node`` and of something that lacks some of its axes."""
    gone = axes_of(node, axis)
    word = LETTERS[: len(node.shape)]
    return contract(Spec(("".join(c for k, c in enumerate(word) if k not in gone), word), word), reduced, node)


def reduced(rule: str, losses: Expr, reduction: str) -> Expr:
    """The losses of all samples as one number: their mean or sum, or as they are."""
    match reduction:
        case "none":
            return losses
        case "sum":
            return total(losses)
        case "mean":
            return total(losses) / num(Poly.of(count(losses)))
        case _:
            raise ByhandError(f"{rule} knows no reduction {reduction!r}: it is 'mean', 'sum' or 'none'.")


def share(message: Expr, samples: Expr, reduction: str) -> Expr:
    """A message that reaches each of the samples' losses, after its share of a mean."""
    return message / num(Poly.of(count(samples))) if reduction == "mean" else message


def lengths(rule: str, what: str, value: Lengths | None, axes: int, least: int) -> tuple[int, ...]:
    """A setting such as a stride, for each spatial axis."""
    if value is None:
        raise ByhandError(f"{rule} needs its {what}, a whole number.")
    each = (value,) * axes if isinstance(value, int) else value
    if len(each) != axes:
        raise ByhandError(f"{rule} has {axes} spatial {'axis' if axes == 1 else 'axes'}, so its {what} is one whole number or {axes} of them, not {each}.")
    if min(each) < least:
        raise ByhandError(f"the {what} of {rule} cannot be {min(each)}: it is at least {least}.")
    return each
