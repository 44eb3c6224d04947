"""Tables from NPY and NPZ files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from byhand.train.data.arrays import named_arrays, table_of_columns, target_of
from byhand.train.data.finite import refuse_other_than_numbers, refuse_spoilt, rows_agree
from byhand.train.data.labels import Target
from byhand.train.data.limits import Array
from byhand.train.data.matrix import matrix
from byhand.train.data.named import chosen
from byhand.train.data.numpy_files import Archive, npy
from byhand.train.data.reading import Reading
from byhand.train.data.stores import Held, Mapped
from byhand.train.data.table import Table


def read_npy(path: Path, reading: Reading) -> Table:
    """The array of a file, which stays there: features, and the target in one of its columns unless it has a file of its own."""
    found = npy(path)
    array = found.array if isinstance(found, Mapped) else found
    if array.dtype.names is not None:
        names = array.dtype.names
        return table_of_columns(names, lambda k: np.array(array[names[k]]), reading, path.name)
    return _checked(found if isinstance(found, Mapped) else Held(found), path.stem, path.name, reading)


def read_npz(path: Path, reading: Reading) -> Table:
    """The arrays of a file that have the names asked for, those of the sheet, or the usual ones: X and y."""
    archive = Archive(path)
    try:
        inputs, aim = chosen(archive.shapes, path.name, reading)
        arrays = {key: archive.read(key) for key in inputs}
        labels = archive.read(aim) if aim is not None else None
    finally:
        archive.close()
    if labels is None and reading.labelled and len(arrays) == 1:
        return _checked(Held(arrays[inputs[0]]), inputs[0], path.name, reading)
    return named_arrays(arrays, labels, aim, reading, path.name)


def npy_labels(path: Path, reading: Reading) -> Target:
    """A target in a file of its own."""
    found = npy(path)
    array: Array = np.array(found.array) if isinstance(found, Mapped) else found
    return target_of(array, reading.classes, reading.task, path.stem)


def _checked(store: Held | Mapped, what: str, name: str, reading: Reading) -> Table:
    refuse_other_than_numbers(store.array, what)
    rows_agree({what: store}, None, name)
    refuse_spoilt(store, what)
    return matrix(store, name, reading)
