"""Orthogonal: matrices that change no length."""

from __future__ import annotations

from byhand.lang.initialiser import Initialiser
from byhand.lang.leaves import sqrt

ORTHOGONAL = Initialiser(
    name="orthogonal",
    title="Orthogonal",
    summary="A random matrix with orthonormal rows or columns, whichever are fewer, times √gain.",
    distribution="orthogonal",
    spread=lambda q: sqrt(q["gain"]),
    because="an orthogonal matrix changes no length, so neither signals nor gradients grow or shrink through many layers",
    source="Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, 2014",
)
