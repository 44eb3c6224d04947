"""One wrong cell in an otherwise consistent hand-in: the first wrong quantity is named, what is wrong in it too, and nothing else is charged."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from number_samples import example, sheet, truth

from byhand.check.answers.read import from_text
from byhand.check.engine import Engine
from byhand.check.exercise.quantity import Exercise
from byhand.check.judge.judge import Judge
from byhand.check.mark import Report
from byhand.run.arrays import Array

COLUMNS = """# Samples as columns

```byhand
X  = [[1, 0.5, -1], [0.2, 0.3, 2]]
T  = [[0, 1, 0], [1, 0, 1]]
W1 = [[0.1, -0.2], [0.4, 0.6], [-0.3, 0.8], [0.5, 0.1]]
b1 = [[0.1], [0], [-0.2], [0.3]]
W2 = [[0.2, -0.1, 0.5, 0.3], [0.6, 0.3, -0.4, 0.1]]
Z1 = W1 @ X + b1
A1 = relu(Z1)
Z2 = W2 @ A1
P  = softmax(Z2, axis=0)
L  = -sum(T * log(P)) / 3
```

```byhand
Z1, A1, Z2, P, L, dL/dW1, dL/dW2, dL/db1
step(L, [W1, b1, W2], rate=0.1)
```
"""
EXERCISES = {
    "smoothed": lambda: example("e2-label-smoothing-step"),
    "regression": lambda: example("b1-two-layer-regression"),
    "columns": lambda: sheet(COLUMNS),
}
CHANGES = {"sign": lambda x: -x, "point": lambda x: 10 * x, "digit": lambda x: x + np.copysign(0.01 if int(abs(x) * 100) % 10 < 9 else -0.01, x)}
LEFT_OUT = {("sign", "p"), ("sign", "P"), ("digit", "dL/dp")}
"""The logarithm of a negative number is no answer; and one digit more or less in ys / p is what rounding p makes of it."""
SAME = {"S48", "S49", "G12", "S07", "S14", "S20"}
"""A wrong sign in the only number that is not zero is a wrong sign of everything."""


@cache
def judge(name: str) -> Judge:
    return Judge(EXERCISES[name]())


def spelled(value: Array, decimals: int) -> object:
    return [spelled(part, decimals) for part in value] if np.ndim(value) else f"{float(value):.{decimals}f}"


def handed_in(exercise: Exercise, name: str, value: Array, decimals: int) -> dict[str, object]:
    """All answers, those after the wrong one worked out from it without rounding on the way."""
    engine = Engine(exercise)
    env, touched = {**engine.truths(), name: value[None]}, {name}
    for one, quantity in exercise.quantities.items():
        if one != name and quantity.steps and not touched.isdisjoint(quantity.parents):
            (env[one],) = engine.values(quantity.steps[:1], env) or []
            touched.add(one)
    return {one: spelled(env[one][0], decimals) for one in answered(exercise)}


def answered(exercise: Exercise) -> list[str]:
    return [name for name, one in exercise.quantities.items() if one.parents and one.truth is not None and (one.own or one.asked)]


def marked(name: str, answers: dict[str, object]) -> Report:
    (hand_in,) = from_text(json.dumps({"answers": answers}), "somebody.json", "json")
    return judge(name).mark(hand_in)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("decimals", [3, 4])
def test_one_wrong_cell(name: str, change: str, decimals: int) -> None:
    exercise = EXERCISES[name]()
    for one in answered(exercise):
        right = np.array(truth(exercise, one))
        clear = np.argwhere(np.abs(right) > 0.1)
        if not len(clear) or (change, one) in LEFT_OUT:
            continue
        cell = tuple(clear[len(clear) // 2])
        wrong = right.copy()
        wrong[cell] = CHANGES[change](float(np.round(right[cell], decimals)))
        report = marked(name, handed_in(exercise, one, wrong, decimals))
        assert report.first_wrong == one, (one, cell)
        said = next(mark for mark in report.marks if mark.name == one)
        assert SAME & {said.slip, *(tie.id for tie in said.ties)}, (one, said.message)
        assert [mark.name for mark in report.marks if mark.status in ("slip", "wrong", "unread")] == [one]


def test_what_was_rounded_to_zero_is_followed_unrounded() -> None:
    """p is written as 0.0000, its logarithm is not."""
    exercise = example("e2-label-smoothing-step")
    wrong = truth(exercise, "z") + np.array([0.0, 0.0, 9.0])
    answers = handed_in(exercise, "z", wrong, 4)
    assert "0.0000" in str(answers["p"])
    status = {mark.name: mark.status for mark in marked("smoothed", answers).marks}
    assert status["p"] == status["L"] == status["dL/dW1"] == "follows"


@pytest.mark.parametrize(("loss", "status"), [("71", "follows"), ("-71", "wrong"), ("70", "wrong")])
def test_an_infinite_value_is_followed_by_no_number(loss: str, status: str) -> None:
    """Without relu one probability is 1 and all others are 0 as far as anybody writes; the loss is 71 before p is rounded, and infinite after."""
    report = marked("smoothed", {"a": "[-13, 2, -5]", "z": "[-19, 59, -27]", "p": "[0, 1, 0]", "L": loss})
    assert {mark.name: mark.status for mark in report.marks}["L"] == status


def test_transposed_throughout() -> None:
    """Matrices that are not square show the habit; the square ones are read the same way."""
    exercise = example("e2-label-smoothing-step")
    report = marked("smoothed", {one: spelled(truth(exercise, one).T, 4) for one in answered(exercise)})
    assert {mark.status for mark in report.marks} == {"right"}
    remarks = {mark.name: mark.remarks for mark in report.marks}
    assert any("as in the other answers" in remark for remark in remarks["dL/dW2"])
    alone = marked("smoothed", {one: spelled(truth(exercise, one).T if one == "dL/dW2" else truth(exercise, one), 4) for one in answered(exercise)})
    assert [mark.name for mark in alone.marks if mark.status != "right"] == ["dL/dW2"]


@pytest.mark.parametrize("decimals", [2, 3, 5])
def test_right_but_rounded_in_columns(decimals: int) -> None:
    exercise = example("b1-two-layer-regression")
    values = {one: truth(exercise, one) for one in answered(exercise)}
    report = marked("regression", {one: spelled(value[:, None] if value.ndim == 1 else value, decimals) for one, value in values.items()})
    assert {mark.status for mark in report.marks} == {"right"}


def test_rounded_too_early() -> None:
    """Nothing is handed in but the loss, made of probabilities to two decimals."""
    exercise = example("e2-label-smoothing-step")
    p, ys = (np.round(truth(exercise, name), 2) for name in ("p", "ys"))
    report = marked("smoothed", {"L": spelled(-np.sum(ys * np.log(p)), 4)})
    said = next(mark for mark in report.marks if mark.name == "L")
    assert (said.status, said.slip) == ("slip", "S49")
    assert "ys and p are rounded to 2 decimals before L is worked out" in said.message
