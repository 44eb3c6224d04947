"""log_softmax: logarithms of the softmax probabilities."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from byhand.lang.build import call
from byhand.lang.expr import Expr, num
from byhand.lang.functions import Axis
from byhand.lang.leaves import exp, log
from byhand.lang.rule import Argument, Example, Message, Option, Rule, Slip, ValueSlip
from byhand.rules.shaping import kept_largest, kept_total
from byhand.rules.softmax import SOFTMAX, VALUE_SLIPS


def _definition(x: Expr, axis: Axis) -> Expr:
    return log(call(SOFTMAX, x, axis=axis))


def _stable(x: Expr, axis: Axis) -> Expr:
    """No probability is formed that could round to 0 before its logarithm is taken."""
    shifted = x - kept_largest(x, axis)
    return shifted - log(kept_total(exp(shifted), axis))


def _to_x(g: Expr, y: Expr, x: Expr, axis: Axis) -> Expr:
    return g - kept_total(g, axis) * call(SOFTMAX, x, axis=axis)


def _own_path_only(g: Expr, y: Expr, x: Expr, axis: Axis) -> Expr:
    return g * (1 - call(SOFTMAX, x, axis=axis))


def _log_of(formula: Callable[..., Expr], x: Expr, axis: Axis) -> Expr:
    return log(formula(x, axis=axis))


def _to_base(base: int, x: Expr, axis: Axis) -> Expr:
    return _definition(x, axis) / log(num(base))


LOG_SOFTMAX = Rule(
    name="log_softmax",
    summary="The logarithms of the softmax probabilities, computed without forming the probabilities.",
    formula="log_softmax(x)_i = x_i − log Σ_j exp(x_j)",
    arguments=(Argument("x"),),
    options=(Option("axis", -1),),
    definition=_definition,
    stable=_stable,
    messages={"x": Message(_to_x, "∂ log pᵢ/∂xⱼ = δᵢⱼ − pⱼ, so each score receives its own gradient minus its probability times the sum of all gradients")},
    slips=(Slip("S17", "x", _own_path_only, "only each score's own log-probability is followed: every log-probability depends on every score"),),
    value_slips=(
        *(ValueSlip(slip.id, partial(_log_of, slip.formula), slip.message) for slip in VALUE_SLIPS),
        ValueSlip("S08", partial(_to_base, 2), "the logarithm is taken to base 2: it is the natural one"),
        ValueSlip("S08", partial(_to_base, 10), "the logarithm is taken to base 10: it is the natural one"),
    ),
    examples=(
        Example("x: (n,)"),
        Example("x: (m, n)"),
        Example("x: (m, n)", {"axis": 0}),
    ),
    source="Murphy, Probabilistic Machine Learning: An Introduction, section 2.5.4",
)
