"""The machine of the first process, whose every call the other processes take part in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from byhand.compile.engines.machine import Order, Values
from byhand.run.arrays import Array
from byhand.train.distributed.sharded import Rows, Sharded
from byhand.train.distributed.talk import Word, hear, tell

BEGIN, STEPS, VALUES, END = "begin", "steps", "values", "end"


@dataclass(slots=True)
class Leading:
    """See ``byhand.compile.engines.machine.Machine``: for the first process. Batches of several sizes share ``sharded``.

    ``known``: the values as they were when they last came from the devices; where the loop has changed them since, all get the new ones.
    """

    sharded: Sharded
    known: dict[str, Array] = field(default_factory=dict[str, Array])
    engine: str = "jax"

    def epoch(self, values: Values, data: Mapping[str, Any], order: Order, rates: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        names = [one.name for one in self.sharded.step.kept]
        if any(name not in self.known or not np.array_equal(self.known[name], values[name], equal_nan=True) for name in names):
            own = {name: np.asarray(values[name], dtype=self.sharded.dtype) for name in names}
            tell(Word(VALUES, arrays=own))
            self.sharded.put(own)
        tell(Word(STEPS, numbers={"first": first}, arrays={"order": np.asarray(order, dtype=np.int64), "rates": np.asarray(rates, dtype=np.float64)}))
        losses = self.sharded.run(data, order, rates, first)
        for name, array in self.sharded.whole().items():
            values[name][...] = array
            self.known[name] = values[name].copy()
        return losses


def dismiss() -> None:
    """Tell the other processes that there is nothing more to do."""
    tell(Word(END))


def follow(sharded: Sharded, data: Mapping[str, Rows]) -> None:
    """For the other processes: take part in every step until there are no more."""
    while True:
        word = hear()
        if word.kind == VALUES:
            sharded.put(word.arrays)
        elif word.kind == STEPS:
            sharded.run(data, word.arrays["order"], word.arrays["rates"], word.numbers["first"])
            sharded.whole()
        else:
            return
