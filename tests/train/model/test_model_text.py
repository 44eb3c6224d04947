"""Sheets written from layer sizes: they solve, they are models, and they are what a student would be shown."""

from __future__ import annotations

import numpy as np
import pytest
from inline_snapshot import snapshot

from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError
from byhand.run.evaluate import evaluate
from byhand.sheets.answer import answer
from byhand.train.model import bound_sizes, initial_values, model_of, network_text


def test_it_is_a_sheet_for_people() -> None:
    assert network_text([64, 32, 10], l2=1e-4) == snapshot("""\
---
title: A classifier with one hidden layer
---
From 64 inputs through a hidden layer of 32 units with relu to 10 outputs. A row of X is a sample, and there are N of them.

```byhand
X : (N, 64)
Y : (N, 10) one_hot
W1 : (64, 32), b1 : (32,)
W2 : (32, 10), b2 : (10,)
lam = 0.0001

Z1 = X @ W1 + b1
H1 = relu(Z1)
Z2 = H1 @ W2 + b2
L = cross_entropy(Z2, Y) + lam * (sum(W1**2) + sum(W2**2))
```

The gradients.

```byhand
dL/dW1, dL/db1, dL/dW2, dL/db2
```
""")


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("sizes", [(4, 1), (4, 3), (4, 5, 1), (4, 6, 5, 3), (1, 1), (2, 3, 3, 3, 3, 2)])
@pytest.mark.parametrize("activation", ["relu", "tanh", "identity", "gelu"])
def test_it_solves_and_is_a_model(sizes: tuple[int, ...], task: str, activation: str) -> None:
    text = network_text(sizes, activation, task, l2=0.5 if activation == "tanh" else 0)
    formulas = answer(solve_text(text))["formulas"]
    assert isinstance(formulas, dict)
    model = model_of(text, features=(sizes[0],), classes=max(2, sizes[-1]) if task == "classification" else None)
    assert {f"d{model.loss.name}/d{one.name}" for one in model.parameters} <= formulas.keys()
    assert model.classes == (max(2, sizes[-1]) if task == "classification" else None)
    assert len(model.parameters) == 2 * (len(sizes) - 1)


@pytest.mark.parametrize("outputs", [1, 3])
def test_its_numbers_are_those_of_the_network_meant(outputs: int) -> None:
    model = model_of(network_text([4, 5, outputs], "tanh", "regression", l2=0.25))
    rng = np.random.default_rng(0)
    data = {"X": rng.normal(size=(6, 4)), ("Y" if outputs > 1 else "y"): rng.normal(size=(6, outputs) if outputs > 1 else 6)}
    values = initial_values(model, bound_sizes(model, data), 1)
    (loss,) = evaluate([model.loss], {**model.given, **data, **values}, exact=False).roots
    W1, b1, w2, b2 = values.values()
    out = np.tanh(data["X"] @ W1 + b1) @ w2 + b2
    np.testing.assert_allclose(loss, ((out - data["Y" if outputs > 1 else "y"]) ** 2).mean() + 0.25 * ((W1**2).sum() + (w2**2).sum()), rtol=1e-12)


def test_losses_by_name() -> None:
    assert "L = hinge(z, y)" in network_text([4, 1], loss="hinge")
    assert "y : (N,) signs" in network_text([4, 1], loss="hinge")
    assert "L = squared_error(Z, Y)" in network_text([4, 2], task="regression", loss="squared_error")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: network_text([4]), "a network needs the sizes of at least two layers, whole numbers from 1, as in [64, 32, 10]"),
        (lambda: network_text([4, 0, 2]), "whole numbers from 1"),
        (lambda: network_text([4, 2], activation="rellu"), "there is no activation 'rellu'"),
        (lambda: network_text([4, 2], activation="x; step(L"), "there is no activation"),
        (lambda: network_text([4, 2], task="ranking"), "classification or regression, not 'ranking'"),
        (lambda: network_text([4, 2], loss="softmax"), "there is no loss 'softmax' that compares scores with a target"),
        (lambda: network_text([4, 2], task="regression", loss="cross_entropy"), "cross_entropy compares scores with classes, and the task is regression"),
        (lambda: network_text([4, 2], l2=-1), "not negative"),
        (lambda: network_text([2] * 500), "500 layers is refused"),
    ],
)
def test_what_is_refused(call: object, said: str) -> None:
    assert callable(call)
    with pytest.raises(ByhandError) as caught:
        call()
    assert said in str(caught.value)
