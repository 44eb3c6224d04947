"""Recurrent cells unrolled, attention, embeddings."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from harness import Board, exercise


@exercise("""
# a recurrent network on three steps
x1 = [1, 0]
x2 = [0, 1]
x3 = [1, 1]
h0 = zeros(3)
Wxh = [[0.1, 0.2], [-0.3, 0.4], [0.5, -0.6]]
Whh = [[0.2, -0.1, 0.3], [0.4, 0.1, -0.2], [-0.5, 0.2, 0.1]]
bh = [0, 0.1, -0.1]
Why = [[0.7, -0.8, 0.9]]
h1 = tanh(Wxh @ x1 + Whh @ h0 + bh)
h2 = tanh(Wxh @ x2 + Whh @ h1 + bh)
h3 = tanh(Wxh @ x3 + Whh @ h2 + bh)
y = Why @ h3
L = 0.5*sum((y - 1)**2)
dL/dWhh, dL/dWxh, dL/dbh, dL/dWhy, dL/dh1, dL/dh2, dL/dx1, dL/dh0
""")
def unrolled_recurrence(s: Board) -> None:
    for t in (1, 2, 3):
        s[f"h{t}"] = jnp.tanh(s.Wxh @ s[f"x{t}"] + s.Whh @ s[f"h{t - 1}"] + s.bh)
    s.y = s.Why @ s.h3
    s.L = ((s.y - 1) ** 2).sum() / 2


@exercise(
    """
