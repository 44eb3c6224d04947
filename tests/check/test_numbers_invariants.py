"""What must hold: never said of right answers, and said of wrong ones in words that are true."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from number_samples import example, sheet, to_significant, truth

from byhand.check.engine import Engine
from byhand.check.exercise.quantity import Exercise
from byhand.check.numbers import rounding
from byhand.check.numbers.invariants import broken
from byhand.run.arrays import Array

SHEETS = ("b1-two-layer-regression", "e2-label-smoothing-step", "d1-sigmoid-network", "d2-tanh-network", "d3-softmax-network")

BATCH = """# Three samples, three classes

```byhand
X = [[1, 0.5], [-0.3, 2], [0, 1.5]]
T = [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
W = [[0.2, -0.4, 0.1], [0.5, 0.3, -0.2]]
b = [0.1, 0, -0.1]
Z = X @ W + b
P = softmax(Z)
L = -mean(sum(T * log(P), axis=1))
G = W.T @ W
s = sigmoid(Z)
h = tanh(Z)
R = sum(W**2)
```

```byhand
Z, P, L, G, s, h, R, dL/dZ, dL/dW, dL/db
```
"""


def said(exercise: Exercise, name: str, value: object, half: float = 0.0005) -> str:
    return "; ".join(broken(exercise, name, np.asarray(value, dtype=np.float64), Engine(exercise).truths(), half))


@pytest.mark.parametrize("name", SHEETS)
def test_nothing_is_said_of_right_answers(name: str) -> None:
    exercise = example(name)
    env = Engine(exercise).truths()
    for one, quantity in exercise.quantities.items():
        for digits in (2, 3, 5):
            written = to_significant(truth(exercise, one), digits)
            assert broken(exercise, one, written.values, env, written.half) == (), (one, quantity.truth)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("L", -0.3, ["L cannot be negative, but it is -0.3"]),
        ("R", -1.0, ["R cannot be negative"]),
        ("P", [[0.5, 0.2, 0.3], [0.9, 0.3, 0.1], [0.2, 0.5, 0.3]], ["every row of P must add up to 1, but those of row 2 add up to 1.3"]),
        ("P", [[1.5, -0.8, 0.3], [0.6, 0.3, 0.1], [0.2, 0.5, 0.3]], ["P must lie between 0 and 1, but row 1, column 2 is -0.8"]),
        ("s", np.full((3, 3), 1.2), ["s must lie between 0 and 1"]),
        ("h", np.full((3, 3), -1.2), ["h must lie between -1 and 1"]),
        ("G", [[0.29, 0.07, -0.08], [0.17, 0.25, -0.1], [-0.08, -0.1, 0.05]], ["G must be symmetric, but row 1, column 2 is 0.07 and row 2, column 1 is 0.17"]),
        ("dL/dZ", np.full((3, 3), 0.1), ["every row of dL/dZ must add up to 0", "L stays the same when the same number is added", "of Z"]),
        ("dL/db", [0.1, 0.1, 0.1], ["the entries of dL/db must add up to 0", "they add up to 0.3"]),
        ("dL/dW", np.zeros((3, 2)), ["dL/dW must have the shape (2, 3), as W has it, and not (3, 2)"]),
        ("dL/dW", np.zeros((2, 2)), ["not (2, 2)"]),
    ],
)
def test_what_is_broken(name: str, value: Array, words: list[str]) -> None:
    found = said(sheet(BATCH), name, value)
    for one in words:
        assert one in found


def test_rounding_breaks_nothing() -> None:
    exercise = sheet(BATCH)
    rounded = np.array([[0.33, 0.33, 0.33], [0.6, 0.3, 0.1], [0.2, 0.5, 0.3]])
    assert "add up" not in said(exercise, "P", rounded, 0.005)
    assert "add up" in said(exercise, "P", rounded, 0.00005)
    assert "negative" not in said(exercise, "L", -0.004, 0.005)


def test_losses_that_can_be_negative_are_let_alone() -> None:
    exercise = sheet("```byhand\nx = [1, -2]\nw = [0.3, 0.4]\nL = w @ x - 2\n```\n```byhand\nL, dL/dw\n```")
    assert said(exercise, "L", -5.0) == ""


def test_sums_to_zero_are_proved_not_guessed() -> None:
    """The entries of this gradient happen to add up to zero at these numbers, and at no others."""
    exercise = sheet("```byhand\nx = [1, -1]\nw = [0.5, 0.5]\nL = (w @ x - 2)**2\n```\n```byhand\nL, dL/dw\n```")
    assert truth(exercise, "dL/dw").sum() == 0
    assert "add up" not in said(exercise, "dL/dw", [1.0, 2.0])


def test_impossible_signs() -> None:
    exercise = example("e2-label-smoothing-step")
    found = said(exercise, "dL/dW1", np.full((2, 3), 0.3))
    assert "dL/dW1 in row 1, column 1 must be 0 and not 0.3, as it is made of products of x and dL/dh that are all 0" in found
    negative = said(exercise, "dL/dW1", -truth(exercise, "dL/dW1"))
    assert "dL/dW1 in row 2, column 2 cannot be negative, as it is made of products of x and dL/dh and none of them is" in negative


def test_finite_differences_by_hand() -> None:
    """The difference quotient that is named is that of the loss, by NumPy alone."""
    exercise = sheet(BATCH)
    x, t, w, b = (truth(exercise, name) for name in "XTWb")

    def loss(moved: Array) -> float:
        z = x @ moved + b
        return float(-np.mean(np.sum(t * (z - np.log(np.exp(z).sum(axis=1, keepdims=True))), axis=1)))

    wrong = truth(exercise, "dL/dW").copy()
    wrong[1, 2] += 0.25
    step = np.zeros((2, 3))
    step[1, 2] = 0.001
    change = (loss(w + step) - loss(w - step)) / 2
    assert f"moving W by 0.001 in row 2, column 3 changes L by {change:.3g}, not by {0.001 * wrong[1, 2]:.3g}" in said(exercise, "dL/dW", wrong)


def test_finite_differences_of_what_lies_in_between() -> None:
    exercise = example("d1-sigmoid-network")
    assert "moving z1 by 0.001 in entry" in said(exercise, "dE/dz1", truth(exercise, "dE/dz1") + np.array([0.0, 0.01, 0.0]))
    assert "moving x1 by 0.001 in entry 3" in said(exercise, "dE/dx1", truth(exercise, "dE/dx1") + np.array([0.0, 0.0, 0.01]))


def test_a_step_uphill() -> None:
    exercise = example("e2-label-smoothing-step")
    before, after = (truth(exercise, name) for name in ("W2", "W2'"))
    assert "with this W2' alone in place of W2, L rises from 1.53 to" in said(exercise, "W2'", 2 * before - after)
    assert said(exercise, "W2'", (before + after) / 2) == "", "a smaller step downhill"


def test_after_a_step_the_new_parameters_are_meant() -> None:
    exercise = sheet(BATCH.replace("dL/db\n```", "dL/db\n```\n```byhand\nstep(L, [W, b], rate=0.5)\nL, dL/dW\n```"))
    wrong = truth(exercise, "dL/dW'") + np.array([[0, 0, 0], [0, 0, 0.3]])
    assert "moving W' by 0.001 in row 2, column 3 changes L' by" in said(exercise, "dL/dW'", wrong)
    assert said(exercise, "dL/dW'", truth(exercise, "dL/dW'")) == ""


def test_operands_of_another_shape_are_let_alone() -> None:
    """A person's own values may have any shape."""
    exercise = example("b1-two-layer-regression")
    for name, quantity in exercise.quantities.items():
        for parent in quantity.parents:
            for shape in ((1,), (1, 2), (1, 5), (1, 3, 2), (1, 2, 2, 2), (1, 0)):
                env = {**Engine(exercise).truths(), parent: np.full(shape, 0.5)}
                broken(exercise, name, truth(exercise, name) + 0.3, env)
                rounding.slack(Engine(exercise), quantity.steps[0], env, {parent: np.full(shape[1:], 0.01)})


def test_what_is_not_finite() -> None:
    assert said(sheet(BATCH), "Z", np.full((3, 3), np.nan)) == ""


def test_quick() -> None:
    """Proofs are made once; after that a wrong answer takes a few milliseconds at most."""
    exercise = example("d3-softmax-network")
    env, names = Engine(exercise).truths(), [name for name in exercise.quantities if exercise.quantities[name].steps]
    for name in names:
        broken(exercise, name, truth(exercise, name) + 0.3, env)
    start = perf_counter()
    for name in names:
        broken(exercise, name, truth(exercise, name) + 0.3, env)
    assert (perf_counter() - start) / len(names) < 0.01
