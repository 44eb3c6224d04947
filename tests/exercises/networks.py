"""Multi-layer perceptrons in every orientation people write them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from harness import Board, exercise


def sigmoid(t):
    return 1 / (1 + jnp.exp(-t))


@exercise(
    """
# the step-by-step backpropagation example with two sigmoid layers
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
target_o1 = 0.01
target_o2 = 0.99

net_h1 = w1*i1 + w2*i2 + b1*1
out_h1 = 1/(1 + exp(-net_h1))
net_h2 = w3*i1 + w4*i2 + b1*1
out_h2 = 1/(1 + exp(-net_h2))
net_o1 = w5*out_h1 + w6*out_h2 + b2*1
out_o1 = 1/(1 + exp(-net_o1))
net_o2 = w7*out_h1 + w8*out_h2 + b2*1
out_o2 = 1/(1 + exp(-net_o2))
E_o1 = 1/2*(target_o1 - out_o1)**2
E_o2 = 1/2*(target_o2 - out_o2)**2
E_total = E_o1 + E_o2

dE_total/dw1, dE_total/dw2, dE_total/dw3, dE_total/dw4
dE_total/dw5, dE_total/dw6, dE_total/dw7, dE_total/dw8
dE_total/dout_h1, dE_o1/dout_h1, dout_o1/dnet_o1, dE_total/dnet_o1
step(E_total, [w1, w2, w3, w4, w5, w6, w7, w8], rate=0.5)
""",
    then=lambda e: {f"w{i}'": e[f"w{i}"] - 0.5 * e[f"dE_total/dw{i}"] for i in range(1, 9)},
)
def two_sigmoid_layers_by_scalars(s: Board) -> None:
    s.net_h1 = s.w1 * s.i1 + s.w2 * s.i2 + s.b1
    s.out_h1 = sigmoid(s.net_h1)
    s.net_h2 = s.w3 * s.i1 + s.w4 * s.i2 + s.b1
    s.out_h2 = sigmoid(s.net_h2)
    s.net_o1 = s.w5 * s.out_h1 + s.w6 * s.out_h2 + s.b2
    s.out_o1 = sigmoid(s.net_o1)
    s.net_o2 = s.w7 * s.out_h1 + s.w8 * s.out_h2 + s.b2
    s.out_o2 = sigmoid(s.net_o2)
    s.E_o1 = (s.target_o1 - s.out_o1) ** 2 / 2
    s.E_o2 = (s.target_o2 - s.out_o2) ** 2 / 2
    s.E_total = s.E_o1 + s.E_o2


@exercise(
    """
# the same network with matrices, rows are units
x = [0.05, 0.10]
W1 = [[0.15, 0.20], [0.25, 0.30]]
W2 = [[0.40, 0.45], [0.50, 0.55]]
b1 = [0.35, 0.35]
b2 = [0.60, 0.60]
t = [0.01, 0.99]
z1 = W1 @ x + b1
a1 = sigmoid(z1)
z2 = W2 @ a1 + b2
a2 = sigmoid(z2)
E = 0.5 * sum((t - a2)**2)
dE/dz2, dE/dW2, dE/db2, dE/da1, dE/dz1, dE/dW1, dE/db1
step(E, [W1, W2], rate=0.5)
""",
    then=lambda e: {f"{w}'": e[w] - 0.5 * e[f"dE/d{w}"] for w in ("W1", "W2")},
)
def two_sigmoid_layers_by_matrices(s: Board) -> None:
    s.z1 = jnp.einsum("ij,j->i", s.W1, s.x) + s.b1
    s.a1 = sigmoid(s.z1)
    s.z2 = jnp.einsum("ij,j->i", s.W2, s.a1) + s.b2
    s.a2 = sigmoid(s.z2)
    s.E = ((s.t - s.a2) ** 2).sum() / 2


@exercise(
    """---
title: Samples as rows
---
A regression network with one hidden layer, on three samples.

```byhand
X = [[1, 2], [0, -1], [3, 1]]       # three samples
t = [1, 0, 2]
W1 = [[1, -1, 2], [0.5, 2, -1]]
b1 = [0.1, -0.2, 0.3]
w2 = [1, -2, 0.5]
b2 = 0.25
N = 3

Z = X @ W1 + b1
H = relu(Z)
y = H @ w2 + b2
E = 1/(2*N) * sum((y - t)**2)
```

