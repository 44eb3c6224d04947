"""Numbers and arrays as people write them, and numbers put in for names."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import numpy as np
import pytest
from spellings import W1, N, P, a, b1, eps, p, s, x, ys, z

from byhand.lang.expr import Expr, num
from byhand.lang.functions import diag, outer, total
from byhand.lang.leaves import log, sqrt
from byhand.lang.names import Name
from byhand.lang.sizes import Poly
from byhand.show.conventions import Conventions
from byhand.show.insert import with_numbers
from byhand.show.latex import latex
from byhand.show.mathml import mathml
from byhand.show.notation import notation
from byhand.show.numbers import array_of, format_number
from byhand.show.plain import plain
from byhand.show.tree import Array, Tree
from byhand.show.unicode import text

FORMATTED = [
    (0.1, "0.1"),
    (Fraction(1, 10), "0.1"),
    (Fraction(-13), "-13"),
    (-13, "-13"),
    (0.1 + 0.2, "0.3"),
    (Fraction(1, 3), "0.333333"),
    (Fraction(-2, 3), "-0.666667"),
    (Fraction(123456789, 1000), "123457"),
    (1.2e-5, "1.2e-5"),
    (-1e-9, "-1e-9"),
    (-0.0, "0"),
    (100.0, "100"),
    (1234567.0, "1234567"),
    (1e20, "1e20"),
    (2**70, "1.18059e21"),
    (Fraction(1, 10**400), "1e-400"),
    (Fraction(10**400, 3), "3.33333e399"),
    (float("nan"), "nan"),
    (float("-inf"), "-inf"),
]


@pytest.mark.parametrize(("value", "expected"), FORMATTED)
def test_numbers(value: Fraction | float, expected: str) -> None:
    assert format_number(value, 6) == expected


def test_digits_are_a_setting() -> None:
    assert format_number(2 / 3, 3) == "0.667"
    assert format_number(Fraction(2, 3), 10) == "0.6666666667"


NUMERALS = [
    (num(Fraction(1, 2)), "0.5", "½", r"\tfrac{1}{2}"),
    (num(Fraction(1, 3)), "1/3", "1/3", r"\tfrac{1}{3}"),
    (num(Fraction(-3, 4)), "-0.75", "−0.75", "-0.75"),
    (num(Fraction(1, 10**20)), "1e-20", "1e-20", r"10^{-20}"),
    (num(2) / N, "2/N", "2/N", r"\tfrac{2}{N}"),
    (num(1) / (N * 2), "1/(2*N)", "1/(2 N)", r"\tfrac{1}{2\,N}"),
    (num(Poly.letter("m") + 1), "m + 1", "m + 1", "m + 1"),
    (num(N * N), "N**2", "N²", "N^{2}"),
    (s * num(Poly.letter("m") + 1), "(m + 1) * s", "(m + 1) s", r"\left(m + 1\right)\,s"),
]


@pytest.mark.parametrize(("expr", "as_plain", "as_text", "as_latex"), NUMERALS)
def test_exact_numbers_in_formulas(expr: Expr, as_plain: str, as_text: str, as_latex: str) -> None:
    tree = notation(expr, Conventions())
    assert (plain(tree), text(tree), latex(tree)) == (as_plain, as_text, as_latex)
    ElementTree.fromstring(mathml(tree))


def test_vectors_lie_as_the_conventions_say() -> None:
    column, row = (array_of([1, 2], (2,), 6, Conventions(vectors=way)) for way in ("columns", "rows"))
    assert column == Array((("1",), ("2",)), "column")
    assert row == Array((("1", "2"),), "row")
    assert (text(column), text(row)) == ("[1, 2]", "[1, 2]")
    assert latex(column) == r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}"
    assert latex(row) == r"\begin{bmatrix} 1 & 2 \end{bmatrix}"


def test_arrays_of_any_rank() -> None:
    assert text(array_of(np.float64(0.5), (), 6, Conventions())) == "0.5"
    assert text(array_of(np.array([[1.0, -2.0]]), (1, 2), 6, Conventions())) == "[[1, −2]]"
    assert text(array_of(np.arange(8).reshape(2, 2, 2), (2, 2, 2), 6, Conventions())) == "[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]"
    assert text(array_of([], (0,), 6, Conventions())) == "zeros((0,))"


def test_large_arrays_leave_rows_and_columns_out() -> None:
    shown = array_of(np.arange(200).reshape(20, 10), (20, 10), 6, Conventions())
    assert isinstance(shown, Array)
    assert shown.kind == "elided"
    assert shown.rows[0] == ("0", "1", "2", "3", "⋯", "9")
    assert shown.rows[-2] == ("⋮", "⋮", "⋮", "⋮", "⋱", "⋮")
    assert shown.rows[-1][-1] == "199"
    assert r"\ddots" in latex(shown)
    ElementTree.fromstring(mathml(shown))


VALUES = {
    "x": [0, 2],
    "W1": [[-5, 2, 2], [-5, 2, -1]],
    "b1": [-3, -2, -3],
    "a": [1, 2],
    "p": [0.2, 0.3, 0.5],
    "ys": [Fraction(4, 5), Fraction(1, 10), Fraction(1, 10)],
    "eps": Fraction(3, 10),
    "s": -3,
    "P": [[1, -2], [3, 4]],
}


def put_in(name: Name) -> Tree | None:
    if name not in VALUES:
        return None
    value = VALUES[str(name)]
    return array_of(value, np.shape(np.array(value, dtype=object)), 6, Conventions())


INSERTED = [
    (W1.T @ x + b1, "[[−5, 2, 2], [−5, 2, −1]]ᵀ [0, 2] + [−3, −2, −3]"),
    ((1 - eps) * ys, "(1 − 0.3) [0.8, 0.1, 0.1]"),
    (outer(a, p - ys), "[1, 2] ([0.2, 0.3, 0.5] − [0.8, 0.1, 0.1])ᵀ"),
    (-total(ys * log(p)), "−(0.8 log(0.2) + 0.1 log(0.3) + 0.1 log(0.5))"),
    (total(P), "1 − 2 + 3 + 4"),
    (total(P, 0), "Σ_i ([[1, −2], [3, 4]])_{i,:}"),
    (sqrt(total(p**2)), "√(0.2² + 0.3² + 0.5²)"),
    (s * z, "(−3) z"),
    (2 * s, "2 · (−3)"),
    (s * s, "(−3) · (−3)"),
    (s**2, "(−3)²"),
    (eps * s, "0.3 · (−3)"),
    (diag(p) - outer(p, z), "diag([0.2, 0.3, 0.5]) − [0.2, 0.3, 0.5] zᵀ"),
]


@pytest.mark.parametrize(("expr", "expected"), INSERTED)
def test_numbers_put_in(expr: Expr, expected: str) -> None:
    tree = with_numbers(notation(expr, Conventions()), put_in)
    assert text(tree) == expected
    ElementTree.fromstring(mathml(tree))


def test_transposed_vectors_are_drawn_lying() -> None:
    tree = with_numbers(notation(outer(a, p), Conventions()), put_in)
    assert latex(tree) == r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}\,\begin{bmatrix} 0.2 & 0.3 & 0.5 \end{bmatrix}"


def test_long_sums_show_their_beginning_and_end() -> None:
    many = array_of(list(range(10)), (10,), 6, Conventions())
    tree = with_numbers(notation(total(p), Conventions()), lambda name: Array(tuple((str(k),) for k in range(8)), "column") if name == "p" else many)
    assert text(tree) == "0 + 1 + 2 + ⋯ + 7"


def test_names_without_numbers_stay() -> None:
    assert text(with_numbers(notation(p + z, Conventions()), put_in)) == "[0.2, 0.3, 0.5] + z"
    assert text(with_numbers(notation(total(p * z), Conventions()), put_in)) == "Σ_i ([0.2, 0.3, 0.5])_i z_i"
