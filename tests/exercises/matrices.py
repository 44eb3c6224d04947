"""Matrix and tensor calculus, Jacobians, shapes, points on kinks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from harness import Board, exercise


@exercise(
    """
# the matrix cookbook, a few lines of it
A = [[4, 1, 0], [1, 3, 1], [0, 1, 2]]
B = [[1, 2, 0], [0, 1, -1], [2, 0, 1]]
x = [1, 2, -1]
b = [0, 1, 1]
f1 = x @ A @ x
f2 = trace(A @ B)
f3 = b @ inv(A) @ b
f4 = norm(A @ x - b)
f5 = trace(A @ x[:, None] @ x[None, :] @ B)
df1/dx, df1/dA, df2/dA, df2/dB, df3/dA, df3/db, df4/dx, df4/dA, df5/dx
""",
    exact={"f1": None, "f3": None, "df3/dA": None, "df2/dA": [["1", "0", "2"], ["2", "1", "0"], ["0", "-1", "1"]]},
)
def cookbook(s: Board) -> None:
    s.f1 = jnp.einsum("i,ij,j", s.x, s.A, s.x)
    s.f2 = jnp.einsum("ij,ji", s.A, s.B)
    s.f3 = s.b @ jnp.linalg.solve(s.A, s.b)
    r = s.A @ s.x - s.b
    s.f4 = jnp.sqrt((r * r).sum())
    s.f5 = s.x @ s.B @ s.A @ s.x


@exercise(
    """
# Jacobians
x = [1, 2, 3]
W = [[1, 0, 2], [-1, 1, 0]]
y = W @ x
a = tanh(y)
p = softmax(x)
q = x / sum(x)
n = x / norm(x)
dy/dx, dy/dW, da/dy, da/dx, da/dW, dp/dx, dq/dx, dn/dx
""",
    exact={"dy/dx": None, "dy/dW": None, "dq/dx": None},
)
def jacobians(s: Board) -> None:
    s.y = s.W @ s.x
    s.a = jnp.tanh(s.y)
    s.p = jax.nn.softmax(s.x)
    s.q = s.x / s.x.sum()
    s.n = s.x / jnp.linalg.norm(s.x)


@exercise(
    """
# Jacobians of matrices
X = [[1, 2], [3, 4]]
Y = [[0, 1], [-1, 1]]
A = X @ Y
B = X.T @ X
C = softmax(X, axis=1)
D = X * Y
E = X.T
R = relu(Y)
dA/dX, dA/dY, dB/dX, dC/dX, dD/dX, dE/dX, dR/dY
""",
    exact={"dB/dX": None, "dE/dX": None},
)
def matrix_jacobians(s: Board) -> None:
    s.A = s.X @ s.Y
    s.B = jnp.einsum("ki,kj->ij", s.X, s.X)
    s.C = jax.nn.softmax(s.X)
    s.D = s.X * s.Y
    s.E = s.X.T
    s.R = jax.nn.relu(s.Y)


@exercise("""
# polar coordinates
r = 2
phi = 0.5
c = stack([r*cos(phi), r*sin(phi)])
u = sum(c**2)
dc/dr, dc/dphi, du/dr, du/dphi
""")
def polar_coordinates(s: Board) -> None:
    s.c = s.r * jnp.array([jnp.cos(s.phi), jnp.sin(s.phi)])
    s.u = s.c @ s.c


@exercise(
    """
# points exactly on kinks: relu'(0) = 0, abs'(0) = 0
x = [-1, 0, 2]
y = relu(x)
z = abs(x)
w = leaky_relu(x, 0.1)
L = sum(y) + 3*sum(z) + 5*sum(w)
dL/dx, dy/dx, dz/dx
""",
    exact={"dL/dx": ["-5/2", "1/2", "9"]},
)
def on_kinks(s: Board) -> None:
    s.y = jax.nn.relu(s.x)
    s.z = jnp.sign(jax.lax.stop_gradient(s.x)) * s.x
    s.w = jnp.where(s.x > 0, s.x, 0.1 * s.x)
    s.L = s.y.sum() + 3 * s.z.sum() + 5 * s.w.sum()


@exercise(
    """
