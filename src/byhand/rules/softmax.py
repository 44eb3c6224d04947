"""softmax: scores turned into probabilities."""

from __future__ import annotations

from byhand.lang.expr import Expr
from byhand.lang.functions import Axis, axes_of, total
from byhand.lang.leaves import exp
from byhand.lang.rule import Argument, Example, Message, Option, Rule, Slip, ValueSlip
from byhand.rules.shaping import kept_inner, kept_largest, kept_total


def _definition(x: Expr, axis: Axis) -> Expr:
    axes_of(x, axis)  # so that an axis which is not there is missed in x, not in exp(x)
    return exp(x) / kept_total(exp(x), axis)


def _stable(x: Expr, axis: Axis) -> Expr:
    """The largest score becomes 0, so no exponential overflows."""
    return _definition(x - kept_largest(x, axis), axis)


def _to_x(g: Expr, p: Expr, x: Expr, axis: Axis) -> Expr:
    return p * (g - kept_inner(g, p, axis))


def _diagonal_only(g: Expr, p: Expr, x: Expr, axis: Axis) -> Expr:
    return g * p * (1 - p)


def _other_axis(x: Expr, axis: Axis) -> Expr:
    """Along the axis before or behind the right one; of a vector there is no other."""
    if len(x.shape) < 2 or not isinstance(axis, int):
        return _definition(x, axis)
    at = axis % len(x.shape)
    return _definition(x, at - 1 if at else 1)


def _everything(x: Expr, axis: Axis) -> Expr:
    return exp(x) / total(exp(x))


def _unnormalised(x: Expr, axis: Axis) -> Expr:
    return exp(x)


def _linear(x: Expr, axis: Axis) -> Expr:
    return x / kept_total(x, axis)


VALUE_SLIPS = (
    ValueSlip("S05", _other_axis, "softmax is taken along the wrong axis of {x}: the sums run over rows where they should run over columns, or the reverse"),
    ValueSlip("S05", _everything, "the exponentials are divided by the sum over the whole of {x}: each sample has its own sum"),
    ValueSlip("S06", _unnormalised, "exp({x}) is not divided by its sum"),
    ValueSlip("S06", _linear, "{x} itself is divided by its sum: softmax takes exponentials first"),
)

SOFTMAX = Rule(
    name="softmax",
    summary="Scores turned into probabilities: exponentials, divided by their sum along one axis.",
    formula="softmax(x)_i = exp(x_i) / Σ_j exp(x_j)",
    arguments=(Argument("x"),),
    options=(Option("axis", -1),),
    definition=_definition,
    stable=_stable,
    messages={
        "x": Message(_to_x, "∂pᵢ/∂xⱼ = pᵢ(δᵢⱼ − pⱼ), so each score receives its probability times (its own gradient minus the average gradient under p)")
    },
    facts=("positive", "sums_to_one"),
    slips=(
        Slip("S17", "x", _diagonal_only, "only the diagonal p(1 − p) of the softmax Jacobian is used: each probability also depends on all the other scores"),
    ),
    value_slips=VALUE_SLIPS,
    examples=(
        Example("x: (n,)"),
        Example("x: (m, n)"),
        Example("x: (m, n)", {"axis": 0}),
        Example("x: (b, m, n)", {"axis": 1}),
    ),
    source="Bishop, Pattern Recognition and Machine Learning, equations 4.104 and 4.106",
)
