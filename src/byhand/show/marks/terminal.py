"""Marked answers for a terminal: a line each, with a sign in front, the marks at the right, and wrong entries drawn below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from byhand.show.boxes import aligned
from byhand.show.document import Entries, Judged, Marks, Status
from byhand.show.marks.signs import SIGNS, is_wrong, name_text, wrong_entries
from byhand.show.terminal_prose import clean

STYLES: dict[Status, str] = {"right": "green", "follows": "cyan", "slip": "yellow", "wrong": "red", "unread": "magenta", "blank": "dim"}
INDENT = "  "
LONGEST_NAME, LONGEST_READ = 20, 26
_NARROW = 56
"""Pages narrower than this have no column for what was read."""
_CONSOLE = Console(width=80, color_system=None)
"""Rich wraps words with one in hand; nothing is printed on it."""
NARROWEST = 18
"""A verdict that has less room than this beside the name stands below it."""


def marks_rows(block: Marks, width: int) -> Iterator[Text]:
    """The lines of the block, its caption left out; none wider than ``width``."""
    if not block.answers:
        return
    names = [clean(name_text(answer)) for answer in block.answers]
    first = min(max(map(cell_len, names)), LONGEST_NAME, width // 3)
    longest = max((cell_len(clean(answer.read)) for answer in block.answers if answer.entries is None), default=0)
    second = min(longest, LONGEST_READ, width // 3) if width >= _NARROW else 0
    last = max(cell_len(answer.score) for answer in block.answers)
    for answer, name in zip(block.answers, names):
        yield from _answer(answer, name, (first, second, last), width)


def _answer(answer: Judged, name: str, columns: tuple[int, int, int], width: int) -> Iterator[Text]:
    first, second, last = columns
    start = len(INDENT) + 2 + first + 2 + (second + 2 if second else 0)
    room = width - start - 2 - last
    beside = room >= NARROWEST
    names = _wrapped(name, first)
    verdict = _wrapped(clean(answer.verdict), room) if beside else [""]
    room = max(room, 0)
    read = _cut("" if answer.entries is not None else clean(answer.read), second)
    style = STYLES[answer.status]
    for k, (part, said) in enumerate(zip_longest(names, verdict, fillvalue="")):
        yield _line(
            (INDENT, ""),
            (f"{SIGNS[answer.status]} " if k == 0 else "  ", style),
            (set_cell_size(part, first) + "  ", "bold" if answer.status in ("slip", "wrong") else ""),
            (set_cell_size(read if k == 0 else "", second) + "  " if second else "", ""),
            (set_cell_size(said, room) + "  ", style if answer.status in ("slip", "wrong") else ""),
            (" " * (last - cell_len(answer.score)) + answer.score if k == 0 else "", ""),
        )
    margin = " " * (len(INDENT) + 2 + 2)
    if not beside:
        yield from _said(clean(answer.verdict), margin, width, style)
    if answer.read and answer.entries is None and not second:
        yield from _said(f"Read: {clean(answer.read)}", margin, width)
    yield from _below(answer, margin, width)


def _line(*pieces: tuple[str, str]) -> Text:
    line = Text.assemble(*(piece for piece in pieces if piece[0]))
    line.rstrip()
    return line


def _below(answer: Judged, margin: str, width: int) -> Iterator[Text]:
    """The entries with their marks, and what else is to be said."""
    if answer.entries is not None:
        drawn = _drawn(answer.entries, "Read: ")
        if max(cell_len(line.plain) for line in drawn) + len(margin) <= width:
            yield from (Text.assemble(margin, line) for line in drawn)
        else:
            yield from _said(wrong_entries(answer.entries) or f"Read: {clean(answer.read)}", margin, width)
    for remark in answer.more:
        yield from _said(clean(remark), margin, width)


def _said(words: str, margin: str, width: int, style: str = "dim") -> Iterator[Text]:
    yield from (Text.assemble(margin, (row, style)) for row in _wrapped(words, width - len(margin)))


def _drawn(entries: Entries, before: str) -> list[Text]:
    """A matrix in brackets; behind each wrong entry stands a ✗."""
    columns = [aligned([clean(cell) for cell in column]) for column in zip(*entries.rows)]
    rows: list[Text] = []
    middle = (len(entries.rows) - 1) // 2
    for i, row in enumerate(zip(*columns)):
        left, right = _fences(i, len(entries.rows))
        line = Text.assemble(before if i == middle else " " * len(before), left)
        for j, cell in enumerate(row):
            wrong = is_wrong(entries, i, j)
            line.append("  " if j else "")
            line.append(cell, "red" if wrong else "")
            line.append("✗" if wrong else " ", "red")
        rows.append(line.append(right))
    return rows


def _fences(row: int, height: int) -> tuple[str, str]:
    if height == 1:
        return "[", "]"
    return ("⎡", "⎤") if row == 0 else ("⎣", "⎦") if row == height - 1 else ("⎢", "⎥")


def _wrapped(words: str, width: int) -> Sequence[str]:
    if cell_len(words) <= width:
        return [words]
    return [row.plain.rstrip() for row in Text(words).wrap(_CONSOLE, max(width, 2))]


def _cut(words: str, width: int) -> str:
    return words if cell_len(words) <= width else f"{set_cell_size(words, max(width - 1, 0)).rstrip()}…" if width else ""
