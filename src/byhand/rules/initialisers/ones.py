"""Ones: the first values of scales."""

from __future__ import annotations

from byhand.lang.expr import num
from byhand.lang.initialiser import Initialiser

ONES = Initialiser(
    name="ones",
    title="Ones",
    summary="Every entry is 1: for what multiplies entry by entry, such as the scale of a normalisation.",
    distribution="constant",
    spread=lambda q: num(1),
    because="a scale of 1 leaves what it multiplies as it is",
    source="Ioffe and Szegedy, Batch Normalization, 2015",
    others=("one",),
)
