"""Exercises in several layouts on which slips are made: samples as rows, as columns, one alone; for the tests of the general slips."""

from __future__ import annotations


def sheet(body: str) -> str:
    return f"# An exercise\n\n```byhand\n{body.strip()}\n```\n"


ROWS = sheet("""
X = [[0.5, -1.0], [1.5, 0.3], [-0.7, 0.8], [0.9, 1.1]]
T = [[1, 0], [0, 1], [1, 1], [0, 0]]
W1 = [[0.2, -0.4, 0.7], [0.5, 0.1, -0.3]]
b1 = [0.1, -0.2, 0.3]
W2 = [[0.6, -0.5], [0.4, 0.9], [-0.8, 0.2]]
b2 = [0.05, -0.15]
Z1 = X @ W1 + b1
H = sigmoid(Z1)
Z2 = H @ W2 + b2
Y = sigmoid(Z2)
L = sum((Y - T)**2) / (2*4)
dL/dW1, dL/db1, dL/dW2, dL/db2
step(L, [W1, b1, W2, b2], rate=0.5)
Z1
""")
"""Samples as rows, sigmoid twice, half the mean squared error, one step, and the forward pass after it."""

COLUMNS = sheet("""
X = [[0.5, -1.0, 0.3, 0.8], [1.5, 0.3, -0.7, -0.4]]
T = [[1, 0, 0, 1], [0, 1, 1, 0]]
W1 = [[0.2, -0.4], [0.5, 0.1], [-0.3, 0.8]]
b1 = [[0.1], [-0.2], [0.3]]
W2 = [[0.6, -0.5, 0.4], [0.9, -0.8, 0.2]]
b2 = [[0.05], [-0.15]]
Z1 = W1 @ X + b1
H = tanh(Z1)
Z2 = W2 @ H + b2
P = softmax(Z2, axis=0)
L = -sum(T * log(P)) / 4
dL/dW1, dL/db1, dL/dW2, dL/db2
step(L, [W1, b1, W2, b2], rate=0.5, rule=momentum, times=2)
""")
"""Samples as columns, tanh and softmax, the mean cross-entropy, two steps with momentum."""

VECTOR = sheet("""
x = [1.0, -2.0]
y = [0, 1, 0]
eps = 0.3
W1 = [[0.7, -0.4, 0.5], [0.6, -0.9, -0.3]]
b1 = [0.1, -0.2, 0.3]
W2 = [[0.6, -0.5, 0.4], [0.4, 0.9, -0.7], [-0.8, 0.2, 0.3]]
b2 = [0.05, -0.15, 0.25]
h = W1.T @ x + b1
a = relu(h)
z = W2.T @ a + b2
p = softmax(z)
ys = (1 - eps) * y + eps / 3
L = -sum(ys * log(p))
dL/dW1, dL/db1, dL/dW2, dL/db2
step(L, [W1, b1, W2, b2], rate=0.1)
""")
"""One sample, relu and softmax, smoothed targets written out."""

BINARY = sheet("""
X = [[0.5, -1.0], [1.5, 0.3], [-0.7, 0.8]]
y = [1, 0, 1]
w = [0.2, -0.4]
b = 0.1
lam = 0.05
z = X @ w + b
p = sigmoid(z)
L = -mean(y * log(p) + (1 - y) * log(1 - p)) + lam * (w @ w)
dL/dw, dL/db
step(L, [w, b], rate=0.1)
""")
"""Logistic regression with weight decay."""

WRITTEN_OUT = sheet("""
X = [[0.5, -1.0], [1.5, 0.3], [-0.7, 0.8]]
T = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
W = [[0.2, -0.4, 0.7], [0.5, 0.1, -0.3]]
Z = X @ W
E = exp(Z)
P = E / sum(E, axis=1, keepdims=True)
L = -sum(T * log(P)) / 3
dL/dW
""")
"""Softmax written out with exponentials."""

DEEP = sheet("""
x = [0.5, -1.2]
t = [0.3, -0.4]
W1 = [[0.2, -0.4], [0.5, 0.1]]
W2 = [[0.6, -0.5], [0.9, 0.8]]
W3 = [[-0.3, 0.7], [0.4, 0.25]]
b1 = [0.1, -0.1]
z1 = W1 @ x + b1
x1 = tanh(z1)
z2 = W2 @ x1
x2 = tanh(z2)
z3 = W3 @ x2
E = 0.5 * sum((z3 - t)**2)
dE/dW1, dE/dW2, dE/dW3
step(E, [W1, W2, W3, b1], rate=0.1, times=2)
""")
"""Three layers of one size."""

PATHS = sheet("""
x = [1, 2]
t = [0.5, -0.3]
W1 = [[0.2, -0.4], [0.5, 0.1]]
W2 = [[0.6, -0.5], [0.9, -0.8]]
z1 = W1 @ x
h = tanh(z1)
z2 = W2 @ h
y = z2 + h
L = sum((y - t)**2)
dL/dW1, dL/dW2
""")
"""A residual connection."""

RIDGE = sheet("""
X = [[1, 2], [1, 3], [1, 5], [1, -1]]
y = [1, 2, 4, 0]
lam = 0.5
w = inv(X.T @ X + lam * eye(2)) @ X.T @ y
w
""")

