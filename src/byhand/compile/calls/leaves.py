"""The elementwise leaves as NumPy calls: the one table of the NumPy engine and of the code that is printed for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from byhand.compile.calls.making import Making
from byhand.compile.calls.plan import View
from byhand.lang.leaf import LOG, POW, Leaf
from byhand.lang.leaves import ABS, COS, ERF, EXP, RELU, SIGMOID, SIGN, SIN, STEP, TANH

Applied: TypeAlias = Callable[[Making, Sequence[View], View], None]

UFUNCS: Mapping[Leaf, str] = {
    EXP: "np.exp",
    LOG: "np.log",
    SIN: "np.sin",
    COS: "np.cos",
    TANH: "np.tanh",
    SIGN: "np.sign",
    ABS: "np.absolute",
    POW: "np.power",
    ERF: "erf",
}


def _relu(making: Making, args: Sequence[View], out: View) -> None:
    making.call("np.maximum", (args[0], making.number(0.0)), out)


def _step(making: Making, args: Sequence[View], out: View) -> None:
    """A mask as numbers: comparing and copying is quicker than multiplying by truth values."""
    mask = making.work(making.dims(args[0]), "truth")
    making.call("np.greater", (args[0], making.number(0.0)), mask)
    making.call("np.copyto", (mask,), out)


def _sigmoid(making: Making, args: Sequence[View], out: View) -> None:
    """1 / (1 + exp(−x)); where exp overflows that is 0, as it should be."""
    dims = making.dims(args[0])
    power = making.call("np.negative", args, making.work(dims))
    power = making.call("np.exp", (power,), making.work(dims))
    power = making.call("np.add", (power, making.number(1.0)), making.work(dims))
    making.call("np.reciprocal", (power,), out)


RECIPES: Mapping[Leaf, Applied] = {RELU: _relu, STEP: _step, SIGMOID: _sigmoid}


def applied(making: Making, leaf: Leaf, args: Sequence[View], out: View) -> None:
    """``leaf`` of ``args`` into ``out``."""
    if leaf.exponent is not None:
        _power(making, args[0], leaf.exponent, out)
    elif leaf in RECIPES:
        RECIPES[leaf](making, args, out)
    else:
        making.call(UFUNCS[leaf], args, out)


SINGLE = {Fraction(2): "np.square", Fraction(-1): "np.reciprocal", Fraction(1, 2): "np.sqrt"}


def _power(making: Making, base: View, exponent: Fraction, out: View) -> None:
    """Roots and products where they do: ``np.power`` is the slowest function there is."""
    if exponent in SINGLE:
        making.call(SINGLE[exponent], (base,), out)
    elif exponent < 0 and exponent.denominator <= 2:
        room = making.work(making.dims(base))
        _power(making, base, -exponent, room)
        making.call("np.reciprocal", (room,), out)
    elif exponent in (3, 4) or (exponent.denominator == 2 and exponent.numerator in (3, 5)):
        first = Fraction(2) if exponent.denominator == 1 else Fraction(1, 2)
        room = making.work(making.dims(base))
        _power(making, base, first, room)
        rest = {Fraction(3): base, Fraction(4): room, Fraction(3, 2): base}.get(exponent)
        if rest is None:
            rest = making.call("np.square", (base,), making.work(making.dims(base)))
        making.call("np.multiply", (room, rest), out)
    else:
        making.call("np.power", (base, making.number(float(exponent))), out)
