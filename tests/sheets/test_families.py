"""Networks of any depth: claims for every depth, wrong ones refuted, recursions, and numbers at a depth that is given."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError

EXAMPLES = Path(__file__).parents[2] / "examples"

RELU = """
x : (n[0],)
y : () signs
W[l] : (n[l], n[l-1]) for l in 1..L
b[l] : (n[l],) for l in 1..L
n[L] = 1
z[0] = x
z[l] = relu(W[l] @ z[l-1] + b[l]) for l in 1..L-1
f = W[L] @ z[L-1] + b[L]
C = log(1 + exp(-y * f))
"""
SAMPLES = """
x[i] : (n[0],) for i in 1..m
y[i] : () signs for i in 1..m
W[l] : (n[l], n[l-1]) for l in 1..L
b[l] : (n[l],) for l in 1..L
n[L] = 1
z[0, i] = x[i] for i in 1..m
z[l, i] = relu(W[l] @ z[l-1, i] + b[l]) for l in 1..L-1, i in 1..m
f[i] = W[L] @ z[L-1, i] + b[L] for i in 1..m
C = sum(log(1 + exp(-y[i] * f[i])) for i in 1..m)
"""
ROWS = """
x : (n[0],)
t : (n[D],) one_hot
W[k] : (n[k-1], n[k]), b[k] : (n[k],) for k in 1..D
z[0] = x
h[k] = z[k-1] @ W[k] + b[k] for k in 1..D
z[k] = tanh(h[k]) for k in 1..D-1
p = softmax(h[D])
E = -sum(t * log(p))
"""
LINEAR = """
x : (n[0],)
W[l] : (n[l], n[l-1]) for l in 1..L
t : (n[L],)
z[0] = x
z[l] = W[l] @ z[l-1] for l in 1..L
C = sum((z[L] - t)**2) / 2
"""
RECURRENT = """
x[t] : (d,), s[t] : (n,) for t in 1..T
h[0] : (n,)
W : (n, n)
U : (n, d)
b : (n,)
h[t] = tanh(W @ h[t-1] + U @ x[t] + b) for t in 1..T
E = sum(sum((h[t] - s[t])**2) / 2 for t in 1..T)
"""
RESIDUAL = """
x : (d,)
W[l] : (d, d), b[l] : (d,) for l in 1..L
t : (d,)
z[0] = x
z[l] = z[l-1] + relu(W[l] @ z[l-1] + b[l]) for l in 1..L
C = sum((z[L] - t)**2) / 2
"""
SCALARS = """
x : ()
w[l] : () for l in 1..L
z[0] = x
z[l] = sigmoid(w[l] * z[l-1]) for l in 1..L
C = (z[L] - 1)**2 / 2
"""
FROM_ZERO = """
z[0] : (d,)
A[k] : (d, d) for k in 0..N-1
z[k+1] = tanh(A[k] @ z[k]) for k in 0..N-1
J = sum(z[N])
"""
FACTOR = "-y / (1 + exp(y * f))"
PRODUCT = "prod(W[L-k] @ diag(pos(z[L-k-1])) for k in 0..L-l-1)"
EACH = "prod(W[L-k] @ diag(pos(z[L-k-1, i])) for k in 0..L-l-1)"


def answered(block: str) -> dict[str, Any]:
    return json.loads(render(solve_text(f"```byhand\n{block}\n```\n"), "json"))


def verdict(network: str, claim: str, after: str = "") -> dict[str, Any]:
    return answered(f"{network}\n{after}\nshow({claim})")["claims"][-1]


TRUE = [
    (RELU, f"dC/db[l] == {FACTOR} * {PRODUCT}.T"),
    (RELU, "dC/dW[l] == outer(dC/db[l], z[l-1])"),
    (RELU, f"dC/dW[l] == outer({FACTOR} * {PRODUCT}.T, z[l-1])"),
    (RELU, f"dC/db[l] == {FACTOR} * prod(diag(step(z[j])) @ W[j+1].T for j in l..L-1)"),
    (RELU, "dC/dz[l] == W[l+1].T @ dC/db[l+1]"),
    (RELU, "dC/dz[l] == W[l+1].T @ (pos(z[l+1]) * dC/dz[l+1])"),
    (RELU, r"dC/db[l] == -y / (1 + exp(y * f)) * \left(\prod_{k=0}^{L-l-1} W_{L-k} \operatorname{diag}(\operatorname{pos}(z_{L-k-1}))\right)^{\top}"),
    (ROWS, "dE/dh[D] == p - t"),
    (ROWS, "dE/dh[k] == (dE/dh[k+1] @ W[k+1].T) * (1 - z[k]**2)"),
    (ROWS, "dE/db[k] == (p - t) @ prod(W[D-j].T @ diag(1 - z[D-j-1]**2) for j in 0..D-k-1)"),
    (LINEAR, "z[l] == prod(W[l-k] for k in 0..l-1) @ x"),
    (LINEAR, "dC/dW[l] == outer(prod(W[k].T for k in l+1..L) @ (z[L] - t), z[l-1])"),
    (RECURRENT, "dE/dW == sum(outer((1 - h[t]**2) * dE/dh[t], h[t-1]) for t in 1..T)"),
    (RECURRENT, "dE/dh[t] == h[t] - s[t] + W.T @ ((1 - h[t+1]**2) * dE/dh[t+1]) for t in 1..T-1"),
    (RESIDUAL, "dC/dz[l] == prod(eye(d) + W[k].T @ diag(step(W[k] @ z[k-1] + b[k])) for k in l+1..L) @ (z[L] - t)"),
    (SCALARS, "dC/dz[l] == (z[L] - 1) * prod(w[k] * z[k] * (1 - z[k]) for k in l+1..L)"),
    (FROM_ZERO, "dJ/dz[k] == A[k].T @ ((1 - z[k+1]**2) * dJ/dz[k+1])"),
    (FROM_ZERO, "dJ/dz[k] == prod(A[j].T @ diag(1 - z[j+1]**2) for j in k..N-1) @ ones(d)"),
    (SAMPLES, f"dC/db[l] == -sum(y[i] * sigmoid(-y[i] * f[i]) * {EACH}.T for i in 1..m)"),
]


@pytest.mark.parametrize(("network", "claim"), TRUE)
def test_true_for_every_depth(network: str, claim: str) -> None:
    found = verdict(network, claim)
    assert (found["verdict"], found["certainty"]) == ("holds", "exact")


WRONG = [
    (RELU, f"dC/db[l] == {FACTOR} * prod(W[l+k+1] @ diag(pos(z[l+k])) for k in 0..L-l-1).T", "product in the other order"),
    (RELU, f"dC/db[l] == {FACTOR} * prod(diag(pos(z[L-k-1])) @ W[L-k].T for k in 0..L-l-1).T", "factors in the other order"),
    (RELU, f"dC/db[l] == {FACTOR} * prod(W[L-k] @ diag(pos(z[L-k])) for k in 0..L-l-1).T", "pos at the wrong layer"),
    (RELU, f"dC/db[l] == {FACTOR} * {PRODUCT}", "missing transpose"),
    (RELU, f"dC/db[l] == 1 / (1 + exp(y * f)) * {PRODUCT}.T", "missing -y"),
    (RELU, f"dC/db[l] == y / (1 + exp(y * f)) * {PRODUCT}.T", "wrong sign"),
    (RELU, f"dC/db[l] == -y / (1 + exp(-y * f)) * {PRODUCT}.T", "wrong sign in the exponent"),
    (RELU, f"dC/db[l] == {FACTOR} * prod(W[L-k] @ diag(pos(z[L-k-1])) for k in 0..L-l-2).T", "one factor missing"),
    (RELU, f"dC/db[l] == {FACTOR} * prod(W[L-k] @ diag(pos(z[L-k-1])) for k in 0..L-l).T", "one factor too many"),
    (RELU, f"dC/db[l] == {FACTOR} * prod(W[L-k] @ diag(pos(z[L-k-1])) for k in 1..L-l-1).T", "starts too late"),
    (RELU, f"dC/db[l] == {FACTOR} * prod(W[L-k] for k in 0..L-l-1).T", "pos forgotten"),
    (RELU, f"dC/db[l] == diag(pos(z[l])) @ W[l+1].T * {FACTOR}", "l = L forgotten"),
    (RELU, "dC/dW[l] == outer(z[l-1], dC/db[l])", "transposed"),
    (RELU, "dC/dW[l] == outer(dC/db[l], z[l])", "the layer's output for its input"),
    (SAMPLES, f"dC/db[l] == -y[1] / (1 + exp(y[1] * f[1])) * {EACH.replace(', i', ', 1')}.T", "missing sum over samples"),
    (SAMPLES, f"dC/db[l] == sum(-y[i] / (1 + exp(y[i] * f[i])) * {EACH}.T for i in 1..m-1)", "one sample missing"),
    (RESIDUAL, "dC/dz[l] == prod(W[k].T @ diag(step(W[k] @ z[k-1] + b[k])) for k in l+1..L) @ (z[L] - t)", "the skip forgotten"),
    (RECURRENT, "dE/dW == sum(outer((1 - h[t]**2) * dE/dh[t], h[t]) for t in 1..T)", "the wrong state"),
    (LINEAR, "z[l] == prod(W[k] for k in 1..l) @ x", "product in the other order"),
    (SAMPLES, "C == log(1 + exp(-y[1] * f[1])) + log(1 + exp(-y[i] * f[i])) for i in 2..m", "right for two samples only"),
    (SAMPLES, "sum(y[i] for i in 3..m) == 0", "right for two samples only"),
    (SAMPLES, f"dC/db[l] == m / 2 * sum(-y[i] / (1 + exp(y[i] * f[i])) * {EACH}.T for i in 1..m)", "right for two samples only"),
    (SAMPLES, f"dC/dW[l] == sum(-y[i] / (1 + exp(y[i] * f[i])) * outer({EACH}.T, z[l, i]) for i in 1..m)", "the layer's output for its input"),
]


@pytest.mark.parametrize(("network", "claim", "slip"), WRONG)
def test_wrong_versions_are_refuted(network: str, claim: str, slip: str) -> None:
    assert verdict(network, claim)["verdict"] == "fails", slip


def test_nothing_is_said_beyond_the_numbers_that_are_looked_at() -> None:
    assert verdict(SAMPLES, "sum(y[i] for i in 5..m) == 0")["verdict"] == "undecided"
    assert verdict(SCALARS, "sum(w[k] for k in 6..L) == 0")["verdict"] != "holds"
    with pytest.raises(ByhandError, match="numbers up to 6"):
        verdict(SCALARS, "sum(w[k] for k in 10..L) == 0")


def test_a_counterexample_names_depth_and_layer() -> None:
    found = verdict(RELU, f"dC/db[l] == y / (1 + exp(y * f)) * {PRODUCT}.T")["counterexample"]
    assert (found["sizes"]["L"], found["sizes"]["l"]) == (1, 1)
    assert verdict(SAMPLES, "sum(y[i] for i in 3..m) == 0")["counterexample"]["sizes"]["m"] == 3
    assert found["values"]["W[1]"] == [[-1]]
    assert found["left"] != found["right"]


def test_a_claim_that_no_induction_proves_is_undecided() -> None:
    found = verdict(LINEAR, "dC/dx == prod(W[L-k] for k in 0..L-1).T @ (prod(W[L-k] for k in 0..L-1) @ x - t)")
    assert found["verdict"] in ("undecided", "holds")
    found = verdict(SCALARS, "dC/dx == (z[L] - 1) * prod(w[k] * z[k] * (1 - z[k]) for k in 1..L)")
    assert found["verdict"] == "undecided"


def test_a_proved_claim_serves_the_next_one() -> None:
    first = "show(dC/dz[l] == (z[L] - 1) * prod(w[k] * z[k] * (1 - z[k]) for k in l+1..L))"
    assert verdict(SCALARS, "dC/dx == (z[L] - 1) * prod(w[k] * z[k] * (1 - z[k]) for k in 1..L)", first)["verdict"] == "holds"


# ---------------------------------------------------------------------------------------------- recursions


def test_the_recursion_and_its_closed_form() -> None:
    found = answered(f"{RELU}\ndC/db[l], dC/dW[l]")
    assert found["formulas"]["dC/db[l]"]["shape"] == ["n[l]"]
    assert found["formulas"]["dC/db[l]"]["text"].startswith("prod(W[L-k] @ diag(step(")
    assert r"\prod_{k=0}^{L - l - 1}" in found["formulas"]["dC/dW[l]"]["latex"]
    assert {step["of"] for step in found["steps"]} >= {"dC/da[l]", "dC/dz[l]", "dC/dz[L-1]", "dC/dW[l]"}


@pytest.mark.parametrize(
    ("network", "asked"),
    [(RELU, "dC/dW[l]"), (ROWS, "dE/db[k]"), (SCALARS, "dC/dw[l]")],
)
def test_closed_forms_read_back_and_are_proved(network: str, asked: str) -> None:
    text = answered(f"{network}\n{asked}")["formulas"][asked]["text"]
    assert "prod(" in text
    assert verdict(network, f"{asked} == {text}")["verdict"] == "holds"


def test_a_closed_form_begins_with_a_formula() -> None:
    text = answered(f"{ROWS}\ndE/db[k]")["formulas"]["dE/db[k]"]["text"]
    assert text.startswith("(p - t) @ prod(")


def test_every_page_can_be_written() -> None:
    solution = solve_text((EXAMPLES / "c1-deep-relu.md").read_text())
    for form in ("text", "md", "tex", "html"):
        page = render(solution, form)
        assert "induction" in page
    assert "\\prod_{k=0}^{L - l - 1}" in render(solution, "tex")
    claims = json.loads(render(solution, "json"))["claims"]
    assert [claim["verdict"] for claim in claims] == ["holds", "holds"]


# ------------------------------------------------------------------------------------------------- numbers


def test_numbers_against_jax() -> None:
    rng = np.random.default_rng(0)
    sizes = [3, 4, 2, 1]
    weights = [rng.integers(-4, 5, (m, n)) / 2 for n, m in pairwise(sizes)]
    biases = [rng.integers(-4, 5, m) / 2 for m in sizes[1:]]
    x = [1.5, -0.5, 2.0]
    lines = [f"W[{k}] = {w.tolist()}\nb[{k}] = {b.tolist()}" for k, (w, b) in enumerate(zip(weights, biases), 1)]
    sheet = "\n".join(
        [
            f"L = 3\nx = {x}\ny = -1",
            *lines,
            "z[0] = x",
            "z[l] = relu(W[l] @ z[l-1] + b[l]) for l in 1..L-1",
            "f = W[L] @ z[L-1] + b[L]\nC = sum(log(1 + exp(-y * f)))",
            "z[l]\ndC/dW[l], dC/db[l]\nstep(C, [W[l], b[l]], rate=0.5)",
        ]
    )
    values = answered(sheet)["values"]

    def cost(parameters: Any) -> Any:
        z = jnp.asarray(x)
        for w, b in parameters[:-1]:
            z = jnp.maximum(w @ z + b, 0)
        return jnp.sum(jnp.log(1 + jnp.exp(parameters[-1][0] @ z + parameters[-1][1])))

    gradients = jax.grad(cost)([(jnp.asarray(w), jnp.asarray(b)) for w, b in zip(weights, biases)])
    for k, (w, b) in enumerate(gradients, 1):
        np.testing.assert_allclose(values[f"dC/dW[{k}]"], w, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(values[f"dC/db[{k}]"], b, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(values[f"W[{k}]'"], weights[k - 1] - 0.5 * np.asarray(w), rtol=1e-5, atol=1e-6)


def test_shared_weights_with_numbers() -> None:
    sheet = "T = 3\nW = [[0.5, -1], [1, 0.25]]\nx = [1, 2]\nh[0] = x\nh[t] = tanh(W @ h[t-1]) for t in 1..T\nE = sum(sum(h[t]) for t in 1..T)\nE, dE/dW"
    values = answered(sheet)["values"]

    def loss(w: Any) -> Any:
        h, total = jnp.asarray([1.0, 2.0]), 0.0
        for _ in range(3):
            h = jnp.tanh(w @ h)
            total = total + jnp.sum(h)
        return total

    w = jnp.asarray([[0.5, -1], [1, 0.25]])
    np.testing.assert_allclose(values["E"], loss(w), rtol=1e-5)
    np.testing.assert_allclose(values["dE/dW"], jax.grad(loss)(w), rtol=1e-5)


# -------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (f"{RELU}\nstep(C, [W[l]], rate=0.1)", "depth is a number"),
        (f"{RELU}\ndC/dq[l]", "q"),
        (f"{RELU}\ndC/dx[l]", "x"),
        ("z[0] : (d,)\nz[l] = q[l] * z[l-1] for l in 1..L\nC = sum(z[L])\ndC/dz[l]", "q"),
        ("z[1] : (d,)\nz[l] = tanh(z[l-1]) for l in 1..L\nC = sum(z[L])\ndC/dz[l]", "two meanings"),
        ("W[l] : (d, d) for k in 1..L\nC = 1\nC", "says nothing"),
        ("W[l] : (d, d) for l in 1\nC = 1\nC", "first and last value"),
        (f"{RELU}\nshow(dC/db[l] <= 1)", "equality"),
        (f"{RELU}\nz[l] = W[l] @ z[l-1] for l in 1..L-1\ndC/dz[l]", "already"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(block: str, said: str) -> None:
    with pytest.raises(ByhandError) as caught:
        solve_text(f"```byhand\n{block}\n```\n")
    assert said in caught.value.message
