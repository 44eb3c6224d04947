"""Rows of data as the arrays that the sheet's formulas speak of: inputs on their scale, classes and numbers as the target has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Var
from byhand.lang.sizes import shape_text
from byhand.run.arrays import Array
from byhand.train.data.finite import converted
from byhand.train.data.labels import as_task, one_hot
from byhand.train.data.standardise import Standardise
from byhand.train.data.table import Table, class_text
from byhand.train.model.model import Model


@dataclass(frozen=True, slots=True)
class Make:
    """Makes of features by name (rows, …), and the numbers of these rows in the table, everything that the model takes of these samples.

    ``counts`` are weights of all samples, which go to the input ``weights``.
    """

    model: Model
    table: Table
    scales: Mapping[str, Standardise]
    target_scale: Standardise | None
    dtype: str
    weights: Var | None = None
    counts: Array | None = None

    def weighing(self, model: Model, counts: Array | None) -> Make:
        """The same with weights of samples."""
        return self if counts is None else replace(self, weights=model.weights, counts=counts)

    def __call__(self, features: Mapping[str, Array], rows: Array) -> dict[str, Array]:
        found = inputs(self.scales, features, self.dtype)
        if self.model.target is not None and self.table.target is not None:
            found[self.model.target.name] = target_array(self.model, self.table.target[rows], self.target_scale, self.dtype)
        if self.weights is not None and self.counts is not None:
            found[self.weights.name] = self.counts[rows].astype(self.dtype)
        return found


def inputs(scales: Mapping[str, Standardise], features: Mapping[str, Array], dtype: str) -> dict[str, Array]:
    """Features on the scale that the network was trained on, contiguous, in one type."""
    scaled = {name: array if scales[name].scaling == "none" else scales[name](array) for name, array in features.items()}
    return {name: np.ascontiguousarray(converted(array, dtype, name)) for name, array in scaled.items()}


def fitting(model: Model, table: Table) -> Table:
    """The table with its target as the sheet wants it: classes, as many as the sheet has, or numbers; ``ByhandError`` where it is neither."""
    if model.target is None or table.target is None:
        return table
    if model.classes is None:
        return as_task(table, "regression")
    found = as_task(table, "classification")
    if found.classes is None:
        raise ByhandError(f"the target of {table.name} has several numbers for each sample, and the sheet wants classes: choose one column as the target.")
    return _with_all_classes(model, found)


def _with_all_classes(model: Model, table: Table) -> Table:
    """Whole numbers of which some do not occur in the data are the numbers from 0 on."""
    known, count = table.classes or (), model.classes or 0
    if len(known) == count:
        return table
    assert model.target is not None
    assert table.target is not None
    numbers = [one for one in known if isinstance(one, int) and not isinstance(one, bool) and 0 <= one < count]
    if len(numbers) == len(known) < count:
        return replace(table, classes=tuple(range(count)), target=np.array(numbers, dtype=np.int32)[table.target])
    line = model.lines.get(model.target.name)
    where = f" (line {line} of the sheet)" if line is not None else ""
    raise ShapeError(
        f"{table.name} has {len(known)} classes ({class_text(known)}), but {model.target.name} on the sheet has {count}{where}: change its shape there, "
        "or choose another column as the target."
    )


def target_array(model: Model, target: Array, scale: Standardise | None, dtype: str) -> Array:
    """The target as the sheet has it: codes as one-hot rows, 0 and 1, or −1 and 1; numbers on their scale."""
    assert model.target is not None
    rank = len(model.target.shape)
    match model.labels if model.classes is not None else None:
        case "one_hot":
            return one_hot(target, model.classes or 0, dtype)
        case "zero_one":
            return target.astype(dtype).reshape(-1, *(1,) * (rank - 1))
        case "signs":
            return (2 * target - 1).astype(dtype).reshape(-1, *(1,) * (rank - 1))
        case _:
            found = converted(target if scale is None else scale(target), dtype, "the target")
    if found.ndim == rank - 1:
        found = found[:, None]
    elif found.ndim == rank + 1 and found.shape[1:] == (1,):
        found = found[:, 0]
    if found.ndim != rank or any(isinstance(axis, int) and axis != count for axis, count in zip(model.target.shape[1:], found.shape[1:])):
        has = "one number" if target.ndim == 1 else f"{target.shape[1]} numbers"
        said = f"{model.target.name} : {shape_text(model.target.shape)}"
        raise ShapeError(f"the target has {has} for each sample, but the sheet has {said}: choose other columns as the target, or change its shape.")
    return np.ascontiguousarray(found)
