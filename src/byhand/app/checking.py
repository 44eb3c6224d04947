"""A sheet made ready for marking."""

from __future__ import annotations

from byhand.app.solving import solve
from byhand.app.version import VERSION
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.check.judge.judge import Judge
from byhand.sheets.source import take_apart


def exercise_of_text(text: str, name: str = "sheet") -> Exercise:
    """The exercise that a sheet's text is; ``ByhandError`` with the line if anything on it cannot be done."""
    return exercise_of(solve(take_apart(text, name)), text)


def prepared(text: str, name: str = "sheet") -> Judge:
    """All that marking needs of a sheet, worked out once."""
    return Judge(exercise_of_text(text, name), VERSION)
