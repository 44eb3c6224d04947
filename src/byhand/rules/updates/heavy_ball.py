"""Momentum in the form of textbooks, Polyak's heavy ball: the velocity is the step itself, learning rate included."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.update_rule import Formula, LineSlip, UpdateRule
from byhand.rules.updates.momentum import BETA, VELOCITY
from byhand.rules.updates.shared import DECAYED_GRADIENT, WEIGHT_DECAY

_VELOCITY = (
    LineSlip("S44", lambda q: q["beta"] * q["v"] + q["eta"] * q["g"], "the gradient is added to the velocity: it is subtracted"),
    LineSlip("R22", lambda q: q["beta"] * q["v"] - (1 - q["beta"]) * q["eta"] * q["g"], "the gradient is multiplied by 1 − β as well"),
    LineSlip("S45", lambda q: q["beta"] * q["v"] - q["g"], "the learning rate is forgotten in the velocity"),
)
_STEP = (
    LineSlip("S44", lambda q: q["w"] - q["v'"], "the velocity is subtracted: it is the step, and is added"),
    LineSlip("S45", lambda q: q["w"] + q["eta"] * q["v'"], "the velocity is multiplied by the learning rate, which is in it already"),
)

HEAVY_BALL = UpdateRule(
    name="heavy_ball",
    title="Heavy ball",
    summary="Gradient descent where each step keeps a part of the step before: v ← β v − η g, w ← w + v.",
    others=("classical_momentum", "polyak"),
    hyperparameters=(BETA, WEIGHT_DECAY),
    states=(VELOCITY,),
    lines=(
        DECAYED_GRADIENT,
        Formula("v", "velocity", "a part of the last step, and a step against the gradient", lambda q: q["beta"] * q["v"] - q["eta"] * q["g"], slips=_VELOCITY),
        Formula("w", "update", "the velocity is the step", lambda q: q["w"] + q["v'"], slips=_STEP),
    ),
    usual_rate=Fraction(1, 100),
    source="Polyak, Some methods of speeding up the convergence of iteration methods, 1964; Goodfellow, Bengio and Courville, Deep Learning, algorithm 8.2",
)
