"""What an elementwise leaf is, and the leaves that the operators themselves need: powers, and the logarithm they bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import TYPE_CHECKING

from byhand.lang.bounds import ANY, Bounds

if TYPE_CHECKING:
    from byhand.lang.expr import Expr


@dataclass(frozen=True, slots=True)
class LeafSlip:
    """A typical wrong derivative: ``slope(*args, y)`` for every argument, proved wrong by a test; ``id`` as in the slip catalogue.

    ``message`` ends the sentence "matches what you get if …"; {x} is the argument, {y} the value.
    """

    id: str
    slope: Callable[..., Expr]
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A scalar function of ``arity`` real variables, applied elementwise.

    ``derivative(*args, y)`` gives the partial derivative for each argument as an expression of the arguments and
    of the value ``y`` itself. ``exact`` evaluates at rationals where the value is a rational, and gives ``None``
    elsewhere. ``kinked``: the function or its derivative jumps where its argument is zero. ``exponent`` is set
    for powers alone, which are one leaf for each exponent. ``values``: between which numbers all values lie. ``gain``: where the leaf
    lets only half of its inputs through, how much larger the variance of the weights before it has to be so that signals keep their size.
    """

    name: str
    arity: int
    exact: Callable[..., Fraction | None]
    derivative: Callable[..., tuple[Expr, ...]]
    because: str
    kinked: bool = False
    odd: bool = False
    exponent: Fraction | None = None
    values: Bounds = ANY
    slips: tuple[LeafSlip, ...] = ()
    gain: Fraction | None = None

    def __repr__(self) -> str:
        return self.name if self.exponent is None else f"power({self.exponent})"


@lru_cache(maxsize=1024)
def power(exponent: Fraction) -> Leaf:
    """x ↦ x**exponent for a fixed rational exponent: -1 is the reciprocal, 1/2 the square root."""
    because = {Fraction(2): "d x²/dx = 2x", Fraction(-1): "d(1/x)/dx = −1/x²", Fraction(1, 2): "d√x/dx = 1/(2√x)"}
    return Leaf(
        name="power",
        arity=1,
        exact=lambda x: exact_power(x, exponent),
        derivative=lambda x, y: (exponent * x ** (exponent - 1),),
        because=because.get(exponent, "d xⁿ/dx = n xⁿ⁻¹"),
        odd=exponent.denominator == 1 and exponent % 2 == 1,
        exponent=exponent,
    )


def exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """base**exponent where that is a rational small enough to write down."""
    if base == 0 and exponent < 0:
        return None
    if exponent.denominator == 2:
        root = _exact_root(base)
        return None if root is None else exact_power(root, Fraction(exponent.numerator))
    bits = max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(exponent)
    return base ** int(exponent) if exponent.denominator == 1 and bits <= 4096 else None


def _exact_root(base: Fraction) -> Fraction | None:
    if base < 0:
        return None
    root = Fraction(isqrt(base.numerator), isqrt(base.denominator))
    return root if root * root == base else None


LOG = Leaf(
    name="log",
    arity=1,
    exact=lambda x: Fraction(0) if x == 1 else None,
    derivative=lambda x, y: (1 / x,),
    because="d ln x/dx = 1/x",
)
POW = Leaf(
    name="pow",
    arity=2,
    exact=lambda x, n: exact_power(x, n),
    derivative=lambda x, n, y: (n * x ** (n - 1), y * x.through(LOG)),
    because="d xⁿ/dx = n xⁿ⁻¹ and d xⁿ/dn = xⁿ ln x",
)
