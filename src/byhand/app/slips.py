"""``byhand slips``: which mistakes the numbers of a sheet tell apart."""

from __future__ import annotations

import json
from pathlib import Path

from byhand.analyse.variants import Goal
from byhand.app.render import page
from byhand.app.solving import solve
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.check.slips.page import document, to_json
from byhand.check.slips.separate import Separation, separating, share
from byhand.lang.errors import ByhandError
from byhand.sheets.solution import Solution
from byhand.sheets.source import read_text, take_apart

FORMS = ("text", "md", "tex", "html", "pdf", "json")


def slips(sheet: Path, to: str = "text", *, every: bool = False, width: int = 80, color: bool = False) -> str | bytes:
    """What ``byhand slips`` prints; ``ByhandError`` for a sheet that cannot be solved, or that has no numbers."""
    exercise, separations = separations_of(*read_text(sheet))
    if to == "json":
        return json.dumps(to_json(exercise, separations), ensure_ascii=False, indent=1, allow_nan=False)
    return page(document(exercise, separations, every), to, width, color)


def separations_of(text: str, name: str = "sheet") -> tuple[Exercise, tuple[Separation, ...]]:
    """What each number of a sheet tells of the slips in its step."""
    exercise = _exercise(text, name)
    found = tuple(separating(exercise).here())
    if not found:
        raise ByhandError(f"{name} has no numbers that a slip could change: give its quantities numbers, and define or ask for something.")
    return exercise, found


def telling_apart(text: str, name: str, least: float) -> Goal:
    """Numbers are to tell slips apart. The slips are worked out once, since only numbers change; ``ByhandError`` for a sheet without any."""
    ready = separating(_exercise(text, name))
    if not ready.kinds:
        raise ByhandError(f"{name} has no numbers that a slip could change, so there is nothing to tell apart.")
    return Goal(ready.score, least)


def score_of(solution: Solution, text: str) -> float:
    """The share of pairs that the numbers of a solved sheet tell apart."""
    return share(tuple(separating(exercise_of(solution, text)).here()))


def _exercise(text: str, name: str) -> Exercise:
    return exercise_of(solve(take_apart(text, name)), text)
