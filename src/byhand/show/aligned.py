"""Lines of mathematics as LaTeX: on one row if they are short, else aligned at their equality signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from byhand.show.breaks import Piece, pieces
from byhand.show.document import Line
from byhand.show.latex import bracketed, latex
from byhand.show.layout import drawn, layout
from byhand.show.tree import Tree

SIGNS = {"−": "-", "⊙": r"\odot", "·": r"\cdot", "": r"\,"}
NEXT_ROW = r" \\[4pt] "


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its LaTeX, and how wide it is drawn with characters."""

    tex: str
    width: int


def chain(line: Line, width: int) -> str:
    """A chain of equalities; ``width`` is in characters of the terminal's drawing, a fair measure of the typeset one."""
    name, *links = line.links
    head = layout(name).width + 3
    rows = _rows(links, line.rounded, width - head) if links else list(_broken(name, width))
    left = f"{latex(name)} " if links else ""
    if len(rows) == 1:
        return left + rows[0].tex.replace("&", "", 1)
    return rf"\begin{{aligned}} {left}{NEXT_ROW.join(row.tex for row in rows)} \end{{aligned}}"


def _rows(links: Sequence[Tree], rounded: bool, width: int) -> list[Row]:
    """Each link behind its sign, in the same row as the one before it where both fit whole."""
    done: list[Row] = []
    whole = False
    for k, link in enumerate(links):
        sign = r"\approx" if rounded and k == len(links) - 1 else "="
        first, *more = _broken(link, width)
        if whole and not more and done[-1].width + 3 + first.width <= width:
            done[-1] = Row(f"{done[-1].tex} {sign} {first.tex}", done[-1].width + 3 + first.width)
        else:
            done += [Row(f"&{sign} {first.tex}", first.width + 3), *(Row(rf"&\quad {row.tex}", row.width + 3) for row in more)]
        whole = not more
    return done


def _broken(tree: Tree, width: int) -> list[Row]:
    """One formula as rows of terms or factors, where it is too wide for one."""
    whole = layout(tree).width
    if whole <= width:
        return [Row(latex(tree), whole)]
    done: list[Row] = []
    for piece in pieces(tree):
        own = drawn(piece).width + 2
        if done and done[-1].width + own <= width:
            done[-1] = Row(f"{done[-1].tex} {_spelled(piece)}", done[-1].width + own)
        else:
            done.append(Row(_spelled(piece, first=not done), own))
    return done


def _spelled(piece: Piece, first: bool = False) -> str:
    sign = SIGNS.get(piece.sign, piece.sign) if piece.sign or not first else ""
    inside = latex(piece.tree)
    return f"{sign} {bracketed(inside) if piece.bracketed else inside}".strip()
