"""Wrong formulas: never called right, with a counterexample that is one, and explained by the slip that makes them."""

from __future__ import annotations

from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from formula_sheets import SHEETS, check, exercise

from byhand.check.slips.catalogue import mutations_of
from byhand.check.slips.mutation import Mutation
from byhand.lang.expr import Var, named
from byhand.lang.walk import postorder, substitute
from byhand.run.prove import is_proved
from byhand.show.notation import notation, unwritable
from byhand.show.plain import plain

jax.config.update("jax_enable_x64", True)
EXERCISES = {key: exercise(sheet, key) for key, (sheet, _) in SHEETS.items()}
WRONG = [
    ("columns", "z1", "W1 x"),
    ("columns", "a1", "z1"),
    ("columns", "a1", "σ(z1)"),
    ("columns", "a2", "tanh(z2)"),
    ("columns", "L", "sum((a2 - y)^2)"),
    ("columns", "L", "1/2 sum(a2 - y)"),
    ("columns", "dL/dz2", "a2 - y"),
    ("columns", "dL/dz2", "(y - a2) ⊙ a2 ⊙ (1 - a2)"),
    ("columns", "dL/dz2", "(a2 - y) ⊙ z2 ⊙ (1 - z2)"),
    ("columns", "dL/dW2", "δ2 z1^T"),
    ("columns", "dL/dW2", "δ2 x^T"),
    ("columns", "dL/db2", "0"),
    ("columns", "dL/da1", "W2 δ2"),
    ("columns", "dL/dz1", "W2^T δ2"),
    ("columns", "dL/dz1", "W2^T δ2 ⊙ (1 + a1²)"),
    ("columns", "dL/dz1", "W2^T δ2 ⊙ (1 - z1²)"),
    ("columns", "dL/dW1", "δ2 x^T"),
    ("columns", "W1'", "W1 + 0.5 dL/dW1"),
    ("columns", "W1'", "-0.5 dL/dW1"),
    ("batch", "dL/dZ", "P - T"),
    ("batch", "dL/dZ", "(T - P)/m"),
    ("batch", "dL/dW", "X^T (P - T)"),
    ("batch", "dL/dW", "X^T (P - T)/m^2"),
    ("batch", "dL/db", "sum(P - T)/m"),
    ("batch", "dL/db", "sum(P - T, axis=1)/m"),
    ("batch", "P", "exp(Z)/sum(exp(Z))"),
    ("batch", "P", "softmax(Z, axis=0)"),
    ("logistic", "dL/dp", "1/3 (t/p + (1 - t)/(1 - p))"),
    ("logistic", "dL/dz", "(p - t) ⊙ p ⊙ (1 - p) / 3"),
    ("logistic", "dL/db", "mean(p - t) b"),
    ("ridge", "dJ/dw", "X^T (X w - y) + λ w"),
    ("ridge", "dJ/dw", "2 X^T (X w - y) + λ w"),
    ("ridge", "dJ/dw", "2 X^T (y - X w) + 2 λ w"),
    ("norm", "dL/dx", "(g - mean(g))/s"),
    ("norm", "dL/dx", "g/s"),
    ("attention", "dL/dS", "A ⊙ dL/dA"),
    ("attention", "dL/dS", "A ⊙ (1 - A) ⊙ dL/dA"),
    ("attention", "dL/dQ", "dL/dS K"),
    ("conv", "dL/dz", "1[z > 0]"),
    ("conv", "dL/dw", "conv2d(dL/dz, x)"),
    ("rows", "dE/ds", "dE/du"),
    ("rows", "dE/dW", "x^T (y - t)"),
]


@pytest.mark.parametrize(("key", "name", "text"), WRONG)
def test_a_wrong_formula_is_wrong(key: str, name: str, text: str) -> None:
    found = check(EXERCISES[key], name, text)
    assert found.verdict == "wrong", found
    assert found.message


@pytest.mark.parametrize("key", SHEETS)
def test_every_slip_in_every_step_is_named(key: str) -> None:
    """Every slip as a formula over the names of the sheet: it is named, unless it is right after all."""
    about = EXERCISES[key]
    slips = mutations_of(about)
    assert sum(map(len, slips.values())) > 30
    for name, mutations in slips.items():
        for one in mutations:
            if unwritable(one.step):
                continue
            found = check(about, name, plain(notation(one.step, about.conventions)), mutations=mutations)
            if found.verdict == "right":
                assert is_proved(inlined(key, one.step), inlined(key, about.quantities[name].steps[0])), (name, one.id)
            else:
                assert found.verdict == "wrong"
                assert one.id in {found.slip, *(tie.id for tie in found.ties)}, (name, one.id, found)


