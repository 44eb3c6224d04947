"""Numbers as somebody writes them, and exercises to write numbers for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from byhand.app.solving import solve_text
from byhand.check.answers.entry import Numbers
from byhand.check.answers.written import numbers
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.run.arrays import Array

ROOT = Path(__file__).parents[2]


def typed(value: object, zeros_lost: bool = False) -> Numbers:
    """Text, or nested lists of texts, as numbers with their digits."""
    found = numbers(value, zeros_lost=zeros_lost)
    assert isinstance(found, Numbers)
    return found


def to_decimals(value: Array, decimals: int) -> Numbers:
    """An array as somebody copies it who keeps so many decimals."""
    return typed(_each(np.asarray(value, dtype=np.float64), f".{decimals}f"))


def to_significant(value: Array, digits: int) -> Numbers:
    """The same with significant digits, as in 0.00123 or 1.23e-7."""
    return typed(_each(np.asarray(value, dtype=np.float64), f".{digits - 1}e"))


def _each(value: Array, form: str) -> object:
    return [_each(part, form) for part in value] if value.ndim else format(float(value), form)


@cache
def example(name: str) -> Exercise:
    """One of the example sheets as an exercise."""
    return sheet((ROOT / "examples" / f"{name}.md").read_text(encoding="utf-8"))


@cache
def sheet(text: str) -> Exercise:
    return exercise_of(solve_text(text, "sheet"), text)


def truth(exercise: Exercise, name: str) -> Array:
    return np.asarray(exercise.quantities[name].truth, dtype=np.float64)
