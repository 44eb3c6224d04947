"""Data larger than memory: blocks of rows in random order, shuffled a few megabytes at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod
from typing import TypeAlias

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import CHUNK, IN_MEMORY, SHUFFLED, Array
from byhand.train.data.order import Order, dealt, generator
from byhand.train.data.source import Chunk
from byhand.train.data.stores import Held, Store, read, shape_of, spans

Make: TypeAlias = Callable[[Mapping[str, Array], Array], Mapping[str, Array]]
"""Makes of rows of the features, by name, and the numbers of these rows in the table what the model takes, each (rows, …) floats."""
Piece: TypeAlias = "range | Array"
"""The rows of a block that are used, sorted."""
_NONE = np.empty(0, dtype=np.int64)


def streams(stores: Mapping[str, Store], limit: int = IN_MEMORY) -> bool:
    """Whether data are better streamed: in files, and more than ``limit`` bytes as floats."""
    size = sum(prod(shape_of(store)) * 8 for store in stores.values())
    return any(not isinstance(store, Held) for store in stores.values()) and size > limit


def streamed(
    stores: Mapping[str, Store], make: Make, *, part: Array | None = None, given: Mapping[str, Array] | None = None, itemsize: int = 8, chunk: int = CHUNK
) -> Streamed:
    """A source that reads features piece by piece.

    ``part`` are the rows that are used, sorted, as of :func:`byhand.train.data.split.split`; ``given`` are arrays that belong to no sample;
    ``itemsize`` is that of the numbers that ``make`` makes; about ``chunk`` bytes are in memory at a time.
    """
    row_bytes = max(1, sum(prod(shape_of(store)[1:]) for store in stores.values()) * itemsize)
    cuts = [(start, stop) for start, stop in spans(stores.values(), row_bytes, SHUFFLED) if start < stop]
    if part is None:
        pieces: list[Piece] = [range(start, stop) for start, stop in cuts]
    else:
        ends = np.searchsorted(part, [start for start, _ in cuts] + [cuts[-1][1]]).tolist()
        pieces = [part[start:stop] for start, stop in pairwise(ends) if start < stop]
    return Streamed(stores, make, tuple(pieces), given or {}, max(1, chunk // row_bytes), sum(map(len, pieces)))


@dataclass(frozen=True, slots=True, eq=False)
class Streamed:
    """Rows in files, of which a chunk at a time is in memory; ``pieces`` are the rows of each block.

    Each epoch takes the blocks in random order, fills a pool with as many as fit, and shuffles the rows in it. So every row comes once an
    epoch, and the rows of a batch are a random sample of the blocks of one pool, not of all rows: rows that are neighbours in the file meet
    more often than chance would have it. Where neighbours are no more alike than other rows, that changes nothing. Where they are all alike,
    as in a file sorted by class, a batch has the variance of a sample of as many rows as the pool has blocks: shuffle such a file once.
    What a pool leaves over begins the next one, so that only the last batch of an epoch is not whole. The order depends on the seed, the
    epoch, the batch, and the sizes of blocks and pools.
    """

    stores: Mapping[str, Store]
    make: Make
    pieces: tuple[Piece, ...]
    given: Mapping[str, Array]
    pool: int
    rows: int = field(default=0)

    def chunks(self, seed: int, epoch: int, batch: int, first: int = 0) -> Iterator[Chunk]:
        pools = self._pools(seed, epoch, batch)
        kept: Mapping[str, Array] = {}
        left = step = 0
        for place, pieces in enumerate(pools):
            size = left + _count(pieces)
            steps, last = size // batch, place == len(pools) - 1
            if step + steps > first or last:
                if left and not kept:
                    kept = self._tail(pools[place - 1], generator(seed, epoch, place), left)
                arrays = self._read(pieces, kept, left)
                mixed = left + generator(seed, epoch, place + 1).permutation(size - left)
                found = dealt(np.concatenate([np.arange(left), mixed]), batch)
                kept = {} if last else {name: array[found.rest] for name, array in arrays.items()}
                yield Chunk({**arrays, **self.given}, Order(found.steps[max(0, first - step) :], found.rest if last else _NONE), max(first, step))
                del arrays
            step, left = step + steps, size - steps * batch

    def in_order(self, rows: int) -> Iterator[Mapping[str, Array]]:
        for piece in self.pieces:
            arrays = self._piece(piece)
            for start in range(0, len(piece), rows):
                yield {**{name: array[start : start + rows] for name, array in arrays.items()}, **self.given}

    def _pools(self, seed: int, epoch: int, batch: int) -> list[list[Piece]]:
        """The blocks in the order of an epoch, as many together as a pool holds, and enough for a batch."""
        if not 1 <= batch <= self.rows:
            raise ByhandError(f"cannot make batches of {batch} rows from data of {self.rows}: choose a batch of at least 1 and at most {self.rows}.")
        found: list[list[Piece]] = [[]]
        count = 0
        for k in generator(seed, epoch).permutation(len(self.pieces)).tolist():
            if count >= batch and count + len(self.pieces[k]) > max(batch, self.pool):
                found.append([])
                count = 0
            found[-1].append(self.pieces[k])
            count += len(self.pieces[k])
        return found

    def _tail(self, pieces: list[Piece], random: np.random.Generator, count: int) -> dict[str, Array]:
        """The last rows of a pool that was not handed out: needed where an epoch goes on in its middle."""
        arrays = self._read(pieces, {}, 0)
        rows = random.permutation(_count(pieces))[-count:]
        return {name: array[rows] for name, array in arrays.items()}

    def _read(self, pieces: list[Piece], kept: Mapping[str, Array], left: int) -> dict[str, Array]:
        """What is left of the pool before, and then the blocks."""
        size, at = left + _count(pieces), left
        arrays: dict[str, Array] = {}
        for piece in pieces:
            for name, rows in self._piece(piece).items():
                if name not in arrays:
                    arrays[name] = np.empty((size, *rows.shape[1:]), dtype=rows.dtype)
                    arrays[name][:left] = kept.get(name, rows[:0])
                arrays[name][at : at + len(piece)] = rows
            at += len(piece)
        return arrays

    def _piece(self, piece: Piece) -> Mapping[str, Array]:
        rows = np.arange(piece.start, piece.stop) if isinstance(piece, range) else piece
        start, stop = int(rows[0]), int(rows[-1]) + 1
        blocks = {name: read(store, start, stop) for name, store in self.stores.items()}
        return self.make(blocks if len(rows) == stop - start else {name: block[rows - start] for name, block in blocks.items()}, rows)


def _count(pieces: list[Piece]) -> int:
    return sum(map(len, pieces))
