"""Adagrad: each entry has a learning rate of its own, smaller the more its gradient has been at work."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.update_rule import Formula, LineSlip, State, UpdateRule
from byhand.rules.updates.shared import AGAINST, DECAYED_GRADIENT, WEIGHT_DECAY, epsilon, scaled

_SQUARES = (
    LineSlip("R24", lambda q: q["s"] + q["g"], "the gradient is not squared in the sum of squares"),
    LineSlip("R22", lambda q: q["g"] ** 2, "the squares of the steps before are left out of the sum"),
)

ADAGRAD = UpdateRule(
    name="adagrad",
    title="Adagrad",
    summary="Each entry of the gradient is divided by the root of the sum of its squares so far.",
    hyperparameters=(epsilon(10), WEIGHT_DECAY),
    states=(State("s", "the sum of the squared gradients", measures=True),),
    lines=(
        DECAYED_GRADIENT,
        Formula("s", "sum of squares", "the squared gradient is added, entry by entry", lambda q: q["s"] + q["g"] ** 2, slips=_SQUARES),
        scaled("g", "s'"),
        AGAINST,
    ),
    usual_rate=Fraction(1, 100),
    source="Duchi, Hazan and Singer, Adaptive subgradient methods for online learning and stochastic optimization, 2011",
)
