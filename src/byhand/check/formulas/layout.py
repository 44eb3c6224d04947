"""Shapes that are not the one that is needed: another layout where that is clear, one sentence where it is not."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.check.exercise.quantity import Quantity
from byhand.lang.expr import Expr, transpose
from byhand.lang.functions import reshape
from byhand.lang.sizes import Shape, shape_text


def relaid(formula: Expr, shape: Shape) -> Iterator[tuple[Expr, str]]:
    """The formula laid out as the sheet has it, with a remark, where its shape alone shows that another layout is meant."""
    if formula.shape == shape:
        return
    if len(shape) == 2 and formula.shape == shape[::-1]:
        yield transpose(formula), "laid out the other way round: the transpose of what the sheet has"
    elif _without_ones(formula.shape) == _without_ones(shape) and formula.shape and shape:
        yield reshape(formula, shape), f"of shape {shape_text(formula.shape)} where the sheet has {shape_text(shape)}"
    elif not shape and formula.shape and set(formula.shape) == {1}:
        yield reshape(formula, shape), "a single number in brackets"


def _without_ones(shape: Shape) -> Shape:
    return tuple(axis for axis in shape if axis != 1)


def misfit(quantity: Quantity, shape: Shape) -> str:
    """One sentence for a formula of the wrong shape."""
    needed = quantity.node.shape
    said = f"{quantity.name} has shape {shape_text(needed)}, and this formula has shape {shape_text(shape)}"
    mend = _mend(needed, shape)
    return f"{said}: {mend}." if mend else f"{said}."


def _mend(needed: Shape, shape: Shape) -> str:
    if len(needed) == 2 and not shape:
        return "a dot product stands where an outer product usually does"
    if not needed and shape:
        return "a sum over all entries is usually what is missing"
    if len(shape) == len(needed) + 1 and any(shape[:k] + shape[k + 1 :] == needed for k in range(len(shape))):
        axis = next(k for k in range(len(shape)) if shape[:k] + shape[k + 1 :] == needed)
        return f"a sum over axis {axis} is usually what is missing"
    if needed and not shape:
        return "it has lost the entries, as by a dot product or a sum too many"
    if len(needed) == len(shape) + 1:
        return "an outer product, or a product with what stands on the other axis, is usually what is missing"
    if sorted(map(str, needed)) == sorted(map(str, shape)):
        return "a transpose usually mends it"
    return ""
