"""Hand-ins in plain NumPy in the manner of tutorials and of steps one after another; as in ``unseen_models``, a slip is made wherever it is told."""

from __future__ import annotations

import numpy as np
from unseen_models import Answers, logistic, pick

UNITS = """
i1 = 0.05
i2 = 0.10
w1 = 0.15
w2 = 0.20
w3 = 0.25
w4 = 0.30
w5 = 0.40
w6 = 0.45
w7 = 0.50
w8 = 0.55
b1 = 0.35
b2 = 0.60
net_h1 = w1 * i1 + w2 * i2 + b1
net_h2 = w3 * i1 + w4 * i2 + b1
h1 = sigmoid(net_h1)
h2 = sigmoid(net_h2)
net_o1 = w5 * h1 + w6 * h2 + b2
net_o2 = w7 * h1 + w8 * h2 + b2
o1 = sigmoid(net_o1)
o2 = sigmoid(net_o2)
E = 0.5 * (0.01 - o1)**2 + 0.5 * (0.99 - o2)**2
net_h1, net_h2, h1, h2, net_o1, net_o2, o1, o2, E
dE/dw5, dE/dw6, dE/dw7, dE/dw8, dE/dw1, dE/dw2, dE/dw3, dE/dw4
step(E, [w1, w2, w3, w4, w5, w6, w7, w8], rate=0.5)
"""


def units(s: str = "") -> Answers:
    i, w, b1_, b2 = np.array([0.05, 0.1]), np.array([0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55]), 0.35, 0.6
    net = pick(s, np.array([w[0] * i[0] + w[1] * i[1], w[2] * i[0] + w[3] * i[1]]) + b1_, S02=np.array([w[0] * i[0] + w[1] * i[1], w[2] * i[0] + w[3] * i[1]]))
    h = logistic(net)
    nets = np.array([w[4] * h[0] + w[5] * h[1], w[6] * h[0] + w[7] * h[1]]) + b2
    o = logistic(nets)
    t = np.array([0.01, 0.99])
    d = pick(s, (o - t) * o * (1 - o), S14=(t - o) * o * (1 - o), S16=o - t, S33=(o - t) * nets * (1 - nets))
    g5678 = np.array([d[0] * h[0], d[0] * h[1], d[1] * h[0], d[1] * h[1]])
    back = w[4:] - 0.5 * g5678 if "S30" in s.split() else w[4:]
    dh = pick(
        s,
        np.array([back[0] * d[0] + back[2] * d[1], back[1] * d[0] + back[3] * d[1]]),
        S38=back[:2] * d[0],
        S29=np.array([w[4] * d[0] + w[5] * d[1], w[6] * d[0] + w[7] * d[1]]),
    )
    dn = dh * pick(s, h * (1 - h), S31=1.0)
    grads = np.concatenate([[dn[0] * i[0], dn[0] * i[1], dn[1] * i[0], dn[1] * i[1]], g5678])
    out = {
        "net_h1": net[0],
        "net_h2": net[1],
        "h1": h[0],
        "h2": h[1],
        "net_o1": nets[0],
        "net_o2": nets[1],
        "o1": o[0],
        "o2": o[1],
        "E": pick(s, 0.5, S09=1) * ((t - o) ** 2).sum(),
    }
    eta = pick(s, 0.5, S44=-0.5, S45=1)
    return out | {f"dE/dw{k + 1}": g for k, g in enumerate(grads)} | {f"w{k + 1}'": w[k] - eta * g for k, g in enumerate(grads)}


ELEVEN = """
X = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
y = [[0], [1], [1], [0]]
syn0 = [[-0.17, 0.44, -1.0, -0.4], [-0.71, -0.82, -0.63, -0.31], [-0.21, 0.08, -0.16, 0.37]]
syn1 = [[-0.59], [0.76], [-0.95], [0.34]]
l1 = sigmoid(X @ syn0)
l2 = sigmoid(l1 @ syn1)
L = 0.5 * sum((y - l2)**2)
l1, l2, L
dL/dsyn1, dL/dsyn0
step(L, [syn0, syn1], rate=1)
"""


def eleven(s: str = "") -> Answers:
    x, y = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]), np.array([[0.0], [1], [1], [0]])
    syn0, syn1 = np.array([[-0.17, 0.44, -1.0, -0.4], [-0.71, -0.82, -0.63, -0.31], [-0.21, 0.08, -0.16, 0.37]]), np.array([[-0.59], [0.76], [-0.95], [0.34]])
    l1 = logistic(x @ syn0)
    l2 = logistic(l1 @ syn1)
    delta2 = pick(s, (l2 - y) * l2 * (1 - l2), S14=(y - l2) * l2 * (1 - l2), S32=(l2 - y) * logistic(l2) * (1 - logistic(l2)), S16=l2 - y)
    g1 = l1.T @ delta2
    back = delta2 @ pick(s, syn1, S30=syn1 - g1).T
    delta1 = back * pick(s, l1 * (1 - l1), S31=1.0, S32b=logistic(l1) * (1 - logistic(l1)))
    g0 = x.T @ delta1
    sign = pick(s, 1, add=-1)
    return {"l1": l1, "l2": l2, "L": ((y - l2) ** 2).sum() / 2, "dL/dsyn1": g1, "dL/dsyn0": g0, "syn0'": syn0 - sign * g0, "syn1'": syn1 - sign * g1}


RIDGE = """
X = [[1, 0.5, -1], [1, 2, 0.3], [1, -1, 1.5], [1, 0.8, 2]]
y = [1, 2.5, -0.5, 1.2]
w = [0.3, -0.2, 0.4]
lam = 0.5
yhat = X @ w
r = yhat - y
R = r @ r + lam * (w @ w)
yhat, r, R
dR/dw
step(R, [w], rate=0.05)
"""


