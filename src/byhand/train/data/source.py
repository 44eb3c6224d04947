"""What a training loop draws from: chunks of samples with the rows that each step sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from byhand.train.data.limits import Array
from byhand.train.data.order import Order, order


class Chunk(NamedTuple):
    """Some steps of an epoch.

    ``arrays``: by input name, each (rows, …), C-contiguous floats; ``order``: the rows of ``arrays`` that each step sees, and, in the last
    chunk of an epoch, those that make no whole batch; ``first``: the number of the first step in the epoch, from 0.
    """

    arrays: Mapping[str, Array]
    order: Order
    first: int = 0


class Source(Protocol):
    """Samples in random order: the same for a seed and an epoch, and from any step on."""

    @property
    def rows(self) -> int:
        """How many samples an epoch has."""
        ...

    def chunks(self, seed: int, epoch: int, batch: int, first: int = 0) -> Iterator[Chunk]:
        """An epoch from step ``first`` on. ``ByhandError`` where a batch is larger than the data."""
        ...

    def in_order(self, rows: int) -> Iterator[Mapping[str, Array]]:
        """All samples from front to end, at most so many at a time."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """Arrays that are there as a whole: an epoch is one chunk, in which only the order is new.

    ``part`` are the rows that are used, sorted; ``given`` are arrays that belong to no sample.
    """

    arrays: Mapping[str, Array]
    part: Array | None = None
    given: Mapping[str, Array] | None = None

    @property
    def rows(self) -> int:
        return len(next(iter(self.arrays.values()))) if self.part is None else len(self.part)

    def chunks(self, seed: int, epoch: int, batch: int, first: int = 0) -> Iterator[Chunk]:
        steps, rest = order(self.rows, batch, seed, epoch)
        if self.part is not None:
            steps, rest = self.part[steps], self.part[rest]
        yield Chunk({**self.arrays, **(self.given or {})}, Order(steps[first:], rest), first)

    def in_order(self, rows: int) -> Iterator[Mapping[str, Array]]:
        for start in range(0, self.rows, rows):
            some = slice(start, start + rows) if self.part is None else self.part[start : start + rows]
            yield {**{name: array[some] for name, array in self.arrays.items()}, **(self.given or {})}
