"""Convolution as neural networks mean it: cross-correlation with a kernel, in one and in two dimensions.

A plain vector or matrix goes with a plain kernel; (C, …) or (N, C, …) with kernels (O, C, …).
"""

from __future__ import annotations

from functools import partial

from byhand.lang.build import call
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, contract, describe, num
from byhand.lang.functions import permute, take, window, windows
from byhand.lang.index import Affine
from byhand.lang.rule import Argument, Example, Message, Option, Rule, Slip
from byhand.lang.sizes import shape_text
from byhand.rules.shaping import Lengths, lengths, total_but


def _words(x: Expr, w: Expr, axes: int) -> tuple[str, str, str]:
    """Letters for the windows of x, for the kernels and for the value: n samples, c channels in, o out, at hw, inside kl."""
    at, inside = "hw"[:axes], "kl"[:axes]
    if len(w.shape) == axes:
        return at + inside, inside, at
    sample = "n" * (len(x.shape) - axes - 1)
    return sample + "c" + at + inside, "oc" + inside, sample + "o" + at


def _check(x: Expr, w: Expr, axes: int) -> None:
    plain = len(w.shape) == len(x.shape) == axes
    stacked = len(w.shape) == axes + 2 and len(x.shape) - axes in (1, 2)
    if plain or (stacked and x.shape[-axes - 1] == w.shape[1]):
        return
    space = ("length",) if axes == 1 else ("height", "width")
    forms = [", ".join((*lead, *space)) + ("," if not lead and axes == 1 else "") for lead in ((), ("channels",), ("samples", "channels"), ("out", "channels"))]
    raise ShapeError(
        f"conv{axes}d cannot lay the kernel {describe(w)} of shape {shape_text(w.shape)} over {describe(x)} of shape {shape_text(x.shape)}: it takes ({forms[0]}) with ({forms[0]}), "
        f"or ({forms[1]}) or ({forms[2]}) with kernels ({forms[3]}), the channels being equal."
    )


def _patches(x: Expr, w: Expr, stride: Lengths, padding: Lengths, axes: int) -> Expr:
    name = f"conv{axes}d"
    return windows(x, w.shape[-axes:], lengths(name, "stride", stride, axes, 1), lengths(name, "padding", padding, axes, 0))


def _definition(x: Expr, w: Expr, b: Expr, stride: Lengths, padding: Lengths, axes: int) -> Expr:
    _check(x, w, axes)
    of_x, of_w, out = _words(x, w, axes)
    value = contract(f"{of_x},{of_w}->{out}", _patches(x, w, stride, padding, axes), w)
    if not b.shape:
        return value + b
    if b.shape != w.shape[:1] or len(w.shape) == axes:
        raise ShapeError(f"the bias of conv{axes}d is one number for each kernel; {describe(b)} has shape {shape_text(b.shape)}, {describe(w)} has shape {shape_text(w.shape)}.")
    return value + contract(f"o->{out}", b, sizes=dict(zip(out, value.shape)))
