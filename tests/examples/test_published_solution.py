"""A printed solution with errors: byhand names the nineteen matrices that are wrong, each with what is wrong with it, and accepts all others.

Which ones they are is established here without byhand: NumPy follows the printed start values through, and compares at the digits printed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.app.solving import solve_text
from byhand.check.answers.read import hand_ins
from byhand.check.exercise.build import exercise_of
from byhand.check.judge.judge import Judge
from byhand.check.mark import Mark

FOLDER = Path(__file__).parents[2] / "examples" / "published-solution"

TOO_MANY = "one row too many, row 4, which repeats row 1"
UNSUMMED = "not summed over the 2 samples"
WRONG = {
    28: "start value not as asked",
    30: "start value not as asked",
    33: f"{TOO_MANY}, and b2 .*left out",
    34: TOO_MANY,
    35: TOO_MANY,
    36: f"{TOO_MANY}, and the last digit of x3 is off by one in column 1",
    37: "last digit of dE/dz3 is off by one in row 1 column 1 and row 3 column 1",
    42: UNSUMMED,
    44: UNSUMMED,
    46: UNSUMMED,
    48: r"wrong shape of dE/db3, \(3, 2\) in place of \(3, 1\)",
    50: r"wrong shape of dE/db2, \(3, 2\) in place of \(3, 1\)",
    52: r"wrong shape of dE/db1, \(4, 2\) in place of \(4, 1\)",
    55: "the last row left out",
    56: "the last row left out",
    57: "the last 2 rows left out",
    58: "the last 2 rows left out",
    61: UNSUMMED,
    63: r"wrong shape of dE/db3, \(3, 2\) in place of \(3, 1\)",
}
FOLLOWING = {31, 32, 38, 39, 40, 43, 45, 47, 49, 51, 59, 62}
HAND_INS = [("d1", 0, range(4)), ("d1", 1, range(4, 25)), ("d2b", 0, range(25, 53)), ("d3b", 0, [*range(25, 36), *range(53, 64)])]


def printed(sheet: str, which: int) -> dict[str, Any]:
    found = json.loads((FOLDER / f"{sheet}.json").read_text(encoding="utf-8"))
    return (found if isinstance(found, list) else [found])[which]["answers"]


MATRICES = {number: value for sheet, which, numbers in HAND_INS for number, value in zip(numbers, printed(sheet, which).values(), strict=True)}


# ------------------------------------------------------------------------------------------- with NumPy alone


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def d1() -> Iterator[tuple[int, Any]]:
    x, t = np.array([[1, 1, 0, 0, 0.0]]).T, np.array([[1, 0.0]]).T
    w1, w2, b1, b2 = np.full((3, 5), 0.1), np.full((2, 3), 0.1), np.zeros((3, 1)), np.zeros((2, 1))
    z1 = w1 @ x + b1
    x1 = sigmoid(z1)
    z2 = w2 @ x1 + b2
    x2 = sigmoid(z2)
    delta2 = (x2 - t) * x2 * (1 - x2)
    delta1 = (w2.T @ delta2) * x1 * (1 - x1)
    yield from enumerate([w1, w2, b1, b2, w1, x, b1, z1, x1, z2, x2, delta2, delta1, delta2 @ x1.T, delta2, delta1 @ x.T, delta1])
    w2, b2, w1, b1 = w2 - delta2 @ x1.T, b2 - delta2, w1 - delta1 @ x.T, b1 - delta1
    yield from enumerate([w2, b2, w1, b1], 17)
    z1 = w1 @ np.array([[1, 0, 0, 0, 1.0]]).T + b1
    x1 = sigmoid(z1)
    z2 = w2 @ x1 + b2
    yield from enumerate([z1, x1, z2, sigmoid(z2)], 21)


def d2b_and_d3b() -> Iterator[tuple[int, Any]]:
    """With the printed start values; b₂, which is not printed, is 0 as well."""
    x, t, ones = np.array([[1, 0, 1, 0], [0, 0, 10, 0.0]]).T, np.array([[0, 1, 0], [0, 0, 1.0]]).T, np.ones((2, 1))
    w1, w2, w3 = np.full((4, 4), 0.1), np.full((3, 4), 0.1), np.full((3, 3), 0.1)
    z1 = w1 @ x
    x1 = np.tanh(z1)
    z2 = w2 @ x1
    x2 = np.tanh(z2)
    z3 = w3 @ x2
    x3 = np.tanh(z3)
    delta3 = (x3 - t) * (1 - x3**2)
    delta2 = (w3.T @ delta3) * (1 - x2**2)
    delta1 = (w2.T @ delta2) * (1 - x1**2)
    yield from enumerate([x.T, t.T, w1, np.full((4, 1), 0.1), w3, np.full((3, 1), 0.1), z1, x1, z2, x2, z3, x3, delta3, delta2, delta1], 25)
    db3, db2, db1 = delta3 @ ones, delta2 @ ones, delta1 @ ones
    yield from enumerate([delta3 @ x2.T, ones, db3, delta2 @ x1.T, db2, delta1 @ x.T, db1], 40)
    yield from enumerate([w3 - 0.1 * delta3 @ x2.T, -0.1 * db3, w2 - 0.1 * delta2 @ x1.T, -0.1 * db2, w1 - 0.1 * delta1 @ x.T, -0.1 * db1], 47)
    p = np.exp(z3) / np.exp(z3).sum(axis=0)
    delta3 = p - t
    back = w3.T @ delta3
    delta2 = back * (1 - x2**2)
    yield from enumerate([p, delta3, back, delta2, w2.T @ delta2, (w2.T @ delta2) * (1 - x1**2)], 53)
    yield from enumerate([delta3 @ x2.T, ones, delta3 @ ones, w3 - 0.1 * delta3 @ x2.T, -0.1 * delta3 @ ones], 59)


def rounds(text: str, value: float) -> bool:
    """Whether a number rounds to what is printed."""
    exponent = Decimal(text).as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(float(text) - value) <= 0.5 * 10.0**exponent * (1 + 1e-9) if "." in text else abs(float(text) - value) < 1e-12


def is_printed(matrix: list[list[str]], value: Any) -> bool:
    return np.shape(matrix) == value.shape and all(rounds(text, entry) for row, line in zip(matrix, value) for text, entry in zip(row, line))


def test_numpy_alone_finds_these_nineteen() -> None:
    found = {number for number, value in (*d1(), *d2b_and_d3b()) if not is_printed(MATRICES[number], value)}
    assert found == set(WRONG)
    assert len(found) == 19
    assert len(MATRICES) == 64


# ---------------------------------------------------------------------------------------------- with byhand


@cache
def marks(sheet: str, which: int) -> list[Mark]:
    """The marks in the order of the answers."""
    text = (FOLDER / f"{sheet}.md").read_text(encoding="utf-8")
    judge = Judge(exercise_of(solve_text(text, sheet), text))
    hand_in = list(hand_ins(FOLDER / f"{sheet}.json"))[which]
    report = judge.mark(hand_in)
    assert not report.problems
    found = {mark.name: mark for mark in report.marks}
    return [found[str(judge.names.find(entry.name).name)] for entry in hand_in.entries]


MARKED = [(number, sheet, which, place) for sheet, which, numbers in HAND_INS for place, number in enumerate(numbers)]


@pytest.mark.parametrize(("number", "sheet", "which", "place"), MARKED, ids=[f"{sheet}-{number}" for number, sheet, _, _ in MARKED])
def test_each_matrix(number: int, sheet: str, which: int, place: int) -> None:
    mark = marks(sheet, which)[place]
    if sheet == "d3b" and number in (25, 26):
        assert mark.status == "right"
    if number in WRONG:
        assert mark.status in ("slip", "wrong")
        assert re.search(WRONG[number], mark.message), mark.message
    else:
        assert mark.status == ("follows" if number in FOLLOWING else "right"), (mark.status, mark.message)


def test_the_first_mistake_of_each_and_the_marks() -> None:
    text = (FOLDER / "d2b.md").read_text(encoding="utf-8")
    report = Judge(exercise_of(solve_text(text, "d2b"), text)).mark(next(hand_ins(FOLDER / "d2b.json")))
    assert report.first_wrong == "b1"
    assert (float(report.total), float(report.most)) == (19.5, 21.0)
    assert all(mark.status == "right" for mark in (*marks("d1", 0), *marks("d1", 1)))


def test_the_page_says_the_same() -> None:
    """The numbers in the table are those that are wrong, and the counts are right."""
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = page.partition("| no. |")[2].splitlines()[2:]
    numbers = [int(one) for row in rows if row.startswith("| ") for one in row.split("|")[1].split(",")]
    assert numbers == sorted(WRONG)
    right = 64 - len(WRONG) - len(FOLLOWING)
    assert f"accepts {64 - len(WRONG)}: {right} are right as they stand, {len(FOLLOWING)} follow" in page
