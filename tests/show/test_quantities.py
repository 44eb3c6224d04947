"""Quantities in sentences are set as the formulas around them; everything else stays as it was written."""

from __future__ import annotations

import pytest

from byhand.lang.names import Grad
from byhand.show import html, markdown, tex
from byhand.show.document import Document, Note, Section
from byhand.show.quantities import quantities
from byhand.show.tree import Sym

SAID = [
    ("the gradient at θ_n is", "theta[n]"),
    ("the eigenvector of λ_max: the steepest", "lam_max"),
    ("and w_R* is its only minimum", "w_R*"),
    ("zero at x*", "x*"),
    ("the step to x_{n+1}.", "x[n+1]"),
    ("the entry z_{l−1,i}", "z[l-1,i]"),
    ("the row W₁_j", "W1[j]"),
]


@pytest.mark.parametrize(("sentence", "name"), SAID)
def test_a_quantity_is_found(sentence: str, name: str) -> None:
    assert [piece.name for piece in quantities(sentence) if isinstance(piece, Sym)] == [name]


@pytest.mark.parametrize("sentence", ["sum(v[1:]**2)", "a*b and x**2", "cross_entropy", "f_x(z)", "W_1.T", "'x_n'", "`x_n`", r"\x_n", "x is a vector", ""])
def test_words_and_code_are_left_alone(sentence: str) -> None:
    assert "".join(piece for piece in quantities(sentence) if isinstance(piece, str)) == sentence


def test_a_gradient_with_a_number_at_its_foot() -> None:
    assert [piece for piece in quantities("left out of δ_z₃ and x_z₃") if isinstance(piece, Sym)] == [Sym(Grad("", "z3"), "delta")]


def test_pages_set_it_as_mathematics() -> None:
    page = Document("", (Section(None, (Note("zero at x_n <b>"),)),))
    assert "<math><msub><mi>x</mi><mrow><mi>n</mi></mrow></msub></math> &lt;b&gt;" in html.render(page)
    assert r"Zero at $`x_{n}`$ \<b\>" in markdown.render(page)
    assert r"zero at $x_{n}$ \textless{}b" in tex.render(page)
