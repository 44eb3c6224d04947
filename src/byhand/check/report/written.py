"""What was written, taken apart again for a page: the entries of an array in brackets, and their values."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from byhand.check.mark import Mark
from byhand.check.numbers.pattern import place, places
from byhand.check.report.strangers import harmless
from byhand.run.bind import Value
from byhand.show.document import Entries

Nested: TypeAlias = "str | list[Nested]"

LONGEST = 100_000
"""Characters that are looked at; what is longer is shown as it stands, in part."""
MOST_ENTRIES = 400
"""Larger arrays are not drawn entry by entry."""
MOST_AXES = 6
LONGEST_ENTRY = 24
LONGEST_WHOLE = 140
"""Of an answer that is longer, what was expected is said for the entries that are off."""
MOST_NAMED = 8
_TOKEN = re.compile(r"[\[\],]|[^\[\],]+")
_NUMBER = re.compile(r"[-+−]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d{1,3})?", re.IGNORECASE)


def nested(text: str) -> Nested | None:
    """``[[1, 2], [3, 4]]`` as nested lists of texts; ``None`` where the brackets do not fit together."""
    if len(text) > LONGEST or not text.lstrip().startswith("["):
        return None
    open_lists: list[list[Nested]] = [[]]
    for token in _TOKEN.findall(text):
        if token == "[":
            open_lists.append([])
            if len(open_lists) > MOST_AXES:
                return None
        elif token == "]":
            if len(open_lists) == 1:
                return None
            done = open_lists.pop()
            open_lists[-1].append(done)
        elif token != "," and token.strip():
            open_lists[-1].append(token.strip())
    return open_lists[0][0] if len(open_lists) == 1 and len(open_lists[0]) == 1 else None


def entries(mark: Mark, columns: bool) -> Entries | None:
    """An answer with single wrong entries as a matrix; a vector stands as a column or a row. ``None`` where one line says as much."""
    if mark.read_as is None or mark.status not in ("slip", "wrong"):
        return None
    rows = _rows(nested(mark.read_as), columns)
    if rows is None or sum(map(len, rows)) > MOST_ENTRIES or sum(map(len, rows)) < 2:
        return None
    right = _cells(mark.cells, columns)
    fits = right is not None and [len(row) for row in right] == [len(row) for row in rows]
    says = fits and right is not None and any(map(any, right))
    return Entries(rows, right if says and right is not None else ())


def off(mark: Mark) -> str:
    """Where an answer is off, in words, for those that are not drawn entry by entry: formulas, and large arrays."""
    if mark.cells is None or mark.status not in ("slip", "wrong"):
        return ""
    right = np.asarray(mark.cells)
    if right.dtype != bool or right.ndim == 0 or right.all() or not right.any():
        return ""
    return f"Off at {places(~right)}; right elsewhere"


def expected_off(mark: Mark) -> str:
    """What was expected where a long answer is off: row 2, column 4: 0.5; nothing where the whole of it is short enough, or is off altogether."""
    if mark.expected is None or len(mark.expected) <= LONGEST_WHOLE or mark.cells is None:
        return ""
    wrong, found = np.argwhere(~np.asarray(mark.cells, dtype=bool)).tolist(), nested(mark.expected)
    if not 0 < len(wrong) <= MOST_NAMED:
        return ""
    return "; ".join(f"{place(index, index)}: {_entry(found, index)}" for index in map(tuple, wrong))


def _entry(found: Nested | None, index: tuple[int, ...]) -> str:
    for k in index:
        found = found[k] if isinstance(found, list) and k < len(found) else None
    return found if isinstance(found, str) else "…"


def _rows(found: Nested | None, columns: bool) -> tuple[tuple[str, ...], ...] | None:
    if not isinstance(found, list) or not found:
        return None
    if all(isinstance(part, str) for part in found):
        line = tuple(harmless(part, LONGEST_ENTRY) for part in found if isinstance(part, str))
        return tuple((cell,) for cell in line) if columns else (line,)
    rows = [row for row in found if isinstance(row, list)]
    if len(rows) != len(found) or len({len(row) for row in rows}) != 1 or not rows[0] or any(isinstance(cell, list) for row in rows for cell in row):
        return None
    return tuple(tuple(harmless(str(cell), LONGEST_ENTRY) for cell in row) for row in rows)


def _cells(cells: Any, columns: bool) -> tuple[tuple[bool, ...], ...] | None:
    if cells is None:
        return None
    array = np.asarray(cells)
    if array.dtype != bool or array.ndim not in (1, 2):
        return None
    array = array if array.ndim == 2 else array[:, None] if columns else array[None]
    return tuple(tuple(map(bool, row)) for row in array)


def value(text: str) -> Value | None:
    """The numbers of an answer that is plain decimals, exactly as written; ``None`` for anything else."""
    found = nested(text) if text.lstrip().startswith("[") else text.strip()
    if found is None or len(text) > LONGEST:
        return None
    try:
        array = np.array(_numbers(found), dtype=object)
    except ValueError:  # not a number, or rows of different lengths
        return None
    return array if all(isinstance(entry, Fraction) for entry in array.ravel()) else None


def _numbers(found: Nested) -> Any:
    if isinstance(found, list):
        return [_numbers(part) for part in found]
    if not _NUMBER.fullmatch(found):
        top, slash, bottom = found.partition("/")
        if not slash or not top.strip().lstrip("-").isdigit() or not bottom.strip().isdigit() or not int(bottom):
            raise ValueError(found)
        return Fraction(int(top), int(bottom))
    return Fraction(found.replace("−", "-"))
