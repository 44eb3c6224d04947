"""He (Kaiming): the variance that keeps signals their size behind rectifiers, drawn uniformly."""

from __future__ import annotations

from byhand.lang.initialiser import Initialiser
from byhand.lang.leaves import sqrt

HE_UNIFORM = Initialiser(
    name="he_uniform",
    title="He, uniform",
    summary="Uniform between −a and a with a = √(3 gain/fan_in): the variance is gain/fan_in, 2/fan_in before a relu.",
    distribution="uniform",
    spread=lambda q: sqrt(3 * q["gain"] / q["fan_in"]),
    because="relu lets half of its inputs through, so the variance is made twice as large to keep the mean square of the signals",
    source="He, Zhang, Ren and Sun, Delving Deep into Rectifiers, 2015, equation 10",
    others=("kaiming_uniform",),
)
