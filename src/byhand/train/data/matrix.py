"""One array of numbers as a table: features alone, or columns of which some are the target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.train.data.arrays import target_of
from byhand.train.data.columns import roles
from byhand.train.data.reading import Reading
from byhand.train.data.stores import Held, Mapped, blocks, reshaped, some_columns
from byhand.train.data.table import Table


def matrix(store: Held | Mapped, name: str, reading: Reading) -> Table:
    """``ByhandError`` where a target is wanted and the array has no columns to take it from."""
    array = store.array
    if not reading.labelled and reading.features is None:
        return Table(name, {"X": store if array.ndim > 1 else reshaped(store, (1,))})
    if array.ndim != 2:
        raise ByhandError(f"{name} has no column of labels: hand them over in a file of their own (a target file), or in an NPZ file with X and y.")
    found = roles(name, None, array.shape[1], reading.target, reading.features, reading.labelled)
    table = Table(name, {"X": some_columns(store, found.features)}, remarks=found.remarks)
    if not found.target:
        return table
    values = np.concatenate([block for _, block in blocks(some_columns(store, found.target))])
    what = "column " + ", ".join(str(k + 1) for k in found.target)
    aim = target_of(values, reading.classes, reading.task, f"{what} of {name}")
    return replace(table, target=aim.values, target_name=what, classes=aim.classes)
