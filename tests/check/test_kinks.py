"""Gradients where a value is exactly on a kink: every subgradient is right, what is made of it is right, and nothing beyond the two sides is."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from byhand.app.solving import solve_text
from byhand.check.answers.read import from_text
from byhand.check.exercise.build import exercise_of
from byhand.check.judge.judge import Judge
from byhand.check.mark import Report
from byhand.run.arrays import Array

NETWORK = """X = [[1, 0], [0, 0], [2, 1]]
W = [[1, -1], [2, 0]]
b = [0, 1]
T = [[1, 0.5], [0, 1], [1, 1]]
Z = X @ W + b
H = relu(Z)
L = 0.5 * sum((H - T)**2)
dL/dZ, dL/dW, dL/db
step(L, [W, b], rate=0.1)"""
DEEPER = """x = [1, 2]
W1 = [[1, -1], [-2, 1], [0.5, 1]]
W2 = [[1, 3, -1], [2, 1, 0.5]]
h = W1 @ x
a = relu(h)
k = W2 @ a + [-2.5, 0]
L = sum(relu(k) * [1, 2])
dL/dW1, dL/dx"""
SIDES = {
    "abs(x)": (-2, 2),
    "relu(x)": (0, 2),
    "maximum(0, x)": (0, 2),
    "leaky_relu(x)": (0.02, 2),
    "maximum(0, x) + 0.25 * minimum(0, x)": (0.5, 2),
    "clip(x, 0, 1)": (0, 2),
    "-relu(-x)": (0, 2),
    "relu(2 * x)": (0, 4),
}


@cache
def judge(sheet: str) -> Judge:
    text = f"```byhand\n{sheet}\n```\n"
    return Judge(exercise_of(solve_text(text), text))


def marked(sheet: str, **answers: object) -> Report:
    listed = {name.replace("_over_", "/"): np.asarray(value).tolist() for name, value in answers.items()}
    (hand_in,) = from_text(json.dumps({"answers": listed}), "somebody.json", "json")
    return judge(sheet).mark(hand_in)


def network(slope: float) -> dict[str, Array]:
    """The numbers of ``NETWORK`` with another derivative of relu at 0."""
    X, W, b, T = np.array([[1, 0], [0, 0], [2, 1.0]]), np.array([[1, -1], [2, 0.0]]), np.array([0, 1.0]), np.array([[1, 0.5], [0, 1], [1, 1.0]])
    Z = X @ W + b
    H = np.maximum(Z, 0)
    dZ = (H - T) * np.where(Z == 0, slope, Z > 0)
    return {"Z": Z, "H": H, "dL_over_dZ": dZ, "dL_over_dW": X.T @ dZ, "dL_over_db": dZ.sum(0), "W'": W - 0.1 * X.T @ dZ, "b'": b - 0.1 * dZ.sum(0)}


@pytest.mark.parametrize("slope", [0.3, 0.5, 1])
@pytest.mark.parametrize("left_out", [(), ("dL_over_dZ",), ("dL_over_dZ", "dL_over_dW", "dL_over_db"), ("Z", "H", "dL_over_dZ")])
def test_any_subgradient_is_right_and_so_is_what_is_made_of_it(slope: float, left_out: tuple[str, ...]) -> None:
    answers = {name: value for name, value in network(slope).items() if name not in left_out}
    report = marked(NETWORK, **answers)
    answered = [mark for mark in report.marks if mark.status != "blank"]
    assert [(mark.name, mark.status) for mark in answered] == [(name.replace("_over_", "/"), "right") for name in answers]
    first = next(mark for mark in answered if mark.name.startswith(("dL", "W'")))
    assert "Z is exactly 0 in row 1, column 2 and row 2, column 1, where every subgradient is right" in first.remarks
    assert report.total == sum(mark.max for mark in answered)


def test_rounded_numbers_too() -> None:
    answers = {name: np.vectorize(lambda x: f"{x:.3f}")(value) for name, value in network(1 / 3).items()}
    assert {mark.status for mark in marked(NETWORK, **answers).marks} == {"right"}


def test_what_is_beyond_both_sides_is_wrong_and_nothing_is_said_of_it_that_holds_at_no_kink() -> None:
    report = marked(NETWORK, **network(1.5))
    assert report.first_wrong == "dL/dZ"
    wrong = next(mark for mark in report.marks if mark.name == "dL/dZ")
    assert wrong.status == "wrong"
    assert not wrong.broken
    assert {mark.status for mark in report.marks if mark.name.endswith("'")} == {"follows"}


@pytest.mark.parametrize("function", SIDES)
@pytest.mark.parametrize(("part", "right"), [(0, True), (0.4, True), (1, True), (1.2, False), (-0.2, False)])
def test_between_the_derivatives_of_both_sides(function: str, part: float, right: bool) -> None:
    sheet = f"x = [-1.5, 0, 0.75]\ny = {function}\nL = sum(y * [1, 2, 3])\ndL/dx"
    low, high = SIDES[function]
    at_zero = low + part * (high - low)
    gradient = np.asarray(judge(sheet).truths["dL/dx"][0], dtype=float)
    shown = bool(abs(gradient[1] - at_zero) < 1e-12)
    (mark,) = marked(sheet, dL_over_dx=[gradient[0], at_zero, gradient[2]]).marks
    assert (mark.status == "right") == (right or shown)
    assert bool(mark.remarks) == (right and not shown)


def test_only_where_it_is_exactly_zero() -> None:
    sheet = "x = [-1, 0.001, 0]\nL = sum(abs(x) * [1, 2, 3])\ndL/dx"
    assert marked(sheet, dL_over_dx=[-1, 2, 3]).marks[0].status == "right"
    assert marked(sheet, dL_over_dx=[-1, 0, 3]).marks[0].status != "right"
    assert marked(sheet, dL_over_dx=[0, 2, 3]).marks[0].status != "right"


@pytest.mark.parametrize(("gradient", "right"), [([3, 0, 0], True), ([0, 0, 3], True), ([1.5, 0, 1.5], True), ([1, 0, 2], True), ([3, 0, 3], False)])
def test_ties_of_the_largest_share_the_gradient(gradient: list[float], right: bool) -> None:
    report = marked("x = [2, 1, 2]\nL = 3 * max(x)\ndL/dx", dL_over_dx=gradient)
    assert (report.marks[0].status == "right") == right


@pytest.mark.parametrize(
    ("gradient", "right"),
    [
        ([[0, 1, 0], [0, 3, 6], [0, 0, 0]], True),
        ([[0.5, 0.5, 0], [0, 3, 4], [0, 0, 2]], True),
        ([[0, 0, 0], [0, 4, 6], [0, 0, 0]], True),
        ([[1, 1, 0], [0, 3, 6], [0, 0, 0]], False),
    ],
)
def test_ties_in_windows(gradient: list[list[float]], right: bool) -> None:
    sheet = "x = [[1, 1, 0], [0, 1, 2], [0, 0, 2]]\np = max_pool2d(x, 2, stride=1)\nL = sum(p * [[1, 2], [3, 4]])\ndL/dx"
    assert (marked(sheet, dL_over_dx=gradient).marks[0].status == "right") == right


def test_the_conventions_of_a_library() -> None:
    """JAX takes the mean of both sides for ``maximum``, and shares a tie among all."""
    jax = pytest.importorskip("jax")
    given = np.array([2.0, 0.0, -1.0, 2.0])
    gradient = jax.grad(lambda x: (jax.numpy.maximum(x, 0) * np.array([1.0, 2.0, 3.0, 4.0])).sum() + 3 * jax.numpy.max(x))(given)
    report = marked("x = [2, 0, -1, 2]\nL = sum(relu(x) * [1, 2, 3, 4]) + 3 * max(x)\ndL/dx", dL_over_dx=gradient)
    assert report.marks[0].status == "right"
    assert "the largest entries of x are equal and x is exactly 0 in entry 2, where every subgradient is right" in report.marks[0].remarks


@pytest.mark.parametrize("slope", [0.5, 1])
def test_kinks_in_two_layers_none_of_which_was_written_down(slope: float) -> None:
    x, W1, W2 = np.array([1, 2.0]), np.array([[1, -1], [-2, 1], [0.5, 1]]), np.array([[1, 3, -1], [2, 1, 0.5]])
    h = W1 @ x
    k = W2 @ np.maximum(h, 0) - np.array([2.5, 0])
    dk = np.array([1, 2.0]) * np.where(k == 0, slope, k > 0)
    dh = (W2.T @ dk) * np.where(h == 0, slope, h > 0)
    assert 0 in h
    report = marked(DEEPER, dL_over_dW1=np.outer(dh, x), dL_over_dx=W1.T @ dh)
    assert {mark.status for mark in report.marks if mark.name in ("dL/dW1", "dL/dx")} == {"right"}


def test_the_zero_may_be_the_persons_own() -> None:
    """A wrong h with a zero in it: the gradient follows from it with any derivative there."""
    sheet = "x = [1, 2]\nW = [[1, 2], [2, -3], [1, 1]]\nh = W @ x\na = relu(h)\nL = sum(a * [1, 2, 3])\nh, dL/dh, dL/dW"
    h, gradient = [0, -4, 3], np.array([0.5, 0, 3])
    report = marked(sheet, h=h, dL_over_dh=gradient, dL_over_dW=np.outer(gradient, [1, 2]))
    assert [(mark.name, mark.because_of) for mark in report.marks if mark.status == "follows"] == [("dL/dh", ("h",)), ("dL/dW", ("h",))]
    assert report.first_wrong == "h"
