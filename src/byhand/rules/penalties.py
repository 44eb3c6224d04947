"""Penalties on the size of weights."""

from __future__ import annotations

from byhand.lang.expr import Expr
from byhand.lang.functions import total
from byhand.lang.leaves import absolute
from byhand.lang.rule import Argument, Example, Rule, Slip


def _l1(w: Expr) -> Expr:
    return total(absolute(w))


def _l2(w: Expr) -> Expr:
    return total(w**2)


def _two_dropped(g: Expr, y: Expr, w: Expr) -> Expr:
    return g * w


_EXAMPLES = (Example("w: ()"), Example("w: (n,)"), Example("w: (m, n)"))

L1_PENALTY = Rule(
    name="l1_penalty",
    summary="The sum of the absolute values of all entries; its derivative at 0 is taken as 0.",
    formula="Σ_i |w_i|",
    arguments=(Argument("w"),),
    definition=_l1,
    facts=("nonnegative",),
    examples=_EXAMPLES,
    source="Goodfellow, Bengio and Courville, Deep Learning, section 7.1.2",
)

L2_PENALTY = Rule(
    name="l2_penalty",
    summary="The sum of the squares of all entries, with no factor 1/2.",
    formula="Σ_i w_i²",
    arguments=(Argument("w"),),
    definition=_l2,
    facts=("nonnegative",),
    slips=(Slip("S46", "w", _two_dropped, "the factor 2 of the square is missing: λ Σ w² has the gradient 2λw"),),
    examples=_EXAMPLES,
    source="Goodfellow, Bengio and Courville, Deep Learning, section 7.1.1 (with a factor ½ there)",
)
