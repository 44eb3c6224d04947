"""``byhand.Network``: what it predicts, its gradients against JAX, files, threads, pickles."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import byhand
from byhand import Network
from byhand.lang.errors import ByhandError
from byhand.train.run.fitting import Diverged

rng = np.random.default_rng(5)
X = rng.normal(size=(120, 3)) + 2
COLOURS = np.array(["blue", "red", "white"])
LABELS = COLOURS[np.argmax((X - 2) @ np.array([[2.0, -1, 0], [0, 2, -1], [-1, 0, 2]]), axis=1)]
HEIGHTS = 50 + 8 * X[:, 0] - 3 * X[:, 2] ** 2


@pytest.fixture(scope="module")
def classifier() -> Network:
    return Network([3, 10, 3], activation="tanh").fit(X, LABELS, epochs=60, rate=0.02, seed=2)


@pytest.fixture(scope="module")
def regressor() -> Network:
    return Network([3, 10, 1], task="regression", activation="tanh").fit(X, HEIGHTS, epochs=200, rate=0.02, seed=2)


def by_numpy(net: Network, x: np.ndarray) -> np.ndarray:
    """The scores, worked out by hand from the parameters."""
    p, scale = net.parameters, net.trained.expected.scales["X"]
    z = (x - scale.shift) / scale.scale
    last = [name for name in p if name not in ("W1", "b1")]
    return np.tanh(z @ p["W1"] + p["b1"]) @ p[last[0]] + p[last[1]]


def test_classes_and_probabilities(classifier: Network) -> None:
    scores = by_numpy(classifier, X)
    e = np.exp(scores)
    np.testing.assert_allclose(classifier.predict_proba(X), e / e.sum(axis=1, keepdims=True), atol=1e-12)
    assert classifier.classes == ("blue", "red", "white")
    assert (classifier.predict(X) == COLOURS[scores.argmax(axis=1)]).all()
    assert classifier.score(X, LABELS) == (classifier.predict(X) == LABELS).mean() > 0.9
    assert classifier.evaluate(X, LABELS).loss < 0.5


def test_numbers_come_back_on_their_own_scale(regressor: Network) -> None:
    aim = regressor.trained.expected.target_scale
    assert aim is not None
    predicted = regressor.predict(X)
    np.testing.assert_allclose(predicted, by_numpy(regressor, X).reshape(-1) * aim.scale + aim.shift, rtol=1e-10)
    residue = ((HEIGHTS - predicted) ** 2).sum() / ((HEIGHTS - HEIGHTS.mean()) ** 2).sum()
    assert regressor.score(X, HEIGHTS) == pytest.approx(1 - residue)
    assert regressor.score(X, HEIGHTS) > 0.95
    with pytest.raises(ByhandError, match="predicts numbers: there are no probabilities"):
        regressor.predict_proba(X)


@pytest.mark.parametrize("rows", [1, 2, 3, 1024, 1500])
def test_any_number_of_samples(classifier: Network, rows: int) -> None:
    x = np.resize(X, (rows, 3))
    np.testing.assert_allclose(classifier.predict_proba(x), np.resize(classifier.predict_proba(X), (rows, 3)), atol=1e-13)
    assert classifier.predict(x.tolist()).tolist() == classifier.predict(x).tolist()


@pytest.mark.parametrize(("task", "labels"), [("signs", (-1, 1)), ("zero_one", ("no", "yes"))])
def test_two_classes_with_one_output(task: str, labels: tuple[Any, Any]) -> None:
    y = np.array(labels)[(X[:, 0] > 2).astype(int)]
    net = Network([3, 8, 1], loss="hinge" if task == "signs" else None).fit(X, y, epochs=60, rate=0.02)
    assert net.score(X, y) > 0.9
    assert set(net.predict(X).tolist()) == set(labels)
    if task == "zero_one":
        assert (net.predict_proba(X)[:, 1] > 0.5).tolist() == (net.predict(X) == "yes").tolist()
    else:
        with pytest.raises(ByhandError, match="is a score and no probability"):
            net.predict_proba(X)


def test_gradients_against_jax(classifier: Network) -> None:
    jax = pytest.importorskip("jax")
    scale = classifier.trained.expected.scales["X"]
    x, y = (X[:20] - scale.shift) / scale.scale, (LABELS[:20, None] == COLOURS) * 1.0

    def losses(p: dict[str, Any]) -> Any:
        return -(jax.nn.log_softmax(jax.numpy.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]) * y).sum(axis=1)

    whole, each = jax.jit(lambda p: (jax.grad(lambda p: losses(p).mean())(p), jax.jacobian(losses)(p)))(classifier.parameters)
    found, apart = classifier.gradients(X[:20], LABELS[:20]), classifier.gradients(X[:20], LABELS[:20], per_example=True)
    for name in classifier.parameters:
        np.testing.assert_allclose(found[name], whole[name], rtol=2e-3, atol=2e-5)
        np.testing.assert_allclose(apart[name], each[name], rtol=2e-3, atol=2e-5)
        np.testing.assert_allclose(apart[name].mean(axis=0), found[name], atol=1e-14)


def test_files_and_pickles(classifier: Network, regressor: Network, tmp_path: Path) -> None:
    for net in (classifier, regressor):
        net.save(tmp_path / "net.safetensors")
        for again in (Network.load(tmp_path / "net.safetensors"), pickle.loads(pickle.dumps(net))):
            assert (again.predict(X) == net.predict(X)).all()
            assert again.history == net.history
            assert again.formulas == net.formulas
    assert pickle.loads(pickle.dumps(Network([2, 2]))).model.classes == 2


def test_weights_for_other_programs(classifier: Network, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    classifier.to_safetensors(tmp_path / "weights.safetensors")
    found = load_file(tmp_path / "weights.safetensors")
    assert found.keys() == classifier.parameters.keys()
    assert all((found[name] == array).all() for name, array in classifier.parameters.items())


def test_threads_predict_at_the_same_time(classifier: Network) -> None:
    parts = [rng.normal(size=(50 + k, 3)) for k in range(24)]
    alone = [classifier.predict_proba(part) for part in parts]
    with ThreadPoolExecutor(8) as pool:
        for one, other in zip(alone, pool.map(classifier.predict_proba, parts)):
            assert (one == other).all()


def test_what_a_network_says_of_itself(classifier: Network) -> None:
    assert repr(classifier) == f"<Network {classifier.model.title!r}, trained for 60 epochs>"
    page = classifier._repr_html_()
    assert "Learning curve" in page
    assert "<svg" in page
    assert classifier.formulas["dL/dW2"] == "H1.T @ dL/dZ2"
    assert classifier.derivation.steps_of(classifier.derivation.gradients["W1"].name)


def test_a_sheet_s_own_step_is_followed() -> None:
    sheet = "```byhand\nX : (n, 3)\ny : (n,)\nw : (3,)\neta = 0.05\nL = mean((X @ w - y)**2)\nstep(L, [w], rate=eta, rule=momentum, beta=0.8)\n```\n"
    net = Network(sheet).fit(X, HEIGHTS, epochs=2)
    chosen = net.trained.settings
    assert (chosen.rule, chosen.rate, dict(chosen.options)) == ("momentum", 0.05, {"beta": 0.8})
    assert Network(sheet).fit(X, HEIGHTS, epochs=2, rule="adam").trained.settings.rate == 0.001


def test_messages() -> None:
    net = Network([3, 4, 3])
    for call, said in (
        (lambda: net.predict(X), "network.md has not been trained: call fit first"),
        (lambda: net.fit(X, LABELS, epoch=3), "training has no setting 'epoch'. Did you mean epochs?"),
        (lambda: net.fit(X, LABELS, sample_weight=np.ones(5)), "the weights of samples have to be 120 numbers of at least 0"),
        (lambda: net.fit(X, LABELS, batch=97), "a batch of 97 is larger than the 96 samples to train on"),
        (lambda: net.fit(X), "a column"),
        (lambda: net.fit(X, HEIGHTS), "classes"),
        (lambda: net.fit(X, LABELS, rule="perceptron"), "cannot train with rule=perceptron: it has no loss to go down"),
        (lambda: net.fit(X, LABELS, resume=True), "cannot go on with a run: say which file"),
        (lambda: net.fit(X, LABELS, rule=None), "rule=None cannot be: it is given by its name"),
        (lambda: net.fit(X, LABELS, schedule=3), "schedule=3 cannot be: it is given by its name"),
        (lambda: net.fit(X, LABELS, initialiser=3), "initialiser=3 cannot be: it is given by its name"),
        (lambda: net.fit(X, LABELS, options=3), "options=3 cannot be: they are numbers by name"),
        (lambda: net.fit(X, LABELS, options={"weight_decay": -1}), "weight_decay=-1 cannot be: it is the strength of the L2 penalty"),
        (lambda: net.fit(X, LABELS, class_weight=3), 'class_weight=3 cannot be: it is "balanced", or a number for each class'),
    ):
        with pytest.raises(ByhandError) as caught:
            call()
        assert said in str(caught.value) or said == "a column", str(caught.value)


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    net = Network([3, 4, 3]).fit(X, LABELS, epochs=np.int64(2), rate=np.float32(0.5), seed=np.uint8(3))
    net.save(tmp_path / "net.safetensors")
    assert Network.load(tmp_path / "net.safetensors").trained.settings == Network([3, 4, 3]).fit(X, LABELS, epochs=2, rate=0.5, seed=3).trained.settings


def test_a_diverged_network_has_the_last_good_parameters() -> None:
    net = Network([3, 4, 1], task="regression")
    with pytest.raises(Diverged):
        net.fit(X, HEIGHTS, rule="gradient_descent", rate=100.0, epochs=50)
    assert np.isfinite(net.predict(X)).all()


def test_it_is_there_without_being_imported() -> None:
    assert byhand.Network is Network
    code = "import sys, byhand; assert 'numpy' not in sys.modules; byhand.Network; assert 'sklearn' not in sys.modules and 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
