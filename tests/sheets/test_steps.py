"""Steps on a sheet: batches, other samples, the way back, Newton's method, the perceptron."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError
from byhand.sheets.answer import answer

REGRESSION = """
X = [[1, 2], [0, 1], [3, -1], [2, 2], [-1, 0.5]]
t = [1, 0, 2, 1, 0.5]
w = [0.5, 0]
b = 0
y = X @ w + b
L = mean((y - t)**2)
"""
SAMPLE = """
x = [1, 2]
t = 1
w = [0.5, 0]
b = 0.1
y = tanh(w @ x + b)
E = 0.5 * (y - t)**2
"""
X = np.array([[1, 2], [0, 1], [3, -1], [2, 2], [-1, 0.5]])
T = np.array([1, 0, 2, 1, 0.5])


def solved(text: str) -> dict[str, Any]:
    return answer(solve_text(f"```byhand\n{text}\n```\n"))


def values(text: str) -> dict[str, Any]:
    return solved(text)["values"]


def page(text: str) -> str:
    return render(solve_text(f"```byhand\n{text}\n```\n"), "text", width=100)


def problem(text: str) -> str:
    with pytest.raises(ByhandError) as found:
        solve_text(f"```byhand\n{text}\n```\n")
    return str(found.value)


def descended(w: Any, b: Any, rows: Any, rate: float) -> tuple[Any, Any]:
    """One step on the mean squared error of some samples."""
    error = 2 * (X[rows] @ w + b - T[rows]) / len(rows)
    return w - rate * X[rows].T @ error, b - rate * error.sum()


# ---------------------------------------------------------------------------------------------- batches


@pytest.mark.parametrize("written", ["[[0, 1], [2, 3, 4]]", "[[4, 0], [1]], over=[X, t]", "2", "[[0], [1], [2]], epochs=2", "2, times=3"])
def test_batches_of_rows(written: str) -> None:
    """The mean is over the batch, whatever its size."""
    got = values(f"{REGRESSION}step(L, [w, b], rate=0.1, batches={written})\nL")
    batches = {"2": [[0, 1], [2, 3], [4]], "2, times=3": [[0, 1], [2, 3], [4]] * 3, "[[0], [1], [2]], epochs=2": [[0], [1], [2]] * 2}
    w, b = np.array([0.5, 0]), 0.0
    rows_of = batches.get(written, [[0, 1], [2, 3, 4]] if written.startswith("[[0, 1]") else [[4, 0], [1]])
    for count, rows in enumerate(rows_of, 1):
        w, b = descended(w, b, rows, 0.1)
        np.testing.assert_allclose(got["w" + "'" * count], w, rtol=1e-12)
        np.testing.assert_allclose(got["b" + "'" * count], b, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(got["L" + "'" * len(rows_of)], np.mean((X @ w + b - T) ** 2), rtol=1e-12)


def test_samples_as_columns() -> None:
    columns = REGRESSION.replace("[[1, 2], [0, 1], [3, -1], [2, 2], [-1, 0.5]]", "[[1, 0, 3, 2, -1], [2, 1, -1, 2, 0.5]]").replace("X @ w", "w @ X")
    rows = values(f"{REGRESSION}step(L, [w, b], rate=0.1, batches=[[0, 1], [2, 3]])")
    got = values(f"{columns}step(L, [w, b], rate=0.1, batches=[[0, 1], [2, 3]], axis=1)")
    assert got["w''"] == rows["w''"]
    assert got["b''"] == rows["b''"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("X : (m, n), t : (m,), w : (n,)\nX = [[1, 2], [0, 1], [3, -1], [2, 2]]\nt = [1, 0, 2, 1]", "L = sum((X @ w - t)**2) / m"),
        ("X = [[1, 2], [0, 1], [3, -1], [2, 2]]\nt = [1, 0, 2, 1]\nN = 4", "L = sum((X @ w - t)**2) / N"),
    ],
)
def test_a_number_of_samples_is_that_of_the_batch(start: str, end: str) -> None:
    over = ", over=[X, t, N]" if "N" in start else ""
    got = values(f"{start}\nw = [0.5, 0]\n{end}\nstep(L, [w], rate=0.1, batches=[[1, 2], [0, 3]]{over})\nL")
    w = np.array([0.5, 0])
    for rows in ([1, 2], [0, 3]):
        w = w - 0.1 * X[rows].T @ (X[rows] @ w - T[rows])
    np.testing.assert_allclose(got["w''"], w, rtol=1e-12)
    np.testing.assert_allclose(got["L''"], np.mean((X[:4] @ w - T[:4]) ** 2), rtol=1e-12)


def test_class_labels_go_with_their_samples() -> None:
    sheet = """
