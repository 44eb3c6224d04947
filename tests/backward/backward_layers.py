"""Layers and losses as people write them by hand, forward and backward, right and with the mistakes they make.

Each forward function takes the array library first, so that another library can differentiate it: what is right here is checked with JAX.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import erf, pi, sqrt
from typing import Any

import numpy as np

Function = Callable[..., Any]


@dataclass(frozen=True)
class Wrong:
    """A wrong backward function; the quantity that is the first to be wrong; words of the message, and the number of the slip, where one is known."""

    backward: Function
    first: str
    words: str = ""
    slip: str = ""


@dataclass(frozen=True)
class Layer:
    name: str
    formula: str
    inputs: Mapping[str, object]
    forward: Function
    right: Function
    wrong: Mapping[str, Wrong]
    options: Mapping[str, Any] = field(default_factory=dict)


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def normal(z: Any) -> Any:
    """The distribution function of the standard normal distribution."""
    return 0.5 * (1 + np.vectorize(erf)(z / sqrt(2)))


LAYERS: list[Layer] = []


def add(name: str, formula: str, inputs: Mapping[str, object], forward: Function, right: Function, wrong: Mapping[str, Wrong], **options: Any) -> None:
    LAYERS.append(Layer(name, formula, inputs, forward, right, wrong, options))


# ------------------------------------------------------------------------------------------------ affine layers

add(
    "linear",
    "Y = X @ W + b",
    {"X": ("n", "d"), "W": ("d", "k"), "b": ("k",)},
    lambda xp, X, W, b: X @ W + b,
    lambda G, X, W, b: (G @ W.T, X.T @ G, G.sum(0)),
    {
        "bias averaged": Wrong(lambda G, X, W, b: (G @ W.T, X.T @ G, G.mean(0)), "b", "", "S24"),
        "weights averaged": Wrong(lambda G, X, W, b: (G @ W.T, X.T @ G / len(X), G.sum(0)), "W", "", ""),
        "weights transposed": Wrong(lambda G, X, W, b: (G @ W.T, G.T @ X, G.sum(0)), "W", "transposed", "S43"),
        "bias not summed": Wrong(lambda G, X, W, b: (G @ W.T, X.T @ G, G), "b", "", "S25"),
        "bias by rows": Wrong(lambda G, X, W, b: (G @ W.T, X.T @ G, G.sum(1)), "b", "", ""),
        "ones for the incoming gradient": Wrong(lambda G, X, W, b: (np.ones_like(G) @ W.T, X.T @ G, G.sum(0)), "X", "", ""),
        "weights without a gradient": Wrong(lambda G, X, W, b: (G @ W.T, None, G.sum(0)), "W", "None"),
    },
)
add(
    "square linear",
    "X @ W.T",
    {"X": (4, 4), "W": (4, 4)},
    lambda xp, X, W: X @ W.T,
    lambda G, X, W: (G @ W, G.T @ X),
    {
        "weights not transposed": Wrong(lambda G, X, W: (G @ W.T, G.T @ X), "X"),
        "gradient transposed": Wrong(lambda G, X, W: (G @ W, X.T @ G), "W", "transposed"),
    },
)
add(
    "low rank",
    "H = X @ A; Y = X @ W + s * H @ B",
    {"X": ("n", "d"), "W": ("d", "k"), "A": ("d", "r"), "B": ("r", "k"), "s": 0.5},
    lambda xp, X, W, A, B, s: X @ W + s * (X @ A) @ B,
    lambda G, X, W, A, B, s: {"X": G @ W.T + s * G @ B.T @ A.T, "W": X.T @ G, "A": s * X.T @ (G @ B.T), "B": s * (X @ A).T @ G, "H": s * G @ B.T},
    {
        "scale forgotten": Wrong(
            lambda G, X, W, A, B, s: {"X": G @ W.T + s * G @ B.T @ A.T, "W": X.T @ G, "A": X.T @ (G @ B.T), "B": s * (X @ A).T @ G}, "A", ""
        ),
        "path of the adapter forgotten": Wrong(
            lambda G, X, W, A, B, s: {"X": G @ W.T, "W": X.T @ G, "A": s * X.T @ (G @ B.T), "B": s * (X @ A).T @ G}, "X", "H", "S38"
        ),
        "everything after H": Wrong(
            lambda G, X, W, A, B, s: {"H": G @ B.T, "X": G @ W.T + G @ B.T @ A.T, "W": X.T @ G, "A": X.T @ (G @ B.T), "B": s * (X @ A).T @ G}, "H", ""
        ),
    },
)

# ------------------------------------------------------------------------------------------------ normalisation


def _normalised(X: Any, eps: float = 1e-5) -> tuple[Any, Any]:
    s = np.sqrt(X.var(-1, keepdims=True) + eps)
    return (X - X.mean(-1, keepdims=True)) / s, s


def _layer_norm(mode: str) -> Function:
    def backward(G: Any, X: Any, g: Any, b: Any) -> Any:
        N, s = _normalised(X)
        D = G * g
        mean = (lambda v: v.sum(-1, keepdims=True)) if mode == "sums" else (lambda v: v.mean(-1, keepdims=True))
        dX = {
            "constants": D / s,
            "variance": (D - mean(D)) / s,
            "mean": (D - N * mean(D * N)) / s,
            "scale": (D - mean(D) - N * mean(D * N)),
        }.get(mode, (D - mean(D) - N * mean(D * N)) / s)
        if mode == "gain":
            dX = (G - mean(G) - N * mean(G * N)) / s
        dg = (G * X).sum(0) if mode == "input" else (G * N).sum(0)
        return (dX, G.sum(0), dg) if mode == "exchanged" else (dX, dg, G.sum(0))

    return backward


LAYER_NORM = """
mu = mean(X, axis=-1, keepdims=True)
v = mean((X - mu)**2, axis=-1, keepdims=True)
N = (X - mu) / sqrt(v + 1/100000)
Y = N * g + b
"""


def _layer_norm_forward(xp: Any, X: Any, g: Any, b: Any) -> Any:
    return (X - X.mean(-1, keepdims=True)) / xp.sqrt(X.var(-1, keepdims=True) + 1e-5) * g + b


_LAYER_NORMS = {
    "mean and variance constant": Wrong(_layer_norm("constants"), "X", "", "S38"),
    "variance constant": Wrong(_layer_norm("variance"), "X", "", ""),
    "mean constant": Wrong(_layer_norm("mean"), "X", "", ""),
    "sums for means": Wrong(_layer_norm("sums"), "X", "factor 1/", "S22"),
    "gain forgotten": Wrong(_layer_norm("gain"), "X", "", ""),
    "input for normalised": Wrong(_layer_norm("input"), "g", "X", ""),
    "gain and bias exchanged": Wrong(_layer_norm("exchanged"), "g", "exchanged", ""),
    "division forgotten": Wrong(_layer_norm("scale"), "X", "", ""),
}
add("layer norm in lines", LAYER_NORM, {"X": (8, 5), "g": (5,), "b": (5,)}, _layer_norm_forward, _layer_norm(""), _LAYER_NORMS)
add(
    "layer norm as a rule",
    "Y = layer_norm(X, g, b)",
    {"X": ("n", "d"), "g": ("d",), "b": ("d",)},
    _layer_norm_forward,
    _layer_norm(""),
    {name: _LAYER_NORMS[name] for name in ("mean and variance constant", "variance constant", "sums for means", "gain and bias exchanged")},
)


def _rms_norm(mode: str) -> Function:
    def backward(G: Any, X: Any, g: Any) -> Any:
        r = np.sqrt((X * X).mean(-1, keepdims=True) + 1e-6)
        N, D = X / r, G * g
        inner = (D * N).sum(-1, keepdims=True) if mode == "sum" else (D * N).mean(-1, keepdims=True)
        dX = D / r if mode == "constant" else (D + N * inner) / r if mode == "sign" else (D - N * inner) / r
        return dX, (G * N).sum(0)

    return backward


add(
    "rms norm",
    "r = sqrt(mean(X**2, axis=-1, keepdims=True) + 0.000001)\nY = X / r * g",
    {"X": ("n", "d"), "g": ("d",)},
    lambda xp, X, g: X / xp.sqrt((X * X).mean(-1, keepdims=True) + 1e-6) * g,
    _rms_norm(""),
    {
        "root mean square constant": Wrong(_rms_norm("constant"), "X", "r", "S38"),
        "factor of the mean missing": Wrong(_rms_norm("sum"), "X", "1/d", "S22"),
        "wrong sign": Wrong(_rms_norm("sign"), "X", ""),
    },
)


def _batch_norm(mode: str) -> Function:
    def backward(G: Any, X: Any, g: Any, b: Any) -> Any:
        s = np.sqrt(X.var(0) + 1e-5)
        N = (X - X.mean(0)) / s
        D = G * g
        mean = (lambda v: v.sum(0)) if mode == "sums" else (lambda v: v.mean(0))
        dX = D / s if mode == "running" else (D - mean(D) - N * mean(D * N)) / s
        if mode == "unbiased":
            s = np.sqrt(X.var(0, ddof=1) + 1e-5)
            dX = (D - D.mean(0) - (X - X.mean(0)) / s * (D * (X - X.mean(0)) / s).mean(0)) / s
        return dX, (G * N).sum(0), (G.mean(0) if mode == "bias" else G.sum(0))

    return backward


add(
    "batch norm",
    "m = mean(X, axis=0); v = var(X, axis=0); Y = g * (X - m) / sqrt(v + 0.00001) + b",
    {"X": ("n", "c"), "g": ("c",), "b": ("c",)},
    lambda xp, X, g, b: g * (X - X.mean(0)) / xp.sqrt(X.var(0) + 1e-5) + b,
    _batch_norm(""),
    {
        "as with running statistics": Wrong(_batch_norm("running"), "X", "", "S38"),
        "sums for means": Wrong(_batch_norm("sums"), "X", "1/n", "S22"),
        "bias averaged": Wrong(_batch_norm("bias"), "b", "mean stands for the sum"),
        "unbiased variance": Wrong(_batch_norm("unbiased"), "X"),
    },
)

# ------------------------------------------------------------------------------------------------ softmax and losses

add(
    "softmax",
    "softmax(Z, axis=-1)",
    {"Z": ("n", "k")},
    lambda xp, Z: xp.exp(Z) / xp.exp(Z).sum(-1, keepdims=True),
    lambda G, Z: (P := softmax(Z)) * (G - (G * P).sum(-1, keepdims=True)),
    {
        "diagonal only": Wrong(lambda G, Z: (P := softmax(Z)) * (1 - P) * G, "Z", "diagonal", "S17"),
        "mean for the sum": Wrong(lambda G, Z: (P := softmax(Z)) * (G - (G * P).mean(-1, keepdims=True)), "Z"),
        "other axis": Wrong(lambda G, Z: (P := softmax(Z)) * (G - (G * P).sum(0)), "Z"),
    },
)
add(
    "cross entropy",
    "P = softmax(Z); L = -mean(sum(T * log(P), axis=-1))",
    {"Z": ("n", "k"), "T": "(n, k) one_hot"},
    lambda xp, Z, T: -(T * xp.log(xp.exp(Z) / xp.exp(Z).sum(-1, keepdims=True))).sum(-1).mean(),
    lambda G, Z, T: {"Z": G * (softmax(Z) - T) / len(Z)},
    {
        "not averaged": Wrong(lambda G, Z, T: {"Z": G * (softmax(Z) - T)}, "Z", "", "S22"),
        "targets minus probabilities": Wrong(lambda G, Z, T: {"Z": G * (T - softmax(Z)) / len(Z)}, "Z", "sign"),
        "incoming gradient not used": Wrong(lambda G, Z, T: {"Z": (softmax(Z) - T) / len(Z)}, "Z", "incoming"),
        "averaged over everything": Wrong(lambda G, Z, T: {"Z": G * (softmax(Z) - T) / Z.size}, "Z", "k"),
    },
)
add(
    "label smoothing",
    "S = (1 - eps) * T + eps / k; L = cross_entropy(Z, S)",
    {"Z": ("n", "k"), "T": "(n, k) one_hot", "eps": 0.1},
    lambda xp, Z, T, eps: -(((1 - eps) * T + eps / Z.shape[1]) * xp.log(xp.exp(Z) / xp.exp(Z).sum(-1, keepdims=True))).sum(-1).mean(),
    lambda G, Z, T, eps: {"Z": G * (softmax(Z) - (1 - eps) * T - eps / Z.shape[1]) / len(Z)},
    {
        "without smoothing": Wrong(lambda G, Z, T, eps: {"Z": G * (softmax(Z) - T) / len(Z)}, "Z"),
        "eps not shared out": Wrong(lambda G, Z, T, eps: {"Z": G * (softmax(Z) - (1 - eps) * T - eps) / len(Z)}, "Z"),
        "not averaged": Wrong(lambda G, Z, T, eps: {"Z": G * (softmax(Z) - (1 - eps) * T - eps / Z.shape[1])}, "Z", "", "S22"),
    },
)
add(
    "huber",
    "L = mean(where(abs(y - t) <= delta, (y - t)**2 / 2, delta * (abs(y - t) - delta / 2)))",
    {"y": ("n",), "t": ("n",), "delta": 0.7},
    lambda xp, y, t, delta: xp.where(abs(y - t) <= delta, (y - t) ** 2 / 2, delta * (abs(y - t) - delta / 2)).mean(),
    lambda G, y, t, delta: (G * np.clip(y - t, -delta, delta) / len(y), -G * np.clip(y - t, -delta, delta) / len(y)),
    {
        "sign forgotten": Wrong(
            lambda G, y, t, delta: (G * np.where(abs(y - t) <= delta, y - t, delta) / len(y), -G * np.clip(y - t, -delta, delta) / len(y)), "y"
        ),
        "one for the threshold": Wrong(
            lambda G, y, t, delta: (G * np.where(abs(y - t) <= delta, y - t, np.sign(y - t)) / len(y), -G * np.clip(y - t, -delta, delta) / len(y)), "y"
        ),
        "not averaged": Wrong(lambda G, y, t, delta: (G * np.clip(y - t, -delta, delta), -G * np.clip(y - t, -delta, delta) / len(y)), "y", "", "S22"),
        "targets with the same sign": Wrong(
            lambda G, y, t, delta: (G * np.clip(y - t, -delta, delta) / len(y), G * np.clip(y - t, -delta, delta) / len(y)), "t", "sign"
        ),
    },
)


def _focal(mode: str) -> Function:
    def backward(G: Any, z: Any, t: Any, gamma: float) -> Any:
        p = sigmoid(z)
        q = np.where(t == 1, p, 1 - p)
        power = (1 - q) ** gamma
        inner = -power / q + (0 if mode == "factor constant" else gamma * (1 - q) ** (gamma - 1) * np.log(q))
        sign = np.where(t == 1, 1, -1)
        slope = 1 if mode == "slope forgotten" else p * (1 - p)
        return {"z": G * inner * sign * slope / (1 if mode == "sum" else len(z))}

    return backward


add(
    "focal loss",
    "p = sigmoid(z); q = t * p + (1 - t) * (1 - p); f = (1 - q)**gamma; L = -mean(f * log(q))",
    {"z": (5,), "t": np.array([True, False, False, True, False]), "gamma": 2},
    lambda xp, z, t, gamma: (
        -(
            (1 - xp.where(t, 1 / (1 + xp.exp(-z)), 1 - 1 / (1 + xp.exp(-z)))) ** gamma * xp.log(xp.where(t, 1 / (1 + xp.exp(-z)), 1 - 1 / (1 + xp.exp(-z))))
        ).mean()
    ),
    _focal(""),
    {
        "weight constant": Wrong(_focal("factor constant"), "z", "f", "S38"),
        "slope of the sigmoid forgotten": Wrong(_focal("slope forgotten"), "z", "", ""),
        "not averaged": Wrong(_focal("sum"), "z", "", "S22"),
    },
)


def _contrastive(mode: str) -> Function:
    def backward(G: Any, A: Any, B: Any, tau: float) -> Any:
        n = len(A)
        a, b = A / np.linalg.norm(A, axis=1, keepdims=True), B / np.linalg.norm(B, axis=1, keepdims=True)
        dS = G * (softmax(a @ b.T / tau) - np.eye(n)) / n
        if mode != "temperature":
            dS = dS / tau
        da, db = dS @ b, (dS if mode == "not transposed" else dS.T) @ a
        la, lb = np.linalg.norm(A, axis=1, keepdims=True), np.linalg.norm(B, axis=1, keepdims=True)
        if mode == "norm":
            return da / la, db / lb
        return (da - a * (da * a).sum(1, keepdims=True)) / la, (db - b * (db * b).sum(1, keepdims=True)) / lb

    return backward


def _contrastive_forward(xp: Any, A: Any, B: Any, tau: float) -> Any:
    a, b = A / xp.sqrt((A * A).sum(1, keepdims=True)), B / xp.sqrt((B * B).sum(1, keepdims=True))
    S = a @ b.T / tau
    return -xp.diag(S - xp.log(xp.exp(S).sum(1, keepdims=True))).mean()


add(
    "contrastive",
    """
