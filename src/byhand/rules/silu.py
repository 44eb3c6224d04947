"""silu (swish): the input times its sigmoid."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.expr import Expr
from byhand.lang.leaves import sigmoid
from byhand.lang.rule import Argument, Example, Message, Rule, Slip, ValueSlip


def _definition(x: Expr) -> Expr:
    return x * sigmoid(x)


def _to_x(g: Expr, y: Expr, x: Expr) -> Expr:
    return g * (sigmoid(x) + y * (1 - sigmoid(x)))


def _one_factor_only(g: Expr, y: Expr, x: Expr) -> Expr:
    return g * sigmoid(x)


def _gate_alone(x: Expr) -> Expr:
    return sigmoid(x)


def _gate_as_constant(g: Expr, y: Expr, x: Expr) -> Expr:
    return g * (x * sigmoid(x) * (1 - sigmoid(x)))


SILU = Rule(
    name="silu",
    summary="x σ(x), also called swish: a smooth rectifier.",
    formula="x σ(x)",
    arguments=(Argument("x"),),
    definition=_definition,
    gain=Fraction(2),
    messages={"x": Message(_to_x, "the product rule: (x σ)′ = σ + x σ(1 − σ) = σ + y(1 − σ)")},
    slips=(
        Slip("S38", "x", _one_factor_only, "only the first factor {x} is differentiated: it stands in σ({x}) as well"),
        Slip("S38", "x", _gate_as_constant, "only σ({x}) is differentiated: {x} stands in front of it as well"),
    ),
    value_slips=(ValueSlip("S04", _gate_alone, "σ({x}) is not multiplied by {x}"),),
    examples=(Example("x: ()"), Example("x: (n,)"), Example("x: (m, n)")),
    source="Elfwing, Uchibe and Doya 2018, Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement Learning, section 2",
)
