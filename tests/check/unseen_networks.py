"""Hand-ins in plain NumPy for networks with two and three layers: several slips at once may be asked for, and part of the answers handed in.

As in ``unseen_models``: whatever comes after a slip is consistent with it.
"""

from __future__ import annotations

import numpy as np
from unseen_models import Answers, cross_entropy, logistic, pick, softmax

SCRATCH = """
X = [[0.7, -1.2], [1.4, 0.6], [-0.9, 0.3], [0.2, 1.8], [-1.1, -0.4]]
T = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]
W1 = [[0.5, -0.3, 0.8], [-0.6, 0.9, 0.2]]
b1 = [0.1, -0.2, 0.3]
W2 = [[0.4, -0.7, 0.3], [0.6, 0.2, -0.5], [-0.1, 0.8, 0.5]]
b2 = [0.2, -0.1, 0.05]
lam = 0.1
z1 = X @ W1 + b1
a1 = tanh(z1)
z2 = a1 @ W2 + b2
p = softmax(z2)
L = -sum(T * log(p)) / 5 + lam / 2 * (sum(W1**2) + sum(W2**2))
z1, a1, z2, p, L
dL/dz2, dL/dW2, dL/db2, dL/da1, dL/dz1, dL/dW1, dL/db1
step(L, [W1, b1, W2, b2], rate=0.5)
"""


def scratch(s: str = "") -> Answers:
    x = np.array([[0.7, -1.2], [1.4, 0.6], [-0.9, 0.3], [0.2, 1.8], [-1.1, -0.4]])
    t = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]])
    w1, b1_ = np.array([[0.5, -0.3, 0.8], [-0.6, 0.9, 0.2]]), np.array([0.1, -0.2, 0.3])
    w2, b2, m = np.array([[0.4, -0.7, 0.3], [0.6, 0.2, -0.5], [-0.1, 0.8, 0.5]]), np.array([0.2, -0.1, 0.05]), 5
    lam = 0.1
    z1 = pick(s, x @ w1 + b1_, S02=x @ w1)
    a1 = pick(s, np.tanh(z1), S03=z1, S04=logistic(z1))
    z2 = pick(s, a1 @ w2 + b2, S01=a1 @ w2.T + b2)
    p = pick(s, softmax(z2), S05=softmax(z2, 0), S05b=np.exp(z2) / np.exp(z2).sum())
    data, penalty = cross_entropy(t, p), lam / 2 * ((w1**2).sum() + (w2**2).sum())
    loss = pick(s, data / m + penalty, S10=data + penalty, S46L=data / m + 2 * penalty, S46m=data / m + penalty / m, nopenalty=data / m)
    dz2 = pick(s, (p - t) / m, S22=p - t, S23=(p - t) / m**2, S14=(t - p) / m, S19=-t / p / m, S15=(p - t) * p * (1 - p) / m)
    decay = pick(s, lam, S46=2 * lam, S46m2=lam / m, S46n=0)
    dw2 = pick(s, a1.T @ dz2, S43=(a1.T @ dz2).T, S42=z1.T @ dz2) + decay * w2
    db2 = pick(s, dz2.sum(axis=0), S24=dz2.mean(axis=0), S25=np.full(3, dz2.sum()), S46b=dz2.sum(axis=0) + lam * b2, S25b=dz2.sum(axis=1))
    da1 = dz2 @ pick(s, w2.T, S29=w2, S30=(w2 - 0.5 * dw2).T)
    dz1 = da1 * pick(s, 1 - a1**2, S31=1.0, S32=1 - np.tanh(a1) ** 2, S34=1 - z1**2, S34b=1 + a1**2, S34c=-(a1**2))
    dw1 = x.T @ dz1 + decay * w1
    db1 = pick(s, dz1.sum(axis=0), S24b=dz1.mean(axis=0), S46b=dz1.sum(axis=0) + lam * b1_)
    eta = pick(s, 0.5, S44=-0.5, S45=1.0)
    out = {
        "z1": z1,
        "a1": a1,
        "z2": z2,
        "p": p,
        "L": loss,
        "dL/dz2": dz2,
        "dL/dW2": dw2,
        "dL/db2": db2,
        "dL/da1": da1,
        "dL/dz1": dz1,
        "dL/dW1": dw1,
        "dL/db1": db1,
    }
    bias = pick(s, eta, S28=0)
    return out | {"W1'": w1 - eta * dw1, "b1'": b1_ - bias * db1, "W2'": w2 - eta * dw2, "b2'": b2 - bias * db2}


