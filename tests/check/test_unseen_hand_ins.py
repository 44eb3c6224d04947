"""Whole hand-ins that the judge was not made with: one slip, two slips, right but rounded at every step, right in another layout."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import unseen_models
import unseen_networks
import unseen_tutorials

from byhand.app.solving import solve_text
from byhand.check.answers.read import from_text
from byhand.check.exercise.build import exercise_of
from byhand.check.judge.judge import Judge
from byhand.check.mark import Report

EXAMPLES = Path(__file__).parents[2] / "examples"
PARTS = {"all": "", "grads": r"d\w+/d(W|b|w|syn)\d?'*$|(W|b|w|syn)\d?'+", "new": r"(W|b|w|syn)\d?'+"}

ONE_SLIP = """
DEEP S01 all|COLUMNS S02 all|B1 S02 grads|D2 S03 grads|D1 S04 all|SCRATCH S05 grads|CHAIN S06 all|COLUMNS S07 all|D3 S08 all|B1 S09 all|RELU S10 all|E2 S11 grads|E2 S12 all
E2 S13 grads|D1 S14 grads|ELEVEN S14 all|COLUMNS S15 grads|D1 S16 all|CHAIN S17 grads|D3 S18 all|SCRATCH S19 grads|COLUMNS S20 all|DEEP S21 grads|COLUMNS S22 new|SCRATCH S23 all
RELU S24 grads|RELU S25 all|DEEP S26 all|DEEP S27 grads|E2 S28 new|DEEP S29 all|UNITS S29 all|UNITS S30 all|ELEVEN S30 all|DEEP S31b new|ELEVEN S32 all|UNITS S33 all|D2 S34 grads
DEEP S35 all|DEEP S35c grads|DEEP S36b all|RELU S36 grads|RELU S37b all|UNITS S38 new|SQUARE S39 grads|SQUARE S40 all|DEEP S41 all|SQUARE S42 all|SCRATCH S43 all|DEEP S44 all|E2 S45 all
SCRATCH S46b grads|RIDGE S46b all|RIDGE S09 all|COLUMNS S20b all|D2 S16 grads
"""

TWO_SLIPS = """
E2 S12@ys S31@dL/dh|E2 S08@L S44@W1'|DEEP S03@h1 S29@dL/dh2|DEEP S42@dL/dW3 S31b@dL/dz1|DEEP S21@dL/dz3 S45@W1'|SCRATCH S02@z1 S25@dL/db2|SCRATCH S22@dL/dz2 S34@dL/dz1
SCRATCH S10@L S43@dL/dW2|RELU S09@L S31b@dL/dZ1|RELU S14@dL/dY S24b@dL/db2|COLUMNS S10@J S23@dJ/dw|COLUMNS S15@dJ/dZ S28@b'|CHAIN S08@l S43@dl/dW|B1 S02@Z S36@dL/dZ
B1 S21@dL/dy S24b@dL/db1|D1 S04@x1 S33@dE/dz2|D1 S16@dE/dz2 S44@W1'|SQUARE S38@dL/dh S27@dL/db1|RIDGE S09@R S46@dR/dw|DEEP S09@L S30b@dL/dh1
"""


def _module(key: str) -> ModuleType:
    return next(one for one in (unseen_models, unseen_networks, unseen_tutorials) if hasattr(one, key))


def worked(key: str, slips: str = "") -> unseen_models.Answers:
    with np.errstate(all="ignore"):
        return getattr(_module(key), key.lower())(slips)


@lru_cache
def _judge(key: str) -> Judge:
    body = getattr(_module(key), key)
    text = (EXAMPLES / body).read_text(encoding="utf-8") if body.endswith(".md") else f"# An exercise\n\n```byhand\n{body.strip()}\n```\n"
    return Judge(exercise_of(solve_text(text), text))


def marked(key: str, answers: unseen_models.Answers) -> Report:
    (hand_in,) = from_text(json.dumps({"answers": answers}), "somebody.json", "json")
    return _judge(key).mark(hand_in)


def rounded(value: object, digits: int = 5) -> list[object]:
    return np.vectorize(lambda x: float(f"{x:.{digits}g}"))(np.asarray(value, dtype=float)).tolist()


def _split(cases: str) -> list[str]:
    return cases.strip().replace("\n", "|").split("|")


@pytest.mark.parametrize("case", _split(ONE_SLIP))
def test_one_slip(case: str) -> None:
    key, slip, part = case.split()
    answers = {name: rounded(value) for name, value in worked(key, slip).items() if re.match(PARTS[part], name)}
    right = {name: rounded(value) for name, value in worked(key).items()}
    report = marked(key, answers)
    wrong = [mark.name for mark in report.marks if mark.name in answers and answers[mark.name] != right[mark.name]]
    assert report.first_wrong == wrong[0]
    said = {mark.name: mark for mark in report.marks if mark.name in answers}
    first = said[wrong[0]]
    assert slip[:3] in {first.slip, *(tie.id for tie in first.ties)}, (first.slip, first.message)
    assert [name for name, mark in said.items() if mark.marks < mark.max] in ([first.name], []), [
        (mark.name, mark.status, mark.message) for mark in report.marks
    ]
    assert not [name for name, mark in said.items() if mark.status == "wrong" or (mark.status != "right" and name not in wrong)]


@pytest.mark.parametrize("case", _split(TWO_SLIPS))
def test_two_slips_are_both_found_and_each_is_charged_once(case: str) -> None:
    key, *slips = case.split()
    places = {place: slip[:3] for slip, place in (one.split("@") for one in slips)}
    answers = worked(key, " ".join(one.split("@")[0] for one in slips))
    report = marked(key, {name: rounded(value, 12) for name, value in answers.items()})
    said = {mark.name: mark for mark in report.marks}
    for place, slip in places.items():
        assert slip in {said[place].slip, *(tie.id for tie in said[place].ties)}, said[place]
    assert {mark.name for mark in report.marks if mark.marks < mark.max and mark.status != "blank"} <= set(places)


KEYS = ["E2", "D1", "D2", "B1", "CHAIN", "COLUMNS", "SCRATCH", "DEEP", "RELU", "UNITS", "ELEVEN", "RIDGE", "SQUARE", "ADAM"]


@pytest.mark.parametrize("form", ["2f", "3f", "4f", "3g"])
@pytest.mark.parametrize("key", KEYS)
def test_right_but_rounded(key: str, form: str) -> None:
    texts = {name: np.vectorize(lambda x: f"{x:.{form}}")(np.asarray(value, dtype=float)).tolist() for name, value in worked(key).items()}
    for answers in (texts, {name: np.asarray(value, dtype=float).tolist() for name, value in texts.items()}):
        assert {mark.status for mark in marked(key, answers).marks} <= {"right", "blank"}


def by_hand(decimals: int) -> unseen_models.Answers:
    """The gradients of D1, every number on the way rounded before it is used; the output errors are not handed in."""

    def short(value: object) -> np.ndarray:
        return np.round(np.asarray(value, dtype=float), decimals)

    x, t = np.array([1.0, 1, 0, 0, 0]), np.array([1.0, 0])
    w1, w2 = np.full((3, 5), 0.1), np.full((2, 3), 0.1)
    x1 = short(unseen_models.logistic(short(w1 @ x)))
    x2 = short(unseen_models.logistic(short(w2 @ x1)))
    d2 = short((x2 - t) * x2 * (1 - x2))
    d1 = short(w2.T @ d2 * x1 * (1 - x1))
    found = {"x1": x1, "x2": x2, "dE/dW2": short(np.outer(d2, x1)), "dE/db2": d2, "dE/dW1": short(np.outer(d1, x)), "dE/db1": d1}
    return {name: value.tolist() for name, value in found.items()}


@pytest.mark.parametrize("decimals", [3, 4, 5])
def test_right_but_rounded_at_every_step(decimals: int) -> None:
    assert {mark.status for mark in marked("D1", by_hand(decimals)).marks} <= {"right", "blank"}


@pytest.mark.parametrize("key", ["E2", "D2", "B1", "SCRATCH", "RELU", "COLUMNS", "DEEP", "CHAIN"])
@pytest.mark.parametrize("layout", ["weights", "columns", "names"])
def test_right_in_another_layout(key: str, layout: str) -> None:
    answers = {name: np.asarray(value, dtype=float) for name, value in worked(key).items()}
    if layout == "weights":
        answers = {name: value.T if re.search(r"W|w", name) else value for name, value in answers.items()}
    elif layout == "columns":
        answers = {name: value[:, None] if value.ndim == 1 else value for name, value in answers.items()}
    else:
        answers = {re.sub(r"^d\w+/d(W|b)(\d)$", r"grad_\1\2", re.sub(r"'$", "_new", name)): value for name, value in answers.items()}
    report = marked(key, {name: value.tolist() for name, value in answers.items()})
    assert {mark.status for mark in report.marks} <= {"right", "blank"}
    assert sum(mark.status == "right" for mark in report.marks) >= len(answers) - 1
