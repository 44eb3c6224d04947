"""What several update rules have in common: weight decay as an L2 penalty, running averages, a root that is never zero."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.expr import Expr
from byhand.lang.leaves import sqrt
from byhand.lang.update_rule import Formula, Hyperparameter

WEIGHT_DECAY = Hyperparameter("weight_decay", Fraction(0), "the strength of the L2 penalty on each parameter", "lam", ("l2",))
DECAYED_GRADIENT = Formula(
    of="g",
    title="weight decay",
    because="the penalty λ/2 · w² adds λ w to the gradient",
    build=lambda q: q["g"] + q["lam"] * q["w"],
    only_with="weight_decay",
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
    return Formula("d", "direction", because, lambda q: q[of] / (sqrt(q[square]) + q["eps"]))


AGAINST = Formula("w", "update", "a step against the direction", lambda q: q["w"] - q["eta"] * q["d'"])