# scalar recurrence with linear states: the gradient explodes
w = 2
u = 1
x = [1, 1, 1, 1]
s0 = 0
s1 = w*s0 + u*x[0]
s2 = w*s1 + u*x[1]
s3 = w*s2 + u*x[2]
s4 = w*s3 + u*x[3]
L = (s4 - 10)**2 / 2
dL/dw, dL/du, dL/dx, dL/ds1, ds4/ds1
""",
    exact={"s4": "15", "dL/dw": "85", "ds4/ds1": "8"},
)
def exploding_gradient(s: Board) -> None:
    for t in range(4):
        s[f"s{t + 1}"] = s.w * s[f"s{t}"] + s.u * s.x[t]
    s.L = (s.s4 - 10) ** 2 / 2


@exercise("""
# losses at every step: characters
X = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
T = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
U = [[0.3, -0.2, 0.1], [0.5, 0.4, -0.6]]
W = [[0.2, 0.7], [-0.1, 0.3]]
V = [[0.6, -0.5], [0.1, 0.9], [-0.4, 0.2]]
b = [0.1, 0.1]
c = [0, 0, 0]
h_0 = [0, 0]
h_1 = tanh(U @ X[0] + W @ h_0 + b)
h_2 = tanh(U @ X[1] + W @ h_1 + b)
h_3 = tanh(U @ X[2] + W @ h_2 + b)
o_1 = V @ h_1 + c
o_2 = V @ h_2 + c
o_3 = V @ h_3 + c
L_1 = -sum(T[0] * log_softmax(o_1))
L_2 = -sum(T[1] * log_softmax(o_2))
L_3 = -sum(T[2] * log_softmax(o_3))
L = L_1 + L_2 + L_3
dL/dU, dL/dV, dL/dW, dL/db, dL/dc, dL/do_2, dL/dh_1
""")
def character_model(s: Board) -> None:
    for t in (1, 2, 3):
        s[f"h_{t}"] = jnp.tanh(s.U @ s.X[t - 1] + s.W @ s[f"h_{t - 1}"] + s.b)
        s[f"o_{t}"] = s.V @ s[f"h_{t}"] + s.c
        s[f"L_{t}"] = -(s.T[t - 1] * jax.nn.log_softmax(s[f"o_{t}"])).sum()
    s.L = s.L_1 + s.L_2 + s.L_3


@exercise("""
# one LSTM cell
x = [1, -0.5]
h = [0.2, 0.1]
c = [0.5, -0.4]
Wf = [[0.1, 0.2, 0.3, 0.4], [0.5, -0.6, 0.7, -0.8]]
Wi = [[-0.3, 0.1, 0.2, 0.6], [0.4, 0.4, -0.1, 0.2]]
Wo = [[0.7, -0.2, 0.5, 0.1], [-0.1, 0.3, 0.9, -0.4]]
Wc = [[0.2, 0.8, -0.5, 0.3], [0.6, 0.1, 0.4, -0.7]]
bf = [1, 1]
bi = [0, 0]
bo = [0, 0.1]
bc = [0.2, 0]
v = concat([x, h])
f = sigmoid(Wf @ v + bf)
i = sigmoid(Wi @ v + bi)
o = sigmoid(Wo @ v + bo)
g = tanh(Wc @ v + bc)
c_new = f*c + i*g
h_new = o*tanh(c_new)
L = sum(h_new**2)
dL/dWf, dL/dWi, dL/dWo, dL/dWc
dL/dbf, dL/dbi, dL/dbo, dL/dbc
dL/dx, dL/dh, dL/dc
""")
def lstm_cell(s: Board) -> None:
    v = jnp.concatenate([s.x, s.h])
    s.v = v
    s.f = jax.nn.sigmoid(s.Wf @ s.v + s.bf)
    s.i = jax.nn.sigmoid(s.Wi @ s.v + s.bi)
    s.o = jax.nn.sigmoid(s.Wo @ s.v + s.bo)
    s.g = jnp.tanh(s.Wc @ s.v + s.bc)
    s.c_new = s.f * s.c + s.i * s.g
    s.h_new = s.o * jnp.tanh(s.c_new)
    s.L = (s.h_new**2).sum()


@exercise("""
# an LSTM cell with one matrix for all gates, cut by slices
x = [0.5, 1]
h = [0.1, -0.2, 0.3]
c = [0, 0.4, -0.1]
W = full((12, 2), 0.1)
U = full((12, 3), -0.2)
b = full((12,), 0.05)
a = W @ x + U @ h + b
i = sigmoid(a[0:3])
f = sigmoid(a[3:6])
o = sigmoid(a[6:9])
g = tanh(a[9:12])
c1 = f*c + i*g
h1 = o*tanh(c1)
E = sum(h1)
dE/dW, dE/dU, dE/db, dE/da, dE/dc
""")
def lstm_cell_in_slices(s: Board) -> None:
    s.a = s.W @ s.x + s.U @ s.h + s.b
    i, f, o, g = jnp.split(s.a, 4)
    s.i, s.f, s.o, s.g = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jax.nn.sigmoid(o), jnp.tanh(g)
    s.c1 = s.f * s.c + s.i * s.g
    s.h1 = s.o * jnp.tanh(s.c1)
    s.E = s.h1.sum()


@exercise("""
# a GRU cell
x_t = [0.4, -0.7]
h_prev = [0.3, 0.1, -0.5]
W_z = [[0.2, 0.1], [0.5, -0.4], [0.3, 0.6]]
U_z = [[0.1, 0, 0.2], [0.3, 0.4, -0.1], [0.2, -0.5, 0.1]]
W_r = [[-0.2, 0.4], [0.1, 0.3], [0.7, -0.6]]
U_r = [[0.5, 0.1, -0.2], [0, 0.3, 0.2], [-0.3, 0.2, 0.4]]
W_h = [[0.9, -0.3], [0.2, 0.2], [-0.1, 0.8]]
U_h = [[0.2, -0.1, 0.5], [0.1, 0.6, 0.3], [-0.4, 0.2, 0.2]]
z_t = sigmoid(W_z @ x_t + U_z @ h_prev)
r_t = sigmoid(W_r @ x_t + U_r @ h_prev)
h_tilde = tanh(W_h @ x_t + U_h @ (r_t * h_prev))
h_t = (1 - z_t) * h_prev + z_t * h_tilde
J = 0.5*sum(h_t**2)
dJ/dW_z, dJ/dU_z, dJ/dW_r, dJ/dU_r, dJ/dW_h, dJ/dU_h, dJ/dx_t, dJ/dh_prev
""")
def gru_cell(s: Board) -> None:
    s.z_t = jax.nn.sigmoid(s.W_z @ s.x_t + s.U_z @ s.h_prev)
    s.r_t = jax.nn.sigmoid(s.W_r @ s.x_t + s.U_r @ s.h_prev)
    s.h_tilde = jnp.tanh(s.W_h @ s.x_t + s.U_h @ (s.r_t * s.h_prev))
    s.h_t = s.h_prev + s.z_t * (s.h_tilde - s.h_prev)
    s.J = (s.h_t @ s.h_t) / 2


@exercise("""
# scaled dot-product attention of one query
q = [1, 0.5]
K = [[1, 0], [0, 1], [1, 1]]
V = [[1, 2], [3, 4], [5, 6]]
s = K @ q / sqrt(2)
a = softmax(s)
o = a @ V
L = sum(o)
dL/dq, dL/dK, dL/dV, dL/ds, dL/da, do/da
""")
def one_query(s: Board) -> None:
    s.s = s.K @ s.q / jnp.sqrt(2.0)
    s.a = jax.nn.softmax(s.s)
    s.o = s.V.T @ s.a
    s.L = s.o.sum()


@exercise(
    """