def inlined(key: str, step: Any) -> Any:
    """A step over what is given, put together here from the nodes of the sheet."""
    quantities = EXERCISES[key].quantities
    for _ in range(len(quantities)):
        inside = [node for node in postorder(step) if isinstance(node, Var) and quantities[node.name].steps]
        step = substitute(step, {node: quantities[node.name].steps[0] for node in inside})
    return step


def test_a_slip_in_an_earlier_step_explains_a_formula_that_was_put_in() -> None:
    """No name for the wrong quantity: the slip lies in a step that was not answered."""
    about = EXERCISES["columns"]
    a2, y = (Var(name, about.quantities[name].node.shape, frozenset()) for name in ("a2", "y"))
    step = about.quantities["dL/dz2"].steps[0]
    known = {node.name: node for node in postorder(step) if isinstance(node, Var)}
    assert {"dL/da2", "a2"} <= set(known)
    slip = Mutation("S15", "dL/dz2", "the slope at the output is left out", cast(Any, known["dL/da2"]) * 1)
    found = check(about, "dL/db2", "a2 - y", mutations=[slip])
    assert (found.verdict, found.slip, found.at) == ("wrong", "S15", "dL/dz2")
    assert found.message == "matches what you get if the slope at the output is left out"
    assert a2.shape == y.shape


# --------------------------------------------------------------------------------------------- counterexamples


def loss(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, y: Any) -> Any:
    a2 = jax.nn.sigmoid(W2 @ jnp.tanh(W1 @ x + b1) + b2)
    return jnp.sum((a2 - y) ** 2) / 2


def test_a_counterexample_is_one() -> None:
    """JAX finds the same right value at its data, and NumPy the value of what was handed in."""
    found = check(EXERCISES["columns"], "dL/dW1", "(W2^T (a2 - y)) x^T")
    assert found.counterexample is not None
    data = {name: np.array(value, dtype=float) for name, value in cast(dict[str, Any], found.counterexample["values"]).items()}
    data.setdefault("b1", np.zeros(3))
    gradient = jax.grad(loss)(*(data[name] for name in ("W1", "b1", "W2", "b2", "x", "y")))
    np.testing.assert_allclose(np.array(found.counterexample["right"]), gradient, rtol=1e-9, atol=1e-15)
    a2 = 1 / (1 + np.exp(-(data["W2"] @ np.tanh(data["W1"] @ data["x"] + data["b1"]) + data["b2"])))
    np.testing.assert_allclose(np.array(found.counterexample["left"]), np.outer(data["W2"].T @ (a2 - data["y"]), data["x"]), rtol=1e-9)
    entry = tuple(cast(list[int], found.counterexample["entry"]))
    assert abs(np.array(found.counterexample["left"])[entry] - np.array(found.counterexample["right"])[entry]) > 1e-9


def test_a_counterexample_in_rationals_is_exact_and_small() -> None:
    found = check(EXERCISES["ridge"], "dJ/dw", "X^T (X w - y) + λ w")
    assert found.certainty == "exact"
    assert found.counterexample is not None
    assert found.counterexample["sizes"] == {"m": 1, "n": 1}


# ------------------------------------------------------------------------------------------------- explained


@pytest.mark.parametrize(
    ("key", "name", "text", "said"),
    [
        ("columns", "dL/dz2", "(y - a2) ⊙ a2 ⊙ (1 - a2)", "the sign is the other way round"),
        ("columns", "dL/dz1", "W2^T δ2", "the factor 1 - a1**2 is missing"),
        ("columns", "z1", "W1 x", "the term b1 is missing"),
        ("columns", "z1", "W1 x - b1", "the term b1 has the wrong sign"),
        ("columns", "z1", "W1 x + b1 + x[0] b1", "the term x[0] * b1 is too much"),
        ("columns", "L", "sum((a2 - y)^2)", "it is 2 times the right formula"),
        ("columns", "dL/dz2", "(a2 - y) ⊙ a2 ⊙ (1 - a2) ⊙ (1 - a2)", "the factor 1 - a2 is too much"),
        ("batch", "dL/dW", "X^T (P - T)", "it is m times the right formula"),
        ("batch", "dL/dZ", "(P - T)/m^2", "it is 1/m times the right formula"),
        ("columns", "dL/dW1", "δ1 x^T [1, 0]", "dL/dW1 has shape (3, 2), and this formula has shape (3,)"),
        ("batch", "dL/db", "dL/dZ", "a sum over axis 0 is usually what is missing"),
        ("columns", "L", "½ (a2 - y)^2", "a sum over all entries is usually what is missing"),
    ],
)
def test_what_is_different_is_said(key: str, name: str, text: str, said: str) -> None:
    found = check(EXERCISES[key], name, text)
    assert found.verdict == "wrong"
    assert said in found.message


