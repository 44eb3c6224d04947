"""Exercises that nobody saw before, with right answers in many spellings: the measure of reading and proving formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from byhand.app.solving import solve_text
from byhand.check.answers.entry import Formulas
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.check.formulas.check import Found, check_formula
from byhand.check.slips.mutation import Mutation
from byhand.lang.expr import Expr

COLUMNS = """
```byhand
x = [0.5, -1]
y = [0, 1]
W1 = [[0.1, -0.2], [0.4, 0.3], [-0.5, 0.6]]
b1 = [0.1, 0, -0.1]
W2 = [[0.7, -0.8, 0.9], [-1.0, 0.2, 0.4]]
b2 = [0, 0.2]
z1 = W1 @ x + b1
a1 = tanh(z1)
z2 = W2 @ a1 + b2
a2 = sigmoid(z2)
L = sum((a2 - y)**2) / 2
dL/dz2, dL/dW2, dL/db2, dL/da1, dL/dz1, dL/dW1, dL/db1
step(L, [W1, b1, W2, b2], rate=0.5)
```
"""
COLUMNS_RIGHT = {
    "z1": [
        "W1 x + b1",
        "W_1 x + b_1",
        "W1 @ x + b1",
        "b1 + W1·x",
        "np.dot(W1, x) + b1",
        "W^{(1)} x + b^{(1)}",
        r"\mathbf{W}_1 \mathbf{x} + \mathbf{b}_1",
        "Σ_j W1_{ij} x_j + b1_i",
    ],
    "a1": ["tanh(z1)", r"\tanh(z_1)", "(e^{z1} - e^{-z1})/(e^{z1} + e^{-z1})", "2σ(2 z1) - 1", "tanh(W1 x + b1)", "1 - 2/(1 + exp(2 z1))"],
    "a2": ["σ(z2)", "sigmoid(z2)", "1/(1+e^{-z_2})", r"\frac{1}{1 + \exp(-z_2)}", "sigma(z_2)", "exp(z2)/(1+exp(z2))"],
    "L": [
        "½ ‖a2 - y‖^2",
        "1/2 sum((a2 - y)^2)",
        "0.5 (a2 - y)^T (a2 - y)",
        r"\frac{1}{2} \sum_k (a_{2,k} - y_k)^2",
        "1/2 Σ_i (y_i - a2_i)²",
        "((a2-y)**2).sum()/2",
        "||a2 - y||²/2",
        "½Σ(a2-y)²",
        r"\tfrac12\lVert a_2 - y\rVert_2^2",
        r"\frac12\sum_k(\hat y_k - y_k)^2",
    ],
    "dL/dz2": [
        "(a2 - y) ⊙ a2 ⊙ (1 - a2)",
        "(a2 - y) * a2 * (1 - a2)",
        "(a_2 - y) ⊙ σ'(z_2)",
        r"(a_2 - y) \odot \sigma'(z_2)",
        "dL/da2 ⊙ a2 ⊙ (1-a2)",
        "-(y - a2) a2 (1 - a2)",
        "diag(a2 ⊙ (1 - a2)) (a2 - y)",
        "(a2_i - y_i) a2_i (1 - a2_i)",
        "dL/da2 · da2/dz2",
        "da2 * sigma'(z2)",
        "(a2 - y) f'(z2)",
        "(σ(z2) - y) ⊙ σ(z2) ⊙ (1 - σ(z2))",
    ],
    "dL/dW2": [
        "δ a1^T",
        "δ2 a1ᵀ",
        "δ_2 a_1^T",
        r"\delta^{(2)} (a^{(1)})^\top",
        "outer(dL/dz2, a1)",
        "outer(dz2, a1)",
        "dL/dz2 ⊗ a1",
        r"\frac{\partial L}{\partial z_2} a_1^\top",
        "((a2 - y) ⊙ a2 ⊙ (1 - a2)) a1^T",
        "δ_i a1_j",
        "dz2[:, None] * a1[None, :]",
        "dL/dz2 · dz2/dW2",
        "δ_{z2} a1ᵀ",
        "dz2 @ a1.T",
        "np.dot(dz2, a1.T)",
        r"\left[(a_2-y)\odot a_2\odot(1-a_2)\right]a_1^\top",
    ],
    "dL/db2": ["δ", "δ2", "dL/dz2", "dz2", r"\bar{z}_2", "(a2 - y) ⊙ a2 ⊙ (1-a2)"],
    "dL/da1": ["W2^T δ", "W_2^T δ_2", "W2.T @ dL/dz2", r"W_2^\top \delta_2", "W2ᵀ δ_{z2}", "Σ_k W2_{kj} δ_k", "(δ^T W2)^T"],
    "dL/dz1": [
        "W2^T δ2 ⊙ (1 - a1²)",
        "(W2^T δ) ⊙ (1 - a1^2)",
        "(W2.T @ dL/dz2) * (1 - a1**2)",
        "(1 - tanh(z1)^2) ⊙ W2^T dz2",
        "diag(1 - a1²) W2ᵀ δ2",
        "W2^T ((a2 - y) ⊙ a2 ⊙ (1 - a2)) ⊙ (1 - a1 ⊙ a1)",
        "W_2^T δ_2 ⊙ tanh'(z_1)",
        "dL/da1 f'(z1)",
        "(Σ_k W2_{ki} δ_k)(1 - a1_i^2)",
        "da1 (1 - a1)(1 + a1)",
        r"W_2^\top\delta_2\odot(1-\tanh^2(z_1))",
        "da1 / cosh²(z1)",
        "dL/da1 ⊙ sech(z1)^2",
    ],
    "dL/dW1": [
        "δ x^T",
        "δ1 x^T",
        "δ_{z1} x^T",
        "outer(dL/dz1, x)",
        "((W2^T δ2) ⊙ (1 - a1²)) x^T",
        "dz1 x^T",
        "dL/dz1_i x_j",
        "(W2^T ((a2 - y) ⊙ a2 ⊙ (1 - a2)) ⊙ (1 - a1²)) x^T",
    ],
    "W1'": ["W1 - 0.5 dL/dW1", "W1 - η dL/dW1", "W_1 - 0.5 δ1 x^T", "W1 - 1/2 dW1", r"W_1 - \eta \frac{\partial L}{\partial W_1}", "W1 - 0.5 outer(dz1, x)"],
    "b2'": ["b2 - 0.5 δ2", "b2 - 0.5 dL/db2", "b2 - 0.5 (a2 - y) ⊙ a2 ⊙ (1 - a2)", "b2 - η db2", "b2 - dz2/2", "b2 - 0.5*dL/dz2"],
}

BATCH = """
```byhand
X : (m, d)
T : (m, K) one_hot
W : (d, K)
b : (K,)
Z = X @ W + b
P = softmax(Z)
L = -sum(T * log(P)) / m
dL/dZ, dL/dW, dL/db, dL/dX
```
"""
BATCH_RIGHT = {
    "Z": ["X W + b", "X @ W + b", "XW + b", "X W + 𝟏_m bᵀ", "b + X·W", r"X\,W + b"],
    "P": [
        "softmax(Z)",
        "exp(Z) / sum(exp(Z), axis=1, keepdims=True)",
        "softmax(X W + b)",
        "softmax(Z, axis=1)",
        "np.exp(Z)/np.exp(Z).sum(axis=1, keepdims=True)",
        "exp(Z)/rowsum(exp(Z))",
    ],
    "L": [
        "-1/m Σ_{ij} T_{ij} log P_{ij}",
        "-mean(sum(T * log(P), axis=1))",
        "-sum(T*log(P))/m",
        r"-\frac{1}{m}\sum_{i}\sum_{k} T_{ik} \ln P_{ik}",
        "-trace(T^T log(P))/m",
        "-(T*log(P)).sum()/m",
        "-1/m Σ T log P",
        "1/m Σ_i (logsumexp(Z_{i,:}) - Σ_j T_{ij} Z_{ij})",
    ],
    "dL/dZ": ["(P - T)/m", "1/m (P - T)", r"\frac{1}{m}(P - T)", "-(T - P)/m", "(softmax(Z) - T)/m", "P/m - T/m", "(P_{ij} - T_{ij})/m"],
    "dL/dW": [
        "X^T (P - T)/m",
        "1/m X^T (P - T)",
        "X.T @ dL/dZ",
        r"\frac{1}{m} X^\top (P - T)",
        "X^T δ",
        "X^T dZ",
        "Σ_i X_{ij} (P_{ik} - T_{ik}) / m",
        "X^T (softmax(XW + b) - T)/m",
        "-1/m X^T (T - P)",
    ],
    "dL/db": [
        "sum(P - T, axis=0)/m",
        "1/m Σ_i (P - T)_{i,:}",
        "sum(dL/dZ, axis=0)",
        "dZ.sum(axis=0)",
        "(P - T)^T ones(m) / m",
        "Σ_i (P_{ij} - T_{ij})/m",
        "mean(P - T, axis=0)",
        "1ᵀ(P - T)/m",
        r"\frac1m\mathbf{1}^\top(\hat{y}-T)",
        "(𝟏ᵀ dL/dZ)ᵀ",
    ],
    "dL/dX": ["dL/dZ W^T", "(P - T) W^T / m", "1/m (P - T) W^T", "dZ @ W.T", "δ Wᵀ", "[Σ_k (P_{ik} - T_{ik}) W_{jk} / m]_{ij}"],
}

LOGISTIC = """
```byhand
X = [[1, 2], [0, -1], [3, 1]]
t = [1, 0, 1]
w = [0.5, -0.5]
b = 0.1
z = X @ w + b
p = sigmoid(z)
L = -sum(t * log(p) + (1 - t) * log(1 - p)) / 3
dL/dp, dL/dz, dL/dw, dL/db
```
"""
LOGISTIC_RIGHT = {
    "L": [
        "-1/3 Σ_i (t_i log p_i + (1 - t_i) log(1 - p_i))",
        "-mean(t*log(p) + (1-t)*log(1-p))",
        "-(t^T log(p) + (1-t)^T log(1-p))/3",
        "mean(log(1 + exp(z)) - t*z)",
        "1/3 Σ_i log(1 + exp(z_i)) - 1/3 t^T z",
        "-1/m Σ_i (t_i ln p_i + (1 - t_i) ln(1 - p_i))",
        r"-\frac{1}{m}\sum_{i=1}^{m}\left[t_i\log p_i+(1-t_i)\log(1-p_i)\right]",
        "-1/m Σ t ln p + (1-t) ln(1-p)",
        "np.mean(np.logaddexp(0, z) - t*z)",
    ],
    "dL/dp": [
        "(p - t)/(p (1 - p))/3",
        "1/3 (-t/p + (1-t)/(1-p))",
        "-(t/p - (1-t)/(1-p))/3",
        "(p - t) / (3 p ⊙ (1 - p))",
        r"\frac{1}{3}\left(\frac{1-t}{1-p} - \frac{t}{p}\right)",
        "(p - t) ⊘ (3 p ⊙ (1 - p))",
        "((1-t)/(1-p) - t/p)/3",
    ],
    "dL/dz": ["(p - t)/3", "1/3 (p - t)", "(σ(z) - t)/3", "p/3 - t/3", "dL/dp ⊙ p ⊙ (1 - p)", "1/m (p - t)", "-(t - p)/3"],
    "dL/dw": [
        "X^T (p - t)/3",
        "1/3 Xᵀ(p − t)",
        "X.T @ dL/dz",
        "1/3 Σ_i (p_i - t_i) X_{ij}",
        "(p - t)^T X / 3",
        "1/m X^T (σ(X w + b) - t)",
        "X^T δ",
        "1/3 Σ_i (p_i - t_i) x_i",
    ],
    "dL/db": ["1/3 Σ_i (p_i - t_i)", "sum(p - t)/3", "mean(p - t)", "sum(dL/dz)", "ones(3) @ (p - t) / 3", "Σ δ", "dz.sum()"],
}

RIDGE = """
```byhand
X : (m, n)
y : (m,)
w : (n,)
lam : () positive
e = y - X @ w
J = e @ e + lam * w @ w
dJ/dw
```
"""
RIDGE_RIGHT = {
    "e": ["y - X w", "y - Xw", "-(X w - y)", r"y - \mathbf{X}\mathbf{w}", "y_i - Σ_j X_{ij} w_j", "y - X @ w"],
    "J": [
        "(y - Xw)^T (y - Xw) + λ w^T w",
        "‖y - Xw‖^2 + λ‖w‖^2",
        "e^T e + lam w^T w",
        "sum(e**2) + lam*sum(w**2)",
        "Σ_i e_i^2 + λ Σ_j w_j^2",
        "||y - Xw||² + λ||w||²",
        r"\sum_i (y_i - x_i^\top w)^2 + \lambda \sum_j w_j^2",
        "y^T y - 2 w^T X^T y + w^T X^T X w + λ w^T w",
    ],
    "dJ/dw": [
        "2 X^T (X w - y) + 2 λ w",
        "-2 X^T e + 2 λ w",
        "2(X^T X + λ I) w - 2 X^T y",
        "2 ((XᵀX + λI)w − Xᵀy)",
        r"-2 X^\top (y - X w) + 2\lambda w",
        "2 X.T @ (X @ w - y) + 2*lam*w",
        "-2 (y - Xw)^T X + 2 λ w^T",
        "2 λ w_j - 2 Σ_i X_{ij} e_i",
    ],
}

NORM = """
```byhand
x : (n,)
g : (n,)
mu = mean(x)
c = x - mu
v = mean(c**2)
s = sqrt(v)
y = c / s
L = g @ y
dL/dy, dL/dc, dL/dv, dL/dx
```
"""
NORM_RIGHT = {
    "c": ["x - mu", "x - μ", "x - mean(x)", "x - sum(x)/n", "(I - 1/n 𝟏_n 𝟏_nᵀ) x", "x_i - μ"],
    "v": ["1/n Σ_i c_i^2", "mean(c*c)", "c^T c / n", "var(x)", "sum((x - mu)**2)/n", "mean(x**2) - mu**2"],
    "y": ["c/s", "(x - μ)/√v", "(x - mean(x))/std(x)", "c / sqrt(v)", r"\frac{x - \mu}{\sqrt{v}}", "c_i/s"],
    "dL/dy": ["g", "g_i", "1*g", "g + 0*x", "g ⊙ 𝟏", "-(-g)"],
    "dL/dv": ["-1/2 g^T c v^(-3/2)", "-(g @ c)/(2 v**1.5)", "-g^T c / (2 s^3)", "-1/2 Σ_i g_i c_i / s^3", r"-\frac{1}{2} g^\top c\, v^{-3/2}", "-L/(2 v)"],
    "dL/dx": [
        "1/s (g - mean(g) - y mean(g ⊙ y))",
        "(g - mean(g) - y * mean(g*y))/s",
        "(g - sum(g)/n - y (g^T y)/n)/s",
        "1/s (g - 1/n Σ_i g_i - y (y^T g)/n)",
        "(n g - sum(g) - y (g@y))/(n s)",
        "(I - 1/n 𝟏_n 𝟏_nᵀ - 1/n y yᵀ) g / s",
    ],
}

ATTENTION = """
```byhand
Q : (n, d)
K : (n, d)
V : (n, e)
G : (n, e)
S = Q @ K.T / sqrt(d)
A = softmax(S)
Y = A @ V
L = sum(G * Y)
dL/dV, dL/dA, dL/dS, dL/dQ, dL/dK
```
"""
ATTENTION_RIGHT = {
    "S": ["Q K^T / √d", "Q @ K.T / sqrt(d)", r"\frac{Q K^\top}{\sqrt{d}}", "1/√(d) Q Kᵀ", "(Q K^T) d^(-1/2)", "Σ_k Q_{ik} K_{jk} / √d"],
    "dL/dV": ["A^T G", "A.T @ G", "Aᵀ dL/dY", r"A^\top G", "softmax(S)^T G", "Σ_i A_{ij} G_{ik}"],
    "dL/dA": ["G V^T", "G @ V.T", "dL/dY Vᵀ", "(V G^T)^T", "Σ_k G_{ik} V_{jk}", r"G V^\top"],
    "dL/dS": [
        "A ⊙ (dL/dA - rowsum(A ⊙ dL/dA))",
        "A * (dA - (A * dA).sum(axis=1, keepdims=True))",
        "A ⊙ (G V^T - rowsum(A ⊙ (G V^T)))",
        "A * (G @ V.T - sum(G * Y, axis=1, keepdims=True))",
        "A ⊙ dA - A ⊙ rowsum(A ⊙ dA)",
        "A_{ij} (dA_{ij} - Σ_k A_{ik} dA_{ik})",
        "A ⊙ (dA - (A ⊙ dA)𝟏𝟏ᵀ)",
    ],
    "dL/dQ": [
        "dL/dS K / √d",
        "dS K / sqrt(d)",
        "1/√d dS K",
        r"\frac{1}{\sqrt{d}} \frac{\partial L}{\partial S} K",
        "dS @ K * d**-0.5",
        "Σ_j dS_{ij} K_{jk} / √d",
    ],
    "dL/dK": ["dL/dS^T Q / √d", "dS.T @ Q / sqrt(d)", "1/√d dSᵀ Q", "(Q^T dS)^T / √d", "Σ_i dS_{ij} Q_{ik} / √d", "dS^T Q d^(-1/2)"],
}

CONV = """
```byhand
x = [[1, 2, 0], [0, 1, -1], [2, 1, 1]]
w = [[1, -1], [0, 2]]
z = conv2d(x, w)
a = relu(z)
L = sum(a**2) / 2
dL/da, dL/dz, dL/dw
```
"""
CONV_RIGHT = {
    "z": [
        "conv2d(x, w)",
        "w[0,0]*x[:2,:2] + w[0,1]*x[:2,1:] + w[1,0]*x[1:,:2] + w[1,1]*x[1:,1:]",
        "conv2d(x, w, stride=1)",
        "conv2d(x, w, padding=0)",
        "[Σ_{uv} w_{uv} x_{i+u,j+v}]_{ij}",
        "Σ_{uv} w_{uv} x_{i+u,j+v}",
    ],
    "dL/da": ["a", "relu(z)", "max(0, z)", "max(z, 0)", "a_{ij}", "z ⊙ 1[z > 0]", "a + 0"],
    "dL/dz": ["a ⊙ (z > 0)", "a", "a * step(z)", "dL/da ⊙ relu'(z)", "relu(z)", "da ⊙ 1[z>0]"],
    "dL/dw": ["conv2d(x, dL/dz)", "conv2d(x, a)", "conv2d(x, dz)", "Σ_{ij} a_{ij} x_{i+u,j+v}", "conv2d(x, δ)", "[Σ_{ij} dz_{ij} x_{i+u,j+v}]_{uv}"],
}

ROWS = """
```byhand
x : (d,)
t : (k,)
V : (d, h)
c : (h,)
W : (h, k)
s = x @ V + c
u = relu(s)
y = u @ W
E = sum((y - t)**2) / 2
dE/dy, dE/dW, dE/du, dE/ds, dE/dV, dE/dc
```
"""
ROWS_RIGHT = {
    "s": ["x V + c", "xV + c", "x @ V + c", "(V^T x^T)^T + c", "Σ_i x_i V_{ij} + c_j", r"x\,V + \mathbf{c}"],
    "dE/dy": ["y - t", "-(t - y)", "y_k - t_k", "u W - t", "uW - t", "relu(xV + c) W - t"],
    "dE/dW": ["u^T (y - t)", "u^T δ", "outer(u, y - t)", "uᵀ dE/dy", "u_i (y_j - t_j)", "np.outer(u, dy)"],
    "dE/du": ["(y - t) W^T", "δ W^T", "dy W^T", "W @ (y - t)", "Σ_k (y_k - t_k) W_{jk}", "dE/dy Wᵀ"],
    "dE/ds": [
        "δ ⊙ 1[s > 0]",
        "du ⊙ relu'(s)",
        "(y - t) W^T ⊙ (s > 0)",
        "(dy W^T) * (u > 0)",
        "((y - t) W^T) ⊙ step(s)",
        "(y-t) W^T diag(s > 0)",
        "du * (s > 0).astype(float)",
        "du * np.heaviside(s, 0)",
    ],
    "dE/dV": [
        "x^T δ",
        "x^T ds",
        "outer(x, dE/ds)",
        "xᵀ((y − t)Wᵀ ⊙ 1[s>0])",
        "x_i ds_j",
        "x^T dE/ds",
        "x.T @ ds",
        r"x^\top\left[(y-t)W^\top\odot 1[s>0]\right]",
    ],
    "dE/dc": ["ds", "δ", "dE/ds", "(y - t) W^T ⊙ 1[s>0]", "δ_s", "du * step(s)"],
}

SHEETS: dict[str, tuple[str, dict[str, list[str]]]] = {
    "columns": (COLUMNS, COLUMNS_RIGHT),
    "batch": (BATCH, BATCH_RIGHT),
    "logistic": (LOGISTIC, LOGISTIC_RIGHT),
    "ridge": (RIDGE, RIDGE_RIGHT),
    "norm": (NORM, NORM_RIGHT),
    "attention": (ATTENTION, ATTENTION_RIGHT),
    "conv": (CONV, CONV_RIGHT),
    "rows": (ROWS, ROWS_RIGHT),
}


def exercise(sheet: str, name: str = "sheet") -> Exercise:
    return exercise_of(solve_text(sheet, name), sheet)


def check(about: Exercise, name: str, *links: str, mutations: Sequence[Mutation] = (), own: Mapping[str, Expr] | None = None) -> Found:
    return check_formula(about, name, Formulas(links, " = ".join(links)), tuple(mutations), own or {})