# signs, steps, and clipping by hand
x = [-2.5, -0.5, 0.5, 2.5]
c = minimum(maximum(x, -1), 1)
L = sum(c * [1, 2, 3, 4]) + sum(sign(x)*x**2) + sum(step(x))
dL/dx, dL/dc
""",
    exact={"c": ["-1", "-1/2", "1/2", "1"], "dL/dx": ["5", "3", "4", "5"]},
)
def clipping(s: Board) -> None:
    s.c = jnp.clip(s.x, -1, 1)
    s.L = s.c @ jnp.arange(1.0, 5.0) + (s.x * jnp.abs(s.x)).sum() + 2


@exercise(
    """
# largest and smallest entries
X = [[1, 5, 3], [7, 2, 0], [4, 8, 6]]
a = max(X)
b = max(X, axis=0)
c = min(X, axis=1)
d = min(X)
L = a + sum(b**2) + sum(c**3) + 2*d
dL/dX, da/dX, dL/db, dL/dc
""",
    exact={"b": ["7", "8", "6"], "dL/dX": [["3", "0", "0"], ["14", "0", "2"], ["48", "17", "12"]]},
)
def extremes(s: Board) -> None:
    s.a = s.X.max()
    s.b = s.X.max(0)
    s.c = s.X.min(1)
    s.d = s.X.min()
    s.L = s.a + (s.b**2).sum() + (s.c**3).sum() + 2 * s.d


@exercise(
    """
# sums and means along axes, with and without keepdims
X = [[1, 2, 3], [4, 5, 6]]
r = sum(X, axis=1)
k = sum(X, axis=0, keepdims=True)
P = X / sum(X, axis=1, keepdims=True)
Q = X - mean(X, axis=0)
T = X * k
L = sum(r**2) + sum(P[:, 0]) + sum(Q**2) + sum(T)
dL/dX, dL/dP, dr/dX, dL/dk
""",
    exact={"dL/dX": None},
)
def sums_along_axes(s: Board) -> None:
    s.r = s.X @ jnp.ones(3)
    s.k = (jnp.ones(2) @ s.X)[None]
    s.P = s.X / s.X.sum(1)[:, None]
    s.Q = s.X - s.X.mean(0)
    s.T = s.X * s.k
    s.L = (s.r**2).sum() + s.P[:, 0].sum() + (s.Q**2).sum() + s.T.sum()


@exercise(
    """
# three axes
T = [[[1, 2], [3, 4], [5, 6]], [[-1, 0], [2, -2], [1, 1]]]
A = [[1, 0.5], [-0.5, 2]]
U = T @ A
s1 = sum(T, axis=(0, 1))
s2 = mean(T, axis=-1)
V = einsum("bij,jk->bki", T, A)
w = T[0, :, 1]
L = sum(U**2) + s1 @ s1 + sum(s2 * s2) + sum(V[1]) + w @ [1, 2, 3]
dL/dT, dL/dA, dL/dU
""",
    exact={"dL/dT": None, "dL/dA": None},
)
def three_axes(s: Board) -> None:
    s.U = jnp.einsum("bij,jk->bik", s.T, s.A)
    s.s1 = s.T.sum(0).sum(0)
    s.s2 = s.T.sum(2) / 2
    s.V = jnp.swapaxes(jnp.einsum("bij,jk->bik", s.T, s.A), 1, 2)
    s.w = s.T[0, :, 1]
    s.L = (s.U**2).sum() + (s.s1**2).sum() + (s.s2**2).sum() + s.V[1].sum() + s.w @ jnp.arange(1.0, 4.0)


@exercise(
    """
