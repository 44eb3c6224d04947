"""Columns of a Parquet file, read row group by row group."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import MAX_COLUMNS, Array, reason

_NUMBERS = ("int", "uint", "float", "double", "halffloat", "bool", "decimal")


@dataclass(frozen=True, slots=True, eq=False)
class ParquetColumns:
    """Some columns of a file. ``starts`` is the first row of each row group, and the number of all rows at the end."""

    path: Path
    file: Any
    names: tuple[str, ...]
    starts: tuple[int, ...]

    def read(self, start: int, stop: int) -> Array:
        """Rows from ``start`` to before ``stop``, (rows, columns) in float64; missing entries are NaN."""
        first = max(0, bisect_right(self.starts, start) - 1)
        groups = [k for k in range(first, len(self.starts) - 1) if self.starts[k] < stop]
        rows = self._group(groups[0]) if len(groups) == 1 else np.concatenate([np.empty((0, len(self.names))), *map(self._group, groups)])
        return rows[start - self.starts[first] : stop - self.starts[first]]

    def _group(self, group: int) -> Array:
        """Column by column, so that only one is there twice."""
        out = np.empty((self.starts[group + 1] - self.starts[group], len(self.names)))
        for k, name in enumerate(self.names):
            out[:, k] = _floats(self.file.read_row_group(group, columns=[name], use_threads=False).column(0))
        return out

    def entries(self, name: str) -> list[Any]:
        """One column as Python objects; ``None`` where an entry is missing."""
        return self.file.read(columns=[name], use_threads=False).column(name).to_pylist()

    def numeric(self, name: str) -> bool:
        """Whether the column holds numbers."""
        return str(self.file.schema_arrow.field(name).type).startswith(_NUMBERS)

    def kind(self, name: str) -> str:
        """The type of a column in Parquet's words."""
        return str(self.file.schema_arrow.field(name).type)

    def only(self, names: Sequence[str]) -> ParquetColumns:
        """The same file with other columns."""
        return ParquetColumns(self.path, self.file, tuple(names), self.starts)


def parquet(path: Path) -> ParquetColumns:
    """All columns of a file; ``ByhandError`` without pyarrow, or where the file is none that it reads."""
    if find_spec("pyarrow") is None:
        raise ByhandError(f"reading {path.name} takes pyarrow, which is not installed: pip install byhand[parquet].")
    arrow, reader = import_module("pyarrow"), import_module("pyarrow.parquet")
    try:
        file = reader.ParquetFile(path)
    except (arrow.ArrowException, OSError) as problem:
        raise ByhandError(f"{path.name} is not a whole Parquet file: {reason(problem)}.") from None
    names = tuple(file.schema_arrow.names)
    if len(names) > MAX_COLUMNS:
        raise ByhandError(f"{path.name} has {len(names):,} columns; more than {MAX_COLUMNS:,} are refused.")
    groups = (file.metadata.row_group(k).num_rows for k in range(file.metadata.num_row_groups))
    return ParquetColumns(path, file, names, tuple(accumulate(groups, initial=0)))


def _floats(column: Any) -> Array:
    found = column.cast("float64") if str(column.type).startswith(("decimal", "bool", "half")) else column
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)
