"""CSV: wide, a row a person and a column a quantity; or long, a row a number."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from byhand.check.answers import spread
from byhand.check.answers.entry import Entry, HandIn, Numbers, Unread
from byhand.check.answers.limits import MAX_ANSWERS, MAX_COLUMNS, MAX_FILE, MAX_NAME, short
from byhand.check.answers.written import numbers, written
from byhand.lang.errors import ByhandError

Line = tuple[str, str | None]
"""A line of a file, and what was mended to read it."""
_PEOPLE = frozenset([
    "", "person", "student", "name", "id", "student_id", "studentid", "email", "e-mail", "login", "user", "username", "matrikel", "matrikelnummer",
    "matriculation", "file", "handin", "hand-in", "submission", "sid", "vorname", "nachname",
])  # fmt: skip
_QUANTITIES = frozenset(["quantity", "variable", "symbol", "what", "which", "key", "item", "question", "field", "größe", "groesse", "aufgabe", "label"])
_VALUES = frozenset(["value", "values", "answer", "number", "wert", "antwort", "result", "ergebnis", "entry", "solution"])
_ROWS, _COLUMNS = frozenset(["row", "i", "zeile", "r"]), frozenset(["col", "column", "j", "spalte", "c"])
_LONGEST = 1_000_000
_MARKS = ";\t,|"
_COMMA_NUMBER = re.compile(r"\s*[-−+]?[0-9]*,[0-9]+\s*")


@dataclass(slots=True)
class _Layout:
    """Which column is what."""

    person: int | None
    quantity: int | None = None
    value: int | None = None
    index: tuple[int, ...] = ()
    names: list[str] = field(default_factory=list[str])
    headed: bool = True


def hand_ins(lines: Iterable[Line], stem: str) -> Iterator[HandIn]:
    """The people of a table. Wide tables are streamed; a person whose rows of a long table stand apart is put together up to a size."""
    mended: list[str] = []
    stream = _noted(lines, mended)
    head = list(islice((line for line in stream if line.strip()), 1))
    if head and not any(mark in head[0] for mark in _MARKS):
        head += islice(stream, 20)  # the marks between cells may not stand in the first line
    if not head:
        yield HandIn(stem, (), ("the table is empty.",))
        return
    mark = _separator(head[0]) if len(head) == 1 else _separator_below(head[1:])
    if head[0].count(mark) > MAX_COLUMNS:
        raise ByhandError(f"a table with more than {MAX_COLUMNS:,} columns is refused.")
    if head[0].lower().startswith("sep="):
        mark, head = head[0].strip()[4:5] or mark, list(islice(stream, 1))
    rows = _rows(chain(head, stream), mark)
    first = next(rows, [])
    for one in _people(first, rows, stem):
        yield HandIn(one.person, one.entries, (*one.problems, *mended))


def _noted(lines: Iterable[Line], mended: list[str]) -> Iterator[str]:
    for line, what in lines:
        if what is not None and what not in mended:
            mended.append(what)
        yield line


def _separator(line: str) -> str:
    """The sign between the cells: the one of ; tab , | that stands most often outside quotes and brackets."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\([^)]*\)', "", line[:20_000])
    counts = {mark: bare.count(mark) for mark in _MARKS}
    return max(_MARKS, key=lambda mark: counts[mark]) if any(counts.values()) else ","


def _separator_below(lines: list[str]) -> str:
    """The same for the lines below a name that stands alone; a comma inside single numbers is none."""
    other = next((mark for mark in ";\t|" if any(mark in line for line in lines)), None)
    decimal = all(_COMMA_NUMBER.fullmatch(line) for line in lines if "," in line)
    return other or (";" if decimal else ",")


def _rows(lines: Iterable[str], mark: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST)
    rows = csv.reader(lines, delimiter=mark, skipinitialspace=True)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as problem:
            raise ByhandError(f"the table cannot be read further: {problem}.") from None
        if any(cell.strip() for cell in row):
            yield [cell.strip() for cell in _whole_brackets(row, mark)]


def _whole_brackets(row: list[str], mark: str) -> list[str]:
    """Cells put together again where the separator stood in a bracket without quotes: [2, 7] in a table with commas."""
    if mark not in ",;" or not any("[" in cell or "(" in cell for cell in row):
        return row
    found: list[str] = []
    depth = 0
    for cell in row:
        if depth > 0:
            found[-1] += mark + " " + cell
        else:
            found.append(cell)
        depth = max(0, depth + sum(cell.count(c) for c in "[(") - sum(cell.count(c) for c in "])"))
    return found


# ---------------------------------------------------------------------------------------------------------- layouts


def is_head(line: str) -> bool:
    """Whether a line with commas is likely to be the head of a table."""
    first, comma, rest = line.lower().partition(",")
    return bool(comma) and ":" not in line and first.strip().strip('"') in (_PEOPLE | _QUANTITIES) - {""} and bool(rest.strip())


