"""What an initialiser is: how the first numbers of a parameter are drawn, with their spread as a formula in byhand's own language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.lang.expr import Expr

Fans: TypeAlias = Mapping[str, Expr]
"""What a spread may speak of: ``fan_in``, how many entries each sum in front of the parameter's output has; ``fan_out``, how many sums each
input goes into; ``gain``, how much an activation behind it shrinks the mean square of what passes (2 for relu, 1 where it keeps it)."""

FAN_IN, FAN_OUT, GAIN = "fan_in", "fan_out", "gain"
Distribution: TypeAlias = Literal["constant", "uniform", "normal", "orthogonal"]


@dataclass(frozen=True, slots=True)
class Initialiser:
    """A rule for first numbers. ``name`` is what people call it in code, ``title`` in words, ``others`` are further names.

    ``distribution`` says what ``spread`` is: the ``constant`` itself, the bound a of a ``uniform`` distribution from −a to a, the variance of a
    ``normal`` one with mean 0, or what the mean square of the entries of an ``orthogonal`` matrix is multiplied by, as a factor of the matrix.
    ``because`` is the reason for it, ``source`` where it was published.
    """

    name: str
    title: str
    summary: str
    distribution: Distribution
    spread: Callable[[Fans], Expr]
    because: str
    source: str
    others: tuple[str, ...] = ()
