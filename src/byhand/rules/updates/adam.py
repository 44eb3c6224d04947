"""Adam: momentum and RMSProp together, both corrected for having started at zero."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.update_rule import Formula, Hyperparameter, LineSlip, State, UpdateRule
from byhand.rules.updates.shared import AGAINST, DECAYED_GRADIENT, WEIGHT_DECAY, average, averaging, epsilon, scaled

BETAS = (
    Hyperparameter("beta1", Fraction(9, 10), "how much of the mean gradient is kept at each step", "beta1", ("beta_1",), Fraction(1)),
    Hyperparameter("beta2", Fraction(999, 1000), "how much of the mean squared gradient is kept at each step", "beta2", ("beta_2",), Fraction(1)),
)


def _correction(of: str, beta: str) -> tuple[LineSlip, ...]:
    return (
        LineSlip("R25", lambda q: q[f"{of}'"], f"{of} is not corrected for having started at zero"),
        LineSlip("R25", lambda q: q[f"{of}'"] / (1 - q[beta]), f"the correction of {of} has no power t: it is 1 − β^t"),
        LineSlip("R25", lambda q: q[f"{of}'"] * (1 - q[beta] ** q["t"]), f"{of} is multiplied by its correction: it is divided by 1 − β^t"),
    )


MOMENTS = (State("m", "the running mean of the gradients"), State("v", "the running mean of the squared gradients", measures=True))
MOMENT_LINES = (
    Formula(
        "m",
        "first moment",
        "the running mean of the gradients",
        lambda q: average(q["m"], q["g"], q["beta1"]),
        slips=averaging("m", lambda q: q["g"], "beta1"),
    ),
    Formula(
        "v",
        "second moment",
        "the running mean of the squared gradients",
        lambda q: average(q["v"], q["g"] ** 2, q["beta2"]),
        slips=(
            *averaging("v", lambda q: q["g"] ** 2, "beta2"),
            LineSlip("R24", lambda q: average(q["v"], q["g"], q["beta2"]), "the gradient is not squared in the second moment"),
        ),
    ),
    Formula(
        "mhat",
        "corrected first moment",
        "m began at zero, which is made up for",
        lambda q: q["m'"] / (1 - q["beta1"] ** q["t"]),
        slips=_correction("m", "beta1"),
    ),
    Formula(
        "vhat",
        "corrected second moment",
        "v began at zero as well",
        lambda q: q["v'"] / (1 - q["beta2"] ** q["t"]),
        slips=_correction("v", "beta2"),
    ),
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
    usual_rate=Fraction(1, 1000),
    source="Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1",
)
