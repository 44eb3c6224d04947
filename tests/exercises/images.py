"""Convolution, pooling and normalisation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from harness import Board, exercise


def correlate(x, w, stride=1, padding=0):
    """Cross-correlation of (N, C, H, W) with (O, C, h, w), one output entry at a time."""
    x = jnp.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    h, k = w.shape[2:]
    rows = [
        jnp.stack([jnp.einsum("ncij,ocij->no", x[:, :, i : i + h, j : j + k], w) for j in range(0, x.shape[3] - k + 1, stride)], -1)
        for i in range(0, x.shape[2] - h + 1, stride)
    ]
    return jnp.stack(rows, -2)


def pooled(x, size, stride, how):
    """Pooling over the last two axes."""
    h, w = x.shape[-2:]
    rows = [jnp.stack([how(x[..., i : i + size, j : j + size]) for j in range(0, w - size + 1, stride)], -1) for i in range(0, h - size + 1, stride)]
    return jnp.stack(rows, -2)


def highest(x):
    return x.max((-2, -1))


def average(x):
    return x.mean((-2, -1))


@exercise(
    """
# a textbook's convolution: a 4 by 4 image, a 3 by 3 kernel
I = [[1, 2, 0, 1], [0, 1, 3, 2], [2, 0, 1, 1], [1, 1, 0, 2]]
K = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
F = conv2d(I, K)
L = sum(F**2)/2
dL/dK, dL/dI, dL/dF
""",
    exact={"F": None, "dL/dK": None, "dL/dI": None},
)
def plain_convolution(s: Board) -> None:
    s.F = correlate(s.I[None, None], s.K[None, None])[0, 0]
    s.L = (s.F**2).sum() / 2


@exercise(
    """
