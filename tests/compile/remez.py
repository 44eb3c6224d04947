"""The minimax polynomials of kernels/functions.h, by Remez' exchange in 60 digits: run as a script, it prints the tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import matrix, mp, mpf

Function = Callable[[Any], Any]


def minimax(function: Function, degree: int, low: Any, high: Any, weight: Function) -> list[Any]:
    """The coefficients, lowest first, that make the largest weight·|p − function| least (E. Remez, 1934): it is reached degree + 2 times, signs taking turns."""
    count = degree + 2
    points = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    grid = [low + (high - low) * (1 - mp.cos(mp.pi * i / (40 * count))) / 2 for i in range(40 * count + 1)]
    terms: list[Any] = []
    for _ in range(30):
        rows = [[*(x**j for j in range(degree + 1)), (-1) ** i / weight(x)] for i, x in enumerate(points)]
        terms = list(mp.lu_solve(matrix(rows), matrix([function(x) for x in points])))[: degree + 1]
        errors = [weight(x) * (mp.polyval(terms[::-1], x) - function(x)) for x in grid]
        extrema = _alternating(errors)
        while len(extrema) > count:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < count:
            break
        points = [grid[i] for i in extrema]
        if max(abs(errors[i]) for i in extrema) < mpf("1.001") * min(abs(errors[i]) for i in extrema):
            break
    return terms


def _alternating(errors: list[Any]) -> list[int]:
    """The largest error of each stretch of one sign."""
    found: list[int] = []
    for i, error in enumerate(errors):
        if not found or (error > 0) != (errors[found[-1]] > 0):
            found.append(i)
        elif abs(error) > abs(errors[found[-1]]):
            found[-1] = i
    return found


def _exp(r: Any) -> Any:
    return (mp.expm1(r) - r) / r**2 if abs(r) > mpf(10) ** -12 else mpf(1) / 2 + r / 6 + r * r / 24


def _log(z: Any) -> Any:
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) / s - 2) / z if z > mpf(10) ** -12 else mpf(2) / 3 + 2 * z / 5


def _sin(z: Any) -> Any:
    r = mp.sqrt(z)
    return (mp.sin(r) / r - 1) / z if z > mpf(10) ** -12 else -mpf(1) / 6 + z / 120


def _cos(z: Any) -> Any:
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2 if z > mpf(10) ** -9 else mpf(1) / 24 - z / 720 + z * z / 40320


def _erf(z: Any) -> Any:
    r = mp.sqrt(z)
    return mp.erf(r) / r - 1 if z > mpf(10) ** -20 else 2 / mp.sqrt(mp.pi) * (1 - z / 3) - 1


def table(name: str, bits: int) -> list[float]:
    """The terms of a table of functions.h, rounded to its type."""
    mp.dps = 60
    tiny, small = mpf(10) ** -30, bits == 32
    half, quarter = mp.log(2) / 2 * mpf("1.01"), (mp.pi / 4 * mpf("1.001")) ** 2
    wanted: dict[str, tuple[Function, int, Any, Any, Function]] = {
        "exp_terms": (_exp, 4 if small else 9, -half, half, lambda r: r**2 / mp.exp(r) + tiny),
        "log_terms": (_log, 3 if small else 6, mpf(0), (3 - 2 * mp.sqrt(2)) ** 2 * mpf("1.002"), lambda z: z / 2 + tiny),
        "sin_terms": (_sin, 3 if small else 6, mpf(0), quarter, lambda z: z + tiny),
        "cos_terms": (_cos, 2 if small else 6, mpf(0), quarter, lambda z: z * z + tiny),
        "erf_near": (_erf, 6 if small else 12, mpf(0), mpf("1.001"), lambda z: 1 / (1 + _erf(z))),
        "erf_far": (lambda u: -mp.log(mp.erfc(u + 1)), 7 if small else 19, -mpf("0.001"), mpf(3 if small else 5), lambda u: mp.erfc(u + 1)),
    }
    return [float(np.float32(float(term))) if small else float(term) for term in minimax(*wanted[name])]


if __name__ == "__main__":
    for bits in (32, 64):
        for name in ("exp_terms", "log_terms", "sin_terms", "cos_terms", "erf_near", "erf_far"):
            print(bits, name, table(name, bits))
