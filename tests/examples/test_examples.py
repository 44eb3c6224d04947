"""Every example sheet, against numbers worked out here in plain NumPy, by the textbook's formulas.

Nothing below is copied from byhand's output.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.app.render import FORMATS, render
from byhand.app.solving import solve
from byhand.sheets.source import read_file

EXAMPLES = Path(__file__).parents[2] / "examples"
TOLERANCE = 1e-12


@cache
def solved(name: str) -> dict[str, Any]:
    return json.loads(render(solve(read_file(EXAMPLES / f"{name}.md")), "json"))


def agrees(name: str, expected: dict[str, Any]) -> None:
    values = solved(name)["values"]
    for key, value in expected.items():
        np.testing.assert_allclose(np.asarray(values[key], dtype=float), value, rtol=TOLERANCE, atol=TOLERANCE, err_msg=key)
        assert np.shape(values[key]) == np.shape(value), key


def formulas(name: str) -> dict[str, str]:
    return {key: formula["text"] for key, formula in solved(name)["formulas"].items()}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any, axis: int = 0) -> Any:
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.md")), ids=lambda path: path.stem)
@pytest.mark.parametrize("form", FORMATS)
def test_every_example_in_every_form(path: Path, form: str) -> None:
    solution = solve(read_file(path))
    page = render(solution, form)
    assert len(page) > 500
    assert isinstance(page, bytes) or solution.title in page


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.md")), ids=lambda path: path.stem)
def test_every_claim_of_the_examples_is_proved(path: Path) -> None:
    for claim in solved(path.stem)["claims"]:
        assert (claim["verdict"], claim["certainty"]) == ("holds", "exact"), claim


# ------------------------------------------------------------------------------------------------ group A


def test_a2_local_derivatives_at_random_numbers() -> None:
    """The four layers' derivatives in closed form, evaluated through the formulas' own NumPy text."""
    random = np.random.default_rng(2)
    x, W, t = random.normal(size=4), random.normal(size=(4, 3)), np.eye(3)[1]
    p = softmax(x @ W)
    names = {
        "x": x,
        "W": W,
        "t": t,
        "p": p,
        "s": x @ W,
        "K": 3,
        "N": 4,
        "eye": np.eye,
        "ones": np.ones,
        "outer": np.outer,
        "diag": np.diag,
        "einsum": np.einsum,
    }
    texts = formulas("a2-logistic-chain")
    got = {key: eval(texts[key], {"__builtins__": {}}, names) for key in ("dl/dp", "dp/ds", "ds/dx", "ds/dW", "dl/ds", "dl/dW")}
    np.testing.assert_allclose(got["dl/dp"], -t / p)
    np.testing.assert_allclose(got["dp/ds"], np.diag(p) - np.outer(p, p), atol=1e-15)
    np.testing.assert_allclose(got["ds/dx"], W.T)
    np.testing.assert_allclose(got["ds/dW"], np.einsum("i,jk->jik", x, np.eye(3)))
    np.testing.assert_allclose(got["dl/ds"], p - t)
    np.testing.assert_allclose(got["dl/dW"], np.outer(x, p - t))


def test_a4_activations() -> None:
    texts = formulas("a4-activations")
    assert texts["ds/dx"] == "s * (1 - s)"
    assert texts["dh/dx"] == "1 - h**2"
    assert texts["dr/dx"] == "step(x)"
    assert texts["dq/da"] == "minimum(0, x)"
    slope, x = 0.3, np.array([-2.0, 0.0, 3.0])
    got = eval(texts["dq/dx"], {"__builtins__": {}}, {"a": slope, "x": x, "step": lambda z: (z > 0) * 1.0})
    np.testing.assert_allclose(got, [slope, slope, 1.0])


# ------------------------------------------------------------------------------------------------ group B


def test_b1_two_layer_regression() -> None:
    X = np.array([[0.6, -1.0], [0.8, -1.0], [-0.4, 0.9], [0.2, 0.0]])
    t = np.array([-0.8, -0.1, 0.9, 0.7])
    W1, b1 = np.array([[-0.8, -0.7, 0.6], [-1.0, 0.5, -1.0]]), np.array([-0.2, -1.0, -0.7])
    w2, b2 = np.array([0.1, -1.0, 0.5]), -0.7
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    y = H @ w2 + b2
    error = y - t
    hidden = np.outer(error, w2) * (Z > 0)
    agrees(
        "b1-two-layer-regression",
        {
            "Z": Z,
            "H": H,
            "y": y,
            "L": 0.5 * (error**2).sum(),
            "dL/dw2": H.T @ error,
            "dL/db2": error.sum(),
            "dL/dW1": X.T @ hidden,
            "dL/db1": hidden.sum(axis=0),
        },
    )


def test_b2_softmax_cross_entropy() -> None:
    texts = formulas("b2-softmax-cross-entropy")
    assert texts["dE/dy"] == "sum(t) * p - t"
    assert texts["dF/dy"] == "p - u"
    assert texts["dG/dy"] == "p - c"


# ------------------------------------------------------------------------------------------------ group D


def test_d1_sigmoid_network() -> None:
    x, t = np.array([1.0, 1, 0, 0, 0]), np.array([1.0, 0])
    W1, b1, W2, b2 = np.full((3, 5), 0.1), np.zeros(3), np.full((2, 3), 0.1), np.zeros(2)
    x1 = sigmoid(W1 @ x + b1)
    x2 = sigmoid(W2 @ x1 + b2)
    d2 = (x2 - t) * x2 * (1 - x2)
    d1 = (W2.T @ d2) * x1 * (1 - x1)
    new = {"W1'": W1 - np.outer(d1, x), "b1'": b1 - d1, "W2'": W2 - np.outer(d2, x1), "b2'": b2 - d2}
    other = np.array([1.0, 0, 0, 0, 1])
    after = sigmoid(new["W2'"] @ sigmoid(new["W1'"] @ other + new["b1'"]) + new["b2'"])
    agrees(
        "d1-sigmoid-network",
        {"x1": x1, "x2": x2, "E": 0.5 * ((x2 - t) ** 2).sum(), "dE/dz2": d2, "dE/dW2": np.outer(d2, x1), "dE/db2": d2, "dE/dz1": d1}
        | {"dE/dW1": np.outer(d1, x), "dE/db1": d1, "at(x2, x=[1, 0, 0, 0, 1])": after, "at(argmax(x2), x=[1, 0, 0, 0, 1])": np.argmax(after)}
        | new,
    )


def _tanh_network(X: Any, output_error: Any, last: Any) -> dict[str, Any]:
    """Gradients of the 4-4-3-3 network, all weights and biases 0.1, for samples in columns."""
    W1, W2, W3 = np.full((4, 4), 0.1), np.full((3, 4), 0.1), np.full((3, 3), 0.1)
    X1 = np.tanh(W1 @ X + 0.1)
    X2 = np.tanh(W2 @ X1 + 0.1)
    X3 = last(W3 @ X2 + 0.1)
    D3 = output_error(X3)
    D2 = (W3.T @ D3) * (1 - X2**2)
    D1 = (W2.T @ D2) * (1 - X1**2)
    return {"W3": D3 @ X2.T, "b3": D3.sum(axis=1), "W2": D2 @ X1.T, "b2": D2.sum(axis=1), "W1": D1 @ X.T, "b1": D1.sum(axis=1)}


SAMPLE, TARGET = np.array([[1.0], [0], [1], [0]]), np.array([[0.0], [1], [0]])
BATCH, TARGETS = np.array([[1.0, 0], [0, 0], [1, 10], [0, 0]]), np.array([[0.0, 0], [1, 0], [0, 1]])


@pytest.mark.parametrize(
    ("name", "loss", "last", "error"),
    [
        ("d2-tanh-network", "E", np.tanh, lambda t: lambda y: (y - t) * (1 - y**2)),
        ("d3-softmax-network", "C", softmax, lambda t: lambda p: p - t),
    ],
)
def test_d2_and_d3(name: str, loss: str, last: Any, error: Any) -> None:
    one = _tanh_network(SAMPLE, error(TARGET), last)
    agrees(name, {f"d{loss}/d{key}": value for key, value in one.items()})
    agrees(name, {f"{key}'": 0.1 - value for key, value in one.items()})
    both = _tanh_network(BATCH, error(TARGETS), last)
    agrees(name, {f"d{loss}_sum/d{key}": value for key, value in both.items()})
    agrees(name, {f"{key}' (run 2)": 0.1 - 0.1 * value for key, value in both.items()})
    second = _tanh_network(BATCH[:, 1:], error(TARGETS[:, 1:]), last)
    agrees(name, {f"d{loss}_1/d{key}": value for key, value in one.items()} | {f"d{loss}_2/d{key}": value for key, value in second.items()})


# ------------------------------------------------------------------------------------------------ group E


def test_e1_symbolic_gradients() -> None:
    texts = formulas("e1-label-smoothing-symbolic")
    assert texts["dL/dz"] == "p - ys"
    assert texts["dL/dW2"] == "outer(a, p - ys)"
    assert texts["dL/db2"] == "p - ys"
    assert texts["dL/dW1"] == "outer(x, W2 @ (p - ys) * step(h))"
    assert texts["dL/db1"] == "W2 @ (p - ys) * step(h)"


def test_e2_label_smoothing_step() -> None:
    x, y, eps = np.array([0.0, 2]), np.array([1.0, 0, 0]), 0.3
    W1, b1 = np.array([[-5.0, 2, 2], [-5, 2, -1]]), np.array([-3.0, -2, -3])
    W2, b2 = np.array([[3.0, -4, 1], [-2, -4, -2], [-4, -2, 3]]), np.array([4.0, 5, 5])
    h = W1.T @ x + b1
    a = np.maximum(h, 0)
    z = W2.T @ a + b2
    p, ys = softmax(z), (1 - eps) * y + eps / 3
    dz = p - ys
    dh = (W2 @ dz) * (h > 0)
    gradients = {"W1": np.outer(x, dh), "b1": dh, "W2": np.outer(a, dz), "b2": dz}
    start = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    agrees("e2-label-smoothing-step", {"h": h, "a": a, "z": z, "p": p, "ys": ys, "L": -(ys * np.log(p)).sum()})
    agrees("e2-label-smoothing-step", {f"dL/d{key}": value for key, value in gradients.items()})
    agrees("e2-label-smoothing-step", {f"{key}'": start[key] - 0.1 * value for key, value in gradients.items()})
    assert solved("e2-label-smoothing-step")["exact"]["h"] == ["-13", "2", "-5"]