DEEP = """
x = [0.8, -1.3]
t = [0.4, -0.9]
W1 = [[0.6, -0.4], [0.3, 0.9]]
b1 = [0.2, 0.5]
W2 = [[-0.5, 0.7], [0.8, 0.25]]
b2 = [-0.1, 0.3]
W3 = [[0.9, -0.6], [0.35, 0.55]]
b3 = [0.15, -0.25]
z1 = W1 @ x + b1
h1 = sigmoid(z1)
z2 = W2 @ h1 + b2
h2 = tanh(z2)
z3 = W3 @ h2 + b3
L = sum((z3 - t)**2)
z1, h1, z2, h2, z3, L
dL/dz3, dL/dW3, dL/db3, dL/dh2, dL/dz2, dL/dW2, dL/db2, dL/dh1, dL/dz1, dL/dW1, dL/db1
step(L, [W1, b1, W2, b2, W3, b3], rate=0.2)
"""


def deep(s: str = "") -> Answers:
    x, t = np.array([0.8, -1.3]), np.array([0.4, -0.9])
    w1, b1_ = np.array([[0.6, -0.4], [0.3, 0.9]]), np.array([0.2, 0.5])
    w2, b2 = np.array([[-0.5, 0.7], [0.8, 0.25]]), np.array([-0.1, 0.3])
    w3, b3 = np.array([[0.9, -0.6], [0.35, 0.55]]), np.array([0.15, -0.25])
    z1 = pick(s, w1 @ x + b1_, S01=w1.T @ x + b1_, S02=w1 @ x)
    h1 = pick(s, logistic(z1), S04=np.tanh(z1), S03=z1)
    z2 = pick(s, w2 @ h1 + b2, S01b=w2.T @ h1 + b2)
    h2 = pick(s, np.tanh(z2), S03b=z2)
    z3 = w3 @ h2 + b3
    loss = pick(s, 1.0, S09=0.5) * ((z3 - t) ** 2).sum()
    dz3 = pick(s, 2 * (z3 - t), S21=z3 - t, S14=2 * (t - z3))
    dw3 = pick(s, np.outer(dz3, h2), S43=np.outer(h2, dz3), S42=np.outer(dz3, z2), S42b=np.outer(dz3, z3))
    dh2 = pick(s, w3.T @ dz3, S29=w3 @ dz3, S29b=np.linalg.inv(w3) @ dz3, S30=(w3 - 0.2 * dw3).T @ dz3, S38=w3[0] * dz3[0])
    slope2 = 1 - h2**2
    dz2 = pick(s, dh2 * slope2, S31=dh2, S35=dh2 * (1 - h1**2), S41=w3.T @ (dz3 * slope2), S36=1 - np.tanh(dh2) ** 2, S32=dh2 * (1 - np.tanh(h2) ** 2))
    dw2 = pick(s, np.outer(dz2, h1), S42c=np.outer(dz2, h2), S43b=np.outer(h1, dz2))
    db2 = pick(s, dz2, S27=dz2 * h1, S26=dz2 * b2)
    dh1 = pick(s, w2.T @ dz2, S29c=w2 @ dz2, S30b=(w2 - 0.2 * dw2).T @ dz2, S35b=w2.T @ dh2)
    slope1 = h1 * (1 - h1)
    dz1 = pick(
        s, dh1 * slope1, S31b=dh1, S35c=dh1 * logistic(z2) * (1 - logistic(z2)), S33=dh1 * z1 * (1 - z1), S41b=w2.T @ (dz2 * slope1), S36b=dh1 * (1 - dh1)
    )
    dw1 = np.outer(dz1, x)
    eta = pick(s, 0.2, S44=-0.2, S45=1)
    out = {
        "z1": z1,
        "h1": h1,
        "z2": z2,
        "h2": h2,
        "z3": z3,
        "L": loss,
        "dL/dz3": dz3,
        "dL/dW3": dw3,
        "dL/db3": dz3,
        "dL/dh2": dh2,
        "dL/dz2": dz2,
        "dL/dW2": dw2,
        "dL/db2": db2,
    }
    out |= {"dL/dh1": dh1, "dL/dz1": dz1, "dL/dW1": dw1, "dL/db1": pick(s, dz1, S27b=dz1 * x)}
    new = {"W1": w1, "b1": b1_, "W2": w2, "b2": b2, "W3": w3, "b3": b3}
    return out | {f"{name}'": value - (0 if "S28" in s.split() and name[0] == "b" else eta) * out[f"dL/d{name}"] for name, value in new.items()}


