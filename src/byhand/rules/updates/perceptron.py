"""The perceptron's learning rule: where the answer is wrong, the sample is added to the weights or taken from them."""

from __future__ import annotations

from byhand.lang.leaves import step
from byhand.lang.update_rule import Formula, UpdateRule

PERCEPTRON = UpdateRule(
    name="perceptron",
    title="Perceptron",
    summary="Sample by sample, nothing where the answer is right; else w ← w + η (t − y) x for targets 0 and 1, w ← w + η t x for targets −1 and 1.",
    error=lambda z, t: t - step(z),
    signed_error=lambda z, t: t * (1 - step(t * z)),
    lines=(Formula("w", "update", "a wrong answer moves the score of this sample towards its target", lambda q: q["w"] - q["eta"] * q["g"]),),
    source="Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the brain, 1958",
)