Find all gradients.

```byhand
dE/dw2, dE/db2
dE/dW1, dE/db1
dE/dX
```

And the errors.

```byhand
dE/dy, dE/dH, dE/dZ
```
""",
    exact={"E": None, "dE/dW1": None, "dE/dX": None},
)
def samples_as_rows(s: Board) -> None:
    s.Z = s.X @ s.W1 + s.b1
    s.H = jnp.where(s.Z > 0, s.Z, 0)
    s.y = s.H @ s.w2 + s.b2
    s.E = ((s.y - s.t) ** 2).mean() / 2


@exercise("""
# samples as columns, biases as columns (n, 1)
X = [[0, 0, 1, 1], [0, 1, 0, 1]]
Y = [[0, 1, 1, 0]]
W1 = [[1.5, -0.5], [0.3, 0.8], [-1.1, 0.4]]
b1 = [[0.1], [-0.2], [0]]
W2 = [[0.7, -1.2, 0.9]]
b2 = [[0.05]]
m = 4

Z1 = W1 @ X + b1
A1 = tanh(Z1)
Z2 = W2 @ A1 + b2
A2 = sigmoid(Z2)
J = -1/m * sum(Y*log(A2) + (1 - Y)*log(1 - A2))

dJ/dZ2
dJ/dW2, dJ/db2
dJ/dZ1
dJ/dW1, dJ/db1
""")
def samples_as_columns(s: Board) -> None:
    s.Z1 = s.W1 @ s.X + s.b1
    s.A1 = jnp.tanh(s.Z1)
    s.Z2 = s.W2 @ s.A1 + s.b2
    s.A2 = sigmoid(s.Z2)
    s.J = -jnp.mean(s.Y * jnp.log(s.A2) + (1 - s.Y) * jnp.log(1 - s.A2))


@exercise("""
X = [[1, 0.5], [-1, 2], [0.3, 0.3], [2, -2]]
Y = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]
W1 = [[0.2, -0.4, 0.1, 0.6], [0.5, 0.3, -0.7, 0.2]]
W2 = [[0.1, -0.2, 0.3], [0.4, 0.5, -0.6], [-0.7, 0.8, 0.9], [0.2, -0.1, 0.4]]
H = maximum(X @ W1, 0)
S = H @ W2
P = softmax(S)
L = -mean(sum(Y*log(P), axis=1))
dL/dW1, dL/dW2, dL/dS, dL/dH
""")
def classifier_without_biases(s: Board) -> None:
    s.H = jax.nn.relu(s.X @ s.W1)
    s.S = s.H @ s.W2
    s.P = jax.nn.softmax(s.S)
    s.L = -(s.Y * jax.nn.log_softmax(s.S)).sum(1).mean()


@exercise("""
# row vectors
x = [[1, -1, 2]]
W1 = [[1, 0], [2, -1], [0.5, 1]]
b1 = [[0, 0.5]]
W2 = [[2], [-3]]
y = [[1]]
h = sigmoid(x @ W1 + b1)
yhat = h @ W2
loss = (yhat - y)**2
C = sum(loss)
dC/dW1, dC/dW2, dC/db1, dC/dx
""")
def row_vectors_as_matrices(s: Board) -> None:
    s.h = sigmoid(s.x @ s.W1 + s.b1)
    s.yhat = s.h @ s.W2
    s.loss = (s.yhat - s.y) ** 2
    s.C = s.loss[0, 0]


@exercise("""
# column vectors as matrices (n, 1)
x = [[1], [2]]
W1 = [[0.5, -0.5], [1, 1], [0, 2]]
b1 = [[0], [0], [-1]]
W2 = [[1, 2, -1]]
b2 = [[0.5]]
y = [[2]]
z1 = W1 @ x + b1
h = relu(z1)
z2 = W2 @ h + b2
e = z2 - y
J = 0.5 * e.T @ e
dJ/dW2, dJ/db2, dJ/dW1, dJ/db1, dJ/dh
""")
def column_vectors_as_matrices(s: Board) -> None:
    s.z1 = s.W1 @ s.x + s.b1
    s.h = jax.nn.relu(s.z1)
    s.z2 = s.W2 @ s.h + s.b2
    s.e = s.z2 - s.y
    s.J = s.e**2 / 2


@exercise(
    """
