"""What several update rules have in common: weight decay as an L2 penalty, running averages, a root that is never zero."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from byhand.lang.expr import Expr
from byhand.lang.leaves import sqrt
from byhand.lang.update_rule import Formula, Hyperparameter, LineSlip, Quantities

WEIGHT_DECAY = Hyperparameter("weight_decay", Fraction(0), "the strength of the L2 penalty on each parameter", "lam", ("l2",))
DECAYED_GRADIENT = Formula(
    of="g",
    title="weight decay",
    because="the penalty λ/2 · w² adds λ w to the gradient",
    build=lambda q: q["g"] + q["lam"] * q["w"],
    only_with="weight_decay",
    slips=(
        LineSlip("S46", lambda q: q["g"] + 2 * q["lam"] * q["w"], "the weight decay has a factor 2: the penalty λ/2 · w² adds λ w"),
        LineSlip("S46", lambda q: q["g"] + q["lam"], "λ is added to the gradient, not λ times the parameter"),
        LineSlip("S46", lambda q: q["g"] - q["lam"] * q["w"], "the weight decay has the wrong sign: it is added to the gradient"),
    ),
)


def epsilon(power: int) -> Hyperparameter:
    """The small number that keeps a divisor away from zero: ten to a negative power."""
    return Hyperparameter("epsilon", Fraction(1, 10**power), "a small number that keeps the divisor away from zero", "eps", ("eps",))


def average(old: Expr, new: Expr, beta: Expr) -> Expr:
    """An exponential moving average: so much of the old, the rest of the new."""
    return beta * old + (1 - beta) * new


def scaled(of: str, square: str) -> Formula:
    """The line that divides a quantity entry by entry by the root of its mean square."""
    because = "each entry is measured by the usual size of its gradients"
    slips = (
        LineSlip("R21", lambda q: q[of] / sqrt(q[square] + q["eps"]), "ε is added under the root: here it is added to the root"),
        LineSlip("R21", lambda q: q[of] / (q[square] + q["eps"]), "the root is not taken"),
        LineSlip("R21", lambda q: q[of] * (sqrt(q[square]) + q["eps"]), "the root is multiplied with: it is divided by"),
    )
    return Formula("d", "direction", because, lambda q: q[of] / (sqrt(q[square]) + q["eps"]), slips=slips)


def averaging(of: str, new: Callable[[Quantities], Expr], beta: str) -> tuple[LineSlip, ...]:
    """The slips in a running average ``of`` with what is new."""
    return (
        LineSlip("R22", lambda q: q[beta] * q[of] + new(q), "what is new is not multiplied by 1 − β"),
        LineSlip("R22", lambda q: (1 - q[beta]) * q[of] + q[beta] * new(q), "β and 1 − β are exchanged"),
    )


AGAINST = Formula(
    "w",
    "update",
    "a step against the direction",
    lambda q: q["w"] - q["eta"] * q["d'"],
    slips=(LineSlip("R23", lambda q: q["w"] - q["eta"] * q["g"], "the gradient itself is used for the direction"),),
)
