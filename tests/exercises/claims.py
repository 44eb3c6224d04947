"""Sheets without data: claims about declared shapes, true ones and false ones."""

from __future__ import annotations

from harness import Exercise, without_numbers


def claims(name: str, sheet: str, *verdicts: str) -> Exercise:
    return Exercise(name, sheet, without_numbers, verdicts=verdicts)


least_squares = claims(
    "least_squares",
    """
X : (m, n)
w : (n,)
y : (m,)
J = 1/(2*m) * sum((X @ w - y)**2)
dJ/dw
show(dJ/dw == X.T @ (X @ w - y) / m)
show(dJ/dw == X.T @ (y - X @ w) / m)
show(dJ/dw == 1/m * (X.T @ X @ w - X.T @ y))
show(dJ/dw == X.T @ (X @ w - y))
""",
    "holds",
    "fails",
    "holds",
    "fails",
)

softmax_layer = claims(
    "softmax_layer",
    """
X : (N, D)
W : (D, K)
b : (K,)
Y : (N, K) one_hot
S = X @ W + b
P = softmax(S)
L = -1/N * sum(Y * log(P))
dL/dS, dL/dW, dL/db
show(dL/dS == (P - Y)/N)
show(dL/dW == X.T @ (P - Y)/N)
show(dL/db == sum(P - Y, axis=0)/N)
show(dL/db == sum(P - Y, axis=0))
""",
    "holds",
    "holds",
    "holds",
    "fails",
)

two_layers = claims(
    "two_layers",
    """
X : (N, d)
W1 : (d, h)
W2 : (h, k)
T : (N, k)
Z = X @ W1
H = relu(Z)
Y = H @ W2
L = 0.5 * sum((Y - T)**2)
dL/dY, dL/dW2, dL/dH, dL/dZ, dL/dW1, dL/dX
show(dL/dW2 == H.T @ (Y - T))
show(dL/dW1 == X.T @ (((Y - T) @ W2.T) * step(Z)))
show(dL/dW1 == X.T @ ((Y - T) @ W2.T))
show(dL/dX == ((Y - T) @ W2.T * step(Z)) @ W1.T)
""",
    "holds",
    "holds",
    "fails",
    "holds",
)

identities = claims(
    "identities",
    """
x : (n,)
y : (n,)
z : ()
A : (n, n) symmetric
B : (m, n)
show(sigmoid(-z) == 1 - sigmoid(z))
show(tanh(z) == 2*sigmoid(2*z) - 1)
show(softmax(x + z) == softmax(x))
show(softmax(2*x) == softmax(x))
show(trace(B @ B.T) == sum(B**2))
show(x @ A @ y == y @ A @ x)
show(relu(x) - relu(-x) == x)
show(relu(x) + relu(-x) == abs(x))
show(maximum(x, y) + minimum(x, y) == x + y)
show((B @ A).T == A @ B.T)
show(outer(x, y) @ y == x * sum(y**2))
show(logsumexp(x + z) == logsumexp(x) + z)
show(softplus(z) - softplus(-z) == z)
show(log_softmax(x) == x - logsumexp(x))
show(exp(z)**2 == exp(z**2))
""",
    *["holds", "holds", "holds", "fails", "holds", "holds", "holds", "holds", "holds", "holds", "holds", "holds", "holds", "holds", "fails"],
)

derivatives_of_leaves = claims(
    "derivatives_of_leaves",
    """
z : ()
t : () positive
a = sigmoid(z)
b = tanh(z)
c = softplus(z)
d = log(t)
f = sqrt(t)
g = silu(z)
da/dz
show(da/dz == a*(1 - a))
show(db/dz == 1 - b**2)
show(dc/dz == sigmoid(z))
show(dd/dt == 1/t)
show(df/dt == 1/(2*f))
show(dg/dz == a + g*(1 - a))
show(da/dz == a*(1 + a))
""",
    *["holds", "holds", "holds", "holds", "holds", "holds", "fails"],
)

matrix_calculus = claims(
    "matrix_calculus",
    """
A : (n, n)
B : (n, n)
x : (n,)
b : (n,)
f = x.T @ A @ x
g = trace(A @ B)
h = trace(A.T @ B @ A)
q = sum((A @ x - b)**2)
df/dx, dg/dA
show(df/dx == (A + A.T) @ x)
show(df/dx == 2*A @ x)
show(df/dA == outer(x, x))
show(dg/dA == B.T)
show(dg/dA == B)
show(dh/dA == (B + B.T) @ A)
show(dq/dx == 2*A.T @ (A @ x - b))
""",
    *["holds", "fails", "holds", "holds", "fails", "holds", "holds"],
)

jacobian_of_softmax = claims(
    "jacobian_of_softmax",
    """
s : (K,)
p = softmax(s)
dp/ds
show(dp/ds == diag(p) - outer(p, p))
show(dp/ds == diag(p))
""",
    "holds",
    "fails",
)

logistic_with_signs = claims(
    "logistic_with_signs",
    """
X : (N, d)
y : (N,) signs
w : (d,)
m = y * (X @ w)
L = mean(log(1 + exp(-m)))
dL/dw
show(dL/dw == -1/N * X.T @ (y * sigmoid(-m)))
show(dL/dw == -1/N * X.T @ (y * sigmoid(m)))
show(y**2 == ones(N))
""",
    "holds",
    "fails",
    "holds",
)

tied_weights = claims(
    "tied_weights",
    """
W : (h, d)
x : (d,)
e = W.T @ (W @ x) - x
L = 0.5 * sum(e**2)
dL/dW
show(dL/dW == outer(W @ x, e) + outer(W @ e, x))
show(dL/dW == outer(W @ x, e))
""",
    "holds",
    "fails",
)
