"""Gradient descent: against the gradient, so far as the learning rate says."""

from __future__ import annotations

from byhand.lang.update_rule import Formula, UpdateRule
from byhand.rules.updates.shared import DECAYED_GRADIENT, WEIGHT_DECAY

GRADIENT_DESCENT = UpdateRule(
    name="gradient_descent",
    title="Gradient descent",
    summary="A step against the gradient, as long as the learning rate times the gradient.",
    others=("sgd", "gd"),
    hyperparameters=(WEIGHT_DECAY,),
    lines=(
        DECAYED_GRADIENT,
        Formula("w", "update", "a step against the gradient", lambda q: q["w"] - q["eta"] * q["g"]),
    ),
    source="Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées, 1847",
)
