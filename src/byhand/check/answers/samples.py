"""A matrix of all samples, where the sheet takes them one by one: apart again, one answer for each sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from byhand.check.answers.entry import Entry, Numbers
from byhand.check.exercise.quantity import Exercise
from byhand.check.numbers.compare import fits
from byhand.check.numbers.layout import rearranged


def apart(exercise: Exercise, name: str, entry: Entry) -> Iterator[tuple[str, Entry, str]]:
    """The answers that an answer is, each with the quantity that it is for and a remark: itself, or one for each sample, as rows or as columns."""
    names, numbers = exercise.samples.get(name, ()), entry.content
    dims = exercise.quantities[name].dims
    if not names or not isinstance(numbers, Numbers) or dims is None or numbers.values.ndim != len(dims) + 1:
        yield name, entry, ""
        return
    found = [axis for axis in (0, numbers.values.ndim - 1) if _without(numbers.values.shape, axis) == dims and numbers.values.shape[axis] == len(names)]
    if not found:
        yield name, entry, ""
        return
    axis = max(dict.fromkeys(found), key=lambda one: sum(_is_right(exercise, name, part) for name, part in zip(names, _parts(numbers, one))))
    lying = "rows" if axis == 0 else "columns"
    for one, part in zip(names, _parts(numbers, axis)):
        yield one, replace(entry, content=part, written=""), f"{name} read as all samples, in its {lying}"


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])


def _parts(numbers: Numbers, axis: int) -> list[Numbers]:
    return [rearranged(numbers, lambda part, k=k: np.take(part, k, axis)) for k in range(numbers.values.shape[axis])]


def _is_right(exercise: Exercise, name: str, part: Numbers) -> bool:
    truth = exercise.quantities[name].truth
    return truth is not None and truth.shape == part.values.shape and bool(fits(part, truth.astype(np.float64)[None], 0.0, exercise.settings)[0])