# one attention head on a short sequence
X = [[1, 0, 1, 0], [0, 2, 0, 2], [1, 1, 1, 1]]
Wq = [[1, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 1]]
Wk = [[0, 0, 1], [1, 1, 0], [0, 1, 0], [1, 1, 0]]
Wv = [[0, 2, 0], [0, 3, 0], [1, 0, 3], [1, 1, 0]]
d = 3
Q = X @ Wq
K = X @ Wk
V = X @ Wv
S = Q @ K.T / sqrt(d)
A = softmax(S, axis=-1)
O = A @ V
L = mean(O**2)
dL/dWq, dL/dWk, dL/dWv, dL/dX, dL/dS, dL/dA
""",
    exact={"Q": [["1", "0", "2"], ["2", "2", "2"], ["2", "1", "3"]]},
)
def one_head(s: Board) -> None:
    s.Q, s.K, s.V = s.X @ s.Wq, s.X @ s.Wk, s.X @ s.Wv
    s.S = jnp.einsum("id,jd->ij", s.Q, s.K) / jnp.sqrt(s.d)
    s.A = jax.nn.softmax(s.S, axis=1)
    s.O = s.A @ s.V
    s.L = (s.O**2).mean()


@exercise("""
# causal attention: a mask is added to the scores
Q = [[0.5, 1], [1, -1], [0.2, 0.3]]
K = [[1, 0.4], [-0.6, 0.8], [0.9, 0.1]]
V = [[1, 0], [0, 1], [2, -1]]
M = [[0, -1000, -1000], [0, 0, -1000], [0, 0, 0]]
S = Q @ K.T / sqrt(2) + M
P = softmax(S)
O = P @ V
L = sum(O * [[1, 2], [3, 4], [5, 6]])
dL/dQ, dL/dK, dL/dV, dL/dP
""")
def causal_attention(s: Board) -> None:
    s.S = s.Q @ s.K.T / jnp.sqrt(2.0) + s.M
    s.P = jax.nn.softmax(s.S)
    s.O = s.P @ s.V
    s.L = (s.O * jnp.arange(1.0, 7.0).reshape(3, 2)).sum()


@exercise("""
Q = [[0.1, 0.5, -0.3], [0.7, -0.2, 0.4]]
K = [[0.3, 0.3, 0.1], [-0.5, 0.2, 0.6], [0.8, -0.1, 0.2]]
V = [[1, 2], [0, -1], [0.5, 0.5]]
O = attention(Q, K, V)
L = sum(O**2)
dL/dQ, dL/dK, dL/dV
""")
def attention_by_name(s: Board) -> None:
    s.O = jax.nn.softmax(s.Q @ s.K.T / jnp.sqrt(3.0)) @ s.V
    s.L = (s.O**2).sum()


@exercise(
    """
