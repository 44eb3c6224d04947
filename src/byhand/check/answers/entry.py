"""One answer as it was written, and a hand-in as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from byhand.run.arrays import Array


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """An array of numbers as written. All fields have its shape.

    ``values``: 64-bit floats. ``half``: half a unit of the last digit written, 0 where a number was written exactly (a fraction, 2/3).
    ``significant`` and ``decimals``: how many digits were written; ``zeros_lost``: the numbers come from a format in which trailing
    zeros are not kept, so that 0.5 may have been 0.50. ``text`` is how it was read.
    """

    values: Array
    half: Array
    significant: Array
    decimals: Array
    text: str
    zeros_lost: bool = False


@dataclass(frozen=True, slots=True)
class Formulas:
    """A formula, or a chain of equalities a = b = …, as written; read only once it is known what it is an answer to."""

    links: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, and why, in one sentence."""

    message: str
    text: str = ""


Content: TypeAlias = Numbers | Formulas | Unread


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer: the name it was given, its content, where it stands in its file, and what was mended to read it.

    ``links``: formulas that a number was said to come from, as in z = W x = 0.3. ``written``: the text of numbers that came as text.
    """

    name: str
    content: Content
    place: str = ""
    repairs: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    written: str = ""


@dataclass(frozen=True, slots=True)
class HandIn:
    """What one person handed in. ``problems``: what was left out and why, such as a cell without a name."""

    person: str
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = field(default=())
