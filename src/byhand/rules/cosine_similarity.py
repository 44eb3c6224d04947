"""cosine_similarity: how far two vectors point in the same direction."""

from __future__ import annotations

from byhand.lang.expr import Expr
from byhand.lang.functions import total
from byhand.lang.leaves import sqrt
from byhand.lang.rule import Argument, Example, Message, Rule, Slip, ValueSlip
from byhand.rules.shaping import along, kept_inner, same_shape


def _length(x: Expr) -> Expr:
    return sqrt(kept_inner(x, x, -1))


def _definition(a: Expr, b: Expr) -> Expr:
    same_shape("cosine_similarity", a, b)
    return _dots(a, b) / (sqrt(_dots(a, a)) * sqrt(_dots(b, b)))


def _dots(a: Expr, b: Expr) -> Expr:
    return a @ b if len(a.shape) == 1 else total(a * b, -1)


def _to_a(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    unit = a / _length(a)
    return along(g, (b / _length(b) - along(y, unit, -1)) / _length(a), -1)


def _to_b(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    return _to_a(g, y, b, a)


def _lengths_as_constants(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    return along(g, b / _length(b) / _length(a), -1)


def _plain_dots(a: Expr, b: Expr) -> Expr:
    return _dots(a, b)


def _squared_lengths(a: Expr, b: Expr) -> Expr:
    return _dots(a, b) / (_dots(a, a) * _dots(b, b))


_BECAUSE = "the unit vector of the other one, less its part along this one, divided by this one's length"

COSINE_SIMILARITY = Rule(
    name="cosine_similarity",
    summary="The cosine of the angle between two vectors, or between the rows of two matrices.",
    formula="aᵀb / (|a| |b|)",
    arguments=(Argument("a"), Argument("b")),
    definition=_definition,
    messages={"a": Message(_to_a, _BECAUSE), "b": Message(_to_b, _BECAUSE)},
    slips=(Slip("S38", "a", _lengths_as_constants, "the length of {a} is treated as a constant: it depends on {a} too"),),
    value_slips=(
        ValueSlip("R11", _plain_dots, "the dot product is not divided by the lengths"),
        ValueSlip("R11", _squared_lengths, "the roots of the lengths are not taken"),
    ),
    examples=(Example("a: (n,), b: (n,)"), Example("a: (m, n), b: (m, n)")),
    source="Manning, Raghavan and Schütze, Introduction to Information Retrieval, equation 6.10",
)
