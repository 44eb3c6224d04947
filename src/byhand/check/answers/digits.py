"""One decimal number with the digits that were written."""

from __future__ import annotations

import re
from fractions import Fraction
from math import isfinite
from typing import TypeAlias

from byhand.check.answers.entry import Unread
from byhand.check.answers.limits import MAX_DIGITS, MAX_EXPONENT, short

Digits: TypeAlias = tuple[float, float, int, int, str]
"""The value, half a unit of its last digit, how many digits are significant, how many are decimals, and how it was read."""

_DECIMAL = re.compile(r"[+-]?([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?").fullmatch
_SHORT = 24
_LONGEST = 40
_MOST_KEPT = 20_000


def _decimal(text: str) -> Digits | Unread | None:
    """A decimal number, what is wrong with it, or nothing if it is none."""
    if len(text) < _SHORT and text.isascii():
        whole, _, part = text.partition(".")
        whole = whole[1:] if whole[:1] == "-" else whole
        if (whole + part).isdecimal():  # the usual case; all others are told apart below
            return float(text), _TENTHS[len(part)], len((whole + part).lstrip("0")) or 1, len(part), text
    return _any_decimal(text)


def _any_decimal(text: str) -> Digits | Unread | None:
    found = _DECIMAL(text)
    if found is None:
        return None
    whole, part, power = found.groups("")
    if not whole and not part:
        return None
    exponent = (int(power) if len(power) < 6 else MAX_EXPONENT + 1) if power else 0
    if not -MAX_EXPONENT <= exponent <= MAX_EXPONENT or len(whole) + len(part) > MAX_DIGITS:
        return too_long(text)
    value, decimals = float(text), len(part) - exponent
    if not isfinite(value):
        return too_long(text)
    return value, half_unit(decimals), len((whole + part).lstrip("0")) or 1, decimals, text


def too_long(text: str) -> Unread:
    return Unread(f"the number {short(text, 24)} is out of range: it may have {MAX_DIGITS} digits and lie between -1e308 and 1e308.", short(text))


class _Known(dict[str, "Digits | Unread | None"]):
    """Decimals by their text: the same ones come again and again over a class."""

    def __missing__(self, text: str) -> Digits | Unread | None:
        found = _decimal(text)
        if len(text) <= _LONGEST:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[text] = found
        return found


decimal = _Known().__getitem__
"""The number that a text is; ``Unread`` where it is one that is not accepted, ``None`` where it is none."""


def half_unit(decimals: int) -> float:
    """Half a unit of the last of so many decimals: 0.05 of one, 0.5 of none, 50 of minus two."""
    return float(f"5e{-decimals - 1}")


_TENTHS = [half_unit(decimals) for decimals in range(_SHORT)]


def exact(value: Fraction, text: str) -> Digits | Unread:
    """A number that was written exactly, such as 2/3; it has all digits."""
    try:
        return float(value), 0.0, _ALL, _ALL, text
    except OverflowError:
        return too_long(text)


_ALL = 17
