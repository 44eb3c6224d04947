"""Marked answers as a Markdown table; wrong entries stand in boxes below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from byhand.show.document import Cell, Entries, Judged, Marks
from byhand.show.latex import latex
from byhand.show.marks.signs import SIGNS, is_wrong
from byhand.show.tex_text import tex_text

HEAD = "| | Quantity | Written | What is said of it | Marks |\n|---|---|---|---|---:|"


def marks_markdown(block: Marks, cell: Callable[[Cell], str], words: Callable[[str], str], fenced: Callable[[str], str]) -> Iterator[str]:
    """``cell`` and ``words`` make Markdown of what stands in a cell and of plain text, ``fenced`` of LaTeX."""
    if block.caption:
        yield f"**{words(block.caption)}**"
    yield "\n".join([HEAD, *(_row(answer, cell) for answer in block.answers)])
    for answer in block.answers:
        if answer.entries is not None:
            yield fenced(f"{name_latex(answer)} : {boxed(answer.entries)}")


def _row(answer: Judged, cell: Callable[[Cell], str]) -> str:
    said = ". ".join(map(cell, (answer.verdict, *answer.more)))
    read = "see below" if answer.entries is not None else cell(answer.read)
    return f"| {cell(SIGNS[answer.status])} | {''.join(map(cell, answer.name))} | {read} | {said} | {answer.score} |"


def name_latex(answer: Judged) -> str:
    return "".join(rf"\text{{{tex_text(piece)}}}" if isinstance(piece, str) else latex(piece) for piece in answer.name)


def boxed(entries: Entries) -> str:
    """The matrix, wrong entries in boxes."""
    rows = [" & ".join(_entry(entries, i, j) for j in range(len(row))) for i, row in enumerate(entries.rows)]
    inside = r" \\ ".join(rows)
    return rf"\begin{{bmatrix}} {inside} \end{{bmatrix}}"


def _entry(entries: Entries, i: int, j: int) -> str:
    shown = entries.rows[i][j]
    number = shown if all(c in "+-.0123456789/e" for c in shown) else rf"\text{{{tex_text(shown)}}}"
    return rf"\boxed{{{number}}}" if is_wrong(entries, i, j) else number