# einsum of several kinds
A = [[1, 2], [3, 4]]
B = [[5, 6], [7, 8]]
v = [1, -1]
t = einsum("ii->", A)
d = einsum("ii->i", A)
o = einsum("i,j->ij", v, v)
m = einsum("ij,jk->ik", A, B)
h = einsum("ij,ij->", A, B)
q = einsum("i,ij,j->", v, A, v)
L = t*h + sum(d*v) + sum(o*m) + q
dL/dA, dL/dB, dL/dv
""",
    exact={"dL/dA": None, "dL/dB": None, "dL/dv": None},
)
def einsums(s: Board) -> None:
    s.t = jnp.trace(s.A)
    s.d = jnp.diag(s.A)
    s.o = jnp.outer(s.v, s.v)
    s.m = s.A @ s.B
    s.h = (s.A * s.B).sum()
    s.q = s.v @ s.A @ s.v
    s.L = s.t * s.h + s.d @ s.v + (s.o * s.m).sum() + s.q


@exercise(
    """
# indices, slices, negative indices, steps
x = [1, 2, 3, 4, 5, 6]
M = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
a = x[0] * x[-1]
b = x[1:4]
c = x[::2]
d = M[1]
e1 = M[:, -1]
f = M[0:2, 1:]
g = M[2, 0]
rows = [2, 0]
h = M[rows]
L = a + sum(b**2) + sum(c**3) + d @ e1 + sum(f**2) * g + sum(h)
dL/dx, dL/dM
""",
    exact={"c": ["1", "3", "5"], "h": [["7", "8", "9"], ["1", "2", "3"]], "dL/dM": None},
)
def indexing(s: Board) -> None:
    s.a = s.x[0] * s.x[5]
    s.b = s.x[1:4]
    s.c = jnp.stack([s.x[0], s.x[2], s.x[4]])
    s.d = s.M[1]
    s.e1 = s.M[:, 2]
    s.f = s.M[:2, 1:]
    s.g = s.M[2, 0]
    s.h = jnp.stack([s.M[2], s.M[0]])
    s.L = s.a + (s.b**2).sum() + (s.c**3).sum() + s.d @ s.e1 + (s.f**2).sum() * s.g + s.h.sum()


@exercise(
    """
# stack and concat along axes
u = [1, 2]
v = [3, 4]
A = [[1, 2], [3, 4]]
S = stack([u, v])
S1 = stack([u, v], axis=1)
C = concat([A, S], axis=0)
D = concat([A, S1, A], axis=1)
L = sum(C * C) / 2 + sum(D[0]**2) + sum(D[1])
dL/du, dL/dv, dL/dA, dL/dC, dL/dS1
""",
    exact={"dL/dA": None, "S1": [["1", "3"], ["2", "4"]]},
)
def stacking(s: Board) -> None:
    s.S = jnp.stack([s.u, s.v])
    s.S1 = jnp.stack([s.u, s.v]).T
    s.C = jnp.vstack([s.A, s.S])
    s.D = jnp.hstack([s.A, s.S1, s.A])
    s.L = (s.C**2).sum() / 2 + (s.D[0] ** 2).sum() + s.D[1].sum()


@exercise(
    """
# broadcasting in every direction
a = [1, 2, 3]
c = [[10], [20]]
k = 5
M = a + c
N = (c * a - k) / a
R = 1 / (1 + M**2)
v = [1, -1]
W = v[:, None] * M
L = sum(N) + sum(R) + sum(W * W)
dL/da, dL/dc, dL/dk, dL/dv, dL/dM
""",
    exact={"dL/da": None, "dL/dk": None},
)
def broadcasting(s: Board) -> None:
    s.M = s.a[None, :] + s.c
    s.N = s.c - s.k / s.a + 0 * s.M
    s.R = 1 / (1 + s.M**2)
    s.W = jnp.diag(s.v) @ s.M
    s.L = (s.c * jnp.ones(3) - s.k / s.a).sum() + s.R.sum() + (s.W**2).sum()
    s.N = s.c * jnp.ones(3) - s.k / s.a


@exercise(
    """