ONE_LINE = sheet("""
x = [1, 2]
t = [0.5, -0.3]
W1 = [[0.2, -0.4], [0.5, 0.1], [-0.3, 0.8]]
b1 = [0.3, -0.6, 0.2]
W2 = [[0.6, -0.5, 0.4], [0.9, -0.8, 0.2]]
L = sum((W2 @ relu(W1 @ x + b1) - t)**2)
dL/dW1, dL/dW2
""")
"""A network in one formula."""

SCALAR = sheet("""
x = 0.5
w1 = 0.4
b1 = 0.1
w2 = -0.7
t = 1
z1 = w1 * x + b1
h = sigmoid(z1)
z2 = w2 * h
y = sigmoid(z2)
L = (y - t)**2
dL/dw1, dL/db1, dL/dw2
step(L, [w1, b1, w2], rate=0.5)
""")
"""Numbers alone."""

UNITS = sheet("""
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
n1 = w1 * i1 + w2 * i2 + b1
n2 = w3 * i1 + w4 * i2 + b1
h1 = sigmoid(n1)
h2 = sigmoid(n2)
m1 = w5 * h1 + w6 * h2 + b2
m2 = w7 * h1 + w8 * h2 + b2
o1 = sigmoid(m1)
o2 = sigmoid(m2)
E = 0.5 * (0.01 - o1)**2 + 0.5 * (0.99 - o2)**2
step(E, [w1, w2, w3, w4, w5, w6, w7, w8], rate=0.5)
""")
"""Unit by unit, as in a well-known tutorial."""

NO_BIAS = sheet("""
X = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
y = [[0], [1], [1], [0]]
s0 = [[0.1, -0.2, 0.3, 0.4], [0.5, -0.6, 0.7, -0.8], [-0.9, 0.15, 0.25, 0.35]]
s1 = [[0.2], [-0.3], [0.4], [-0.5]]
l1 = sigmoid(X @ s0)
l2 = sigmoid(l1 @ s1)
L = 0.5 * sum((y - l2)**2)
dL/ds0, dL/ds1
step(L, [s0, s1], rate=1)
""")
"""Two layers without names for what goes into the activations."""

SAMPLES = sheet("""
x = [1, 0, 1]
t = [0, 1]
W1 = [[0.1, 0.2, -0.1], [0.3, 0.1, 0.2]]
b1 = [0.1, 0.2]
W2 = [[0.1, -0.2], [0.4, 0.1]]
b2 = [0.1, -0.1]
z1 = W1 @ x + b1
x1 = tanh(z1)
z2 = W2 @ x1 + b2
y = tanh(z2)
E = 0.5 * sum((y - t)**2)
step(E, [W1, b1, W2, b2], rate=0.1, x=[[1, 0, 1], [0, 2, 1]], t=[[0, 1], [1, 0]])
""")
"""A batch of two samples, worked through one by one and added up."""

HIDDEN_RULE = sheet("""
x = [1, -2]
t = [0.5, 0.2]
W1 = [[0.2, -0.4], [0.5, 0.6]]
W2 = [[0.2, 0.4], [-0.5, 0.3]]
z1 = W1 @ x
h = leaky_relu(z1, 0.1)
y = W2 @ h
e = y - t
L = 0.5 * sum(e**2)
dL/dW1, dL/dy
""")
"""A rule as the activation, and the error under a name of its own."""

SMOOTHED = sheet("""
K = 3
Y = [[1, 0, 0], [0, 0, 1]]
Z = [[0.1, 0.4, -0.3], [0.5, -0.2, 0.7]]
e = 0.2
ys = (1 - e) * Y + e / K
yt = 0.9 * Y.T + 0.1 / 3
P = softmax(Z)
L = -mean(sum(ys * log(P), axis=1))
dL/dZ
""")
"""Targets of a batch smoothed, with the number of classes under a name, and with numbers alone."""

CLASSIFIER = sheet("""
X = [[0.5, -1.0], [1.5, 0.3], [-0.7, 0.8]]
T = [[1, 0], [0, 1], [1, 0]]
W1 = [[0.2, -0.4, 0.7], [0.5, 0.1, -0.3]]
b1 = [0.1, -0.2, 0.3]
W2 = [[0.6, -0.5], [0.4, 0.9], [-0.8, 0.2]]
b2 = [0.05, -0.15]
P = softmax(tanh(X @ W1 + b1) @ W2 + b2)
L = -sum(T * log(P)) / 3
dL/dW1, dL/db1, dL/dW2, dL/db2
step(L, [W1, b1, W2, b2], rate=0.5)
""")
"""A network in one line but for its loss, so that byhand names its parts."""

SHEETS = {
    "rows": ROWS,
    "columns": COLUMNS,
    "vector": VECTOR,
    "binary": BINARY,
    "written out": WRITTEN_OUT,
    "deep": DEEP,
    "paths": PATHS,
    "ridge": RIDGE,
    "one line": ONE_LINE,
    "scalar": SCALAR,
    "units": UNITS,
    "no bias": NO_BIAS,
    "samples": SAMPLES,
    "hidden rule": HIDDEN_RULE,
    "smoothed": SMOOTHED,
    "classifier": CLASSIFIER,
}
