"""A table in text read cell by cell, so that what is wrong is named with its line and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike

from byhand.lang.errors import ByhandError
from byhand.train.data.columns import Roles, column_text
from byhand.train.data.grow import Growing
from byhand.train.data.limits import MAX_CELL, Array, most, quoted
from byhand.train.data.sniff import MISSING, Dialect, value
from byhand.train.data.text import Lines, TextFile

_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Features (rows, columns), and as the target either numbers (rows, columns) or codes (rows,) of labels in the order in which they came."""

    features: Array
    target: Array | None
    labels: tuple[str, ...] | None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a file is read: its dialect, what its columns are for, the type of the features, and of what the target consists.

    ``texts``: it is names of classes; ``open``: it is numbers so far, and may turn out to be names.
    """

    file: TextFile
    dialect: Dialect
    roles: Roles
    dtype: DTypeLike
    texts: bool
    open: bool


class TextInTarget(Exception):
    """A target that began as numbers goes on as names of classes."""


@dataclass(slots=True)
class _Missing:
    """How many cells have no number, and where the first is."""

    first: str = ""
    count: int = 0
    dropped: int = 0
    codes: dict[str, int] = field(default_factory=dict[str, int])


def careful(recipe: Recipe) -> Columns:
    """All rows; ``ByhandError`` at the first text among numbers or ragged row, or with the number of missing cells."""
    roles, found = recipe.roles, _Missing()
    features = Growing(recipe.file.name, len(roles.features), recipe.dtype)
    target = Growing(recipe.file.name, len(roles.target), np.float64)
    with recipe.file.lines() as lines:
        pending: list[list[float]] = []
        for number, row in rows(recipe, lines):
            if not any(row):
                found.dropped += bool(recipe.dialect.width > 1)
                continue
            pending.append(_numbers(recipe, found, number, row))
            if len(pending) == _AT_A_TIME:
                _add(pending, features, target)
        _add(pending, features, target)
    if found.count:
        raise ByhandError(_missing_text(recipe.file.name, found))
    dropped = (f"{found.dropped} line{'s' * (found.dropped != 1)} without any entry left out.",) if found.dropped else ()
    if recipe.texts:
        return Columns(features.done(), target.done()[:, 0].astype(np.int32), tuple(found.codes), dropped)
    return Columns(features.done(), target.done() if roles.target else None, None, dropped)


def rows(recipe: Recipe, lines: Lines) -> Iterator[tuple[int, Sequence[str]]]:
    """Each row of numbers with the number of the line in which it begins; ``ByhandError`` for one with more or fewer cells."""
    mark, width = recipe.dialect.delimiter, recipe.dialect.width
    for _ in range(recipe.dialect.first):
        next(lines, None)
    csv.field_size_limit(MAX_CELL)  # for the whole process, so others may have changed it
    reader = ([*line.split()] for line in lines) if mark == " " else csv.reader(lines, delimiter=mark, skipinitialspace=True, strict=True)
    while True:
        number = lines.count + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            what = f"has a cell of more than {MAX_CELL:,} characters" if "field larger" in str(problem) else f"cannot be read: {problem}"
            raise ByhandError(f"line {number} of {recipe.file.name} {what}; is a quotation mark left open, or not doubled?") from None
        if cells and not (width > 1 and len(cells) == 1 and not cells[0].strip()):
            if len(cells) != width:
                raise ByhandError(_ragged(recipe, number, cells))
            yield number, [cell.strip() for cell in cells]


def line_of(recipe: Recipe, index: int) -> int:
    """The line in which the row of this index, from 0, begins."""
    with recipe.file.lines() as lines:
        for number, row in rows(recipe, lines):
            if any(row):
                index -= 1
            if index < 0:
                return number
    raise IndexError(index)


def _ragged(recipe: Recipe, number: int, cells: Sequence[str]) -> str:
    dialect = recipe.dialect
    said = f"line {number} of {recipe.file.name} has {len(cells)} cell{'s' * (len(cells) != 1)}, but {dialect.width} are in the other lines"
    if dialect.delimiter == "," and len(cells) > dialect.width:
        return f"{said}: a text with a comma takes quotation marks, and decimal commas a semicolon between cells."
    return f"{said}: complete it, or leave it out."


def _numbers(recipe: Recipe, found: _Missing, number: int, row: Sequence[str]) -> list[float]:
    """The features and then the target of one row."""
    values = [_number(recipe, found, number, k, row[k], most(recipe.dtype)) for k in recipe.roles.features]
    if recipe.texts:
        label = row[recipe.roles.target[0]]
        if label.lower() in MISSING:
            _note(recipe, found, number, recipe.roles.target[0], label)
        return [*values, found.codes.setdefault(label, len(found.codes))]
    return [*values, *(_number(recipe, found, number, k, row[k], most(np.float64)) for k in recipe.roles.target)]


def _number(recipe: Recipe, found: _Missing, number: int, k: int, cell: str, largest: float) -> float:
    read = value(cell, recipe.dialect.decimal)
    if abs(read) <= largest:
        return read
    if math.isfinite(read):
        where = _where(recipe, number, k)
        raise ByhandError(f"{where}: {cell} is too large for 32-bit floats, which hold numbers up to 3.4e38; scale the column, or train in float64.")
    if math.isnan(read) and cell.lower() not in MISSING:
        if recipe.open and k in recipe.roles.target:
            raise TextInTarget
        raise ByhandError(f"{_where(recipe, number, k)}: {quoted(cell)} is not a number{_mends(recipe, number, k, cell)}")
    _note(recipe, found, number, k, cell)
    return math.nan


def _mends(recipe: Recipe, number: int, k: int, cell: str) -> str:
    if k in recipe.roles.target:
        return ", but numbers are wanted as the target: choose another column, or a sheet for classes."
    if "," in cell and value(cell.replace(".", ""), ",") == value(cell.replace(".", ""), ","):
        return ": write numbers with a decimal point and nothing between thousands."
    if recipe.dialect.assumed and recipe.dialect.names is None and number == recipe.dialect.first + 1:
        return ": if the first line has the names of the columns, say that it is a header."
    return ": only the target may be text; leave the column out, or write it as numbers."


def _note(recipe: Recipe, found: _Missing, number: int, k: int, cell: str) -> None:
    found.count += 1
    if not found.first:
        found.first = f"{_where(recipe, number, k)}: {quoted(cell) if cell else 'empty'}"


def _where(recipe: Recipe, number: int, k: int) -> str:
    return f"line {number} of {recipe.file.name}, {column_text(k, recipe.dialect.names)}"


def _missing_text(name: str, found: _Missing) -> str:
    many = f"{found.count} cells of {name} have no number; the first is in" if found.count > 1 else f"one cell of {name} has no number,"
    return f"{many} {found.first}. Fill them in, or leave those rows out." if found.count > 1 else f"{many} {found.first}. Fill it in, or leave the row out."


def _add(pending: list[list[float]], features: Growing, target: Growing) -> None:
    if pending:
        block = np.array(pending)
        width = features.width
        features.add(block[:, :width])
        target.add(block[:, width:])
        pending.clear()