# outer products, diagonals, traces
u = [1, -2]
v = [3, 0.5]
O = outer(u, v)
D = diag(u) @ O @ diag(v)
A = [[2, 1], [1, 3]]
y = diag(A)
f = trace(D @ A) + y @ u
df/du, df/dv, df/dA, df/dO, dO/du
""",
    exact={"f": None, "df/dA": None},
)
def outer_and_diagonal(s: Board) -> None:
    s.O = s.u[:, None] * s.v[None]
    s.D = s.u[:, None] * s.O * s.v[None]
    s.y = jnp.array([s.A[0, 0], s.A[1, 1]])
    s.f = (s.D * s.A.T).sum() + s.y @ s.u


@exercise(
    """
# transposes and reshapes
A = [[1, 2, 3], [4, 5, 6]]
B = A.T @ A
C = A @ A.T
v = flatten(A)
R = reshape(A, (3, 2))
f = sum(B**2) + C[0, 1] + sum(v[:3] * v[3:]) + sum(R @ [[1, 0, 1], [2, 1, 0]] * R[0, 0])
df/dA, df/dB, df/dv, df/dR
""",
    exact={"df/dA": None},
)
def transposes_and_reshapes(s: Board) -> None:
    s.B = s.A.T @ s.A
    s.C = s.A @ s.A.T
    s.v = s.A.reshape(-1)
    s.R = s.A.reshape(3, 2)
    s.f = (s.B**2).sum() + s.C[0, 1] + s.v[:3] @ s.v[3:] + s.R[0, 0] * (s.R @ jnp.array([[1, 0, 1], [2, 1, 0.0]])).sum()


@exercise(
    """
# the inverse: ridge regression in closed form, differentiated with respect to the penalty and the data
X = [[1, 0], [1, 1], [1, 2]]
y = [1, 3, 4]
lam = 0.5
G = X.T @ X + lam * eye(2)
w = inv(G) @ X.T @ y
E = sum((X @ w - y)**2)
dE/dlam, dw/dlam, dE/dy, dE/dw, dw/dy, dE/dX
""",
    exact={"w": None, "dE/dlam": None, "dw/dy": None},
)
def ridge_in_closed_form(s: Board) -> None:
    s.G = s.X.T @ s.X + s.lam * jnp.eye(2)
    s.w = jnp.linalg.solve(s.G, s.X.T @ s.y)
    s.E = ((s.X @ s.w - s.y) ** 2).sum()


@exercise(
    """
# quadratic forms and a gradient step
Q = [[3, 1], [1, 2]]
b = [1, -1]
x = [0, 0]
f = 1/2 * x.T @ Q @ x - b.T @ x
df/dx
show(df/dx == Q @ x - b)
""",
    verdicts=("fails",),
    exact={"df/dx": ["-1", "1"]},
)
def quadratic_form(s: Board) -> None:
    s.f = (s.x @ s.Q @ s.x) / 2 - s.b @ s.x


@exercise(
    """
# Rosenbrock, Himmelblau
x = -1.2
y = 1
f = (1 - x)**2 + 100*(y - x**2)**2
g = (x**2 + y - 11)**2 + (x + y**2 - 7)**2
df/dx, df/dy, dg/dx, dg/dy
""",
    exact={"df/dx": "-1078/5", "df/dy": "-88"},
)
def test_functions(s: Board) -> None:
    s.f = (1 - s.x) ** 2 + 100 * (s.y - s.x * s.x) ** 2
    s.g = (s.x**2 + s.y - 11) ** 2 + (s.x + s.y**2 - 7) ** 2


@exercise(
    """