def ridge(s: str = "") -> Answers:
    x, y = np.array([[1, 0.5, -1], [1, 2, 0.3], [1, -1, 1.5], [1, 0.8, 2]]), np.array([1, 2.5, -0.5, 1.2])
    w, lam = np.array([0.3, -0.2, 0.4]), 0.5
    yhat = x @ w
    r = yhat - y
    loss = pick(s, r @ r + lam * w @ w, nopenalty=r @ r, S09=0.5 * r @ r + lam * w @ w)
    grad = pick(
        s,
        2 * x.T @ r + 2 * lam * w,
        S46=2 * x.T @ r + lam * w,
        S21=x.T @ r + lam * w,
        S46n=2 * x.T @ r,
        S46b=2 * x.T @ r + 2 * lam * w * np.array([0, 1, 1]),
        S14=-2 * x.T @ r + 2 * lam * w,
    )
    return {"yhat": yhat, "r": r, "R": loss, "dR/dw": grad, "w'": w - pick(s, 0.05, S44=-0.05, S45=1) * grad}


SQUARE = """
x = [0.6, -0.9]
t = [0.2, 0.7]
W1 = [[0.4, -0.8], [0.9, 0.3]]
b1 = [0.1, -0.3]
W2 = [[0.7, 0.5], [-0.6, 0.8]]
b2 = [0.25, -0.15]
z1 = W1 @ x + b1
h = tanh(z1)
y = W2 @ h + h + b2
L = 0.5 * sum((y - t)**2)
z1, h, y, L
dL/dy, dL/dW2, dL/db2, dL/dh, dL/dz1, dL/dW1, dL/db1
step(L, [W1, b1, W2, b2], rate=0.3, times=2)
"""


def square(s: str = "") -> Answers:
    x, t = np.array([0.6, -0.9]), np.array([0.2, 0.7])
    now = {"W1": np.array([[0.4, -0.8], [0.9, 0.3]]), "b1": np.array([0.1, -0.3]), "W2": np.array([[0.7, 0.5], [-0.6, 0.8]]), "b2": np.array([0.25, -0.15])}
    out: Answers = {}
    before: Answers = {}
    for prime in ("", "'"):
        z1 = now["W1"] @ x + now["b1"]
        h = np.tanh(z1)
        y = now["W2"] @ h + h + now["b2"]
        dy = y - t
        dw2 = np.outer(dy, h)
        dh = pick(s, now["W2"].T @ dy + dy, S38=now["W2"].T @ dy, S39=now["W2"].T @ dy + 2 * dy, S38b=dy, S39b=2 * now["W2"].T @ dy + dy)
        dz1 = dh * (1 - h**2)
        grads = {"W2": dw2, "b2": dy, "W1": pick(s, np.outer(dz1, x), S42=np.outer(dz1, h)), "b1": pick(s, dz1, S27=dz1 * x)}
        if prime and "S40" in s.split():
            grads = {name: grad + before[name] for name, grad in grads.items()}
        before = grads
        out |= {f"{name}{prime}": value for name, value in {"z1": z1, "h": h, "y": y, "L": 0.5 * dy @ dy, "dL/dy": dy, "dL/dh": dh, "dL/dz1": dz1}.items()}
        out |= {f"dL/d{name}{prime}": grad for name, grad in grads.items()}
        now = {name: value - 0.3 * grads[name] for name, value in now.items()}
        out |= {f"{name}'{prime}": value for name, value in now.items()}
    return out


ADAM = """
X = [[1, 0.5], [1, 2], [1, -1]]
t = [1, 3, 0.5]
w = [0.2, -0.1]
y = X @ w
L = mean((y - t)**2)
dL/dw
step(L, [w], rate=0.1, rule=adam, times=2)
reset()
step(L, [w], rate=0.1, rule=momentum, beta=0.9, times=2)
"""


def adam(s: str = "") -> Answers:
    x, t, w = np.array([[1, 0.5], [1, 2], [1, -1]]), np.array([1, 3, 0.5]), np.array([0.2, -0.1])
    out: Answers = {}
    m, v = np.zeros(2), np.zeros(2)
    for k, prime in enumerate(("", "'"), 1):
        y = x @ w
        g = pick(s, 2 / 3 * x.T @ (y - t), S22=2 * x.T @ (y - t), S21=x.T @ (y - t) / 3, S14=2 / 3 * x.T @ (t - y))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        mhat, vhat = pick(s, m / (1 - 0.9**k), nocorrection=m), pick(s, v / (1 - 0.999**k), nocorrection=v)
        w = w - pick(s, 0.1, S44=-0.1) * mhat / (np.sqrt(vhat) + 1e-8)
        out |= {f"dL/dw{prime}": g, f"m_w'{prime}": m, f"v_w'{prime}": v, f"mhat_w'{prime}": mhat, f"vhat_w'{prime}": vhat, f"w'{prime}": w}
    w, v = np.array([0.2, -0.1]), np.zeros(2)
    for prime in ("", "'"):
        g = pick(s, 2 / 3 * x.T @ (x @ w - t), S22=2 * x.T @ (x @ w - t), S21=x.T @ (x @ w - t) / 3, S14=2 / 3 * x.T @ (t - x @ w))
        v = 0.9 * v + pick(s, g, damped=0.1 * g)
        w = w - pick(s, 0.1, S44=-0.1, S45=1) * v
        out |= {f"v_w'{prime} (run 2)": v, f"w'{prime} (run 2)": w}
    return out
