"""Trained networks in other programs: ONNX files in onnxruntime, and gradients of single samples against JAX and PyTorch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from byhand import Network
from byhand.app.cli import byhand
from byhand.lang.errors import ByhandError
from byhand.train import interchange
from byhand.train.data.load import load
from support.sources import ROOT

rng = np.random.default_rng(11)
ROWS = 48
X = rng.normal(size=(ROWS, 4)) * [1e-3, 1, 1e4, 0] + [0, 5, 1e5, 3]
PICTURES = rng.normal(size=(ROWS, 1, 8, 8)) * 3 + 1
THREE = np.array(["ä", "b", "c"])[np.arange(ROWS) % 3]
CONVOLUTION = """```byhand
X : (N, 1, 8, 8)
Y : (N, 3) one_hot
K : (4, 1, 3, 3), c : (4,)
W : (36, 3), b : (3,)
M = max_pool2d(relu(conv2d(X, K, c)), 2)
Z = reshape(M, (N, 36)) @ W + b
L = cross_entropy(Z, Y)
dL/dK, dL/dc, dL/dW, dL/db
```
"""
ONE_SAMPLE = """```byhand
x : (4,)
t : (3,) one_hot
W : (5, 4), b : (5,)
V : (3, 5)
p = softmax(V @ tanh(W @ x + b))
C = -sum(t * log(p))
dC/dW, dC/db, dC/dV
```
"""
COLUMNS = "```byhand\nX : (4, N)\nY : (3, N)\nW : (3, 4)\nb : (3, 1)\nP = softmax(W @ X + b, axis=0)\nL = -sum(Y * log(P)) / N\ndL/dW, dL/db\n```\n"
SCORES = "```byhand\nt0 : (N, 4)\nc1 : (N,) signs\nw : (4,)\nL = hinge(t0 @ w, c1)\ndL/dw\n```\n"
TWO = "```byhand\nA : (N, 4)\nB : (N, 2)\ny : (N,)\nU : (4, 3), V : (2, 3), w : (3,)\nL = mse(tanh(A @ U + B @ V) @ w, y)\ndL/dU, dL/dV, dL/dw\n```\n"
RAISED = "```byhand\nX : (N, 4)\ny : (N,)\nW : (4, 3), g : (3,), c : (3,), w : (3,)\nL = mse(relu(batch_norm(X @ W, g, c)) @ w, y)\ndL/dW, dL/dg, dL/dc, dL/dw\n```\n"


def told(path: Path, data: Mapping[str, np.ndarray], dtype: str = "float64") -> tuple[str, np.ndarray]:
    """The name of the output, and what onnxruntime makes of the data."""
    pytest.importorskip("onnx")
    session = pytest.importorskip("onnxruntime").InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {one.name: np.asarray(data[one.name], dtype) for one in session.get_inputs()})
    return session.get_outputs()[0].name, found


def agree(net: Network, given: Any, data: Mapping[str, np.ndarray], path: Path, wanted: str) -> None:
    """The file against the network, for all samples and for one, in double and in single precision."""
    pytest.importorskip("onnx")
    says = {"probabilities": net.predict_proba, "numbers": net.predict, "scores": net._told}[wanted]
    for dtype, precision in (("float64", 1e-7), ("float32", 1e-5)):
        net.to_onnx(path, dtype)
        name, found = told(path, data, dtype)
        expected = np.asarray(says(given))
        assert (name, found.shape, found.dtype) == (wanted, expected.shape, dtype)
        np.testing.assert_allclose(found, expected, rtol=precision, atol=precision)
        _, first = told(path, {name: array[:1] for name, array in data.items()}, dtype)
        np.testing.assert_allclose(first, expected[:1], rtol=precision, atol=precision)


@pytest.mark.parametrize(("data", "sizes"), [("digits", [64, 16, 10]), ("wine", [13, 8, 3]), ("breast_cancer", [30, 8, 1])])
def test_probabilities(data: str, sizes: list[int], tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    inputs = np.asarray(load(data).features)
    net = Network(sizes).fit(data, epochs=3)
    agree(net, inputs, {"X": inputs}, tmp_path / "net.onnx", "probabilities")


def test_numbers_on_the_scale_of_the_target(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    inputs = np.asarray(load("diabetes").features)
    agree(Network(ROOT / "examples" / "f2-diabetes.md").fit("diabetes", epochs=3), inputs, {"X": inputs}, tmp_path / "net.onnx", "numbers")
    several = np.stack([7 * X[:, 1] + 1000, X[:, 2]], axis=1)
    agree(Network([4, 5, 2], task="regression", activation="gelu").fit(X, several, epochs=3), X, {"X": X}, tmp_path / "net.onnx", "numbers")
    agree(Network([4, 5, 1], task="regression").fit(X, several[:, :1], epochs=3), X, {"X": X}, tmp_path / "net.onnx", "numbers")


@pytest.mark.parametrize(
    ("sheet", "name", "inputs", "target", "wanted"),
    [
        (CONVOLUTION, "X", PICTURES, THREE, "probabilities"),
        (ONE_SAMPLE, "x", X, THREE, "probabilities"),
        (COLUMNS, "X", X, THREE, "probabilities"),
        (SCORES, "t0", X, np.arange(ROWS) % 2, "scores"),
    ],
    ids=["a convolution", "one sample", "samples as columns", "scores"],
)
def test_sheets(sheet: str, name: str, inputs: np.ndarray, target: np.ndarray, wanted: str, tmp_path: Path) -> None:
    agree(Network(sheet).fit(inputs, target, epochs=2), inputs, {name: inputs}, tmp_path / "net.onnx", wanted)


def test_several_inputs(tmp_path: Path) -> None:
    data = {"A": X, "B": PICTURES[:, 0, 0, :2]}
    agree(Network(TWO).fit({**data, "y": X[:, 1]}, epochs=2), data, data, tmp_path / "net.onnx", "numbers")


def test_what_the_file_says_of_itself(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    net = Network([4, 3, 3]).fit({"height": X[:, 0], "width": X[:, 1], "depth": X[:, 2], "mass": X[:, 3], "kind": THREE}, target="kind", epochs=1)
    net.to_onnx(tmp_path / "net.onnx")
    said = {one.key: one.value for one in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert json.loads(said["classes"]) == ["b", "c", "ä"] == list(net.classes or ())
    assert json.loads(said["columns"]) == ["height", "width", "depth", "mass"]
    assert (said["target"], said["output"], said["sheet"]) == ("kind", "probabilities", net.text)


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    net = Network(RAISED).fit(X, X[:, 1], epochs=1)
    with pytest.raises(ByhandError, match="changes with the number of samples N"):
        net.to_onnx(tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())
    net = Network([4, 3]).fit(X, THREE, epochs=1)
    with pytest.raises(ByhandError, match="float64 or float32, not 'float16'"):
        net.to_onnx(tmp_path / "net.onnx", "float16")
    with pytest.raises(ByhandError, match=r"cannot save to .*: no such file"):
        net.to_onnx(tmp_path / "nowhere" / "net.onnx")
    with pytest.raises(ByhandError, match="has not been trained"):
        Network([4, 3]).to_onnx(tmp_path / "net.onnx")
    monkeypatch.setattr(interchange, "find_spec", lambda name: None)
    with pytest.raises(ByhandError, match=r'pip install "byhand\[onnx\]"'):
        net.to_onnx(tmp_path / "net.onnx")


def test_the_command_writes_it_too(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    np.savez(tmp_path / "data.npz", X=X, y=np.arange(ROWS) % 3)
    (tmp_path / "net.md").write_text(Network([4, 3, 3]).text)
    path = tmp_path / "net.onnx"
    done = CliRunner().invoke(
        byhand,
        ["train", str(tmp_path / "net.md"), "--data", str(tmp_path / "data.npz"), "--epochs", "1", "--onnx", str(path), "--save", str(tmp_path / "n.st")],
    )
    assert done.exit_code == 0, done.output
    assert f"The network for ONNX runtimes is in {path}." in done.output.replace("\n", " ").replace("  ", " ")
    np.testing.assert_allclose(told(path, {"X": X})[1], Network.load(tmp_path / "n.st").predict_proba(X), atol=1e-9)


# ------------------------------------------------------------------------------------- gradients of single samples


def ready(net: Network, x: np.ndarray) -> np.ndarray:
    (scale,) = net.trained.expected.scales.values()
    return scale(x)


def test_per_example_gradients_against_jax_vmap() -> None:
    jax = pytest.importorskip("jax")
    net = Network([4, 6, 5, 3], activation="tanh").fit(X, THREE, epochs=2)
    y = (THREE[:, None] == np.array(net.classes)) * 1.0

    def loss(p: dict[str, Any], x: Any, t: Any) -> Any:
        h = jax.numpy.tanh(jax.numpy.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
        return -(jax.nn.log_softmax(h @ p["W3"] + p["b3"]) * t).sum()

    each = jax.vmap(jax.grad(loss), in_axes=(None, 0, 0))(net.parameters, ready(net, X), y)
    found = net.gradients(X, THREE, per_example=True)
    assert found.keys() == net.parameters.keys()
    for name in found:
        np.testing.assert_allclose(found[name], each[name], rtol=2e-3, atol=2e-5)


@pytest.mark.parametrize("case", ["convolution", "one sample"])
def test_per_example_gradients_against_torch_func(case: str) -> None:
    torch = pytest.importorskip("torch")
    inputs = PICTURES if case == "convolution" else X
    net = Network(CONVOLUTION if case == "convolution" else ONE_SAMPLE).fit(inputs, THREE, epochs=2)

    def scores(p: dict[str, Any], x: Any) -> Any:
        if case == "one sample":
            return p["V"] @ torch.tanh(p["W"] @ x + p["b"])
        pooled = torch.nn.functional.max_pool2d(torch.relu(torch.nn.functional.conv2d(x[None], p["K"], p["c"])), 2)
        return pooled.reshape(36) @ p["W"] + p["b"]

    def loss(p: dict[str, Any], x: Any, t: Any) -> Any:
        return -(torch.log_softmax(scores(p, x), -1) * t).sum()

    values = {name: torch.tensor(array) for name, array in net.parameters.items()}
    x, y = torch.tensor(ready(net, inputs)), torch.tensor((THREE[:, None] == np.array(net.classes)) * 1.0)
    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(values, x, y)
    for name, found in net.gradients(inputs, THREE, per_example=True).items():
        np.testing.assert_allclose(found, each[name].numpy(), rtol=1e-9, atol=1e-12)


def test_of_a_regression_in_float32() -> None:
    torch = pytest.importorskip("torch")
    y = 7 * X[:, 1] + 1000
    net = Network([4, 6, 1], task="regression", activation="softplus").fit(X, y, epochs=2, dtype="float32")
    values = {name: torch.tensor(array, dtype=torch.float64) for name, array in net.parameters.items()}
    aim = net.trained.expected.target_scale
    assert aim is not None

    def loss(p: dict[str, Any], x: Any, t: Any) -> Any:
        return (torch.nn.functional.softplus(x @ p["W1"] + p["b1"]) @ p["w2"] + p["b2"] - t) ** 2

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(values, torch.tensor(ready(net, X)), torch.tensor(aim(y)))
    found = net.gradients(X, y, per_example=True)
    for name in found:
        np.testing.assert_allclose(found[name], each[name].numpy(), rtol=2e-4, atol=2e-4)


# --------------------------------------------------------------------------------------------- what comes with them


def test_a_sheet_without_a_target_takes_the_data_as_it_is() -> None:
    sheet = "```byhand\nX : (N, 4)\nW : (4, 2)\nV : (2, 4)\nR = tanh(X @ W) @ V\nL = mean((R - X)**2)\ndL/dW, dL/dV\n```\n"
    assert Network(sheet).fit(X, epochs=2).predict(X).shape == X.shape
    with_target = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "d": X[:, 0], "label": THREE}
    assert Network(sheet).fit(with_target, epochs=2).trained.expected.columns == ("a", "b", "c", "d")


def test_several_labels_at_once() -> None:
    sheet = "```byhand\nX : (N, 4)\nY : (N, 3)\nW : (4, 3)\nL = bce_with_logits(X @ W, Y)\ndL/dW\n```\n"
    many = (rng.normal(size=(ROWS, 3)) > 0) * 1.0
    net = Network(sheet).fit(X, many, epochs=2)
    scores = ready(net, X) @ net.parameters["W"]
    np.testing.assert_allclose(net.predict(X), 1 / (1 + np.exp(-scores)), rtol=1e-10)
    assert Network(sheet).fit(X, np.eye(3)[np.arange(ROWS) % 3], epochs=2).predict(X).shape == (ROWS, 3)


def test_exponentials_of_log_softmax_are_probabilities() -> None:
    sheet = "```byhand\nX : (N, 4)\nY : (N, 3) one_hot\nW : (4, 3)\nq = log_softmax(X @ W)\nL = -sum(Y * q) / N\ndL/dW\n```\n"
    net = Network(sheet).fit(X, THREE, epochs=2)
    scores = np.exp(ready(net, X) @ net.parameters["W"])
    np.testing.assert_allclose(net.predict_proba(X), scores / scores.sum(axis=1, keepdims=True), rtol=1e-10)


def test_counts_are_not_brought_to_another_scale() -> None:
    """Poisson's loss of what has mean 0 would be none: the optimum is that of scikit-learn."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    inputs = rng.normal(size=(300, 3))
    y = rng.poisson(np.exp(1 + inputs @ [0.5, -0.3, 0.2])).astype(float)
    sheet = "```byhand\nX : (N, 3)\ny : (N,)\nw : (3,), b : ()\nf = X @ w + b\nL = mean(exp(f) - y * f)\ndL/dw, dL/db\n```\n"
    net = Network(sheet).fit(inputs, y, epochs=300, batch=300, rate=0.05, validation=0)
    wanted = linear_model.PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(inputs, y).predict(inputs)
    np.testing.assert_allclose(net.predict(inputs), wanted, rtol=1e-3)
