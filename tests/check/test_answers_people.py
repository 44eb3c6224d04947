"""Hand-ins as people really hand them in: whole ones, right in every answer, and marked as such; and what must not be read at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from byhand.app.api import sheet as open_sheet
from byhand.app.solving import solve_text
from byhand.check.answers.read import Kind, from_text
from byhand.check.answers.tall import flat
from byhand.check.exercise.build import exercise_of
from byhand.check.judge.judge import Judge
from byhand.check.mark import Report
from byhand.run.arrays import Array

EXAMPLES = Path(__file__).parents[2] / "examples"
SHEETS = {"e2": "e2-label-smoothing-step", "b1": "b1-two-layer-regression", "d1": "d1-sigmoid-network", "d2": "d2-tanh-network"}
ALL_READ = ("e2", "b1")


@lru_cache
def judge(sheet: str) -> Judge:
    text = (EXAMPLES / f"{SHEETS[sheet]}.md").read_text()
    return Judge(exercise_of(solve_text(text, sheet), text))


def report(sheet: str, text: str, kind: Kind = "lines") -> Report:
    (hand_in,) = from_text(text, "somebody", kind)
    return judge(sheet).mark(hand_in)


def wrong(found: Report) -> dict[str, str]:
    return {mark.name: mark.status for mark in found.marks if mark.status != "right"}


def truths(sheet: str) -> dict[str, Array]:
    at = judge(sheet)
    return {one.name: np.asarray(at.truths[one.name][0], dtype=float) for one in at.exercise.quantities.values() if one.asked}


def fixed(number: float, comma: bool = False) -> str:
    text = f"{number + 0.0:.4f}"
    return text.replace(".", ",") if comma else text


def rows_of(value: Array) -> list[list[str]]:
    return [[fixed(entry) for entry in row] for row in (value.reshape(-1, 1) if value.ndim < 2 else value)]


def matlab(name: str, value: Array) -> str:
    if not value.shape:
        return f"{name} =\n\n    {fixed(float(value))}\n"
    return f"{name} =\n\n" + "".join(f"   {'   '.join(row)}\n" for row in rows_of(value))


def drawn(name: str, value: Array) -> str:
    if not value.shape:
        return f"{name} = {fixed(float(value))}\n"
    rows = rows_of(value)
    width = max(len(entry) for row in rows for entry in row)
    ends = [("[", "]")] if len(rows) == 1 else [("⎡", "⎤"), *[("⎢", "⎥")] * (len(rows) - 2), ("⎣", "⎦")]
    lines = [left + "  ".join(entry.rjust(width) for entry in row) + right for (left, right), row in zip(ends, rows)]
    home = len(rows) // 2
    return "".join((f"{name} = " if k == home else " " * (len(name) + 3)) + line + "\n" for k, line in enumerate(lines))


LINES: dict[str, Callable[[str, Array], str]] = {
    "MATLAB": matlab,
    "drawn": drawn,
    "Mathematica": lambda name, value: f"{name} = {json.dumps(np.round(value, 4).tolist()).replace('[', '{').replace(']', '}')}",
    "NumPy": lambda name, value: f"{name}:\n{np.round(value, 4)}",
    "powers of ten": lambda name, value: f"{name} = " + re.sub(r"e([-+])0*([0-9])", r"·10^{\1\2}", json.dumps(value.tolist() if value.shape else float(value)).replace("-", "−")),
}  # fmt: skip


@pytest.mark.parametrize("way", LINES)
@pytest.mark.parametrize("sheet", ALL_READ)
def test_all_of_it_is_read(sheet: str, way: str) -> None:
    text = "\n".join(LINES[way](name, value) for name, value in truths(sheet).items())
    assert wrong(report(sheet, text)) == {}


@pytest.mark.parametrize("sheet", ALL_READ)
@pytest.mark.parametrize("form", ["text", "md", "tex"])
def test_a_worked_solution_handed_back(sheet: str, form: str) -> None:
    path = EXAMPLES / f"{SHEETS[sheet]}.md"
    assert wrong(report(sheet, open_sheet(path).solve().to(form))) == {}


def test_drawings_are_put_into_their_line() -> None:
    assert flat("     ⎡1  2⎤ᵀ ⎛⎡5⎤⎞\nz = ⎢3  4⎥") == "     ⎡1  2⎤ᵀ ⎛⎡5⎤⎞\nz = ⎢3  4⎥"  # no drawing is whole
    assert [line.strip() for line in flat("    ⎡1  2⎤ᵀ\n    ⎢3  4⎥  ⎛⎡7⎤⎞\nz = ⎢5  6⎥ f⎜⎢8⎥⎟ + 1\n    ⎣7  8⎦  ⎝⎣9⎦⎠").split("\n")] == [
        "", "", "z = [[1, 2], [3, 4], [5, 6], [7, 8]]ᵀ f([[7], [8], [9]]) + 1", ""]  # fmt: skip


# ------------------------------------------------------------------------------------------------------ spreadsheets


def spread(sheet: str, beside: bool, comma: bool) -> str:
    lines: list[list[str]] = []
    for name, value in truths(sheet).items():
        rows = [[entry.replace(".", ",") if comma else entry for entry in row] for row in rows_of(value)]
        lines += [[name if k == 0 else "", *row] for k, row in enumerate(rows)] if beside else [[name], *rows, []]
    wide = max(map(len, lines))
    return "".join(";".join(row + [""] * (wide - len(row))) + "\r\n" for row in lines)


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("comma", [True, False])
@pytest.mark.parametrize("sheet", ALL_READ)
def test_a_spreadsheet_with_blocks_of_cells(sheet: str, comma: bool, beside: bool) -> None:
    assert wrong(report(sheet, "\ufeff" + spread(sheet, beside, comma), "csv")) == {}


def test_answers_under_headings() -> None:
    known = truths("e2")
    gradients = {name.rpartition("/d")[2]: value.tolist() for name, value in known.items() if "/" in name}
    after = {name[:-1]: value.tolist() for name, value in known.items() if "'" in name}
    rest = {name: value.tolist() for name, value in known.items() if "/" not in name and "'" not in name}
    for tree in (
        {"forward": rest, "gradients": gradients, "updated": after},
        {"name": "Eva", "answers": {"a)": rest, "backward pass": gradients, "new": after}},
    ):
        assert wrong(report("e2", json.dumps(tree), "json")) == {}


# ---------------------------------------------------------------------------------------------- names after the step

NEW = "[[-5, 2, 2], [-5, 1.9653, -1]]"


@pytest.mark.parametrize(
    "line",
    ["W1 = V", "W1 := V", "W1 ← W1 − 0.1 dW1 = V", r"W_1 \leftarrow W_1 - \eta \frac{\partial L}{\partial W_1} = V", "W1 -= 0.1*dW1 = V", "W1 = W1 - 0.1*dW1 = V", "W1 after step = V", "W1 (after the update) = V",
     "After the update:\nW1 = V", "updated weights W1 = V", "W1 nach dem Schritt = V", "W1^(1) = V", "W1 nouveau = V"],
)  # fmt: skip
def test_the_parameters_after_the_step(line: str) -> None:
    found = report("e2", line.replace("V", NEW))
    assert {mark.name: mark.status for mark in found.marks if mark.status != "blank"} == {"W1'": "right"}
    assert any("read as W1'" in remark for mark in found.marks for remark in mark.remarks)


def test_what_comes_after_its_gradient_is_the_updated_one() -> None:
    """Whatever the numbers are; before it they are the start value."""
    gradient, other = "dW1 = [[0, 0, 0], [0, 0.3471, 0]]\n", "W1 = [[-5, 2, 2], [-5, 1.6529, -1]]\n"
    assert {mark.name for mark in report("e2", gradient + other).marks if mark.status == "slip"} == {"W1'"}
    assert {mark.name for mark in report("e2", other + gradient).marks if mark.status == "wrong"} == {"W1"}
    assert "W1" in {mark.name for mark in report("e2", gradient + "W1 = [[-5, 2, 2], [-5, 2, -1]]").marks if mark.status == "right"}


# -------------------------------------------------------------------------------------------------- other inputs


def said(sheet: str, names: tuple[str, ...], called: str) -> str:
    return "".join(f"{name} = {np.round(judge(sheet).truths[called.format(name)][0], 4).tolist()}\n" for name in names)


def test_what_stands_below_another_input_is_about_that() -> None:
    """It takes nothing away from what was written before."""
    forward = ("z1", "x1", "z2", "x2")
    found = report("d1", said("d1", (*forward, "dE/dW1", "W1'"), "{}") + "(b)\nx = [1, 0, 0, 0, 1]\n" + said("d1", forward, "at({}, x=[1, 0, 0, 0, 1])"))
    assert {mark.name for mark in found.marks if mark.status == "right"} >= {*forward, "dE/dW1", "W1'", "at(x2, x=[1, 0, 0, 0, 1])"}
    assert {mark.status for mark in found.marks} == {"right", "blank"}


def test_what_stands_below_a_sample_is_about_that() -> None:
    names = ("z1", "x1", "z3", "x3")
    text = "x = [1, 0, 1, 0]\n" + said("d2", names, "{}") + "x = [0, 0, 10, 0]\n" + said("d2", names, "{}_s2") + "x = [1, 0, 1, 0]\n" + said("d2", names, "{}")
    found = report("d2", text)
    assert {mark.name for mark in found.marks if mark.status == "right"} >= {*names, *(f"{name}_s2" for name in names)}
    assert {mark.status for mark in found.marks} == {"right", "blank"}


# --------------------------------------------------------------------------------------------- nothing is misread


@pytest.mark.parametrize(
    ("name", "meant"),
    [("derivative of the loss with respect to W1", "dL/dW1"), ("Ableitung nach W1", "dL/dW1"), ("dérivée de L par rapport à W1", "dL/dW1"), ("gradient de W1", "dL/dW1"), ("Layer 1 output", "a"),
     ("hidden output", "a"), ("output of layer 2", "p"), ("y^", "p"), ("sortie", "p"), ("E_total", "L"), ("so we get W1", "W1"), ("Aufgabe a: dL/dW1", "dL/dW1")],
)  # fmt: skip
def test_words(name: str, meant: str) -> None:
    assert judge("e2").names.find(name).name == meant


@pytest.mark.parametrize(
    "name", ["*", "output error", "smoothed y", "L(p, y)", "change of W1", "error of h", "mean of z", "W1*", "hidden error", "transposed W1"]
)
def test_what_is_something_else_is_not_read(name: str) -> None:
    found = judge("e2").names.find(name)
    assert found.name is None
    assert found.problem.endswith((".", "?"))


def test_markdown_as_word_processors_write_it() -> None:
    found = report("e2", "W1\\_new = \\[[-5, 2, 2], [-5, 1.9653, -1]\\]\n\n* *p* = softmax(z) ≈ **[0.2654, 0.0132, 0.7214]**\n\n**L** ≈ **1.527** nats\n")
    assert {mark.name: mark.status for mark in found.marks if mark.status != "blank"} == {"p": "right", "L": "right", "W1'": "right"}


def test_several_numbers_are_no_entry() -> None:
    (mark,) = (mark for mark in report("e2", "a^[1] = [0, 2, 0]").marks if mark.status == "unread")
    assert mark.message == "a^[1] would be a single entry of a, and several numbers are written."


def test_a_reason_behind_a_formula_is_left_out() -> None:
    found = report("e2", "z = [0, -3, 1]\n* sum: z = W2^T a + b2: each term of a sum receives the gradient")
    assert next(mark.status for mark in found.marks if mark.name == "z") == "right"


# ------------------------------------------------------------------------------------------------------ wrong shapes


@pytest.mark.parametrize(
    "bad",
    [
        "p = z[0]",
        "p = L",
        "ys = eps",
        "ys = W1",
        "ys = outer(y, y)",
        "h = x",
        "a = x",
        "z = W1",
        "W1 = x",
        "b1 = 2 eps",
        "x = [-2]",
        "x = [-2]\nh = W1^T [-2] + b1 = 3",
    ],
)
def test_a_formula_of_another_shape_is_put_into_no_step(bad: str) -> None:
    rest = "L = −Σ_i ys_i log(p_i) = −(0.8 log(0.265388) + 0.1 log(0.3)) = 1.52656\ndL/dz = p - y\ndL/dh = W2 (p - y)\ndW1 = outer(x, dL/dh)\nW1' = W1 - 0.2 dL/dW1\n"
    marks = {mark.name: mark.status for mark in report("e2", f"{bad}\n{rest}").marks}
    assert (marks["L"], marks["dL/dz"]) == ("right", "slip")
    assert marks[bad.partition(" ")[0]] in ("wrong", "slip")


def test_numbers_put_in_are_not_called_a_wrong_formula() -> None:
    (mark,) = (
        mark
        for mark in report(
            "e2", "dW1 = [[0, 0, 0], [0, 0.347, 0]]\nW1' = W1 - 0.1 dW1 = [[-5, 2, 2], [-5, 2, -1]] - 0.1 [[0, 0, 0], [0, 0.347, 0]] = " + NEW
        ).marks
        if mark.name == "W1'"
    )
    assert (mark.status, mark.review, mark.first_wrong_link) == ("right", "", None)


def test_a_formula_before_the_numbers_that_is_wrong_is_a_wrong_link() -> None:
    (mark,) = (mark for mark in report("e2", r"$L = -\sum y^s \ln p = 1.527$").marks if mark.name == "L")
    assert (mark.status, mark.review, mark.first_wrong_link) == ("right", "", None)
    (mark,) = (mark for mark in report("e2", r"$L = -\sum y \ln p = 1.527$").marks if mark.name == "L")
    assert (mark.status, mark.first_wrong_link) == ("right", 0)
    assert "the number is right" in mark.review


COLUMNS = """```byhand
x = [1, 2]
t = [0, 1]
W1 = [[0.5, -0.6], [0.7, 0.8]]
W2 = [[0.1, 0.3], [-0.2, 0.4]]
z1 = W1 @ x
h = tanh(z1)
z2 = W2 @ h
L = sum((z2 - t)**2)
L, dL/dz2, dL/dW2, dL/dh, dL/dz1, dL/dW1
```
"""


@pytest.mark.parametrize(
    ("line", "name", "status"),
    [
        (r"\frac{\partial L}{\partial h_j} = \sum_k W_{2,kj}\,\delta_{2,k}", "dL/dh", "right"),
        (r"\frac{\partial L}{\partial h_j} = \sum_k W_{2,jk}\,\delta_{2,k}", "dL/dh", "slip"),
        (r"\frac{\partial L}{\partial z_{2,i}} = 2 (z_{2,i} - t_i)", "dL/dz2", "right"),
        ("dL/dW1_{ij} = δ1_i x_j", "dL/dW1", "right"),
        ("dL/dW1_{ji} = δ1_j x_i", "dL/dW1", "right"),
        ("dL/dW1_{ij} = δ1_j x_i", "dL/dW1", "slip"),
        ("dL/dW2_ij = dz2_i h_j", "dL/dW2", "right"),
        ("h_i = tanh(sum_j W1_{ij} x_j)", "h", "right"),
    ],
)
def test_a_formula_for_the_entries_is_one_for_the_array(line: str, name: str, status: str) -> None:
    """The letters at the name say which index belongs to which axis, even where the matrix is square."""
    about = Judge(exercise_of(solve_text(COLUMNS, "columns"), COLUMNS))
    (mark,) = (mark for mark in about.mark(next(iter(from_text(line, "somebody", "lines")))).marks if mark.status != "blank")
    assert (mark.name, mark.status) == (name, status), (mark.read_as, mark.message)
