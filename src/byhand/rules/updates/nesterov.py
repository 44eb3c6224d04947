"""Nesterov's momentum, in the form that needs the gradient at the parameters themselves, as PyTorch has it."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.update_rule import Formula, LineSlip, UpdateRule
from byhand.rules.updates.momentum import BETA, GATHERED, VELOCITY
from byhand.rules.updates.shared import DECAYED_GRADIENT, WEIGHT_DECAY

_STEP = (
    LineSlip("R23", lambda q: q["w"] - q["eta"] * q["v'"], "the step is that of plain momentum: it looks one step ahead, along g + β v"),
    LineSlip("R23", lambda q: q["w"] - q["eta"] * q["g"], "the step goes against the gradient alone: β v belongs to it"),
)

NESTEROV = UpdateRule(
    name="nesterov",
    title="Nesterov's momentum",
    summary="Momentum that looks one step ahead: v ← β v + g, w ← w − η (g + β v).",
    others=("nag",),
    hyperparameters=(BETA, WEIGHT_DECAY),
    states=(VELOCITY,),
    lines=(
        DECAYED_GRADIENT,
        GATHERED,
        Formula(
            "w",
            "update",
            "the gradient once more, with what will be kept of the new velocity",
            lambda q: q["w"] - q["eta"] * (q["g"] + q["beta"] * q["v'"]),
            slips=_STEP,
        ),
    ),
    usual_rate=Fraction(1, 100),
    source="Nesterov, A method for solving the convex programming problem with convergence rate O(1/k²), 1983, in PyTorch's form (torch.optim.SGD)",
)
