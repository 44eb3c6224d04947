"""Tables in Markdown and LaTeX-free text: a row a quantity, or a column a quantity."""

from __future__ import annotations

import re
from collections.abc import Iterator

from byhand.check.answers.entry import Numbers
from byhand.check.answers.limits import MAX_LINE
from byhand.check.answers.written import written

_RULE = re.compile(r"\|?\s*:?-{1,}:?\s*(?:\|\s*:?-{1,}:?\s*)*\|?")


def rows_of(text: str) -> Iterator[tuple[int, str, str, bool]]:
    """The answers in a text's tables, each with its line."""
    table: list[tuple[int, list[str]]] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        bare = line.strip()
        if bare[:1] == "|" and bare[-1:] == "|" and 2 < len(bare) < MAX_LINE:
            if not _RULE.fullmatch(bare):
                table.append((number, [cell.strip().strip("`").strip() for cell in re.split(r"(?<!\\)\|", bare[1:-1])]))
        elif table:
            yield from _answers(table)
            table = []


def _answers(table: list[tuple[int, list[str]]]) -> Iterator[tuple[int, str, str, bool]]:
    (_, head), *rows = table
    if rows and _is_number(rows[0][1][0]) and not _is_number(head[0]):
        for number, cells in rows[:1]:
            yield from ((number, name, value, False) for name, value in zip(head, cells))
        return
    for number, cells in table:
        value = next((cell for cell in reversed(cells[1:]) if _is_number(cell)), None)
        if value is not None:
            yield number, cells[0], value, False
        elif number != table[0][0] and len(cells) > 1:
            yield number, cells[0], cells[1], False


def _is_number(cell: str) -> bool:
    read = written(cell) if any(c.isdigit() for c in cell) else None
    return read is not None and isinstance(read.content, Numbers)
