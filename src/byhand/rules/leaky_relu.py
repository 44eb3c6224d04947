"""Rectifiers that let negative inputs through with a small slope: fixed (leaky) or learned (parametric)."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.build import call
from byhand.lang.expr import Expr, num
from byhand.lang.leaves import relu, step
from byhand.lang.rule import Argument, Example, Message, Rule, Slip, ValueSlip
from byhand.rules.maximum import MINIMUM
from byhand.rules.shaping import sum_to


def _definition(x: Expr, a: Expr) -> Expr:
    return relu(x) + a * call(MINIMUM, x, num(0))


def _to_x(g: Expr, y: Expr, x: Expr, a: Expr) -> Expr:
    return sum_to(g * (step(x) + a * (1 - step(x))), x.shape)


def _to_slope(g: Expr, y: Expr, x: Expr, a: Expr) -> Expr:
    return sum_to(g * call(MINIMUM, x, num(0)), a.shape)


def _slope_everywhere(g: Expr, y: Expr, x: Expr, a: Expr) -> Expr:
    return sum_to(g * a, x.shape)


def _like_relu(g: Expr, y: Expr, x: Expr, a: Expr) -> Expr:
    return sum_to(g * step(x), x.shape)


def _messages(slope: str) -> dict[str, Message]:
    return {
        "x": Message(_to_x, f"the slope is 1 where x > 0 and {slope} elsewhere; {slope} at 0 by convention"),
        slope: Message(_to_slope, f"∂/∂{slope} of max(0, x) + {slope} min(0, x) is min(0, x)"),
    }


def _plain_relu(x: Expr, a: Expr) -> Expr:
    return relu(x) + 0 * a * x


def _slope_left_out(x: Expr, a: Expr) -> Expr:
    return relu(x) + (0 * a + 1) * call(MINIMUM, x, num(0))


def _both_sides(x: Expr, a: Expr) -> Expr:
    return a * x


_SLIPS = (
    Slip("S37", "x", _slope_everywhere, "the slope of the negative side is used everywhere: positive entries of {x} pass with slope 1"),
    Slip("S04", "x", _like_relu, "the derivative of relu is taken: negative entries of {x} still pass a little"),
)
_VALUE_SLIPS = (
    ValueSlip("S04", _plain_relu, "relu is taken: negative entries of {x} pass with a small slope"),
    ValueSlip("S03", _slope_left_out, "negative entries of {x} pass unchanged: they are multiplied by the small slope"),
    ValueSlip("S37", _both_sides, "all entries of {x} are multiplied by the small slope: only negative ones are"),
)

LEAKY_RELU = Rule(
    name="leaky_relu",
    summary="max(0, x) + alpha min(0, x): negative inputs pass with the small slope alpha. At 0 the slope is alpha.",
    formula="max(0, x) + α min(0, x)",
    arguments=(Argument("x"), Argument("alpha", default="0.01")),
    definition=_definition,
    messages=_messages("alpha"),
    gain=Fraction(2),
    slips=_SLIPS,
    value_slips=_VALUE_SLIPS,
    examples=(Example("x: ()"), Example("x: (n,)"), Example("x: (m, n)"), Example("x: (m, n), alpha: ()")),
    source="Maas, Hannun and Ng 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models, section 2",
)

PRELU = Rule(
    name="prelu",
    summary="max(0, x) + a min(0, x) with a learned slope a, one number or one for each entry of the last axis. At 0 the slope is a.",
    formula="max(0, x) + a min(0, x)",
    arguments=(Argument("x"), Argument("a")),
    definition=_definition,
    messages=_messages("a"),
    gain=Fraction(2),
    slips=_SLIPS,
    value_slips=_VALUE_SLIPS,
    examples=(Example("x: (), a: ()"), Example("x: (n,), a: ()"), Example("x: (m, n), a: ()"), Example("x: (m, n), a: (n,)")),
    source="He, Zhang, Ren and Sun 2015, Delving Deep into Rectifiers, equations 1 and 3",
)
