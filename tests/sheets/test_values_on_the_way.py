"""Parameters between steps: what primes mean in formulas and claims, and how updated values are shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError

DOWNHILL = "x = 3\nL = x**2\nstep(L, [x], rate=0.1, times=3)\n"
XOR = "X = [[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]]\nt = [0, 1, 1, 0]\nw = [0, 0, 0]\ny = step(X @ w)\n"


def sheet(text: str) -> str:
    return f"# Steps\n```byhand\n{text}\n```\n"


def solved(text: str) -> dict[str, Any]:
    return json.loads(render(solve_text(sheet(text), "steps.md"), "json"))


def values(text: str) -> dict[str, Any]:
    return solved(text)["values"]


def page(text: str, to: str = "text") -> str:
    return str(render(solve_text(sheet(text), "steps.md"), to))


def problem(text: str) -> str:
    with pytest.raises(ByhandError) as caught:
        solve_text(sheet(text), "steps.md")
    return str(caught.value)


def test_primes_in_formulas_mean_the_value_of_that_step() -> None:
    got = values(f"{DOWNHILL}x'' - x'\nx' + x'' + x'''\nd = x - x''\nd")
    assert got["x'' - x'"] == -0.48
    assert got["x' + x'' + x'''"] == pytest.approx(2.4 + 1.92 + 1.536)
    assert got["d"] == pytest.approx(1.536 - 1.92)


def test_a_definition_over_a_value_on_the_way_is_not_changed_by_other_steps() -> None:
    text = "x = [1, 2]\nL = x @ x\nstep(L, [x], rate=0.1)\ng = 10 * x'\ng\nstep(L, [x], rate=0.1)\nh = g + x'' - x\nh"
    got = values(text)
    assert (got["g"], got["h"]) == ([8, 16], [8, 16])
    assert "g = 10 x′" in page(text)
    assert solved(text)["formulas"]["g"]["text"] == "10 * x'"


def test_values_on_the_way_of_matrices_and_after_a_reset() -> None:
    start = "W = [[1, 2], [3, 4]]\nL = sum(W**2)\n"
    assert values(f"{start}step(L, [W], rate=0.25)\nA = W'.T\nA")["A"] == [[0.5, 1.5], [1, 2]]
    assert values(f"{start}step(L, [W], rate=0.25)\nreset()\nstep(L, [W], rate=0.5)\nA = W' + 1\nA")["A"] == [[1, 1], [1, 1]]


def test_claims_are_about_the_newest_values() -> None:
    found = solved(f"{DOWNHILL}show(x''' == x)")["claims"]
    assert [one["verdict"] for one in found] == ["holds"]
    assert "x'' is one value of x" in problem(f"{DOWNHILL}show(x'' == x)")


def test_values_of_formulas_are_asked_for_between_the_steps() -> None:
    between = "x = 3\nL = x**2\nstep(L, [x], rate=0.1)\nL', 2 * L'\n"
    assert values(between)["L'"] == 5.76
    assert values(between)["2 * L'"] == 11.52
    assert "ask for it right after step 1" in problem(f"{DOWNHILL}L'")
    assert "ask for it right after step 2" in problem(f"{DOWNHILL}L'' - L")
    assert "take more steps before" in problem(f"{DOWNHILL}x''''")


def test_updates_without_numbers_are_shown_with_their_formulas() -> None:
    text = page("x : (n,)\nL = x @ x\neta : ()\nstep(L, [x], rate=eta, times=2)\nx', x''")
    assert "x′ = x − η (∂L/∂x)    x″ = x′ − η (∂L/∂x)" in text.partition("Updated\n")[2]


def test_updates_asked_for_stand_under_one_caption() -> None:
    assert page(f"{DOWNHILL}x', x''\nx'''").count("Updated\n") == 1


@pytest.mark.parametrize(("to", "written"), [("text", "x⁽¹²⁾ = x⁽¹¹⁾"), ("html", "<mo>(</mo><mn>12</mn><mo>)</mo>")])
def test_many_primes_are_a_number(to: str, written: str) -> None:
    text = page("x = 1\nL = x**2\nstep(L, [x], rate=0.25, times=12)\nx", to)
    assert written in text
    assert "′" * 5 not in text


def test_the_small_number_of_adam_is_a_power_of_ten() -> None:
    adam = "x = 1\nL = x**2\nstep(L, [x], rate=0.1, rule=adam)"
    assert "√(v̂_x′) + 1e-8" in page(adam)
    assert "1 − 0.9^t" in page(adam)
    assert r"+ 10^{-8}" in page(adam, "tex")


def test_each_newton_step_shows_its_gradient() -> None:
    text = page("x = 2\nL = x**4 + x**2\nstep(L, [x], rule=newton, times=2)")
    assert "∂L/∂x = " in text.partition("Step 1 of 2")[2].partition("Step 2 of 2")[0]


def test_batches_name_the_data_in_the_order_of_the_sheet() -> None:
    text = page("X = [[1, 0], [0, 1]]\nt = [1, 0]\nw = [0, 0]\nL = -sum(t * log(sigmoid(X @ w)))\nstep(L, [w], rate=1, batches=1)")
    assert "Batch 1: row 0 of X and t" in text


def test_a_perceptron_that_goes_round_in_circles_stops_and_says_so() -> None:
    text = " ".join(page(f"{XOR}step(y, [w], rate=1, rule=perceptron, target=t)").split())
    assert "Epoch 3 ends where epoch 2 ended, so it goes round in circles" in text
    assert "Step sits exactly on its jump at entries [0], [1], [2], [3]" in text
    assert "By convention step(0) = 0." in text
    assert "After epoch 5 it has not settled" in " ".join(page(f"{XOR}step(y, [w], rate=1, rule=perceptron, target=t, epochs=5)").split())