x = [1, -2]
W1 = [[1, 2], [3, 4], [-1, 1]]
W2 = [[1, -1, 2], [0, 1, 1]]
W3 = [[2, 1]]
b1 = [0, 1, 2]
b2 = [1, 0]
b3 = [-1]
h1 = relu(W1 @ x + b1)
h2 = relu(W2 @ h1 + b2)
y = W3 @ h2 + b3
L = sum((y - 3)**2)
dL/dW3, dL/db3, dL/dW2, dL/db2, dL/dW1, dL/db1, dL/dx
""",
    exact={"L": None, "dL/dW1": None, "dL/dx": None},
)
def three_integer_layers(s: Board) -> None:
    s.h1 = jax.nn.relu(s.W1 @ s.x + s.b1)
    s.h2 = jax.nn.relu(s.W2 @ s.h1 + s.b2)
    s.y = s.W3 @ s.h2 + s.b3
    s.L = (s.y[0] - 3) ** 2


@exercise(
    """
# linear regression with the bias inside the weights
X = [[1, 1], [1, 2], [1, 3], [1, 4]]
y = [2, 3, 5, 4]
theta = [0.5, 1]
r = X @ theta - y
MSE = mean(r**2)
J = r @ r / 8
dMSE/dtheta, dJ/dtheta, dJ/dr
step(J, [theta], rate=0.1)
""",
    exact={"MSE": None, "dMSE/dtheta": None, "theta'": None},
    then=lambda e: {"theta'": e["theta"] - 0.1 * e["dJ/dtheta"]},
)
def linear_regression(s: Board) -> None:
    s.r = s.X @ s.theta - s.y
    s.MSE = (s.r**2).sum() / 4
    s.J = (s.r**2).sum() / 8


@exercise("""
# logistic regression
X = [[0.5, 1.5], [1, 1], [1.5, 0.5], [3, 0.5], [2, 2], [1, 2.5]]
y = [0, 0, 0, 1, 1, 1]
w = [1, 1]
b = -3
f = sigmoid(X @ w + b)
J = -mean(y*log(f) + (1 - y)*log(1 - f))
dJ/dw, dJ/db
""")
def logistic_regression(s: Board) -> None:
    s.f = sigmoid(s.X @ s.w + s.b)
    s.J = -jnp.mean(jnp.log(jnp.where(s.y == 1, s.f, 1 - s.f)))


@exercise("""
# two hidden layers of PyTorch's kind, y = x A^T + b
x = [[0.3, -0.8, 1.2], [1.1, 0.4, -0.6]]
A1 = [[0.1, 0.2, 0.3], [-0.3, 0.5, 0.7], [0.9, -0.2, 0.4], [0.6, 0.1, -0.5]]
c1 = [0.1, 0, -0.1, 0.2]
A2 = [[0.4, -0.3, 0.2, 0.1], [0.7, 0.6, -0.5, 0.3]]
c2 = [0.05, -0.05]
target = [[1, 0], [0.5, -0.5]]
u1 = x @ A1.T + c1
v1 = gelu(u1)
out = v1 @ A2.T + c2
mse = mean((out - target)**2)
dmse/dA1, dmse/dc1, dmse/dA2, dmse/dc2, dmse/dx, dmse/du1
""")
def linear_layers_with_transposed_weights(s: Board) -> None:
    s.u1 = jnp.einsum("ni,oi->no", s.x, s.A1) + s.c1
    s.v1 = jax.nn.gelu(s.u1, approximate=False)
    s.out = jnp.einsum("ni,oi->no", s.v1, s.A2) + s.c2
    s.mse = ((s.out - s.target) ** 2).sum() / 4


@exercise("""
# residual blocks
x = [1, -0.5, 0.25]
W1 = [[0.2, -0.1, 0.4], [0.5, 0.3, -0.2], [-0.3, 0.1, 0.6]]
W2 = [[0.1, 0.2, -0.3], [-0.4, 0.2, 0.5], [0.3, -0.6, 0.1]]
v = [1, 2, -1]
r1 = x + relu(W1 @ x)
r2 = r1 + W2 @ relu(r1)
s = v @ r2
ds/dx, ds/dW1, ds/dW2, ds/dr1
""")
def residual_blocks(s: Board) -> None:
    s.r1 = s.x + jax.nn.relu(s.W1 @ s.x)
    s.r2 = s.r1 + s.W2 @ jax.nn.relu(s.r1)
    s.s = s.v @ s.r2


@exercise("""
# autoencoder with tied weights
x = [0.5, -1, 0.8, 0.1]
W = [[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.7]]
b = [0.1, -0.1]
c = [0, 0.2, -0.2, 0.1]
h = sigmoid(W @ x + b)
xhat = W.T @ h + c
L = sum((x - xhat)**2)
dL/dW, dL/db, dL/dc, dL/dh, dL/dx
""")
def tied_autoencoder(s: Board) -> None:
    s.h = sigmoid(s.W @ s.x + s.b)
    s.xhat = s.h @ s.W + s.c
    s.L = ((s.x - s.xhat) ** 2).sum()


@exercise("""
# the same matrix twice
W = [[1, -0.5], [0.5, 0.25]]
x = [1, 2]
y = W @ tanh(W @ x)
g = y[0]**2 + y[1]
dg/dW, dg/dx, dg/dy
""")
def same_weights_twice(s: Board) -> None:
    s.y = s.W @ jnp.tanh(s.W @ s.x)
    s.g = s.y[0] ** 2 + s.y[1]


@exercise(
    """