X = [[1, 2], [0, 1], [3, -1], [2, 2]]
labels = [0, 2, 1, 1]
W = [[0.1, 0, -0.1], [0.2, 0.3, 0]]
Z = X @ W
L = cross_entropy(Z, labels)
step(L, [W], rate=0.5, batches=[[1, 3], [0, 2]])
"""
    got = values(sheet)
    W = np.array([[0.1, 0, -0.1], [0.2, 0.3, 0]])
    data, targets = X[:4], np.eye(3)[[0, 2, 1, 1]]
    for rows in ([1, 3], [0, 2]):
        P = np.exp(data[rows] @ W)
        P /= P.sum(axis=1, keepdims=True)
        W = W - 0.5 * data[rows].T @ (P - targets[rows]) / 2
    np.testing.assert_allclose(got["W''"], W, rtol=1e-12)


def test_the_page_names_each_batch() -> None:
    text = page(f"{REGRESSION}step(L, [w, b], rate=0.1, batches=[[0, 1], [3]], epochs=2)")
    assert "Batch 1: rows 0 and 1 of X and t, epoch 1" in text
    assert "batch 2: row 3 of X and t, epoch 2" in text


# ------------------------------------------------------------------------------------------ other samples


def sample_gradient(w: Any, b: Any, x: Any, t: float) -> tuple[Any, Any]:
    y = np.tanh(w @ np.array(x) + b)
    error = (y - t) * (1 - y**2)
    return error * np.array(x), error


@pytest.mark.parametrize(("reduction", "factor"), [("", 1.0), (", reduction=sum", 1.0), (", reduction=mean", 1 / 3)])
def test_gradients_of_samples_add_up(reduction: str, factor: float) -> None:
    got = values(f"{SAMPLE}step(E, [w, b], rate=0.1, x=[[1, 2], [0, -1], [3, 0.5]], t=[1, 0, -1]{reduction})")
    w, b = np.array([0.5, 0]), 0.1
    each = [sample_gradient(w, b, x, t) for x, t in (([1, 2], 1), ([0, -1], 0), ([3, 0.5], -1))]
    for k, (dw, db) in enumerate(each, 1):
        np.testing.assert_allclose(got[f"dE_{k}/dw"], dw, rtol=1e-12)
        np.testing.assert_allclose(got[f"dE_{k}/db"], db, rtol=1e-12)
    word = "mean" if "mean" in reduction else "sum"
    np.testing.assert_allclose(got[f"dE_{word}/dw"], factor * sum(dw for dw, _ in each), rtol=1e-12)
    np.testing.assert_allclose(got["w'"], w - 0.1 * factor * sum(dw for dw, _ in each), rtol=1e-12)
    np.testing.assert_allclose(got["b'"], b - 0.1 * factor * sum(db for _, db in each), rtol=1e-12)


@pytest.mark.parametrize("given", ["A = [[1, 2], [0, -1], [3, 0.5]]", "A = [[1, 0, 3], [2, -1, 0.5]]"])
def test_samples_from_a_matrix_by_its_name(given: str) -> None:
    """Rows, or columns where only these have the shape of a sample."""
    listed = values(f"{SAMPLE}step(E, [w, b], rate=0.1, x=[[1, 2], [0, -1], [3, 0.5]], t=[1, 0, -1])")
    got = values(f"{SAMPLE}{given}\ns = [1, 0, -1]\nstep(E, [w, b], rate=0.1, x=A, t=s)")
    assert got["w'"] == listed["w'"]


def test_the_axis_of_square_samples() -> None:
    rows, columns = (values(f"{SAMPLE}step(E, [w], rate=0.1, x=[[1, 2], [0, -1]], t=[1, 0]{axis})")["w'"] for axis in ("", ", axis=1"))
    turned = values(f"{SAMPLE}step(E, [w], rate=0.1, x=[[1, 0], [2, -1]], t=[1, 0])")["w'"]
    assert columns == turned != rows


def test_sample_by_sample() -> None:
    got = values(f"{SAMPLE}step(E, [w, b], rate=0.1, x=[[1, 2], [0, -1]], t=[1, 0], batches=1, epochs=2)")
    w, b = np.array([0.5, 0]), 0.1
    for count, (x, t) in enumerate([([1, 2], 1), ([0, -1], 0)] * 2, 1):
        dw, db = sample_gradient(w, b, x, t)
        w, b = w - 0.1 * dw, b - 0.1 * db
        np.testing.assert_allclose(got["w" + "'" * count], w, rtol=1e-12)


def test_what_is_given_for_one_sample_alone_is_the_same_for_all() -> None:
    got = values(f"{SAMPLE}step(E, [w], rate=0.1, x=[[1, 2], [0, -1]])")
    first, second = sample_gradient(np.array([0.5, 0]), 0.1, [1, 2], 1)[0], sample_gradient(np.array([0.5, 0]), 0.1, [0, -1], 1)[0]
    np.testing.assert_allclose(got["w'"], np.array([0.5, 0]) - 0.1 * (first + second), rtol=1e-12)


def test_a_fact_of_the_sheet_s_own_target_is_not_used_for_others() -> None:
    """p − t follows from Σt = 1, which the second target does not have."""
    sheet = "z = [0.1, -0.2, 0.3]\nt = [0, 1, 0]\np = softmax(z)\nL = -sum(t * log(p))\n"
    got = values(f"{sheet}step(L, [z], rate=1, t=[[1, 0, 0], [2, 1, 0]])")
    z = np.array([0.1, -0.2, 0.3])
    p = np.exp(z) / np.exp(z).sum()
    np.testing.assert_allclose(got["z'"], z - (p - [1, 0, 0]) - (3 * p - [2, 1, 0]), rtol=1e-12)


def test_a_step_on_other_data_of_another_size() -> None:
    got = values(f"{REGRESSION}step(L, [w, b], rate=0.1, X=[[0, 1], [3, -1]], t=[0, 2])")
    w, b = descended(np.array([0.5, 0]), 0.0, [1, 2], 0.1)
    np.testing.assert_allclose(got["w'"], w, rtol=1e-12)
    np.testing.assert_allclose(got["b'"], b, rtol=1e-12)


def test_samples_as_columns_with_biases() -> None:
    """A bias that is a column is stretched over a batch of any width."""
    sheet = "X = [[1], [2]]\nT = [[1]]\nW = [[0.5, 0.1]]\nb = [[0.2]]\nE = 0.5 * sum((W @ X + b - T)**2)\n"
    got = values(f"{sheet}step(E, [W, b], rate=0.1, X=[[1, 0], [2, 3]], T=[[1, 0]])")
    data, targets = np.array([[1.0, 0], [2, 3]]), np.array([[1.0, 0]])
    error = np.array([[0.5, 0.1]]) @ data + 0.2 - targets
    np.testing.assert_allclose(got["W'"], np.array([[0.5, 0.1]]) - 0.1 * error @ data.T, rtol=1e-12)
    np.testing.assert_allclose(got["b'"], 0.2 - 0.1 * error.sum(axis=1, keepdims=True), rtol=1e-12)


def test_many_steps_end_in_a_table() -> None:
    text = page(f"{REGRESSION}step(L, [w, b], rate=0.1, times=6)")
    assert "Steps 4 to 5 go the same way." in text
    assert len(re.findall(r"^ +\d  +\[", text.partition("After each step")[2], re.MULTILINE)) == 7
    assert "After each step" not in page(f"{REGRESSION}step(L, [w, b], rate=0.1, times=3)")


# ----------------------------------------------------------------------------------------------- the way back


def test_reset_takes_everything_back() -> None:
    sheet = f"{REGRESSION}step(L, [w, b], rate=0.1, rule=momentum, times=2)\nreset()\nw, b\nstep(L, [w, b], rate=0.2, rule=momentum)\nL"
    got = solved(sheet)
    w, b = descended(np.array([0.5, 0]), 0.0, [0, 1, 2, 3, 4], 0.2)
    np.testing.assert_allclose(got["values"]["w' (run 2)"], w, rtol=1e-12)
    np.testing.assert_allclose(got["values"]["b' (run 2)"], b, rtol=1e-12)
    np.testing.assert_allclose(got["values"]["L' (run 2)"], np.mean((X @ w + b - T) ** 2), rtol=1e-12)
    assert "w'' (run 2)" not in got["values"]
    assert got["values"]["w"] == [0.5, 0]
    assert "w' (run 2)" in got["formulas"]


def test_reset_of_some() -> None:
    got = values(f"{REGRESSION}step(L, [w, b], rate=0.1)\nreset([w])\nw, b")
    assert got["w"] == [0.5, 0]
    np.testing.assert_allclose(got["b' (run 2)"], descended(np.array([0.5, 0]), 0.0, [0, 1, 2, 3, 4], 0.1)[1], rtol=1e-12)


def test_after_a_reset_the_old_updates_have_no_name() -> None:
    assert "w' is w after 1 step" in problem(f"{REGRESSION}step(L, [w], rate=0.1)\nreset()\nw'")


def test_other_inputs_after_a_step_are_worked_through_with_the_updated_parameters() -> None:
    text = page(f"{SAMPLE}h = 2 * y\nstep(E, [w, b], rate=0.1)\nat(h, x=[0, 1])\nat(h, x=[0, 1])")
    first, second = text.split("With other inputs and the updated parameters")[1:]
    assert "y′ = tanh(" in first
    assert "y′ = tanh(" not in second, "it stands right above"
    assert "With other inputs\n" in page(f"{SAMPLE}at(y, x=[0, 1])")


# ----------------------------------------------------------------------------------------------------- memory


def test_another_rule_starts_anew_and_says_so() -> None:
    sheet = f"{REGRESSION}step(L, [w], rate=0.1, rule=momentum)\nstep(L, [w], rate=0.1)\nstep(L, [w], rate=0.1, rule=momentum)\n"
    got = values(sheet)
    w = np.array([0.5, 0])
    for _ in range(3):
        w = descended(w, 0.0, [0, 1, 2, 3, 4], 0.1)[0]
    np.testing.assert_allclose(got["w'''"], w, rtol=1e-12)
    assert page(sheet).count("The rule was Momentum before; what it remembered is forgotten.") == 1
    assert "goes on with what it remembers" in page(sheet + "step(L, [w], rate=0.1, rule=momentum)")


def test_momentum_is_exact() -> None:
    exact = solved(f"{REGRESSION}step(L, [w, b], rate=0.1, rule=momentum, times=3)")["exact"]
    assert {"v_w'", "v_w'''", "w'''", "b'''"} <= exact.keys()


def test_states_do_not_take_the_sheet_s_names() -> None:
    got = values(f"v_w = [9, 9]\n{REGRESSION}d_b = 7\nstep(L, [w, b], rate=0.1, rule=adam)\nv_w, d_b, t")
    assert got["v_w"] == [9, 9]
    assert got["d_b"] == 7
    assert got["t"] == [1, 0, 2, 1, 0.5]
    assert "v_w_2'" in got


def test_the_lines_are_steps_with_reasons() -> None:
    steps = [step for step in solved(f"{REGRESSION}step(L, [w], rate=0.1, rule=adam)")["steps"] if step["rule"] == "adam"]
    assert [step["of"] for step in steps] == ["m_w'", "v_w'", "mhat_w'", "vhat_w'", "d_w'", "w'"]
    assert all(step["because"] for step in steps)
    assert steps[0]["before"] == "m_w"
    assert steps[0]["after"] == "0.9 * m_w + 0.1 * dL/dw"


def test_formulas_are_complete() -> None:
    """The number of the step stands in the formula that programs get, and the states under their names."""
    got = solved(f"{REGRESSION}step(L, [w], rate=0.1, rule=adam, times=2)")
    names: dict[str, Any] = {name: np.array(value, dtype=float) for name, value in got["values"].items() if "'" not in name and name.isidentifier()}
    text = got["formulas"]["w'"]["text"]
    assert not re.search(r"\bt\b(?!\))", text.replace("y - t", ""))
    found = eval(text, {"__builtins__": {}}, {**names, "sqrt": np.sqrt, "sum": np.sum, "mean": np.mean})
    np.testing.assert_allclose(found, got["values"]["w'"], rtol=1e-9)


def test_without_numbers_the_formulas_are_shown() -> None:
    got = solved("X : (m, n), t : (m,), w : (n,), eta : ()\nL = sum((X @ w - t)**2)\nstep(L, [w], rate=eta, rule=momentum)")
    assert got["formulas"]["w'"]["text"] == "w - eta * (0.9 * v_w + 2 * X.T @ (X @ w - t))"


def test_other_hyperparameters_are_refused_with_those_there_are() -> None:
    assert "beta, weight_decay" in problem(f"{REGRESSION}step(L, [w], rate=0.1, rule=momentum, beta2=0.9)")
    assert "Did you mean beta1?" in problem(f"{REGRESSION}step(L, [w], rate=0.1, rule=adam, betta1=0.9)")


# ----------------------------------------------------------------------------------------------------- Newton


@pytest.mark.parametrize("parameters", ["[w]", "[w, b]", "[b, w]", "[b]"])
def test_one_newton_step_solves_a_quadratic(parameters: str) -> None:
    listed = parameters.strip("[]").split(", ")
    got = solved(f"{REGRESSION}step(L, {parameters}, rule=newton)\n" + ", ".join(f"dL/d{one}" for one in listed))
    for one in listed:
        np.testing.assert_allclose(np.array(got["values"][f"dL/d{one}'"], dtype=float), 0, atol=1e-14)
        assert f"{one}'" in got["exact"]


def test_the_hessian_is_answered_too() -> None:
    got = solved(f"{LOGISTIC}step(L, [w], rule=newton)")
    names = {name: np.array(got["values"][name], dtype=float) for name in ("X", "t", "w", "lam", "p")}
    tools = {"eye": np.eye, "inv": np.linalg.inv, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), **names}
    np.testing.assert_allclose(eval(got["formulas"]["H"]["text"], {"__builtins__": {}}, tools), got["values"]["H"], rtol=1e-12)
    np.testing.assert_allclose(eval(got["formulas"]["w'"]["text"], {"__builtins__": {}}, tools), got["values"]["w'"], rtol=1e-12)


def test_newton_on_a_matrix() -> None:
    sheet = """
