"""Training against the same steps written by hand in NumPy, and by PyTorch: same first weights, same batches, same weights after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.lang.errors import ByhandError
from byhand.train.data.order import order
from byhand.train.model.text import network_text
from byhand.train.opening import opened
from byhand.train.run.checkpoint import read
from byhand.train.run.events import Event, Saved
from byhand.train.run.fitting import Fitted, fit
from byhand.train.run.history import Epoch
from byhand.train.run.loop import Saving
from byhand.train.run.settings import Settings

SHEET = """
```byhand
X  : (N, 5)
Y  : (N, 3) one_hot
W1 : (5, 7)
b1 : (7,)
W2 : (7, 3)
b2 : (3,)
Z1 = X @ W1 + b1
H1 = tanh(Z1)
Z2 = H1 @ W2 + b2
L  = cross_entropy(Z2, Y)
dL/dW1, dL/db1, dL/dW2, dL/db2
```
"""
LINE = """
```byhand
X : (N, 3)
y : (N,)
w : (3,)
c : ()
f = X @ w + c
L = mean((f - y)**2)
dL/dw, dL/dc
```
"""
rng = np.random.default_rng(0)
X = rng.normal(size=(50, 5)) * [1, 2, 3, 4, 5] + 1
LABELS = np.argmax(X @ rng.normal(size=(5, 3)) + rng.normal(size=(50, 3)) * 0.1, axis=1)


def trained(data: Any = (X, LABELS), sheet: str = SHEET, weights: Any = None, report: Callable[[Event], None] | None = None, **settings: Any) -> Fitted:
    model, table = opened(sheet, "sheet", data)
    return fit(model, table, Settings(**settings), weights=weights, **({"report": report} if report else {}))


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def by_hand(
    epochs: int, batch: int, seed: int, update: Callable[[dict[str, np.ndarray], dict[str, np.ndarray]], None], weights: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """The textbook's backward pass."""
    p = dict(trained(epochs=0, seed=seed, validation=0).values)
    x = (X - X.mean(axis=0)) / X.std(axis=0)
    y = np.eye(3)[LABELS]
    for epoch in range(epochs):
        steps, rest = order(len(x), batch, seed, epoch)
        for rows in [*steps, *([rest] if len(rest) else [])]:
            a, t = x[rows], y[rows]
            w = np.ones(len(rows)) if weights is None else weights[rows]
            h = np.tanh(a @ p["W1"] + p["b1"])
            d2 = (softmax(h @ p["W2"] + p["b2"]) - t) * (w / w.sum())[:, None]
            d1 = d2 @ p["W2"].T * (1 - h**2)
            update(p, {"W1": a.T @ d1, "b1": d1.sum(0), "W2": h.T @ d2, "b2": d2.sum(0)})
    return p


def same(found: Fitted, expected: dict[str, np.ndarray], tolerance: float = 1e-10) -> None:
    for name, array in expected.items():
        np.testing.assert_allclose(found.values[name], array, rtol=tolerance, atol=tolerance, err_msg=name)


def descent(rate: float) -> Callable[[dict[str, np.ndarray], dict[str, np.ndarray]], None]:
    def update(p: dict[str, np.ndarray], g: dict[str, np.ndarray]) -> None:
        for name in p:
            p[name] = p[name] - rate * g[name]

    return update


@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize("batch", [50, 16, 1])
def test_gradient_descent(batch: int, engine: str) -> None:
    """With a smaller last batch (50 = 3 · 16 + 2) as well."""
    found = trained(epochs=4, batch=batch, rule="gradient_descent", rate=0.2, seed=5, validation=0, engine=engine)
    same(found, by_hand(4, batch, 5, descent(0.2)))


def test_weights_of_samples_and_classes() -> None:
    weights = np.linspace(0.5, 2, 50)
    found = trained(epochs=3, batch=16, rule="gradient_descent", rate=0.2, validation=0, weights=weights)
    same(found, by_hand(3, 16, 0, descent(0.2), weights))
    counts = np.bincount(LABELS)
    balanced = (50 / (3 * counts))[LABELS]
    found = trained(epochs=3, batch=16, rule="gradient_descent", rate=0.2, validation=0, class_weight="balanced")
    same(found, by_hand(3, 16, 0, descent(0.2), balanced))
    found = trained(epochs=3, batch=16, rule="gradient_descent", rate=0.2, validation=0, class_weight={"0": 2.0, "2": 0.5})
    same(found, by_hand(3, 16, 0, descent(0.2), np.array([2.0, 1.0, 0.5])[LABELS]))


def test_gradients_are_shortened_all_together() -> None:
    longest = 0.3

    def update(p: dict[str, np.ndarray], g: dict[str, np.ndarray]) -> None:
        norm = np.sqrt(sum((one**2).sum() for one in g.values()))
        for name in p:
            p[name] = p[name] - 0.5 * g[name] * min(1.0, longest / norm)

    found = trained(epochs=3, batch=16, rule="gradient_descent", rate=0.5, validation=0, clip_norm=longest)
    same(found, by_hand(3, 16, 0, update))
    assert not np.allclose(found.values["W1"], by_hand(3, 16, 0, descent(0.5))["W1"])


