"""Xavier (Glorot): one variance for the way forward and the way back, drawn uniformly."""

from __future__ import annotations

from byhand.lang.initialiser import Initialiser
from byhand.lang.leaves import sqrt

XAVIER_UNIFORM = Initialiser(
    name="xavier_uniform",
    title="Xavier, uniform",
    summary="Uniform between −a and a with a = √(6/(fan_in + fan_out)): the variance is 2/(fan_in + fan_out).",
    distribution="uniform",
    spread=lambda q: sqrt(6 / (q["fan_in"] + q["fan_out"])),
    because="signals keep their variance on the way forward if it is 1/fan_in, gradients on the way back if it is 1/fan_out; this lies between",
    source="Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010, equation 16",
    others=("xavier", "glorot", "glorot_uniform"),
)
