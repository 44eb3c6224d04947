"""Hand-ins in plain NumPy for the examples and small models: several slips at once may be asked for, and part of the answers handed in.

Each function works one exercise from start to end and makes the slips that it is told; whatever comes after is consistent with them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Answers = dict[str, Any]


def pick(slips: str, right: Any, **wrong: Any) -> Any:
    """The right value, or that of a slip that is made."""
    return next((value for slip, value in wrong.items() if slip in slips.split()), right)


def logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softmax(z: Any, axis: int = -1) -> Any:
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


def cross_entropy(t: Any, p: Any) -> Any:
    return -(t * np.log(np.abs(p))).sum()


E2 = "e2-label-smoothing-step.md"


def e2(s: str = "") -> Answers:
    x, y, eps = np.array([0, 2.0]), np.array([1.0, 0, 0]), 0.3
    w1, b1 = np.array([[-5.0, 2, 2], [-5, 2, -1]]), np.array([-3.0, -2, -3])
    w2, b2 = np.array([[3.0, -4, 1], [-2, -4, -2], [-4, -2, 3]]), np.array([4.0, 5, 5])
    h = pick(s, w1.T @ x + b1, S02=w1.T @ x)
    a = pick(s, np.maximum(h, 0), S03=h)
    z = w2.T @ a + b2
    p = softmax(z)
    ys = pick(s, (1 - eps) * y + eps / 3, S11=(1 - eps) * y + eps / 2 * (1 - y), S12=(1 - eps / 3) * y + eps / 3, S13=(1 - eps) * y + 1 / 3)
    loss = pick(s, cross_entropy(ys, p), S07=-cross_entropy(ys, p), S08=cross_entropy(ys, p) / np.log(10))
    dz = pick(s, p - ys, S14=ys - p, S17=-ys / p * p * (1 - p), S19=-ys / p)
    dw2 = pick(s, np.outer(a, dz), S43=np.outer(dz, a), S42=np.outer(h, dz))
    db2 = pick(s, dz, S26=dz * b2)
    da = pick(s, w2 @ dz, S29=w2.T @ dz, S30=(w2 - 0.1 * dw2) @ dz)
    dh = da * pick(s, (h > 0) * 1.0, S31=1.0)
    dw1, db1 = np.outer(x, dh), dh
    eta = pick(s, 0.1, S44=-0.1, S45=1.0)
    out = {
        "h": h,
        "a": a,
        "z": z,
        "p": p,
        "ys": ys,
        "L": loss,
        "dL/dz": dz,
        "dL/dW2": dw2,
        "dL/db2": db2,
        "dL/da": da,
        "dL/dh": dh,
        "dL/dW1": dw1,
        "dL/db1": db1,
    }
    return out | {"W1'": w1 - eta * dw1, "b1'": b1 - pick(s, eta, S28=0) * db1, "W2'": w2 - eta * dw2, "b2'": b2 - pick(s, eta, S28=0) * db2}


D1 = "d1-sigmoid-network.md"


def d1(s: str = "") -> Answers:
    x, t = np.array([1.0, 1, 0, 0, 0]), np.array([1.0, 0])
    w1, b1, w2, b2 = np.full((3, 5), 0.1), np.zeros(3), np.full((2, 3), 0.1), np.zeros(2)
    z1 = w1 @ x + b1
    x1 = pick(s, logistic(z1), S04=np.tanh(z1), S03=z1)
    z2 = w2 @ x1 + b2
    x2 = logistic(z2)
    e = pick(s, 0.5, S09=1.0) * ((x2 - t) ** 2).sum()
    dz2 = pick(
        s, (x2 - t) * x2 * (1 - x2), S16=x2 - t, S14=(t - x2) * x2 * (1 - x2), S33=(x2 - t) * z2 * (1 - z2), S32=(x2 - t) * logistic(x2) * (1 - logistic(x2))
    )
    dw2, db2 = np.outer(dz2, x1), dz2
    dx1 = pick(s, w2, S30=w2 - dw2).T @ dz2
    dz1 = dx1 * pick(s, x1 * (1 - x1), S31=1.0, S33b=z1 * (1 - z1), S32b=logistic(x1) * (1 - logistic(x1)))
    dw1, db1 = np.outer(dz1, x), dz1
    eta = pick(s, 1, S44=-1)
    out = {
        "z1": z1,
        "x1": x1,
        "z2": z2,
        "x2": x2,
        "E": e,
        "dE/dz2": dz2,
        "dE/dW2": dw2,
        "dE/db2": db2,
        "dE/dx1": dx1,
        "dE/dz1": dz1,
        "dE/dW1": dw1,
        "dE/db1": db1,
    }
    new = {"W1'": w1 - eta * dw1, "b1'": b1 - eta * db1, "W2'": w2 - eta * dw2, "b2'": pick(s, b2 - eta * db2, S28=b2)}
    other = np.array([1.0, 0, 0, 0, 1])
    after = logistic(new["W2'"] @ logistic(new["W1'"] @ other + new["b1'"]) + new["b2'"])
    return out | new | {"at(x2, x=[1, 0, 0, 0, 1])": after}


D2, D3 = "d2-tanh-network.md", "d3-softmax-network.md"


def _deep_sample(s: str, x: Any, t: Any, soft: bool) -> Answers:
    w1, b1, w2, b2, w3, b3 = np.full((4, 4), 0.1), np.full(4, 0.1), np.full((3, 4), 0.1), np.full(3, 0.1), np.full((3, 3), 0.1), np.full(3, 0.1)
    z1 = pick(s, w1 @ x + b1, S02=w1 @ x)
    x1 = np.tanh(z1)
    z2 = w2 @ x1 + b2
    x2 = pick(s, np.tanh(z2), S03=z2, S04=logistic(z2))
    z3 = w3 @ x2 + b3
    y = softmax(z3) if soft else np.tanh(z3)
    loss = pick(s, cross_entropy(t, y), S07=-cross_entropy(t, y), S08=cross_entropy(t, y) / np.log(2)) if soft else pick(s, 0.5, S09=1.0) * ((y - t) ** 2).sum()
    dz3 = pick(s, y - t, S14=t - y, S18=t * (y - t), S15=(y - t) * y * (1 - y)) if soft else pick(s, (y - t) * (1 - y**2), S16=y - t, S14=(t - y) * (1 - y**2))
    dx2 = w3.T @ dz3
    dz2 = dx2 * pick(s, 1 - x2**2, S31=1.0, S32=1 - np.tanh(x2) ** 2, S34=1 + x2**2, S34b=1 - z2**2)
    dx1 = w2.T @ dz2
    dz1 = dx1 * pick(s, 1 - x1**2, S31c=1.0, S32c=1 - np.tanh(x1) ** 2, S34c=-(x1**2))
    grads = {"W3": np.outer(dz3, x2), "b3": dz3, "W2": np.outer(dz2, x1), "b2": dz2, "W1": np.outer(dz1, x), "b1": dz1}
    loss_name = "C" if soft else "E"
    out = {"z1": z1, "x1": x1, "z2": z2, "x2": x2, "z3": z3, "p" if soft else "x3": y, loss_name: loss}
    return (
        out | {f"d{loss_name}/dz3": dz3, f"d{loss_name}/dz2": dz2, f"d{loss_name}/dz1": dz1} | {f"d{loss_name}/d{name}": grad for name, grad in grads.items()}
    )


def _deep(s: str, soft: bool) -> Answers:
    start = {
        "W1": np.full((4, 4), 0.1),
        "b1": np.full(4, 0.1),
        "W2": np.full((3, 4), 0.1),
        "b2": np.full(3, 0.1),
        "W3": np.full((3, 3), 0.1),
        "b3": np.full(3, 0.1),
    }
    loss = "C" if soft else "E"
    one = _deep_sample(s, np.array([1.0, 0, 1, 0]), np.array([0.0, 1, 0]), soft)
    two = _deep_sample(s, np.array([0.0, 0, 10, 0]), np.array([0.0, 0, 1]), soft)
    eta = pick(s, 1.0, S44=-1.0, S45=-1.0)
    new = {f"{name}'": value - eta * one[f"d{loss}/d{name}"] for name, value in start.items()}
    if "S28" in s.split():
        new |= {"b1'": start["b1"], "b2'": start["b2"], "b3'": start["b3"]}
    factor = pick(s, 1, mean=0.5)
    sums = {name: factor * (one[f"d{loss}/d{name}"] + two[f"d{loss}/d{name}"]) for name in start}
    again = {f"{name}' (run 2)": value - 0.1 * sums[name] for name, value in start.items()}
    return one | new | ({} if "one" in s.split() else again)


def d2(s: str = "") -> Answers:
    return _deep(s, False)


def d3(s: str = "") -> Answers:
    return _deep(s, True)


B1 = "b1-two-layer-regression.md"


def b1(s: str = "") -> Answers:
    x, t = np.array([[0.6, -1.0], [0.8, -1.0], [-0.4, 0.9], [0.2, 0.0]]), np.array([-0.8, -0.1, 0.9, 0.7])
    w1, b1_ = np.array([[-0.8, -0.7, 0.6], [-1.0, 0.5, -1.0]]), np.array([-0.2, -1.0, -0.7])
    w2, b2 = np.array([0.1, -1.0, 0.5]), -0.7
    z = pick(s, x @ w1 + b1_, S02=x @ w1)
    h = pick(s, np.maximum(z, 0), S03=z)
    y = pick(s, h @ w2 + b2, S02b=h @ w2)
    loss = pick(s, 0.5, S09=1.0, S10=0.125) * ((y - t) ** 2).sum()
    dy = pick(s, y - t, S14=t - y, S21=2 * (y - t), S22=(y - t) / 4)
    dw2 = pick(s, h.T @ dy, S42=z.T @ dy)
    db2 = pick(s, dy.sum(), S26=dy.sum() * b2, S24=dy.mean())
    dh = np.outer(dy, w2)
    dz = pick(s, dh * (z > 0), S31=dh, S36=np.maximum(dh, 0), S37=dh * (h >= 0))
    return {
        "Z": z,
        "H": h,
        "y": y,
        "L": loss,
        "dL/dy": dy,
        "dL/dw2": dw2,
        "dL/db2": db2,
        "dL/dH": dh,
        "dL/dZ": dz,
        "dL/dW1": x.T @ dz,
        "dL/db1": pick(s, dz.sum(axis=0), S24b=dz.mean(axis=0)),
    }


CHAIN = """
x = [0.5, -1.5, 2]
W = [[0.3, -0.2, 0.4], [-0.1, 0.6, 0.2], [0.5, 0.1, -0.7]]
t = [0, 0, 1]
s = x @ W
p = softmax(s)
l = -sum(t * log(p))
s, p, l
dl/dp
dl/ds, dl/dW
step(l, [W], rate=0.5)
"""


def chain(s: str = "") -> Answers:
    x, w, t = np.array([0.5, -1.5, 2]), np.array([[0.3, -0.2, 0.4], [-0.1, 0.6, 0.2], [0.5, 0.1, -0.7]]), np.array([0.0, 0, 1])
    score = pick(s, x @ w, S01=w @ x)
    p = pick(s, softmax(score), S06=np.exp(score), S06b=score / score.sum())
    loss = pick(s, cross_entropy(t, p), S07=-cross_entropy(t, p), S08=cross_entropy(t, p) / np.log(2))
    dp = pick(s, -t / p, S14=t / p)
    ds = pick(s, dp * p - p * (dp @ p) if "S14" in s.split() else p - t, S17=dp * p * (1 - p), S18=t * (p - t), S19=dp, S15=(p - t) * p * (1 - p))
    dw = pick(s, np.outer(x, ds), S43=np.outer(ds, x))
    return {"s": score, "p": p, "l": loss, "dl/dp": dp, "dl/ds": ds, "dl/dW": dw, "W'": w - pick(s, 0.5, S44=-0.5, S45=1) * dw}


COLUMNS = """
X = [[0.5, -1.0, 2.0, 0.3], [1.5, 0.4, -0.6, -1.2], [-0.2, 0.8, 0.1, 1.1]]
Y = [[1, 0, 1, 0]]
w = [[0.4], [-0.3], [0.2]]
b = 0.1
Z = w.T @ X + b
A = sigmoid(Z)
J = -sum(Y * log(A) + (1 - Y) * log(1 - A)) / 4
Z, A, J
dJ/dA, dJ/dZ, dJ/dw, dJ/db
step(J, [w, b], rate=0.3)
"""


def columns(s: str = "") -> Answers:
    x = np.array([[0.5, -1.0, 2.0, 0.3], [1.5, 0.4, -0.6, -1.2], [-0.2, 0.8, 0.1, 1.1]])
    y, w, b, m = np.array([[1.0, 0, 1, 0]]), np.array([[0.4], [-0.3], [0.2]]), 0.1, 4
    z = pick(s, w.T @ x + b, S02=w.T @ x)
    a = pick(s, logistic(z), S04=np.abs(np.tanh(z)), S04b=logistic(z) * (1 - logistic(z)))
    total = -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum()
    loss = pick(s, total / m, S10=total, S07=-total / m, S08=total / m / np.log(10))
    da = pick(s, (-y / a + (1 - y) / (1 - a)) / m, S20=(y / a + (1 - y) / (1 - a)) / m, S20b=(-y / a - (1 - y) / (1 - a)) / m, S22a=-y / a + (1 - y) / (1 - a))
    dz = pick(s, da * a * (1 - a), S22=a - y, S15=(a - y) * a * (1 - a) / m, S14=(y - a) / m)
    dw = pick(s, x @ dz.T, S23=x @ dz.T / m, S42=x @ a.T)
    db = pick(s, dz.sum(), S24=dz.mean(), S26=dz.sum() * b)
    eta = pick(s, 0.3, S44=-0.3, S45=1)
    return {"Z": z, "A": a, "J": loss, "dJ/dA": da, "dJ/dZ": dz, "dJ/dw": dw, "dJ/db": db, "w'": w - eta * dw, "b'": b - pick(s, eta, S28=0) * db}
