"""Answers that are an array of the wrong size: a row or a column too many, lines left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.numbers.compare import fits
from byhand.check.numbers.layout import rearranged
from byhand.check.numbers.pattern import line_word
from byhand.check.settings import Settings
from byhand.run.arrays import Array, Dims

MOST_LINES = 50


def cuts(numbers: Numbers, dims: Dims) -> Iterator[tuple[Numbers, str]]:
    """The answer without one line of the axis that has one too many, and what is to be said of that; lines that repeat others first, the last one first."""
    shape = numbers.values.shape
    longer = [axis for axis, (n, wanted) in enumerate(zip(shape, dims)) if n != wanted]
    if len(shape) != len(dims) or len(longer) != 1 or shape[longer[0]] != dims[longer[0]] + 1 or shape[longer[0]] > MOST_LINES:
        return
    (axis,) = longer
    found = [(k, _repeated(numbers.values, axis, k)) for k in reversed(range(shape[axis]))]
    for k, other in sorted(found, key=lambda one: one[1] is None):
        word = line_word(axis, len(dims))
        repeats = f", which repeats {word} {other + 1}" if other is not None else ""
        cut = rearranged(numbers, lambda part, k=k: np.delete(part, k, axis))
        yield cut, f"has one {word} too many, {word} {k + 1}{repeats}"


def missing(numbers: Numbers, expected: Array, settings: Settings) -> str:
    """What to say of an answer that is the expected one with lines left out at the end; nothing where it is not."""
    shape, dims = numbers.values.shape, expected.shape
    if len(shape) != len(dims) or shape == dims or any(n > wanted for n, wanted in zip(shape, dims)) or not numbers.values.size:
        return ""
    part = expected[tuple(slice(n) for n in shape)]
    if not fits(numbers, part[None], 0.0, settings)[0]:
        return ""
    said = [_left_out(wanted - n, line_word(axis, len(dims), wanted - n)) for axis, (n, wanted) in enumerate(zip(shape, dims)) if n != wanted]
    return f"has {' and '.join(said)} left out"


def _left_out(count: int, word: str) -> str:
    return f"the last {word}" if count == 1 else f"the last {count} {word}"


def _repeated(values: Array, axis: int, k: int) -> int | None:
    """Another line that is the same."""
    line = np.take(values, k, axis)
    return next((j for j in range(values.shape[axis]) if j != k and np.array_equal(np.take(values, j, axis), line)), None)
