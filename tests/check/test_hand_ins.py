"""Whole hand-ins with one slip each: the first wrong quantity is found, the slip named, and nothing else called wrong."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest
from hand_ins import BATCH, CASES, SIGMOID, SMOOTHED, Answers, Case, batch, sigmoid, smoothed

from byhand.app.solving import solve_text
from byhand.check.answers.read import from_text
from byhand.check.exercise.build import exercise_of
from byhand.check.judge.judge import Judge
from byhand.check.mark import Report

ALIASES = {
    "S29": {"S29", "S01"},
    "S21": {"S21", "S09"},
    "S09": {"S09", "S21"},
    "S17": {"S17", "S18"},
    "S35": {"S35", "S32"},
    "S25": {"S25", "S24"},
    "S22": {"S22", "S10"},
}
"""Slips that are the same change of the numbers: a catalogue may name either first."""


@lru_cache
def _judge(sheet: str) -> Judge:
    return Judge(exercise_of(solve_text(sheet), sheet))


def marked(sheet: str, answers: Answers, digits: int | None = 5) -> Report:
    """The report on answers rounded to so many significant digits, as a person writes them."""
    written = {name: _written(value, digits) for name, value in answers.items()}
    (hand_in,) = from_text(json.dumps({"answers": written}), "somebody.json", "json")
    return _judge(sheet).mark(hand_in)


def _written(value: object, digits: int | None) -> object:
    array = np.asarray(value, dtype=float)
    if digits is None:
        return array.tolist()
    return np.vectorize(lambda x: float(f"{x:.{digits}g}"))(array).tolist()


def _id(case: Case) -> str:
    return f"{case.work.__name__}-{case.slip}"


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_one_slip(case: Case) -> None:
    report = marked(case.sheet, case.work(case.slip))
    slip = case.slip[:3]
    assert report.first_wrong == case.first
    said = {mark.name: mark for mark in report.marks}
    named = said[case.first].slip
    assert named in ALIASES.get(slip, {slip}) or slip in {tie.id for tie in said[case.first].ties}, (named, said[case.first].message)
    charged = [mark.name for mark in report.marks if mark.marks < mark.max and mark.status != "blank"]
    again = {mark.slip for mark in report.marks if mark.status == "slip"}
    assert charged == [case.first], [(mark.name, mark.status, mark.slip, mark.message) for mark in report.marks if mark.name in charged]
    assert again == {named}


@pytest.mark.parametrize(("sheet", "work"), [(SMOOTHED, smoothed), (SIGMOID, sigmoid), (BATCH, batch)])
@pytest.mark.parametrize("digits", [None, 3, 4, 6])
def test_all_right(sheet: str, work: object, digits: int | None) -> None:
    report = marked(sheet, work(), digits)  # type: ignore[operator]
    assert {mark.status for mark in report.marks} == {"right"}
    assert report.total == report.most


SHORT = [case for case in CASES if case.first.startswith("d") and not case.slip.startswith("S25b")]


@pytest.mark.parametrize("case", SHORT, ids=_id)
def test_slips_in_what_was_not_written_down(case: Case) -> None:
    """Only the gradients of the parameters are handed in; the slip may lie in an error on the way."""
    kept = {name: value for name, value in case.work(case.slip).items() if "/d" not in name or name[-2] in "Wb"}
    right = case.work("")
    wrong = [name for name, value in kept.items() if not np.allclose(value, right[name], rtol=1e-6)]
    report = marked(case.sheet, kept)
    assert report.first_wrong == next(mark.name for mark in report.marks if mark.name in wrong)
    said = {mark.name: mark for mark in report.marks}[report.first_wrong]
    assert case.slip[:3] in {said.slip, *ALIASES.get(str(said.slip), ()), *(tie.id for tie in said.ties)}, (said.slip, said.message)
    charged = [mark.name for mark in report.marks if mark.marks < mark.max and mark.status != "blank"]
    assert charged == [report.first_wrong], [(mark.name, mark.status, mark.slip, mark.message) for mark in report.marks if mark.name in charged]