@pytest.mark.parametrize(
    ("rule", "options", "make"),
    [
        ("adam", {}, lambda torch, p: torch.optim.Adam(p, lr=0.01)),
        ("adam", {"beta1": 0.8, "weight_decay": 0.1}, lambda torch, p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.999), weight_decay=0.1)),
        ("momentum", {"beta": 0.7}, lambda torch, p: torch.optim.SGD(p, lr=0.01, momentum=0.7)),
        ("rmsprop", {}, lambda torch, p: torch.optim.RMSprop(p, lr=0.01)),
        ("adamw", {}, lambda torch, p: torch.optim.AdamW(p, lr=0.01)),
    ],
)
def test_update_rules_against_torch(rule: str, options: dict[str, float], make: Any) -> None:
    torch = pytest.importorskip("torch")
    first = trained(epochs=0, validation=0).values
    p = {name: torch.tensor(np.array(array), requires_grad=True) for name, array in first.items()}
    optimizer = make(torch, list(p.values()))
    x, y = torch.tensor((X - X.mean(axis=0)) / X.std(axis=0)), torch.tensor(LABELS)
    for epoch in range(3):
        steps, rest = order(50, 16, 0, epoch)
        for rows in [*steps, rest]:
            optimizer.zero_grad()
            scores = torch.tanh(x[rows] @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
            torch.nn.functional.cross_entropy(scores, y[rows]).backward()
            optimizer.step()
    found = trained(epochs=3, batch=16, rule=rule, rate=0.01, options=options, validation=0)
    same(found, {name: one.detach().numpy() for name, one in p.items()}, 1e-8)


def test_a_line_is_found_exactly() -> None:
    """Least squares, the target scaled and predictions brought back."""
    x = rng.normal(size=(40, 3)) * [1, 10, 100]
    y = x @ [3.0, -2.0, 0.5] + 1000
    found = trained((x, y), LINE, epochs=400, batch=40, rule="gradient_descent", rate=0.3, validation=0)
    assert found.history[-1].loss < 1e-20
    scale, aim = found.expected.scales["X"], found.expected.target_scale
    assert aim is not None
    np.testing.assert_allclose(found.values["w"] * aim.scale / scale.scale, [3.0, -2.0, 0.5], rtol=1e-8)


def test_history_says_what_the_samples_held_back_say() -> None:
    told: list[Event] = []
    found = trained(epochs=5, batch=8, validation=0.3, report=told.append)
    assert [one for one in told if isinstance(one, Epoch)] == list(found.history)
    last = found.history[-1]
    parts = found.expected
    assert (last.number, last.examples) == (5, 35)
    assert last.validation_loss is not None
    assert last.score is not None
    assert 0 <= last.score <= 1
    assert parts.classes == (0, 1, 2)
    assert found.history[-1].loss < found.history[0].loss


def test_patience_stops_and_takes_the_best_parameters_back() -> None:
    found = trained(epochs=500, batch=8, rate=0.05, validation=0.4, patience=4)
    assert found.stopped == "patience"
    best = min(found.history, key=lambda one: one.judged)
    assert found.history[-1].number == best.number + 4
    again = trained(epochs=best.number, batch=8, rate=0.05, validation=0.4)
    same(found, dict(again.values), 0)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    one, two, other = (trained(epochs=3, seed=seed) for seed in (1, 1, 2))
    assert all((one.values[name] == two.values[name]).all() for name in one.values)
    assert not (one.values["W1"] == other.values["W1"]).all()


def test_single_precision() -> None:
    found = trained(epochs=3, batch=16, rule="gradient_descent", rate=0.2, validation=0, dtype="float32")
    assert {array.dtype for array in found.values.values()} == {np.dtype("float32")}
    same(found, by_hand(3, 16, 0, descent(0.2)), 1e-4)


def test_defaults_reach_95_percent_on_digits() -> None:
    pytest.importorskip("sklearn")
    found = trained("digits", network_text([64, 32, 10]))
    assert found.history[-1].score is not None
    assert found.history[-1].score > 0.95
    assert found.seconds < 5


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data are streamed, a few rows at a time, though they would fit into memory."""
    monkeypatch.setattr("byhand.train.run.ready.streams", lambda stores: True)
    monkeypatch.setattr("byhand.train.data.stream.SHUFFLED", 8 * 5 * 8)


@pytest.mark.usefixtures("in_pieces")
def test_streamed_data(tmp_path: Path) -> None:
    """A run on data that are read in pieces learns, sees every sample once an epoch, and goes on to the same bits from within an epoch."""
    np.save(tmp_path / "rows.npy", np.column_stack([X, LABELS]))
    source = tmp_path / "rows.npy"
    whole = trained(source, epochs=30, batch=8, rate=0.02)
    assert {one.examples for one in whole.history} == {40}
    assert whole.history[-1].loss < 0.5 * whole.history[0].loss
    assert whole.history[-1].score is not None
    model, table = opened(SHEET, "sheet", source)
    cut = Settings(epochs=30, batch=8, rate=0.02)
    path = tmp_path / "run.safetensors"
    kept: list[bytes] = []

    def keep(event: Event) -> None:
        if isinstance(event, Saved):
            kept.append(path.read_bytes())

    fit(model, table, cut, saving=Saving(path, 0.4), report=keep)
    path.write_bytes(kept[31])
    saved = read(path)
    assert saved.position.step
    on = fit(model, table, cut, saving=Saving(path, 0.4), resume=saved)
    same(on, dict(whole.values), 0)


def test_a_loss_that_couples_samples_is_trained_and_not_weighted() -> None:
    """Batch normalisation: each batch is worked out as a whole."""
    sheet = SHEET.replace("H1 = tanh(Z1)", "g = full((7,), 1)\nd = full((7,), 0)\nH1 = batch_norm(Z1, g, d)")
    found = trained(sheet=sheet, epochs=30, batch=10, rate=0.02)
    assert found.history[-1].loss < found.history[0].loss
    with pytest.raises(ByhandError):
        trained(sheet=sheet, class_weight="balanced")
