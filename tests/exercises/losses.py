"""Losses and penalties."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from harness import Board, exercise


@exercise("""
z = [2, 1, 0.1]
t = [1, 0, 0]
p = softmax(z)
L = -sum(t * log(p))
dL/dz, dL/dp, dp/dz
""")
def softmax_cross_entropy(s: Board) -> None:
    s.p = jnp.exp(s.z) / jnp.exp(s.z).sum()
    s.L = -(s.t * jnp.log(s.p)).sum()


@exercise("""
# softmax written out, unstable as in most notes
s = [3.2, 5.1, -1.7]
e1 = exp(s)
P = e1 / sum(e1)
L = -log(P[0])
dL/ds, dL/dP, dL/de1, dP/ds
""")
def softmax_written_out(s: Board) -> None:
    s.e1 = jnp.exp(s.s)
    s.P = jax.nn.softmax(s.s)
    s.P = s.e1 / s.e1.sum()
    s.L = -jnp.log(s.P[0])


@exercise("""
# soft labels that do not sum to one
z = [1, -1, 2]
t = [0.5, 0.2, 0.1]
L = -sum(t * log_softmax(z))
dL/dz, dL/dt
""")
def labels_not_summing_to_one(s: Board) -> None:
    s.L = s.t.sum() * jnp.log(jnp.exp(s.z).sum()) - s.t @ s.z


@exercise("""
Z = [[1, 2, 3], [0, 0, 0], [-1, 4, 2]]
T = [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
l = logsumexp(Z, axis=1) - sum(T * Z, axis=1)
L = mean(l)
dL/dZ, dl/dZ, dL/dl
""")
def logsumexp_of_rows(s: Board) -> None:
    s.l = jnp.log(jnp.exp(s.Z).sum(1)) - (s.T * s.Z).sum(1)
    s.L = s.l.sum() / 3


@exercise(
    """
# multiclass SVM loss: scores of three classes, the right one is 0
s = [3.2, 5.1, -1.7]
m1 = maximum(0, s[1] - s[0] + 1)
m2 = maximum(0, s[2] - s[0] + 1)
L = m1 + m2
dL/ds
""",
    exact={"L": "29/10", "dL/ds": ["-1", "1", "0"]},
)
def multiclass_hinge(s: Board) -> None:
    s.m1 = jnp.where(s.s[1] - s.s[0] + 1 > 0, s.s[1] - s.s[0] + 1, 0)
    s.m2 = jnp.where(s.s[2] - s.s[0] + 1 > 0, s.s[2] - s.s[0] + 1, 0)
    s.L = s.m1 + s.m2


@exercise(
    """
X = [[1, 2], [2, 1], [-1, -1], [-2, 1]]
y = [1, 1, -1, -1]
w = [0.5, -0.25]
b = 0.1
C = 10
margins = y * (X @ w + b)
loss = 0.5 * w @ w + C * sum(maximum(0, 1 - margins))
dloss/dw, dloss/db, dloss/dmargins
""",
    exact={"loss": None, "dloss/dw": None},
)
def soft_margin_classifier(s: Board) -> None:
    s.margins = s.y * (s.X @ s.w + s.b)
    s.loss = (s.w**2).sum() / 2 + s.C * jax.nn.relu(1 - s.margins).sum()


@exercise(
    """
y = [0.5, 2, -3, 1]
t = [0, 0, 0, 1]
r = y - t
L = sum(huber(r))
Lm = mean(abs(r))
dL/dy, dL/dr, dLm/dt
""",
    exact={"L": None, "dL/dy": ["1/2", "1", "-1", "0"]},
)
def huber_and_absolute(s: Board) -> None:
    s.r = s.y - s.t
    s.L = jnp.where(jnp.abs(s.r) <= 1, s.r**2 / 2, jnp.abs(s.r) - 0.5).sum()
    s.Lm = (s.r * jnp.sign(jax.lax.stop_gradient(s.r))).sum() / 4


@exercise("""
# KL divergence of two categorical distributions
p = [0.36, 0.48, 0.16]
z = [0.2, -0.1, 0.4]
q = softmax(z)
KL = sum(p * log(p / q))
KLr = sum(q * (log(q) - log(p)))
dKL/dz, dKLr/dz, dKL/dq, dKLr/dq
""")
def divergences(s: Board) -> None:
    s.q = jax.nn.softmax(s.z)
    s.KL = (s.p * jnp.log(s.p)).sum() - (s.p * jnp.log(s.q)).sum()
    s.KLr = (s.q * jnp.log(s.q / s.p)).sum()


@exercise("""
# variational autoencoder: KL of a diagonal Gaussian to the standard one, and the reparameterisation
mu = [0.5, -1]
logvar = [0.2, -0.3]
noise = [0.3, 1.1]
sd = exp(0.5*logvar)
z = mu + noise*sd
KL = -0.5*sum(1 + logvar - mu**2 - exp(logvar))
rec = sum((z - [1, 1])**2)
L = rec + KL
dL/dmu, dL/dlogvar, dKL/dmu, dKL/dlogvar, dL/dz
""")
def reparameterisation(s: Board) -> None:
    s.sd = jnp.sqrt(jnp.exp(s.logvar))
    s.z = s.mu + s.noise * s.sd
    s.KL = (s.mu**2 + jnp.exp(s.logvar) - s.logvar - 1).sum() / 2
    s.rec = ((s.z - 1) ** 2).sum()
    s.L = s.rec + s.KL


@exercise(
    """
z = [1, 2, -1, 0]
y = [0, 1, 0, 0]
epsilon = 0.1
K = 4
q = (1 - epsilon)*y + epsilon/K
p = softmax(z)
L = -sum(q*log(p))
dL/dz
show(dL/dz == p - q)
""",
    verdicts=("holds",),
)
def label_smoothing(s: Board) -> None:
    s.q = (1 - s.epsilon) * s.y + s.epsilon / 4
    s.p = jax.nn.softmax(s.z)
    s.L = -(s.q * jnp.log(s.p)).sum()


@exercise(
    """
X = [[1, 0], [1, 1], [1, 2]]
y = [1, 2, 2]
w = [0.5, -0.5]
lam1 = 0.1
lam2 = 0.2
data = sum((X @ w - y)**2)
ridge = lam2*sum(w**2)
lasso = lam1*sum(abs(w))
J = data + ridge + lasso
dJ/dw, ddata/dw, dridge/dw, dlasso/dw
""",
    exact={"dJ/dw": None},
)
def elastic_net(s: Board) -> None:
    s.data = ((s.X @ s.w - s.y) ** 2).sum()
    s.ridge = s.lam2 * (s.w @ s.w)
    s.lasso = s.lam1 * (s.w[0] - s.w[1])
    s.J = s.data + s.ridge + s.lasso


@exercise(
    """
# weight decay in a two-layer network: sums of squares of matrices
x = [1, 2]
W1 = [[0.1, 0.2], [0.3, 0.4]]
W2 = [[0.5, -0.6]]
lam = 0.01
y = W2 @ relu(W1 @ x)
J = sum((y - 1)**2) + lam/2*(sum(W1**2) + sum(W2**2))
dJ/dW1, dJ/dW2
step(J, [W1, W2], rate=0.1)
""",
    then=lambda e: {f"{w}'": e[w] - 0.1 * e[f"dJ/d{w}"] for w in ("W1", "W2")},
    exact={"W1'": None},
)
def weight_decay(s: Board) -> None:
    s.y = s.W2 @ jax.nn.relu(s.W1 @ s.x)
    s.J = ((s.y - 1) ** 2).sum() + s.lam / 2 * (jnp.trace(s.W1.T @ s.W1) + jnp.trace(s.W2.T @ s.W2))


@exercise(
    """
# binary cross-entropy from logits, stable and unstable
z = [2, -1, 0.5]
y = [1, 0, 1]
L1 = mean(softplus(z) - y*z)
p = sigmoid(z)
L2 = -mean(y*log(p) + (1 - y)*log(1 - p))
dL1/dz, dL2/dz, dL2/dp
show(L1 == L2)
show(dL1/dz == dL2/dz)
show(dL1/dz == (p - y)/3)
""",
    verdicts=("holds", "holds", "holds"),
)
def binary_cross_entropy_from_logits(s: Board) -> None:
    s.L1 = (jnp.log1p(jnp.exp(s.z)) - s.y * s.z).mean()
    s.p = 1 / (1 + jnp.exp(-s.z))
    s.L2 = -jnp.mean(jnp.log(jnp.where(s.y == 1, s.p, 1 - s.p))) + 0 * s.p.sum()
    s.L2 = -jnp.mean(s.y * jnp.log(s.p) + (1 - s.y) * jnp.log(1 - s.p))


@exercise("""
# Poisson regression, and a focal loss
X = [[1, 0.5], [1, -0.5], [1, 1]]
w = [0.2, 0.3]
k = [1, 0, 3]
rate_ = exp(X @ w)
nll = sum(rate_ - k*log(rate_))
p = sigmoid(X @ w)
focal = -sum((1 - p)**2 * log(p))
dnll/dw, dfocal/dw, dfocal/dp
""")
def poisson_and_focal(s: Board) -> None:
    u = s.X @ s.w
    s.rate_ = jnp.exp(u)
    s.nll = (s.rate_ - s.k * jnp.log(s.rate_)).sum()
    s.p = jax.nn.sigmoid(u)
    s.focal = -((1 - s.p) ** 2 * jnp.log(s.p)).sum()


@exercise(
    """
# contrastive: cosine similarity and a triplet margin
a = [1, 2, 2]
p = [2, 1, 2]
n = [0, -1, 3]
cos_ap = a @ p / (norm(a) * norm(p))
d_ap = sum((a - p)**2)
d_an = sum((a - n)**2)
T = maximum(d_ap - d_an + 30, 0)
dcos_ap/da, dT/da, dT/dn
""",
    exact={"cos_ap": "8/9", "T": "21"},
)
def triplet(s: Board) -> None:
    s.cos_ap = (s.a * s.p).sum() / jnp.sqrt((s.a**2).sum() * (s.p**2).sum())
    s.d_ap = ((s.a - s.p) ** 2).sum()
    s.d_an = ((s.a - s.n) ** 2).sum()
    s.T = s.d_ap - s.d_an + 30


@exercise("""
# word2vec with negative sampling
v = [0.1, 0.3, -0.2]
u_o = [0.5, -0.4, 0.2]
U_k = [[0.2, 0.1, 0.7], [-0.3, 0.6, 0.1]]
J = -log(sigmoid(u_o @ v)) - sum(log(sigmoid(-(U_k @ v))))
dJ/dv, dJ/du_o, dJ/dU_k
""")
def negative_sampling(s: Board) -> None:
    s.J = jnp.log(1 + jnp.exp(-(s.u_o @ s.v))) + jnp.log(1 + jnp.exp(s.U_k @ s.v)).sum()


@exercise(
    """
# naive softmax of word vectors
v_c = [0.1, -0.2]
U = [[0.3, 0.1], [-0.4, 0.5], [0.2, 0.2], [0.7, -0.6]]
y = [0, 0, 1, 0]
yhat = softmax(U @ v_c)
J = -sum(y * log(yhat))
dJ/dv_c, dJ/dU
show(dJ/dv_c == U.T @ (yhat - y))
show(dJ/dU == outer(yhat - y, v_c))
show(dJ/dU == outer(yhat, v_c))
""",
    verdicts=("holds", "holds", "fails"),
)
def word_vectors(s: Board) -> None:
    s.yhat = jax.nn.softmax(s.U @ s.v_c)
    s.J = -jnp.log(s.yhat[2])


@exercise(
    """
# mean squared error of a batch of vectors, two ways of averaging
Y = [[1, 2], [3, 4], [5, 6]]
T = [[1, 1], [1, 1], [1, 1]]
total = sum((Y - T)**2)
per_sample = mean(sum((Y - T)**2, axis=1))
per_entry = mean((Y - T)**2)
dtotal/dY, dper_sample/dY, dper_entry/dY
""",
    exact={"per_entry": "55/6", "dper_entry/dY": [["0", "1/3"], ["2/3", "1"], ["4/3", "5/3"]]},
)
def ways_of_averaging(s: Board) -> None:
    s.total = ((s.Y - s.T) ** 2).sum()
    s.per_sample = s.total / 3
    s.per_entry = s.total / 6


@exercise("""
# policy gradient and an advantage
logits = [0.2, 0.5, -0.3]
A = 1.7
beta = 0.01
pi_ = softmax(logits)
logpi = log_softmax(logits)
H = -sum(pi_ * logpi)
J = A*logpi[1] + beta*H
dJ/dlogits, dH/dlogits
""")
def policy_gradient(s: Board) -> None:
    s.pi_ = jax.nn.softmax(s.logits)
    s.logpi = jax.nn.log_softmax(s.logits)
    s.H = -(s.pi_ * s.logpi).sum()
    s.J = s.A * s.logpi[1] + s.beta * s.H
