"""Xavier (Glorot): one variance for the way forward and the way back, normal."""

from __future__ import annotations

from byhand.lang.initialiser import Initialiser

XAVIER_NORMAL = Initialiser(
    name="xavier_normal",
    title="Xavier, normal",
    summary="Normal with variance 2/(fan_in + fan_out).",
    distribution="normal",
    spread=lambda q: 2 / (q["fan_in"] + q["fan_out"]),
    because="signals keep their variance on the way forward if it is 1/fan_in, gradients on the way back if it is 1/fan_out; this lies between",
    source="Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010, equation 12",
    others=("glorot_normal",),
)
