"""Momentum in the form of PyTorch: the velocity gathers gradients, the learning rate scales the velocity."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.update_rule import Formula, Hyperparameter, LineSlip, State, UpdateRule
from byhand.rules.updates.shared import DECAYED_GRADIENT, WEIGHT_DECAY

BETA = Hyperparameter("beta", Fraction(9, 10), "how much of the velocity is kept at each step", "beta", ("momentum", "mu"), Fraction(1))
VELOCITY = State("v", "the velocity")
_GATHERED = (
    LineSlip("R22", lambda q: q["beta"] * q["v"] + (1 - q["beta"]) * q["g"], "the gradient is multiplied by 1 − β: in this form it is added whole"),
    LineSlip("R22", lambda q: q["v"] + q["g"], "the old velocity is not multiplied by β"),
    LineSlip("R22", lambda q: q["beta"] * q["v"] - q["g"], "the gradient is subtracted from the velocity: here it is added, and the step goes against it"),
)
GATHERED = Formula("v", "velocity", "what is kept of the old velocity, plus the gradient", lambda q: q["beta"] * q["v"] + q["g"], slips=_GATHERED)

_STEP = (
    LineSlip("R23", lambda q: q["w"] - q["eta"] * q["g"], "the step goes against the gradient: it goes against the velocity"),
    LineSlip("R23", lambda q: q["w"] - q["eta"] * q["v"], "the old velocity is used for the step: the new one is"),
)

MOMENTUM = UpdateRule(
    name="momentum",
    title="Momentum",
    summary="Gradient descent along a velocity that gathers the gradients and forgets them slowly: v ← β v + g, w ← w − η v.",
    hyperparameters=(BETA, WEIGHT_DECAY),
    states=(VELOCITY,),
    lines=(
        DECAYED_GRADIENT,
        GATHERED,
        Formula("w", "update", "a step against the velocity", lambda q: q["w"] - q["eta"] * q["v'"], slips=_STEP),
    ),
    usual_rate=Fraction(1, 100),
    source="Sutskever, Martens, Dahl and Hinton, On the importance of initialization and momentum in deep learning, 2013, in PyTorch's form (torch.optim.SGD)",
)