a = A / sqrt(sum(A**2, axis=1, keepdims=True))
b = B / sqrt(sum(B**2, axis=1, keepdims=True))
S = a @ b.T / tau
L = -trace(log_softmax(S)) / n
""",
    {"A": ("n", "d"), "B": ("n", "d"), "tau": 0.5},
    _contrastive_forward,
    _contrastive(""),
    {
        "temperature forgotten": Wrong(_contrastive("temperature"), "B", "", ""),
        "normalisation constant": Wrong(_contrastive("norm"), "B", "", ""),
        "not transposed": Wrong(_contrastive("not transposed"), "B", "", ""),
    },
)

# ------------------------------------------------------------------------------------------------ activations

add(
    "silu",
    "x * sigmoid(x)",
    {"x": ("n", "d")},
    lambda xp, x: x / (1 + xp.exp(-x)),
    lambda G, x: G * ((s := sigmoid(x)) + x * s * (1 - s)),
    {
        "only the gate": Wrong(lambda G, x: G * sigmoid(x), "x"),
        "product of slopes": Wrong(lambda G, x: G * (s := sigmoid(x)) * (1 - s), "x"),
        "wrong sign": Wrong(lambda G, x: G * ((s := sigmoid(x)) - x * s * (1 - s)), "x"),
    },
)
add(
    "gelu with erf",
    "gelu(x)",
    {"x": (7,)},
    lambda xp, x: x * 0.5 * (1 + (__import__("jax").scipy.special.erf(x / sqrt(2)) if xp is not np else 2 * normal(x) - 1)),
    lambda G, x: G * (normal(x) + x * np.exp(-x * x / 2) / sqrt(2 * pi)),
    {
        "without the density": Wrong(lambda G, x: G * normal(x), "x"),
        "density without its factor": Wrong(lambda G, x: G * (normal(x) + x * np.exp(-x * x / 2)), "x"),
        "half of it": Wrong(lambda G, x: G * 0.5 * (normal(x) + x * np.exp(-x * x / 2) / sqrt(2 * pi)), "x", "1/2"),
    },
)


def _gelu_tanh(mode: str) -> Function:
    def backward(G: Any, x: Any) -> Any:
        c = sqrt(2 / pi)
        t = np.tanh(c * (x + 0.044715 * x**3))
        inner = c * (1 + (0.044715 if mode == "cubic" else 3 * 0.044715) * x**2)
        slope = (1 - t) if mode == "square" else (1 - t * t)
        return G * (0.5 * (1 + t) + (0 if mode == "outer" else 0.5 * x * slope * inner))

    return backward


add(
    "gelu with tanh",
    "u = sqrt(2 / pi) * (x + 0.044715 * x**3); t = tanh(u); y = 0.5 * x * (1 + t)",
    {"x": ("n",)},
    lambda xp, x: 0.5 * x * (1 + xp.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))),
    _gelu_tanh(""),
    {
        "slope of the cubic": Wrong(_gelu_tanh("cubic"), "x", "", ""),
        "slope of tanh": Wrong(_gelu_tanh("square"), "x", "", ""),
        "only the outer product": Wrong(_gelu_tanh("outer"), "x", "", "S38"),
    },
)
add(
    "gated",
    "g = silu(X @ V); u = X @ U; Y = (g * u) @ W",
    {"X": (6, 4), "V": (4, 5), "U": (4, 5), "W": (5, 3)},
    lambda xp, X, V, U, W: ((X @ V) / (1 + xp.exp(-(X @ V))) * (X @ U)) @ W,
    lambda G, X, V, U, W: _gated("", G, X, V, U, W),
    {
        "slope of the gate": Wrong(lambda G, X, V, U, W: _gated("gate", G, X, V, U, W), "X", "", ""),
        "one path to the input": Wrong(lambda G, X, V, U, W: _gated("path", G, X, V, U, W), "X", "", "S38"),
        "gate and value exchanged": Wrong(lambda G, X, V, U, W: _gated("exchanged", G, X, V, U, W), "U"),
    },
)


def _gated(mode: str, G: Any, X: Any, V: Any, U: Any, W: Any) -> Any:
    z, u = X @ V, X @ U
    s = sigmoid(z)
    g = z * s
    dH = G @ W.T
    dz, du = dH * u * (s if mode == "gate" else s + z * s * (1 - s)), dH * g
    dX = du @ U.T if mode == "path" else dz @ V.T + du @ U.T
    dV, dU = X.T @ dz, X.T @ du
    return (dX, dU, dV, (g * u).T @ G) if mode == "exchanged" else (dX, dV, dU, (g * u).T @ G)


# ------------------------------------------------------------------------------------------------ attention and positions


def _attention(mode: str) -> Function:
    def backward(G: Any, Q: Any, K: Any, V: Any, M: Any) -> Any:
        scale = 1 / sqrt(Q.shape[1])
        S = np.where(M, Q @ K.T * scale, -np.inf)
        P = softmax(S)
        dP = G @ V.T
        dS = P * (1 - P) * dP if mode == "diagonal" else P * (dP - (dP * P).sum(-1, keepdims=True))
        dS = dS if mode == "scale" else dS * scale
        return dS @ K, (dS @ Q if mode == "keys" else dS.T @ Q), (P @ G if mode == "values" else P.T @ G)

    return backward


_MASK = np.tril(np.ones((4, 4), dtype=bool))
add(
    "attention with a mask",
    "S = Q @ K.T / sqrt(d); P = masked_softmax(S, M); Y = P @ V",
    {"Q": (4, "d"), "K": (4, "d"), "V": (4, "v"), "M": _MASK},
    lambda xp, Q, K, V, M: (E := xp.where(M, xp.exp(Q @ K.T / sqrt(Q.shape[1])), 0.0)) / E.sum(-1, keepdims=True) @ V,
    _attention(""),
    {
        "scale forgotten": Wrong(_attention("scale"), "Q", "", ""),
        "diagonal of the Jacobian": Wrong(_attention("diagonal"), "Q", "diagonal", "S17"),
        "keys not transposed": Wrong(_attention("keys"), "K", "", ""),
        "values not transposed": Wrong(_attention("values"), "V", "", ""),
    },
)


def _rotated(x: Any, cos: Any, sin: Any, xp: Any = np) -> Any:
    half = x.shape[1] // 2
    return x * cos + xp.concatenate([-x[:, half:], x[:, :half]], 1) * sin


def _rope(mode: str) -> Function:
    def backward(G: Any, x: Any, cos: Any, sin: Any) -> Any:
        half = x.shape[1] // 2
        g = G * sin
        turned = np.concatenate([-g[:, half:], g[:, :half]] if mode == "forward" else [g[:, half:], -g[:, :half]], 1)
        if mode == "sin outside":
            turned = np.concatenate([G[:, half:], -G[:, :half]], 1) * sin
        return {"x": G * cos + turned}

    return backward


add(
    "rotary positions",
    "h = concat([-x[:, 3:], x[:, :3]], axis=1); y = x * cosines + h * sines",
    {"x": (5, 6), "cosines": (5, 6), "sines": (5, 6)},
    lambda xp, x, cos, sin: _rotated(x, cos, sin, xp),
    _rope(""),
    {
        "turned the same way": Wrong(_rope("forward"), "x", "", ""),
        "sines outside": Wrong(_rope("sin outside"), "x", "", ""),
    },
    wrt=("x",),
)

# ------------------------------------------------------------------------------------------------ indices and windows


def _embedding(mode: str) -> Function:
    def backward(G: Any, W: Any, rows: Any) -> Any:
        out = np.zeros_like(W)
        if mode == "overwritten":
            out[rows] = G
        elif mode == "counted":
            np.add.at(out, rows, G)
            out /= np.maximum(np.bincount(rows, minlength=len(W)), 1)[:, None]
        else:
            np.add.at(out, rows, G)
        return {"W": out}

    return backward


add(
    "embedding",
    "W[rows]",
    {"W": (6, 4), "rows": np.array([0, 2, 2, 5])},
    lambda xp, W, rows: W[rows],
    _embedding(""),
    {
        "last use only": Wrong(_embedding("overwritten"), "W", "", ""),
        "averaged over uses": Wrong(_embedding("counted"), "W", "", ""),
    },
)


def _conv(x: Any, w: Any) -> Any:
    n = x.shape[2] - w.shape[2] + 1
    return sum(np.einsum("bct,oc->bot", x[:, :, k : k + n], w[:, :, k]) for k in range(w.shape[2]))


def _conv1d(mode: str) -> Function:
    def backward(G: Any, x: Any, w: Any) -> Any:
        n, width = G.shape[2], w.shape[2]
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for k in range(width):
            at = width - 1 - k if mode == "flipped" else k
            dx[:, :, k : k + n] += np.einsum("bot,oc->bct", G, w[:, :, at])
            part = np.einsum("bot,bct->oc", G, x[:, :, k : k + n])
            dw[:, :, k] = part / len(x) if mode == "averaged" else part
        return dx, dw[:, :, ::-1] if mode == "kernel flipped" else dw

    return backward


add(
    "convolution in one dimension",
    'einsum("bctk,ock->bot", windows(x, (k,)), w)',
    {"x": ("b", "c", "t"), "w": ("o", "c", "k")},
    lambda xp, x, w: sum(xp.einsum("bct,oc->bot", x[:, :, k : k + x.shape[2] - w.shape[2] + 1], w[:, :, k]) for k in range(w.shape[2])),
    _conv1d(""),
    {
        "kernel flipped on the way back": Wrong(_conv1d("flipped"), "x", "", ""),
        "gradient of the kernel flipped": Wrong(_conv1d("kernel flipped"), "w", "reverse order", ""),
        "averaged over the batch": Wrong(_conv1d("averaged"), "w", "", ""),
    },
)


def _conv2d(mode: str) -> Function:
    def backward(G: Any, x: Any, w: Any) -> Any:
        h, v = G.shape[2:]
        dx, dw = np.zeros_like(x), np.zeros_like(w)
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                a, b = (w.shape[2] - 1 - i, w.shape[3] - 1 - j) if mode == "flipped" else (i, j)
                dx[:, :, i : i + h, j : j + v] += np.einsum("bohw,oc->bchw", G, w[:, :, a, b])
                dw[:, :, i, j] = np.einsum("bohw,bchw->oc", G, x[:, :, i : i + h, j : j + v])
        return dx, dw[0:1].repeat(len(w), 0) if mode == "one channel" else dw

    return backward


add(
    "convolution in two dimensions",
    "conv2d(x, w)",
    {"x": (2, 3, 6, 5), "w": (4, 3, 3, 2)},
    lambda xp, x, w: sum(
        xp.einsum("bchw,oc->bohw", x[:, :, i : i + x.shape[2] - w.shape[2] + 1, j : j + x.shape[3] - w.shape[3] + 1], w[:, :, i, j])
        for i in range(w.shape[2])
        for j in range(w.shape[3])
    ),
    _conv2d(""),
    {
        "kernel flipped on the way back": Wrong(_conv2d("flipped"), "x", "", ""),
        "gradient of one channel": Wrong(_conv2d("one channel"), "w", "", ""),
    },
)


# ------------------------------------------------------------------------------------------------ a block


def _mlp(mode: str) -> Function:
    def backward(G: Any, X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        Z = X @ W1 + b1
        H = np.maximum(Z, 0)
        dH = G @ W2.T
        dZ = dH if mode == "relu forgotten" else dH * (X @ W1 > 0) if mode == "mask without bias" else dH * (Z > 0)
        dX = dZ @ W1.T + (0 if mode == "residual forgotten" else G)
        return {"H": dH, "Z": dZ, "X": dX, "W1": X.T @ dZ, "b1": dZ.sum(0), "W2": (Z if mode == "before relu" else H).T @ G, "b2": G.sum(0)}

    return backward


add(
    "block",
    "Z = X @ W1 + b1; H = relu(Z); Y = X + H @ W2 + b2",
    {"X": (7, 4), "W1": (4, 6), "b1": (6,), "W2": (6, 4), "b2": (4,)},
    lambda xp, X, W1, b1, W2, b2: X + xp.maximum(X @ W1 + b1, 0) @ W2 + b2,
    _mlp(""),
    {
        "relu forgotten": Wrong(_mlp("relu forgotten"), "Z", "", "S31"),
        "mask without bias": Wrong(_mlp("mask without bias"), "Z", "", ""),
        "residual forgotten": Wrong(_mlp("residual forgotten"), "X", "", ""),
        "weights with what is before relu": Wrong(_mlp("before relu"), "W2", "Z", ""),
    },
)