def _layout(head: list[str]) -> _Layout:
    low = [name.lower().strip() for name in head]
    quantity = next((k for k, name in enumerate(low) if name in _QUANTITIES), None)
    value = next((k for k, name in enumerate(low) if name in _VALUES), None)
    if quantity is None and value is not None:
        quantity = next((k for k, name in reversed(list(enumerate(low))) if name == "name" and k != value), None)
    if quantity is not None and value is not None:
        person = next((k for k, name in enumerate(low) if name in _PEOPLE and k not in (quantity, value)), None)
        index = [next((k for k, name in enumerate(low) if name in names), None) for names in (_ROWS, _COLUMNS)]
        return _Layout(person, quantity, value, tuple(k for k in index if k is not None))
    if len(head) == 2 and _is_answer(head[1]) and not _is_answer(head[0]):
        return _Layout(None, 0, 1, headed=False)
    person = next((k for k, name in enumerate(low) if name in _PEOPLE), None)
    return _Layout(person, names=head)


def _is_answer(cell: str) -> bool:
    return isinstance(numbers(cell), Numbers)


def _may_be_spread(head: list[str], layout: _Layout) -> bool:
    """Whether the first row is a name, alone or with numbers beside it, and no head."""
    person = "" if layout.person is None else head[layout.person]
    is_head = bool(person) or (layout.quantity is not None and layout.headed)
    return not is_head and bool(head and head[0]) and all(_is_answer(cell) for cell in head[1:] if cell)


def _people(head: list[str], rows: Iterator[list[str]], stem: str) -> Iterator[HandIn]:
    layout = _layout(head)
    if _may_be_spread(head, layout):
        some = list(islice(rows, spread.MOST_ROWS))
        if len(some) < spread.MOST_ROWS and spread.is_spread([head, *some]):
            yield spread.hand_in([head, *some], stem)
            return
        rows = chain(some, rows)
    if layout.quantity is None:
        first = next(rows, None)
        if first is None:
            yield HandIn(stem, (), ("the table has a head and no rows.",))
            return
        if layout.person is None and len(head) == 2 and _is_answer(first[-1]) and not _is_answer(first[0]):
            yield from _long(_Layout(None, 0, 1), chain([first], rows), stem)
            return
        yield from _wide(layout, chain([first], rows), stem)
    else:
        yield from _long(layout, rows if layout.headed else chain([head], rows), stem)


def _wide(layout: _Layout, rows: Iterator[list[str]], stem: str) -> Iterator[HandIn]:
    for number, row in enumerate(rows, start=2):
        person = row[layout.person][:MAX_NAME] if layout.person is not None and layout.person < len(row) else ""
        if len(row) > MAX_ANSWERS:
            yield HandIn(person or f"{stem} row {number}", (), (f"a row with {len(row):,} cells is refused; it may have {MAX_ANSWERS:,}.",))
            continue
        cells = [(name, cell) for k, (name, cell) in enumerate(zip(layout.names, row)) if k != layout.person]
        extra = [cell for cell in row[len(layout.names) :] if cell]
        problems = (f"row {number} has more cells than the head of the table; what is too much is left out.",) if extra else ()
        entries = [_entry(name, cell, f"row {number}, column {short(name)}") for name, cell in cells if name and name.lower() not in _PEOPLE]
        yield HandIn(person or f"{stem} row {number}", tuple(entry for entry in entries if entry is not None), problems)


def _entry(name: str, cell: str, place: str) -> Entry | None:
    read = written(cell)
    return None if read is None else Entry(name[:MAX_NAME], read.content, place, read.repairs, read.links, cell[:2000])


def _long(layout: _Layout, rows: Iterator[list[str]], stem: str) -> Iterator[HandIn]:
    """A row a number. All people are held until the table is at its end, or one by one once it is large."""
    held: dict[str, list[Entry]] = {}
    size = 0
    for number, row in enumerate(rows, start=2):
        person = (row[layout.person] if layout.person is not None and layout.person < len(row) else "")[:MAX_NAME] or stem
        if person not in held and size > MAX_FILE:
            yield from _done(held)
            held, size = {}, 0
        entry = _long_entry(layout, row, number)
        if entry is not None:
            held.setdefault(person, []).append(entry)
            size += sum(map(len, row)) + 200
    yield from _done(held)


def _done(held: dict[str, list[Entry]]) -> Iterator[HandIn]:
    for person, entries in held.items():
        if len(entries) > MAX_ANSWERS:
            yield HandIn(person, (), (f"{len(entries):,} rows are refused; one person may have {MAX_ANSWERS:,}.",))
        else:
            yield HandIn(person, tuple(entries))


def _long_entry(layout: _Layout, row: list[str], number: int) -> Entry | None:
    if max(layout.quantity or 0, layout.value or 0) >= len(row):
        return Entry(row[0][:MAX_NAME], Unread(f"row {number} has too few cells."), f"row {number}")
    index = [row[k] for k in layout.index if k < len(row) and row[k]]
    name = row[layout.quantity or 0] + (f"[{','.join(index)}]" if index else "")
    return _entry(name, row[layout.value or 0], f"row {number}")