# a bilinear layer, a factorisation machine and a matrix factorisation
u = [1, 2]
v = [0.5, -1, 2]
W = [[1, 0, -1], [2, 1, 0.5]]
P = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
R = [[1, 2, 3], [2, 4, 6], [1, 0, 1]]
b = u @ W @ v
fm = 0.5 * sum((v @ P)**2 - v**2 @ P**2)
E = sum((R - P @ P.T)**2)
db/du, db/dv, db/dW, dfm/dv, dfm/dP, dE/dP
""",
    exact={"dE/dP": None, "db/dW": None, "dfm/dP": None},
)
def factorisations(s: Board) -> None:
    s.b = jnp.einsum("i,ij,j->", s.u, s.W, s.v)
    s.fm = (((s.v @ s.P) ** 2).sum() - jnp.einsum("i,ij->", s.v**2, s.P**2)) / 2
    s.E = ((s.R - s.P @ s.P.T) ** 2).sum()


@exercise(
    """
# primes are transposes here only on paper; digits and underscores in names
x_1 = 1
x1 = 2
x_12 = 3
X1_a = 4
y__ = x_1*x1 + x_12*X1_a
dy__/dx_1, dy__/dx1, dy__/dx_12, dy__/dX1_a
""",
    exact={"dy__/dx_1": "2", "dy__/dX1_a": "3"},
)
def names_with_digits(s: Board) -> None:
    s.y__ = s.x_1 * s.x1 + s.x_12 * s.X1_a


@exercise(
    """
# d as a name, and names that begin with d
d = [1, 2]
d2 = 3
dx = 0.5
data = d2 * d
delta = sum(data**2) * dx
ddelta/dd, ddelta/dd2, ddelta/ddx, ddelta/ddata
""",
    exact={"ddelta/dd": ["9", "18"], "ddelta/dd2": "15", "ddelta/ddx": "45"},
)
def names_that_begin_with_d(s: Board) -> None:
    s.data = s.d2 * s.d
    s.delta = (s.data**2).sum() * s.dx


@exercise(
    """
# distances: all pairs, then a Gaussian kernel
X = [[0, 0], [1, 2], [3, 1]]
S = sum(X**2, axis=1)
D = S[:, None] + S[None, :] - 2 * X @ X.T
K = exp(-D / 2)
f = sum(K)
df/dX, df/dD, df/dS
""",
    exact={"D": None},
)
def pairwise_distances(s: Board) -> None:
    s.S = (s.X**2).sum(1)
    s.D = s.S[:, None] + s.S[None, :] - 2 * s.X @ s.X.T
    s.K = jnp.exp(-s.D / 2)
    s.f = s.K.sum()


@exercise("""
# graph convolution
A = [[1, 1, 0], [1, 1, 1], [0, 1, 1]]
deg = sum(A, axis=1)
Dh = diag(1 / sqrt(deg))
H = [[1, 0], [0, 1], [1, 1]]
W = [[0.5, -1], [2, 0.25]]
Z = Dh @ A @ Dh @ H @ W
Y = relu(Z)
L = sum(Y**2)
dL/dW, dL/dH, dL/dA, dL/dZ
""")
def graph_convolution(s: Board) -> None:
    s.deg = s.A.sum(1)
    s.Dh = jnp.diag(s.deg**-0.5)
    s.Z = s.Dh @ s.A @ s.Dh @ s.H @ s.W
    s.Y = jax.nn.relu(s.Z)
    s.L = (s.Y**2).sum()


@exercise(
    """
# thirds and sevenths stay exact
x = [1/3, 2/7]
w = [3, 7/2]
b = -1/6
z = w @ x + b
L = z**2 / 2
dL/dw, dL/dx, dL/db
""",
    exact={"z": "11/6", "L": "121/72", "dL/dw": ["11/18", "11/21"], "dL/dx": ["11/2", "77/12"], "dL/db": "11/6"},
)
def fractions(s: Board) -> None:
    s.x = jnp.array([1 / 3, 2 / 7])
    s.w = jnp.array([3, 3.5])
    s.b = -1 / 6
    s.z = s.w @ s.x + s.b
    s.L = s.z**2 / 2
