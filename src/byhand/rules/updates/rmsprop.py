"""RMSProp: Adagrad that forgets, so that the steps do not die out."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.update_rule import Formula, Hyperparameter, LineSlip, State, UpdateRule
from byhand.rules.updates.shared import AGAINST, DECAYED_GRADIENT, WEIGHT_DECAY, average, averaging, epsilon, scaled

BETA = Hyperparameter("beta", Fraction(99, 100), "how much of the mean square is kept at each step", "beta", ("decay", "alpha", "rho"), Fraction(1))

RMSPROP = UpdateRule(
    name="rmsprop",
    title="RMSProp",
    summary="Each entry of the gradient is divided by the root of a running mean of its squares.",
    hyperparameters=(BETA, epsilon(8), WEIGHT_DECAY),
    states=(State("s", "the running mean of the squared gradients", measures=True),),
    lines=(
        DECAYED_GRADIENT,
        Formula(
            "s",
            "mean square",
            "what is kept of the old mean, and the rest of the squared gradient",
            lambda q: average(q["s"], q["g"] ** 2, q["beta"]),
            slips=(
                *averaging("s", lambda q: q["g"] ** 2, "beta"),
                LineSlip("R24", lambda q: average(q["s"], q["g"], q["beta"]), "the gradient is not squared in the mean square"),
            ),
        ),
        scaled("g", "s'"),
        AGAINST,
    ),
    usual_rate=Fraction(1, 1000),
    source="Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6.5, 2012, in PyTorch's form (torch.optim.RMSprop)",
)
