"""The freedom that the language leaves: declared and given, size letters, line breaks, prose, odd names, options."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from harness import Board, exercise


@exercise(
    """---
title: "Declared first, numbers later"
---

# Ridge regression

Let $X$ be the data matrix and $y$ the targets.

```byhand
X : (m, n)
y : (m,)
w : (n,)
lam : () positive
J = 1/(2*m) * sum((X @ w - y)**2) + lam/2 * sum(w**2)
dJ/dw
show(dJ/dw == X.T @ (X @ w - y)/m + lam*w)
```

1. Now with numbers:

   | a | b |
   |---|---|
   | 1 | 2 |

```byhand
X = [[1, 2],
     [3, 4],
     [5, 6]]
y = [1, 0,
     1]
w = [0.5, -0.5]
lam = 1/10
```

2. What is the gradient?

```byhand
J, dJ/dw
```

```python
print("not for byhand")
```
""",
    verdicts=("holds",),
    sizes={"m": 3, "n": 2},
)
def declared_then_given(s: Board) -> None:
    s.lam = 0.1
    s.J = ((s.X @ s.w - s.y) ** 2).mean() / 2 + s.lam / 2 * (s.w**2).sum()


@exercise("""
# lambda, names with trailing underscores, capital and small letters
lambda_ = 0.5
W = [[1, 2], [3, 4]]
w = [1, -1]
W_hat = W / norm(W)
Loss = lambda_ * sum((W_hat @ w)**2)
dLoss/dW, dLoss/dw, dLoss/dlambda_, dLoss/dW_hat
""")
def names_of_programmers(s: Board) -> None:
    s.W_hat = s.W / jnp.sqrt((s.W**2).sum())
    s.Loss = s.lambda_ * ((s.W_hat @ s.w) ** 2).sum()


@exercise("""
# long formulas over several lines
x = [0.2, -0.4, 0.6]
f = (
    sum(x**2)
    - 2*x[0]*x[1]
    + exp(-(x[2]**2))
)
M = [
  [1, 0, 2],   # first row
  [0, 1, 1]    # second row
]
g = sum(
    tanh(M @ x)
)
df/dx, dg/dx, dg/dM
""")
def long_formulas(s: Board) -> None:
    s.f = (s.x**2).sum() - 2 * s.x[0] * s.x[1] + jnp.exp(-(s.x[2] ** 2))
    s.g = jnp.tanh(s.M @ s.x).sum()


@exercise(
    """
# sizes of given data are numbers: n and m are known by declaration
X : (m, n)
v : (n,)
X = [[1, 2, 3], [4, 5, 6]]
v = [1, 0, -1]
C = X.T @ X / m + 0.1*eye(n)
f = v @ C @ v / n
u = ones(n) @ v
df/dv, df/dX, du/dv
""",
    exact={"f": None, "df/dX": None},
    sizes={"m": 2, "n": 3},
)
def size_letters(s: Board) -> None:
    s.C = s.X.T @ s.X / 2 + 0.1 * jnp.eye(3)
    s.f = s.v @ s.C @ s.v / 3
    s.u = s.v.sum()


@exercise("""
# rules by name
Z = [[1, 2, 0.5], [0.1, -1, 3]]
T = [[0, 1, 0], [0, 0, 1]]
Y = [[1, 1, 1], [0, 0, 2]]
P = softmax(Z, axis=1)
Q = softmax(Z, axis=0)
lp = log_softmax(Z)
c = logsumexp(Z)
L1 = -sum(T * lp) / 2
L2 = sum(Q * Y)
L3 = sum(c**2)
dL1/dZ, dL2/dZ, dL3/dZ, dL2/dQ
""")
def softmax_along_both_axes(s: Board) -> None:
    s.P = jax.nn.softmax(s.Z, 1)
    s.Q = jax.nn.softmax(s.Z, 0)
    s.lp = jax.nn.log_softmax(s.Z)
    s.c = jax.nn.logsumexp(s.Z, axis=-1)
    s.L1 = -(s.T * s.lp).sum() / 2
    s.L2 = (s.Q * s.Y).sum()
    s.L3 = (s.c**2).sum()


@exercise("""
# parametric rectifiers and slopes that are learned
x = [-2, -0.5, 0.5, 2]
a = 0.25
alpha = 1.5
y = prelu(x, a)
u = elu(x, alpha)
v = leaky_relu(x, 0.2)
h = huber(x, 1.5)
L = sum(y**2) + sum(u) + sum(v**2) + sum(h)
dL/dx, dL/da, dL/dy, dL/du
""")
def learned_slopes(s: Board) -> None:
    s.y = jnp.where(s.x > 0, s.x, s.a * s.x)
    s.u = jnp.where(s.x > 0, s.x, s.alpha * (jnp.exp(s.x) - 1))
    s.v = jnp.where(s.x > 0, s.x, 0.2 * s.x)
    s.h = jnp.where(jnp.abs(s.x) <= 1.5, s.x**2 / 2, 1.5 * (jnp.abs(s.x) - 0.75))
    s.L = (s.y**2).sum() + s.u.sum() + (s.v**2).sum() + s.h.sum()


@exercise(
    """
