"""Data from wherever they are: files by their content, scikit-learn's bundled data by name, arrays and frames from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike

from byhand.lang.errors import ByhandError
from byhand.train.data.arrays import as_array, columns_table, frame, frame_columns, named_arrays, table_of
from byhand.train.data.bundled import BUNDLED, bundled
from byhand.train.data.columns import Column, roles
from byhand.train.data.finite import rows_agree
from byhand.train.data.labels import Task
from byhand.train.data.limits import NPY, PARQUET, ZIP, quoted, reason
from byhand.train.data.matrix import matrix
from byhand.train.data.named import chosen
from byhand.train.data.reading import Reading
from byhand.train.data.stores import Held, Mapped, some_columns
from byhand.train.data.table import Label, Table, class_text

_FOREIGN = {
    b"\x89HDF": "an HDF5 file",
    b"\x80\x04": "a pickle, which may run anything",
    b"\x80\x05": "a pickle, which may run anything",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "a workbook of a spreadsheet",
}


def load(
    source: Any,
    *,
    target: Column | Sequence[Column] | None = None,
    features: Sequence[Column] | None = None,
    classes: Sequence[Label] | None = None,
    target_file: str | Path | None = None,
    task: Task | None = None,
    labelled: bool = True,
    expected: Sequence[str] = (),
    expected_target: str | None = None,
    dtype: DTypeLike = np.float64,
    delimiter: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
) -> Table:
    """Samples as rows, from a file (CSV, also gzipped, NPY, NPZ, Parquet), the name of bundled data, a pair of arrays, a dictionary or a data frame.

    ``target`` and ``features`` are names of columns or arrays, or numbers: a text of digits counts from 1, an int is an index from 0. Without
    them the target is the column called target, label, class or y, else the last one, and all others are features. ``labelled=False`` reads
    features alone. ``classes`` are those known from training, in the order of their codes; a label that is none of them is refused. ``task``
    says whether a target of whole numbers is classes or numbers. ``expected`` and ``expected_target`` are the names of the sheet's inputs and
    target, under which arrays of an NPZ file or a dictionary are looked for first. ``dtype`` is what numbers in text become; what is in an
    NPY file stays there.

    ``ByhandError`` says what is wrong and where: the line and column of a text file, the entry of an array.
    """
    reading = Reading(
        target=target, features=features, classes=classes, target_file=Path(target_file) if target_file is not None else None, task=task,
        labelled=labelled, expected=tuple(expected), expected_target=expected_target, dtype=dtype, delimiter=delimiter, decimal=decimal, header=header,
    )  # fmt: skip
    match source:
        case Table():
            return source
        case str() | Path():
            return _from_disk(source, reading)
        case Mapping():
            return _from_mapping(cast("Mapping[str, Any]", source), reading)
        case (inputs, aim) if isinstance(source, tuple):  # a list of two is two rows
            return _from_pair(inputs, aim, reading)
        case _:
            return _from_array(source, reading)


def has_names(source: Any) -> bool:
    """Whether columns can be told by their names: those of files, dictionaries and data frames, not those of arrays."""
    return isinstance(source, (str, Path, Mapping)) or frame_columns(source) is not None


def _from_disk(source: str | Path, reading: Reading) -> Table:
    if isinstance(source, str) and source in BUNDLED:
        return _from_bundle(bundled(source), reading)
    path = Path(source)
    try:
        return _from_file(path, reading)
    except FileNotFoundError as problem:
        others = f"; the data that come along are {', '.join(BUNDLED)}" if not path.suffix else ""
        raise ByhandError(f"there is no file {problem.filename or path}{others}.") from None
    except IsADirectoryError as problem:
        raise ByhandError(f"{problem.filename or path} is a folder: say which file in it has the data.") from None
    except (OSError, ValueError) as problem:
        if isinstance(problem, ByhandError):
            raise
        why = problem.strerror if isinstance(problem, OSError) and problem.strerror else reason(problem)
        raise ByhandError(f"cannot read {quoted(str(path), 100)}: {why.lower()}.") from None


def _from_bundle(table: Table, reading: Reading) -> Table:
    """Bundled data have their target; of the features some may be chosen."""
    if reading.target_file is not None or (reading.target is not None and reading.target != table.target_name):
        raise ByhandError(f"{table.name} comes with its target ({table.target_name}), for which no other can be chosen.")
    if reading.classes is not None and table.classes is not None and tuple(reading.classes) != table.classes:
        raise ByhandError(f"{table.name} has the classes {class_text(table.classes)}, but those trained on are {class_text(tuple(reading.classes))}.")
    if not reading.labelled:
        table = replace(table, target=None, target_name=None, classes=None)
    if reading.features is None or tuple(reading.features) == table.columns:
        return table
    wanted = roles(table.name, table.columns, len(table.columns), None, reading.features, labelled=False).features
    return replace(table, stores={"X": some_columns(table.store, wanted)}, columns=tuple(table.columns[k] for k in wanted))


def _from_file(path: Path, reading: Reading) -> Table:
    if reading.target_file is not None:
        return _with_labels(_from_file(path, replace(reading, target_file=None, labelled=False)), reading.target_file, reading)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ByhandError(f"{path} is no ordinary file: data are read more than once, so write them to a file first.")
    magic = _magic(path)
    if magic.startswith(NPY):
        return _reader("numpy_tables").read_npy(path, reading)
    if magic.startswith(ZIP):
        return _reader("numpy_tables").read_npz(path, reading)
    if magic.startswith(PARQUET):
        return _reader("parquet_file").read_parquet(path, reading)
    for start, what in _FOREIGN.items():
        if magic.startswith(start):
            raise ByhandError(f"{path.name} is {what}: data come as CSV (also gzipped), NPY, NPZ or Parquet.")
    return _reader("csv_file").read_csv(path, reading)


def _with_labels(table: Table, path: Path, reading: Reading) -> Table:
    """The features with a target from a file of its own."""
    magic = _magic(path)
    if magic.startswith((ZIP, PARQUET)):
        raise ByhandError(f"{path.name} cannot be a file of labels: hand them over as NPY, or as text with one in each line.")
    if magic.startswith(NPY):
        aim = _reader("numpy_tables").npy_labels(path, reading)
    else:
        aim = _reader("csv_file").read_labels(path, replace(reading, header=None), table.rows)
    rows_agree(dict(table.stores), aim.values, f"{table.name} and {path.name}")
    return replace(table, target=aim.values, target_name=path.stem, classes=aim.classes)


def _reader(kind: str) -> ModuleType:
    """The module for files of one kind: bundled data and arrays need none of them, and a command starts sooner without."""
    return import_module(f"byhand.train.data.{kind}")


def _magic(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _from_mapping(given: Mapping[str, Any], reading: Reading) -> Table:
    """Columns by name where each has one entry a sample; else arrays by name, as in an NPZ file."""
    arrays = {str(key): as_array(one, str(key)) for key, one in given.items()}
    if not arrays:
        raise ByhandError("the data are empty: hand over columns or arrays by name.")
    shapes = {key: array.shape for key, array in arrays.items()}
    if any(not shape for shape in shapes.values()):
        raise ByhandError(f"{next(key for key, shape in shapes.items() if not shape)} is a single entry: each column has one for each sample.")
    by_name = bool(reading.expected) and all(name in arrays for name in reading.expected)
    if all(len(shape) == 1 for shape in shapes.values()) and not by_name:
        return columns_table(arrays, reading, "the data")
    inputs, aim = chosen(shapes, "the data", reading)
    return named_arrays({key: arrays[key] for key in inputs}, None if aim is None else arrays[aim], aim, reading, "the data")


def _from_array(given: Any, reading: Reading) -> Table:
    by_name = frame(given)
    if by_name is not None:
        return columns_table(by_name, reading, "the frame")
    store = table_of(given).store
    assert isinstance(store, (Held, Mapped))
    return matrix(store, "the data", reading)


def _from_pair(inputs: Any, aim: Any, reading: Reading) -> Table:
    """Features and target; of a frame those columns that are asked for, in that order."""
    by_name = frame(inputs)
    if by_name is None or reading.features is None:
        return table_of(inputs, aim, classes=reading.classes, task=reading.task)
    table = columns_table(by_name, replace(reading, labelled=False, target=None), "the frame")
    return table_of(table.features, aim, classes=reading.classes, task=reading.task, columns=table.columns)