# Greek letters
α = 0.5
β = [1, -1]
Θ = [[1, 2], [3, 4]]
ξ = Θ @ β
σ2 = sum(ξ**2)/2
ℓ = α*σ2 + (1 - α)*sum(abs(β))
dℓ/dα, dℓ/dβ, dℓ/dΘ, dℓ/dξ
""",
    exact={"dℓ/dΘ": None},
)
def greek_letters(s: Board) -> None:
    s.ξ = s.Θ @ s.β
    s.σ2 = (s.ξ @ s.ξ) / 2
    s["ℓ"] = s.α * s.σ2 + (1 - s.α) * (s.β[0] - s.β[1])


@exercise(
    """
# delta names, as in lecture notes: the errors are written out and compared with the gradients
x = [1, 0.5]
y = [1, 0]
W_1 = [[0.1, 0.4], [0.2, -0.3], [0.5, 0.6]]
W_2 = [[0.3, -0.1, 0.2], [0.4, 0.7, -0.5]]
z_1 = W_1 @ x
a_1 = tanh(z_1)
z_2 = W_2 @ a_1
a_2 = sigmoid(z_2)
C = sum((a_2 - y)**2) / 2
delta_2 = (a_2 - y) * a_2 * (1 - a_2)
delta_1 = (W_2.T @ delta_2) * (1 - a_1**2)
G2 = outer(delta_2, a_1)
G1 = outer(delta_1, x)
dC/dz_2, dC/dz_1, dC/dW_2, dC/dW_1
show(dC/dz_2 == delta_2)
show(dC/dW_1 == G1)
show(dC/dW_2 == outer(a_1, delta_2).T)
show(dC/dz_1 == delta_1 * 2)
""",
    verdicts=("holds", "holds", "holds", "fails"),
)
def errors_written_out(s: Board) -> None:
    s.z_1 = s.W_1 @ s.x
    s.a_1 = jnp.tanh(s.z_1)
    s.z_2 = s.W_2 @ s.a_1
    s.a_2 = sigmoid(s.z_2)
    s.C = ((s.a_2 - s.y) ** 2).sum() / 2
    s.delta_2 = (s.a_2 - s.y) * s.a_2 * (1 - s.a_2)
    s.delta_1 = (s.delta_2 @ s.W_2) * (1 - s.a_1**2)
    s.G2 = s.delta_2[:, None] * s.a_1
    s.G1 = s.delta_1[:, None] * s.x


@exercise("""
# a deep and narrow chain
x = 0.5
w1 = 1.1
w2 = -0.9
w3 = 1.3
w4 = 0.7
b1 = 0.1
b2 = 0.2
b3 = -0.3
b4 = 0.4
a1 = sigmoid(w1*x + b1)
a2 = sigmoid(w2*a1 + b2)
a3 = sigmoid(w3*a2 + b3)
a4 = sigmoid(w4*a3 + b4)
y = 1
C = (a4 - y)**2
dC/db1, dC/db2, dC/db3, dC/db4, dC/dw1, dC/da1
""")
def vanishing_gradient(s: Board) -> None:
    s.a1 = sigmoid(s.w1 * s.x + s.b1)
    s.a2 = sigmoid(s.w2 * s.a1 + s.b2)
    s.a3 = sigmoid(s.w3 * s.a2 + s.b3)
    s.a4 = sigmoid(s.w4 * s.a3 + s.b4)
    s.C = (s.a4 - s.y) ** 2


LAYERS = 30


@exercise(
    "W = [[0.9, -0.3, 0.2], [0.1, 0.8, 0.4], [-0.2, 0.5, 0.7]]\nh0 = [1, -1, 0.5]\n"
    + "".join(f"b{i} = [0.{i:02}, -0.1, 0.05]\nh{i} = tanh(W @ h{i - 1} + b{i})\n" for i in range(1, LAYERS + 1))
    + f"L = sum(h{LAYERS}**2)\ndL/dW, dL/dh0, dL/db1, dL/db30, dL/dh15",
    seconds=2,
)
def thirty_layers(s: Board) -> None:
    for i in range(1, LAYERS + 1):
        s[f"h{i}"] = jnp.tanh(s.W @ s[f"h{i - 1}"] + s[f"b{i}"])
    s.L = (s[f"h{LAYERS}"] ** 2).sum()


@exercise(
    """
