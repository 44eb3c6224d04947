"""Sheets of every kind as models: loss, prediction and gradients at random numbers against PyTorch's autodiff of the same network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from byhand.run.evaluate import evaluate
from byhand.train.model import Model, bound_sizes, initial_values, model_of

torch = pytest.importorskip("torch")
F = torch.nn.functional
N = 6
RNG = np.random.default_rng(1)
X = RNG.normal(size=(N, 4))
V = RNG.normal(size=(N, 3))
LABELS = RNG.integers(3, size=N)
Y = np.eye(3)[LABELS]
BITS = (RNG.uniform(size=N) > 0.5) * 1.0
T = RNG.normal(size=N)
IMAGES = RNG.normal(size=(N, 1, 8, 8))
SEQUENCES = RNG.normal(size=(N, 5, 4))
WORDS = np.eye(7)[RNG.integers(7, size=(N, 5))]


@dataclass(frozen=True)
class Case:
    """A sheet, data for it, the same network in PyTorch (loss and prediction), and what is to be found out."""

    title: str
    sheet: str
    data: dict[str, np.ndarray]
    network: Callable[..., tuple[Any, Any]]
    target: str | None
    classes: int | None = None
    labels: str | None = None
    front: str = ""
    told: dict[str, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        front = f"---\n{self.front}\n---\n" if self.front else ""
        return f"{front}```byhand\n{self.sheet.strip()}\n```\n"

    def __str__(self) -> str:
        return self.title


def scores(z: Any, y: Any) -> tuple[Any, Any]:
    return F.cross_entropy(z, y), torch.softmax(z, -1)


def squares(o: Any, t: Any) -> tuple[Any, Any]:
    return F.mse_loss(o, t), o


def image_net(x: Any, y: Any, K: Any, c: Any, W: Any, b: Any) -> tuple[Any, Any]:
    return scores(F.max_pool2d(torch.relu(F.conv2d(x, K, c)), 2).reshape(-1, 36) @ W + b, y)


def attends(X: Any, Wq: Any, Wk: Any, Wv: Any) -> Any:
    return (torch.softmax(X @ Wq @ (X @ Wk).transpose(-1, -2) / 2**0.5, -1) @ (X @ Wv)).mean(1)


def deep(x: Any, t: Any, **p: Any) -> tuple[Any, Any]:
    h = torch.relu(x @ p["W[1]"].T + p["b[1]"])
    h = torch.relu(h @ p["W[2]"].T + p["b[2]"])
    return scores(h @ p["W[3]"].T + p["b[3]"], t)


def summed_family(x: Any, y: Any, **p: Any) -> tuple[Any, Any]:
    f = torch.relu(x @ p["W[1]"].T + p["b[1]"]) @ p["W[2]"].T + p["b[2]"]
    return F.softplus(-y * f[:, 0]).mean() + 0.1 * ((p["W[1]"] ** 2).sum() + (p["W[2]"] ** 2).sum()), f


def recurrent(W: Any, U: Any, V: Any, y: Any, **x: Any) -> tuple[Any, Any]:
    h = torch.zeros(len(y), 5, dtype=torch.float64)
    for k in (1, 2, 3):
        h = torch.tanh(h @ W.T + x[f"x[{k}]"] @ U.T)
    return scores(h @ V.T, y)


def residual(X: Any, Y: Any, A: Any, a: Any, B: Any) -> tuple[Any, Any]:
    loss, p = scores((X + torch.relu(X @ A + a)) @ B, Y)
    return loss + 0.01 * ((A**2).sum() + B.abs().sum()), p


CONV = "K : (4, 1, 3, 3), c : (4,)\nW : (36, 3), b : (3,)\nA = relu(conv2d({x}, K, c))\nM = max_pool2d(A, 2)\n"
ATTENTION = "Wq : (4, 2), Wk : (4, 2), Wv : (4, 3)\nA = attention(X @ Wq, X @ Wk, X @ Wv)\n"
CASES = [
    Case(
        "rows",
        "X : (N, 4)\nY : (N, 3) one_hot\nW1 : (4, 5), b1 : (5,)\nW2 : (5, 3), b2 : (3,)\nZ = tanh(X @ W1 + b1) @ W2 + b2\nL = cross_entropy(Z, Y)\ndL/dW1, dL/db1, dL/dW2, dL/db2",
        {"X": X, "Y": Y},
        lambda X, Y, W1, b1, W2, b2: scores(torch.tanh(X @ W1 + b1) @ W2 + b2, Y),
        "Y",
        3,
        "one_hot",
    ),
    Case(
        "samples are columns",
        "X : (4, N)\nY : (3, N)\nW : (3, 4)\nb : (3, 1)\nZ = W @ X + b\nP = softmax(Z, axis=0)\nL = -sum(Y * log(P)) / N\ndL/dW, dL/db",
        {"X": X, "Y": Y},
        lambda X, Y, W, b: scores((W @ X.T + b).T, Y),
        "Y",
        3,
        "one_hot",
    ),
    Case(
        "images with labels",
        "X : (N, 1, 8, 8)\ny : (N,)\n" + CONV.format(x="X") + "Z = reshape(M, (N, 36)) @ W + b\nL = cross_entropy(Z, y)\ndL/dK, dL/dc, dL/dW, dL/db",
        {"X": IMAGES, "y": Y},
        lambda X, y, K, c, W, b: image_net(X, y, K, c, W, b),
        "y",
        3,
        "one_hot",
    ),
    Case(
        "one image",
        "x : (1, 8, 8)\ny : (3,) one_hot\n" + CONV.format(x="x") + "z = flatten(M) @ W + b\nL = cross_entropy(z, y)\ndL/dK, dL/dc, dL/dW, dL/db",
        {"x": IMAGES, "y": Y},
        image_net,
        "y",
        3,
        "one_hot",
    ),
    Case(
        "given labels",
        "X = [[1, 2], [3, 4], [5, 6]]\ny = [0, 2, 1]\nW : (2, 3)\nZ = X @ W\nL = cross_entropy(Z, y)\ndL/dW",
        {"X": X[:, :2], "y": Y},
        lambda X, y, W: scores(X @ W, y),
        "y",
        3,
        "one_hot",
    ),
    Case(
        "logistic regression by hand",
        "X : (N, d)\ny : (N,)\nw : (d,)\nb : ()\nz = X @ w + b\np = sigmoid(z)\nL = -mean(y*log(p) + (1-y)*log(1-p))\ndL/dw, dL/db",
        {"X": X, "y": BITS},
        lambda X, y, w, b: (F.binary_cross_entropy(torch.sigmoid(X @ w + b), y), torch.sigmoid(X @ w + b)),
        "y",
        2,
        "zero_one",
    ),
    Case(
        "ridge regression, its output without a name",
        "X : (m, d)\ny : (m,)\nw : (d,)\nlam = 0.1\nL = sum((X @ w - y)**2) / m + lam * (w @ w)\ndL/dw",
        {"X": X, "y": T},
        lambda X, y, w, lam: (((X @ w - y) ** 2).mean() + lam * (w @ w), X @ w),
        "y",
    ),
    Case(
        "t - y with a bias",
        "X : (m, d)\nt : (m,)\nw : (d,)\nb : ()\nL = 1/2 * mean((t - X @ w - b)**2)\ndL/dw, dL/db",
        {"X": X, "t": T},
        lambda X, t, w, b: (((X @ w + b - t) ** 2).mean() / 2, X @ w + b),
        "t",
    ),
    Case(
        "a list of numbers",
        "x = [1, 2, 3]\nt = [2, 4, 7]\nw = 0.5\nb = 0\ny = w*x + b\nL = mean((y - t)**2)\nstep(L, [w, b], rate=0.1)",
        {"x": X[:, 0], "t": T},
        lambda x, t, w, b: squares(w * x + b, t),
        "t",
    ),
    Case(
        "one sample with a number for a target",
        "x = [1, 2]\nt = 1\nw = [0, 0]\nE = 0.5 * (w @ x - t)**2\nstep(E, [w], rate=0.1)",
        {"x": X[:, :2], "t": T},
        lambda x, t, w: (((x @ w - t) ** 2).mean() / 2, x @ w),
        "t",
    ),
    Case(
        "sizes with names",
        "N = 4\nh = 5\nX : (N, 4)\ny : (N,)\nW1 : (4, h), b1 : (h,)\nw2 : (h,)\nH = tanh(X @ W1 + b1)\nL = sum((H @ w2 - y)**2) / (2*N)\ndL/dW1, dL/db1, dL/dw2",
        {"X": X, "y": T},
        lambda X, y, W1, b1, w2: (((torch.tanh(X @ W1 + b1) @ w2 - y) ** 2).mean() / 2, torch.tanh(X @ W1 + b1) @ w2),
        "y",
    ),
    Case(
        "hinge",
        "X : (N, 4)\ny : (N,) signs\nw : (4,)\nb : ()\nf = X @ w + b\nL = hinge(f, y) + 0.01 * sum(w**2)\ndL/dw, dL/db",
        {"X": X, "y": 2 * BITS - 1},
        lambda X, y, w, b: (torch.relu(1 - y * (X @ w + b)).mean() + 0.01 * (w**2).sum(), X @ w + b),
        "y",
        2,
        "signs",
    ),
    Case(
        "a sum over samples",
        "X : (N, 4)\ny : (N,) signs\nw : (4,)\nf = X @ w\nL = sum(log(1 + exp(-y * f)))\ndL/dw",
        {"X": X, "y": 2 * BITS - 1},
        lambda X, y, w: (F.softplus(-y * (X @ w)).sum(), X @ w),
        "y",
        2,
        "signs",
    ),
    Case(
        "a network that learns its input",
        "X : (N, 4)\nW : (4, 2)\nb : (2,)\nV : (2, 4)\nc : (4,)\nH = tanh(X @ W + b)\nR = H @ V + c\nL = mean((R - X)**2)\ndL/dW, dL/db, dL/dV, dL/dc",
        {"X": X},
        lambda X, W, b, V, c: squares(torch.tanh(X @ W + b) @ V + c, X),
        None,
    ),
    Case(
        "batch normalisation",
        "X : (N, 4)\ny : (N,)\nW : (4, 3), g : (3,), c : (3,)\nw : (3,)\nA = relu(batch_norm(X @ W, g, c))\nL = mse(A @ w, y)\ndL/dW, dL/dg, dL/dc, dL/dw",
        {"X": X, "y": T},
        lambda X, y, W, g, c, w: squares(torch.relu(F.batch_norm(X @ W, None, None, g, c, True)) @ w, y),
        "y",
    ),
    Case(
        "layer normalisation of one sample",
        "x : (4,)\ny : ()\nW : (3, 4), g : (3,), c : (3,)\nw : (3,)\na = relu(layer_norm(W @ x, g, c))\nL = (w @ a - y)**2\ndL/dW, dL/dg, dL/dc, dL/dw",
        {"x": X, "y": T},
        lambda x, y, W, g, c, w: squares(torch.relu(F.layer_norm(x @ W.T, (3,), g, c)) @ w, y),
        "y",
    ),
    Case(
        "one sequence",
        "X : (T, 4)\ny : (3,) one_hot\n" + ATTENTION + "z = mean(A, axis=0)\np = softmax(z)\nL = -sum(y*log(p))\ndL/dWq, dL/dWk, dL/dWv",
        {"X": SEQUENCES, "y": Y},
        lambda X, y, Wq, Wk, Wv: scores(attends(X, Wq, Wk, Wv), y),
        "y",
        3,
        "one_hot",
    ),
    Case(
        "a batch of sequences",
        "X : (N, T, 4)\ny : (N, 3) one_hot\n" + ATTENTION + "Z = mean(A, axis=1)\nL = cross_entropy(Z, y)\ndL/dWq, dL/dWk, dL/dWv",
        {"X": SEQUENCES, "y": Y},
        lambda X, y, Wq, Wk, Wv: scores(attends(X, Wq, Wk, Wv), y),
        "y",
        3,
        "one_hot",
    ),
    Case(
        "words looked up",
        "w : (N, T)\ny : (N,)\nE : (7, 4)\nV : (4, 3)\nA = embedding(E, w)\nZ = mean(A, axis=1) @ V\nL = cross_entropy(Z, y)\ndL/dE, dL/dV",
        {"w": WORDS, "y": Y},
        lambda w, y, E, V: scores((w @ E).mean(1) @ V, y),
        "y",
        3,
        "one_hot",
    ),
    Case(
        "words as indices, labels as rows",
        "w : (N, T)\ny : (N,)\nE : (7, 4)\nV : (4, 3)\nA = E[w]\nZ = mean(A, axis=1) @ V\nY = one_hot(y, 3)\nL = cross_entropy(Z, Y)\ndL/dE, dL/dV",
        {"w": WORDS, "y": Y},
        lambda w, y, E, V: scores((w @ E).mean(1) @ V, y),
        "y",
        3,
        "one_hot",
    ),
    Case(
        "a family of layers",
        "L = 3\nn = [4, 5, 5, 3]\nx : (n[0],)\nt : (n[3],) one_hot\nW[l] : (n[l], n[l-1]) for l in 1..L\nb[l] : (n[l],) for l in 1..L\nz[0] = x\n"
        "z[l] = relu(W[l] @ z[l-1] + b[l]) for l in 1..L-1\ns = W[L] @ z[L-1] + b[L]\np = softmax(s)\nC = -sum(t * log(p))\ndC/dW[l], dC/db[l]",
        {"x": X, "t": Y},
        deep,
        "t",
        3,
        "one_hot",
    ),
    Case(
        "samples as a family",
        "L = 2\nn = [4, 5, 1]\nx[i] : (n[0],) for i in 1..m\ny[i] : () signs for i in 1..m\nW[l] : (n[l], n[l-1]) for l in 1..L\nb[l] : (n[l],) for l in 1..L\n"
        "z[0, i] = x[i] for i in 1..m\nz[l, i] = relu(W[l] @ z[l-1, i] + b[l]) for l in 1..L-1, i in 1..m\nf[i] = W[L] @ z[L-1, i] + b[L] for i in 1..m\n"
        "C = sum(log(1 + exp(-y[i] * f[i])) for i in 1..m) / m + 0.1 * sum(sum(W[l]**2) for l in 1..L)\ndC/dW[l], dC/db[l]",
        {"x": X, "y": 2 * BITS - 1},
        summed_family,
        "y",
        2,
        "signs",
    ),
    Case(
        "said at the top",
        "A : (N, 4)\nB : (N, 3)\nU : (4, 3)\nlam = 0.1\nZ = A @ U\nL = sum((Z - B)**2)/N + lam*sum(U**2)\nM = sum(Z)\ndL/dU, dM/dU",
        {"A": X, "B": V},
        lambda A, B, U, lam: (((A @ U - B) ** 2).sum() / N + lam * (U**2).sum(), A @ U),
        "B",
        front="train: {inputs: A, target: B, parameters: U, loss: L, output: Z}",
    ),
    Case(
        "label smoothing and a number of classes that the data gives",
        "X : (N, 4)\nY : (N, K) one_hot\nW : (4, K)\neps = 0.1\nL = cross_entropy(X @ W, Y, label_smoothing=eps)\ndL/dW",
        {"X": X, "Y": Y},
        lambda X, Y, W, eps: (F.cross_entropy(X @ W, Y, label_smoothing=float(eps)), torch.softmax(X @ W, -1)),
        "Y",
        3,
        "one_hot",
        told={"classes": 3},
    ),
    Case(
        "two inputs",
        "A : (N, 4)\nB : (N, 3)\ny : (N,)\nU : (4, 2), V : (3, 2), w : (2,)\nH = tanh(A @ U + B @ V)\no = H @ w\nL = mse(o, y)\ndL/dU, dL/dV, dL/dw",
        {"A": X, "B": V, "y": T},
        lambda A, B, y, U, V, w: squares(torch.tanh(A @ U + B @ V) @ w, y),
        "y",
    ),
    Case(
        "no gradient asked for",
        "X : (N, 4)\ny : (N,)\nw : (4,)\nb : ()\nL = mse(X @ w + b, y)\nL",
        {"X": X, "y": T},
        lambda X, y, w, b: squares(X @ w + b, y),
        "y",
    ),
    Case(
        "a minimum asked for",
        "A = [[1, 0], [1, 1], [1, 2], [1, 3], [1, 4]]\nb = [1, 3, 2, 5, 4]\nv : (2,)\nmu = 0.5\nS = (b - A @ v) @ (b - A @ v)\nR = S + mu * (v @ v)\nminimise(R, v)",
        {"A": X[:, :2], "b": T},
        lambda A, b, v, mu: (((A @ v - b) ** 2).sum() + mu * (v @ v), A @ v),
        "b",
    ),
    Case(
        "learned slopes",
        "X : (N, 4)\nt : (N,)\nW : (4, 3)\na : (3,)\nw : (3,)\nL = mse(prelu(X @ W, a) @ w, t)\ndL/dW, dL/da, dL/dw",
        {"X": X, "t": T},
        lambda X, t, W, a, w: squares(F.prelu(X @ W, a) @ w, t),
        "t",
    ),
    Case(
        "a number of samples written out stays",
        "X = [[1, 2], [3, 4], [5, 6], [7, 8]]\nt = [1, 2, 3, 4]\nw = [0, 0]\nL = sum((X @ w - t)**2)/4\ndL/dw",
        {"X": X[:, :2], "t": T},
        lambda X, t, w: (((X @ w - t) ** 2).sum() / 4, X @ w),
        "t",
    ),
    Case(
        "a recurrent network",
        "T = 3\nx[k] : (4,) for k in 1..T\ny : (3,) one_hot\nW : (5, 5), U : (5, 4), V : (3, 5)\nh[0] = zeros(5)\n"
        "h[k] = tanh(W @ h[k-1] + U @ x[k]) for k in 1..T\nz = V @ h[T]\nL = cross_entropy(z, y)\ndL/dW, dL/dU, dL/dV",
        {"x[1]": X, "x[2]": X + 1, "x[3]": 2 * X, "y": Y},
        recurrent,
        "y",
        3,
        "one_hot",
    ),
    Case(
        "residual, with the data's loss and the penalty under names",
        "X : (N, 4)\nY : (N, 3) one_hot\nA : (4, 4), a : (4,)\nB : (4, 3)\nH = X + relu(X @ A + a)\nZ = H @ B\ndata_loss = cross_entropy(Z, Y)\n"
        "reg = 0.01 * (sum(A**2) + l1_penalty(B))\nL = data_loss + reg\ndL/dA, dL/da, dL/dB",
        {"X": X, "Y": Y},
        residual,
        "Y",
        3,
        "one_hot",
    ),
    Case(
        "columns turned by the sheet itself",
        "X : (4, N)\nY : (3, N)\nW : (3, 4)\nb : (3,)\nZ = W @ X + b[:, None]\nL = cross_entropy(Z.T, Y.T)\ndL/dW, dL/db",
        {"X": X, "Y": Y},
        lambda X, Y, W, b: scores(X @ W.T + b, Y),
        "Y",
        3,
        "one_hot",
    ),
    Case(
        "several labels at once",
        "X : (N, 4)\nY : (N, 3)\nW : (4, 3)\nL = bce_with_logits(X @ W, Y)\ndL/dW",
        {"X": X, "Y": (V > 0) * 1.0},
        lambda X, Y, W: (F.binary_cross_entropy_with_logits(X @ W, Y), torch.sigmoid(X @ W)),
        "Y",
        None,
        "zero_one",
    ),
    Case(
        "counts: Poisson's loss",
        "X : (N, 4)\ny : (N,)\nw : (4,)\nf = X @ w\nmu = exp(f)\nL = mean(mu - y * f)\ndL/dw",
        {"X": X, "y": np.abs(T)},
        lambda X, y, w: ((torch.exp(X @ w) - y * (X @ w)).mean(), torch.exp(X @ w)),
        "y",
    ),
    Case(
        "logarithms of probabilities",
        "X : (N, 4)\nY : (N, 3) one_hot\nW : (4, 3)\nlp = log_softmax(X @ W)\nL = -sum(Y * lp) / N\ndL/dW",
        {"X": X, "Y": Y},
        lambda X, Y, W: scores(X @ W, Y),
        "Y",
        3,
        "one_hot",
    ),
    Case(
        "cross-entropy written out over scores",
        "X : (N, 4)\nY : (N, 3) one_hot\nW : (4, 3)\nZ = X @ W\nL = mean(logsumexp(Z, axis=1) - sum(Y * Z, axis=1))\ndL/dW",
        {"X": X, "Y": Y},
        lambda X, Y, W: scores(X @ W, Y),
        "Y",
        3,
        "one_hot",
    ),
    Case(
        "logistic loss written out over scores",
        "X : (N, 4)\ny : (N,)\nw : (4,)\nz = X @ w\nL = mean(softplus(z) - y * z)\ndL/dw",
        {"X": X, "y": BITS},
        lambda X, y, w: (F.binary_cross_entropy_with_logits(X @ w, y), torch.sigmoid(X @ w)),
        "y",
        2,
        "zero_one",
    ),
    Case(
        "a temperature",
        "x : (4,)\nt : (3,) one_hot\nT = 2\nW : (3, 4)\np = softmax(W @ x / T)\nL = -sum(t * log(p))\ndL/dW",
        {"x": X, "t": Y},
        lambda x, t, T, W: scores(x @ W.T / T, t),
        "t",
        3,
        "one_hot",
    ),
    Case(
        "one sample with a label",
        "x = [1, 2]\ny = 2\nW = [[1, 0], [0, 1], [1, 1]]\nL = cross_entropy(W @ x, y)\nstep(L, [W], rate=0.1)",
        {"x": X[:, :2], "y": Y},
        lambda x, y, W: scores(x @ W.T, y),
        "y",
        3,
        "one_hot",
    ),
    Case(
        "a label for every place of a sequence",
        "X : (N, T, 4)\ny : (N, T)\nW : (4, 3)\nZ = X @ W\nL = cross_entropy(reshape(Z, (N*T, 3)), reshape(one_hot(y, 3), (N*T, 3)))\ndL/dW",
        {"X": SEQUENCES, "y": np.eye(3)[WORDS.argmax(-1) % 3]},
        lambda X, y, W: (F.cross_entropy((X @ W).reshape(-1, 3), y.reshape(-1, 3)), torch.softmax(X @ W, -1)),
        "y",
        3,
        "one_hot",
    ),
    Case(
        "weights of samples on the sheet",
        "X : (N, 4)\ny : (N,)\nu : (N,) positive\nw : (4,)\nL = sum(u * (X @ w - y)**2) / sum(u)\ndL/dw",
        {"X": X, "y": T, "u": np.abs(T) + 0.1},
        lambda X, y, u, w: ((u * (X @ w - y) ** 2).sum() / u.sum(), X @ w),
        "y",
    ),
]


def numbers(case: Case, model: Model) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """The data, and parameters that have nothing special."""
    sizes = bound_sizes(model, case.data)
    rng = np.random.default_rng(5)
    start = initial_values(model, sizes, 0)
    parameters = {name: array + 0.3 * rng.normal(size=array.shape) for name, array in start.items()}
    return {**model.given, **case.data, **parameters}, {**sizes, model.batch: N}


def model(case: Case) -> Model:
    return model_of(case.text, **case.told)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_the_network_that_the_sheet_means(case: Case) -> None:
    made = model(case)
    given, sizes = numbers(case, made)
    gradients = [made.derivation.gradients[one.name] for one in made.parameters]
    loss, prediction, *found = evaluate([made.loss, made.prediction, *gradients], given, sizes, exact=False).roots
    names = [one.name for one in made.parameters]
    tensors = {name: torch.tensor(np.asarray(array, dtype=float), requires_grad=name in names) for name, array in given.items()}
    theirs, predicted = case.network(**tensors)
    theirs.backward()
    np.testing.assert_allclose(float(loss), theirs.item(), rtol=1e-12)
    np.testing.assert_allclose(prediction, predicted.detach().numpy(), rtol=1e-10, atol=1e-12)
    for name, gradient in zip(names, found):
        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), rtol=1e-9, atol=1e-11, err_msg=name)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_parts_that_quantities_play(case: Case) -> None:
    made = model(case)
    assert (made.target.name if made.target is not None else None) == case.target
    assert {one.name for one in made.inputs} == case.data.keys() - {case.target}
    assert (made.losses is None) == (case.title in COUPLED)
    assert (made.classes, made.labels) == (case.classes, case.labels)
    assert all(str(one.shape[0]) == made.batch for one in made.samples_of)
    assert str(made.output.shape[0]) == made.batch


COUPLED = ("batch normalisation", "weights of samples on the sheet")
PENALISED = (
    "ridge regression, its output without a name",
    "hinge",
    "said at the top",
    "a minimum asked for",
    "samples as a family",
    "residual, with the data's loss and the penalty under names",
)
"""Losses with a part that no sample has: the loss of one sample alone is more than its own."""


@pytest.mark.parametrize("case", [case for case in CASES if case.title not in COUPLED], ids=str)
def test_each_sample_has_its_loss_and_its_gradient(case: Case) -> None:
    """Row k of the losses, and of the gradients, is what a batch of sample k alone has."""
    made = model(case)
    given, sizes = numbers(case, made)
    assert made.losses is not None
    each = made.per_example()
    losses, whole, loss, *gradients = evaluate([made.losses, made.parts.whole, made.loss, *each.values()], given, sizes, exact=False).roots
    np.testing.assert_allclose(whole, loss, rtol=1e-10)
    alone = made.losses.body
    for k in (0, N - 2):
        one = {**given, **{node.name: given[node.name][k : k + 1] for node in made.samples_of}}
        tensors = {name: torch.tensor(np.asarray(array, dtype=float)) for name, array in one.items()}
        if case.title not in PENALISED:
            np.testing.assert_allclose(losses[k], case.network(**tensors)[0].item(), rtol=1e-9, atol=1e-12)
        got = evaluate([alone, *each.values()], one, {**sizes, made.batch: 1}, exact=False).roots
        np.testing.assert_allclose(got[0], losses[k : k + 1], rtol=1e-9, atol=1e-12)
        for whole, mine in zip(gradients, got[1:]):
            np.testing.assert_allclose(mine[0], whole[k], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", [case for case in CASES if case.title not in COUPLED], ids=str)
def test_the_gradient_is_made_of_those_of_single_samples(case: Case) -> None:
    """Factor times their sum, and the gradient of the penalties."""
    made = model(case)
    given, sizes = numbers(case, made)
    each = made.per_example()
    weighted = made.weighted()
    plain = [made.derivation.gradients[one.name] for one in made.parameters]
    with_weights = [weighted.derivation.gradients[one.name] for one in made.parameters]
    found = evaluate([*plain, *each.values()], given, sizes, exact=False).roots
    rng = np.random.default_rng(3)
    chosen = rng.uniform(0.5, 2, size=N)
    two = [evaluate(with_weights, {**given, "sample_weight": w}, sizes, exact=False).roots for w in (np.ones(N), chosen)]
    count = len(plain)
    is_mean = "/ 4" not in case.sheet and made.weighted().remarks[-1].endswith("weighted mean of the samples' losses.")
    for mean, one, ones, many in zip(found[:count], found[count:], two[0], two[1]):
        np.testing.assert_allclose(ones, mean, rtol=1e-9, atol=1e-11)
        share, uniform = (chosen / chosen.sum(), 1 / N) if is_mean else (chosen, 1.0)
        moved = np.tensordot(share - uniform, one, axes=1)
        np.testing.assert_allclose(many - ones, moved, rtol=1e-8, atol=1e-10)
