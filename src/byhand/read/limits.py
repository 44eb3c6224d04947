"""What is refused before anything is computed: length, depth, and the size of numbers and lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from math import prod

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import Shape, shape_text

MAX_BLOCK = 1_000_000
MAX_FORMULA = 20_000
MAX_DEPTH = 100
MAX_DIGITS = 400
MAX_DECIMAL_EXPONENT = 308
MAX_POWER = 1000
MAX_ENTRIES = 500_000
MAX_FILLED = 1_000_000
MAX_DECLARED = 10_000_000_000
"""Entries of an array that has no numbers on the sheet, such as the weights of a wide layer."""
MAX_GIVEN = 200_000
MAX_COUNTED = 20_000
MAX_AXES = 16
MAX_NAME = 100
MAX_FACTORS = 200
MAX_LITERAL_IN_FORMULA = 4096

_NUMERAL = re.compile(r"(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?")


def check_length(text: str, limit: int, what: str) -> None:
    if len(text) > limit:
        raise ByhandError(f"{what} has {len(text):,} characters; the limit is {limit:,}.")


def exact_numeral(text: str, line: int, column: int) -> Fraction:
    """The exact value of a decimal numeral, or an error if it is too large to be meant."""
    found = _NUMERAL.fullmatch(text)
    assert found is not None
    whole, part, exponent = found.groups()
    shown = text if len(text) <= 20 else text[:17] + "..."
    if len(whole) + len(part) > MAX_DIGITS:
        raise ByhandError(f"the number {shown} has {len(whole) + len(part)} digits; the limit is {MAX_DIGITS}.", line, column)
    if exponent and (len(exponent) > 6 or abs(int(exponent)) > MAX_DECIMAL_EXPONENT):
        raise ByhandError(f"the number {shown} is out of range: decimal exponents go from -{MAX_DECIMAL_EXPONENT} to {MAX_DECIMAL_EXPONENT}.", line, column)
    return Fraction(text)


def check_power(exponent: Fraction) -> None:
    """Refuse exponents that no formula means and that would take for ever to compute."""
    if abs(exponent) > MAX_POWER:
        size = str(exponent) if len(str(exponent)) < 20 else "that large"
        raise ByhandError(f"an exponent of {size} is refused: exponents go from -{MAX_POWER} to {MAX_POWER}.")
    if exponent.denominator > MAX_POWER:
        raise ByhandError(f"an exponent with a denominator above {MAX_POWER} is refused.")


def check_entries(count: int, limit: int = MAX_FILLED) -> None:
    if count > limit:
        size = f"{count:,}" if count < 10**15 else "more than 10**15"
        raise ByhandError(f"an array with {size} entries is refused; the limit is {limit:,}.")


def check_size(shape: Shape, has_numbers: Callable[[], bool] = lambda: True) -> None:
    """Refuse arrays that are too large, and those that hold nothing. ``has_numbers``: whether its entries would be worked out."""
    known = [axis for axis in shape if isinstance(axis, int)]
    check_axes(len(shape))
    count = prod(known)
    check_entries(count, MAX_FILLED if count > MAX_FILLED and has_numbers() else MAX_DECLARED)
    if any(axis < 1 for axis in known):
        raise ByhandError(f"an array of shape {shape_text(shape)} is refused: it would hold nothing.")


def check_axes(count: int) -> None:
    if count > MAX_AXES:
        raise ByhandError(f"an array with {count} axes is refused; the limit is {MAX_AXES}.")
