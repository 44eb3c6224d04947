"""huber: quadratic near zero, linear far away."""

from __future__ import annotations

from byhand.lang.build import call
from byhand.lang.expr import Expr
from byhand.lang.leaves import absolute, relu, step
from byhand.lang.rule import Argument, Example, Message, Rule, Slip, ValueSlip
from byhand.rules.clip import CLIP
from byhand.rules.shaping import sum_to


def _definition(x: Expr, delta: Expr) -> Expr:
    outside = step(absolute(x) - delta)
    return (1 - outside) * (x**2 / 2) + outside * (delta * (absolute(x) - delta / 2))


def _to_x(g: Expr, y: Expr, x: Expr, delta: Expr) -> Expr:
    return sum_to(g * call(CLIP, x, -delta, delta), x.shape)


def _to_delta(g: Expr, y: Expr, x: Expr, delta: Expr) -> Expr:
    return sum_to(g * relu(absolute(x) - delta), delta.shape)


def _unclipped(g: Expr, y: Expr, x: Expr, delta: Expr) -> Expr:
    return sum_to(g * x, x.shape)


def _not_halved(x: Expr, delta: Expr) -> Expr:
    outside = step(absolute(x) - delta)
    return (1 - outside) * x**2 + outside * (delta * (absolute(x) - delta / 2))


def _square_everywhere(x: Expr, delta: Expr) -> Expr:
    return x**2 / 2 + 0 * delta * x


def _unshifted(x: Expr, delta: Expr) -> Expr:
    outside = step(absolute(x) - delta)
    return (1 - outside) * (x**2 / 2) + outside * (delta * absolute(x))


HUBER = Rule(
    name="huber",
    summary="A function of each entry: x²/2 where |x| ≤ delta, and delta (|x| − delta/2) beyond. Apply it to a residual and sum as you need.",
    formula="x²/2 where |x| ≤ δ, δ(|x| − δ/2) elsewhere",
    arguments=(Argument("x"), Argument("delta", default="1", facts=("positive",))),
    definition=_definition,
    messages={
        "x": Message(_to_x, "the derivative is x inside and ±δ outside: x, clipped to [−δ, δ]"),
        "delta": Message(_to_delta, "inside δ has no influence; outside d/dδ of δ|x| − δ²/2 is |x| − δ"),
    },
    facts=("nonnegative",),
    slips=(Slip("S04", "x", _unclipped, "the derivative of the square is used everywhere: beyond δ it stays at ±δ"),),
    value_slips=(
        ValueSlip("S09", _not_halved, "the factor ½ of the square is left out"),
        ValueSlip("S04", _square_everywhere, "the square is taken everywhere: beyond δ the loss is linear"),
        ValueSlip("R18", _unshifted, "−δ/2 is left out beyond δ"),
    ),
    examples=(Example("x: ()"), Example("x: (n,)"), Example("x: (m, n)"), Example("x: (m, n), delta: () positive"), Example("x: (m, n), delta: (n,) positive")),
    source="Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, equation 10.23 (doubled there)",
)
