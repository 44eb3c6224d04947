"""How formulas are spelled: as a teacher would write them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from spellings import SPELLINGS, W1, W2, N, X, a, b, b1, dz, h, image, kernel, p, q, s, t, w, x, ys, z

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, broadcast, contract, eye, named, var
from byhand.lang.functions import diag, outer, take, total, windows
from byhand.lang.leaves import euler, sigmoid, step
from byhand.lang.names import Grad, Updated
from byhand.show.conventions import Conventions, detect
from byhand.show.latex import latex
from byhand.show.mathml import mathml
from byhand.show.notation import index_entries, notation
from byhand.show.plain import plain
from byhand.show.unicode import text

COLUMNS = Conventions(parameters=frozenset({"W1"}))
ROWS = Conventions(vectors="rows", parameters=frozenset({"W1"}))


FORMULAS = [pytest.param(*row, id=row[1]) for row in SPELLINGS]


@pytest.mark.parametrize(("expr", "as_plain", "as_text", "as_latex"), FORMULAS)
def test_spellings(expr: Expr, as_plain: str, as_text: str, as_latex: str) -> None:
    tree = notation(expr, COLUMNS)
    assert (plain(tree), text(tree), latex(tree)) == (as_plain, as_text, as_latex)


@pytest.mark.parametrize(("expr", "as_plain", "as_text", "as_latex"), FORMULAS)
def test_mathml_is_one_well_formed_element(expr: Expr, as_plain: str, as_text: str, as_latex: str) -> None:
    ElementTree.fromstring(mathml(notation(expr, COLUMNS)))


ROW_VECTORS = [
    (x @ W1 + b1, "x W₁ + b₁"),
    (W1.T @ x, "x W₁"),
    (dz @ W2.T, "δ_z W₂ᵀ"),
    (outer(x, dz), "xᵀ δ_z"),
    (p @ z, "p zᵀ"),
    (a @ W2 @ p, "a W₂ pᵀ"),
    (broadcast(b, (N, q)), "𝟏_Nᵀ b"),
    (X @ W1 + b1, "X W₁ + b₁"),
    (p * (dz - dz @ p), "p ⊙ (δ_z − δ_z pᵀ)"),
]


@pytest.mark.parametrize(("expr", "expected"), ROW_VECTORS)
def test_vectors_as_rows(expr: Expr, expected: str) -> None:
    assert text(notation(expr, ROWS)) == expected


def test_rows_are_detected_from_vectors_on_the_left() -> None:
    assert detect([x @ W1 + b1]) == "rows"
    assert detect([W1.T @ x + b1]) == "columns"
    assert detect([x @ W1, X @ w]) == "columns"
    assert detect([X @ W1 + b1, p @ p]) == "columns"
    assert detect([named("h", x @ W1)]) == "columns"  # what a name stands for is asked about by itself


def test_named_quantities_are_never_opened() -> None:
    assert text(notation(W2.T @ named("a", step(h)) + b, COLUMNS)) == "W₂ᵀ a + b"
    assert text(notation(h, COLUMNS)) == "h"
    assert text(notation(h.body, COLUMNS)) == "W₁ᵀ x + b₁"


GRADIENTS = [
    (Conventions(), "δ_z₁", r"\delta_{z_{1}}"),
    (Conventions(gradients="bar"), "z̄₁", r"\bar{z}_{1}"),
    (Conventions(gradients="partial"), "∂L/∂z₁", r"\frac{\partial L}{\partial z_{1}}"),
    (Conventions(parameters=frozenset({"z1"})), "∂L/∂z₁", r"\frac{\partial L}{\partial z_{1}}"),
]


@pytest.mark.parametrize(("conventions", "as_text", "as_latex"), GRADIENTS)
def test_gradients_are_spelled_as_the_conventions_say(conventions: Conventions, as_text: str, as_latex: str) -> None:
    gradient = notation(named(Grad("L", "z1"), p), conventions)
    assert (text(gradient), latex(gradient), plain(gradient)) == (as_text, as_latex, "dL/dz1")
    ElementTree.fromstring(mathml(gradient))


NAMES = [
    ("W1", "W₁", "W_{1}"),
    ("ys", "ys", r"\mathit{ys}"),
    ("eps", "ε", r"\varepsilon"),
    ("eta2", "η₂", r"\eta_{2}"),
    ("h_out", "h_out", r"h_{\text{out}}"),
    ("hidden12", "hidden₁₂", r"\mathit{hidden}_{12}"),
    ("delta_z", "delta_z", r"\delta_{\text{z}}"),
    ("x1y", "x1y", r"\mathit{x1y}"),
]


@pytest.mark.parametrize(("name", "as_text", "as_latex"), NAMES)
def test_names(name: str, as_text: str, as_latex: str) -> None:
    tree = notation(var(name), COLUMNS)
    assert (text(tree), latex(tree), plain(tree)) == (as_text, as_latex, name)
    ElementTree.fromstring(mathml(tree))


def test_primes_count_the_steps_taken() -> None:
    once, twice = (notation(named(Updated("W1", k), W1), COLUMNS) for k in (1, 2))
    assert [plain(once), text(once), latex(once)] == ["W1'", "W₁′", "W_{1}'"]
    assert text(twice) == "W₁″"


def test_signs_of_the_sheet_keep_their_meaning() -> None:
    sigma, one, e = var("sigma"), var("I", (2, 2)), var("e")
    assert text(notation(sigmoid(sigma) * sigma, COLUMNS)) == "sigmoid(σ) σ"
    assert text(notation(sigmoid(s), Conventions(names=frozenset({"sigma"})))) == "sigmoid(s)"
    assert text(notation(one + eye(2), COLUMNS)) == "I + eye(2)"
    assert text(notation(euler() * e, COLUMNS)) == "exp(1) e"


def test_deep_formulas_are_shown_or_refused() -> None:
    deep = s
    for _ in range(64):
        deep = t * (deep + 1) ** 2
    tree = notation(deep, COLUMNS)
    for spell in (plain, text, latex, mathml):
        assert spell(tree)
    with pytest.raises(ByhandError, match="give names to parts"):
        notation(sigmoid(deep * t + deep**3) * (deep**2 + step(sigmoid(step(sigmoid(deep * deep + 1)) + 1) + 1)), COLUMNS)


def test_index_letters_avoid_the_names_of_the_sheet() -> None:
    assert text(notation(total(var("i", ("n",)) * var("j", ("n",))), COLUMNS)) == "Σ_k i_k j_k"
    assert text(notation(total(p**2), Conventions(names=frozenset({"p_i"})))) == "Σ_j p_j²"


ENTRIES = [
    (diag(p) - outer(p, p), ("i", "j"), "p_i (δ_{ij} − p_j)"),
    (contract("i,jk->ijk", x, eye(3)), ("i", "j", "k"), "x_i δ_{jk}"),
    (W1 @ var("M", ("n", 4)), ("i", "k"), "Σ_j (W₁)_{ij} M_{jk}"),
    (-ys / p, ("j",), "−ys_j / p_j"),
    (X * var("c", ("d",)), ("i", "j"), "X_{ij} c_j"),
    (contract("ijkl,kl->ij", windows(image, (2, 2), (2, 1), (0, 0)), kernel), ("i", "j"), "Σ_{kl} I_{2i+k,j+l} K_{kl}"),
    (take(X, (0,)), ("j",), "X_{0,j}"),
    (sigmoid(z) * (1 - sigmoid(z)), ("i",), "σ(z_i) (1 − σ(z_i))"),
    (diag(1 - p**2), ("i", "j"), "(1 − p_i²) δ_{ij}"),
]


@pytest.mark.parametrize(("expr", "letters", "expected"), ENTRIES)
def test_entries_in_index_notation(expr: Expr, letters: tuple[str, ...], expected: str) -> None:
    tree = index_entries(expr, letters, COLUMNS)
    assert text(tree) == expected
    ElementTree.fromstring(mathml(tree))
