"""Zeros: the first values of biases."""

from __future__ import annotations

from byhand.lang.expr import num
from byhand.lang.initialiser import Initialiser

ZEROS = Initialiser(
    name="zeros",
    title="Zeros",
    summary="Every entry is 0: for biases. Weights that begin equal get equal gradients and stay equal, so hidden units never become different.",
    distribution="constant",
    spread=lambda q: num(0),
    because="a bias needs no symmetry broken, and nothing is known of it yet",
    source="Goodfellow, Bengio and Courville, Deep Learning, 2016, section 8.4",
    others=("zero",),
)
