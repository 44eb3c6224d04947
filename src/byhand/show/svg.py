"""A picture as SVG: no script, no identifiers, nothing loaded.

Colours are attributes, for programs that know no style sheets; classes let a page, or the picture's own style sheet, choose others for dark.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape
from math import hypot
from typing import assert_never

from byhand.show.labels import NORMAL, SCRIPT, SERIF, SMALL, Span, spans
from byhand.show.picture import Circle, Label, Mark, Paint, Picture, Point, Rectangle, Stroke

LIGHT: dict[Paint, str] = {"ink": "#1d2126", "muted": "#5c6570", "faint": "#c3c9d0", "accent": "#1f5fa8", "good": "#1b7a3d", "bad": "#b3261e"}
DARK: dict[Paint, str] = {"ink": "#e4e7ea", "muted": "#9aa4af", "faint": "#4a535d", "accent": "#82b4f0", "good": "#6fcf8f", "bad": "#ff8a80"}
PAPER, DARK_PAPER = "#ffffff", "#15181c"
MATH_FONT = "'STIX Two Text','Latin Modern Roman','Cambria','Times New Roman','Liberation Serif',serif"
WORD_FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
MARGIN = 8.0
_LOWERED, _RAISED = 0.22, -0.36


def svg(picture: Picture) -> str:
    """The text of an SVG file, light or dark as whoever looks at it prefers."""
    dark = "".join(f".s-{paint}{{stroke:{color}}}.f-{paint}{{fill:{color}}}" for paint, color in DARK.items())
    dark += f".f-paper{{fill:{DARK_PAPER}}}.s-paper{{stroke:{DARK_PAPER}}}"
    style = f"<style>@media (prefers-color-scheme:dark){{{dark}}}</style>"
    wide, high = picture.width + 2 * MARGIN, picture.height + 2 * MARGIN
    paper = f'<rect class="f-paper" fill="{PAPER}" x="{_n(-MARGIN)}" y="{_n(-MARGIN)}" width="{_n(wide)}" height="{_n(high)}" rx="6"/>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_drawn(picture, MARGIN, style + paper)}\n'


def inline_svg(picture: Picture) -> str:
    """The element for an HTML page, whose style sheet says what the classes look like."""
    return _drawn(picture, 1.0, "")


def data_uri(picture: Picture) -> str:
    """The whole picture as an address."""
    return "data:image/svg+xml;base64," + b64encode(svg(picture).encode()).decode()


def _drawn(picture: Picture, margin: float, before: str) -> str:
    wide, high = picture.width + 2 * margin, picture.height + 2 * margin
    marks = "\n".join(map(_mark, picture.marks))
    said = escape(" ".join(picture.alt.split()), quote=True)
    title = escape(" ".join((picture.caption or picture.alt).split()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{said}" width="{_n(wide)}" height="{_n(high)}" '
        f'viewBox="{_n(-margin)} {_n(-margin)} {_n(wide)} {_n(high)}" font-size="{_n(NORMAL)}">'
        f"<title>{title}</title><desc>{said}</desc>{before}\n{marks}\n</svg>"
    )


def _mark(mark: Mark) -> str:
    match mark:
        case Circle((x, y), radius, paint, filled):
            return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" {_surface(paint, filled)}/>'
        case Rectangle((x, y), width, height, paint, filled):
            corner = min(4.0, width / 4, height / 4)
            return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{_n(corner)}" {_surface(paint, filled)}/>'
        case Stroke():
            return _stroke(mark)
        case Label():
            return _label(mark)
        case _:
            assert_never(mark)


def _surface(paint: Paint, filled: bool) -> str:
    inside = paint if filled else "paper"
    return f'class="s-{paint} f-{inside}" stroke="{LIGHT[paint]}" fill="{LIGHT[paint] if filled else PAPER}" stroke-width="1.2"'


def _stroke(mark: Stroke) -> str:
    points = mark.points
    tip = ""
    if mark.arrow and len(points) > 1:
        base, corners = arrow_head(points[-2], points[-1], 5.5 + 1.5 * mark.width)
        points = (*points[:-1], base)
        tip = f'<polygon class="f-{mark.paint}" fill="{LIGHT[mark.paint]}" points="{_points(corners)}"/>'
    dashes = f' stroke-dasharray="{_n(4 * mark.width)} {_n(3.5 * mark.width)}"' if mark.dashed else ""
    line = f'fill="none" stroke-linejoin="round" stroke-width="{_n(mark.width)}"{dashes} points="{_points(points)}"'
    return f'<polyline class="s-{mark.paint}" stroke="{LIGHT[mark.paint]}" {line}/>{tip}'


def arrow_head(before: Point, tip: Point, length: float) -> tuple[Point, tuple[Point, Point, Point]]:
    """Where the line of an arrow ends, and the three corners of its head."""
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    far = hypot(dx, dy) or 1.0
    ux, uy = dx / far, dy / far
    base = (tip[0] - ux * length, tip[1] - uy * length)
    half = length * 0.38
    return base, (tip, (base[0] - uy * half, base[1] + ux * half), (base[0] + uy * half, base[1] - ux * half))


def _label(mark: Label) -> str:
    size = (SMALL if mark.small else NORMAL) * (1.0 if isinstance(mark.text, str) else SERIF)
    font = WORD_FONT if isinstance(mark.text, str) else MATH_FONT
    x, y = mark.at
    halo = f' paint-order="stroke" stroke="{PAPER}" stroke-width="4" stroke-linejoin="round"' if mark.halo else ""
    anchor = "" if mark.anchor == "start" else f' text-anchor="{mark.anchor}"'
    names = f"f-{mark.paint}{' s-paper' if mark.halo else ''}"
    place = f'x="{_n(x)}" y="{_n(y + 0.34 * size)}"'
    return f'<text class="{names}" fill="{LIGHT[mark.paint]}" {place} font-size="{_n(size)}" font-family="{font}"{anchor}{halo}>{_spans(mark, size)}</text>'


def _spans(mark: Label, size: float) -> str:
    """Spans on the line, lowered or raised; each says how far it is from the one before."""
    parts: list[str] = []
    level = 0.0
    for span in spans(mark.text):
        wanted = {-1: _LOWERED, 0: 0.0, 1: _RAISED}[span.level] * size
        parts.append(_span(span, wanted - level, size))
        level = wanted
    return "".join(parts)


def _span(span: Span, down: float, size: float) -> str:
    settings = f' dy="{_n(down)}"' if down else ""
    settings += f' font-size="{_n(size * SCRIPT)}"' if span.level else ""
    settings += ' font-style="italic"' if span.italic else ""
    return f"<tspan{settings}>{escape(span.text)}</tspan>" if settings else escape(span.text)


def _points(points: tuple[Point, ...]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(number: float) -> str:
    """A coordinate to a hundredth, without needless zeros."""
    written = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
