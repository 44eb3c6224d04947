"""The larger and the smaller of two numbers, entry by entry."""

from __future__ import annotations

from byhand.lang import functions
from byhand.lang.expr import Expr, num
from byhand.lang.leaves import relu, step
from byhand.lang.rule import Argument, Example, Message, Rule
from byhand.rules.shaping import sum_to


def _first_is_larger(a: Expr, b: Expr) -> Expr:
    """The mask of a; against the number 0 it is that of relu, whichever side the 0 stands on."""
    return 1 - step(b) if a is num(0) else step(a - b)


def _max_to_a(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    return sum_to(g * _first_is_larger(a, b), a.shape)


def _max_to_b(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    return sum_to(g * (1 - _first_is_larger(a, b)), b.shape)


def _first_is_smaller(a: Expr, b: Expr) -> Expr:
    """The mask of a; against the number 0 it is the one that relu leaves over, so that min(x, 0) + max(x, 0) has slope 1."""
    return 1 - step(a) if b is num(0) else step(b - a)


def _minimum(a: Expr, b: Expr) -> Expr:
    if a is num(0) or b is num(0):
        return a + b - relu(a + b)
    below = _first_is_smaller(a, b)
    return below * a + (1 - below) * b


def _min_to_a(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    return sum_to(g * _first_is_smaller(a, b), a.shape)


def _min_to_b(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    return sum_to(g * (1 - _first_is_smaller(a, b)), b.shape)


_EXAMPLES = (Example("a: (), b: ()"), Example("a: (n,), b: (n,)"), Example("a: (m, n), b: (n,)"), Example("a: (m, 1), b: (m, n)"))
_BECAUSE = "the gradient goes to the argument that was chosen, at a tie to the second"
_SOURCE = "Goodfellow, Bengio and Courville, Deep Learning, section 6.3 (maxout units)"

MAXIMUM = Rule(
    name="maximum",
    summary="The larger of two numbers, entry by entry. At a tie the gradient goes to the second; against the number 0 this is relu.",
    formula="max(a, b)",
    arguments=(Argument("a"), Argument("b")),
    definition=functions.maximum,
    messages={"a": Message(_max_to_a, _BECAUSE), "b": Message(_max_to_b, _BECAUSE)},
    examples=_EXAMPLES,
    source=_SOURCE,
)

MINIMUM = Rule(
    name="minimum",
    summary="The smaller of two numbers, entry by entry. At a tie the gradient goes to the second; against the number 0 it goes to the other one.",
    formula="min(a, b)",
    arguments=(Argument("a"), Argument("b")),
    definition=_minimum,
    messages={"a": Message(_min_to_a, _BECAUSE), "b": Message(_min_to_b, _BECAUSE)},
    examples=_EXAMPLES,
    source=_SOURCE,
)
