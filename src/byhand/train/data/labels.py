"""Targets: names of classes as codes, one-hot rows, and numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import Array, quoted
from byhand.train.data.table import Label, Table, class_text

Task: TypeAlias = Literal["classification", "regression"]
Where: TypeAlias = Callable[[int], str]
"""Says in which row of a file or an array a sample stands."""
_SURELY_FEW, _FEW = 20, 1000
_CLOSE = 1 << 20


class Target(NamedTuple):
    """Codes (rows,) in int32 with their classes, or numbers (rows,) or (rows, k) in float64 without."""

    values: Array
    classes: tuple[Label, ...] | None


def coded(labels: Sequence[Any], known: Sequence[Label] | None, where: Where, what: str) -> Target:
    """Labels, texts or whole numbers, as codes of classes in sorted order; of the ``known`` classes where there are some."""
    index: dict[Any, int] = {}
    codes = np.fromiter((index.setdefault(label, len(index)) for label in labels), np.int32, len(labels))
    return recoded(codes, list(index), known, where, what)


def recoded(codes: Array, labels: Sequence[Any], known: Sequence[Label] | None, where: Where, what: str) -> Target:
    """The same where labels have codes already, in the order in which they were found."""
    classes = _sorted(labels, what) if known is None else tuple(known)
    place = {_key(label): k for k, label in enumerate(classes)}
    moved = np.array([place.get(_key(label), -1) for label in labels], dtype=np.int32)
    found = moved[codes] if len(labels) else codes
    if (moved < 0).any():
        row = int(np.argmax(found < 0))
        label = labels[int(codes[row])]
        raise ByhandError(f"{where(row)} has the class {quoted(str(label))}, which is unknown: the classes trained on are {class_text(classes)}.")
    return Target(found, classes)


def _key(label: Any) -> Any:
    """Under which labels of different kinds are the same: 3, 3.0 and the text 3 of a file are one class, ``True`` and 1 are not."""
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


def _sorted(labels: Sequence[Any], what: str) -> tuple[Label, ...]:
    try:
        return tuple(sorted(labels))
    except TypeError:
        kinds = sorted({type(label).__name__ for label in labels})
        raise ByhandError(f"the classes of {what} are of several kinds ({', '.join(kinds)}): make all of them texts, or all whole numbers.") from None


def decided(values: Array, known: Sequence[Label] | None, task: Task | None, where: Where, what: str) -> Target:
    """Numbers as a target: whole numbers that are few are classes unless ``task`` says otherwise; so are one-hot rows."""
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if task == "regression" and known is None:
        return Target(_reals(values), None)
    if values.ndim == 2:
        return _one_hot(values, known, what) if is_one_hot(values) else Target(_reals(values), None)
    if values.dtype.kind == "b":
        return coded(values.tolist(), known, where, what)
    if values.ndim != 1 or not _whole(values):
        if values.ndim == 1 and (task == "classification" or known is not None):
            row = int(np.argmax(values != np.floor(values)))
            raise ByhandError(f"{where(row)} has {values[row]:g} as its class: classes are texts or whole numbers.")
        return Target(_reals(values), None)
    found, codes = _numbered(values)
    if known is None and task is None and not _few(len(found), len(values)):
        return Target(_reals(values), None)
    return recoded(codes.astype(np.int32, copy=False), [int(one) for one in found.tolist()], known, where, what)


def _numbered(values: Array) -> tuple[Array, Array]:
    """The different whole numbers, sorted, and for each value the place of its own: by counting where they lie close together."""
    values = values.astype(np.int64) if values.dtype.kind == "i" else values
    if not len(values) or values.max() - (low := values.min()) > _CLOSE:
        return np.unique(values, return_inverse=True)
    offsets = (values - low).astype(np.int32)
    there = np.bincount(offsets) > 0
    return np.flatnonzero(there) + low, (np.cumsum(there) - 1).astype(np.int32)[offsets]


def _reals(values: Array) -> Array:
    return np.ascontiguousarray(values, dtype=np.float64)


def _whole(values: Array) -> bool:
    return values.dtype.kind in "iu" or bool((np.floor(values) == values).all() and (len(values) == 0 or np.abs(values).max() < 2**53))


def _few(classes: int, rows: int) -> bool:
    """Whether so many different whole numbers are classes rather than counts or years."""
    return 2 <= classes <= _FEW and 2 * classes <= rows and (classes <= _SURELY_FEW or _SURELY_FEW * classes <= rows)


def is_one_hot(rows: Array) -> bool:
    """Whether each row has a single 1 and zeros else; at least two columns."""
    return rows.shape[1] > 1 and bool(((rows == 0) | (rows == 1)).all() and (rows.sum(axis=1) == 1).all())


def _one_hot(rows: Array, known: Sequence[Label] | None, what: str) -> Target:
    count = rows.shape[1]
    if known is not None and len(known) != count:
        raise ByhandError(f"{what} has one-hot rows of {count} entries, but {len(known)} classes were trained on: {class_text(tuple(known))}.")
    return Target(rows.argmax(axis=1).astype(np.int32), tuple(range(count)) if known is None else tuple(known))


def as_task(table: Table, task: Task) -> Table:
    """The target as classes or as numbers, as the sheet wants it; ``ByhandError`` where it is not of that kind."""
    if table.target is None:
        return table
    of = f"the target {table.target_name or ''}".rstrip() + f" of {table.name}"
    if task == "regression" and table.classes is not None:
        return replace(table, target=_numbers(table, of), classes=None)
    if task == "classification" and table.classes is None and table.target.ndim == 1:
        found = decided(table.target, None, task, lambda row: f"sample {row} of {table.name}", of)
        table = replace(table, target=found.values, classes=found.classes)
    if task == "classification" and table.classes is not None and len(table.classes) < 2:
        only = class_text(table.classes)
        rows = f"all {table.rows} rows of {table.name} are" if table.rows > 1 else f"the only row of {table.name} is"
        raise ByhandError(f"{rows} of the class {only}: there is nothing to tell apart; add rows of other classes.")
    return table


def _numbers(table: Table, of: str) -> Array:
    assert table.classes is not None
    assert table.target is not None
    if any(isinstance(one, str) for one in table.classes):
        raise ByhandError(f"{of} is text ({class_text(table.classes)}), but the sheet wants numbers: choose another column, or a loss for classes.")
    return np.array([float(one) for one in table.classes])[table.target]


def one_hot(codes: Array, count: int, dtype: Any = np.float64) -> Array:
    """Codes (rows,) as rows of zeros with a one, (rows, count)."""
    found = np.zeros((len(codes), count), dtype=dtype)
    found[np.arange(len(codes)), codes] = 1
    return found


def number(text: str) -> float:
    """A cell as a number; NaN where it is none. Python alone would take 1_000 as well."""
    try:
        return float(text) if "_" not in text else math.nan
    except ValueError:
        return math.nan
