"""Marking: what is followed, what a slip costs, and what is left for a person."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from hand_ins import SIGMOID, SMOOTHED, sigmoid, smoothed

from byhand.app.solving import solve_text
from byhand.check.answers.read import from_text
from byhand.check.exercise.build import exercise_of
from byhand.check.judge.judge import Judge
from byhand.check.mark import Mark


@lru_cache
def _judge(sheet: str) -> Judge:
    return Judge(exercise_of(solve_text(sheet), sheet))


def _marks(sheet: str, answers: dict[str, Any]) -> dict[str, Mark]:
    plain = {name: np.asarray(value).tolist() if not isinstance(value, str) else value for name, value in answers.items()}
    (hand_in,) = from_text(json.dumps({"answers": plain}), "somebody.json", "json")
    return {mark.name: mark for mark in _judge(sheet).mark(hand_in).marks}


def test_numbers_follow_from_a_wrong_formula() -> None:
    right = smoothed("S14")
    marks = _marks(SMOOTHED, {"dL/dz": "ys - p", "dL/db2": right["dL/db2"], "dL/da": right["dL/da"]})
    assert (marks["dL/dz"].status, marks["dL/dz"].slip) == ("slip", "S14")
    assert {marks[name].status for name in ("dL/db2", "dL/da")} == {"follows"}
    assert marks["dL/da"].because_of == ("dL/dz",)


def test_own_and_true_values_mixed() -> None:
    """p is wrong; dL/dz goes on with it, and dL/dW2 is made with the right error."""
    right, wrong = smoothed(), smoothed("S06")
    marks = _marks(SMOOTHED, right | {"p": wrong["p"], "dL/dz": wrong["dL/dz"]})
    assert marks["p"].slip == "S06"
    assert (marks["dL/dz"].status, marks["dL/dz"].because_of) == ("follows", ("p",))
    assert marks["dL/dW2"].status == "right"


def test_a_slip_is_charged_once_or_each_time() -> None:
    once, twice = sigmoid("S14"), sigmoid()
    sheet = "---\ntitle: A sigmoid network\ncheck:\n  same slip: each\n---\n" + SIGMOID.split("\n", 1)[1]
    answers = once | {"dE/dh": -np.asarray(twice["dE/dh"])}
    for text, least in ((SIGMOID, Fraction(1, 2)), (sheet, Fraction(1, 2))):
        marks = _marks(text, answers)
        assert marks["dE/do"].marks == least
    up = sigmoid("S44")
    assert [_marks(SIGMOID, up)[name].marks for name in ("W1'", "W2'")] == [Fraction(1, 2), 1]
    assert [_marks(sheet, up)[name].marks for name in ("W1'", "W2'")] == [Fraction(1, 2), Fraction(1, 2)]


def test_a_follow_through_that_is_zero_everywhere_is_for_a_person() -> None:
    answers = smoothed() | {"dL/dz": np.zeros(3), "dL/dW2": np.zeros((3, 3))}
    mark = _marks(SMOOTHED, answers)["dL/dW2"]
    assert mark.status == "follows"
    assert "zero everywhere" in mark.review


def test_rounded_operands_are_no_mistake() -> None:
    """Every step is worked out from the numbers before as they were written down, to three digits."""
    right = sigmoid()
    o = np.round(right["o"], 3)
    dz2 = (o - np.array([0.01, 0.99])) * o * (1 - o)
    marks = _marks(SIGMOID, {"o": o, "dE/dz2": np.round(dz2, 5)})
    assert {mark.status for mark in marks.values()} <= {"right", "blank"}


def test_few_digits_among_many_are_meant_exactly() -> None:
    answers = sigmoid() | {"W1'": [[0.15, 0.20], [0.25, 0.30]]}
    assert _marks(SIGMOID, answers)["W1'"].slip == "S28"


def test_a_number_with_its_formula() -> None:
    (hand_in,) = from_text("dE/dz2 = (t - o) * o * (1 - o) = [0.1, 0.2]\nz1 = W1 x + b1 = [0.3775, 0.4]", "somebody.md", "lines")
    marks = {mark.name: mark for mark in _judge(SIGMOID).mark(hand_in).marks}
    assert any("formula is not right" in remark for remark in marks["dE/dz2"].remarks)
    assert marks["z1"].status != "right"
    assert any("mistake is in the arithmetic" in remark for remark in marks["z1"].remarks)
