"""Samples by their row numbers, so that each process reads those that its devices need and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from byhand.train.data.limits import Array
from byhand.train.data.order import Order
from byhand.train.data.source import Chunk, InMemory, Source
from byhand.train.data.stores import Grouped, Held, Mapped, Store, read, shape_of, spans
from byhand.train.data.stream import Streamed

ROW = "row"


def rows_of(store: Store, rows: Array) -> Array:
    """These rows, in this order; of a file no more than it takes to have them."""
    match store:
        case Held(array):
            return array[rows]
        case Mapped(array, _, dims):
            found = np.asarray(array[rows]).reshape(-1, *dims)
            store.let_go()
            return found
        case Grouped():
            return _of_groups(store, rows)


def _of_groups(store: Grouped, rows: Array) -> Array:
    """Row group by row group, each read once."""
    found: Array = np.empty((len(rows), *shape_of(store)[1:]))
    for start, stop in spans([store], 1):
        inside = (rows >= start) & (rows < stop)
        if inside.any():
            found[inside] = read(store, start, stop)[rows[inside] - start]
    return found


@dataclass(slots=True)
class FromFiles:
    """The arrays of a streamed source, by row number. What was asked for last is kept: all inputs of a step are asked for one after another."""

    streamed: Streamed
    asked: Array = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    found: Mapping[str, Array] = field(default_factory=dict[str, Array])

    def take(self, rows: Array) -> Mapping[str, Array]:
        """(rows, …) by input name."""
        if not self.found or not np.array_equal(rows, self.asked):
            blocks = {name: rows_of(store, rows) for name, store in self.streamed.stores.items()}
            self.asked, self.found = rows, self.streamed.make(blocks, rows)
        return self.found


@dataclass(frozen=True, slots=True)
class OneInput:
    """One array of them; see ``byhand.train.distributed.sharded.Rows``."""

    of: FromFiles
    name: str
    shape: tuple[int, ...]

    def __getitem__(self, rows: Any) -> Array:
        return self.of.take(np.asarray(rows))[self.name]

    def take(self, rows: Any, axis: int = 0) -> Array:
        """These rows; samples are the first axis of what is read from files."""
        assert axis == 0
        return self[rows]


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """The order of a streamed source, in numbers of rows: the same batches, without reading a row of them."""

    streamed: Streamed
    arrays: Mapping[str, Any]

    @property
    def rows(self) -> int:
        return self.streamed.rows

    def chunks(self, seed: int, epoch: int, batch: int, first: int = 0) -> Iterator[Chunk]:
        numbers = replace(self.streamed, stores={}, make=_numbers, given={})
        for chunk in numbers.chunks(seed, epoch, batch, first):
            row = chunk.arrays[ROW]
            yield Chunk(self.arrays, Order(row[chunk.order.steps], row[chunk.order.rest]), chunk.first)

    def in_order(self, rows: int) -> Iterator[Mapping[str, Array]]:
        return self.streamed.in_order(rows)


def _numbers(blocks: Mapping[str, Array], rows: Array) -> Mapping[str, Array]:
    return {ROW: rows}


def by_number(source: Source) -> tuple[Source, Mapping[str, Any]]:
    """A source with the same batches whose orders are numbers of rows of the same arrays throughout, and these arrays."""
    match source:
        case InMemory(arrays, _, given):
            return source, {**arrays, **(given or {})}
        case Streamed():
            rows = 1 + max(int(piece[-1]) for piece in source.pieces)
            own = FromFiles(source)
            one = own.take(np.asarray(source.pieces[0])[:1])
            arrays = {name: OneInput(own, name, (rows, *array.shape[1:])) for name, array in one.items()} | dict(source.given)
            return Numbered(source, arrays), arrays
        case _:
            raise TypeError(type(source))
