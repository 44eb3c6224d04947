"""One formula, many spellings: each row reads to one and the same expression, and so does what was understood."""

from __future__ import annotations

import pytest
from read_scopes import LOOSE, ROWS, SCOPE, STEPPED

from byhand.lang.errors import ByhandError
from byhand.lang.names import Grad, Updated
from byhand.read.elaborate import read_formula, read_formula_checked
from byhand.read.scope import Scope

SAME: list[tuple[str, ...]] = [
    ("W1.T @ x + b1", "W₁ᵀ x + b₁", r"W_{1}^{\top}\,x + b_{1}", "W_1^T x + b_1", "W1' x + b1", "W1^{T} x + b_{1}", "np.transpose(W1) @ x + b1"),
    ("-sum(ys * log(p))", "−Σ_i ys_i log(p_i)", r"-\sum_{i} \mathit{ys}_{i}\,\log(p_{i})", "-Σ_i ys_i ln p_i", "-Σᵢ ysᵢ log(pᵢ)", "-np.sum(ys*np.log(p))"),
    ("outer(a, p - ys)", "a (p − ys)ᵀ", r"a\,(p - \mathit{ys})^{\top}", "a ⊗ (p - ys)", "a @ (p - ys)^T", "[a_i (p - ys)_j]_{ij}"),
    ("(1 - eps) * z + eps / 3", "(1 − ε) z + ε/3", r"(1-\varepsilon)\,z + \frac{\varepsilon}{3}", "(1-epsilon) z + ε/3"),
    ("dL/dz", "δ_z", r"\delta_{z}", r"\frac{\partial L}{\partial z}", "∂L/∂z", "z̄", r"\bar{z}", r"\frac{dL}{dz}", "∇_z L", "delta_z"),
    ("dL/dW1", "∂L/∂W₁", r"\frac{\partial L}{\partial W_{1}}", "δ_W₁", r"\overline{W}_{1}"),
    ("1/m * (X.T @ (X @ w))", "1/m Xᵀ (X w)", r"\tfrac{1}{m}\,X^{\top}\,(X\,w)", "1/m X^T(X w)", r"\frac1m X^\top (X w)"),
    ("1/(2*m) * x", "1/(2 m) x", r"\tfrac{1}{2\,m}\,x", "x/(2m)"),
    ("sum(G, axis=0)", "Σ_i G_{i,:}", r"\sum_{i} G_{i,:}", "sum(G, 0)", "G.sum(axis=0)", "sum(G, axis=-2)", "Σ_{i=1}^m G_{i,:}"),
    ("sum(G * G, axis=1)", "Σ_j (G ⊙ G)_{:,j}", r"\sum_{j} \left(G \odot G\right)_{:,j}"),
    ("sum(G)", "Σ_{ij} G_{ij}", "Σ_i Σ_j G_{ij}", r"\sum_{ij} G_{ij}", "Σ G"),
    ("sum(G, axis=1, keepdims=True)", "rowsum(G)", r"\operatorname{rowsum}(G)", "sum(G, axis=1, keepdim=True)"),
    ("inv(X.T @ X + lam * eye(d))", "(Xᵀ X + λ I_d)⁻¹", "(X^T X + λ I)^{-1}",
     r"\left(X^{\top}\,X + \lambda\,I_{d}\right)^{-1}", "np.linalg.inv(X.T @ X + lam*eye(d))"),
    ("einsum('bij,bjk->bik', B, C)", "[Σ_j B_{bij} C_{bjk}]_{bik}", r"\left[\sum_{j} B_{bij}\,C_{bjk}\right]_{bik}", "B @ C"),
    ("a @ v", "aᵀ v", r"a^{\top}\,v", "a · v", r"a \cdot v", "dot(a, v)", "inner(a, v)"),
    ("diag(v) @ A", "diag(v) A", r"\operatorname{diag}(v)\,A"),
    ("v[:, None] * A", "[v_i A_{ij}]_{ij}"),
    ("a[:, None]", "expand_dims(a, 1)"),
    ("relu(a)**2", "relu(a)²", r"\operatorname{relu}(a)^{2}", "relu(a)^2", "ReLU(a)^{2}"),
    ("softmax(a)", "softmax(a, axis=-1)", r"\operatorname{softmax}(a)", r"\operatorname{softmax}(a, \mathrm{axis}=-1)", "softmax (a)"),
    ("sigmoid(a)", "σ(a)", r"\sigma(a)"),
    ("sqrt(a)", "√(a)", r"\sqrt{a}", "√a", "a^(1/2)", "a**0.5"),
    ("abs(a)", "|a|", r"\left|a\right|", r"\lvert a \rvert"),
    ("norm(a)", "‖a‖", r"\lVert a \rVert", r"\|a\|", "sqrt(Σ_i a_i²)"),
    ("2 * a", "2 a", "2a", r"2\,a", "a + a"),
    ("a**2", "a²", "a^2", r"a^{2}", "square(a)"),
    ("lam * W1", "λ W₁", r"\lambda\,W_{1}", "lambda W1", "W1 * lam"),
    ("h_out", r"h_{\text{out}}", "h_{out}"),
    ("a * v", "a ⊙ v", r"a \odot v", "a ∘ v"),
    ("a / v", r"\frac{a}{v}", "a ÷ v"),
    ("1 / s", "s^(-1)", "s⁻¹", "s**-1"),
    ("maximum(0, a)", "max(0, a)"),
    ("a > 0", "step(a)"),
    ("a < 1", "step(1 - a)"),
    ("concat([a, v])", "hstack([a, v])", "concatenate((a, v), axis=0)"),
    ("ones(n)", "𝟏_n", r"\mathbf{1}_{n}", "ones((n,))"),
    ("zeros((m, n))", "𝟎_{m×n}", r"\mathbf{0}_{m\times n}"),
    ("pi * e", "π e", r"\pi\,e"),
    ("trace(A)", "Σ_i A_{ii}", "tr(A)"),
    ("A.T", "Aᵀ", "[A_{ji}]_{ij}", "A'"),
    ("Z[1:3, ::2]", "Z[1 : 3, ::2]"),
    ("Z[rows]", "Z[[0, 2]]", "Z[[0, -1]]"),
    ("Z[range(3), labels]", "Z[[0, 1, 2], [1, 0, 3]]"),
    ("u[k]", "u[2]", "u[-2]"),
    ("K.sum(axis=(0, 2))", "sum(K, axis=(0, 2))", "sum(sum(K, axis=2), axis=0)"),
    ("mean(Z, axis=1)", "Z.mean(1)", "sum(Z, axis=1) / 4"),
    ("cross_entropy(Z, labels)", "cross_entropy(Z, one_hot(labels, 4))", "cross_entropy(Z, [1, 0, 3])"),
    ("½ Σ_i (p_i − ys_i)²", "0.5 * sum((p - ys)**2)", r"\frac{1}{2} \sum_i (p_i - \mathit{ys}_i)^2", "½ ‖p − ys‖²"),
    ("m/2 * log(s)", "m/2 log(s)", r"\tfrac{m}{2}\,\log(s)"),
    ("X.shape[0] * x", "m x", "len(X) * x"),
    ("[s, 2*s]", "[s, 2 s]"),
    ("u @ [1, 2, 3, 4]", "uᵀ [1, 2, 3, 4]"),
]  # fmt: skip


