"""Where elementwise functions are not defined over the reals, said in a person's words."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from byhand.lang.leaf import LOG, POW, Leaf
from byhand.run.algebra import Undefined
from byhand.run.arrays import Array, Dims


def first(where: Array) -> Dims | None:
    """The first entry at which a mask is set."""
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(where)), where.shape)) if where.any() else None


def blame(where: Array, arg: Array, doing: str, need: str, operand: int | None = 0) -> None:
    """Raise ``Undefined`` for the first entry at which the mask is set."""
    mask = np.asarray(where, dtype=bool)
    entry = first(mask)
    if entry is not None:
        raise Undefined(doing, need, entry, arg[entry], operand)


def check(leaf: Leaf, args: Sequence[Array]) -> None:
    """Raise ``Undefined`` where the leaf has no value: floats, rationals and decimals alike."""
    if leaf is LOG:
        blame(np.less_equal(args[0], 0), args[0], "take the logarithm", "log needs positive numbers")
    elif leaf is POW:
        _check_pow(args[0], args[1])
    elif leaf.exponent is not None:
        _check_power(args[0], leaf.exponent)


def _check_power(base: Array, exponent: Fraction) -> None:
    if exponent.denominator != 1:
        root = exponent.denominator == 2
        doing = "take the square root" if root else f"raise to the power {exponent}"
        need = f"{'sqrt' if root else 'a fractional power'} needs numbers that are not negative"
        blame(np.less(base, 0), base, doing, need)
    if exponent < 0:
        blame(np.equal(base, 0), base, "divide", "a divisor must not be zero")


def _check_pow(base: Array, exponent: Array) -> None:
    whole = np.asarray(np.equal(np.asarray(exponent % 1), 0), dtype=bool)
    blame(np.less(base, 0) & ~whole, base, "raise to a power", "a negative base needs a whole exponent")
    blame(np.equal(base, 0) & np.less(exponent, 0), base, "raise to a negative power", "zero has no negative power")
