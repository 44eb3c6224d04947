"""What must hold of marking, whatever was handed in."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hand_ins import BATCH, CASES, SIGMOID, SMOOTHED, Case
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.app.solving import solve_text
from byhand.check.answers.read import from_text
from byhand.check.exercise.build import exercise_of
from byhand.check.judge.judge import Judge
from byhand.check.mark import Report


@lru_cache
def _judge(sheet: str) -> Judge:
    return Judge(exercise_of(solve_text(sheet), sheet))


def _marked(sheet: str, answers: dict[str, Any]) -> Report:
    (hand_in,) = from_text(json.dumps({"answers": answers}), "somebody.json", "json")
    return _judge(sheet).mark(hand_in)


def _lists(case: Case) -> dict[str, Any]:
    return {name: np.asarray(value).tolist() for name, value in case.work(case.slip).items()}


def _statuses(report: Report) -> dict[str, tuple[str, str | None, Fraction]]:
    return {mark.name: (mark.status, mark.slip, mark.marks) for mark in report.marks}


@pytest.mark.parametrize("case", CASES[::3], ids=lambda case: f"{case.work.__name__}-{case.slip}")
def test_order_does_not_matter(case: Case) -> None:
    answers = _lists(case)
    shuffled = list(answers.items())
    random.Random(case.slip).shuffle(shuffled)
    assert _statuses(_marked(case.sheet, dict(shuffled))) == _statuses(_marked(case.sheet, answers))


@pytest.mark.parametrize("case", CASES[1::3], ids=lambda case: f"{case.work.__name__}-{case.slip}")
def test_spelling_of_names_does_not_matter(case: Case) -> None:
    answers = _lists(case)
    other = {name.replace("dL/d", "grad_").replace("dE/d", "d").replace("'", "_new"): value for name, value in answers.items()}
    assert _statuses(_marked(case.sheet, other)) == _statuses(_marked(case.sheet, answers))


@pytest.mark.parametrize("case", CASES[2::3], ids=lambda case: f"{case.work.__name__}-{case.slip}")
def test_an_unread_part_changes_nothing_else(case: Case) -> None:
    answers = _lists(case)
    spoilt = dict(answers) | {"nonsense": "[[1, 2], [3", "__class__": "9^9^9^9"}
    assert _statuses(_marked(case.sheet, spoilt)) == _statuses(_marked(case.sheet, answers))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.work.__name__}-{case.slip}")
def test_correcting_an_answer_and_its_followers_never_lowers_the_total(case: Case) -> None:
    right = {name: np.asarray(value).tolist() for name, value in case.work("").items()}
    wrong = _lists(case)
    names = list(wrong)
    before = _marked(case.sheet, wrong).total
    assert _marked(case.sheet, right).total >= before
    for last in range(len(names) - 1, -1, -4):
        if names[last] == case.first:
            break
        mended = wrong | {name: right[name] for name in names[last:]}
        assert _marked(case.sheet, mended).total >= before - Fraction(1, 10**9)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([SMOOTHED, SIGMOID, BATCH]), st.randoms())
def test_noise_never_earns_more_than_the_truth(sheet: str, random: random.Random) -> None:
    case = next(one for one in CASES if one.sheet == sheet)
    answers = {name: np.asarray(value) for name, value in case.work("").items()}
    spoilt = {name: value + np.asarray(random.uniform(0.5, 2)) * (random.random() < 0.4) for name, value in answers.items()}
    report = _marked(sheet, {name: value.tolist() for name, value in spoilt.items()})
    assert report.total <= report.most
    changed = {name for name in answers if not np.allclose(spoilt[name], answers[name])}
    assert {mark.name for mark in report.marks if mark.status == "right"} >= set(answers) - changed
    if changed:
        assert report.first_wrong in changed
