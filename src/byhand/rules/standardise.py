"""standardise: mean 0 and variance 1, the heart of layer and batch normalisation."""

from __future__ import annotations

from byhand.lang.expr import Expr, num
from byhand.lang.functions import Axis, axes_of, count
from byhand.lang.leaves import sqrt
from byhand.lang.rule import Argument, Example, Message, Option, Rule, Slip, ValueSlip
from byhand.lang.sizes import Poly
from byhand.rules.shaping import kept_inner, kept_mean, kept_total


def _deviation(x: Expr, eps: Expr, axis: Axis) -> Expr:
    return sqrt(kept_mean((x - kept_mean(x, axis)) ** 2, axis) + eps)


def _definition(x: Expr, eps: Expr, axis: Axis) -> Expr:
    return (x - kept_mean(x, axis)) / _deviation(x, eps, axis)


def _to_x(g: Expr, y: Expr, x: Expr, eps: Expr, axis: Axis) -> Expr:
    n = num(Poly.of(count(x, axis)))
    return (g - kept_mean(g, axis) - y * (kept_inner(g, y, axis) / n)) / _deviation(x, eps, axis)


def statistics_as_constants(g: Expr, y: Expr, x: Expr, eps: Expr, axis: Axis) -> Expr:
    """The slip of following x alone, and not what its mean and variance do."""
    return g / _deviation(x, eps, axis)


def _variance_as_constant(g: Expr, y: Expr, x: Expr, eps: Expr, axis: Axis) -> Expr:
    return (g - kept_mean(g, axis)) / _deviation(x, eps, axis)


def _without_eps(x: Expr, eps: Expr, axis: Axis) -> Expr:
    return _definition(x, num(0), axis)


def _eps_outside(x: Expr, eps: Expr, axis: Axis) -> Expr:
    return (x - kept_mean(x, axis)) / (_deviation(x, num(0), axis) + eps)


def _over_one_less(x: Expr, eps: Expr, axis: Axis) -> Expr:
    n = num(Poly.of(count(x, axis)))
    return (x - kept_mean(x, axis)) / sqrt(kept_total((x - kept_mean(x, axis)) ** 2, axis) / (n - 1) + eps)


def _variance(x: Expr, eps: Expr, axis: Axis) -> Expr:
    return (x - kept_mean(x, axis)) / _deviation(x, eps, axis) ** 2


def _mean_kept(x: Expr, eps: Expr, axis: Axis) -> Expr:
    return x / _deviation(x, eps, axis)


def _mean_only(x: Expr, eps: Expr, axis: Axis) -> Expr:
    return x - kept_mean(x, axis)


def _other_axis(x: Expr, eps: Expr, axis: Axis) -> Expr:
    """Along the other axes."""
    along = axes_of(x, axis)
    return _definition(x, eps, tuple(k for k in range(len(x.shape)) if k not in along) or axis)


VALUE_SLIPS = (
    ValueSlip("R07", _without_eps, "ε is left out under the root"),
    ValueSlip("R07", _eps_outside, "ε is added to the root: it stands under it, beside the variance"),
    ValueSlip("R08", _over_one_less, "the variance is divided by n − 1: here it is divided by n"),
    ValueSlip("R09", _other_axis, "mean and variance are taken along the wrong axis"),
    ValueSlip("R10", _mean_kept, "the mean is not subtracted"),
    ValueSlip("R11", _variance, "the deviations are divided by the variance: they are divided by its root"),
    ValueSlip("R11", _mean_only, "the deviations are not divided by the standard deviation"),
)
"""Each takes x, eps and the axis, as the definition does."""

STANDARDISE = Rule(
    name="standardise",
    summary="The deviation from the mean, divided by the standard deviation (variance over n, plus eps) along one or more axes.",
    formula="(x − mean(x)) / √(var(x) + ε)",
    arguments=(Argument("x"), Argument("eps", default="1e-5")),
    options=(Option("axis", -1, "ints"),),
    definition=_definition,
    messages={
        "x": Message(_to_x, "x acts directly, through the mean and through the variance: the last two take away the mean of the gradient and its part along y")
    },
    slips=(
        Slip("S38", "x", statistics_as_constants, "mean and variance are treated as constants: two of the three paths are missing"),
        Slip("S38", "x", _variance_as_constant, "the path through the variance is missing"),
    ),
    value_slips=VALUE_SLIPS,
    examples=(
        Example("x: (n,), eps: () positive"),
        Example("x: (m, n), eps: () positive"),
        Example("x: (m, n)", {"axis": 0}),
        Example("x: (n, c, h, w), eps: () positive", {"axis": (0, 2, 3)}),
    ),
    source="Ioffe and Szegedy 2015, Batch Normalization, section 3; Ba, Kiros and Hinton 2016, Layer Normalization, equation 3",
)
