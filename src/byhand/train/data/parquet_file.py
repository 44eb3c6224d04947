"""Tables from Parquet files, read at once where they are small and row group by row group where they are not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.train.data.arrays import target_of
from byhand.train.data.columns import roles, unique
from byhand.train.data.finite import refuse_spoilt, rows_agree
from byhand.train.data.limits import IN_MEMORY, MAX_GROUP, Array, size_text
from byhand.train.data.parquet import ParquetColumns, parquet
from byhand.train.data.reading import Reading
from byhand.train.data.stores import Grouped, Held, Store, bytes_of
from byhand.train.data.table import Table


def read_parquet(path: Path, reading: Reading) -> Table:
    """Columns of numbers as features, one of numbers or texts as the target."""
    file = parquet(path)
    names, renamed = unique(file.names)
    found = roles(path.name, names, len(names), reading.target, reading.features, reading.labelled)
    for k in found.features:
        if not file.numeric(file.names[k]):
            raise ByhandError(f"the column {names[k]} of {path.name} holds {file.kind(file.names[k])}, no numbers: leave it out, or write it as numbers.")
    columns = file.only([file.names[k] for k in found.features])
    store: Store = Grouped(columns, (file.starts[-1], len(columns.names)))
    rows_agree({"X": store}, None, path.name)
    if bytes_of(store) <= IN_MEMORY:
        store = Held(columns.read(0, file.starts[-1]))
    else:
        _refuse_large_groups(columns)
    used = tuple(names[k] for k in found.features)
    refuse_spoilt(store, path.stem, used)
    table = Table(path.name, {"X": store}, columns=used, remarks=(*found.remarks, *renamed))
    if not found.target:
        return table
    what = ", ".join(names[k] for k in found.target)
    aim = target_of(_target(file, [file.names[k] for k in found.target]), reading.classes, reading.task, what)
    return replace(table, target=aim.values, target_name=what, classes=aim.classes)


def _refuse_large_groups(columns: ParquetColumns) -> None:
    """A row group is read as a whole: it has to be small if memory is to stay flat."""
    rows = max(stop - start for start, stop in pairwise(columns.starts))
    if (size := rows * len(columns.names) * 8) > MAX_GROUP:
        fitting = max(1, MAX_GROUP // (16 * len(columns.names)))
        name, has = columns.path.name, f"row groups of {size_text(size)}, and each is read as a whole"
        raise ByhandError(f"{name} has {has}: write it again with smaller ones, pyarrow.parquet.write_table(table, FILE, row_group_size={fitting}).")


def _target(file: ParquetColumns, names: list[str]) -> Array:
    """Numbers, or texts as objects."""
    if len(names) > 1 or file.numeric(names[0]):
        return file.only(names).read(0, file.starts[-1])
    found = np.empty(file.starts[-1], dtype=object)
    found[:] = file.entries(names[0])
    return found
