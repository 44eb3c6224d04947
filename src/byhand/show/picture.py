"""A picture before any page: circles, rectangles, strokes and labels in one coordinate system, y downwards.

``svg.py`` and ``tikz.py`` draw it; the terminal shows ``rows``, which whoever makes the picture lays out for characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.show.tree import Tree

Paint: TypeAlias = Literal["ink", "muted", "faint", "accent", "good", "bad"]
"""What a colour means; each page chooses its own, for light and for dark."""
Point: TypeAlias = tuple[float, float]


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
    text: Tree | str
    anchor: Literal["start", "middle", "end"] = "middle"
    paint: Paint = "ink"
    small: bool = False
    halo: bool = False


Mark: TypeAlias = Circle | Rectangle | Stroke | Label


@dataclass(frozen=True, slots=True)
class Picture:
    """``width`` and ``height`` in units of which a line of text is 16 high; marks are drawn in order.

    ``alt`` says in a sentence what there is to see; ``rows`` are the same for a terminal, at most 80 cells wide.
    """

    width: float
    height: float
    marks: tuple[Mark, ...]
    alt: str
    rows: tuple[str, ...] = ()
    caption: str = ""
