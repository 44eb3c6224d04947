"""Pooling: each window of an image becomes its largest entry, or its mean."""

from __future__ import annotations

from math import prod

from byhand.lang.build import call, index, pick
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, Index, describe, filled, num
from byhand.lang.functions import largest, mean, reshape, total, windows
from byhand.lang.rule import Argument, Example, Message, Option, Rule, Slip, ValueSlip
from byhand.lang.sizes import Poly, shape_text, volume
from byhand.rules.shaping import Lengths, along, lengths


def _patches(rule: str, x: Expr, size: Lengths | None, stride: Lengths | None, padding: Lengths) -> Expr:
    """The windows over the last two axes; by default they lie side by side."""
    if len(x.shape) not in (2, 3, 4):
        raise ShapeError(f"{rule} takes (height, width), (channels, height, width) or a batch of these; {describe(x)} has shape {shape_text(x.shape)}.")
    sizes = lengths(rule, "size", size, 2, 1)
    pads = lengths(rule, "padding", padding, 2, 0)
    if any(2 * p > k for p, k in zip(pads, sizes)):
        raise ShapeError(f"the padding of {rule} is at most half the size of its windows; it is {pads} for windows of size {sizes}.")
    return windows(x, sizes, lengths(rule, "stride", sizes if stride is None else stride, 2, 1), pads)


def _max_pool(x: Expr, size: Lengths | None, stride: Lengths | None) -> Expr:
    return largest(_patches("max_pool2d", x, size, stride, 0), (-2, -1))


def _max_unpool(g: Expr, x: Expr, size: Lengths | None, stride: Lengths | None) -> Expr:
    """The masks of the windows' largest entries, times g, put back to where the windows were read."""
    patches = _patches("max_unpool2d", x, size, stride, 0)
    if g.shape != patches.shape[:-2]:
        raise ShapeError(
            f"max_unpool2d needs one gradient for each window, shape {shape_text(patches.shape[:-2])}; {describe(g)} has shape {shape_text(g.shape)}."
        )
    assert isinstance(patches, Index)
    picked = reshape(pick(reshape(patches, (*g.shape, volume(patches.shape[-2:])))), patches.shape)
    return index(patches.by, along(g, picked, (-2, -1)), x.shape, scatter=True)


def _avg_pool(x: Expr, size: Lengths | None, stride: Lengths | None, padding: Lengths) -> Expr:
    return mean(_patches("avg_pool2d", x, size, stride, padding), (-2, -1))


def _mean_for_max(x: Expr, size: Lengths | None, stride: Lengths | None) -> Expr:
    return mean(_patches("max_pool2d", x, size, stride, 0), (-2, -1))


def _least(x: Expr, size: Lengths | None, stride: Lengths | None) -> Expr:
    return -_max_pool(-x, size, stride)


def _max_for_mean(x: Expr, size: Lengths | None, stride: Lengths | None, padding: Lengths) -> Expr:
    return largest(_patches("avg_pool2d", x, size, stride, padding), (-2, -1))


def _sum_for_mean(x: Expr, size: Lengths | None, stride: Lengths | None, padding: Lengths) -> Expr:
    return total(_patches("avg_pool2d", x, size, stride, padding), (-2, -1))


def _shared_out(g: Expr, y: Expr, x: Expr, size: Lengths | None, stride: Lengths | None) -> Expr:
    """The gradient of each window, in equal parts to its entries."""
    return _spread(g / num(Poly.of(_entries(size))), "max_pool2d", x, size, stride, 0)


def _to_every_entry(g: Expr, y: Expr, x: Expr, size: Lengths | None, stride: Lengths | None) -> Expr:
    return _spread(g, "max_pool2d", x, size, stride, 0)


def _undivided(g: Expr, y: Expr, x: Expr, size: Lengths | None, stride: Lengths | None, padding: Lengths) -> Expr:
    return _spread(g, "avg_pool2d", x, size, stride, padding)


def _entries(size: Lengths | None) -> int:
    return prod(lengths("max_pool2d", "size", size, 2, 1))


def _spread(g: Expr, rule: str, x: Expr, size: Lengths | None, stride: Lengths | None, padding: Lengths) -> Expr:
    patches = _patches(rule, x, size, stride, padding)
    assert isinstance(patches, Index)
    return index(patches.by, along(g, filled(1, patches.shape), (-2, -1)), x.shape, scatter=True)


_SETTINGS = (Option("size", None, "pair"), Option("stride", None, "pair"))
_EXAMPLES = (
    Example("x: (4, 6)", {"size": 2}),
    Example("x: (5, 4)", {"size": (3, 2), "stride": 1}),
    Example("x: (h, w)", {"size": (2, 2), "stride": (1, 1)}),
    Example("x: (c, 5, 5)", {"size": 2}),
    Example("x: (2, c, 5, 5)", {"size": 3, "stride": 2}),
)
_POOLED = ("(2, 3)", "(3, 3)", "(h - 1, w - 1)", "(c, 2, 2)", "(2, c, 2, 2)")
_SOURCE = "Goodfellow, Bengio and Courville, Deep Learning, section 9.3"

MAX_UNPOOL2D = Rule(
    name="max_unpool2d",
    summary="Each entry of g goes to the place of its window's largest entry in x, at ties to the first; where windows overlap they add up.",
    formula="Y = Σ over windows of g_ij · (mask of the largest entry)",
    arguments=(Argument("g"), Argument("x")),
    options=_SETTINGS,
    definition=_max_unpool,
    examples=tuple(Example(f"g: {out}, {example.shapes}", example.options) for out, example in zip(_POOLED, _EXAMPLES)),
    source=_SOURCE,
)

MAX_POOL2D = Rule(
    name="max_pool2d",
    summary="The largest entry of each window of an image; its gradient goes to that entry, at ties to the first. stride is size unless given.",
    formula="Y_ij = max_{k,l} X_{s i + k, s j + l}",
    arguments=(Argument("x"),),
    options=_SETTINGS,
    definition=_max_pool,
    messages={
        "x": Message(
            lambda g, y, x, size, stride: call(MAX_UNPOOL2D, g, x, size=size, stride=stride),
            "the maximum is one entry of its window: the gradient goes there, and none of it anywhere else",
        )
    },
    slips=(
        Slip("S37", "x", _shared_out, "the gradient is shared by all entries of a window, as for a mean: all of it goes to the largest entry"),
        Slip("S37", "x", _to_every_entry, "every entry of a window receives the gradient: only the largest one does"),
    ),
    value_slips=(
        ValueSlip("R16", _mean_for_max, "the mean of each window is taken for its largest entry"),
        ValueSlip("R16", _least, "the least entry of each window is taken for its largest"),
    ),
    examples=_EXAMPLES,
    source=_SOURCE,
)

AVG_POOL2D = Rule(
    name="avg_pool2d",
    summary="The mean of each window of an image, zeros of the padding included, as in PyTorch. stride is size unless given.",
    formula="Y_ij = 1/(h w) Σ_{k,l} X_{s i + k − p, s j + l − p}",
    arguments=(Argument("x"),),
    options=(*_SETTINGS, Option("padding", 0, "pair")),
    definition=_avg_pool,
    slips=(Slip("S22", "x", _undivided, "the gradient is not divided by the number of entries in a window"),),
    value_slips=(
        ValueSlip("R16", _max_for_mean, "the largest entry of each window is taken for its mean"),
        ValueSlip("S10", _sum_for_mean, "the sum of each window is taken for its mean"),
    ),
    examples=(*_EXAMPLES, Example("x: (4, 4)", {"size": 2, "stride": 1, "padding": 1})),
    source=_SOURCE,
)