X = [[1, 2], [0, 1], [3, -1], [2, 2]]
T = [[1, 0], [0, 1], [1, 1], [2, 0]]
W = [[0.1, 0], [0, 0.2]]
L = sum((X @ W - T)**2) + 0.1 * sum(W**2)
step(L, [W], rule=newton)
"""
    data, targets = X[:4], np.array([[1.0, 0], [0, 1], [1, 1], [2, 0]])
    np.testing.assert_allclose(values(sheet)["W'"], np.linalg.solve(data.T @ data + 0.1 * np.eye(2), data.T @ targets), rtol=1e-12)


LOGISTIC = """
X = [[1, 0.5], [1, -1], [1, 2], [1, 0.3]]
t = [1, 0, 1, 0]
w = [0, 0]
lam = 0.1
p = sigmoid(X @ w)
L = -sum(t * log(p) + (1 - t) * log(1 - p)) + lam/2 * sum(w**2)
"""


def test_newton_on_logistic_regression() -> None:
    got = solved(f"{LOGISTIC}step(L, [w], rule=newton, times=7)\ndL/dw")
    assert np.abs(got["values"]["dL/dw'''''''"]).max() < 1e-12
    data, targets, w = np.array([[1, 0.5], [1, -1], [1, 2], [1, 0.3]]), np.array([1.0, 0, 1, 0]), np.zeros(2)
    for count in range(1, 8):
        p = 1 / (1 + np.exp(-data @ w))
        w = w - np.linalg.solve(data.T @ np.diag(p * (1 - p)) @ data + 0.1 * np.eye(2), data.T @ (p - targets) + 0.1 * w)
        np.testing.assert_allclose(got["values"]["w" + "'" * count], w, rtol=1e-9)
    assert "H = λ I_2 + Xᵀ diag(p ⊙ (1 − p)) X" in page(f"{LOGISTIC}step(L, [w], rule=newton)")


def test_a_damped_newton_step() -> None:
    whole, half = (np.array(values(f"{REGRESSION}step(L, [w, b], rule=newton{rate})")["w'"]) for rate in ("", ", rate=0.5"))
    np.testing.assert_allclose(half - [0.5, 0], (whole - [0.5, 0]) / 2, rtol=1e-12)


def test_newton_of_a_single_number() -> None:
    got = values("x = 3\nf = x**4 - 2*x**2\nstep(f, [x], rule=newton)")
    np.testing.assert_allclose(got["x'"], 3 - (4 * 27 - 12) / (12 * 9 - 4), rtol=1e-14)


def test_newton_says_where_it_cannot_go() -> None:
    flat = "x = [1, 2]\nA = [[1, 2], [2, 4]]\nf = sum((A @ x - [1, 1])**2)\nstep(f, [x], rule=newton)"
    assert "rank 1 of 2" in problem(flat)
    assert "is 0 here" in problem("x = 2\nf = 3*x\nstep(f, [x], rule=newton)")
    assert "negative definite" in page("x = 2\nf = 3*x - x**2\nstep(f, [x], rule=newton)")
    assert "indefinite" in page("x = 2\ny = 1\nf = x**2 - 3*y**2\nstep(f, [x, y], rule=newton)")


# ------------------------------------------------------------------------------------------------- perceptron


def perceptron(data: Any, targets: Any, rate: float, signs: bool) -> tuple[list[Any], int]:
    """The textbook's loop: all the weights after each update, bias last, and the number of epochs until nothing changes."""
    w, found, epochs = np.zeros(data.shape[1] + 1), [], 0
    changed = True
    while changed and epochs < 100:
        changed, epochs = False, epochs + 1
        for x, t in zip(np.c_[data, np.ones(len(data))], targets):
            score = w @ x
            delta = (t if t * score <= 0 else 0) if signs else t - (score > 0)
            if delta:
                w, changed = w + rate * delta * x, True
                found.append(w)
    return found, epochs


