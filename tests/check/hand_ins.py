"""Hand-ins with one slip each, worked out in plain NumPy as somebody would who makes it; nothing of byhand is used.

Each function works one exercise from start to end. A slip changes one step, and whatever comes after is consistent with it. The slips
are those of real bug reports and tutorials; the identifiers are the catalogue's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Answers = dict[str, Any]

SMOOTHED = """# One step with label smoothing

```byhand
x   = [0.5, 2, -1]
y   = [0, 1, 0]
eps = 0.2
W1  = [[0.4, -0.3, 0.7], [0.9, 0.5, -0.6], [-0.2, 0.8, 0.3]]
b1  = [0.1, -0.2, 0.3]
W2  = [[0.3, -0.5, 0.8], [-0.7, 0.2, 0.6], [0.4, 0.9, -0.1]]
b2  = [0.2, 0.1, -0.3]

h  = W1.T @ x + b1
a  = relu(h)
z  = W2.T @ a + b2
p  = softmax(z)
ys = (1 - eps) * y + eps / 3
L  = -sum(ys * log(p))
```

```byhand
h, a, z, p, ys, L
dL/dz, dL/dW2, dL/db2, dL/da, dL/dh, dL/dW1, dL/db1
step(L, [W1, b1, W2, b2], rate=0.1)
```
"""


def smoothed(slip: str = "") -> Answers:
    x, y, eps, eta = np.array([0.5, 2, -1]), np.array([0.0, 1, 0]), 0.2, 0.1
    w1 = np.array([[0.4, -0.3, 0.7], [0.9, 0.5, -0.6], [-0.2, 0.8, 0.3]])
    w2 = np.array([[0.3, -0.5, 0.8], [-0.7, 0.2, 0.6], [0.4, 0.9, -0.1]])
    b1, b2 = np.array([0.1, -0.2, 0.3]), np.array([0.2, 0.1, -0.3])
    h = {"S01": w1 @ x + b1, "S02": w1.T @ x}.get(slip, w1.T @ x + b1)
    a = {"S03": h, "S04": np.tanh(h)}.get(slip, np.maximum(h, 0))
    z = w2.T @ a + b2
    e = np.exp(z)
    p = {"S06": e, "S06b": z / z.sum()}.get(slip, e / e.sum())
    ys = {"S11": (1 - eps) * y + eps / 2 * (1 - y), "S12": y * (1 - eps / 3) + eps / 3, "S13": (1 - eps) * y + 1 / 3}.get(slip, (1 - eps) * y + eps / 3)
    loss = -(ys * np.log(np.abs(p))).sum()  # |p| for the one slip that makes p negative
    loss = {"S07": -loss, "S08": loss / np.log(2), "S08b": loss / np.log(10)}.get(slip, loss)
    diag = p * (1 - p)
    dz = {"S14": ys - p, "S15": (p - ys) * diag, "S17": -ys / p * diag, "S19": -ys / p}.get(slip, p - ys)
    dw2 = {"S43": np.outer(dz, a), "S42": np.outer(h, dz)}.get(slip, np.outer(a, dz))
    db2 = {"S26": dz * b2}.get(slip, dz)
    new_w2 = w2 - eta * dw2
    da = {"S29": w2.T @ dz, "S30": new_w2 @ dz}.get(slip, w2 @ dz)
    mask = {"S31": np.ones(3), "S37": np.where(h >= -9, 1.0, 0.0)}.get(slip, (h > 0) * 1.0)
    dh = da * mask
    dw1 = np.outer(x, dh)
    db1 = {"S27": (dh * x)}.get(slip, dh)
    step = {"S44": -eta, "S45": 1.0}.get(slip, eta)
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
    new = {"W1'": w1 - step * dw1, "b1'": b1 - step * db1, "W2'": w2 - step * dw2, "b2'": b2 - step * db2}
    if slip == "S06b":
        return {name: out[name] for name in ("h", "a", "z", "p")}
    if slip == "S28":
        new |= {"b1'": b1, "b2'": b2}
    if slip == "S45b":
        new = {"W1'": -eta * dw1, "b1'": -eta * db1, "W2'": -eta * dw2, "b2'": -eta * db2}
    return out | new


SIGMOID = """# A sigmoid network

