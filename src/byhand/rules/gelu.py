"""gelu: the input, weighted by how likely a standard normal number is below it."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, num
from byhand.lang.leaves import erf, exp, pi, sqrt, tanh
from byhand.lang.rule import Argument, Example, Message, Option, Rule, Slip, ValueSlip

CUBIC = Fraction(44715, 1_000_000)
"""The coefficient of x³ in the approximation by tanh."""


def _probability(x: Expr, approximate: str) -> Expr:
    """Φ(x), the standard normal distribution function, or its approximation."""
    match approximate:
        case "none":
            return (1 + erf(x / sqrt(num(2)))) / 2
        case "tanh":
            return (1 + tanh(sqrt(2 / pi()) * (x + CUBIC * x**3))) / 2
        case _:
            raise ByhandError(f"gelu knows no approximation {approximate!r}: it is 'none' or 'tanh'.")


def _density(x: Expr, probability: Expr, approximate: str) -> Expr:
    """Φ′(x)."""
    if approximate == "none":
        return exp(-(x**2) / 2) / sqrt(2 * pi())
    return 2 * sqrt(2 / pi()) * (1 + 3 * CUBIC * x**2) * probability * (1 - probability)


def _definition(x: Expr, approximate: str) -> Expr:
    return x * _probability(x, approximate)


def _to_x(g: Expr, y: Expr, x: Expr, approximate: str) -> Expr:
    probability = _probability(x, approximate)
    return g * (probability + x * _density(x, probability, approximate))


def _one_factor_only(g: Expr, y: Expr, x: Expr, approximate: str) -> Expr:
    return g * _probability(x, approximate)


def _gate_alone(x: Expr, approximate: str) -> Expr:
    return _probability(x, approximate)


GELU = Rule(
    name="gelu",
    summary="x Φ(x), with Φ the standard normal distribution function; approximate='tanh' replaces Φ by a formula with tanh.",
    formula="x Φ(x) = x/2 (1 + erf(x/√2))",
    arguments=(Argument("x"),),
    options=(Option("approximate", "none", "str"),),
    definition=_definition,
    gain=Fraction(2),
    messages={"x": Message(_to_x, "the product rule: (x Φ(x))′ = Φ(x) + x φ(x), with the normal density φ(x) = exp(−x²/2)/√(2π)")},
    slips=(Slip("S38", "x", _one_factor_only, "only the first factor {x} is differentiated: it stands in Φ({x}) as well"),),
    value_slips=(ValueSlip("S04", _gate_alone, "Φ({x}) is not multiplied by {x}"),),
    examples=(Example("x: ()"), Example("x: (n,)"), Example("x: (m, n)"), Example("x: (n,)", {"approximate": "tanh"})),
    source="Hendrycks and Gimpel 2016, Gaussian Error Linear Units, section 2",
)
