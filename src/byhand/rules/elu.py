"""elu: a rectifier that saturates smoothly at −α."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.build import call
from byhand.lang.expr import Expr, num
from byhand.lang.leaves import exp, relu, step
from byhand.lang.rule import Argument, Example, Message, Rule, Slip, ValueSlip
from byhand.rules.maximum import MINIMUM
from byhand.rules.shaping import sum_to


def _definition(x: Expr, alpha: Expr) -> Expr:
    return step(x) * x + (1 - step(x)) * (alpha * (exp(x) - 1))


def _stable(x: Expr, alpha: Expr) -> Expr:
    """Large inputs never reach the exponential."""
    return relu(x) + alpha * (exp(call(MINIMUM, x, num(0))) - 1)


def _to_x(g: Expr, y: Expr, x: Expr, alpha: Expr) -> Expr:
    return sum_to(g * (step(x) + (1 - step(x)) * (y + alpha)), x.shape)


def _to_alpha(g: Expr, y: Expr, x: Expr, alpha: Expr) -> Expr:
    return sum_to(g * (exp(call(MINIMUM, x, num(0))) - 1), alpha.shape)


def _alpha_forgotten(g: Expr, y: Expr, x: Expr, alpha: Expr) -> Expr:
    return sum_to(g * (step(x) + (1 - step(x)) * y), x.shape)


def _one_forgotten(x: Expr, alpha: Expr) -> Expr:
    return step(x) * x + (1 - step(x)) * (alpha * exp(x))


def _without_alpha(x: Expr, alpha: Expr) -> Expr:
    return _definition(x, 0 * alpha + 1)


ELU = Rule(
    name="elu",
    summary="x where x > 0 and alpha (exp(x) − 1) elsewhere. At 0 the slope is alpha.",
    formula="x where x > 0, α(exp(x) − 1) elsewhere",
    arguments=(Argument("x"), Argument("alpha", default="1")),
    definition=_definition,
    gain=Fraction(2),
    stable=_stable,
    messages={
        "x": Message(_to_x, "the slope is 1 where x > 0; elsewhere it is α exp(x) = y + α"),
        "alpha": Message(_to_alpha, "α multiplies exp(x) − 1 where x ≤ 0, and has no influence elsewhere"),
    },
    slips=(Slip("S04", "x", _alpha_forgotten, "the value itself is taken for the slope where {x} is negative: the slope is α exp({x}), the value plus α"),),
    value_slips=(
        ValueSlip("S04", _one_forgotten, "the 1 is not subtracted where {x} is negative: there it is α(exp({x}) − 1)"),
        ValueSlip("S04", _without_alpha, "α is left out"),
    ),
    examples=(Example("x: ()"), Example("x: (n,)"), Example("x: (m, n)"), Example("x: (m, n), alpha: ()")),
    source="Clevert, Unterthiner and Hochreiter 2016, Fast and Accurate Deep Network Learning by Exponential Linear Units, section 3",
)