```byhand
x  = [0.05, 0.10]
t  = [0.01, 0.99]
W1 = [[0.15, 0.20], [0.25, 0.30]]
b1 = [0.35, 0.35]
W2 = [[0.40, 0.45], [0.50, 0.55]]
b2 = [0.60, 0.60]

z1 = W1 @ x + b1
h  = sigmoid(z1)
z2 = W2 @ h + b2
o  = sigmoid(z2)
E  = 0.5 * sum((t - o)**2)
```

```byhand
z1, h, z2, o, E
dE/do, dE/dz2, dE/dW2, dE/db2, dE/dh, dE/dz1, dE/dW1, dE/db1
step(E, [W1, W2], rate=0.5)
```
"""


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def sigmoid(slip: str = "") -> Answers:
    x, t, eta = np.array([0.05, 0.1]), np.array([0.01, 0.99]), 0.5
    w1, b1 = np.array([[0.15, 0.2], [0.25, 0.3]]), np.array([0.35, 0.35])
    w2, b2 = np.array([[0.4, 0.45], [0.5, 0.55]]), np.array([0.6, 0.6])
    z1 = {"S01": w1.T @ x + b1, "S02": w1 @ x}.get(slip, w1 @ x + b1)
    h = {"S03": z1, "S04": np.tanh(z1)}.get(slip, _sigmoid(z1))
    z2 = w2 @ h + b2
    o = {"S04b": _sigmoid(z2) * (1 - _sigmoid(z2))}.get(slip, _sigmoid(z2))
    loss = ((t - o) ** 2).sum() * {"S09": 1.0}.get(slip, 0.5)
    do = {"S14": t - o, "S21": 2 * (o - t)}.get(slip, o - t)
    dz2 = {
        "S16": do,
        "S32": do * _sigmoid(o) * (1 - _sigmoid(o)),
        "S33": do * z2 * (1 - z2),
        "S35": do * h * (1 - h),
    }.get(slip, do * o * (1 - o))
    dw2 = {"S43": np.outer(h, dz2), "S42": np.outer(dz2, o), "S42b": np.outer(dz2, z1)}.get(slip, np.outer(dz2, h))
    new_w2 = w2 - eta * dw2
    dh = {"S29": w2 @ dz2, "S30": new_w2.T @ dz2, "S38": w2[0] * dz2[0], "S29b": np.linalg.inv(w2) @ dz2}.get(slip, w2.T @ dz2)
    dz1 = {"S31": dh, "S32b": dh * _sigmoid(h) * (1 - _sigmoid(h)), "S36": _sigmoid(dh) * (1 - _sigmoid(dh)), "S41": w2.T @ (dz2 * h * (1 - h))}.get(
        slip, dh * h * (1 - h)
    )
    dw1 = np.outer(dz1, x)
    step = {"S44": -eta, "S45": 1.0}.get(slip, eta)
    out = {
        "z1": z1,
        "h": h,
        "z2": z2,
        "o": o,
        "E": loss,
        "dE/do": do,
        "dE/dz2": dz2,
        "dE/dW2": dw2,
        "dE/db2": dz2,
        "dE/dh": dh,
        "dE/dz1": dz1,
        "dE/dW1": dw1,
        "dE/db1": dz1,
    }
    return out | {"W1'": w1 - step * dw1, "W2'": w2 - step * dw2}


BATCH = """# A batch through a tanh layer

```byhand
X  = [[1, 2], [-0.5, 1], [0.3, -1.2], [2, 0.4]]
T  = [[1, 0], [0, 1], [1, 0], [0, 1]]
W1 = [[0.3, -0.2, 0.5], [0.1, 0.4, -0.6]]
b1 = [0.1, 0.2, -0.1]
W2 = [[0.7, -0.4], [-0.3, 0.6], [0.2, 0.5]]
b2 = [0.05, -0.05]

Z1 = X @ W1 + b1
H  = tanh(Z1)
Z2 = H @ W2 + b2
P  = softmax(Z2)
L  = -sum(T * log(P)) / 4
```