# embeddings of a bag of words; a word occurs twice
E = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [0.7, 0.8], [0.9, 1]]
words = [3, 1, 3]
w = [1, -2]
X = E[words]
m = mean(X, axis=0)
y = sigmoid(m @ w)
L = -log(y)
dL/dE, dL/dX, dL/dm, dL/dw
""",
    exact={"X": [["7/10", "4/5"], ["3/10", "2/5"], ["7/10", "4/5"]]},
)
def bag_of_words(s: Board) -> None:
    s.X = s.E[jnp.array([3, 1, 3])]
    s.m = s.X.sum(0) / 3
    s.y = 1 / (1 + jnp.exp(-(s.m @ s.w)))
    s.L = -jnp.log(s.y)


@exercise("""
# a neural language model: embeddings of the context are concatenated, then flattened
C = [[0.1, -0.1], [0.2, 0.3], [-0.4, 0.5], [0.6, 0.7]]
context = [[0, 1], [2, 0], [3, 3]]
target = [[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
W = [[0.5, -0.2, 0.1], [0.3, 0.4, -0.6], [-0.1, 0.2, 0.8], [0.7, 0.1, 0.2]]
b = [0.1, 0, -0.1]
U = [[0.2, 0.1, -0.3, 0.4], [0.5, -0.6, 0.7, 0.1], [-0.2, 0.3, 0.1, 0.2]]
emb = C[context]
e0 = reshape(emb, (3, 4))
h = tanh(e0 @ W + b)
logits = h @ U
loss = -mean(sum(target * log_softmax(logits), axis=1))
dloss/dC, dloss/dW, dloss/db, dloss/dU, dloss/demb
""")
def language_model(s: Board) -> None:
    s.emb = s.C[jnp.array([[0, 1], [2, 0], [3, 3]])]
    s.e0 = s.emb.reshape(3, 4)
    s.h = jnp.tanh(s.e0 @ s.W + s.b)
    s.logits = s.h @ s.U
    s.loss = -(s.target * jax.nn.log_softmax(s.logits)).sum() / 3


@exercise("""
# two heads by slices, then concatenated
X = [[1, 0.5, -1, 0.2], [0.3, -0.7, 0.8, 1]]
Wo = [[0.1, 0.2, 0.3, 0.4], [0.5, -0.6, 0.7, 0.8], [-0.1, 0.2, -0.3, 0.4], [0.5, 0.6, -0.7, 0.8]]
Xa = X[:, 0:2]
Xb = X[:, 2:]
Ha = softmax(Xa @ Xa.T / sqrt(2)) @ Xa
Hb = softmax(Xb @ Xb.T / sqrt(2)) @ Xb
Y = concat([Ha, Hb], axis=1) @ Wo
L = sum(Y**2)/2
dL/dX, dL/dWo, dL/dHa, dL/dXb
""")
def two_attention_heads(s: Board) -> None:
    s.Xa, s.Xb = s.X[:, :2], s.X[:, 2:]
    s.Ha = jax.nn.softmax(s.Xa @ s.Xa.T / jnp.sqrt(2.0)) @ s.Xa
    s.Hb = jax.nn.softmax(s.Xb @ s.Xb.T / jnp.sqrt(2.0)) @ s.Xb
    s.Y = jnp.concatenate([s.Ha, s.Hb], 1) @ s.Wo
    s.L = (s.Y**2).sum() / 2


@exercise("""
# batched attention with three-dimensional tensors
X = [[[1, 0.5], [0.2, -1], [0.7, 0.3]], [[0, 1], [1, -0.5], [-0.3, 0.6]]]
W = [[0.5, -0.5], [0.25, 1]]
Q = X @ W
S = einsum("bid,bjd->bij", Q, X)
P = softmax(S, axis=-1)
O = P @ X
L = sum(O**3)
dL/dX, dL/dW, dL/dS
""")
def batched_attention(s: Board) -> None:
    s.Q = jnp.einsum("bid,de->bie", s.X, s.W)
    s.S = jnp.einsum("bid,bjd->bij", s.Q, s.X)
    s.P = jax.nn.softmax(s.S, axis=2)
    s.O = jnp.einsum("bij,bjd->bid", s.P, s.X)
    s.L = (s.O**3).sum()


@exercise("""
# a transformer block without normalisation
X = [[0.5, -0.2], [0.1, 0.9]]
Wq = [[0.2, 0.1], [0.4, -0.3]]
Wk = [[-0.5, 0.6], [0.3, 0.2]]
Wv = [[0.7, 0], [0.1, 0.8]]
W1 = [[0.3, -0.4, 0.5], [0.6, 0.2, -0.1]]
b1 = [0, 0.1, 0.2]
W2 = [[0.1, 0.9], [-0.2, 0.4], [0.3, -0.6]]
b2 = [0.05, -0.05]
A = softmax((X @ Wq) @ (X @ Wk).T / sqrt(2))
Y = X + A @ (X @ Wv)
Z = Y + gelu(Y @ W1 + b1) @ W2 + b2
L = mean(Z**2)
dL/dX, dL/dWq, dL/dWk, dL/dWv, dL/dW1, dL/db1, dL/dW2, dL/db2, dL/dY
""")
def transformer_block(s: Board) -> None:
    s.A = jax.nn.softmax((s.X @ s.Wq) @ (s.X @ s.Wk).T / jnp.sqrt(2.0))
    s.Y = s.X + s.A @ (s.X @ s.Wv)
    s.Z = s.Y + jax.nn.gelu(s.Y @ s.W1 + s.b1, approximate=False) @ s.W2 + s.b2
    s.L = (s.Z**2).mean()


@exercise(
    """
# the state of a recurrent network for a batch; the last state is compared with a target
X1 = [[1, 2], [0, 1]]
X2 = [[-1, 0.5], [2, 0]]
H0 = zeros((2, 3))
Wx = [[0.5, -0.1, 0.2], [0.3, 0.4, -0.6]]
Wh = 0.5 * eye(3)
b = full((3,), 0.1)
H1 = relu(X1 @ Wx + H0 @ Wh + b)
H2 = relu(X2 @ Wx + H1 @ Wh + b)
L = 1/2 * sum((H2 - 1)**2)
dL/dWx, dL/dWh, dL/db, dL/dH1, dL/dX1
""",
    exact={"dL/dWx": None, "dL/dWh": None},
)
def batched_recurrence(s: Board) -> None:
    s.Wh = jnp.diag(jnp.full(3, 0.5))
    s.H1 = jax.nn.relu(s.X1 @ s.Wx + s.H0 @ s.Wh + s.b)
    s.H2 = jax.nn.relu(s.X2 @ s.Wx + s.H1 @ s.Wh + s.b)
    s.L = ((s.H2 - 1) ** 2).sum() / 2