# sums of sums, scalars times matrices times vectors, divisions of vectors
A = [[1, 2], [3, 4]]
x = [1, 2]
y = [3, 5]
c = 2
f = c * A @ x @ y / 3
g = (x / y) @ (y / x) + sum(1 / x) - 1 / sum(y)
h = -x @ -y
k = 2 * (x + y) @ A @ (x - y) * c
l = sum(A @ x * y) - sum((A * A) @ (x * y))
df/dA, df/dx, df/dc, dg/dx, dg/dy, dh/dx, dk/dx, dk/dc, dl/dA
""",
    exact={"f": None, "g": None, "dk/dx": None},
)
def precedence(s: Board) -> None:
    s.f = s.c * (s.y @ (s.A @ s.x)) / 3
    s.g = (s.x / s.y * s.y / s.x).sum() + (1 / s.x).sum() - 1 / s.y.sum()
    s.h = s.x @ s.y
    s.k = 2 * s.c * (s.x + s.y) @ (s.A @ (s.x - s.y))
    s.l = (s.A @ s.x) @ s.y - ((s.A**2) @ (s.x * s.y)).sum()


@exercise("""
# intermediate errors with respect to intermediates, losses that share quantities
x = [1, 2, 3]
W = [[0.1, 0.2, -0.3], [0.4, -0.5, 0.6]]
z = W @ x
a = sigmoid(z)
b = a**2
u = sum(b)
v = a[0] * b[1]
du/dz, dv/dz, dv/da, dv/db, db/da, db/dz, du/db, da/dW
""")
def chains_of_intermediates(s: Board) -> None:
    s.z = s.W @ s.x
    s.a = jax.nn.sigmoid(s.z)
    s.b = s.a**2
    s.u = s.b.sum()
    s.v = s.a[0] * s.b[1]


@exercise(
    """
# zero gradients and constants
x = [1, 2]
y = [3, 4]
c = 5
f = sum(x) * c
g = f * 0 + sum(y**2)
k = c - c + sum(step(x))
df/dy, dg/dx, dk/dx, dk/dc, dg/dy
""",
    exact={"df/dy": ["0", "0"], "dg/dx": ["0", "0"], "dk/dc": "0"},
)
def zero_gradients(s: Board) -> None:
    s.f = s.x.sum() * s.c
    s.g = (s.y**2).sum() + 0 * s.f
    s.k = 2.0 + 0 * s.c


@exercise(
    """
