"""Operands and options that do not fit: one clear sentence each."""

from __future__ import annotations

import pytest

from byhand.lang.build import call
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Expr, num, var
from byhand.lang.rule import OptionValue
from byhand.rules import BY_NAME

x, X, Y = var("x", ["n"]), var("X", ["m", "n"]), var("Y", ["n", "m"])
image, kernels = var("image", [3, 5, 5]), var("kernels", [4, 2, 3, 3])
zero, one = num(0), num(1)

SHAPES: list[tuple[str, tuple[Expr, ...], dict[str, OptionValue], str]] = [
    ("softmax", (one,), {}, "there is no axis -1"),
    ("softmax", (x,), {"axis": 1}, "there is no axis 1 in x"),
    ("log_softmax", (x,), {"axis": 1}, "there is no axis 1 in x"),
    ("logsumexp", (x,), {"axis": 1}, "there is no axis 1 in x"),
    ("cross_entropy", (X, Y, zero), {}, r"X has shape \(m, n\) and Y has shape \(n, m\)"),
    ("cross_entropy", (var("z", [2, 3, 4]), var("t", [2, 3, 4]), zero), {}, "of one shape"),
    ("squared_error", (X, x), {}, r"squared_error compares entry by entry, but X has shape \(m, n\) and x has shape \(n,\)"),
    ("mse", (x, X), {}, "mse compares entry by entry"),
    ("hinge", (X, x), {}, "hinge compares"),
    ("kl_divergence", (X, x), {}, "kl_divergence compares"),
    ("label_smoothing", (one, one), {}, "takes a distribution over classes"),
    ("label_smoothing", (x, x), {}, "eps of label_smoothing is a single number"),
    ("layer_norm", (X, var("gamma", ["m"]), zero, one), {}, r"gamma has shape \(m,\), and should have \(n,\)"),
    ("rms_norm", (X, var("gamma", ["m"]), one), {}, "rms_norm scales and shifts the last axis"),
    ("batch_norm", (X, var("gamma", ["m"]), zero, one), {}, r"gamma has shape \(m,\), and should have \(n,\)"),
    ("batch_norm", (one, one, zero, one), {}, "takes a batch of samples"),
    ("conv2d", (image, kernels, zero), {}, r"cannot lay the kernel kernels of shape \(4, 2, 3, 3\) over image of shape \(3, 5, 5\)"),
    ("conv2d", (image, X, zero), {}, "conv2d cannot lay the kernel"),
    ("conv2d", (X, Y, x), {}, "the bias of conv2d is one number for each kernel"),
    ("conv2d", (var("small", [2, 2]), var("w", [3, 3]), zero), {}, "a window of size 3 does not fit into small"),
    ("conv1d", (X, x, zero), {}, "conv1d cannot lay the kernel"),
    ("max_pool2d", (x,), {"size": 2}, "max_pool2d takes"),
    ("avg_pool2d", (image,), {"size": 2, "padding": 2}, "at most half the size"),
    ("attention", (X, Y, X), {}, r"queries \(n, d\), keys \(m, d\) and values \(m, v\)"),
    ("attention", (x, x, x), {}, "attention takes queries"),
    ("causal_softmax", (x,), {}, "takes a matrix of scores"),
]
OPTIONS: list[tuple[str, tuple[Expr, ...], dict[str, OptionValue], str]] = [
    ("cross_entropy", (x, x, zero), {"reduction": "average"}, "no reduction 'average'"),
    ("kl_divergence", (x, x), {"reduction": "average"}, "'sum', 'batchmean', 'mean' or 'none'"),
    ("gelu", (x,), {"approximate": "sigmoid"}, "'none' or 'tanh'"),
    ("conv2d", (X, Y, zero), {"stride": 0}, "the stride of conv2d cannot be 0"),
    ("conv2d", (X, Y, zero), {"padding": (1, 1, 1)}, "conv2d has 2 spatial axes, so its padding is one whole number or 2 of them"),
    ("conv1d", (x, x, zero), {"padding": -1}, "the padding of conv1d cannot be -1"),
    ("max_pool2d", (image,), {}, "max_pool2d needs its size"),
    ("embedding", (X,), {}, "needs the numbers of the rows"),
    ("embedding", (image,), {"rows": (0, 3)}, "cannot pick row 3 of image: it has 3 rows"),
    ("attention", (X, X, X), {"causal": 2}, "not causal=2"),
    ("clip", (x, one, zero), {}, "the lower bound is above the upper one"),
]


@pytest.mark.parametrize(("name", "args", "options", "message"), SHAPES)
def test_shapes_that_do_not_fit(name: str, args: tuple[Expr, ...], options: dict[str, OptionValue], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        call(BY_NAME[name], *args, **options)


@pytest.mark.parametrize(("name", "args", "options", "message"), OPTIONS)
def test_options_that_make_no_sense(name: str, args: tuple[Expr, ...], options: dict[str, OptionValue], message: str) -> None:
    with pytest.raises(ByhandError, match=message):
        call(BY_NAME[name], *args, **options)
