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
from byhand.lang.rule import Argument, Example, Message, Option, Rule, Slip, ValueSlip
from byhand.lang.sizes import shape_text
from byhand.lang.spec import Spec
from byhand.rules.shaping import Lengths, lengths


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
        f"conv{axes}d cannot lay the kernel {describe(w)} of shape {shape_text(w.shape)} over {describe(x)} of shape {shape_text(x.shape)}: "
        f"it takes ({forms[0]}) with ({forms[0]}), or ({forms[1]}) or ({forms[2]}) with kernels ({forms[3]}), the channels being equal."
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
        raise ShapeError(
            f"the bias of conv{axes}d is one number for each kernel; "
            f"{describe(b)} has shape {shape_text(b.shape)}, {describe(w)} has shape {shape_text(w.shape)}."
        )
    return value + contract(Spec(("o",), out), b, sizes=dict(zip(out, value.shape)))


def _to_x(g: Expr, y: Expr, x: Expr, w: Expr, b: Expr, stride: Lengths, padding: Lengths, axes: int) -> Expr:
    """With stride 1 a convolution again, with the kernel turned round; otherwise the windows' gradients, added up."""
    strides, pads = lengths("conv", "stride", stride, axes, 1), lengths("conv", "padding", padding, axes, 0)
    rest = [k - 1 - p for k, p in zip(w.shape[-axes:], pads) if isinstance(k, int)]
    if set(strides) == {1} and len(rest) == axes and min(rest) >= 0:
        return call(CONVOLUTIONS[axes], g, _exchanged(_turned(w, axes), axes), num(0), stride=1, padding=tuple(rest) if axes > 1 else rest[0])
    return _added_up(g, x, w, strides, pads)


def _turned(w: Expr, axes: int) -> Expr:
    """The kernel read backwards along every spatial axis."""
    return take(w, (slice(None),) * (len(w.shape) - axes) + (slice(None, None, -1),) * axes)


def _exchanged(w: Expr, axes: int) -> Expr:
    """Kernels from out to in, instead of from in to out."""
    return w if len(w.shape) == axes else permute(w, (1, 0, *range(2, axes + 2)))


def _added_up(g: Expr, x: Expr, w: Expr, stride: tuple[int, ...], padding: tuple[int, ...]) -> Expr:
    """The gradient of every window, added back to the entries that the window covered."""
    axes = len(stride)
    of_x, of_w, out = _words(x, w, axes)
    lead = len(x.shape) - axes
    covered = [Affine(-p, ((lead + k, s), (lead + axes + k, 1))) for k, (s, p) in enumerate(zip(stride, padding))]
    return window(contract(f"{out},{of_w}->{of_x}", g, w), [*(Affine(0, ((k, 1),)) for k in range(lead)), *covered], x.shape, scatter=True)


def _to_w(g: Expr, y: Expr, x: Expr, w: Expr, b: Expr, stride: Lengths, padding: Lengths, axes: int) -> Expr:
    """A plain kernel with stride 1: the input convolved with the gradient; otherwise the windows, weighted by it."""
    if len(w.shape) == axes and set(lengths("conv", "stride", stride, axes, 1)) == {1}:
        return call(CONVOLUTIONS[axes], x, g, num(0), stride=stride, padding=padding)
    of_x, of_w, out = _words(x, w, axes)
    return contract(f"{of_x},{out}->{of_w}", _patches(x, w, stride, padding, axes), g)


def _to_b(g: Expr, y: Expr, x: Expr, w: Expr, b: Expr, stride: Lengths, padding: Lengths, axes: int) -> Expr:
    *_, out = _words(x, w, axes)
    return contract(f"{out}->{'o' if b.shape else ''}", g)


def _unturned(g: Expr, y: Expr, x: Expr, w: Expr, b: Expr, stride: Lengths, padding: Lengths, axes: int) -> Expr:
    return _to_x(g, y, x, _turned(w, axes), b, stride, padding, axes)


def _kernel_turned(x: Expr, w: Expr, b: Expr, stride: Lengths, padding: Lengths, axes: int) -> Expr:
    return _definition(x, _turned(w, axes), b, stride, padding, axes)


def _bias_left_out(x: Expr, w: Expr, b: Expr, stride: Lengths, padding: Lengths, axes: int) -> Expr:
    return _definition(x, w, num(0), stride, padding, axes)


def _weights_turned(g: Expr, y: Expr, x: Expr, w: Expr, b: Expr, stride: Lengths, padding: Lengths, axes: int) -> Expr:
    return _turned(_to_w(g, y, x, w, b, stride, padding, axes), axes)


def _convolution(axes: int, examples: tuple[Example, ...]) -> Rule:
    space = "a vector" if axes == 1 else "a matrix"
    return Rule(
        name=f"conv{axes}d",
        summary=f"Cross-correlation of {space}, of channels or of a batch with a kernel, as in PyTorch: the kernel is not turned round.",
        formula="y_i = Σ_k x_{s i + k − p} w_k + b" if axes == 1 else "Y_ij = Σ_{k,l} X_{s i + k − p, s j + l − p} W_kl + b",
        arguments=(Argument("x"), Argument("w"), Argument("b", default="0")),
        options=(Option("stride", 1, "int" if axes == 1 else "pair"), Option("padding", 0, "int" if axes == 1 else "pair")),
        definition=partial(_definition, axes=axes),
        messages={
            "x": Message(
                partial(_to_x, axes=axes),
                "each entry receives, from every window it was in, the gradient times the weight it met: the kernel turned round slides over the gradient",
            ),
            "w": Message(partial(_to_w, axes=axes), "each weight met one entry of every window: the gradient slides over the input"),
            "b": Message(partial(_to_b, axes=axes), "the bias is added at every place, so it receives the sum of all gradients"),
        },
        slips=(
            Slip("S29", "x", partial(_unturned, axes=axes), "the kernel is not turned round on the way back"),
            Slip("S43", "w", partial(_weights_turned, axes=axes), "the gradient of the kernel comes out turned round"),
        ),
        value_slips=(
            ValueSlip("R15", partial(_kernel_turned, axes=axes), "the kernel is turned round, as in mathematics: here it slides over {x} as it is"),
            ValueSlip("S02", partial(_bias_left_out, axes=axes), "the bias {b} is left out"),
        ),
        examples=examples,
        source="Goodfellow, Bengio and Courville, Deep Learning, equations 9.6, 9.11 and 9.13",
    )


CONV1D = _convolution(
    1,
    (
        Example("x: (n,), w: (k,)"),
        Example("x: (n,), w: (3,), b: ()", {"padding": 1}),
        Example("x: (8,), w: (3,)", {"stride": 2, "padding": 1}),
        Example("x: (c, n), w: (o, c, 2), b: (o,)", {"padding": 1}),
        Example("x: (2, c, 7), w: (o, c, 3), b: (o,)", {"stride": 2}),
    ),
)
CONV2D = _convolution(
    2,
    (
        Example("x: (h, w), w: (k, l)"),
        Example("x: (4, 5), w: (2, 3), b: ()"),
        Example("x: (5, 4), w: (3, 3)", {"padding": (1, 1)}),
        Example("x: (6, 5), w: (2, 3)", {"stride": (2, 1), "padding": (1, 0)}),
        Example("x: (c, 5, 4), w: (o, c, 2, 2), b: (o,)"),
        Example("x: (2, c, 5, 5), w: (o, c, 3, 3), b: (o,)", {"stride": (2, 2), "padding": (1, 1)}),
    ),
)
CONVOLUTIONS = {1: CONV1D, 2: CONV2D}
