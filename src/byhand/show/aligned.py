"""Lines of mathematics for typesetters: on one row if they are short, else aligned at their equality signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from byhand.show.breaks import Piece, pieces
from byhand.show.document import Line
from byhand.show.latex import bracketed, latex
from byhand.show.layout import drawn, layout
from byhand.show.tree import Tree

NARROW = 5
"""A factor as narrow as this is not left alone in a row: ½ stays with what it halves."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a typesetter wants rows: ``signs`` for what stands before terms and factors, ``indent`` for a row that goes on, ``aligned`` around several rows."""

    formula: Callable[[Tree], str]
    bracketed: Callable[[str], str]
    signs: Mapping[str, str]
    indent: str
    next_row: str
    aligned: Callable[[str], str]


LATEX = Spelling(
    formula=latex,
    bracketed=bracketed,
    signs={"−": "-", "⊙": r"\odot", "·": r"\cdot", "": r"\,", "≈": r"\approx", "≤": r"\le", "≥": r"\ge", "⇔": r"\iff"},
    indent=r"\quad",
    next_row=r" \\[4pt] ",
    aligned=lambda rows: rf"\begin{{aligned}} {rows} \end{{aligned}}",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: how it is spelled, and how wide it is drawn with characters."""

    spelled: str
    width: int


def chain(line: Line, width: int, spelling: Spelling = LATEX) -> str:
    """A chain of equalities; ``width`` is in characters of the terminal's drawing, a fair measure of the typeset one."""
    name, *links = line.links
    head = layout(name).width + 3
    rows = _rows(links, line.between, width - head, spelling) if links else list(_broken(name, width, spelling))
    left = f"{spelling.formula(name)} " if links else ""
    if len(rows) == 1:
        return left + rows[0].spelled.replace("&", "", 1)
    return spelling.aligned(left + spelling.next_row.join(row.spelled for row in rows))


def _rows(links: Sequence[Tree], signs: Sequence[str], width: int, spelling: Spelling) -> list[Row]:
    """Each link behind its sign, in the same row as the one before it where both fit whole."""
    done: list[Row] = []
    whole = False
    for between, link in zip(signs, links):
        sign = spelling.signs.get(between, between)
        first, *more = _broken(link, width, spelling)
        if whole and not more and done[-1].width + 3 + first.width <= width:
            done[-1] = Row(f"{done[-1].spelled} {sign} {first.spelled}", done[-1].width + 3 + first.width)
        else:
            done += [Row(f"&{sign} {first.spelled}", first.width + 3), *(Row(f"&{spelling.indent} {row.spelled}", row.width + 3) for row in more)]
        whole = not more
    return done


def _broken(tree: Tree, width: int, spelling: Spelling) -> list[Row]:
    """One formula as rows of terms or factors, where it is too wide for one."""
    whole = layout(tree).width
    if whole <= width:
        return [Row(spelling.formula(tree), whole)]
    done: list[Row] = []
    for piece in pieces(tree):
        own = drawn(piece).width + 2
        if done and (done[-1].width + own <= width or done[-1].width <= NARROW):
            done[-1] = Row(f"{done[-1].spelled} {_spelled(piece, spelling)}", done[-1].width + own)
        else:
            done.append(Row(_spelled(piece, spelling, first=not done), own))
    return done


def _spelled(piece: Piece, spelling: Spelling, first: bool = False) -> str:
    sign = spelling.signs.get(piece.sign, piece.sign) if piece.sign or not first else ""
    inside = spelling.formula(piece.tree)
    return f"{sign} {spelling.bracketed(inside) if piece.bracketed else inside}".strip()