@pytest.mark.parametrize("row", SAME, ids=lambda row: row[0])
def test_spellings_of_one_formula(row: tuple[str, ...]) -> None:
    first = read_formula(row[0], SCOPE)
    for text in row:
        reading = read_formula_checked(text, SCOPE)
        assert reading.expr is first, text
        assert read_formula(reading.read_as, SCOPE) is first, f"{text} was read as {reading.read_as}"


DIFFERENT = [
    ("W1.T @ x + b1", "W1.T @ x - b1"),
    ("a v^T", "v a^T"),
    ("-a**2", "(-a)**2"),
    ("a / v * a", "a / (v * a)"),
    ("A", "A.T"),
    ("Σ_i (p_i + ys_i)", "Σ_i p_i ys_i"),
    ("2^3^2 a", "(2^3)^2 a"),
    ("1/m x", "m x"),
    ("x[0]", "x[1]"),
    ("softmax(G, axis=0)", "softmax(G, axis=1)"),
    ("A^{-1}", "A**-1"),
    ("dL/dz", "dL/dW1"),
    ("[A_{ij}]_{ij}", "[A_{ij}]_{ji}"),
]


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_formulas(left: str, right: str) -> None:
    assert read_formula(left, SCOPE) is not read_formula(right, SCOPE)


READ_AS = [
    ("W1' x", "W1.T @ x"),
    ("x δ_z^T", "outer(x, dL/dz)"),
    ("-Σ_i ys_i log p_i", "-sum(ys * log(p))"),
    ("(X^T X + λ I)^{-1} X^T (X w)", "inv(X.T @ X + lam * eye(d)) @ X.T @ (X @ w)"),
    ("1/m X^T (X w)", "1 / m * X.T @ (X @ w)"),
    ("½ ‖a‖²", "(1/2) * norm(a)**2"),
    ("a < 1", "step(1 - a)"),
    ("[Σ_j A_{ij} A_{jk}]_{ik}", 'einsum("ij,jk->ik", A, A)'),
]


@pytest.mark.parametrize(("text", "understood"), READ_AS)
def test_says_how_it_read(text: str, understood: str) -> None:
    assert read_formula_checked(text, SCOPE).read_as == understood


def test_precedence_of_numpy() -> None:
    for text in ("s - s - s", "s / s / s", "-s**2", "2**-s", "a @ v * s", "s * a @ v", "s**2**3", "1 - -s", "(a + v) @ v / s", "s / 2 * s"):
        names = {str(name): node for name, node in SCOPE.names.items()}
        assert read_formula(text, SCOPE) is _python(text, names), text


