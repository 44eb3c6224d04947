"""Marked answers as HTML: a row each; entries are coloured, and wrong ones carry a sign besides."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from byhand.show.document import Cell, Entries, Judged, Marks
from byhand.show.marks.signs import SIGNS, WORDS, is_wrong
from byhand.show.mathml import mathml

_HEADINGS = ("Quantity", "Written", "What is said of it", "Marks")
HEAD = f"<thead><tr><th></th>{''.join(f'<th scope=col>{heading}</th>' for heading in _HEADINGS)}</tr></thead>"


def marks_html(block: Marks, words: Callable[[str], str]) -> str:
    """``words`` makes HTML of plain text."""
    caption = f'<p class="caption">{words(block.caption)}</p>\n' if block.caption else ""
    rows = "".join(_row(answer, words) for answer in block.answers)
    return f'{caption}<table class="marks">\n{HEAD}\n<tbody>\n{rows}</tbody>\n</table>\n'


def _row(answer: Judged, words: Callable[[str], str]) -> str:
    read = _entries(answer.entries) if answer.entries is not None else f"<code>{escape(answer.read)}</code>" if answer.read else ""
    more = "".join(f"<p>{words(remark)}</p>" for remark in answer.more)
    return (
        f'<tr class="{answer.status}"><td class="sign"><span aria-label="{WORDS[answer.status]}">{SIGNS[answer.status]}</span></td>'
        f'<th scope="row">{"".join(map(_name, answer.name))}</th><td class="read">{read}</td>'
        f'<td class="said"><span class="verdict">{words(answer.verdict)}</span>{more}</td><td class="number">{escape(answer.score)}</td></tr>\n'
    )


def _name(piece: Cell) -> str:
    return escape(piece) if isinstance(piece, str) else f'<math displaystyle="true">{mathml(piece)}</math>'


def _entries(entries: Entries) -> str:
    rows = "".join(f"<tr>{''.join(_entry(entries, i, j) for j in range(len(row)))}</tr>" for i, row in enumerate(entries.rows))
    return f'<div class="entries"><table>{rows}</table></div>'


def _entry(entries: Entries, i: int, j: int) -> str:
    wrong = is_wrong(entries, i, j)
    kind = "" if not entries.right else ' class="off"' if wrong else ' class="fine"'
    sign = '<b aria-label="wrong">✗</b>' if wrong else ""
    return f"<td{kind}>{escape(entries.rows[i][j])}{sign}</td>"
