"""Data brought into the shapes that a sheet declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from byhand.lang.english import listed
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Var
from byhand.lang.sizes import Poly, shape_text
from byhand.train.data.stores import Grouped, Store, reshaped, shape_of, some_columns
from byhand.train.data.table import Table

Dim: TypeAlias = int | str
"""A size: a number, or a letter that stands for any."""
_NAMED = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sheet says of one sample of a quantity: its shape without the axis of samples, and the line that declares it."""

    name: str
    dims: tuple[Dim, ...]
    line: int | None = None

    def said(self) -> str:
        """For messages: ``X takes 64 numbers a sample (line 3 of the sheet)``."""
        line = f" (line {self.line} of the sheet)" if self.line is not None else ""
        if not self.dims:
            return f"{self.name} takes one number a sample{line}"
        return (
            f"{self.name} takes {self.dims[0]} numbers a sample{line}"
            if len(self.dims) == 1
            else f"{self.name} takes samples of shape {shape_text(_sizes(self.dims))}{line}"
        )


def wanted(quantity: Var, batch: str, line: int | None = None) -> Wanted:
    """What a quantity of a model takes of each sample; ``batch`` is the letter of the axis of samples."""
    dims = [Poly.of(axis) for axis in quantity.shape if str(axis) != batch]
    return Wanted(quantity.name, tuple(str(axis) if axis.constant is None else int(axis.constant) for axis in dims), line)


def matched(table: Table, inputs: Sequence[Wanted]) -> dict[str, Store]:
    """The arrays of a table under the names of a sheet's inputs and in their shapes.

    Each is the array of its name, or the only one, or, for an input of one number a sample, the column of its name. ``ShapeError`` says what
    the data have and what the sheet takes.
    """
    return {one.name: _fitted(table, one, found) for one, found in zip(inputs, _stores(table, inputs))}


def _sizes(dims: tuple[Dim, ...]) -> tuple[int | Poly, ...]:
    return tuple(Poly.letter(one) if isinstance(one, str) else one for one in dims)


def _stores(table: Table, inputs: Sequence[Wanted]) -> list[Store]:
    """The array for each input: of its name, the only one, or the column of its name."""
    if all(one.name in table.stores for one in inputs):
        return [table.stores[one.name] for one in inputs]
    if len(table.stores) == 1:
        by_column = [table.columns.index(one.name) if one.name in table.columns and one.dims in ((), (1,)) else -1 for one in inputs]
        if -1 not in by_column and (len(inputs) > 1 or len(table.columns) > 1):
            return [some_columns(table.store, [k]) for k in by_column]
        if len(inputs) == 1:
            return [table.store]
    names = listed(one.name for one in inputs)
    has = listed(table.stores) if len(table.stores) > 1 or not table.columns else f"the columns {', '.join(table.columns[:_NAMED])}"
    raise ByhandError(f"the sheet takes {names}, but {table.name} has {has}: hand over an array of each name (NPZ), or columns called so.")


def _fitted(table: Table, one: Wanted, store: Store) -> Store:
    have = shape_of(store)[1:]
    dims = fitting(have, one.dims)
    if dims is None:
        raise ShapeError(f"{table.name} has {_has(table, have)}, but {one.said()}{_mends(table, have, one)}")
    return store if dims == have and not isinstance(store, Grouped) else reshaped(store, dims)


def fitting(have: tuple[int, ...], want: tuple[Dim, ...]) -> tuple[int, ...] | None:
    """The sizes of one sample as the sheet wants it, or ``None``.

    Samples are reshaped only where there is one way to do it: from or to a single axis, or by axes of size 1; a letter of the sheet may
    stand for the one size that is left.
    """
    letters = {one for one in want if isinstance(one, str)}
    if len(have) == len(want):
        bound: dict[str, int] = {}
        if all((bound.setdefault(axis, size) if isinstance(axis, str) else axis) == size for axis, size in zip(want, have)):
            return have
    if len(letters) > 1:
        return None
    for size in _solutions(prod(have), prod(one for one in want if isinstance(one, int)), sum(isinstance(one, str) for one in want)):
        dims = tuple(size if isinstance(one, str) else one for one in want)
        if len(have) <= 1 or len(dims) <= 1 or _thick(have) == _thick(dims):
            return dims
    return None


def _solutions(entries: int, known: int, unknown: int) -> list[int]:
    """The size that a letter has so that the entries fit; where there is no letter, whether they do."""
    if not unknown:
        return [0] if entries == known else []
    size = round((entries / known) ** (1 / unknown)) if known else 0
    return [size] if known * size**unknown == entries else []


def _thick(dims: tuple[int, ...]) -> list[int]:
    return [size for size in dims if size != 1]


def _has(table: Table, have: tuple[int, ...]) -> str:
    if len(have) != 1:
        return f"samples of shape {shape_text(have)}"
    names = table.columns if len(table.columns) == have[0] else ()
    shown = f" ({', '.join(names if len(names) <= _NAMED else (*names[: _NAMED - 1], '…', names[-1]))})" if names and not names[0].startswith("column ") else ""
    return f"{have[0]} column{'s' * (have[0] != 1)} of features{shown}"


def _mends(table: Table, have: tuple[int, ...], one: Wanted) -> str:
    sizes = [size for size in one.dims if isinstance(size, int)]
    if len(have) == 1 and len(one.dims) == 1 and sizes and have[0] == sizes[0] + 1:
        return f": is one of the columns the target, or a number of the row? The target here is {table.target_name or 'none'}."
    if len(have) > 1 and sorted(have) == sorted(sizes) and len(sizes) == len(one.dims):
        return ": bring the axes into the sheet's order (numpy.moveaxis) first."
    if len(have) == 1 and len(one.dims) == 1:
        return ": change the shape on the sheet, or say which columns are features."
    return ": reshape the data, or declare their shape on the sheet."