AND = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize("unit", ["step({})", "{}", "sign({})"])
@pytest.mark.parametrize("rows", [True, False])
def test_perceptron(unit: str, rows: bool) -> None:
    signs = unit.startswith("sign")
    targets = [-1, -1, -1, 1] if signs else [0, 0, 0, 1]
    data, score = (AND.tolist(), "X @ w + b") if rows else (AND.T.tolist(), "w @ X + b")
    got = solved(f"X = {data}\nt = {targets}\nw = [0, 0]\nb = 0\ny = {unit.format(score)}\nstep(y, [w, b], rate=0.5, rule=perceptron, target=t)")
    expected, epochs = perceptron(AND, targets, 0.5, signs)
    (found,) = got["answers"].values()
    assert (found["updates"], found["epochs"], found["converged"]) == (len(expected), epochs, True)
    for count, each in enumerate(expected, 1):
        assert [*got["values"]["w" + "'" * count], got["values"]["b" + "'" * count]] == each.tolist()


def test_perceptron_of_square_data_takes_the_axis_of_the_formula() -> None:
    """Two samples of two inputs: rows for X @ w, columns for w @ X."""
    rows, columns = (
        values(f"X = [[1, 2], [-1, 1]]\nt = [1, -1]\nw = [0, 0]\ny = sign({formula})\nstep(y, [w], rate=1, rule=perceptron, target=t)")
        for formula in ("X @ w", "w @ X")
    )
    assert rows["w'"] == [1, 2]
    assert columns["w'"] == [1, -1]


