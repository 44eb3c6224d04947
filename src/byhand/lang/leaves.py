"""The elementwise leaves: the only functions of byhand whose derivative is stated; all others are derived.

One convention holds at kinks: ``step(0) = 0``, hence ``relu′(0) = 0``, and ``sign(0) = abs′(0) = 0``.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from byhand.lang.bounds import NONNEGATIVE, POSITIVE, SYMMETRIC, SYMMETRIC_OPEN, UNIT, UNIT_OPEN, Bounds
from byhand.lang.expr import Expr, apply, filled, num
from byhand.lang.leaf import LOG, POW, Leaf, LeafSlip


def _at(point: int, value: Fraction | int) -> Callable[[Fraction], Fraction | None]:
    """An exact table with one rational value: sin 0 = 0, exp 0 = 1, …"""
    return lambda x: Fraction(value) if x == point else None


def _tan_slope(x: Expr, y: Expr) -> Expr:
    return 1 / apply(COS, x) ** 2


_TANH_SLIPS = (
    LeafSlip("S32", lambda x, y: 1 - tanh(y) ** 2, "tanh is applied once more in its derivative, 1 − tanh²({y}): {y} is tanh({x}) already, so it is 1 − {y}²"),
    LeafSlip("S34", lambda x, y: 1 + y**2, "the derivative of tanh is taken as 1 + {y}²: it is 1 − {y}²"),
    LeafSlip("S34", lambda x, y: -(y**2), "the derivative of tanh is taken as −{y}²: it is 1 − {y}²"),
    LeafSlip("S34", lambda x, y: 1 - x**2, "the derivative of tanh is taken as 1 − {x}²: it is 1 − {y}², with the value {y} = tanh({x})"),
    LeafSlip("S34", lambda x, y: 1 - y, "the derivative of tanh is taken as 1 − {y}: it is 1 − {y}²"),
    LeafSlip("S34", _tan_slope, "the derivative of tan, 1/cos², is taken for that of tanh: it is 1 − {y}²"),
)
_SIGMOID_SLIPS = (
    LeafSlip("S32", lambda x, y: sigmoid(y) * (1 - sigmoid(y)), "σ is applied once more in its derivative: {y} is σ({x}) already, so it is {y}(1 − {y})"),
    LeafSlip("S33", lambda x, y: x * (1 - x), "the derivative of σ is taken as {x}(1 − {x}): it is {y}(1 − {y}), with the value {y} = σ({x})"),
    LeafSlip("S33", lambda x, y: y * (1 + y), "the derivative of σ is taken as {y}(1 + {y}): it is {y}(1 − {y})"),
    LeafSlip("S33", lambda x, y: y * (1 - x), "the derivative of σ is taken as {y}(1 − {x}): it is {y}(1 − {y}), with the value {y} in both places"),
    LeafSlip("S04", lambda x, y: 1 - y**2, "the derivative of tanh, 1 − {y}², is taken for that of σ: it is {y}(1 − {y})"),
)
_SIN_SLIPS = (LeafSlip("S34", lambda x, y: -apply(COS, x), "the derivative of sin is taken as −cos({x}): it is cos({x})"),)
_RELU_SLIPS = (
    LeafSlip("S37", lambda x, y: filled(1, x.shape), "the mask of relu is 1 everywhere, as if it were {y} ≥ 0: it is 1 only where {x} > 0"),
    LeafSlip("S37", lambda x, y: step(-x), "the mask of relu is the wrong way round: it is 1 where {x} > 0, and 0 elsewhere"),
    LeafSlip("S37", lambda x, y: step(x) + step(-x) / 100, "the derivative of a leaky relu is used, 0.01 where {x} < 0: that of relu is 0 there"),
    LeafSlip("S37", lambda x, y: y, "{y} itself is taken for the mask of relu: the mask is 1 where {x} > 0, whatever the size of {x}"),
)

EXP = Leaf("exp", 1, _at(0, 1), lambda x, y: (y,), "the exponential is its own derivative", values=POSITIVE)
SIN = Leaf("sin", 1, _at(0, 0), lambda x, y: (apply(COS, x),), "d sin x/dx = cos x", odd=True, values=SYMMETRIC, slips=_SIN_SLIPS)
COS = Leaf(
    "cos",
    1,
    _at(0, 1),
    lambda x, y: (-apply(SIN, x),),
    "d cos x/dx = −sin x",
    values=SYMMETRIC,
    slips=(LeafSlip("S34", lambda x, y: apply(SIN, x), "the minus sign of the derivative of cos is lost: it is −sin({x})"),),
)
TANH = Leaf("tanh", 1, _at(0, 0), lambda x, y: (1 - y**2,), "tanh′ = 1 − tanh²", odd=True, values=SYMMETRIC_OPEN, slips=_TANH_SLIPS)
SIGMOID = Leaf("sigmoid", 1, _at(0, Fraction(1, 2)), lambda x, y: (y * (1 - y),), "σ′ = σ(1 − σ)", values=UNIT_OPEN, slips=_SIGMOID_SLIPS)
ERF = Leaf("erf", 1, _at(0, 0), lambda x, y: (2 / sqrt(pi()) * exp(-(x**2)),), "d erf x/dx = 2/√π · exp(−x²)", odd=True, values=SYMMETRIC_OPEN)
RELU = Leaf(
    "relu",
    1,
    lambda x: max(x, Fraction(0)),
    lambda x, y: (step(x),),
    "relu lets positive inputs through and stops the others; relu′(0) = 0 by convention",
    kinked=True,
    values=NONNEGATIVE,
    slips=_RELU_SLIPS,
    gain=Fraction(2),
)
STEP = Leaf("step", 1, lambda x: Fraction(x > 0), lambda x, y: (0 * x,), "step is constant on either side of its jump", kinked=True, values=UNIT)
SIGN = Leaf(
    "sign",
    1,
    lambda x: Fraction((x > 0) - (x < 0)),
    lambda x, y: (0 * x,),
    "sign is constant on either side of its jump",
    kinked=True,
    odd=True,
    values=SYMMETRIC,
)
ABS = Leaf("abs", 1, lambda x: abs(x), lambda x, y: (apply(SIGN, x),), "d|x|/dx = sign x; 0 at 0 by convention", kinked=True, values=NONNEGATIVE)
PI = Leaf("pi", 0, lambda: None, lambda y: (), "π is a constant", values=Bounds(Fraction(3), Fraction(4)))

LEAVES: tuple[Leaf, ...] = (EXP, LOG, SIN, COS, TANH, SIGMOID, ERF, RELU, STEP, SIGN, ABS, POW, PI)
"""Every leaf but the powers with a fixed exponent, which ``power`` makes."""


def exp(x: Expr) -> Expr:
    return apply(EXP, x)


def log(x: Expr) -> Expr:
    return apply(LOG, x)


def sqrt(x: Expr) -> Expr:
    return x ** Fraction(1, 2)


def sin(x: Expr) -> Expr:
    return apply(SIN, x)


def cos(x: Expr) -> Expr:
    return apply(COS, x)


def tanh(x: Expr) -> Expr:
    return apply(TANH, x)


def sigmoid(x: Expr) -> Expr:
    return apply(SIGMOID, x)


def erf(x: Expr) -> Expr:
    return apply(ERF, x)


def relu(x: Expr) -> Expr:
    return apply(RELU, x)


def step(x: Expr) -> Expr:
    """1 where x > 0, and 0 elsewhere, also at 0."""
    return apply(STEP, x)


def sign(x: Expr) -> Expr:
    return apply(SIGN, x)


def absolute(x: Expr) -> Expr:
    return apply(ABS, x)


def pi() -> Expr:
    return apply(PI)


def euler() -> Expr:
    """The number e."""
    return exp(num(1))