def _python(text: str, names: dict[str, object]) -> object:
    """What Python makes of the same text with byhand's operators (the text is the test's own)."""
    s, a, v = (names[name] for name in "sav")
    table = {
        "s - s - s": lambda: s - s - s,
        "s / s / s": lambda: s / s / s,
        "-s**2": lambda: -(s**2),
        "2**-s": lambda: 2**-s,
        "a @ v * s": lambda: a @ v * s,
        "s * a @ v": lambda: s * a @ v,
        "s**2**3": lambda: s ** (2**3),
        "1 - -s": lambda: 1 - -s,
        "(a + v) @ v / s": lambda: (a + v) @ v / s,
        "s / 2 * s": lambda: s / 2 * s,
    }
    return table[text]()


def test_vectors_as_rows() -> None:
    assert read_formula("a vᵀ", ROWS) is read_formula("a @ v", SCOPE)
    assert read_formula("aᵀ v", ROWS) is read_formula("outer(a, v)", SCOPE)
    assert read_formula("x W1", ROWS) is read_formula("x @ W1", SCOPE)
    assert read_formula("a W1ᵀ", ROWS) is read_formula("a @ W1.T", SCOPE)


def test_prime_is_a_transpose_until_a_step_is_taken() -> None:
    assert read_formula("W1'", SCOPE) is read_formula("W1.T", SCOPE)
    assert read_formula("W₁′", STEPPED) is STEPPED.names[Updated("W1", 1)]
    assert read_formula("W_{1}'", STEPPED) is STEPPED.names[Updated("W1", 1)]


def test_quotient_or_derivative() -> None:
    names = dict(SCOPE.names) | {"dp": SCOPE.names["p"], "ds": SCOPE.names["s"]}
    scope = Scope(names, SCOPE.sizes)
    assert read_formula("dp/ds", scope) is read_formula("p / s", SCOPE)
    with pytest.raises(ByhandError, match="brackets"):
        read_formula("p / dp/ds", scope)


def test_names_run_together_only_where_that_is_allowed() -> None:
    assert read_formula("Xw", LOOSE) is read_formula("X w", SCOPE)
    with pytest.raises(ByhandError, match="the name Xw is not known"):
        read_formula("Xw", SCOPE)


STARRED = Scope({**SCOPE.names, "w*": SCOPE.names["w"], "s*": SCOPE.names["s"], "v_T*": SCOPE.names["v"]}, SCOPE.sizes)
"""The solutions of w, s and v have a name of their own; here they are the same, so that products can be compared."""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("X w*", "X @ w"), ("X @ w*", "X @ w"), ("X w^*", "X @ w"), (r"X\,w^{*}", "X @ w"), (r"X w^{\ast}", "X @ w"), ("X w* + X w", "2 * X @ w"),
        ("X w* − 3 X w", "-2 * X @ w"), ("s* w − w", "s * w - w"), ("w*[0]", "w[0]"), ("s*²", "s**2"), ("A v_T*", "A @ v"), (r"A v_{T}^{*}", "A @ v"), ("sum(w*)", "sum(w)"),
        ("s*w", "s * w"), ("s * w", "s * w"), ("s *w", "s * w"), ("s*(w)", "s * w"), ("s* (w)", "s * w"), ("s** 2", "s**2"), ("w*-w", "-w * w"),
    ],
)  # fmt: skip
def test_a_star_that_belongs_to_a_name(text: str, plain: str) -> None:
    assert read_formula(text, STARRED) is read_formula(plain, SCOPE)


def test_without_such_a_name_a_star_is_a_sign() -> None:
    assert read_formula("s* w", SCOPE) is read_formula("s * w", SCOPE)
    assert read_formula("s* -w", SCOPE) is read_formula("-s * w", SCOPE)
    with pytest.raises(ByhandError, match=r"the name w\* is not known here"):
        read_formula("X w*", SCOPE)


@pytest.mark.parametrize(
    "text", ["d2L/dz2", "d^2L/dz^2", "d²L/dz²", "∂²L/∂z²", "∂^2 L/∂z^{2}", r"\frac{\partial^{2} L}{\partial z^{2}}", r"\frac{d^2 L}{d z^2}"]
)
def test_a_second_derivative(text: str) -> None:
    twice = {Grad("dL/dz", "z"): SCOPE.names["G"], Grad("dL/dz", "x"): SCOPE.names["A"]}
    scope = Scope({**SCOPE.names, **twice}, SCOPE.sizes)
    assert read_formula(text, scope) is twice[Grad("dL/dz", "z")]
    assert read_formula("∂²L/∂z∂x", scope) is read_formula(r"\frac{\partial^2 L}{\partial z\,\partial x}", scope) is twice[Grad("dL/dz", "x")]