# big and small numbers
x = [1000, -1000, 0]
t = [0, 1, 0]
p = softmax(x)
L = -sum(t * log_softmax(x))
y = sigmoid(x)
s = softplus(x)
u = 1e-8
v = 2.5E+3
w = u * v
dL/dx, dw/du, ds/dx
""",
    exact={"w": "1/40000", "dw/du": "2500"},
)
def extreme_numbers(s: Board) -> None:
    s.p = jax.nn.softmax(s.x)
    s.L = 2000.0 + 0 * s.x.sum() - (s.x[1] + 1000) + (s.x[0] - 1000)
    s.y = jax.nn.sigmoid(s.x)
    s.s = jnp.where(s.x > 30, s.x, jnp.log1p(jnp.exp(jnp.minimum(s.x, 30))))
    s.w = s.u * s.v


@exercise("""
# everything through one name used in two losses and three layers
X = full((2, 3), 0.5)
W = full((3, 3), -0.25)
H1 = tanh(X @ W)
H2 = tanh(H1 @ W) + H1
H3 = tanh(H2 @ W.T) + H2
L = mean(H3) + 0.01*sum(W*W)
dL/dW, dL/dX, dL/dH1
""")
def shared_weights_with_skips(s: Board) -> None:
    s.H1 = jnp.tanh(s.X @ s.W)
    s.H2 = jnp.tanh(s.H1 @ s.W) + s.H1
    s.H3 = jnp.tanh(s.H2 @ s.W.T) + s.H2
    s.L = s.H3.mean() + 0.01 * (s.W**2).sum()


@exercise(
    """
# values asked on lines of their own, several on one line, formulas asked
x = [3, 4]
n = norm(x)
x, n
n**2 + 1
sum(x) / 2, x @ x
dn/dx
""",
    then=lambda e: {"n**2 + 1": 26.0, "sum(x) / 2": 3.5, "x @ x": 25.0},
    exact={"sum(x) / 2": "7/2"},
)
def formulas_asked(s: Board) -> None:
    s.n = jnp.sqrt(s.x[0] ** 2 + s.x[1] ** 2)


@exercise("""
# losses by name
y = [0.5, 2, -1]
t = [1, 0, -1]
Z = [[1, 2, 0.5], [0.1, -1, 3]]
T = [[0, 1, 0], [0, 0, 1]]
E = 0.5*sum((y - t)**2)
C = cross_entropy(Z[0], T[0])
D = cross_entropy(Z, T)
dE/dy, dC/dZ, dD/dZ
""")
def losses_by_name(s: Board) -> None:
    s.E = ((s.y - s.t) ** 2).sum() / 2
    s.C = -(s.T[0] * jax.nn.log_softmax(s.Z[0])).sum()
    s.D = -(s.T * jax.nn.log_softmax(s.Z)).sum() / 2


@exercise(
    """
# variance, covariance, correlation
X = [[1, 2], [3, 5], [4, 4], [8, 1]]
mu = mean(X, axis=0)
Xc = X - mu
S = Xc.T @ Xc / 3
sd = sqrt(diag(S))
R = S / outer(sd, sd)
r = R[0, 1]
dr/dX, dS/dX
""",
    exact={"S": None},
)
def correlation(s: Board) -> None:
    s.mu = s.X.mean(0)
    s.Xc = s.X - s.mu
    s.S = s.Xc.T @ s.Xc / 3
    s.sd = jnp.sqrt(jnp.diag(s.S))
    s.R = s.S / jnp.outer(s.sd, s.sd)
    s.r = s.R[0, 1]


@exercise("""
# a loss of a batch written with a mean of squared row norms
A = [[1, 2, 2], [0, 3, 4]]
B = [[1, 0, 0], [0, 0, 1]]
d = sqrt(sum((A - B)**2, axis=1))
L = mean(d)
N = norm(A - B)**2
m = mean(mean(A * B, axis=1))
dL/dA, dN/dB, dm/dA
""")
def distances_of_rows(s: Board) -> None:
    s.d = jnp.linalg.norm(s.A - s.B, axis=1)
    s.L = s.d.sum() / 2
    s.N = ((s.A - s.B) ** 2).sum()
    s.m = (s.A * s.B).sum() / 6


@exercise(
    """
# matrices with one row, one column, one entry
a = [[2]]
b = [3]
r = [[1, 2, 3]]
c = [[4], [5]]
P = c @ r
q = a * b
u = a @ r
v = r @ r.T
f = sum(P) + sum(q) + sum(u**2) + sum(v) + sum(c.T @ c)
df/da, df/db, df/dr, df/dc
""",
    exact={"df/dr": None, "df/da": None},
)
def single_rows_and_columns(s: Board) -> None:
    s.P = s.c * s.r
    s.q = s.a * s.b
    s.u = s.a[0, 0] * s.r
    s.v = (s.r**2).sum().reshape(1, 1)
    s.f = s.P.sum() + s.q.sum() + (s.u**2).sum() + s.v.sum() + (s.c**2).sum()


@exercise(
    """
