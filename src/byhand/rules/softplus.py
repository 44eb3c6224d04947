"""softplus, and the logarithm of the sigmoid, which is its mirror image."""

from __future__ import annotations

from byhand.lang.expr import Expr
from byhand.lang.leaves import absolute, exp, log, relu, sigmoid
from byhand.lang.rule import Argument, Example, Message, Rule, Slip, ValueSlip


def _softplus(x: Expr) -> Expr:
    return log(1 + exp(x))


def _stable_softplus(x: Expr) -> Expr:
    """The exponential is taken of a number that is never positive."""
    return relu(x) + log(1 + exp(-absolute(x)))


def _softplus_to_x(g: Expr, y: Expr, x: Expr) -> Expr:
    return g * sigmoid(x)


def _slope_at_value(g: Expr, y: Expr, x: Expr) -> Expr:
    return g * sigmoid(y)


def _log_sigmoid(x: Expr) -> Expr:
    return log(sigmoid(x))


def _stable_log_sigmoid(x: Expr) -> Expr:
    return -_stable_softplus(-x)


def _log_sigmoid_to_x(g: Expr, y: Expr, x: Expr) -> Expr:
    return g * sigmoid(-x)


def _slope_of_sigmoid(g: Expr, y: Expr, x: Expr) -> Expr:
    return g * sigmoid(x) * (1 - sigmoid(x))


def _one_forgotten(x: Expr) -> Expr:
    return log(exp(x))


def _log_forgotten(x: Expr) -> Expr:
    return 1 + exp(x)


def _sigmoid(x: Expr) -> Expr:
    return sigmoid(x)


_EXAMPLES = (Example("x: ()"), Example("x: (n,)"), Example("x: (m, n)"))

SOFTPLUS = Rule(
    name="softplus",
    summary="log(1 + exp(x)): a smooth rectifier.",
    formula="log(1 + exp(x))",
    arguments=(Argument("x"),),
    definition=_softplus,
    stable=_stable_softplus,
    messages={"x": Message(_softplus_to_x, "d log(1 + exp x)/dx = exp x/(1 + exp x) = σ(x)")},
    facts=("positive",),
    slips=(Slip("S32", "x", _slope_at_value, "the slope σ is taken at the value: it is taken at {x}"),),
    value_slips=(
        ValueSlip("S04", _one_forgotten, "the 1 is left out under the logarithm"),
        ValueSlip("R14", _log_forgotten, "the logarithm is not taken"),
    ),
    examples=_EXAMPLES,
    source="Goodfellow, Bengio and Courville, Deep Learning, section 3.10",
)

LOG_SIGMOID = Rule(
    name="log_sigmoid",
    summary="log σ(x), computed without forming σ(x): minus softplus(−x).",
    formula="log σ(x) = −log(1 + exp(−x))",
    arguments=(Argument("x"),),
    definition=_log_sigmoid,
    stable=_stable_log_sigmoid,
    messages={"x": Message(_log_sigmoid_to_x, "σ′/σ = 1 − σ(x) = σ(−x)")},
    slips=(Slip("S04", "x", _slope_of_sigmoid, "the derivative of σ is taken: that of log σ is σ′/σ"),),
    value_slips=(ValueSlip("R14", _sigmoid, "the logarithm of σ({x}) is not taken"),),
    examples=_EXAMPLES,
    source="Goodfellow, Bengio and Courville, Deep Learning, section 3.10",
)
