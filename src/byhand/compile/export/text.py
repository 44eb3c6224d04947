"""Terms as Python source, spaced and broken as ``ruff format`` does it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, auto
from fractions import Fraction
from typing import assert_never

from byhand.compile.export.terms import (
    Called,
    Cut,
    Key,
    Lengths,
    Minus,
    NewAxis,
    Number,
    Picked,
    Place,
    Real,
    Scattered,
    Setting,
    Sign,
    Symbol,
    Term,
    Turned,
    Whole,
)
from byhand.lang.sizes import Monomial, Poly, Size

WIDTH = 88
"""Signs in a line, as ruff has it by default."""


BEYOND = "OUTSIDE"
"""The name of the settings by which an index that lies outside reads a zero, and adds nothing."""


class Level(IntEnum):
    """Python's precedence."""

    COMPARISON = auto()
    SUM = auto()
    PRODUCT = auto()
    MINUS = auto()
    POWER = auto()
    ATOM = auto()


LEVELS: Mapping[Symbol, Level] = {
    ">": Level.COMPARISON,
    "+": Level.SUM,
    "-": Level.SUM,
    "*": Level.PRODUCT,
    "/": Level.PRODUCT,
    "@": Level.PRODUCT,
    "**": Level.POWER,
}


@dataclass(frozen=True, slots=True)
class Written:
    text: str
    level: Level

    def at(self, least: Level) -> str:
        return self.text if self.level >= least else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Writer:
    """``places``: what stands for each value, a name or a formula; ``letters``: names of size letters; ``real``: how the type is said."""

    places: Mapping[int, Written]
    letters: Mapping[str, str]
    real: str

    def of(self, term: Term) -> Written:
        match term:
            case Place(value):
                return self.places[value]
            case Number(value, real):
                return self.number(value, real)
            case Lengths(shape):
                return _atom(self.shape(shape))
            case Setting(value):
                return _atom(f'"{value}"' if isinstance(value, str) else str(value))
            case Real():
                return _atom(self.real)
            case Sign(symbol, left, right):
                return self._sign(symbol, self.of(left), self.of(right))
            case Minus(inner):
                return Written(f"-{self.of(inner).at(Level.PRODUCT)}", Level.MINUS)
            case Turned(inner):
                return _atom(f"{self.of(inner).at(Level.ATOM)}.T")
            case Called(name, args, settings):
                listed = [self.of(arg).text for arg in args] + [f"{key}={self.of(value).text}" for key, value in settings]
                return _atom(f"{name}({', '.join(listed)})" if listed else name)
            case Picked(inner, keys, beyond):
                base = self.of(inner).at(Level.ATOM)
                if not beyond:
                    return _atom(f"{base}[{self._keys(keys)}]")
                array = base if base.startswith("jnp.") else f"jnp.asarray({base})"  # a NumPy array has no .at
                return _atom(f"{array}.at[{self._keys(keys)}].get(fill_value=0, **{BEYOND})")
            case Scattered(into, keys, inner, beyond):
                mode = f", **{BEYOND}" if beyond else ""
                return _atom(f"{self.of(into).at(Level.ATOM)}.at[{self._keys(keys)}].add({self.of(inner).text}{mode})")
            case _:
                assert_never(term)

    def _sign(self, symbol: Symbol, left: Written, right: Written) -> Written:
        level = LEVELS[symbol]
        if symbol == "**":
            base, exponent = left.at(Level.ATOM), right.at(Level.MINUS)
            gap = "" if _is_simple(base) and _is_simple(exponent) else " "
            return Written(f"{base}{gap}**{gap}{exponent}", level)
        return Written(f"{left.at(level)} {symbol} {right.at(Level(level + 1))}", level)

    def _keys(self, keys: Sequence[Key]) -> str:
        return ", ".join(map(self._key, keys))

    def _key(self, key: Key) -> str:
        match key:
            case Whole():
                return ":"
            case NewAxis():
                return "None"
            case Cut():
                return self._cut(key)
            case _:
                return self.of(key).text

    def _cut(self, key: Cut) -> str:
        """A slice; spaces around the colons where a bound is a formula."""
        start = "" if key.start == 0 else str(key.start)
        stop = self.number(Poly.of(key.start) + key.count * Poly.of(key.stride)).text
        parts = [start, stop] if key.stride == 1 else [start, stop, str(key.stride)]
        if all(not part or _is_simple(part) for part in parts):
            return ":".join(parts)
        return " ".join(part for pair in zip(parts, [":"] * (len(parts) - 1) + [""]) for part in pair if part)

    # -------------------------------------------------------------------------------------------- numbers

    def shape(self, shape: Sequence[Size]) -> str:
        listed = [self.number(Poly.of(axis)).text for axis in shape]
        return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"

    def number(self, value: Poly, real: bool = False) -> Written:
        constant = value.constant
        if constant is not None:
            return _fraction(constant, real)
        ordered = sorted(value.terms, key=lambda term: (term[1] < 0, not term[0]))
        if len(ordered) == 1:
            return self._monomial(*ordered[0])
        parts = [self._monomial(letters, factor).text for letters, factor in ordered]
        return Written(" + ".join(parts).replace("+ -", "- "), Level.SUM)

    def _monomial(self, letters: Monomial, factor: Fraction) -> Written:
        if not letters:
            return _fraction(factor)
        above = [self._power(letter, power) for letter, power in letters if power > 0]
        below = [self._power(letter, -power) for letter, power in letters if power < 0]
        sign, factor = "-" if factor < 0 else "", abs(factor)
        if factor.numerator != 1 or not above:
            above.insert(0, str(factor.numerator))
        if factor.denominator != 1:
            below.insert(0, str(factor.denominator))
        text = sign + " * ".join(above) + "".join(f" / {part}" for part in below)
        return Written(text, Level.PRODUCT if sign or len(above) + len(below) > 1 else Level.ATOM)

    def _power(self, letter: str, power: int) -> str:
        return self.letters[letter] if power == 1 else f"{self.letters[letter]}**{power}"


def _atom(text: str) -> Written:
    return Written(text, Level.ATOM)


def _is_simple(text: str) -> bool:
    return re.fullmatch(r"-?(?:[\w.]*|\d+(?:\.\d*)?(?:e-?\d+)?)", text) is not None


def _fraction(value: Fraction, real: bool = False) -> Written:
    """A whole number, a short decimal, or a quotient of whole numbers."""
    level = Level.MINUS if value < 0 else Level.ATOM
    if value.denominator == 1:
        return Written(f"{value.numerator}.0" if real and abs(value) < 10**15 else str(value.numerator), level)
    decimal = repr(float(value)).replace("e-0", "e-")
    if Fraction(decimal) == value:
        return Written(decimal, level)
    return Written(f"{value.numerator} / {value.denominator}", Level.PRODUCT)


def listed(before: str, items: Sequence[str], after: str, indent: str = "") -> str:
    """``before`` items ``after`` on one line, or an item a line where that is too long."""
    line = f"{indent}{before}{', '.join(items)}{after}"
    if len(line) <= WIDTH or not items:
        return line
    inside = f"{indent}    {', '.join(items)}"
    if len(inside) <= WIDTH and before.startswith("def "):
        return f"{indent}{before}\n{inside}\n{indent}{after}"
    return "\n".join([f"{indent}{before}", *(f"{indent}    {item}," for item in items), f"{indent}{after}"])
