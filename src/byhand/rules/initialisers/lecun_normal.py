"""LeCun: the variance that keeps signals their size, normal."""

from __future__ import annotations

from byhand.lang.initialiser import Initialiser

LECUN_NORMAL = Initialiser(
    name="lecun_normal",
    title="LeCun, normal",
    summary="Normal with variance 1/fan_in.",
    distribution="normal",
    spread=lambda q: 1 / q["fan_in"],
    because="a sum of fan_in terms of variance 1 keeps variance 1 if each weight has the variance 1/fan_in",
    source="LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, equation 16",
    others=("lecun",),
)
