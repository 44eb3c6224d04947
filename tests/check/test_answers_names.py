"""Names as people write them, put to the quantities of an exercise; and what is said of names that mean nothing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.app.solving import solve_text
from byhand.check.answers.entry import Formulas, Numbers, Unread
from byhand.check.answers.matching import Matched, matched
from byhand.check.answers.names import Names
from byhand.check.answers.read import Kind, from_text
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise

EXAMPLES = Path(__file__).parents[2] / "examples"


@lru_cache
def exercise(name: str) -> Exercise:
    path = next(EXAMPLES.glob(f"{name}-*.md"))
    return exercise_of(solve_text(path.read_text(), path.name), path.read_text())


@lru_cache
def names(name: str) -> Names:
    return Names(exercise(name))


def read(sheet: str, text: str, kind: Kind) -> Matched:
    (hand_in,) = from_text(text, "somebody", kind)
    return matched(exercise(sheet), hand_in, names(sheet))


E2 = {
    "dL/dW1": ["dW1", "grad_W1", "gradW1", "grad W1", "∇_{W1} L", "∇W1", "∇_W1 L", "∂L/∂W_1", "∂L/∂W₁", r"\frac{\partial L}{\partial W_1}", r"\dfrac{dL}{dW_{1}}", "dL_dW1", "dLdW1", "dL/dW_1", "d L / d W_1",
               "W1.grad", "W1_grad", "gradient of W1", "gradient of L wrt W1", "dLoss/dW1", "∂E/∂W1", "∂ℒ/∂W1", r"\nabla_{W_1}\mathcal{L}", r"$\nabla_{W_1} L$", r"\bar{W}_1", "d_W1", "dw1", "the gradient dW1"],
    "W1'": ["W1_new", "W1new", "W_1^{new}", "new W1", "updated W1", "W1'", "W1_prime", "W1+", "W₁′", "W_{1}'", r"W_1^{\text{new}}", r"W_1^{(t+1)}", "W_1,new", "W_1^+", "W1_neu", "The new W1", "w1_new", r"W_1^{\prime}", "W1(new)"],
    "W1": ["w1", "W_1", "W₁", "W_{1}", "W^{(1)}", "W^{[1]}", r"\mathbf{W}_1", "𝑊1", "Ｗ1", "W 1", r"\boldsymbol{W}^{(1)}", "**W1**", "`W1`", "W\u200b1", "$W_1$"],
    "dL/dz": ["delta2", "δ2", "δ_2", "δ₂", r"\delta_2", r"\delta^{(2)}", r"\delta^{[2]}", "δ_z", "delta_z", "dz", "delta_out", r"\delta_{z}", "∂L/∂z", "δ^{(2)}"],
    "dL/dh": ["delta1", "δ_1", "delta_h", "dh", "∂L/∂h"],
    "L": ["loss", "Loss", "E", "cost", "J", "l", "the loss L", "error"],
    "p": ["y_hat", "ŷ", "yhat", "output", r"\hat{y}", "P", "prediction"],
    "eps": ["ε", "epsilon", r"\varepsilon", r"\epsilon", "EPS"],
    "ys": ["y_s", "y^s", "ys", "y^{s}", "YS"],
    "dL/db2": ["db2", "∂L/∂b₂", "db_2", r"\frac{\partial L}{\partial b^{(2)}}", "dL/d(b2)"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "written"), [(name, one) for name, ways in E2.items() for one in ways])
def test_names_of_the_classifier(name: str, written: str) -> None:
    found = names("e2").find(written)
    assert found.name == name, found
    assert found.cell is None
    assert found.remark == ("" if "".join(written.split()) == name else f"{written} read as {name}")


OTHERS = [
    ("b1", "z", "Z"), ("b1", "W2", "w2"), ("b1", "dW2", "dL/dw2"), ("b1", "delta2", "dL/dy"), ("b1", "δ1", "dL/dZ"), ("b1", "yhat", "y"), ("b1", "B1", "b1"),
    ("d3", "dW1", "dC/dW1"), ("d3", "dE/dz3", "dE/dz3"), ("d3", "W1_new (run 2)", "W1' (run 2)"), ("d3", "W1' run 2", "W1' (run 2)"), ("d3", "x^{(1)}", "x1"), ("d3", "z1_s1", "z1_s1"),
    ("d3", "z_1 (sample 2)", "z1_s2"), ("d3", "∂C/∂z_3 (sample 1)", "dC_1/dz3"), ("d3", "δ_1", "dC/dz1"), ("d1", "delta2", "dE/dz2"), ("d1", "prediction", "x2"), ("d1", "class", "at(argmax(x2), x=[1, 0, 0, 0, 1])"), ("d1", "at(x2,x=[1,0,0,0,1])", "at(x2, x=[1, 0, 0, 0, 1])"),
    ("a1", "w^*", "w*"), ("a1", "w_star", "w*"), ("a1", r"w^{\star}", "w*"), ("a1", "w_opt", "w*"), ("a1", r"\frac{\partial^2 L}{\partial w^2}", "d2L/dw2"), ("a1", "∂²L/∂w²", "d2L/dw2"),
    ("a1", "minimise(L, w)", "w*"), ("a1", "∇_w L", "dL/dw"), ("a1", "lambda", "lam"), ("a1", "μ", "mu"),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "written", "name"), OTHERS)
def test_names_of_other_exercises(sheet: str, written: str, name: str) -> None:
    assert names(sheet).find(written).name == name


@pytest.mark.parametrize("sheet", ["a1", "a2", "b1", "b2", "d1", "d2", "d3", "e1", "e2"])
def test_every_name_means_itself(sheet: str) -> None:
    for name in exercise(sheet).quantities:
        found = names(sheet).find(name)
        assert (found.name, found.remark, found.cell) == (name, "", None)
        assert names(sheet).find(f" {name} ").name == name


@pytest.mark.parametrize("sheet", ["b1", "d1", "d2", "e2"])
def test_what_is_printed_is_understood(sheet: str) -> None:
    """Names as byhand prints them in text and LaTeX."""
    for quantity in exercise(sheet).quantities.values():
        name = quantity.name
        if "(" not in name and "'" not in name and "/" not in name and name[-1].isdigit():
            stem, digit = name[:-1], name[-1]
            assert {names(sheet).find(one).name for one in (f"{stem}_{digit}", f"{stem}_{{{digit}}}", f"${stem}_{{{digit}}}$")} == {name}


@pytest.mark.parametrize(("sheet", "written", "said"), [("e2", "W3", "Did you mean W2?"), ("e2", "foo", "foo is no quantity"), ("e2", "dL/dW1'", "Did you mean dL/dW1?"), ("d3", "loss", "E or C"), ("e2", "", "no quantity"), ("e2", "x" * 500, "too long"), ("e2", "__class__", "no quantity")])  # fmt: skip
def test_names_that_mean_nothing(sheet: str, written: str, said: str) -> None:
    found = names(sheet).find(written)
    assert found.name is None
    assert said in found.problem


def test_capitals_count_where_both_exist() -> None:
    sheet = "```byhand\nW = [[1, 2], [3, 4]]\nw = [1, 2]\nx = [5, 6]\nz = W @ x\ny = w @ x\n```\n\n```byhand\nz, y\n```\n"
    both = Names(exercise_of(solve_text(sheet, "s"), sheet))
    assert (both.find("W").name, both.find("w").name, both.find("Z").name) == ("W", "w", "z")


def test_entries_one_by_one() -> None:
    found = read("e2", '{"b1[0]": 1, "b1[1]": "2.50", "b1[2]": 3, "p_1": 0.1, "p_2": 0.2, "p_3": 0.7, "dW1[0,1]": 1, "z[0]": 1, "z[7]": 2}', "json")
    b1, p, w1, z = (found.answers[name].content for name in ("b1", "p", "dL/dW1", "z"))
    assert isinstance(b1, Numbers)
    assert (b1.text, b1.decimals.tolist(), b1.zeros_lost) == ("[1, 2.50, 3]", [0, 2, 0], True)
    assert isinstance(p, Numbers)
    assert (p.text, found.remarks["p"]) == ("[0.1, 0.2, 0.7]", ("the entries of p are counted from 1",))
    assert isinstance(w1, Unread)
    assert w1.message == "the entry [0, 0] of dL/dW1 is missing."
    assert isinstance(z, Unread)
    assert "no entry [7]" in z.message


def test_the_last_of_two_answers_counts() -> None:
    found = read("e2", "h = [1, 2, 3]\nh = [4, 5, 6]\nh_1 = 7", "lines")
    assert found.answers["h"].content.text == "[4, 5, 6]" or isinstance(found.answers["h"].content, Unread)
    assert any("more than once" in one for one in found.remarks["h"])


def test_numbers_go_before_the_formula_they_come_from() -> None:
    for text in ("z = W2^T a + b2\nz = [1, 2, 3]", "z = [1, 2, 3]\nz = W2^T a + b2", "z = W2^T a + b2 = [1, 2, 3]"):
        found = read("e2", text, "lines").answers["z"]
        assert isinstance(found.content, Numbers)
        assert found.links == ("W2^T a + b2",)


def test_commas_are_settled_by_the_shape() -> None:
    found = read("e2", '{"h": "[2,5; 3,1; 4,0]", "z": "1,2,3", "L": "1,63", "a": "(0,5 1,5 2,5)", "b1": "[[1,5],[2,5],[3,5]]"}', "json")
    assert {name: entry.content.text for name, entry in found.answers.items()} == {
        "h": "[[2.5], [3.1], [4.0]]", "z": "[1, 2, 3]", "L": "1.63", "a": "[0.5, 1.5, 2.5]", "b1": "[[1.5], [2.5], [3.5]]"}  # fmt: skip
    assert found.answers["h"].repairs == ("commas read as decimal points",)


def test_other_questions() -> None:
    for text, kind in (
        ('{"rates(f, x)": {"low": "0", "high": "1/5", "low_open": true, "high_open": true}}', "json"),
        ('{"rates(f, x)": "0 < eta < 1/5"}', "json"),
    ):
        found = read("b3", text, kind)  # pyright: ignore[reportArgumentType]
        assert [(entry.name, entry.content) for entry in found.unknown] == [("rates(f, x)", Formulas(("0 < eta < 1/5",), "0 < eta < 1/5"))]


def test_unknown_entries_say_why() -> None:
    found = read("e2", '{"foo": 1, "h": [1, 2, 3]}', "json")
    assert [entry.content for entry in found.unknown] == [Unread("foo is no quantity of this exercise.", "1")]
    assert set(found.answers) == {"h"}


def test_many_names_that_mean_nothing_are_not_looked_up() -> None:
    found = read("e2", "{" + ", ".join(f'"q{k}x": 1' for k in range(5000)) + "}", "json")
    assert len(found.unknown) == 101
    assert "left out" in str(found.unknown[-1].content)


@given(st.text(max_size=60))
def test_any_name_is_answered(text: str) -> None:
    found = names("e2").find(text)
    assert (found.name is None) != (found.problem == "")


@given(st.text(alphabet="dLW1_{}^()∂∇δ/\\ 'p+,[]", max_size=25))
def test_any_name_made_of_such_signs_is_answered(text: str) -> None:
    found = names("d3").find(text)
    assert found.name is None or found.name in exercise("d3").quantities
