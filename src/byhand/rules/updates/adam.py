"""Adam: momentum and RMSProp together, both corrected for having started at zero."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.update_rule import Formula, Hyperparameter, State, UpdateRule
from byhand.rules.updates.shared import AGAINST, DECAYED_GRADIENT, WEIGHT_DECAY, average, epsilon, scaled

BETAS = (
    Hyperparameter("beta1", Fraction(9, 10), "how much of the mean gradient is kept at each step", "beta1", ("beta_1",)),
    Hyperparameter("beta2", Fraction(999, 1000), "how much of the mean squared gradient is kept at each step", "beta2", ("beta_2",)),
)
MOMENTS = (State("m", "the running mean of the gradients"), State("v", "the running mean of the squared gradients"))
MOMENT_LINES = (
    Formula("m", "first moment", "the running mean of the gradients", lambda q: average(q["m"], q["g"], q["beta1"])),
    Formula("v", "second moment", "the running mean of the squared gradients", lambda q: average(q["v"], q["g"] ** 2, q["beta2"])),
    Formula("mhat", "corrected first moment", "m began at zero, which is made up for", lambda q: q["m'"] / (1 - q["beta1"] ** q["t"])),
    Formula("vhat", "corrected second moment", "v began at zero as well", lambda q: q["v'"] / (1 - q["beta2"] ** q["t"])),
)

ADAM = UpdateRule(
    name="adam",
    title="Adam",
    summary="A step along the mean gradient, each entry divided by the root of its mean square, both means corrected for their start at zero.",
    hyperparameters=(*BETAS, epsilon(8), WEIGHT_DECAY),
    states=MOMENTS,
    lines=(
        DECAYED_GRADIENT,
        *MOMENT_LINES,
        scaled("mhat'", "vhat'"),
        AGAINST,
    ),
    source="Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1",
)
