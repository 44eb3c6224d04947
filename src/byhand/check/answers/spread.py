"""A spreadsheet of one person: a name, and its numbers in the cells beside it or below it."""

from __future__ import annotations

from collections.abc import Sequence

from byhand.check.answers.entry import Entry, HandIn, Numbers
from byhand.check.answers.limits import MAX_ANSWERS, MAX_NAME
from byhand.check.answers.written import numbers, written

MOST_ROWS = 5_000
"""A table with more is a class."""
Row = Sequence[str]


def is_spread(rows: Sequence[Row]) -> bool:
    """Whether rows are no table with a head: in the first one numbers stand beside a name, or a name stands alone and others below."""
    first, *rest = ([cell for cell in row if cell] for row in rows)
    if not rest or not first or _is_number(first[0]):
        return False
    named = any(not _is_number(cells[0]) for cells in rest)
    if len(first) > 1:
        below = any(_is_number(cells[0]) for cells in rest)
        return all(map(_is_number, first[1:])) and (len(first) > 2 or below)
    return all(_is_number(cell) for cells in rest for cell in cells[1:]) and (named or any(len(cells) > 1 for cells in rest))


def hand_in(rows: Sequence[Row], person: str) -> HandIn:
    """The answers of a spreadsheet; the rows below a name belong to it until the next name."""
    blocks: list[tuple[str, int, list[list[str]]]] = []
    for number, row in enumerate(rows, start=1):
        cells = [cell for cell in row if cell]
        if not _is_number(cells[0]):
            blocks.append((cells.pop(0), number, []))
        if cells and blocks:
            blocks[-1][2].append(cells)
    if len(blocks) > MAX_ANSWERS:
        return HandIn(person, (), (f"{len(blocks):,} answers are refused; a hand-in may have {MAX_ANSWERS:,}.",))
    return HandIn(person, tuple(entry for name, number, cells in blocks if (entry := _entry(name, number, cells)) is not None))


def _entry(name: str, number: int, cells: list[list[str]]) -> Entry | None:
    if not cells:
        return None
    flat = cells[0] if len(cells) == 1 else [row[0] for row in cells] if all(len(row) == 1 for row in cells) else cells
    read = written(flat[0] if len(flat) == 1 else flat)
    return None if read is None else Entry(name.rstrip(" =:")[:MAX_NAME], read.content, f"row {number}", read.repairs)


def _is_number(cell: str) -> bool:
    return isinstance(numbers(cell), Numbers)
