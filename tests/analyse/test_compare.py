"""Losses side by side: output errors and gradients against JAX, limits against what is known of each loss, and every form of call."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from byhand.analyse.compare import compare
from byhand.analyse.compare.limits import Beyond, Case
from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, named, var
from byhand.lang.sizes import Poly
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope, letters_of
from byhand.run.prove import prove
from byhand.sheets.answer import answer

jax.config.update("jax_enable_x64", True)
Answer = dict[str, Any]


def sheet(text: str) -> str:
    return f"# Losses\n\n```byhand\n{text}\n```\n"


def answers(text: str) -> Answer:
    return answer(solve_text(sheet(text)))


def the_answer(text: str) -> Answer:
    found = answers(text)["answers"]
    (key,) = found
    assert key.startswith("compare(")
    return found[key]


def page(text: str, form: str = "text") -> str:
    return str(render(solve_text(sheet(text)), form))


def limits(found: Answer, loss: str, kind: str) -> dict[str, str | None]:
    return {case: both[kind] for case, both in found["losses"][loss]["limits"].items()}


NETWORK = """
x  = [1, 0, 1, 0]
t  = [0, 1, 0]
W1 = [[0.1, -0.2, 0.3, 0.4], [0.5, 0.6, -0.7, 0.8]]
b1 = [0.1, 0.2]
W2 = [[0.3, -0.1], [0.2, 0.4], [-0.5, 0.6]]
z1 = W1 @ x + b1
x1 = tanh(z1)
z2 = W2 @ x1
y = tanh(z2)
E = 0.5 * sum((y - t)**2)
p = softmax(z2)
C = -sum(t * log(p))
"""


def network(x: Any, t: Any, W1: Any, b1: Any, W2: Any, loss: str) -> Any:
    z = W2 @ jnp.tanh(W1 @ x + b1)
    return 0.5 * jnp.sum((jnp.tanh(z) - t) ** 2) if loss == "E" else -jnp.sum(t * jax.nn.log_softmax(z))


# --------------------------------------------------------------------------------------------- against JAX


def test_values_and_norms_are_those_of_jax() -> None:
    whole = answers(f"{NETWORK}compare(E, C, wrt=[W1, b1, W2])")
    found = whole["answers"]["compare(E, C, wrt=[W1, b1, W2])"]
    data = [jnp.array(whole["values"][name], float) for name in ("x", "t", "W1", "b1", "W2")]
    assert found["at"] == "z2"
    for loss in "EC":
        side = found["losses"][loss]
        assert side["loss"] == pytest.approx(float(network(*data, loss)))
        for name, place in (("W1", 2), ("b1", 3), ("W2", 4)):
            expected = jax.grad(network, place)(*data, loss)
            assert side["norms"][name] == pytest.approx(float(jnp.linalg.norm(expected)), rel=1e-12)
    z = jnp.array(whole["values"]["z2"])
    errors: dict[str, Callable[[Any], Any]] = {
        "E": lambda z: 0.5 * jnp.sum((jnp.tanh(z) - data[1]) ** 2),
        "C": lambda z: -jnp.sum(data[1] * jax.nn.log_softmax(z)),
    }
    for loss, function in errors.items():
        np.testing.assert_allclose(found["losses"][loss]["value"], jax.grad(function)(z), rtol=1e-12)
        np.testing.assert_allclose(whole["values"][f"d{loss}/dz2"], jax.grad(function)(z), rtol=1e-12)


def test_the_example() -> None:
    """With equal weights the output errors of softmax add up to zero in every unit below: only the squared error moves W1 and W2."""
    sheet_of_it = (Path(__file__).parents[2] / "examples" / "d3-softmax-network.md").read_text(encoding="utf-8")
    found = answer(solve_text(sheet_of_it))["answers"]["compare(E, C)"]
    assert found["at"] == "z3"
    assert found["certainty"] == "exact"
    norms = found["losses"]["C"]["norms"]
    assert norms["W1"] < 1e-15 < found["losses"]["E"]["norms"]["W1"]
    assert norms["b3"] == pytest.approx((2 / 3) ** 0.5)


def test_the_formulas_of_the_output_errors() -> None:
    found = the_answer(f"{NETWORK}compare(E, C)")
    assert found["losses"]["E"]["error"] == "(y - t) * (1 - y**2)"
    assert found["losses"]["C"]["error"] == "p - t"


def test_the_errors_are_claims_that_hold() -> None:
    claims = answers(f"{NETWORK}compare(E, C)")["claims"]
    assert [(claim["claim"], claim["verdict"], claim["certainty"]) for claim in claims] == [
        ("dE/dz2 == (y - t) * (1 - y**2)", "holds", "exact"),
        ("dC/dz2 == p - t", "holds", "exact"),
    ]


@pytest.mark.parametrize("rows", [True, False], ids=["samples as rows", "samples as columns"])
def test_batches(rows: bool) -> None:
    x, w, t = [[1, 2], [3, 4], [5, 6]], [[0.1, 0.2], [0.3, -0.4]], [[1, 0], [0, 1], [1, 0]]
    axis = 1 if rows else 0
    X, W, T = (np.array(one) if rows else np.array(one).T for one in (x, w, t))
    product = "X @ W" if rows else "W @ X"
    text = (
        f"X = {X.tolist()}\nW = {W.tolist()}\nT = {T.tolist()}\nZ = {product}\nP = softmax(Z, axis={axis})\nY = sigmoid(Z)\n"
        "C = -sum(T * log(P)) / 3\nE = mean((Y - T)**2)\ncompare(E, C, wrt=W)"
    )
    found = the_answer(text)

    def loss(w: Any, kind: str) -> Any:
        z = X @ w if rows else w @ X
        return jnp.mean((jax.nn.sigmoid(z) - T) ** 2) if kind == "E" else -jnp.sum(T * jax.nn.log_softmax(z, axis=axis)) / 3

    for kind in "EC":
        expected = jnp.linalg.norm(jax.grad(loss)(jnp.array(W), kind))
        assert found["losses"][kind]["norms"]["W"] == pytest.approx(float(expected))
    assert limits(found, "C", "error") == {"+inf, right": "0", "+inf, wrong": "1/3", "-inf, right": "0", "-inf, wrong": "-1/3"}
    assert set(limits(found, "E", "error").values()) == {"0"}


# --------------------------------------------------------------------------------------------------- limits


def test_squared_error_dies_where_cross_entropy_does_not() -> None:
    found = the_answer("z : ()\nt : ()\ny = sigmoid(z)\nE = 0.5*(y - t)**2\nB = -(t*log(y) + (1 - t)*log(1 - y))\ncompare(E, B)")
    assert limits(found, "E", "error") == {"+inf, right": "0", "+inf, wrong": "0", "-inf, right": "0", "-inf, wrong": "0"}
    assert limits(found, "E", "loss") == {"+inf, right": "0", "+inf, wrong": "0.5", "-inf, right": "0", "-inf, wrong": "0.5"}
    assert limits(found, "B", "error") == {"+inf, right": "0", "+inf, wrong": "1", "-inf, right": "0", "-inf, wrong": "-1"}
    assert limits(found, "B", "loss") == {"+inf, right": "0", "+inf, wrong": "inf", "-inf, right": "0", "-inf, wrong": "inf"}


def test_margins_and_a_square_on_one_score() -> None:
    found = the_answer("s : ()\ny : () signs\nH = maximum(0, 1 - y*s)\nL = log(1 + exp(-y*s))\nQ = (s - y)**2\ncompare(H, L, Q)")
    assert found["at"] == "s"
    steady = {"+inf, right": "0", "+inf, wrong": "1", "-inf, right": "0", "-inf, wrong": "-1"}
    assert limits(found, "H", "error") == limits(found, "L", "error") == steady
    assert limits(found, "Q", "error") == {"+inf, right": "inf", "+inf, wrong": "inf", "-inf, right": "-inf", "-inf, wrong": "-inf"}


def test_limits_over_sizes() -> None:
    text = "Z : (N, K)\nT : (N, K) one_hot\nP = softmax(Z)\nC = -sum(T*log(P))/N\nE = sum((P - T)**2)/(N*K)\ncompare(E, C)"
    found = the_answer(text)
    assert limits(found, "C", "error") == {"+inf, right": "0", "+inf, wrong": "1/N", "-inf, right": "0", "-inf, wrong": "-1/N"}
    assert found["losses"]["C"]["value"] is None
    assert found["losses"]["C"]["norms"] == {}


@pytest.mark.parametrize("reach", [30.0, 60.0])
def test_limits_are_approached_by_jax(reach: float) -> None:
    """The same cases in floats by somebody else, at finite scores."""
    found = the_answer("z : (3,)\nt : (3,) one_hot\np = softmax(z)\nE = sum((p - t)**2)\nC = -sum(t*log(p))\ncompare(E, C)")
    functions: dict[str, Callable[[Any, Any], Any]] = {
        "E": lambda z, t: jnp.sum((jax.nn.softmax(z) - t) ** 2),
        "C": lambda z, t: -jnp.sum(t * jax.nn.log_softmax(z)),
    }
    for loss, function in functions.items():
        for case, expected in limits(found, loss, "error").items():
            up, right = case.startswith("+"), case.endswith("right")
            z = jnp.array([reach if up else -reach, 0.3, -0.7])
            t = jnp.array([1.0, 0, 0]) if up == right else jnp.array([0, 1.0, 0])
            assert float(jax.grad(function)(z, t)[0]) == pytest.approx(float(str(expected)), abs=1e-9), (loss, case)


def test_smoothed_labels_never_let_go() -> None:
    found = the_answer("z : (3,)\ny : (3,) one_hot\np = softmax(z)\nys = 0.7*y + 0.1\nC = -sum(y*log(p))\nS = -sum(ys*log(p))\ncompare(C, S)")
    assert found["at"] == "z"
    assert limits(found, "S", "error") == {"+inf, right": "0.2", "+inf, wrong": "0.9", "-inf, right": "-0.1", "-inf, wrong": "-0.8"}


def test_targets_that_are_no_labels() -> None:
    found = the_answer("z = [0.2, 3]\nt = [0.5, 2]\ny = tanh(z)\nE = sum((y - t)**2)\nA = sum(abs(z - t))\ncompare(E, A, at=z)")
    assert set(found["losses"]["E"]["limits"]) == {"+inf", "-inf"}
    assert limits(found, "A", "error") == {"+inf": "1", "-inf": "-1"}


def test_what_depends_on_the_rest_is_finite() -> None:
    found = the_answer(f"{NETWORK}compare(E, C)")
    assert set(limits(found, "E", "loss").values()) == {"finite"}


# ------------------------------------------------------------------------------------------------ the graph


def test_losses_part_at_the_deepest_quantity() -> None:
    assert the_answer(f"{NETWORK}compare(E, C, at=x1)")["at"] == "x1"
    shared_output = "x = [1, 2]\nw = [0.1, 0.2]\nt = 1\nz = w @ x\ny = sigmoid(z)\nE = (y - t)**2\nB = -log(y)\ncompare(E, B)"
    assert the_answer(shared_output)["at"] == "z"
    assert the_answer(shared_output.replace("compare(E, B)", "compare(E, B, at=y)"))["at"] == "y"


def test_sum_and_mean_differ_in_the_rate_alone() -> None:
    text = "X = [[1,2],[3,4],[5,6]]\nw = [0.1, 0.2]\nt = [1, 0, 1]\nz = X @ w\nS = sum((z-t)**2)\nM = mean((z-t)**2)\ncompare(S, M, wrt=[w])"
    found = the_answer(text)
    assert found["losses"]["S"]["norms"]["w"] == pytest.approx(3 * found["losses"]["M"]["norms"]["w"])
    assert "1/3 times that of S" in " ".join(page(text).split())


def test_a_loss_inside_another_is_no_output() -> None:
    text = "X = [[1,2],[3,4]]\nw = [0.1, 0.2]\nt = [1, 0]\nz = X @ w\nD = sum((z-t)**2)\nR = D + 0.1 * (w @ w)\ncompare(D, R)"
    assert the_answer(text)["at"] == "z"


def test_nothing_shared_but_givens() -> None:
    text = "x = [1, 2]\nw = [1, 1]\nt = 1\nE = (sigmoid(w @ x) - t)**2\nR = w @ w\ncompare(E, R)"
    found = the_answer(text)
    assert found["at"] is None
    assert found["losses"]["R"]["norms"] == {"w": pytest.approx(8**0.5)}
    assert "no common output" in " ".join(page(text).split())


def test_parameters_are_those_the_sheet_asks_for() -> None:
    found = the_answer(f"{NETWORK}dC/dW2\ncompare(E, C)\nstep(C, [b1], rate=1)")
    assert list(found["losses"]["E"]["norms"]) == ["b1", "W2"]


def test_after_a_step_the_numbers_are_new() -> None:
    before = the_answer(f"{NETWORK}compare(E, C)")
    after = the_answer(f"{NETWORK}step(C, [W1, W2], rate=0.5)\ncompare(E, C)")
    assert after["losses"]["C"]["loss"] < before["losses"]["C"]["loss"]


def test_twice_on_a_sheet() -> None:
    found = answers(f"{NETWORK}compare(E, C)\ncompare(C, E)\ncompare([E, C])")["answers"]
    assert list(found["compare(C, E)"]["losses"]) == ["C", "E"]
    assert found["compare([E, C])"]["losses"].keys() == {"E", "C"}


# ------------------------------------------------------------------------------------------------ the pages


def test_what_a_person_reads() -> None:
    words = " ".join(page(f"{NETWORK}compare(E, C)").split())
    for said in (
        "E and C part at z₂",
        "because of the factor 1 − y². Gradients vanish",
        "C: the output error tends to 1 or −1 where the output is wrong",
        "∂C/∂z₂ = p − t",
        "norm of the gradient of E C C : E",
        "towards the right the output is wrong",
    ):
        assert said in words, said
    assert max(map(len, page(f"{NETWORK}compare(E, C)").splitlines())) <= 80


@pytest.mark.parametrize("form", ["md", "tex", "html", "json"])
def test_every_form(form: str) -> None:
    found = page(f"{NETWORK}compare(E, C)", form)
    assert len(found) > 1000
    if form == "json":
        assert json.loads(found)["answers"]["compare(E, C)"]["at"] == "z2"


def test_rounding_is_shown_as_zero() -> None:
    text = "x = [1, 2]\nt = [0, 1, 0]\nV = full((2, 2), 0.1)\nW = full((3, 2), 0.1)\na = tanh(V @ x)\nz = W @ a\np = softmax(z)\nC = -sum(t*log(p))\n"
    shown = page(f"{text}y = tanh(z)\nE = sum((y - t)**2)\ncompare(E, C, wrt=[V])")
    assert shown.splitlines()[-1].split() == ["V", "0.476116", "0", "0"]


# ---------------------------------------------------------------------------------------------------- Python


def quantities() -> dict[str, Expr]:
    found: dict[str, Expr] = {"z": var("z", ("K",)), "t": var("t", ("K",), ("one_hot",))}
    for name, formula in (("p", "softmax(z)"), ("E", "sum((p - t)**2)"), ("C", "-sum(t * log(p))")):
        scope = Scope(names={**found}, sizes=letters_of(*[one for one in found.values() if isinstance(one, Var)]))
        found[name] = named(name, read_formula(formula, scope))
    return found


def test_in_python() -> None:
    known = quantities()
    found = compare(known["E"], known["C"])
    assert found.at is known["z"]
    assert found.target is known["t"]
    error, formula = found.sides[1].errors[-1]
    assert prove(error, formula).verdict == "holds"
    wrong = found.cases[Case(True, "wrong", 0)]
    assert wrong[1].error == Poly.of(1)
    assert wrong[1].loss is Beyond.UP
    with_data = compare(known["E"], known["C"], data={"z": [0.1, 0.2], "t": [1, 0]})
    assert with_data.cases.keys() == found.cases.keys()


# ------------------------------------------------------------------------------------------------ bad input

TWO = "x = [1, 2]\nz = 2*x\nE = sum(z**2)\nC = sum(z)\nh = z + 1\n"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("compare()", "two or more losses, as in compare"),
        ("compare(E)", "two or more losses, as in compare"),
        ("compare(E, E)", "given E twice"),
        ("compare(E, h)", "a loss is a single number, and its shape is (2,)"),
        ("compare(E, x)", "x is given"),
        ("compare(E, nothing)", "nothing is not defined on this sheet"),
        ("compare(E, C + 1)", "names, not formulas"),
        ("compare(E, 3)", "names, not formulas"),
        ("compare(E, C, at=h)", "E does not depend on it"),
        ("compare(E, C, at=1)", "names, not formulas"),
        ("compare(E, C, rate=1)", "no option rate"),
        ("compare(E, C, at=z, at=x)", "twice"),
        ("compare(E, C, wrt=[])", "lists the quantities"),
        ("compare(E, C, wrt=[x, x])", "each once"),
        ("compare(E, C, wrt=[h])", "E does not depend on it"),
        ("u = 1\nF = u + 1\ncompare(E, F)", "no quantity stands in the formulas of all of them"),
    ],
)
def test_wrong_calls(call: str, message: str) -> None:
    with pytest.raises(ByhandError) as raised:
        solve_text(sheet(TWO + call))
    assert message in str(raised.value)
    assert str(raised.value).count("\n") == 0


def test_wrong_calls_in_python() -> None:
    known = quantities()
    with pytest.raises(ByhandError, match="two or more"):
        compare(known["E"])
    with pytest.raises(ByhandError, match="has no name"):
        compare(known["E"], known["p"] + 1)
    assert isinstance(known["E"], Named)


def test_a_large_output_is_not_followed() -> None:
    text = "z = full((30, 30), 0.1)\nt = zeros((30, 30))\nE = sum((tanh(z) - t)**2)\nF = sum((sigmoid(z) - t)**2)\ncompare(E, F, at=z)"
    assert the_answer(text)["losses"]["E"]["limits"] == {}
    assert "too many entries" in " ".join(page(text).split())