X = [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [0, 1, 0, 1, 0], [2, 2, 2, 2, 2], [1, 0, 3, 0, 1]]
w = [[0.5, -1, 0.25], [1, 0, -0.5], [0.75, 2, -1]]
b = 0.1
Z = conv2d(X, w, stride=2, padding=1) + b
A = relu(Z)
L = sum(A * [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
dL/dw, dL/db, dL/dX, dL/dZ
""",
    exact={"dL/dw": None},
)
def stride_and_padding(s: Board) -> None:
    s.Z = correlate(s.X[None, None], s.w[None, None], 2, 1)[0, 0] + s.b
    s.A = jax.nn.relu(s.Z)
    s.L = (s.A * jnp.arange(1.0, 10.0).reshape(3, 3)).sum()


@exercise(
    """
# three channels to two
x = [[[1, 0, 2], [0, 1, 1], [2, 2, 0]], [[0, 1, 0], [1, 1, 0], [0, 2, 1]], [[2, 1, 1], [0, 0, 1], [1, 0, 2]]]
W = [[[[1, 0], [0, 1]], [[-1, 1], [0, 0]], [[0.5, 0], [0, -0.5]]], [[[0, 1], [1, 0]], [[1, -1], [2, 0]], [[0, 0], [1, 1]]]]
y = conv2d(x, W)
L = sum(y**2)
dL/dW, dL/dx
""",
    exact={"y": None},
)
def channels(s: Board) -> None:
    s.y = correlate(s.x[None], s.W)[0]
    s.L = (s.y**2).sum()


@exercise("""
# a batch of two grey images, padding, two filters, then max pooling, then a linear layer
x = [[[[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8], [0.9, 1.0, 1.1, 1.2], [1.3, 1.4, 1.5, 1.6]]], [[[1, -1, 2, -2], [0.3, 0.1, -0.5, 0.7], [-1, 2, 0.4, 0.6], [1.5, -0.2, 0.8, -0.9]]]]
k = [[[[0.2, -0.1, 0.4], [0.3, 0.5, -0.6], [0.1, 0, 0.7]]], [[[-0.4, 0.2, 0.1], [0.6, -0.3, 0.5], [0.2, 0.9, -0.8]]]]
c = conv2d(x, k, padding=1)
r = relu(c)
p = max_pool2d(r, 2)
f = reshape(p, (2, 8))
w = [0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8]
y = f @ w
L = mean((y - [1, -1])**2)
dL/dk, dL/dw, dL/dx, dL/dp
""")
def convolutional_network(s: Board) -> None:
    s.c = correlate(s.x, s.k, 1, 1)
    s.r = jax.nn.relu(s.c)
    s.p = pooled(s.r, 2, 2, highest)
    s.f = s.p.reshape(2, 8)
    s.y = s.f @ s.w
    s.L = ((s.y - jnp.array([1, -1])) ** 2).mean()


@exercise(
    """
X = [[1, 3, 2, 4], [5, 6, 1, 2], [7, 2, 8, 1], [0, 4, 3, 9]]
M = max_pool2d(X, 2)
A = avg_pool2d(X, 2)
S = max_pool2d(X, 3, stride=1)
L = sum(M * [[1, 2], [3, 4]]) + sum(A**2) + sum(S)
dL/dX, dL/dM, dL/dA
""",
    exact={"M": [["6", "4"], ["7", "9"]], "A": [["15/4", "9/4"], ["13/4", "21/4"]], "dL/dX": None},
)
def pooling(s: Board) -> None:
    s.M = pooled(s.X, 2, 2, highest)
    s.A = pooled(s.X, 2, 2, average)
    s.S = pooled(s.X, 3, 1, highest)
    s.L = (s.M * jnp.array([[1, 2], [3, 4]])).sum() + (s.A**2).sum() + s.S.sum()


@exercise(
    """
# average pooling of channels with a stride smaller than the window
x = [[[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[-1, 0.5, 2], [3, -2, 1], [0, 1, 4]]]
a = avg_pool2d(x, 2, stride=1)
g = mean(a, axis=2)
v = mean(g, axis=1)
L = sum(v**2)
dL/dx, dL/da, dL/dg
""",
    exact={"v": None},
)
def overlapping_average(s: Board) -> None:
    s.a = pooled(s.x, 2, 1, average)
    s.g = s.a.sum(2) / 2
    s.v = s.g.sum(1) / 2
    s.L = (s.v**2).sum()


@exercise("""
# batch normalisation, written out
X = [[1, 2], [3, 6], [5, 1], [7, 7]]
gamma = [1.5, -0.5]
beta = [0.1, 0.2]
eps = 1e-5
mu = mean(X, axis=0)
var = mean((X - mu)**2, axis=0)
xhat = (X - mu) / sqrt(var + eps)
out = gamma * xhat + beta
L = sum(out**3)
dL/dX, dL/dgamma, dL/dbeta, dL/dmu, dL/dvar, dL/dxhat
""")
def batch_normalisation(s: Board) -> None:
    s.mu = s.X.mean(0)
    s.var = ((s.X - s.mu) ** 2).mean(0)
    s.xhat = (s.X - s.mu) / jnp.sqrt(s.var + s.eps)
    s.out = s.gamma * s.xhat + s.beta
    s.L = (s.out**3).sum()


@exercise("""
# layer normalisation, written out for rows, with keepdims
X = [[0.5, 1, -1], [2, 0, 3]]
g = [1, 2, 0.5]
b = [0, 0.1, -0.1]
m = mean(X, axis=1, keepdims=True)
v = mean((X - m)**2, axis=1, keepdims=True)
N = (X - m) / sqrt(v + 0.001)
Y = N * g + b
L = sum(Y * [[1, 2, 3], [4, 5, 6]])
dL/dX, dL/dg, dL/db, dL/dm, dL/dv
""")
def layer_normalisation(s: Board) -> None:
    s.m = s.X.mean(1, keepdims=True)
    s.v = ((s.X - s.m) ** 2).mean(1, keepdims=True)
    s.N = (s.X - s.m) / jnp.sqrt(s.v + 0.001)
    s.Y = s.N * s.g + s.b
    s.L = (s.Y * jnp.arange(1.0, 7.0).reshape(2, 3)).sum()


@exercise("""
x = [1, -2, 0.5, 3]
gamma = [1, 2, 3, 4]
beta = [0.5, 0, -0.5, 1]
y = layer_norm(x, gamma, beta)
L = sum(y**2)
dL/dx, dL/dgamma, dL/dbeta
""")
def layer_norm_by_name(s: Board) -> None:
    normal = (s.x - s.x.mean()) / jnp.sqrt(s.x.var() + 1e-5)
    s.y = normal * s.gamma + s.beta
    s.L = (s.y**2).sum()


@exercise("""
# root mean square normalisation
x = [3, 4, 0, -5]
g = [1, 1, 2, 2]
rms = sqrt(mean(x**2))
y = x / rms * g
L = y[0] + y[3]**2
dL/dx, dL/dg, dL/drms
""")
def root_mean_square_norm(s: Board) -> None:
    s.rms = jnp.sqrt((s.x @ s.x) / 4)
    s.y = s.g * s.x / s.rms
    s.L = s.y[0] + s.y[3] ** 2


@exercise(
    """
# one-dimensional convolution by slices
x = [1, 2, 3, 4, 5]
w = [1, 0, -1]
y = w[0]*x[:3] + w[1]*x[1:4] + w[2]*x[2:]
L = sum(y**2)
dL/dw, dL/dx
""",
    exact={"y": ["-2", "-2", "-2"], "dL/dw": ["-24", "-36", "-48"]},
)
def one_dimensional_convolution(s: Board) -> None:
    s.y = jnp.stack([s.w @ s.x[i : i + 3] for i in range(3)])
    s.L = (s.y**2).sum()


@exercise("""
# conv - relu - pool - dense - softmax on one small picture
img = [[1, 0, 0, 0, 1], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 0, 1]]
ker = [[1, -1], [0.5, 2]]
b = -0.5
V = [[1, 0, -1, 2], [0.5, 0.5, -0.5, 1]]
t = [1, 0]
c = relu(conv2d(img, ker) + b)
p = max_pool2d(c, 2)
z = V @ flatten(p)
y = softmax(z)
L = -log(sum(t * y))
dL/dker, dL/db, dL/dV, dL/dz, dL/dp
""")
def picture_classifier(s: Board) -> None:
    s.c = jax.nn.relu(correlate(s.img[None, None], s.ker[None, None])[0, 0] + s.b)
    windows = jnp.stack([s.c[i : i + 2, j : j + 2] for i in (0, 2) for j in (0, 2)])
    first = jax.nn.one_hot(windows.reshape(4, 4).argmax(1), 4)
    s.p = (windows.reshape(4, 4) * first).sum(1).reshape(2, 2)
    s.z = s.V @ s.p.reshape(-1)
    s.y = jax.nn.softmax(s.z)
    s.L = -jnp.log(s.y[0])
