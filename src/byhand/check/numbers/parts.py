"""Patterns of answers of another shape: a row or a column too many or too few, a sum over the samples left out or taken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.numbers.axes import samples
from byhand.check.numbers.compare import cells, fits
from byhand.check.numbers.layout import rearranged
from byhand.check.numbers.pattern import Pattern, evidence, line_word
from byhand.check.settings import Settings
from byhand.run.arrays import Array

MOST_LINES = 200


def of_parts(written: Numbers, expected: Array, quantity: Quantity, exercise: Exercise) -> Iterator[Pattern]:
    """What is wrong with an answer whose shape is not the expected one, or whose rows are not where they belong."""
    if evidence(written) < 2:
        return
    settings = exercise.settings
    shape, dims = written.values.shape, expected.shape
    if len(shape) == len(dims):
        for axis in range(len(dims)):
            if shape[:axis] + shape[axis + 1 :] == dims[:axis] + dims[axis + 1 :]:
                if shape[axis] == dims[axis] + 1:
                    yield from _one_too_many(written, expected, axis, quantity, settings)
                elif shape[axis] == dims[axis] - 1:
                    yield from _one_missing(written, expected, axis, quantity, settings)
        if shape == dims and len(dims) in (1, 2):
            yield from _shuffled(written, expected, quantity, settings)
        if shape == dims and len(dims) == 2:
            yield from _one_line(written, expected, quantity, settings)
    yield from _summed(written, expected, quantity, exercise)


def _without(written: Numbers, axis: int, k: int) -> Numbers:
    return rearranged(written, lambda part: np.delete(part, k, axis))


def _one_too_many(written: Numbers, expected: Array, axis: int, quantity: Quantity, settings: Settings) -> Iterator[Pattern]:
    for k in reversed(range(min(written.values.shape[axis], MOST_LINES))):
        if fits(_without(written, axis, k), expected[None], 0.0, settings)[0]:
            line = np.take(written.values, k, axis)
            same = [j + 1 for j in range(written.values.shape[axis]) if j != k and np.array_equal(np.take(written.values, j, axis), line)]
            word = line_word(axis, expected.ndim)
            repeats = f", which repeats {word} {same[0]}" if same else ""
            yield Pattern("size", f"{quantity.name} has one {word} too many, {word} {k + 1}{repeats}")
            return


def _one_missing(written: Numbers, expected: Array, axis: int, quantity: Quantity, settings: Settings) -> Iterator[Pattern]:
    for k in reversed(range(min(expected.shape[axis], MOST_LINES))):
        if fits(written, np.delete(expected, k, axis)[None], 0.0, settings)[0]:
            yield Pattern("size", f"{line_word(axis, expected.ndim)} {k + 1} of {quantity.name} is left out")
            return


def _shuffled(written: Numbers, expected: Array, quantity: Quantity, settings: Settings) -> Iterator[Pattern]:
    """The right entries, but in another order, told where there are at least three different ones."""
    if len(np.unique(expected)) < 3 or not len(np.unique(written.values)) > 2:
        return
    order = np.argsort(np.asarray(written.values).ravel(), kind="stable")
    ordered = rearranged(written, lambda part: part.ravel()[order])
    if fits(ordered, np.sort(expected.ravel())[None], 0.0, settings)[0] and not fits(written, expected[None], 0.0, settings)[0]:
        yield Pattern("order", f"the entries of {quantity.name} are right but in another order")


def _one_line(written: Numbers, expected: Array, quantity: Quantity, settings: Settings) -> Iterator[Pattern]:
    """A single wrong row or column of several right ones: perhaps another one is repeated there."""
    wrong = ~cells(written, expected, 0.0, settings)
    for axis, line in enumerate(("row", "column")):
        lines = np.flatnonzero(wrong.any(axis=1 - axis))
        if len(lines) != 1 or wrong.sum() < 2 or wrong.shape[axis] < 2:
            continue
        k = int(lines[0])
        one = rearranged(written, lambda part, k=k, axis=axis: np.take(part, k, axis))
        same = np.flatnonzero(fits(one, np.moveaxis(expected, axis, 0), 0.0, settings)).tolist()
        if same and evidence(one) >= 2:
            yield Pattern("order", f"{line} {k + 1} of {quantity.name} repeats {line} {same[0] + 1}")
        else:
            yield Pattern("line", f"only {line} {k + 1} of {quantity.name} is wrong", explains=False)
        return


def _summed(written: Numbers, expected: Array, quantity: Quantity, exercise: Exercise) -> Iterator[Pattern]:
    """One axis more than expected whose sum is the answer, or one less."""
    values, dims = np.asarray(written.values), tuple(n for n in expected.shape if n != 1)
    slip = "S25" if quantity.kind == "gradient" else "sum"
    for axis in range(values.ndim if values.ndim > len(dims) and values.size > expected.size else 0):
        if tuple(n for k, n in enumerate(values.shape) if k != axis and n != 1) == dims and values.shape[axis] > 1:
            total, away = values.sum(axis=axis).ravel(), np.asarray(written.half).sum(axis=axis).ravel()
            if np.all(np.abs(total - expected.ravel()) <= away * (1 + 1e-9) + 1e-9 * np.abs(total).max(initial=0.0)):
                lines = f"{values.shape[axis]} {line_word(axis, values.ndim, values.shape[axis])}"
                what = f" over the {values.shape[axis]} samples" if values.shape[axis] in samples(exercise) else ""
                yield Pattern(slip, f"{quantity.name} is not summed{what}: its {lines} still have to be added up")
                return
    for axis in range(expected.ndim if expected.ndim > values.ndim else 0):
        total = expected.sum(axis=axis)
        if total.shape == values.shape and fits(written, total[None], 0.0, exercise.settings)[0]:
            yield Pattern(slip, f"the {expected.shape[axis]} {line_word(axis, expected.ndim, 2)} of {quantity.name} are added up")
            return
