"""Functions that ``decimal`` lacks, to the precision of the context."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, getcontext, localcontext
from functools import lru_cache


def _guarded(function: Callable[[Decimal], Decimal]) -> Callable[[Decimal], Decimal]:
    """The function with more digits inside than it returns."""

    def outer(x: Decimal) -> Decimal:
        with localcontext() as context:
            context.prec += 15 + max(0, x.adjusted())
            found = function(x)
        return +found

    return outer


def _summed(terms: Iterator[Decimal]) -> Decimal:
    """The sum of terms that fall off, up to the precision of the context."""
    total, last = Decimal(0), None
    for term in terms:
        total += term
        if total == last:
            return total
        last = total
    return total


def pi() -> Decimal:
    return +_pi(getcontext().prec + 5)


@lru_cache(maxsize=64)
def _pi(digits: int) -> Decimal:
    """Machin's formula: π = 16 arctan(1/5) − 4 arctan(1/239)."""
    with localcontext() as context:
        context.prec = digits + 5
        return 16 * _arctan_of_reciprocal(5) - 4 * _arctan_of_reciprocal(239)


def _arctan_of_reciprocal(n: int) -> Decimal:
    def terms() -> Iterator[Decimal]:
        power, k = Decimal(1) / n, 1
        while True:
            yield power / k
            power, k = -power / (n * n), k + 2

    return _summed(terms())


@_guarded
def sin(x: Decimal) -> Decimal:
    x = x % (2 * pi())

    def terms() -> Iterator[Decimal]:
        term, k = x, 1
        while True:
            yield term
            term, k = -term * x * x / ((k + 1) * (k + 2)), k + 2

    return _summed(terms())


@_guarded
def cos(x: Decimal) -> Decimal:
    return sin(x + pi() / 2)


@_guarded
def erf(x: Decimal) -> Decimal:
    """By the series with positive terms, exp(−x²)·Σ 2ⁿx²ⁿ⁺¹/(1·3·…·(2n+1)), which loses no digits."""
    if x * x > 3 * getcontext().prec:
        return Decimal(1).copy_sign(x)

    def terms() -> Iterator[Decimal]:
        term, k = x, 1
        while True:
            yield term
            term, k = 2 * term * x * x / (k + 2), k + 2

    return 2 * _summed(terms()) * (-x * x).exp() / pi().sqrt()


@_guarded
def sigmoid(x: Decimal) -> Decimal:
    small = (-abs(x)).exp()
    return (Decimal(1) if x >= 0 else small) / (1 + small)


@_guarded
def tanh(x: Decimal) -> Decimal:
    small = (-2 * abs(x)).exp()
    return ((1 - small) / (1 + small)).copy_sign(x)
