"""Data from Python: arrays, lists, columns by name, data frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import shape_text
from byhand.train.data.columns import roles, unique
from byhand.train.data.finite import refuse_other_than_numbers, refuse_spoilt, rows_agree
from byhand.train.data.labels import Target, Task, coded, decided
from byhand.train.data.limits import Array
from byhand.train.data.reading import Reading
from byhand.train.data.stores import Held, Store
from byhand.train.data.table import Label, Table


def table_of(
    features: Any,
    target: Any = None,
    *,
    classes: Sequence[Label] | None = None,
    columns: Sequence[str] = (),
    task: Task | None = None,
    name: str = "the data",
) -> Table:
    """Features (rows, …) and a target: labels (rows,), one-hot rows (rows, classes), or numbers (rows,) or (rows, k).

    Both may be arrays, lists or data frames; an array is used as it is, without a copy. Labels are coded by ``classes`` if those are known.
    ``ByhandError`` for what is ragged, no number, not finite, or of different lengths.
    """
    names = tuple(columns) or frame_columns(features) or ()
    array = numbers(features, "X")
    store: Store = Held(array if array.ndim > 1 else array[:, None])
    found = None if target is None else target_of(as_array(target, "y"), classes, task)
    rows_agree({"X": store}, None if found is None else found.values, name)
    refuse_spoilt(store, "X", names)
    table = Table(name, {"X": store}, columns=names)
    return table if found is None else replace(table, target=found.values, target_name="y", classes=found.classes)


def named_arrays(arrays: Mapping[str, Any], target: Any, target_name: str | None, reading: Reading, name: str) -> Table:
    """Arrays of features by name, and a target if there is one."""
    stores: dict[str, Store] = {}
    for key, given in arrays.items():
        stores[key] = Held(numbers(given, key))
    found = None if target is None else target_of(as_array(target, target_name or "y"), reading.classes, reading.task, target_name or "y")
    rows_agree(stores, None if found is None else found.values, name)
    for key, store in stores.items():
        refuse_spoilt(store, key)
    table = Table(name, stores)
    return table if found is None else replace(table, target=found.values, target_name=target_name, classes=found.classes)


def target_of(array: Array, classes: Sequence[Label] | None, task: Task | None, name: str = "y") -> Target:
    """An array as a target; ``ByhandError`` for NaN and missing labels."""

    def where(row: int) -> str:
        return f"{name}[{row}]"

    if array.ndim not in (1, 2):
        raise ByhandError(f"{name} has shape {shape_text(array.shape)}: a target is a label or a number for each sample (rows,), or numbers (rows, k).")
    flat = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if flat.dtype.kind in "fiub":
        refuse_spoilt(Held(flat), name)
        return decided(flat, classes, task, where, name)
    if flat.ndim > 1 or flat.dtype.kind not in "OUS":
        raise ByhandError(f"{name} holds no labels: labels are texts or whole numbers, one for each sample.")
    if task == "regression":
        raise ByhandError(f"{name} holds texts, but the sheet wants numbers as the target: choose a loss for classes, or numbers.")
    labels = [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in flat.tolist()]
    for row, label in enumerate(labels):
        if not isinstance(label, (str, int)):
            raise ByhandError(f"{where(row)} is {label!r}, which is no class: labels are texts or whole numbers, none of them missing.")
    return coded(labels, classes, where, name)


def columns_table(given: Mapping[str, Any], reading: Reading, name: str) -> Table:
    """Columns by name, each a sequence of one entry a sample; what a data frame or a dictionary holds."""
    names, renamed = unique([str(key) for key in given])
    arrays = [as_array(column, key) for key, column in zip(names, given.values())]
    return table_of_columns(names, arrays.__getitem__, reading, name).with_remarks(*renamed)


def table_of_columns(names: Sequence[str], column: Callable[[int], Array], reading: Reading, name: str) -> Table:
    """A table of columns (rows,) that are made when they are asked for by their number."""
    found = roles(name, names, len(names), reading.target, reading.features, reading.labelled)
    inputs = [numbers(column(k), f"the column {names[k]} of {name}") for k in found.features]
    aims = [column(k) for k in found.target]
    lengths = {len(array) for array in (*inputs, *aims)}
    if len(lengths) > 1:
        raise ByhandError(f"the columns of {name} have different lengths ({', '.join(map(str, sorted(lengths)))}): each sample has an entry in all of them.")
    columns = tuple(names[k] for k in found.features)
    table = table_of(np.column_stack(inputs), columns=columns, name=name).with_remarks(*found.remarks)
    if not aims:
        return table
    what = ", ".join(names[k] for k in found.target)
    aim = target_of(aims[0] if len(aims) == 1 else np.column_stack(aims), reading.classes, reading.task, what)
    return replace(table, target=aim.values, target_name=what, classes=aim.classes)


def as_array(given: Any, what: str) -> Array:
    """An array of what is one, can say how it becomes one, or is nested lists."""
    if isinstance(given, np.ndarray):
        return cast(Array, given)
    toarray = getattr(given, "toarray", None)
    if callable(toarray) and getattr(given, "nnz", None) is not None:
        raise ByhandError(f"{what} is a sparse matrix: make it dense with {what}.toarray().")
    try:
        return np.asarray(given)
    except (ValueError, TypeError):
        raise ByhandError(f"{what} is ragged or no array: every sample has as many numbers as the others.") from None


def numbers(given: Any, what: str) -> Array:
    """The same for features: numbers, also where they come one by one as Python objects. ``ByhandError`` for anything else."""
    array = as_array(given, what)
    if array.dtype.kind == "O" and array.size and all(isinstance(one, (int, float, np.number)) for one in array.flat):
        array = array.astype(np.float64)
    refuse_other_than_numbers(array, what)
    return array


def frame_columns(given: Any) -> tuple[str, ...] | None:
    """The names of the columns of a data frame (pandas, polars), told by what it can do; ``None`` for anything else."""
    by_name = frame(given)
    return None if by_name is None else tuple(by_name)


def frame(given: Any) -> dict[str, Any] | None:
    """The columns of a data frame by name; ``None`` for anything else."""
    names = getattr(given, "columns", None)
    if names is None or isinstance(given, np.ndarray) or not callable(getattr(given, "__array__", None)):
        return None
    return {str(name): np.asarray(given[name]) for name in names}
