"""batch_norm: each feature normalised over the samples of a batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from byhand.lang.build import call
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, contract, describe
from byhand.lang.rule import Argument, Example, Rule, Slip, ValueSlip
from byhand.lang.sizes import shape_text
from byhand.lang.spec import LETTERS, Spec
from byhand.rules.standardise import STANDARDISE, VALUE_SLIPS, statistics_as_constants


def _sample_axes(x: Expr) -> int | tuple[int, ...]:
    """Every axis but that of the features, which is axis 1."""
    if not x.shape:
        raise ShapeError(f"batch_norm takes a batch of samples; {describe(x)} is a single number.")
    return (0, *range(2, len(x.shape))) if len(x.shape) > 2 else 0


def _for_each_feature(parameter: Expr, x: Expr) -> Expr:
    """One number for each feature, stretched over the samples."""
    if not parameter.shape:
        return parameter
    if parameter.shape != x.shape[1:2]:
        raise ShapeError(
            f"batch_norm scales and shifts the features, axis 1 of {describe(x)}, which has shape {shape_text(x.shape)}; "
            f"{describe(parameter)} has shape {shape_text(parameter.shape)}, and should have {shape_text(x.shape[1:2])}."
        )
    word = LETTERS[: len(x.shape)]
    return contract(Spec((word[1],), word), parameter, sizes=dict(zip(word, x.shape)))


def _definition(x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    standard = call(STANDARDISE, x, eps, axis=_sample_axes(x))
    return standard * _for_each_feature(gamma, x) + _for_each_feature(beta, x)


def _statistics_as_constants(g: Expr, y: Expr, x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    return statistics_as_constants(g * _for_each_feature(gamma, x), y, x, eps, _sample_axes(x))


def _standardised_wrongly(formula: Callable[..., Expr], x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    return formula(x, eps, axis=_sample_axes(x)) * _for_each_feature(gamma, x) + _for_each_feature(beta, x)


def _not_scaled(x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    return call(STANDARDISE, x, eps, axis=_sample_axes(x))


def _not_shifted(x: Expr, gamma: Expr, beta: Expr, eps: Expr) -> Expr:
    return _not_scaled(x, gamma, beta, eps) * _for_each_feature(gamma, x)


BATCH_NORM = Rule(
    name="batch_norm",
    summary=(
        "Each feature (axis 1) standardised over the batch and all other axes with the batch's own mean and variance (over n), "
        "then scaled by gamma and shifted by beta, as PyTorch does in training. A vector is a batch of one feature."
    ),
    formula="γ (x − mean(x)) / √(var(x) + ε) + β",
    arguments=(Argument("x"), Argument("gamma", default="1"), Argument("beta", default="0"), Argument("eps", default="1e-5")),
    definition=_definition,
    slips=(Slip("S38", "x", _statistics_as_constants, "the batch's mean and variance are treated as constants: two of the three paths are missing"),),
    value_slips=(
        *(ValueSlip(slip.id, partial(_standardised_wrongly, slip.formula), slip.message) for slip in VALUE_SLIPS),
        ValueSlip("R12", _not_scaled, "scale and shift by {gamma} and {beta} are left out"),
        ValueSlip("R12", _not_shifted, "the shift by {beta} is left out"),
    ),
    examples=(
        Example("x: (n,), gamma: (), beta: ()"),
        Example("x: (n, c), gamma: (c,), beta: (c,), eps: () positive"),
        Example("x: (n, c, l), gamma: (c,), beta: (c,)"),
        Example("x: (n, c, h, w), gamma: (c,), beta: (c,)"),
    ),
    source="Ioffe and Szegedy 2015, Batch Normalization: Accelerating Deep Network Training, algorithm 1",
)