RELU = """
X = [[0.9, -0.4, 1.1], [-0.7, 1.2, 0.3], [0.4, 0.8, -1.5], [1.3, -0.2, 0.6]]
T = [[0.5], [-0.8], [1.2], [0.1]]
W1 = [[0.5, -0.6, 0.3, 0.2], [0.4, 0.7, -0.2, -0.9], [-0.3, 0.1, 0.8, 0.4]]
b1 = [0.1, -0.1, 0.2, 0.3]
W2 = [[0.6, -0.3], [-0.5, 0.4], [0.2, 0.9], [0.7, -0.8]]
b2 = [0.05, 0.15]
W3 = [[0.8], [-0.7]]
b3 = [0.2]
Z1 = X @ W1 + b1
A1 = relu(Z1)
Z2 = A1 @ W2 + b2
A2 = relu(Z2)
Y = A2 @ W3 + b3
L = mean((Y - T)**2)
Z1, A1, Z2, A2, Y, L
dL/dY, dL/dW3, dL/db3, dL/dA2, dL/dZ2, dL/dW2, dL/db2, dL/dA1, dL/dZ1, dL/dW1, dL/db1
step(L, [W1, b1, W2, b2, W3, b3], rate=0.1)
"""


def relu(s: str = "") -> Answers:
    x, t = np.array([[0.9, -0.4, 1.1], [-0.7, 1.2, 0.3], [0.4, 0.8, -1.5], [1.3, -0.2, 0.6]]), np.array([[0.5], [-0.8], [1.2], [0.1]])
    w1, b1_ = np.array([[0.5, -0.6, 0.3, 0.2], [0.4, 0.7, -0.2, -0.9], [-0.3, 0.1, 0.8, 0.4]]), np.array([0.1, -0.1, 0.2, 0.3])
    w2, b2 = np.array([[0.6, -0.3], [-0.5, 0.4], [0.2, 0.9], [0.7, -0.8]]), np.array([0.05, 0.15])
    w3, b3 = np.array([[0.8], [-0.7]]), np.array([0.2])
    z1 = pick(s, x @ w1 + b1_, S02=x @ w1)
    a1 = pick(s, np.maximum(z1, 0), S03=z1, S04=logistic(z1), S37f=np.where(z1 > 0, z1, 0.01 * z1))
    z2 = pick(s, a1 @ w2 + b2, S02b=a1 @ w2)
    a2 = np.maximum(z2, 0)
    y = a2 @ w3 + b3
    loss = pick(s, ((y - t) ** 2).mean(), S10=((y - t) ** 2).sum(), S09=((y - t) ** 2).mean() / 2)
    dy = pick(s, 2 * (y - t) / 4, S21=(y - t) / 4, S22=2 * (y - t), S14=2 * (t - y) / 4, S23=2 * (y - t) / 16)
    dw3 = pick(s, a2.T @ dy, S42=z2.T @ dy)
    db3 = pick(s, dy.sum(axis=0), S24=dy.mean(axis=0))
    da2 = dy @ pick(s, w3.T, S30=(w3 - 0.1 * dw3).T)
    dz2 = pick(s, da2 * (z2 > 0), S31=da2, S36=np.maximum(da2, 0), S37=da2 * (da2 > 0), S36b=da2 * a2)
    dw2 = a1.T @ dz2
    db2 = pick(s, dz2.sum(axis=0), S25=np.full(2, dz2.sum()), S24b=dz2.mean(axis=0))
    da1 = dz2 @ w2.T
    dz1 = pick(s, da1 * (z1 > 0), S31b=da1, S37b=np.where(z1 > 0, da1, 0.01 * da1), S36c=np.maximum(da1, 0))
    dw1 = x.T @ dz1
    out = {
        "Z1": z1,
        "A1": a1,
        "Z2": z2,
        "A2": a2,
        "Y": y,
        "L": loss,
        "dL/dY": dy,
        "dL/dW3": dw3,
        "dL/db3": db3,
        "dL/dA2": da2,
        "dL/dZ2": dz2,
        "dL/dW2": dw2,
        "dL/db2": db2,
    }
    out |= {"dL/dA1": da1, "dL/dZ1": dz1, "dL/dW1": dw1, "dL/db1": pick(s, dz1.sum(axis=0), S27=x[:, 0] @ dz1)}
    eta, new = pick(s, 0.1, S44=-0.1, S45=1, S23s=0.1 / 4), {"W1": w1, "b1": b1_, "W2": w2, "b2": b2, "W3": w3, "b3": b3}
    return out | {f"{name}'": value - (0 if "S28" in s.split() and name[0] == "b" else eta) * out[f"dL/d{name}"] for name, value in new.items()}