x = full((784,), 0.01)
W1 = full((784, 128), 0.02)
b1 = zeros(128)
W2 = full((128, 10), -0.03)
b2 = ones(10)
y = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
h = relu(x @ W1 + b1)
p = softmax(h @ W2 + b2)
L = -sum(y * log(p))
dL/dW1, dL/db2, dL/dx
""",
    seconds=1,
)
def digits_network(s: Board) -> None:
    s.h = jax.nn.relu(s.x @ s.W1 + s.b1)
    s.p = jax.nn.softmax(s.h @ s.W2 + s.b2)
    s.L = -jnp.log(s.p[3])


@exercise(
    """
# XOR solved by hand
X = [[0, 0], [0, 1], [1, 0], [1, 1]]
W = ones((2, 2))
c = [0, -1]
w = [1, -2]
t = [0, 1, 1, 0]
A = X @ W + c
H = relu(A)
f = H @ w
J = 1/4 * sum((t - f)**2)
dJ/dW, dJ/dc, dJ/dw
""",
    exact={"f": ["0", "1", "1", "0"], "J": "0", "dJ/dW": [["0", "0"], ["0", "0"]]},
)
def xor(s: Board) -> None:
    s.A = s.X @ s.W + s.c
    s.H = jax.nn.relu(s.A)
    s.f = s.H @ s.w
    s.J = ((s.t - s.f) ** 2).mean()


@exercise("""
# two outputs, two losses, shared trunk
x = [1, 2]
V = [[0.5, -0.25], [1, 0.75]]
u = [1, -1]
w = [2, 0.5]
h = relu(V @ x)
y1 = u @ h
y2 = sigmoid(w @ h)
L1 = (y1 - 1)**2
L2 = -log(y2)
L = L1 + 0.3*L2
dL1/dV, dL2/dV, dL/dV
dL/dh, dL1/dh
dL/du, dL2/dw
""")
def two_heads(s: Board) -> None:
    s.h = jax.nn.relu(s.V @ s.x)
    s.y1 = s.u @ s.h
    s.y2 = sigmoid(s.w @ s.h)
    s.L1 = (s.y1 - 1) ** 2
    s.L2 = -jnp.log(s.y2)
    s.L = s.L1 + 0.3 * s.L2


@exercise("""
# a gated unit and a mixture of experts
x = [0.5, -1.5]
Wg = [[1, 0.5], [-0.5, 2]]
Wa = [[0.3, 0.7], [0.2, -0.4]]
Wb = [[-1, 0.1], [0.6, 0.9]]
g = softmax(Wg @ x)
ea = tanh(Wa @ x)
eb = silu(Wb @ x)
y = g[0]*ea + g[1]*eb
L = 1/2 * sum((y - [1, 1])**2)
dL/dWg, dL/dWa, dL/dWb, dL/dg
""")
def mixture_of_experts(s: Board) -> None:
    s.g = jax.nn.softmax(s.Wg @ s.x)
    s.ea = jnp.tanh(s.Wa @ s.x)
    b = s.Wb @ s.x
    s.eb = b * sigmoid(b)
    s.y = s.g[0] * s.ea + s.g[1] * s.eb
    s.L = ((s.y - 1) ** 2).sum() / 2
