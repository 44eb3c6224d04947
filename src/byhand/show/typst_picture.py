"""A picture as Typst's own shapes, so that its labels are set as mathematics like everything else on the page."""

from __future__ import annotations

from typing import assert_never

from byhand.show.labels import NORMAL, SMALL
from byhand.show.picture import Circle, Label, Mark, Paint, Picture, Point, Rectangle, Stroke
from byhand.show.svg import LIGHT, arrow_head
from byhand.show.typst_math import typst_math, typst_words
from byhand.show.typst_text import literal, words

UNIT = 0.72
"""Points of the page for one unit of a picture."""
_ANCHORS = {"start": "start", "middle": "center", "end": "end"}


def typst_picture(picture: Picture) -> str:
    """A call of ``drawing``, which the page defines."""
    marks = "\n".join(map(_mark, picture.marks))
    caption = f"[{typst_words(picture.caption)}]" if picture.caption else "none"
    return f"#drawing({_n(picture.width)}, {_n(picture.height)}, {literal(picture.alt)}, {caption})[\n{marks}\n];"


def _mark(mark: Mark) -> str:
    match mark:
        case Circle((x, y), radius, paint, filled):
            return _placed((x - radius, y - radius), f"circle(radius: {_n(radius)}, {_surface(paint, filled)})")
        case Rectangle(corner, width, height, paint, filled):
            rounding = _n(min(4.0, width / 4, height / 4))
            return _placed(corner, f"rect(width: {_n(width)}, height: {_n(height)}, radius: {rounding}, {_surface(paint, filled)})")
        case Stroke():
            return _stroke(mark)
        case Label():
            return _label(mark)
        case _:
            assert_never(mark)


def _placed(corner: Point, shape: str) -> str:
    return f"#place(dx: {_n(corner[0])}, dy: {_n(corner[1])}, {shape});"


def _surface(paint: Paint, filled: bool) -> str:
    return f"stroke: {_n(1.2)} + {_color(paint)}, fill: {_color(paint) if filled else 'white'}"


def _stroke(mark: Stroke) -> str:
    points = list(mark.points)
    if not points:
        return ""
    tip = ""
    if mark.arrow and len(points) > 1:
        base, corners = arrow_head(points[-2], points[-1], 5.5 + 1.5 * mark.width)
        points[-1] = base
        tip = _placed((0, 0), f"polygon(fill: {_color(mark.paint)}, {', '.join(map(_point, corners))})")
    dashes = f"({_n(4 * mark.width)}, {_n(3.5 * mark.width)})" if mark.dashed else "none"
    pen = f"(paint: {_color(mark.paint)}, thickness: {_n(mark.width)}, dash: {dashes}, join: {literal('round')})"
    moves = [f"curve.move({_point(points[0])})", *(f"curve.line({_point(point)})" for point in points[1:])]
    return _placed((0, 0), f"curve(stroke: {pen}, {', '.join(moves)})") + tip


def _label(mark: Label) -> str:
    pieces = mark.text if isinstance(mark.text, tuple) else (mark.text,)
    inside = "".join(words(piece) if isinstance(piece, str) else f"${typst_math(piece)}$" for piece in pieces)
    size = _n(SMALL if mark.small else NORMAL)
    return f"#written({_n(mark.at[0])}, {_n(mark.at[1])}, {_ANCHORS[mark.anchor]}, {size}, {_color(mark.paint)}, {str(mark.halo).lower()})[{inside}];"


def _color(paint: Paint) -> str:
    return f"rgb({literal(LIGHT[paint])})"


def _point(point: Point) -> str:
    return f"({_n(point[0])}, {_n(point[1])})"


def _n(number: float) -> str:
    return f"{number * UNIT:.2f}pt"
