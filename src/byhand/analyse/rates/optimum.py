"""The best rate and momentum together, where the momentum is left open.

For the heavy ball: η = 4/(√λ_max + √λ_min)², β = ((√κ − 1)/(√κ + 1))², and errors shrink by √β a step (Polyak 1964). For Nesterov's method
with η = 1/λ_max: β = (√κ − 1)/(√κ + 1), and errors shrink by 1 − 1/√κ (Nesterov, Introductory Lectures, 2.2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt, sqrt

from byhand.analyse.rates.analysis import Rates
from byhand.analyse.rates.eigenvalues import Number


def optimum(found: Rates) -> Mapping[str, Number] | None:
    """``rate``, ``momentum``, ``contraction``, for a momentum without a number and eigenvalues with numbers."""
    numbers = found.numbers
    if numbers is None or numbers.beta is not None or found.setting.method.momentum is None or numbers.eigenvalues.high <= 0:
        return None
    if numbers.eigenvalues.least == numbers.eigenvalues.high:
        return {"rate": 1 / numbers.eigenvalues.high, "momentum": Fraction(0), "contraction": Fraction(0)}
    if not numbers.eigenvalues.least:
        return None
    low, high = root(numbers.eigenvalues.least), root(numbers.eigenvalues.high)
    if found.setting.method.nesterov:
        return {"rate": 1 / numbers.eigenvalues.high, "momentum": (high - low) / (high + low), "contraction": 1 - low / high}
    return {"rate": 4 / (high + low) ** 2, "momentum": ((high - low) / (high + low)) ** 2, "contraction": (high - low) / (high + low)}


def root(value: Number) -> Number:
    """The square root: exact for squares of fractions."""
    if isinstance(value, Fraction):
        exact = Fraction(isqrt(value.numerator), isqrt(value.denominator))
        if exact * exact == value:
            return exact
    return sqrt(value)
