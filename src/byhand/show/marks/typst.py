"""Marked answers in Typst: a table, matrices with their wrong entries framed."""

from __future__ import annotations

from byhand.show.document import Cell, Entries, Judged, Marks, Status
from byhand.show.marks.signs import SIGNS, is_wrong
from byhand.show.typst_math import typst_math, typst_words
from byhand.show.typst_text import literal, words

PAINTS: dict[Status, str] = {"right": "good", "follows": "good", "slip": "warn", "wrong": "bad", "unread": "warn", "blank": "muted"}


def marks_typst(block: Marks) -> str:
    caption = f"[{typst_words(block.caption)}]" if block.caption else "none"
    return f"#marked({caption}, {', '.join(map(_answer, block.answers))});"


def _answer(answer: Judged) -> str:
    name = "".join(map(_name, answer.name))
    read = _entries(answer.entries) if answer.entries is not None else f"#breakable({literal(answer.read)});"
    said = "#linebreak();".join(
        [f"*{typst_words(answer.verdict)}*" if answer.status in ("slip", "wrong") else typst_words(answer.verdict), *map(typst_words, answer.more)]
    )
    return f"({PAINTS[answer.status]}, [{words(SIGNS[answer.status])}], [{name}], [{read}], [{said}], [{words(answer.score)}])"


def _name(piece: Cell) -> str:
    return words(piece) if isinstance(piece, str) else f"${typst_math(piece)}$"


def _entries(entries: Entries) -> str:
    cells = (f"({literal(cell)}, {str(is_wrong(entries, i, j)).lower()})" for i, row in enumerate(entries.rows) for j, cell in enumerate(row))
    return f"#entries({len(entries.rows[0])}, {', '.join(cells)});"
