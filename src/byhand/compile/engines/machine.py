"""What an engine offers, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from byhand.run.arrays import Array

Values: TypeAlias = "dict[str, Array]"
"""Parameters and states by name: C-contiguous arrays of the machine's type."""
Order: TypeAlias = NDArray[np.int64]


class Runner(Protocol):
    """A program made ready for certain sizes: inputs by name in, results in the program's order out, as arrays of the engine's type."""

    @property
    def engine(self) -> str: ...
    def __call__(self, inputs: Mapping[str, Any]) -> list[Array]: ...


class Machine(Protocol):
    """A step of training made ready for a batch of one size.

    ``epoch`` takes the steps whose rows stand in ``order``, an array of shape (steps, batch) of row numbers of ``data``, whose arrays
    have the samples along the axis that the machine was made for; ``rates`` has the learning rate of each step and ``first`` is the
    number of the first one, from 1. ``values`` are changed in place, so that machines for several batch sizes can share them.
    Returns the loss of each step, before its update, as 64-bit floats of shape (steps,). The same arguments give the same bits.
    """

    @property
    def engine(self) -> str: ...
    def epoch(self, values: Values, data: Mapping[str, Array], order: Order, rates: NDArray[np.float64], first: int) -> NDArray[np.float64]: ...
