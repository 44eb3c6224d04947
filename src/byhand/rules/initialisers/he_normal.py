"""He (Kaiming): the variance that keeps signals their size behind rectifiers, normal."""

from __future__ import annotations

from byhand.lang.initialiser import Initialiser

HE_NORMAL = Initialiser(
    name="he_normal",
    title="He, normal",
    summary="Normal with variance gain/fan_in, 2/fan_in before a relu.",
    distribution="normal",
    spread=lambda q: q["gain"] / q["fan_in"],
    because="relu lets half of its inputs through, so the variance is made twice as large to keep the mean square of the signals",
    source="He, Zhang, Ren and Sun, Delving Deep into Rectifiers, 2015, equation 10",
    others=("he", "kaiming", "kaiming_normal"),
)
