"""``byhand slips``: which mistakes the numbers of a sheet tell apart."""

from __future__ import annotations

import json
from pathlib import Path

from byhand.analyse.variants import Goal
from byhand.app.checking import exercise_of_text
from byhand.app.render import page
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.check.slips.page import document, to_json
from byhand.check.slips.separate import Separation, separating, share
from byhand.lang.errors import ByhandError
from byhand.sheets.solution import Solution
from byhand.sheets.source import read_text


def slips(sheet: Path, to: str = "text", *, every: bool = False, width: int = 80, color: bool = False) -> str | bytes:
    """What ``byhand slips`` prints; ``ByhandError`` for a sheet that cannot be solved, or that has no numbers."""
    exercise, separations = separations_of(*read_text(sheet))
    if to == "json":
        return json.dumps(to_json(exercise, separations), ensure_ascii=False, indent=1, allow_nan=False)
    return page(document(exercise, separations, every), to, width, color)


def separations_of(text: str, name: str = "sheet") -> tuple[Exercise, tuple[Separation, ...]]:
    """What each number of a sheet tells of the slips in its step."""
    exercise = exercise_of_text(text, name)
    found = tuple(separating(exercise).here())
    if not found:
        raise ByhandError(f"{name} has no numbers that a slip could change: give its quantities numbers, and define something with them.")
    return exercise, found


def telling_apart(text: str, name: str, least: float) -> Goal:
    """Numbers are to tell slips apart. The slips are worked out once, since only numbers change.

    ``ByhandError`` for a sheet without any, and for a share that is none.
    """
    if not 0 <= least <= 1:
        raise ByhandError(f"cannot separate {least:g} of the slips: the share is a number from 0 to 1, such as 0.95.")
    ready = separating(exercise_of_text(text, name))
    if not ready.kinds:
        raise ByhandError(f"{name} has no numbers that a slip could change, so there is nothing to tell apart.")
    return Goal(ready.score, least)


def score_of(solution: Solution, text: str) -> float:
    """The share of pairs that the numbers of a solved sheet tell apart."""
    return share(tuple(separating(exercise_of(solution, text)).here()))
