"""What is written in pictures: mathematics as spans of text, upright or italic, on the line or at its foot or head, and how wide it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias
from unicodedata import combining

from byhand.show.picture import Label, Written
from byhand.show.tex_text import HIGH, LOW
from byhand.show.unicode import text

LINE = 16.0
NORMAL, SMALL = 14.0, 11.5
"""Heights of letters; a line of normal text is 16 high."""
SCRIPT = 0.72
"""How large what is raised or lowered is."""
SERIF = 1.1
"""How much larger mathematics is written: letters of its fonts are smaller than others of the same size."""

_LETTER = "A-Za-zΑ-ϵ∂"
_PARTS = re.compile(
    rf"""(?P<function>[{_LETTER}][{_LETTER}0-9_]+)(?=\() | _\{{(?P<foot>[^{{}}]*)\}} | _(?P<tail>[{_LETTER}0-9]+) | (?P<low>[{"".join(LOW)}]+)
    | \^\((?P<power>[^()]*)\) | \^(?P<short>[{_LETTER}0-9×]+) | (?P<high>[{"".join(HIGH)}]+)
    | (?P<letters>[{_LETTER}]+) | (?P<rest>.)""",
    re.VERBOSE,
)
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]′ "), frozenset("mwMWQO@⊙→≈∞∈∂")
_SIGNS = frozenset("=+−<>×±·≤≥≠∼⋯")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text of one kind; ``level`` says whether it is lowered or raised."""

    text: str
    italic: bool = False
    level: Literal[-1, 0, 1] = 0


def spans(written: Written) -> tuple[Span, ...]:
    """Words as they are; mathematics with its letters in italics, indices lowered and powers raised."""
    pieces = written if isinstance(written, tuple) else (written,)
    return tuple(_joined(span for piece in pieces for span in ((Span(piece),) if isinstance(piece, str) else _spans(text(piece)))))


def line(written: Written) -> str:
    """The same in characters alone, for a terminal."""
    return "".join(piece if isinstance(piece, str) else text(piece) for piece in (written if isinstance(written, tuple) else (written,)))


def _spans(written: str) -> Iterator[Span]:
    for part in _PARTS.finditer(written):
        match part.lastgroup:
            case "foot" | "tail":
                yield from _script(part[part.lastgroup], -1)
            case "low":
                yield Span("".join(LOW[c] for c in part[0]), level=-1)
            case "power" | "short":
                yield from _script(part[part.lastgroup], 1)
            case "high":
                yield Span("".join("T" if c in "ᵀ⊺" else HIGH[c].replace("-", "−") for c in part[0]), level=1)
            case "letters":
                yield Span(part[0], italic=True)
            case _:
                yield Span(part[0])


def _script(inside: str, level: Literal[-1, 1]) -> Iterator[Span]:
    """Index letters are in italics, words such as ``out`` are not."""
    for part in re.findall(rf"[{_LETTER}]+|[^{_LETTER}]+", inside.translate(_FLAT)):
        yield Span(part, part.isalpha() and len(part) <= 2, level)


_FLAT = str.maketrans(LOW)


def _joined(parts: Iterable[Span]) -> Iterator[Span]:
    """Neighbours of one kind together."""
    held: Span | None = None
    for part in parts:
        if held and (held.italic, held.level) == (part.italic, part.level):
            held = Span(held.text + part.text, part.italic, part.level)
            continue
        if held:
            yield held
        held = part
    if held:
        yield held


# ---------------------------------------------------------------------------------------------- widths


def room_for(written: Written, small: bool = False) -> float:
    """How much room a label needs, at least: estimated for wide fonts, since every page has its own."""
    size = (SMALL if small else NORMAL) * (1.0 if isinstance(written, str) else SERIF)
    return sum(size * (SCRIPT if span.level else 1.0) * sum(map(_em, span.text)) for span in spans(written))


def _em(c: str) -> float:
    if combining(c):
        return 0.0
    if c in _NARROW:
        return 0.4
    if c in _WIDE:
        return 1.06
    if c in _SIGNS:
        return 0.84
    return 0.64 if c.islower() or c.isdigit() else 0.86 if ord(c) < 0x2000 else 0.9


Extent: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def extent(label: Label) -> Extent:
    """The box that a label fills."""
    (x, y), wide = label.at, room_for(label.text, label.small)
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[label.anchor]
    half = LINE / 2 * (SMALL / NORMAL if label.small else 1.0)
    return left, y - half, left + wide, y + half
