"""Perfect hand-ins: the numbers that ``byhand solve`` prints, rounded or not, and its formulas in text and in LaTeX are right everywhere. And empty ones."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from byhand.app.checking import prepared
from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.check.answers.read import from_text
from byhand.check.judge.judge import Judge
from byhand.check.mark import Report
from byhand.check.slips import general

EXAMPLES = Path(__file__).parents[2] / "examples"
DEPTHS_OPEN = "c1-deep-relu"
"""Its families stand for quantities of any number, which nobody can mark."""
STEPS = """x = [1, 1, 0]
t = [1, 0]
W = full((2, 3), 0.1)
b = zeros(2)
z = W @ x + b
p = softmax(z)
L = -sum(t * log(p))
dp/dz, d2L/db2
step(L, [W, b], rate=0.5, rule=adam, times=2)
at(p, x=[0, 2, 1]), at(argmax(p), x=[0, 2, 1])
reset()
step(L, [W, b], rate=0.1, x=[[1, 0, 1], [0, 2, 0]], t=[[1, 0], [0, 1]])
L"""
LAYERS = """x = [[1, 2, 0, 1], [0, 1, 3, 2], [2, 2, 1, 0]]
K = [[1, 0.5], [0, -1]]
g = [1, 0.5, 2]
s = [0, 0.1, -0.2]
E = [[1, 2, 0.5], [3, 4, -1]]
c = max_pool2d(relu(conv2d(x, K)), 2, stride=1)
q = embedding(E, [1, 0]) + c.T @ ones((1, 3))
y = layer_norm(q, g, s)
A = attention(y, y, y)
L = 0.5 * sum((A - 1)**2)
dL/dK, dL/dE, dL/dg"""
BATCHES = """X = [[1, 0], [1, 1], [1, 2], [1, 3]]
t = [0, 1, 1, 2]
w = [0, 0]
L = mean((X @ w - t)**2)
step(L, [w], rate=0.1, batches=[[0, 1], [2, 3]], epochs=2)
L"""
LARGE = """X = full((400, 300), 0.01)
W1 = full((300, 100), 0.02)
W2 = full((100, 10), 0.05)
H = relu(X @ W1)
L = sum((H @ W2 - 1)**2)
dL/dW1"""
SHEETS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.md"))} | {
    name: f"```byhand\n{sheet}\n```\n" for name, sheet in (("steps", STEPS), ("layers", LAYERS), ("batches", BATCHES), ("large", LARGE))
}
MARKED = [name for name in SHEETS if name != DEPTHS_OPEN]


@cache
def judge(name: str) -> Judge:
    return prepared(SHEETS[name], name)


@cache
def solved(name: str) -> dict[str, Any]:
    return json.loads(render(solve_text(SHEETS[name], name), "json"))


def marked(name: str, answers: object) -> Report:
    (hand_in,) = from_text(json.dumps({"answers": answers}), "somebody.json", "json")
    return judge(name).mark(hand_in)


def rounded(value: Any, spelled: str) -> Any:
    return [rounded(part, spelled) for part in value] if isinstance(value, list) else format(value, spelled)


def assert_right(report: Report) -> None:
    """Everything that was answered."""
    assert {mark.name: (mark.status, mark.message) for mark in report.marks if mark.status not in ("right", "blank")} == {}
    assert not report.problems


@pytest.mark.parametrize("name", [name for name in MARKED if name != "large"])
@pytest.mark.parametrize("spelled", ["", ".3f", ".4g"])
def test_numbers_are_right(name: str, spelled: str) -> None:
    values = solved(name)["values"]
    report = marked(name, {key: rounded(value, spelled) if spelled else value for key, value in values.items()})
    symbolic = {key for key, quantity in judge(name).exercise.quantities.items() if quantity.truth is None} | judge(name).exercise.others.keys()
    assert {mark.name for mark in report.marks if mark.status == "blank"} <= symbolic
    assert_right(report)


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("kind", ["text", "latex"])
def test_formulas_are_right(name: str, kind: str) -> None:
    assert_right(marked(name, {key: formula[kind] for key, formula in solved(name)["formulas"].items()}))


# --------------------------------------------------------------------------------------------- nothing handed in


@pytest.mark.parametrize("nothing", [{}, {"h": [], "a": "", "z": None}, {"h": [[]], "a": "[ ]", "z": [None, None], "p": [["", "-"]]}])
def test_nothing_is_blank(nothing: dict[str, object]) -> None:
    report = marked("e2-label-smoothing-step", nothing)
    assert {mark.status for mark in report.marks} == {"blank"}
    assert (report.total, report.problems) == (0, ())


def test_names_with_nothing_behind_them_are_blank() -> None:
    (hand_in,) = from_text("h =\na =  \nz =\n", "somebody.md", "lines")
    report = judge("e2-label-smoothing-step").mark(hand_in)
    assert {mark.status for mark in report.marks} == {"blank"}
    assert not report.problems


def test_what_is_given_earns_nothing() -> None:
    report = marked("e2-label-smoothing-step", {"x": [0, 2], "eps": 0.3})
    assert {mark.name: mark.status for mark in report.marks if mark.status != "blank"} == {"x": "right", "eps": "right"}
    assert report.total == 0


def test_a_hand_in_for_another_sheet() -> None:
    report = marked("e2-label-smoothing-step", {"Q7": [1, 2], "dE/dV": 3})
    assert report.problems[0] == (
        "nothing that was handed in (2 answers) belongs to this sheet, which asks for h, a, z, p and more: it may be the hand-in for another one."
    )
    assert not marked("e2-label-smoothing-step", {"Q7": [1, 2], "h": [-13, 2, -5]}).problems[0].startswith("nothing")


# ------------------------------------------------------------------------------------------------ nothing in vain


def test_no_slips_are_looked_for_where_everything_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take far longer than everything else; of a wrong answer only those that lead to it are worked out."""
    found: list[str] = []
    usual = general.mutations
    monkeypatch.setattr(general, "mutations", lambda exercise, quantity: found.append(quantity.name) or usual(exercise, quantity))
    fresh, values = prepared(SHEETS["d2-tanh-network"], "fresh"), solved("d2-tanh-network")["values"]
    for answers in (values, {name: formula["text"] for name, formula in solved("d2-tanh-network")["formulas"].items()}):
        (hand_in,) = from_text(json.dumps({"answers": answers}), "somebody.json", "json")
        fresh.mark(hand_in)
    assert found == []
    (hand_in,) = from_text(json.dumps({"answers": {**values, "x1": [9, 9, 9, 9]}}), "somebody.json", "json")
    fresh.mark(hand_in)
    assert "x1" in found
    assert len(found) < 10
