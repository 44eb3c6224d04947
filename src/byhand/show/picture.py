"""A picture before any page: circles, rectangles, strokes and labels in one coordinate system, y downwards.

``svg.py`` and ``tikz.py`` draw it; the terminal shows ``rows``, which whoever makes the picture lays out for characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal, TypeAlias, assert_never

from rich.cells import cell_len, set_cell_size

from byhand.show.tree import Tree

Paint: TypeAlias = Literal["ink", "muted", "faint", "accent", "good", "bad"]
"""What a colour means; each page chooses its own, for light and for dark."""
Point: TypeAlias = tuple[float, float]
Written: TypeAlias = Tree | str | tuple[Tree | str, ...]
"""Mathematics, or words, or pieces of both one after the other: (h, " = ", relu(z))."""

BETWEEN = 28.0
CELLS = 80


@dataclass(frozen=True, slots=True)
class Circle:
    """A unit of a network, a point of a plot. ``filled`` with its own colour, not the page's."""

    center: Point
    radius: float
    paint: Paint = "ink"
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A whole layer as a block; ``corner`` is its upper left one."""

    corner: Point
    width: float
    height: float
    paint: Paint = "ink"
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """Straight lines from point to point; ``arrow`` at the last."""

    points: tuple[Point, ...]
    paint: Paint = "ink"
    width: float = 1.0
    arrow: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """Mathematics or words, centred in height on a point; ``halo`` clears the page behind it."""

    at: Point
    text: Written
    anchor: Literal["start", "middle", "end"] = "middle"
    paint: Paint = "ink"
    small: bool = False
    halo: bool = False


Mark: TypeAlias = Circle | Rectangle | Stroke | Label


@dataclass(frozen=True, slots=True)
class Picture:
    """``width`` and ``height`` in units of which a line of text is 16 high; marks are drawn in order.

    ``alt`` says in a sentence what there is to see; ``rows`` are the same for a terminal, at most 80 cells wide, with ``rows_caption`` below
    where they show less than the marks.
    """

    width: float
    height: float
    marks: tuple[Mark, ...]
    alt: str
    rows: tuple[str, ...] = ()
    caption: str = ""
    rows_caption: str = ""

    def __str__(self) -> str:
        return "\n".join(self.rows or (self.alt,))


def moved(mark: Mark, right: float, down: float) -> Mark:
    """The same mark somewhere else."""

    def there(point: Point) -> Point:
        return point[0] + right, point[1] + down

    match mark:
        case Circle():
            return replace(mark, center=there(mark.center))
        case Rectangle():
            return replace(mark, corner=there(mark.corner))
        case Stroke():
            return replace(mark, points=tuple(map(there, mark.points)))
        case Label():
            return replace(mark, at=there(mark.at))
        case _:
            assert_never(mark)


def side_by_side(pictures: Sequence[Picture], caption: str = "") -> Picture:
    """Pictures in one row, each with its own caption above it; below each other in the terminal where 80 cells are too few.

    Raises ``ValueError`` without any picture.
    """
    head = 22.0 if any(picture.caption for picture in pictures) else 0.0
    marks: list[Mark] = []
    right = 0.0
    for picture in pictures:
        if picture.caption:
            marks.append(Label((right + picture.width / 2, head / 2), picture.caption))
        marks += [moved(mark, right, head) for mark in picture.marks]
        right += picture.width + BETWEEN
    height = head + max(picture.height for picture in pictures)
    alt = " ".join(picture.alt if picture.alt.endswith(".") else f"{picture.alt}." for picture in pictures)
    return Picture(right - BETWEEN, height, tuple(marks), alt, _rows_beside(pictures), caption)


def _rows_beside(pictures: Sequence[Picture]) -> tuple[str, ...]:
    """The drawings for the terminal beside each other as far as there is room, those captions above them that there are."""
    blocks = [[picture.caption, *picture.rows] if picture.caption else [*picture.rows] for picture in pictures if picture.rows]
    lines: list[list[str]] = []
    for block in blocks:
        together = [*lines[-1:], block]
        if lines and sum(max(map(cell_len, part)) for part in together) + 4 <= CELLS:
            width = max(map(cell_len, lines[-1]))
            lines[-1] = [f"{set_cell_size(left, width)}    {more}".rstrip() for left, more in zip_longest(lines[-1], block, fillvalue="")]
        else:
            lines.append(block)
    return tuple(row for k, block in enumerate(lines) for row in ([""] if k else []) + block)
