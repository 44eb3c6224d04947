"""AdamW: Adam with the weights shrunk directly, instead of through the gradient."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from byhand.lang.update_rule import Formula, LineSlip, UpdateRule
from byhand.rules.updates.adam import BETAS, MOMENT_LINES, MOMENTS
from byhand.rules.updates.shared import WEIGHT_DECAY, epsilon, scaled

_DECAY = (
    LineSlip("S46", lambda q: q["w"] - q["eta"] * q["d'"] - q["lam"] * q["w"], "the weight decay is not multiplied by the learning rate"),
    LineSlip("S46", lambda q: q["w"] - q["eta"] * q["d'"], "the weight decay is left out"),
    LineSlip("S46", lambda q: q["w"] - q["eta"] * (q["d'"] - q["lam"] * q["w"]), "the weight decay has the wrong sign"),
)

ADAMW = UpdateRule(
    name="adamw",
    title="AdamW",
    summary="Adam, where the weight decay shrinks the parameters themselves and does not pass through the means.",
    hyperparameters=(*BETAS, epsilon(8), replace(WEIGHT_DECAY, default=Fraction(1, 100), summary="how fast the parameters shrink by themselves")),
    states=MOMENTS,
    lines=(
        *MOMENT_LINES,
        scaled("mhat'", "vhat'"),
        Formula(
            "w",
            "update",
            "Adam's step, and beside it the decay of the parameter itself",
            lambda q: q["w"] - q["eta"] * (q["d'"] + q["lam"] * q["w"]),
            slips=_DECAY,
        ),
    ),
    usual_rate=Fraction(1, 1000),
    source="Loshchilov and Hutter, Decoupled weight decay regularization, 2019, algorithm 2, in PyTorch's form (torch.optim.AdamW)",
)
