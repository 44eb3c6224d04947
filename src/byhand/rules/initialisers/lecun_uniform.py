"""LeCun: the variance that keeps signals their size, drawn uniformly."""

from __future__ import annotations

from byhand.lang.initialiser import Initialiser
from byhand.lang.leaves import sqrt

LECUN_UNIFORM = Initialiser(
    name="lecun_uniform",
    title="LeCun, uniform",
    summary="Uniform between −a and a with a = √(3/fan_in): the variance is 1/fan_in.",
    distribution="uniform",
    spread=lambda q: sqrt(3 / q["fan_in"]),
    because="a sum of fan_in terms of variance 1 keeps variance 1 if each weight has the variance 1/fan_in",
    source="LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, equation 16",
)
