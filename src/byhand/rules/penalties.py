"""Penalties on the size of weights."""

from __future__ import annotations

from byhand.lang.expr import Expr, filled
from byhand.lang.functions import mean, total
from byhand.lang.leaves import absolute, sqrt
from byhand.lang.rule import Argument, Example, Rule, Slip, ValueSlip


def _l1(w: Expr) -> Expr:
    return total(absolute(w))


def _l2(w: Expr) -> Expr:
    return total(w**2)


def _two_dropped(g: Expr, y: Expr, w: Expr) -> Expr:
    return g * w


def _mean_of_squares(w: Expr) -> Expr:
    return mean(w**2)


def _halved(w: Expr) -> Expr:
    return _l2(w) / 2


def _length(w: Expr) -> Expr:
    return sqrt(_l2(w))


def _plain_sum(w: Expr) -> Expr:
    return total(w)


def _ones(g: Expr, y: Expr, w: Expr) -> Expr:
    return g * filled(1, w.shape)


def _weights(g: Expr, y: Expr, w: Expr) -> Expr:
    return g * w


_EXAMPLES = (Example("w: ()"), Example("w: (n,)"), Example("w: (m, n)"))

L1_PENALTY = Rule(
    name="l1_penalty",
    summary="The sum of the absolute values of all entries; its derivative at 0 is taken as 0.",
    formula="Σ_i |w_i|",
    arguments=(Argument("w"),),
    definition=_l1,
    facts=("nonnegative",),
    slips=(
        Slip("S46", "w", _ones, "the signs of {w} are left out of the gradient: |w| falls where w is negative"),
        Slip("S46", "w", _weights, "{w} itself is taken for its signs"),
    ),
    value_slips=(
        ValueSlip("R03", _l2, "the squares of {w} are summed, as in an L2 penalty: here it is the absolute values"),
        ValueSlip("R03", _plain_sum, "the entries of {w} are summed with their signs: it is their absolute values"),
    ),
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
    slips=(Slip("S46", "w", _two_dropped, "the factor 2 of the square is left out of its derivative: λ Σ w² has the gradient 2λw"),),
    value_slips=(
        ValueSlip("S46", _halved, "one factor ½ too many stands in front of the squares"),
        ValueSlip("S46", _mean_of_squares, "the mean of the squares of {w} is taken for their sum"),
        ValueSlip("R03", _length, "the root is taken: the penalty is the sum of the squares of {w} itself"),
        ValueSlip("R03", _l1, "the absolute values of {w} are summed, as in an L1 penalty: here it is the squares"),
    ),
    examples=_EXAMPLES,
    source="Goodfellow, Bengio and Courville, Deep Learning, section 7.1.1 (with a factor ½ there)",
)