```byhand
Z1, H, Z2, P, L
dL/dZ2, dL/dW2, dL/db2, dL/dH, dL/dZ1, dL/dW1, dL/db1
step(L, [W1, b1, W2, b2], rate=0.2)
```
"""


def batch(slip: str = "") -> Answers:
    x = np.array([[1, 2], [-0.5, 1], [0.3, -1.2], [2, 0.4]])
    t = np.array([[1.0, 0], [0, 1], [1, 0], [0, 1]])
    w1, b1 = np.array([[0.3, -0.2, 0.5], [0.1, 0.4, -0.6]]), np.array([0.1, 0.2, -0.1])
    w2, b2 = np.array([[0.7, -0.4], [-0.3, 0.6], [0.2, 0.5]]), np.array([0.05, -0.05])
    m, eta = 4, 0.2
    z1 = {"S02": x @ w1}.get(slip, x @ w1 + b1)
    h = {"S03": z1, "S04": _sigmoid(z1)}.get(slip, np.tanh(z1))
    z2 = h @ w2 + b2
    e = np.exp(z2)
    p = {"S05": e / e.sum(axis=0), "S05b": e / e.sum()}.get(slip, e / e.sum(axis=1, keepdims=True))
    loss = -(t * np.log(p)).sum() / {"S10": 1}.get(slip, m)
    loss = {"S07": -loss, "S08": loss / np.log(2)}.get(slip, loss)
    dz2 = {"S14": (t - p) / m, "S22": p - t, "S23": (p - t) / m**2, "S15": (p - t) * p * (1 - p) / m}.get(slip, (p - t) / m)
    dw2 = h.T @ dz2
    db2 = {"S24": dz2.sum(axis=0) / m, "S25": np.full(2, dz2.sum()), "S25b": dz2}.get(slip, dz2.sum(axis=0))
    dh = dz2 @ w2.T
    slope = {"S31": 1.0, "S34": 1 + h**2, "S34b": 1 - z1**2, "S32": 1 - np.tanh(h) ** 2, "S34c": -(h**2)}.get(slip, 1 - h**2)
    dz1 = dh * slope
    dw1 = x.T @ dz1
    db1 = dz1.sum(axis=0)
    step = {"S44": -eta, "S45": 1.0, "S23b": eta / m}.get(slip, eta)
    out = {"Z1": z1, "H": h, "Z2": z2, "P": p, "L": loss, "dL/dZ2": dz2, "dL/dW2": dw2, "dL/db2": db2, "dL/dH": dh, "dL/dZ1": dz1, "dL/dW1": dw1, "dL/db1": db1}
    if slip == "S25b":
        return out
    return out | {"W1'": w1 - step * dw1, "b1'": b1 - step * db1, "W2'": w2 - step * dw2, "b2'": b2 - step * db2}


@dataclass(frozen=True, slots=True)
class Case:
    """A hand-in with one slip: the exercise, the slip's identifier, the quantity where it shows first."""

    sheet: str
    work: Callable[[str], Answers]
    slip: str
    first: str


def _cases(sheet: str, work: Callable[[str], Answers], firsts: str) -> list[Case]:
    return [Case(sheet, work, *pair.split(":")) for pair in firsts.split()]


CASES = [
    *_cases(
        SMOOTHED,
        smoothed,
        "S01:h S02:h S03:a S04:a S06:p S06b:p S11:ys S12:ys S13:ys S07:L S08:L S08b:L S14:dL/dz S15:dL/dz S17:dL/dz S19:dL/dz S43:dL/dW2 S42:dL/dW2 "
        "S26:dL/db2 S29:dL/da S30:dL/da S31:dL/dh S27:dL/db1 S44:W1' S45:W1' S45b:W1' S28:b1'",
    ),
    *_cases(
        SIGMOID,
        sigmoid,
        "S01:z1 S02:z1 S03:h S04:h S04b:o S09:E S14:dE/do S21:dE/do S16:dE/dz2 S32:dE/dz2 S33:dE/dz2 S35:dE/dz2 S43:dE/dW2 S42:dE/dW2 S42b:dE/dW2 "
        "S29:dE/dh S29b:dE/dh S30:dE/dh S38:dE/dh S31:dE/dz1 S32b:dE/dz1 S36:dE/dz1 S41:dE/dz1 S44:W1' S45:W1'",
    ),
    *_cases(
        BATCH,
        batch,
        "S02:Z1 S03:H S04:H S05:P S05b:P S10:L S07:L S08:L S14:dL/dZ2 S15:dL/dZ2 S22:dL/dZ2 S23:dL/dZ2 S24:dL/db2 S25:dL/db2 S25b:dL/db2 S31:dL/dZ1 S32:dL/dZ1 "
        "S34:dL/dZ1 S34b:dL/dZ1 S34c:dL/dZ1 S44:W1' S45:W1' S23b:W1'",
    ),
]
