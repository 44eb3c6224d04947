"""Answers laid out differently than the sheet has them: transposed, a column for a vector, a list for a matrix, a number in brackets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from math import prod

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.exercise.quantity import Exercise
from byhand.check.numbers.axes import of_samples
from byhand.check.numbers.compare import NOISE
from byhand.lang.sizes import shape_text
from byhand.run.arrays import Array, Dims

MOST_AXES = 5
TRANSPOSED = "read transposed: its rows are the columns of the sheet"


@dataclass(frozen=True, slots=True)
class Convention:
    """How a person writes matrices wherever it can be told: ``weights`` (parameters and their gradients) the other way round, ``samples`` as columns."""

    weights: bool = False
    samples: bool = False
    of_samples: frozenset[str] = frozenset()

    def turned(self, name: str) -> bool:
        """Whether the person writes this quantity transposed."""
        return self.samples if name in self.of_samples else self.weights


AS_THE_SHEET = Convention()


def layouts(written: Numbers, dims: Dims, convention: Convention | None = None, name: str = "") -> Iterator[tuple[Numbers, str]]:
    """The answer as it can be meant, as arrays of shape ``dims``: as written first, then re-ordered, each with a remark.

    A square matrix is read transposed only where the person's other answers show that convention, since its shape says nothing.
    Nothing that has another number of entries is yielded but as it was written.
    """
    shape = written.values.shape
    if shape == dims:
        yield written, ""
        if convention is not None and len(dims) == 2 and dims[0] == dims[1] > 1 and convention.turned(name) and not _is_symmetric(written.values):
            yield rearranged(written, np.transpose), f"{TRANSPOSED}, as in the other answers"
        return
    yield written, ""
    if prod(shape) == prod(dims) and max(len(shape), len(dims)) <= MOST_AXES:
        yield from _reordered(written, dims)


def _reordered(written: Numbers, dims: Dims) -> Iterator[tuple[Numbers, str]]:
    """Re-orderings of as many entries into another shape."""
    shape = written.values.shape
    if _squeezed(shape) == _squeezed(dims):
        yield rearranged(written, lambda array: array.reshape(dims)), _lying(shape, dims)
    elif sorted(shape) == sorted(dims):
        turns = [order for order in permutations(range(len(shape))) if tuple(shape[k] for k in order) == dims]
        if len(turns) == 1:
            yield rearranged(written, lambda array: np.transpose(array, turns[0])), TRANSPOSED if len(dims) == 2 else "read with its axes in another order"
    elif len(_squeezed(shape)) == 1:
        yield rearranged(written, lambda array: array.reshape(dims)), f"read row by row as an array of shape {shape_text(dims)}"
        yield rearranged(written, lambda array: array.reshape(dims, order="F")), f"read column by column as an array of shape {shape_text(dims)}"
    elif len(_squeezed(dims)) == 1 and len(_squeezed(shape)) == 2:
        yield rearranged(written, lambda array: array.reshape(dims)), f"read row by row as an array of shape {shape_text(dims)}"


def _squeezed(shape: Dims) -> Dims:
    return tuple(n for n in shape if n != 1)


def _lying(shape: Dims, dims: Dims) -> str:
    if len(dims) == 0:
        return "a single number, read without its brackets"
    if len(shape) == 2 and len(_squeezed(shape)) == 1:
        return f"read as {'a column' if shape[1] == 1 else 'a row'} of {shape[0] * shape[1]} entries"
    return f"read as an array of shape {shape_text(dims)}"


def _is_symmetric(values: Array) -> bool:
    return bool(np.array_equal(values, values.T))


def rearranged(written: Numbers, move: Callable[[Array], Array]) -> Numbers:
    """The same numbers with their digits in another order, or only some of them."""
    values, half, significant, decimals = (move(np.asarray(part)) for part in (written.values, written.half, written.significant, written.decimals))
    return Numbers(values, half, significant, decimals, written.text, written.zeros_lost)


# ------------------------------------------------------------------------------------------------ a person's habit


def convention(answers: Mapping[str, Numbers], exercise: Exercise) -> Convention:
    """The habit that all matrices show whose shape tells: those that are not square, and square ones do not speak against it."""
    shapes = [(name, one.values.shape) for name, one in answers.items()]
    if not any(_tells(shape, exercise.quantities[name].dims) for name, shape in shapes if name in exercise.quantities):
        return Convention(weights=True) if _square_ones_are_turned(answers, exercise) else AS_THE_SHEET
    counting = of_samples(exercise)
    seen: dict[bool, set[bool]] = {False: set(), True: set()}
    for name, shape in shapes:
        dims = exercise.quantities[name].dims if name in exercise.quantities else None
        lies = min(shape, default=0) == 1 and name not in counting  # a row for a column says something of samples alone
        if dims is not None and len(shape) == len(dims) == 2 and shape[0] != shape[1] and not lies and sorted(shape) == sorted(dims):
            seen[name in counting].add(shape != dims)
    weights, samples = (seen[kind] or seen[not kind] for kind in (False, True))  # one of them goes with the other, unless it speaks for itself
    return Convention(weights == {True}, samples == {True}, counting)


def _square_ones_are_turned(answers: Mapping[str, Numbers], exercise: Exercise) -> bool:
    """Whether all matrices are square and updated ones are right the other way round: a transposed gradient alone does not lead to that."""
    found = [(exercise.quantities[name], one) for name, one in answers.items() if name in exercise.quantities and one.values.ndim == 2]
    square = [(quantity, one) for quantity, one in found if quantity.truth is not None and one.values.shape == quantity.dims == one.values.T.shape]
    updated = [(one.values, one.half, np.asarray(quantity.truth, dtype=float)) for quantity, one in square if quantity.kind == "updated"]
    turned = all(np.all(np.abs(values.T - truth) <= half.T + NOISE * np.abs(truth)) for values, half, truth in updated)
    return turned and any(np.any(np.abs(values - truth) > half + NOISE * np.abs(truth)) for values, half, truth in updated)


def _tells(shape: Dims, dims: Dims | None) -> bool:
    """A matrix that came transposed."""
    return dims is not None and len(shape) == 2 and shape == dims[::-1] and shape[0] != shape[1] and min(shape) > 1
