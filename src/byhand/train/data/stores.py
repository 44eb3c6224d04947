"""Where the rows of one array are: in memory, in a file that is mapped into memory, or in the row groups of a Parquet file."""

from __future__ import annotations

import mmap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import TypeAlias

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import BLOCK, Array, memory, size_text
from byhand.train.data.parquet import ParquetColumns

Span: TypeAlias = tuple[int, int]
"""The first row, and the one after the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """An array (rows, …) in memory."""

    array: Array


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """An array (rows, …) that lies in a file, each of its rows in the shape ``dims``. What has been read is let go of again: memory stays flat."""

    array: Array
    pages: mmap.mmap
    dims: tuple[int, ...]

    def let_go(self) -> None:
        """Windows has no way to say so, and takes pages back by itself."""
        advise = getattr(self.pages, "madvise", None)
        if advise is not None:
            advise(mmap.MADV_DONTNEED)


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Columns of a Parquet file as an array (rows, columns), or (rows,) for one column that is wanted flat."""

    columns: ParquetColumns
    shape: tuple[int, ...]


Store: TypeAlias = "Held | Mapped | Grouped"


def shape_of(store: Store) -> tuple[int, ...]:
    """With the rows in front."""
    match store:
        case Held(array):
            return array.shape
        case Mapped(array, _, dims):
            return (len(array), *dims)
        case Grouped(_, shape):
            return shape


def bytes_of(store: Store) -> int:
    """What the whole array takes in memory."""
    return prod(store.shape) * 8 if isinstance(store, Grouped) else store.array.nbytes


def whole(store: Store) -> Array:
    """The array; mapped where it lies in a file. ``ByhandError`` where it has first to be read and there is no room for it."""
    match store:
        case Held(array):
            return array
        case Mapped(array, _, dims):
            return array.reshape(-1, *dims)
        case Grouped(columns, shape):
            if (size := bytes_of(store)) > memory():
                raise ByhandError(f"{columns.path.name} would take {size_text(size)}, more than there is memory: it can be trained on, piece by piece.")
            return columns.read(0, shape[0]).reshape(shape)


def read(store: Store, start: int, stop: int) -> Array:
    """Rows from ``start`` to before ``stop``, in memory."""
    match store:
        case Held(array):
            return array[start:stop]
        case Mapped(array, _, dims):
            found = np.array(array[start:stop], order="C").reshape(-1, *dims)
            store.let_go()
            return found
        case Grouped(columns, shape):
            return columns.read(start, stop).reshape(-1, *shape[1:])


def spans(stores: Collection[Store], row_bytes: int, size: int = BLOCK) -> list[Span]:
    """All rows from front to end in pieces that are read well: row groups where there are some, else about ``size`` bytes."""
    for store in stores:
        if isinstance(store, Grouped):
            return list(pairwise(store.columns.starts))
    rows = shape_of(next(iter(stores)))[0]
    step = max(1, size // max(1, row_bytes))
    return [(start, min(rows, start + step)) for start in range(0, rows, step)]


def blocks(store: Store) -> Iterator[tuple[int, Array]]:
    """The rows piece by piece, each with the number of its first row."""
    for start, stop in spans([store], _reach(store)):
        yield start, read(store, start, stop)


def _reach(store: Store) -> int:
    """The bytes that are passed over on reading a row: more than it has where other columns stand between."""
    here = bytes_of(store) // max(1, shape_of(store)[0])
    return here if isinstance(store, Grouped) else max(here, abs(store.array.strides[0]))


def reshaped(store: Store, dims: tuple[int, ...]) -> Store:
    """Each row in another shape of as many entries."""
    match store:
        case Held(array):
            return Held(array.reshape(len(array), *dims))
        case Mapped(array, pages, _):
            return Mapped(array, pages, dims)
        case Grouped(columns, shape):
            return Grouped(columns, (shape[0], *dims))


def some_columns(store: Store, wanted: Sequence[int]) -> Store:
    """Some columns of an array (rows, columns), a view where they stand side by side."""
    if isinstance(store, Grouped):
        return Grouped(store.columns.only([store.columns.names[k] for k in wanted]), (store.shape[0], len(wanted)))
    if list(wanted) != list(range(wanted[0], wanted[-1] + 1)):
        return Held(store.array[:, list(wanted)])
    view = store.array[:, wanted[0] : wanted[-1] + 1]
    return Mapped(view, store.pages, view.shape[1:]) if isinstance(store, Mapped) else Held(view)


def mapped(path: Path, shape: tuple[int, ...], dtype: np.dtype[np.generic], offset: int, columns_first: bool) -> Mapped:
    """The array that lies in a file from ``offset`` on."""
    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return Mapped(np.ndarray(shape, dtype, pages, offset, order="F" if columns_first else "C"), pages, shape[1:])
