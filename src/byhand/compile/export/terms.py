"""What a line of array code is made of, before it is printed or run: NumPy's operators, calls by name, indexing.

One term has two uses: an exporter prints it, an engine works it out with the functions that the names stand for. So the code that is
printed is the code that is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.lang.sizes import ONE, Poly, Shape

Symbol: TypeAlias = Literal["+", "-", "*", "/", "@", "**", ">"]


@dataclass(frozen=True, slots=True)
class Place:
    """A value of the program."""

    value: int


@dataclass(frozen=True, slots=True)
class Number:
    """A scalar, possibly over sizes; ``real``: with a decimal point, although it is a whole number."""

    value: Poly
    real: bool = False


@dataclass(frozen=True, slots=True)
class Lengths:
    """A shape as an argument."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Setting:
    """A fixed argument: an axis, a specification of an einsum, a mode."""

    value: int | str | bool | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Real:
    """The type of the numbers."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Two operands with a sign between them."""

    symbol: Symbol
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Minus:
    term: Term


@dataclass(frozen=True, slots=True)
class Turned:
    """All axes in reverse order: ``.T``."""

    term: Term


@dataclass(frozen=True, slots=True)
class Called:
    """A function of the library, by its name there."""

    name: str
    args: tuple[Term, ...]
    settings: tuple[tuple[str, Term], ...] = ()


@dataclass(frozen=True, slots=True)
class Whole:
    """``:``"""


@dataclass(frozen=True, slots=True)
class NewAxis:
    """``None``"""


@dataclass(frozen=True, slots=True)
class Cut:
    """``start : start + stride · count : stride``"""

    start: int
    count: Poly
    stride: int


Key: TypeAlias = "Whole | NewAxis | Cut | Term"


@dataclass(frozen=True, slots=True)
class Picked:
    """``term[keys]``; ``beyond``: an index may lie outside, where a zero is read."""

    term: Term
    keys: tuple[Key, ...]
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class Scattered:
    """``into`` with the entries of ``term`` added to its own at ``keys``; what lies outside is dropped if ``beyond``."""

    into: Term
    keys: tuple[Key, ...]
    term: Term
    beyond: bool = False


Term: TypeAlias = Place | Number | Lengths | Setting | Real | Sign | Minus | Turned | Called | Picked | Scattered

ZERO, UNIT = Number(Poly.of(0)), Number(ONE)
