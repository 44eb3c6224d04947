"""CSV as people have it: a table of numbers in text, one column of which may be names of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from byhand.lang.errors import ByhandError
from byhand.train.data.columns import Roles, roles, unique
from byhand.train.data.csv_careful import Columns, Recipe, TextInTarget, careful, line_of
from byhand.train.data.csv_fast import fast
from byhand.train.data.labels import Target, Task, decided, recoded
from byhand.train.data.reading import Reading
from byhand.train.data.sniff import MISSING, Dialect, cells, sniffed, value
from byhand.train.data.stores import Held
from byhand.train.data.table import Table
from byhand.train.data.text import TextFile, text_file

_SAMPLE, _SAMPLE_LINES = 1 << 16, 8
_ROW_NAMES = frozenset(["", "id", "index", "row", "no", "nr", "unnamed: 0"])
"""What a column is called that numbers the rows; it is left out if it does."""


def read_csv(path: Path, reading: Reading) -> Table:
    """A table of the numbers in a text file; ``ByhandError`` names the line and column of what is wrong in it."""
    file, dialect, body = _front(path, reading)
    ignored, left_out = _ignored(dialect, body)
    dialect, renamed = _named(dialect)
    found = roles(path.name, dialect.names, dialect.width, reading.target, reading.features, reading.labelled, ignored)
    recipe, read = _read(_recipe(file, dialect, found, body, reading))
    if not len(read.features):
        raise ByhandError(f"{path.name} has lines without any entry and no rows: a table has a row for each sample.")
    return _table(recipe, read, reading).with_remarks(*renamed, *left_out)


def read_labels(path: Path, reading: Reading, count: int) -> Target:
    """The target alone, from a text file with one in each line or in one of its columns; a line more than ``count`` is a header."""
    file, dialect, body = _front(path, reading)
    dialect, _ = _named(dialect)
    column = 0 if dialect.width == 1 else reading.target
    wanted = roles(path.name, dialect.names, dialect.width + 1, column, (dialect.width,), labelled=True).target
    recipe, read = _read(_recipe(file, dialect, Roles((), wanted), body, reading))
    if read.target is not None and len(read.target) == count + 1 and dialect.names is None:
        return read_labels(path, replace(reading, header=True), count)
    found = _target(recipe, read, reading, f"the target in {path.name}")
    assert found is not None
    return found


def _front(path: Path, reading: Reading) -> tuple[TextFile, Dialect, list[list[str]]]:
    """How a file is written, and the first of its rows; ``ByhandError`` where it has none."""
    file = text_file(path)
    with file.lines() as lines:
        sample = lines.some(_SAMPLE, _SAMPLE_LINES)
    dialect = sniffed(sample, reading.delimiter, reading.decimal, reading.header)
    body = [row for row in cells(sample[dialect.first :], dialect.delimiter) if any(row)]
    if not any(map(str.strip, sample[dialect.first :])):
        raise ByhandError(f"{path.name} {'has names of columns and no rows' if dialect.names else 'is empty'}: a table has a row for each sample.")
    return file, dialect, body


def _recipe(file: TextFile, dialect: Dialect, found: Roles, body: Sequence[Sequence[str]], reading: Reading) -> Recipe:
    texts = _is_text(dialect, found, body, reading.task)
    return Recipe(file, dialect, found, reading.dtype, texts, open=not texts and len(found.target) == 1 and reading.task != "regression")


def _named(dialect: Dialect) -> tuple[Dialect, tuple[str, ...]]:
    """A name of its own for each column."""
    if dialect.names is None:
        return dialect, ()
    names, remarks = unique((*dialect.names, *[""] * (dialect.width - len(dialect.names)))[: dialect.width])
    return replace(dialect, names=names), remarks


def _ignored(dialect: Dialect, body: Sequence[Sequence[str]]) -> tuple[frozenset[int], tuple[str, ...]]:
    """Columns that are no features: one that holds nothing, one that numbers the rows."""
    ignored: set[int] = set()
    remarks: list[str] = []
    last, names = dialect.width - 1, dialect.names
    if last > 0 and all(len(row) == dialect.width and not row[last] for row in body) and (names is None or len(names) <= last or not names[last]):
        ignored.add(last)
        remarks.append("The last column is empty and left out.")
    counted = [str(k) for k in range(len(body))], [str(k) for k in range(1, len(body) + 1)]
    if last > 0 and names is not None and names[0].lower() in _ROW_NAMES and [row[0] for row in body] in counted:
        ignored.add(0)
        remarks.append(f"The first column{f' ({names[0]})' if names[0] else ''} numbers the rows and is left out.")
    return frozenset(ignored), tuple(remarks)


def _is_text(dialect: Dialect, found: Roles, body: Sequence[Sequence[str]], task: Task | None) -> bool:
    """Whether the target is names of classes."""
    if len(found.target) != 1 or task == "regression":
        return False
    written = [row[found.target[0]] for row in body if len(row) == dialect.width]
    return any(cell.lower() not in MISSING and value(cell, dialect.decimal) != value(cell, dialect.decimal) for cell in written)


def _read(recipe: Recipe) -> tuple[Recipe, Columns]:
    """At the speed of NumPy's reader where all is well; else cell by cell, which says what is not."""
    found = fast(recipe)
    if found is not None:
        return recipe, found
    try:
        return recipe, careful(recipe)
    except TextInTarget:
        recipe = replace(recipe, texts=True, open=False)
        return recipe, careful(recipe)


def _table(recipe: Recipe, read: Columns, reading: Reading) -> Table:
    names, wanted = recipe.dialect.names, recipe.roles
    every = names or [f"column {k + 1}" for k in range(recipe.dialect.width)]
    what = ", ".join(every[k] for k in wanted.target)
    found = _target(recipe, read, reading, f"the target {what} of {recipe.file.name}")
    remarks = (f"Read {recipe.file.name}: {recipe.dialect.described()}.", *wanted.remarks, *read.remarks)
    table = Table(recipe.file.name, {"X": Held(read.features)}, columns=tuple(every[k] for k in wanted.features), remarks=remarks)
    return table if found is None else replace(table, target=found.values, target_name=what, classes=found.classes)


def _target(recipe: Recipe, read: Columns, reading: Reading, what: str) -> Target | None:
    if read.target is None:
        return None

    def where(row: int) -> str:
        return f"line {line_of(recipe, row)} of {recipe.file.name}"

    if read.labels is not None:
        return recoded(read.target, read.labels, reading.classes, where, what)
    return decided(read.target, reading.classes, reading.task, where, what)
