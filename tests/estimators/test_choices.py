"""What an estimator is given: parameters that cannot be, weights, labels of every kind, sheets that do not fit."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.neural_network import MLPClassifier

from byhand.lang.errors import ByhandError
from byhand.sklearn import NetworkClassifier, NetworkRegressor

rng = np.random.default_rng(0)
X = rng.normal(size=(120, 4))
Y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int) + (X[:, 3] > 1)
SOFTMAX = "```byhand\nX : (N, 4)\nY : (N, 3) one_hot\nW : (4, 3)\nL = cross_entropy(X @ W, Y)\ndL/dW\n```\n"
SQUARES = "```byhand\nX : (N, 4)\nt : (N,)\nw : (4,)\nL = mse(X @ w, t)\ndL/dw\n```\n"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def classifier(**choices: Any) -> NetworkClassifier:
    return NetworkClassifier(**{"hidden_layer_sizes": (8,), "max_iter": 10, "random_state": 0, **choices})


@pytest.mark.parametrize(
    "choices",
    [
        {"hidden_layer_sizes": None}, {"hidden_layer_sizes": 3.5}, {"hidden_layer_sizes": (2.7,)}, {"hidden_layer_sizes": True}, {"hidden_layer_sizes": "a"},
        {"hidden_layer_sizes": (0,)}, {"activation": None}, {"activation": "foo"}, {"rule": 3}, {"rule": "foo"}, {"alpha": -1}, {"alpha": "x"},
        {"alpha": None}, {"batch_size": 0}, {"batch_size": 2.5}, {"learning_rate_init": 0}, {"learning_rate_init": np.nan}, {"schedule": None},
        {"max_iter": 0}, {"max_iter": 2.5}, {"max_iter": None}, {"tol": -1}, {"tol": None}, {"n_iter_no_change": 0}, {"early_stopping": "x"},
        {"early_stopping": True, "validation_fraction": "x"}, {"early_stopping": True, "validation_fraction": 1}, {"class_weight": 3},
        {"class_weight": {9: 1}}, {"class_weight": {0: -1}}, {"class_weight": {0: 0, 1: 0, 2: 0}}, {"class_weight": "foo"}, {"engine": 3},
        {"threads": 0}, {"sheet": 3},
    ],
    ids=str,
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_named(choices: dict[str, Any]) -> None:
    with pytest.raises(ByhandError, match=r"activation|rule" if {"activation", "rule"} & choices.keys() else "hidden|network|" + list(choices)[-1]):
        classifier(**choices).fit(X, Y)


def test_numbers_of_numpy_are_numbers() -> None:
    plain = classifier(max_iter=3, batch_size=40, alpha=0.5, n_iter_no_change=2, threads=1).fit(X, Y)
    choices = {"max_iter": np.int64(3), "batch_size": np.int32(40), "alpha": np.float32(0.5), "n_iter_no_change": np.int8(2), "threads": np.int64(1)}
    other = classifier(**choices, hidden_layer_sizes=np.array([8])).fit(X, Y)
    assert (plain.predict_proba(X) == other.predict_proba(X)).all()


def test_weights_of_classes_are_weights_of_samples() -> None:
    counts, by_class = rng.integers(0, 4, size=120), {0: 1, 1: 2, 2: 3}
    whole = counts * np.array([by_class[code] for code in Y])
    choices = {"batch_size": 10**6, "alpha": 0.3, "activation": "tanh"}
    one = classifier(class_weight=by_class, **choices).fit(X, Y, counts)
    other = classifier(**choices).fit(X, Y, whole)
    copied = np.repeat(np.arange(120), whole)
    third = classifier(**choices).fit(X[copied], Y[copied])
    for name, array in one.network_.parameters.items():
        assert (array == other.network_.parameters[name]).all()
        np.testing.assert_allclose(array, third.network_.parameters[name], atol=1e-12)
    balanced = classifier(class_weight="balanced", **choices).fit(X, Y)
    asked = classifier(class_weight={k: 120 / (3 * (k == Y).sum()) for k in range(3)}, **choices).fit(X, Y)
    assert (balanced.predict_proba(X) == asked.predict_proba(X)).all()


def test_the_loss_is_that_of_scikit_learn() -> None:
    """Cross-entropy and alpha / (2 n) Σ w², and the layers of MLPClassifier."""
    choices = {"alpha": 0.3, "batch_size": 120, "activation": "tanh"}
    ours = classifier(**choices, max_iter=30).fit(X, Y)
    weights = [array for name, array in ours.network_.parameters.items() if name.startswith("W")]
    chances = ours.predict_proba(X)[np.arange(120), Y]
    penalty = 0.3 / (2 * 120) * sum(np.square(array).sum() for array in weights)
    assert ours.network_.evaluate(X, Y).loss == pytest.approx(-np.log(chances).mean() + penalty, rel=1e-12)
    theirs = MLPClassifier((8,), **choices, max_iter=1, random_state=0).fit(X, Y)
    theirs.coefs_, theirs.intercepts_ = weights, [array for name, array in ours.network_.parameters.items() if name.startswith("b")]
    np.testing.assert_allclose(theirs.predict_proba(X), ours.predict_proba(X), rtol=1e-10)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["b", "a", "c"])[Y], np.array(["b", "a", "c"], object)[Y], Y > 0, Y * 1.0, Y - 5, Y.astype(np.uint64) + 2**63, Y * 10**12, Y.astype(np.int8),
        np.array(["2020-01-01", "2021-01-01", "2022-01-01"], "datetime64[D]")[Y],
    ],
    ids=["texts", "objects", "truths", "floats", "below zero", "above int64", "far apart", "bytes", "days"],
)  # fmt: skip
def test_labels_come_back_as_they_were(labels: np.ndarray) -> None:
    model = classifier().fit(X, labels)
    codes = np.unique(labels, return_inverse=True)[1]
    found = model.predict(X)
    assert found.dtype == labels.dtype == model.classes_.dtype
    assert (found == np.unique(labels)[classifier().fit(X, codes).predict(X)]).all()


def test_a_regressor_predicts_numbers_whatever_the_target_looks_like() -> None:
    for goals in (Y > 0, (Y > 0) * 1, (Y > 0) * 1.0):
        for sheet in (None, SQUARES):
            found = NetworkRegressor((8,), sheet=sheet, max_iter=10, random_state=0).fit(X, goals).predict(X)
            assert found.dtype == np.float64
            assert len(np.unique(found)) > 100


def test_sheets_that_do_not_fit() -> None:
    with pytest.raises(ByhandError, match="4 columns of features, but X takes 5"):
        classifier(sheet=SOFTMAX.replace("4", "5")).fit(X, Y)
    with pytest.raises(ByhandError, match="y holds 2 classes, and the sheet has 3"):
        classifier(sheet=SOFTMAX).fit(X, Y % 2)
    with pytest.raises(ByhandError, match="use NetworkRegressor"):
        classifier(sheet=SQUARES).fit(X, Y)
    with pytest.raises(ByhandError, match="use NetworkClassifier"):
        NetworkRegressor(sheet=SOFTMAX).fit(X, Y)
    with pytest.raises(ByhandError, match="y holds 1 alone"):
        classifier().fit(X, np.ones(120, int))


def test_features_of_every_size() -> None:
    for samples in (X * 1e150, X * 1e-300, X * 0, np.c_[X, np.full(120, 7.0)], X.astype("f4"), np.asfortranarray(X), np.c_[X, X][:, ::2]):
        model = classifier().fit(samples, Y)
        assert np.isfinite(model.predict_proba(samples)).all()
