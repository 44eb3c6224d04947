"""A picture as TikZ, for pdflatex, xelatex and lualatex."""

from __future__ import annotations

from typing import assert_never

from byhand.show.latex import latex
from byhand.show.picture import Circle, Label, Mark, Paint, Picture, Point, Rectangle, Stroke
from byhand.show.tex_text import tex_text

PREAMBLE = r"""\usepackage{tikz}
\definecolor{ink}{RGB}{0,0,0}
\definecolor{muted}{RGB}{92,101,112}
\definecolor{faint}{RGB}{195,201,208}
\definecolor{accent}{RGB}{31,95,168}
\definecolor{good}{RGB}{27,122,61}
\definecolor{bad}{RGB}{179,38,30}
"""
UNIT = "0.75pt"
"""So that a label of 14 units is as high as the text around the picture."""
_ANCHORS = {"start": "mid west", "middle": "mid", "end": "mid east"}


def tikz(picture: Picture) -> str:
    """One ``tikzpicture``; its colours are defined by ``PREAMBLE``."""
    marks = "\n".join(map(_mark, picture.marks))
    frame = rf"\path[use as bounding box] (0,0) rectangle {_at((picture.width, picture.height))};"
    return f"\\begin{{tikzpicture}}[x={UNIT},y=-{UNIT},line join=round]\n{frame}\n{marks}\n\\end{{tikzpicture}}"


def _mark(mark: Mark) -> str:
    match mark:
        case Circle(center, radius, paint, filled):
            return rf"\filldraw[{_surface(paint, filled)}] {_at(center)} circle[radius={_n(radius)}];"
        case Rectangle((x, y), width, height, paint, filled):
            return rf"\filldraw[{_surface(paint, filled)},rounded corners=1.5pt] {_at((x, y))} rectangle {_at((x + width, y + height))};"
        case Stroke(points, paint, width, arrow, dashed):
            settings = f"draw={paint},line width={0.5 * width:.2f}pt" + (",-stealth" if arrow else "") + (",dash pattern=on 2.4pt off 2pt" if dashed else "")
            return rf"\path[{settings}] {' -- '.join(map(_at, points))};"
        case Label():
            return _label(mark)
        case _:
            assert_never(mark)


def _surface(paint: Paint, filled: bool) -> str:
    return f"draw={paint},fill={paint if filled else 'white'},line width=0.5pt"


def _label(mark: Label) -> str:
    font = ",font=\\footnotesize" if mark.small else ""
    halo = ",fill=white,inner sep=0.8pt" if mark.halo else ",inner sep=0pt"
    pieces = mark.text if isinstance(mark.text, tuple) else (mark.text,)
    written = "".join(tex_text(piece) if isinstance(piece, str) else f"${latex(piece)}$" for piece in pieces)
    return rf"\node[anchor={_ANCHORS[mark.anchor]},text={mark.paint}{font}{halo}] at {_at(mark.at)} {{{written}}};"


def _at(point: Point) -> str:
    return f"({_n(point[0])},{_n(point[1])})"


def _n(number: float) -> str:
    return f"{number:.2f}"