def test_perceptron_of_one_sample_and_with_features() -> None:
    got = values("x = [1, 2]\nt = 0\nw = [1, 1]\nb = 0\ny = step(w @ x + b)\nstep(y, [w, b], rate=1, rule=perceptron, target=t)")
    assert (got["w'"], got["b'"]) == ([0, -1], -1)
    assert "w''" not in got
    xor = solved("""
X = [[0, 0], [0, 1], [1, 0], [1, 1]]
t = [0, 1, 1, 0]
w = [0, 0]
y = step(X @ w)
step(y, [w], rate=1, rule=perceptron, target=t, epochs=4)
""")
    (found,) = xor["answers"].values()
    assert not found["converged"]
    assert found["epochs"] == 4


@pytest.mark.parametrize(
    ("data", "targets", "bias", "formula"),
    [
        (AND.tolist(), "[[0, 0], [0, 1], [0, 1], [1, 1]]", "zeros(2)", "X @ W + b"),
        (AND.T.tolist(), "[[0, 0, 0, 1], [0, 1, 1, 1]]", "zeros((2, 1))", "W @ X + b"),
    ],
)
def test_a_layer_of_perceptrons(data: Any, targets: str, bias: str, formula: str) -> None:
    """AND and OR at once, samples as rows and as columns: all units of a sample that is wrong are corrected together."""
    got = solved(f"X = {data}\nT = {targets}\nW = zeros((2, 2))\nb = {bias}\nY = step({formula})\nstep(Y, [W, b], rate=1, rule=perceptron, target=T)")
    W, b, goals = np.zeros((2, 2)), np.zeros(2), np.array([[0, 0], [0, 1], [0, 1], [1, 1]])
    count = 0
    for _ in range(20):
        for x, t in zip(AND, goals):
            error = t - (x @ W + b > 0)
            count += bool(error.any())
            W, b = W + np.outer(x, error), b + error
    (found,) = got["answers"].values()
    assert (found["updates"], found["converged"]) == (count, True)
    primes = "'" * count
    assert got["values"]["W" + primes] == (W if formula.startswith("X") else W.T).tolist()
    assert np.ravel(got["values"]["b" + primes]).tolist() == b.tolist()


