"""clip: numbers held between two bounds."""

from __future__ import annotations

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, as_number
from byhand.lang.leaves import step
from byhand.lang.rule import Argument, Example, Message, Rule
from byhand.rules.shaping import sum_to


def _definition(x: Expr, lo: Expr, hi: Expr) -> Expr:
    _check_order(lo, hi)
    below, above = step(lo - x), step(x - hi)
    return (1 - below) * (1 - above) * x + below * lo + above * hi


def _check_order(lo: Expr, hi: Expr) -> None:
    low, high = as_number(lo), as_number(hi)
    if low is None or high is None or low.constant is None or high.constant is None:
        return
    if low.constant > high.constant:
        raise ByhandError(f"clip holds numbers between {low} and {high}, but the lower bound is above the upper one; exchange them.")


def _to_x(g: Expr, y: Expr, x: Expr, lo: Expr, hi: Expr) -> Expr:
    return sum_to(g * ((1 - step(lo - x)) * (1 - step(x - hi))), x.shape)


def _to_lo(g: Expr, y: Expr, x: Expr, lo: Expr, hi: Expr) -> Expr:
    return sum_to(g * step(lo - x), lo.shape)


def _to_hi(g: Expr, y: Expr, x: Expr, lo: Expr, hi: Expr) -> Expr:
    return sum_to(g * step(x - hi), hi.shape)


CLIP = Rule(
    name="clip",
    summary="Each entry held between lo and hi (lo ≤ hi). On the bounds themselves the gradient still passes, as in PyTorch.",
    formula="min(max(x, lo), hi)",
    arguments=(Argument("x"), Argument("lo"), Argument("hi")),
    definition=_definition,
    messages={
        "x": Message(_to_x, "entries within the bounds pass the gradient on, the others stop it"),
        "lo": Message(_to_lo, "the lower bound receives the gradients of the entries held at it"),
        "hi": Message(_to_hi, "the upper bound receives the gradients of the entries held at it"),
    },
    examples=(Example("x: (), lo: (), hi: ()"), Example("x: (n,), lo: (), hi: ()"), Example("x: (m, n), lo: (n,), hi: ()")),
    source="NumPy reference, numpy.clip",
)
