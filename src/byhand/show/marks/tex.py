"""Marked answers in LaTeX: rows whose words wrap, and below them matrices with their wrong entries in boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from byhand.show.document import Cell, Judged, Marks
from byhand.show.latex import latex
from byhand.show.marks.markdown import boxed, name_latex
from byhand.show.marks.signs import SIGNS
from byhand.show.tex_text import tex_text

COLUMNS = r"@{}p{0.03\linewidth}p{0.14\linewidth}p{0.22\linewidth}p{0.40\linewidth}>{\raggedleft\arraybackslash}p{0.08\linewidth}@{}"
PREAMBLE = "\\usepackage{array}\n"
"""For the columns; a plain page does without it."""


def marks_tex(block: Marks, words: Callable[[str], str]) -> Iterator[str]:
    """``words`` makes LaTeX of plain text."""
    if block.caption:
        yield rf"\par\medskip\textbf{{{words(block.caption)}}}\nopagebreak"
    for answer in block.answers:  # a table each, between which a page may end
        yield rf"\par\noindent\begin{{tabular}}{{{COLUMNS}}}{_row(answer, words)}\end{{tabular}}\par"
        if answer.entries is not None:
            yield rf"\chain{{{name_latex(answer)} : {boxed(answer.entries)}}}"


def _row(answer: Judged, words: Callable[[str], str]) -> str:
    said = r"\par ".join(map(words, (answer.verdict, *answer.more)))
    read = "see below" if answer.entries is not None else rf"\texttt{{{_breakable(answer.read)}}}" if answer.read else ""
    return " & ".join((tex_text(SIGNS[answer.status]), "".join(map(_name, answer.name)), read, said, tex_text(answer.score)))


def _name(piece: Cell) -> str:
    return tex_text(piece) if isinstance(piece, str) else f"${latex(piece)}$"


def _breakable(read: str) -> str:
    """Long lists may break behind their commas, which have blanks behind them."""
    return tex_text(read.replace(",", ", ").replace(",  ", ", "))
