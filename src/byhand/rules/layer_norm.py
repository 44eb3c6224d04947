"""Normalisation of each sample on its own: layer normalisation, and the same without the mean."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from byhand.lang.build import call
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, describe, num
from byhand.lang.leaves import sqrt
from byhand.lang.rule import Argument, Example, Message, Rule, Slip, ValueSlip
from byhand.lang.sizes import Poly, shape_text
from byhand.rules.shaping import kept_inner, kept_mean, kept_total, sum_to
from byhand.rules.standardise import STANDARDISE, VALUE_SLIPS, statistics_as_constants


def _fits(rule: str, x: Expr, *parameters: Expr) -> None:
    """Scale and shift are single numbers, or have one entry for each feature of the last axis."""
    for parameter in parameters:
        if parameter.shape not in ((), x.shape[-1:]):
            raise ShapeError(
                f"{rule} scales and shifts the last axis of {describe(x)}, which has shape {shape_text(x.shape)}; "
                f"{describe(parameter)} has shape {shape_text(parameter.shape)}, and should have {shape_text(x.shape[-1:])}."
            )


def _layer_norm(x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    _fits("layer_norm", x, gamma, beta)
    return call(STANDARDISE, x, eps, axis=-1) * gamma + beta


def _statistics_as_constants(g: Expr, y: Expr, x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    return statistics_as_constants(g * gamma, y, x, eps, -1)


def _standardised_wrongly(formula: Callable[..., Expr], x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    return formula(x, eps, axis=-1) * gamma + beta


def _not_scaled(x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    return call(STANDARDISE, x, eps, axis=-1)


def _not_shifted(x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    return call(STANDARDISE, x, eps, axis=-1) * gamma


def _scale(x: Expr, eps: Expr) -> Expr:
    return sqrt(kept_mean(x**2, -1) + eps)


def _rms_norm(x: Expr, gamma: Expr, eps: Expr) -> Expr:
    _fits("rms_norm", x, gamma)
    return x / _scale(x, eps) * gamma


def _rms_to_x(g: Expr, y: Expr, x: Expr, gamma: Expr, eps: Expr) -> Expr:
    unit, n = x / _scale(x, eps), num(Poly.of(x.shape[-1]))
    return (g * gamma - unit * (kept_inner(g, y, -1) / n)) / _scale(x, eps)


def _rms_to_gamma(g: Expr, y: Expr, x: Expr, gamma: Expr, eps: Expr) -> Expr:
    return sum_to(g * (x / _scale(x, eps)), gamma.shape)


def _rms_without_eps(x: Expr, gamma: Expr, eps: Expr) -> Expr:
    return _rms_norm(x, gamma, num(0))


def _rms_sum(x: Expr, gamma: Expr, eps: Expr) -> Expr:
    return x / sqrt(kept_total(x**2, -1) + eps) * gamma


def _rms_centred(x: Expr, gamma: Expr, eps: Expr) -> Expr:
    return call(STANDARDISE, x, eps, axis=-1) * gamma


def _rms_not_scaled(x: Expr, gamma: Expr, eps: Expr) -> Expr:
    return x / _scale(x, eps)


def _rms_as_constant(g: Expr, y: Expr, x: Expr, gamma: Expr, eps: Expr) -> Expr:
    return g * gamma / _scale(x, eps)


LAYER_NORM = Rule(
    name="layer_norm",
    summary="Each vector along the last axis standardised (variance over n), then scaled by gamma and shifted by beta.",
    formula="γ (x − mean(x)) / √(var(x) + ε) + β",
    arguments=(Argument("x"), Argument("gamma", default="1"), Argument("beta", default="0"), Argument("eps", default="1e-5")),
    definition=_layer_norm,
    slips=(Slip("S38", "x", _statistics_as_constants, "mean and variance are treated as constants: two of the three paths are missing"),),
    value_slips=(
        *(ValueSlip(slip.id, partial(_standardised_wrongly, slip.formula), slip.message) for slip in VALUE_SLIPS),
        ValueSlip("R12", _not_scaled, "scale and shift by {gamma} and {beta} are left out"),
        ValueSlip("R12", _not_shifted, "the shift by {beta} is left out"),
    ),
    examples=(
        Example("x: (n,)"),
        Example("x: (n,), gamma: (n,), beta: (n,), eps: () positive"),
        Example("x: (m, n), gamma: (n,), beta: (n,)"),
        Example("x: (b, m, n), gamma: (), beta: (n,)"),
    ),
    source="Ba, Kiros and Hinton 2016, Layer Normalization, equations 3 and 4",
)

RMS_NORM = Rule(
    name="rms_norm",
    summary="Each vector along the last axis divided by the root of its mean square, then scaled by gamma.",
    formula="γ x / √(mean(x²) + ε)",
    arguments=(Argument("x"), Argument("gamma", default="1"), Argument("eps", default="1e-5")),
    definition=_rms_norm,
    messages={
        "x": Message(_rms_to_x, "x acts directly and through the root mean square; the latter takes away the gradient's part along x"),
        "gamma": Message(_rms_to_gamma, "γ multiplies the normalised x"),
    },
    slips=(Slip("S38", "x", _rms_as_constant, "the root mean square is treated as a constant: one of two paths is missing"),),
    value_slips=(
        ValueSlip("R07", _rms_without_eps, "ε is left out under the root"),
        ValueSlip("S10", _rms_sum, "the sum of the squares is taken for their mean"),
        ValueSlip("R10", _rms_centred, "the mean is subtracted, as in layer normalisation: here it is not"),
        ValueSlip("R12", _rms_not_scaled, "the scale by {gamma} is left out"),
    ),
    examples=(Example("x: (n,), gamma: (n,)"), Example("x: (m, n), gamma: (n,), eps: () positive"), Example("x: (b, m, n)")),
    source="Zhang and Sennrich 2019, Root Mean Square Layer Normalization, equation 4",
)
