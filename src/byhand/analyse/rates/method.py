"""Gradient descent, with momentum or without, on one eigenvector of the Hessian: when its error dies out, and how fast.

With eigenvalue λ the error's component along the eigenvector obeys a recursion with constant coefficients:

* plain: eₙ₊₁ = (1 − ηλ) eₙ, so |1 − ηλ| < 1, that is 0 < ηλ < 2;
* heavy ball (Polyak 1964): eₙ₊₁ = (1 + β − ηλ) eₙ − β eₙ₋₁;
* Nesterov (1983, constant β): eₙ₊₁ = (1 − ηλ)((1 + β) eₙ − β eₙ₋₁).

The roots of z² − p z + q lie inside the unit circle exactly if |q| < 1 and |p| < 1 + q (Jury's conditions). For 0 ≤ β < 1 that
gives 0 < ηλ < 2(1 + β) for the heavy ball, and 0 < ηλ < 2(1 + β)/(1 + 2β) for Nesterov's.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Literal, TypeAlias, TypeVar

from byhand.lang.expr import Expr

Kind: TypeAlias = Literal["plain", "heavy ball", "nesterov"]
T = TypeVar("T", Expr, Fraction, float)


@dataclass(frozen=True, slots=True)
class Method:
    """``momentum`` is β; ``None`` is plain gradient descent."""

    momentum: Expr | None = None
    nesterov: bool = False

    @property
    def kind(self) -> Kind:
        return "plain" if self.momentum is None else "nesterov" if self.nesterov else "heavy ball"


def bound(kind: Kind, beta: T, curvature: T) -> T:
    """The rate below which the component with this eigenvalue dies out."""
    match kind:
        case "plain":
            return 2 / curvature
        case "heavy ball":
            return 2 * (1 + beta) / curvature
        case "nesterov":
            return 2 * (1 + beta) / ((1 + 2 * beta) * curvature)


def best(kind: Kind, beta: T, low: T, high: T) -> T | None:
    """The rate with the smallest spectral radius, where it has a closed form: both ends of the spectrum shrink alike."""
    return None if kind == "nesterov" else 2 * (1 + beta) / (high + low)


def contraction(low: T, high: T) -> T:
    """(κ − 1)/(κ + 1): the factor of each step of plain gradient descent at the best rate."""
    return (high - low) / (high + low)


def coefficients(kind: Kind, beta: float, share: float) -> tuple[float, float]:
    """(p, q) of the recursion eₙ₊₁ = p eₙ − q eₙ₋₁ where ηλ is ``share``."""
    match kind:
        case "plain":
            return 1 - share, 0.0
        case "heavy ball":
            return 1 + beta - share, beta
        case "nesterov":
            return (1 - share) * (1 + beta), (1 - share) * beta


def radius(kind: Kind, beta: float, share: float) -> float:
    """The larger modulus of the two roots of z² − p z + q."""
    p, q = coefficients(kind, beta, share)
    inside = p * p - 4 * q
    return (abs(p) + sqrt(inside)) / 2 if inside >= 0 else sqrt(q)


def best_found(kind: Kind, beta: float, low: float, high: float) -> tuple[float, float]:
    """The best rate and its factor in floats; Nesterov's by halving the interval in which both ends change places."""
    closed = 1 / high if kind == "nesterov" and low == high else best(kind, beta, low, high)
    if closed is None:
        small, large = 0.0, bound(kind, beta, high)
        for _ in range(200):
            middle = (small + large) / 2
            slow, fast = radius(kind, beta, middle * low), radius(kind, beta, middle * high)
            small, large = (middle, large) if slow > fast else (small, middle)
        closed = (small + large) / 2
    return closed, max(radius(kind, beta, closed * low), radius(kind, beta, closed * high))
