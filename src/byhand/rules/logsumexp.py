"""logsumexp: the smooth maximum."""

from __future__ import annotations

from byhand.lang.build import call
from byhand.lang.expr import Expr
from byhand.lang.functions import Axis, axes_of, largest, total
from byhand.lang.leaves import exp, log
from byhand.lang.rule import Argument, Example, Message, Option, Rule, ValueSlip
from byhand.rules.shaping import along, kept_largest
from byhand.rules.softmax import SOFTMAX


def _definition(x: Expr, axis: Axis) -> Expr:
    axes_of(x, axis)  # so that an axis which is not there is missed in x, not in exp(x)
    return log(total(exp(x), axis))


def _stable(x: Expr, axis: Axis) -> Expr:
    return largest(x, axis) + log(total(exp(x - kept_largest(x, axis)), axis))


def _to_x(g: Expr, y: Expr, x: Expr, axis: Axis) -> Expr:
    return along(g, call(SOFTMAX, x, axis=axis), axis)


def _log_forgotten(x: Expr, axis: Axis) -> Expr:
    return total(exp(x), axis)


def _log_cancelled(x: Expr, axis: Axis) -> Expr:
    return total(x, axis)


LOGSUMEXP = Rule(
    name="logsumexp",
    summary="The logarithm of the sum of exponentials along one axis: a smooth maximum.",
    formula="logsumexp(x) = log Σ_j exp(x_j)",
    arguments=(Argument("x"),),
    options=(Option("axis", -1),),
    definition=_definition,
    stable=_stable,
    messages={"x": Message(_to_x, "∂ log Σⱼ exp(xⱼ)/∂xᵢ = exp(xᵢ)/Σⱼ exp(xⱼ) = softmax(x)ᵢ")},
    value_slips=(
        ValueSlip("R14", _log_forgotten, "the logarithm of the sum of exponentials is not taken"),
        ValueSlip("S06", _log_cancelled, "log and exp are cancelled through the sum: log Σ exp({x}) is not Σ {x}"),
    ),
    examples=(
        Example("x: (n,)"),
        Example("x: (m, n)"),
        Example("x: (m, n)", {"axis": 0}),
        Example("x: (b, m, n)", {"axis": 1}),
    ),
    source="Boyd and Vandenberghe, Convex Optimization, section 3.1.5",
)
