"""An array that rows are added to."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import Array, memory, size_text

_START = 1 << 12


class Growing:
    """Rows of one width, in one array that grows by a quarter where it is full."""

    __slots__ = ("_array", "_name", "rows")

    def __init__(self, name: str, width: int, dtype: DTypeLike) -> None:
        self._name = name
        self._array = np.empty((0, width), dtype=dtype)
        self.rows = 0

    def add(self, block: Array) -> None:
        """Rows put below those that are there; ``ByhandError`` where they would not fit into memory."""
        wanted = self.rows + len(block)
        if wanted > len(self._array):
            self._grow(max(wanted, len(self._array) * 5 // 4, min(_START, 4 * wanted)))
        self._array[self.rows : wanted] = block
        self.rows = wanted

    @property
    def width(self) -> int:
        """The columns."""
        return self._array.shape[1]

    def _grow(self, rows: int) -> None:
        width = self._array.shape[1]
        if rows * width * self._array.itemsize > memory():
            size = size_text(rows * width * self._array.itemsize)
            raise ByhandError(f"{self._name} takes {size} as numbers, more than there is memory: save it as NPY or Parquet, which are read in pieces.")
        self._array.resize((rows, width), refcheck=False)  # in place, where the system can

    def done(self) -> Array:
        """All rows, (rows, width)."""
        self._array.resize((self.rows, self._array.shape[1]), refcheck=False)
        return self._array
