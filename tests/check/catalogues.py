"""Exercises and their slips from the text of a sheet, for tests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from byhand.app.solving import solve_text
from byhand.check.engine import Engine
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.check.settings import settings_of
from byhand.check.slips.mutation import Mutation

Floats = NDArray[np.float64]


def exercise(formulas: str, front: str = "") -> Exercise:
    """The exercise of a sheet with these formulas, and with these lines at the top."""
    text = (f"---\n{front}---\n" if front else "") + f"```byhand\n{formulas}\n```\n"
    return exercise_of(solve_text(text), text, settings_of(text))


def truths(of: Exercise) -> dict[str, Floats]:
    return {name: value[0] for name, value in Engine(of).truths().items()}


def numbers(of: Exercise, slips: Iterator[Mutation] | tuple[Mutation, ...]) -> list[tuple[str, Floats, str]]:
    """Each slip's identifier, its number with the data of the sheet, and its words."""
    engine = Engine(of)
    found: list[tuple[str, Floats, str]] = []
    for slip in slips:
        value = engine.values([slip.step], engine.truths())
        if value is not None:
            found.append((slip.id, value[0][0], slip.message))
    return found
