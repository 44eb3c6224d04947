"""How a table in text is written: the sign between cells, decimal commas, and whether its first line has names."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from byhand.lang.errors import ByhandError
from byhand.train.data.labels import number
from byhand.train.data.limits import MAX_COLUMNS

DELIMITERS = (";", "\t", ",", "|", " ")
"""In this order: decimal commas stand in many files with semicolons, commas hardly ever separate where semicolons do not."""
WORDS = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar", " ": "space"}
MISSING = frozenset(["", "na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "missing"])
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+(?:[eE][-+]?[0-9]+)?")
_AGREEING = 0.8


@dataclass(frozen=True, slots=True)
class Dialect:
    """``first`` is the number of lines before the first row of numbers; ``names`` are those of the header, if there is one."""

    delimiter: str
    decimal: str = "."
    names: tuple[str, ...] | None = None
    width: int = 0
    first: int = 0
    assumed: bool = False

    def described(self) -> str:
        """For the echo."""
        header = f"names in line {self.first}" if self.names is not None else "no line of names"
        return f"cells separated by {WORDS.get(self.delimiter, self.delimiter)}{', decimal commas' if self.decimal == ',' else ''}, {header}"


def cells(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Rows of cells without the spaces around them, up to one that cannot be read."""
    if delimiter == " ":
        yield from (line.split() for line in lines)
        return
    try:
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True):
            yield [cell.strip() for cell in row]
    except csv.Error:  # such as an endless cell; it is named with its line when the table is read
        return


def value(cell: str, decimal: str) -> float:
    """The number in a cell; NaN where there is none."""
    return number(cell) if decimal == "." else number(cell.replace(",", ".")) if "." not in cell else number("")


def sniffed(lines: Sequence[str], delimiter: str | None, decimal: str | None, header: bool | None) -> Dialect:
    """Read off the first lines of a file; what is given is taken as it is."""
    start, said = _front(lines)
    delimiter = delimiter or said
    body = [line for line in lines[start:] if line.strip()]
    if not body:
        return Dialect(delimiter or ",", names=_commented(lines[:start], delimiter or ","), first=start)
    mark = delimiter or _delimiter(body)
    if len(mark) != 1:
        raise ByhandError(f'"{mark}" cannot stand between the cells of a table: a delimiter is one sign, such as a comma, a semicolon or a tab.')
    rows = [row for row in cells(body, mark) if any(row)] or [body[0].split(mark)]
    point = decimal or _decimal(rows, mark)
    found = Dialect(mark, point, None, _width(rows), start)
    if found.width > MAX_COLUMNS:
        raise ByhandError(f"a table of {found.width:,} columns is refused; at most {MAX_COLUMNS:,} are read.")
    above = _commented(lines[:start], mark)
    if header is None and above is not None and len(above) == found.width:
        return replace(found, names=above)
    has, assumed = (header, False) if header is not None else _header(rows, point)
    if not has:
        return replace(found, assumed=assumed)
    first = next(k for k, line in enumerate(lines[start:], start + 1) if line.strip())
    return replace(found, names=tuple(rows[0]), first=first, assumed=assumed)


def _front(lines: Sequence[str]) -> tuple[int, str | None]:
    """How many lines stand before the table: empty ones, comments, and the line in which Excel says what separates cells."""
    for k, line in enumerate(lines):
        text = line.strip("\r\n")
        if text.lower().startswith("sep=") and len(text) == 5:
            return k + 1, text[4]
        if text.strip() and not text.startswith(("#", "%")):
            return k, None
    return len(lines), None


def _commented(lines: Sequence[str], delimiter: str) -> tuple[str, ...] | None:
    """Names in the last comment above a table, as NumPy writes them."""
    comments = [line for line in lines if line.startswith(("#", "%"))]
    return tuple(next(cells([comments[-1].lstrip("#% ")], delimiter), [])) if comments else None


def _delimiter(lines: Sequence[str]) -> str:
    """The first sign that cuts (nearly) all lines into the same number of cells, more than one; else the commonest sign."""
    for mark in DELIMITERS:
        counts = Counter(len(row) for row in cells(lines, mark) if row)
        many, agreeing = max(((count, k) for count, k in counts.items()), key=lambda one: one[1], default=(0, 0))
        if many > 1 and agreeing >= _AGREEING * len(lines) and (mark != " " or _all_numbers(lines)):
            return mark
    counted = {mark: sum(line.count(mark) for line in lines) for mark in DELIMITERS[:-1]}
    best = max(counted, key=lambda mark: counted[mark])
    return best if counted[best] else ","


def _all_numbers(lines: Sequence[str]) -> bool:
    """Whether words separated by spaces are mostly numbers; a title with spaces is one cell."""
    words = [word for line in lines[1:] or lines for word in line.split()]
    return 2 * sum(value(word, ".") == value(word, ".") for word in words) > len(words)


def _decimal(rows: Sequence[Sequence[str]], mark: str) -> str:
    if mark == ",":
        return "."
    written = [cell for row in rows for cell in row]
    pointed = any("." in cell and _is_number(cell, ".") for cell in written)
    return "," if not pointed and any(_DECIMAL_COMMA.fullmatch(cell) for cell in written) else "."


def _width(rows: Sequence[Sequence[str]]) -> int:
    """What most rows have; ragged ones are named when they are read."""
    return Counter(map(len, rows)).most_common(1)[0][0]


def _header(rows: Sequence[Sequence[str]], decimal: str) -> tuple[bool, bool]:
    """Whether the first row has names, and whether that is a guess.

    Names are texts above numbers. Where only some cells of the first row are, the majority decides.
    """
    first, rest = rows[0], rows[1:]
    numbers = [_is_number(cell, decimal) for cell in first]
    if not rest:
        return not any(numbers) and any(cell.lower() not in MISSING for cell in first), False
    if len(first) > 2 and first == [str(k) for k in range(len(first))]:
        return True, True  # the numbers of the columns, as pandas writes them
    above = [
        not numbers[k] and cell.lower() not in MISSING and any(k < len(row) and _is_number(row[k], decimal) for row in rest) for k, cell in enumerate(first)
    ]
    if not any(above):
        return False, False
    return (True, False) if not any(numbers) else (2 * sum(above) > len(first), True)


def _is_number(cell: str, decimal: str) -> bool:
    found = value(cell, decimal)
    return found == found