def test_one_sample_for_a_layer_of_perceptrons() -> None:
    got = values("x = [1, 2]\nt = [1, 0, 1]\nW = zeros((3, 2))\nb = [0, 1, 0]\ny = step(W @ x + b)\nstep(y, [W, b], rate=1, rule=perceptron, target=t)")
    assert got["W'"] == [[1, 2], [-1, -2], [1, 2]]
    assert got["b'"] == [1, 0, 1]


def test_perceptron_shows_a_line_for_each_update() -> None:
    text = page(
        "X = [[0, 0], [0, 1], [1, 0], [1, 1]]\nt = [0, 1, 1, 1]\nw = [0, 0]\nb = 0\ny = step(X @ w + b)\nstep(y, [w, b], rate=1, rule=perceptron, target=t)"
    )
    assert "w′ = w + e_2 X_2" in text
    assert "Step 1 of 4 (sample 2, epoch 1)" in text
    assert "every answer is right" in text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("step(L, [w], rate=1, rule=perceptron)", "as in step(y, [w, b], rate=1, rule=perceptron, target=t)"),
        ("step(y, [w], rate=1, rule=perceptron, target=t)", "are 0 and 1, or -1 and 1"),
        ("step(L, [w], rate=0.1, batches=[[0, 9]])", "there is no sample 9"),
        ("step(L, [w], rate=0.1, batches=[])", "no batches"),
        ("step(L, [w], rate=0.1, over=[X])", "as in step(L, [W], rate=0.1, batches="),
        ("step(L, [w], rate=0.1, X=[[1, 2]])", "t still has 5"),
        ("step(L, [w], rate=0.1, X=[[[1, 2]], [[2, 3]]], t=[[1], [2], [3]])", "each sample needs a value"),
        ("step(L, [w], rate=0.1, w=[1, 2])", "cannot be given other numbers"),
        ("step(L, [w], rate=0.1, times=2, epochs=2)", "mean the same"),
        ("step(L, [w], rate=0.1, rule=adam, times=1001)", "from 1 to 1000"),
        ("step(L, [w], rule=adam)", "needs a learning rate"),
        ("reset([w])", "no step has been taken"),
        ("reset(w, b)", "as in reset"),
        ("step(L, [w], rate=0.1)\nreset([b])", "no step has changed b"),
        ("step(L, [w], rate=0.1, rule=momentum, beta=[1, 2])", "must be a single number"),
        ("step(L, [w], rate=0.1, reduction=mean)", "gradients of several samples"),
    ],
)
def test_mistakes_are_explained(line: str, said: str) -> None:
    assert said in problem(REGRESSION + line)