def test_the_cells_that_are_right_are_shown() -> None:
    found = check(EXERCISES["columns"], "dL/dz2", "(a2 - y) ⊙ a2 ⊙ (1 - a2) + [0, 1] * x[0]")
    assert found.cells == [True, False]
    assert found.message.endswith("is too much") or found.message.endswith("at entry [1]")


def test_a_missing_transpose_whose_shapes_do_not_fit_is_named() -> None:
    found = check(EXERCISES["columns"], "dL/da1", "W2 δ2")
    assert (found.verdict, found.slip, found.at) == ("wrong", "S29", "dL/da1")
    assert found.message.startswith("matches what you get if W2 is not transposed: cannot form the matrix product")


def test_right_numbers_by_chance_are_no_right_formula() -> None:
    about = exercise("```byhand\nx = [1, 1]\nw = [2, 3]\nb = 0\nz = w @ x + b\nL = z**2\ndL/dw\n```\n")
    found = check(about, "dL/dw", "2 * z * x * x")
    assert found.verdict == "wrong"
    assert "it gives the right numbers here, but only because all entries of x are 1" in found.remarks
    left_out = check(about, "z", "w^T x")
    assert left_out.verdict == "right"
    assert left_out.remarks == ("with b = 0 put in",)


def test_one_hot_targets_do_not_hide_a_mistake() -> None:
    """At a one-hot target on the sheet both have the same numbers; as formulas of any distribution they differ."""
    about = exercise("```byhand\nz = [1, 2, 0]\nt = [0.2, 0.3, 0.5]\np = softmax(z)\nL = -sum(t * log(p))\ndL/dz\n```\n")
    assert check(about, "dL/dz", "sum(t) p - t").verdict == "right"
    found = check(about, "dL/dz", "p - t")
    assert found.verdict == "wrong"
    assert any("right numbers here" in remark for remark in found.remarks)


def test_a_named_value_is_no_formula_for_itself_of_another() -> None:
    about = EXERCISES["columns"]
    assert named("x", cast(Any, about.quantities["x"].node)).shape == (2,)
    assert check(about, "dL/dz2", "dL/da2").verdict == "wrong"
    for text in ("dL/dz1", "dz1", "δ1", "dL/dz1 = δ1", "0 + dL/dz1"):
        found = check(about, "dL/dz1", *text.split(" = "))
        assert (found.status, "stands for itself" in found.message) == ("unread", True), text


@pytest.mark.parametrize(
    ("key", "name", "text", "said"),
    [
        ("columns", "L", "||a2 - y||²", "it is 2 times the right formula"),
        ("columns", "L", "Σ (a2 - y) y", ""),
        ("columns", "L", "½ Σ (a2 - y)² + y", ""),
        ("columns", "dL/dW2", "dz2 @ a1", "a1 is not transposed"),
        ("columns", "dL/dW2", "dz2 @ x.T", "a dot product stands where an outer product usually does"),
        ("columns", "dL/dW2", "η δ2 a1^T", "it is 0.5 times the right formula"),
        ("columns", "dL/da1", "W2(δ2)", "W2 is not transposed"),
        ("batch", "L", "1/m Σ T log P", "the sign is the other way round"),
        ("batch", "L", "-1/m Σ P log T", "this has no value where L has one"),
        ("batch", "dL/db", "1ᵀ(P - T)", "m times the right formula"),
        ("batch", "dL/db", "𝟏ᵀ(T - P)/m", "the sign is the other way round"),
        ("batch", "dL/db", "sum(P - T)/m", "it has lost the entries"),
        ("batch", "dL/dZ", r"\left[T - \hat{y}\right]/m", "the sign is the other way round"),
        ("ridge", "J", "||y - Xw||²/2 + λ||w||²", ""),
        ("rows", "dE/ds", "du * (u >= 0).astype(float)", ""),
    ],
)
def test_loose_spellings_do_not_hide_a_mistake(key: str, name: str, text: str, said: str) -> None:
    found = check(EXERCISES[key], name, text)
    assert found.verdict == "wrong", (found.read_as, found.remarks)
    assert said in found.message