# the gradient of a gradient by hand: Newton's direction of logistic regression
X = [[1, 2], [1, -1], [1, 0.5]]
y = [1, 0, 1]
w = [0.1, -0.2]
p = sigmoid(X @ w)
g = X.T @ (p - y)
H = X.T @ diag(p * (1 - p)) @ X
dw = inv(H) @ g
L = -sum(y*log(p) + (1 - y)*log(1 - p))
dL/dw, dg/dw
show(dL/dw == g)
show(dg/dw == H)
""",
    verdicts=("holds", "holds"),
)
def newton_direction(s: Board) -> None:
    s.p = jax.nn.sigmoid(s.X @ s.w)
    s.g = s.X.T @ (s.p - s.y)
    s.H = (s.X.T * (s.p * (1 - s.p))) @ s.X
    s.dw = jnp.linalg.solve(s.H, s.g)
    s.L = -(s.y * jnp.log(s.p) + (1 - s.y) * jnp.log(1 - s.p)).sum()


@exercise(
    """
# strided and padded convolutions of a batch with channels, global average pooling
x = full((2, 2, 5, 5), 0.5)
w = [[[[1, 0, -1], [0.5, 0, 0.5], [1, 2, 1]], [[0, 1, 0], [1, -4, 1], [0, 1, 0]]], [[[2, 1, 0], [1, 0, 1], [0, 1, 2]], [[-1, 0, 1], [0, 1, 0], [1, 0, -1]]]]
b = [0.1, -0.2]
z = conv2d(x, w, stride=2, padding=1) + b[:, None, None]
a = relu(z)
q = avg_pool2d(a, 3)
g = mean(a, axis=(2, 3))
L = sum(g**2) + sum(q)
dL/dw, dL/db, dL/dx, dL/dz
""",
    exact={"g": None},
)
def global_average_pooling(s: Board) -> None:
    z = jax.lax.conv_general_dilated(s.x, s.w, (2, 2), [(1, 1), (1, 1)])
    s.z = z + s.b[:, None, None]
    s.a = jax.nn.relu(s.z)
    s.q = s.a.mean((2, 3), keepdims=True)
    s.g = s.a.mean((2, 3))
    s.L = (s.g**2).sum() + s.q.sum()


@exercise(
    """
# plain matrices: an edge detector with stride, then pooling with overlap
P = [[0, 0, 1, 1, 0, 0, 1], [0, 2, 1, 0, 0, 1, 1], [1, 1, 0, 3, 1, 0, 0], [0, 1, 2, 1, 0, 1, 0], [1, 0, 0, 1, 4, 0, 1]]
V = [[1, -1]]
E = conv2d(P, V)
M = max_pool2d(E, 2, stride=1)
A = avg_pool2d(E, 2)
L = sum(M**2) + sum(A**3)
dL/dV, dL/dA
""",
    exact={"dL/dV": None},
)
def edges(s: Board) -> None:
    s.E = s.V[0, 0] * s.P[:, :-1] + s.V[0, 1] * s.P[:, 1:]
    s.M = jnp.maximum(jnp.maximum(s.E[:-1, :-1], s.E[:-1, 1:]), jnp.maximum(s.E[1:, :-1], s.E[1:, 1:]))
    e = s.E[:4, :6].reshape(2, 2, 3, 2)
    s.A = e.mean((1, 3))
    i = jax.lax.stop_gradient(jnp.stack([s.E[:-1, :-1], s.E[:-1, 1:], s.E[1:, :-1], s.E[1:, 1:]])).argmax(0)
    first = jax.nn.one_hot(i, 4, axis=0)
    m = (jnp.stack([s.E[:-1, :-1], s.E[:-1, 1:], s.E[1:, :-1], s.E[1:, 1:]]) * first).sum(0)
    s.L = (m**2).sum() + (s.A**3).sum()
