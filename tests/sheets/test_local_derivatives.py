"""Local derivatives and the chain made of them: every line equal to the one before it, as textbooks print it, and read back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.app.solving import solve_text
from byhand.derive import derive, local_derivative
from byhand.derive.indexed import as_array
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from byhand.sheets import solution as s
from byhand.sheets.chain import Chain, chain_of
from byhand.sheets.chain_page import terms_tree
from byhand.sheets.conventions import conventions_of
from byhand.sheets.jacobians import entry_tree, matrix_tree
from byhand.sheets.report import report
from byhand.show.conventions import Conventions
from byhand.show.index_form import tells_sizes
from byhand.show.latex import latex
from byhand.show.terminal import render
from byhand.show.tree import Comprehension, Tree
from byhand.show.unicode import text
from laws.expressions import Network, networks, symbolic_networks
from support.reading import means, scope_of
from support.rule_cases import numbers

ROWS = """
x : (N,)
W : (N, K)
t : (K,) one_hot
s = x @ W
p = softmax(s)
l = -sum(t * log(p))
"""
COLUMNS = ROWS.replace("(N, K)", "(K, N)").replace("x @ W", "W @ x")
BATCH = """
X : (N, d)
W : (d, K)
T : (N, K) one_hot
S = X @ W
P = softmax(S)
l = -sum(T * log(P)) / N
"""
SAMPLES_AS_COLUMNS = """
X : (d, N)
W : (K, d)
T : (K, N)
S = W @ X
P = tanh(S)
l = 0.5 * sum((P - T)**2)
"""
TANH = """
x : (n,)
W : (m, n)
b : (m,)
V : (K, m)
t : (K,)
a = tanh(W @ x + b)
y = tanh(V @ a)
l = 0.5 * sum((y - t)**2)
"""
BINARY = """
x : (n,)
w : (n,)
t : ()
z = w @ x
y = sigmoid(z)
l = -(t * log(y) + (1 - t) * log(1 - y))
"""
BINARY_VECTOR = """
x : (n,)
W : (n, K)
t : (K,)
z = x @ W
y = sigmoid(z)
l = mean(-(t * log(y) + (1 - t) * log(1 - y)))
"""
NORMALISED = """
x : (n,)
t : (n,)
g : (n,)
b : (n,)
y = layer_norm(x, g, b)
l = 0.5 * sum((y - t)**2)
"""
SMOOTHED = """
x : (d,)
y : (q,) one_hot
W1 : (d, n)
b1 : (n,)
W2 : (n, q)
eps : () positive
h = W1.T @ x + b1
a = relu(h)
z = W2.T @ a
p = softmax(z)
ys = (1 - eps) * y + eps / q
l = -sum(ys * log(p))
"""
TWICE = """
x : (n,)
W : (n, n)
t : (n,)
h = tanh(W @ x)
y = h * x + W @ h
l = 0.5 * sum((y - t)**2)
"""
QUESTIONS = {
    "rows": (ROWS, "dl/dW, dl/dx, dl/ds"),
    "columns": (COLUMNS, "dl/dW, dl/dx, dl/ds"),
    "batch": (BATCH, "dl/dW, dl/dX, dl/dS"),
    "samples as columns": (SAMPLES_AS_COLUMNS, "dl/dW, dl/dX"),
    "two tanh layers": (TANH, "dl/dW, dl/db, dl/dV, dl/dx"),
    "one sigmoid": (BINARY, "dl/dw, dl/dx"),
    "many sigmoids": (BINARY_VECTOR, "dl/dW"),
    "layer norm": (NORMALISED, "dl/dx, dl/dg, dl/db"),
    "smoothed labels": (SMOOTHED, "dl/dW1, dl/db1, dl/dW2"),
    "used twice": (TWICE, "dl/dx, dl/dW"),
}


def solved(sheet: str) -> s.Solution:
    return solve_text(f"# A sheet\n\n```byhand\n{sheet}\n```\n")


def page(sheet: str) -> str:
    return render(report(solved(sheet)))


def chains(sheet: str) -> Iterator[tuple[Chain, Conventions]]:
    solution = solved(sheet)
    conventions = conventions_of(solution)
    for item in solution.parts[0].items:
        if isinstance(item, s.GradientOf):
            chain = chain_of(item.derivation, item.gradient, conventions.names)
            assert chain is not None, item.gradient.name
            yield chain, conventions


def reads_back(tree: Tree, letters: str, expr: Expr, conventions: Conventions) -> int:
    """Where a formula by itself says how long each index runs, it is read as the array."""
    whole = Comprehension(tree, tuple(letters)) if letters else tree
    if not tells_sizes(tree, letters):
        return 0
    for spell in (text, latex):
        means(spell(whole), scope_of(expr, conventions=conventions), expr)
    return 1


# --------------------------------------------------------------------------------------------------- chains


@pytest.mark.parametrize("kind", QUESTIONS)
def test_every_line_of_a_chain_is_the_gradient(kind: str) -> None:
    sheet, questions = QUESTIONS[kind]
    for chain, _ in chains(f"{sheet}\n{questions}"):
        assert len(chain.steps) >= 2
        for step in chain.steps:
            verdict = prove(as_array(step.terms, chain.at, chain.sizes), chain.gradient)
            assert (verdict.verdict, verdict.certainty) == ("holds", "exact"), step
        assert prove(chain.whole, chain.gradient).verdict == "holds"


@pytest.mark.parametrize("kind", QUESTIONS)
def test_every_line_of_a_chain_reads_back(kind: str) -> None:
    sheet, questions = QUESTIONS[kind]
    seen = 0
    for chain, conventions in chains(f"{sheet}\n{questions}"):
        for step in chain.steps:
            tree = terms_tree(step.terms, conventions, chain.sizes)
            seen += reads_back(tree, chain.at, as_array(step.terms, chain.at, chain.sizes), conventions)
    assert seen >= 2


def test_the_chain_of_logistic_regression() -> None:
    (chain, conventions) = next(chains(f"{ROWS}\ndl/dW"))
    lines = [(step.rule, text(terms_tree(step.terms, conventions, chain.sizes))) for step in chain.steps]
    assert lines == [
        ("local derivatives", "Σ_{km} (−t_k / p_k) p_k (δ_{km} − p_m) x_i δ_{mj}"),
        ("Kronecker delta", "Σ_k (−t_k / p_k) p_k (δ_{kj} − p_j) x_i"),
        ("cancel", "−Σ_k t_k x_i (δ_{kj} − p_j)"),
        ("sum term by term", "x_i (p_j Σ_k t_k − t_j)"),
        ("fact", "x_i (p_j − t_j)"),
    ]


@pytest.mark.parametrize(
    ("sheet", "question", "last"),
    [
        (COLUMNS, "dl/dW", "(p_i − t_i) x_j"),
        (BATCH, "dl/dW", "1/N Σ_k X_{ki} (P_{kj} − T_{kj})"),
        (TANH, "dl/dV", "(y_i − t_i) (1 − y_i²) a_j"),
        (BINARY, "dl/dw", "(y − t) x_i"),
        (BINARY_VECTOR, "dl/dW", "1/K (y_j − t_j) x_i"),
        (SMOOTHED, "dl/dW2", "a_i (p_j − ys_j)"),
        (NORMALISED, "dl/dg", "(y_i − t_i) (a₁)_i"),
    ],
)
def test_what_chains_come_to(sheet: str, question: str, last: str) -> None:
    (chain, conventions) = next(chains(f"{sheet}\n{question}"))
    found = text(terms_tree(chain.steps[-1].terms, conventions, chain.sizes))
    assert sorted(found.split()) == sorted(last.split()), found


def test_the_chain_stands_on_sheets_that_ask_for_local_derivatives_alone() -> None:
    assert "along l ← p ← s ← W" in page(f"{ROWS}\ndp/ds\ndl/dW")
    assert "along l ← p ← s ← W" not in page(f"{ROWS}\ndl/dW")


def test_no_chain_where_nothing_lies_between_or_too_much() -> None:
    solution = solved("x : (n,)\nl = sum(x**2)\ndl/dx")
    (item,) = [item for item in solution.parts[0].items if isinstance(item, s.GradientOf)]
    assert chain_of(item.derivation, item.gradient, frozenset()) is None
    deep = "x : (n,)\n" + "\n".join(f"h{k} = tanh({'x' if k == 0 else f'h{k - 1}'})" for k in range(12)) + "\nl = sum(h11)\ndl/dx"
    (item,) = [item for item in solved(deep).parts[0].items if isinstance(item, s.GradientOf)]
    assert chain_of(item.derivation, item.gradient, frozenset()) is None


def test_chains_of_random_networks() -> None:
    seen = 0

    @settings(max_examples=200)
    @given(symbolic_networks(steps=4), st.integers(0, 2**32))
    def check(network: Network, seed: int) -> None:
        nonlocal seen
        derivation = derive(network.loss, network.variables)
        rng = np.random.default_rng(seed)
        data = {node.name: numbers(node, dict(network.sizes), rng) for node in network.variables}
        for node in network.variables:
            gradient = derivation.gradients.get(node.name)
            chain = None if gradient is None else chain_of(derivation, gradient, frozenset())
            if chain is None or gradient is None:
                continue
            lines = [as_array(step.terms, chain.at, chain.sizes) for step in chain.steps]
            try:
                expected, *found = evaluate([gradient, *lines], data, network.sizes, exact=False).roots
            except ByhandError:  # too large for floats
                continue
            for line in found:
                np.testing.assert_allclose(np.asarray(line, float), np.asarray(expected, float), rtol=1e-6, atol=1e-8)
                seen += 1

    check()
    assert seen >= 40


# ------------------------------------------------------------------------------------------------ Jacobians


@pytest.mark.parametrize(
    ("sheet", "y", "x", "entries", "matrix"),
    [
        (ROWS, "p", "s", "p_i (δ_{ij} − p_j)", "diag(p) − pᵀ p"),
        (COLUMNS, "p", "s", "p_i (δ_{ij} − p_j)", "diag(p) − p pᵀ"),
        (COLUMNS, "p", "x", None, "(diag(p) − p pᵀ) W"),
        (ROWS, "s", "W", "x_j δ_{ik}", None),
        (COLUMNS, "s", "W", "x_k δ_{ij}", None),
        (BATCH, "P", "S", "P_{ij} (δ_{jm} − P_{im}) δ_{ik}", None),
        (BATCH, "S", "W", "X_{ik} δ_{jm}", None),
        (TANH, "a", "x", "(1 − a_i²) W_{ij}", "diag(1 − a²) W"),
        (TANH, "a", "b", "(1 − a_i²) δ_{ij}", "diag(1 − a²)"),
        (BINARY_VECTOR, "y", "z", "y_i (1 − y_i) δ_{ij}", "diag(y ⊙ (1 − y))"),
        ("x : (n,)\ny = x - mean(x)", "y", "x", "δ_{ij} − 1/n", "I_n − 1/n 𝟏_{n×n}"),
        ("x : (n,)\ny = log_softmax(x)", "y", "x", "δ_{ij} − softmax(x)_j", "I_n − 𝟏_n softmax(x)ᵀ"),
        ("x : (n,)\ny = relu(x)", "y", "x", "step(x_i) δ_{ij}", "diag(step(x))"),
    ],
)
def test_jacobians_as_textbooks_print_them(sheet: str, y: str, x: str, entries: str | None, matrix: str | None) -> None:
    solution = solved(f"{sheet}\nd{y}/d{x}")
    conventions = conventions_of(solution)
    (item,) = [item for item in solution.parts[0].items if isinstance(item, s.LocalOf)]
    letters = "ijkm"[: len(item.entries.shape)]
    if entries is not None:
        assert text(entry_tree(item.local.entries, tuple(letters), conventions)) == entries
    if matrix is not None:
        assert text(matrix_tree(item.local.matrix, conventions)) == matrix


def test_messages_are_shown_as_formulas_and_as_sums() -> None:
    shown = page(f"{COLUMNS}\ndp/ds\nds/dW")
    assert "p ⊙ (g − gᵀ p)" in shown
    assert "Σ_i g_i (∂p/∂s)_{ij} = p_j (g_j − Σ_i g_i p_i)" in shown
    assert "g xᵀ" in shown
    assert "Σ_i g_i (∂s/∂W)_{ijk} = g_j x_k" in shown


def test_names_that_a_derivation_made_are_explained_and_spelled_alike() -> None:
    shown = page("x : (n,), A : (m, n), g : (n,)\nh = relu(A @ x)\ndh/dx\ndh/dA\n")
    assert shown.count("z₁ = A x\n") == 1
    assert "an incoming gradient g₁ at h becomes, at x" in shown


def test_on_such_sheets_delta_means_kroneckers() -> None:
    shown = page(f"{ROWS}\ndp/ds\ndl/ds")
    assert "∂l/∂s = p − t" in shown
    assert "δ_s" not in shown


@pytest.mark.parametrize("sizes", ["numbers", "letters"])
def test_random_jacobians_read_back(sizes: str) -> None:
    seen = 0

    @settings(max_examples=50)
    @given({"numbers": networks(steps=3), "letters": symbolic_networks(steps=3)}[sizes])
    def check(network: Network) -> None:
        nonlocal seen
        for node in network.variables:
            local = local_derivative(network.output, node)
            letters = "ijkmnpq"[: len(local.entries.shape)]
            taken = frozenset(str(each.name) for each in network.variables) | frozenset(network.sizes)
            letters = "".join([c for c in "ijklmnopqrstuvw" if c not in taken][: len(local.entries.shape)])
            seen += reads_back(entry_tree(local.entries, tuple(letters), Conventions(names=taken)), letters, local.entries, Conventions(names=taken))
            if len(local.matrix.shape) == 2:
                means(text(matrix_tree(local.matrix, Conventions())), scope_of(local.matrix, conventions=Conventions()), local.matrix)

    check()
    assert seen >= 20
