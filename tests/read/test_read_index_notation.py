"""Index notation: letters that are used anew, computed indices, what is summed and in which order."""

from __future__ import annotations

import pytest
from read_scopes import SCOPE

from byhand.lang.errors import ByhandError
from byhand.lang.expr import var
from byhand.read.elaborate import read_formula, read_formula_checked
from byhand.read.scope import Scope, letters_of

NAMES = {name: var(name, shape) for name, shape in {"x": (5, 6), "w": (2, 3), "c": ("n",), "k": (2,), "r": (1, 4), "p_i": ()}.items()}
IMAGES = Scope(dict(NAMES), letters_of(*NAMES.values()))


def test_an_inner_sum_may_use_a_letter_anew() -> None:
    assert read_formula("Σ_i a_i Σ_i x_i", SCOPE) is read_formula("Σ_i a_i Σ_j x_j", SCOPE)


def test_a_sum_reaches_to_the_end_of_its_term() -> None:
    assert read_formula("Σ_i a_i v_i + s", SCOPE) is read_formula("(Σ_i a_i v_i) + s", SCOPE)
    assert read_formula("Σ_i a_i / v_i", SCOPE) is read_formula("sum(a / v)", SCOPE)
    assert read_formula("2 Σ_i a_i", SCOPE) is read_formula("2 * sum(a)", SCOPE)


def test_pieces_without_an_index_are_numbers_in_the_usual_notation() -> None:
    assert read_formula("Σ_i (aᵀ v) x_i", SCOPE) is read_formula("(a @ v) * sum(x)", SCOPE)
    assert read_formula("Σ_i softmax(p)_i ys_i", SCOPE) is read_formula("sum(softmax(p) * ys)", SCOPE)
    assert read_formula("Σ_i (A a)_i v_i", SCOPE) is read_formula("sum((A @ a) * v)", SCOPE)


@pytest.mark.parametrize(
    ("text", "shape", "understood"),
    [
        ("[Σ_{uv} x_{i+u,j+v} w_{uv}]_{ij}", (4, 4), 'einsum("ijkl,jl->ik", reindex(x, (4, 2, 4, 3), ((0, (0, 1), (1, 1),), (0, (2, 1), (3, 1),),)), w)'),
        ("[x_{2i,j}]_{ij}", (3, 6), "reindex(x, (3, 6), ((0, (0, 2),), (0, (1, 1),),))"),
        ("Σ_i r_{0,i}", (), "sum(reindex(r, (4,), ((0,), (0, (0, 1),),)))"),
    ],
)
def test_computed_indices(text: str, shape: tuple[int, ...], understood: str) -> None:
    found = read_formula_checked(text, IMAGES)
    assert found.expr.shape == shape
    assert found.read_as == understood
    assert read_formula(understood, IMAGES) is found.expr


def test_a_name_comes_before_an_entry() -> None:
    assert read_formula("Σ_i k_i p_i", IMAGES) is read_formula("p_i * sum(k)", IMAGES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[Σ_u c_{2i+u} k_u]_{i}", "size of the index i is not known"),
        ("Σ_i x_{i+1}", "takes 2 indices"),
        ("Σ_ii c_i", "stands twice"),
        ("Σ_{i=1}^3 k_i", "runs to 3"),
        ("Σ_3 k_i", "runs over index letters"),
        ("[c_i]_{ij}", "size of the index j is not known"),
        ("[c_i k_j]_{i}", "as an entry of k it needs a sum Σ_j"),
        ("Σ_i k_i @ k_i", "no operation between entries"),
        ("Σ_i x", "each array carries its indices"),
        ("Σ_i p_i", "nothing under this Σ carries the index i"),
    ],
)
def test_messages(text: str, message: str) -> None:
    with pytest.raises(ByhandError, match=message):
        read_formula(text, IMAGES)
