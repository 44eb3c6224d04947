"""Tables before any page: how wide their columns are, and which of them hold numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len

from byhand.show.boxes import aligned
from byhand.show.document import Cell, Table
from byhand.show.unicode import text

_NUMBER = re.compile(r"[−+-]?\d[\d ]*(\.\d+)?(e[−+-]?\d+)?%?|[−+-]?∞|—|–|")
NARROWEST = 8


def plain(cell: Cell) -> str:
    """A cell on one line of Unicode."""
    return " ".join(cell.split()) if isinstance(cell, str) else text(cell)


def numeric(table: Table) -> tuple[bool, ...]:
    """For each column whether there are numbers alone below its head, which then stand at the right."""
    return tuple(bool(column) and all(_NUMBER.fullmatch(plain(cell)) for cell in column) for column in _columns(table))


def texts(table: Table) -> list[tuple[str, ...]]:
    """The rows below the head, each cell on one line; numbers in a column with their decimal points below each other."""
    columns = [list(map(plain, column)) for column in _columns(table)]
    return list(zip(*(aligned(column) if at_right else column for column, at_right in zip(columns, numeric(table)))))


def _columns(table: Table) -> list[list[Cell]]:
    return [[row[k] for row in table.rows] for k in range(len(table.head))]


def natural(table: Table) -> list[int]:
    """For each column the width of its widest cell."""
    return [max(map(cell_len, column)) for column in zip(map(plain, table.head), *texts(table))]


def widths(table: Table, room: int) -> list[int]:
    """Column widths that fit a page: the widest columns give way first, words wrap in what is left."""
    wanted = natural(table)
    least = min(NARROWEST, max(1, room // max(1, len(wanted))))
    while sum(wanted) > room and max(wanted) > least:
        widest = max(range(len(wanted)), key=lambda k: wanted[k])
        second = max([width for width in wanted if width < wanted[widest]], default=least)
        sharing = [k for k, width in enumerate(wanted) if width == wanted[widest]]
        cut = max(1, min((sum(wanted) - room + len(sharing) - 1) // len(sharing), wanted[widest] - max(second, least)))
        for k in sharing:
            wanted[k] -= cut
    return wanted


def is_wide(table: Table, column: int, most: int) -> bool:
    """Whether a column has words that need several lines."""
    return any(isinstance(row[column], str) and len(plain(row[column])) > most for row in table.rows)


def shares(table: Table, wide: Sequence[int]) -> dict[int, float]:
    """How much of the page each of the wide columns gets, by how much is written in it."""
    wanted = natural(table)
    total = sum(min(width, 60) for width in wanted) or 1
    return {k: min(wanted[k], 60) / total for k in wide}
