"""What is wrong in the cells of an answer that no slip of its step explains."""

from __future__ import annotations

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.numbers.compare import fits
from byhand.check.numbers.digits import of_single_cells
from byhand.check.numbers.layout import layouts
from byhand.check.numbers.parts import of_parts
from byhand.check.numbers.pattern import Pattern
from byhand.check.numbers.whole import of_the_whole
from byhand.run.arrays import Array

__all__ = ["Pattern", "patterns"]


def patterns(written: Numbers, expected: Array, quantity: Quantity, exercise: Exercise) -> tuple[Pattern, ...]:
    """The patterns of a wrong answer against what it should be: the truth, or what follows from a person's own values.

    Those that reproduce the whole answer at the digits written come first, and say so in ``explains``; of several the likeliest is first.
    ``expected`` is an array of the quantity's own shape; the answer may have another one.
    """
    if not np.isfinite(expected).all() or not np.isfinite(written.values).all() or fits(written, expected[None], 0.0, exercise.settings)[0]:
        return ()
    found = dict.fromkeys(_all(written, expected, quantity, exercise))
    return tuple(sorted(found, key=lambda one: not one.explains))


def _all(written: Numbers, expected: Array, quantity: Quantity, exercise: Exercise) -> list[Pattern]:
    found: list[Pattern] = []
    for reading, _ in layouts(written, expected.shape):
        if reading.values.shape == expected.shape:
            whole = list(of_the_whole(reading, expected, quantity, exercise))
            found += whole or of_single_cells(reading, expected, quantity, exercise.settings)
    return found if any(one.explains for one in found) else [*found, *of_parts(written, expected, quantity, exercise)]
