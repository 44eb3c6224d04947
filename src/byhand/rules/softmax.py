"""softmax: scores turned into probabilities."""

from __future__ import annotations

from byhand.lang.expr import Expr
from byhand.lang.functions import Axis, axes_of
from byhand.lang.leaves import exp
from byhand.lang.rule import Argument, Example, Message, Option, Rule, Slip
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
    examples=(
        Example("x: (n,)"),
        Example("x: (m, n)"),
        Example("x: (m, n)", {"axis": 0}),
        Example("x: (b, m, n)", {"axis": 1}),
    ),
    source="Bishop, Pattern Recognition and Machine Learning, equations 4.104 and 4.106",
)
