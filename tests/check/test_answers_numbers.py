"""Numbers as people write them: values, digits, shapes, repairs; what is no number, and why."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.check.answers.entry import Formulas, Numbers, Unread
from byhand.check.answers.written import numbers, written

ONE = {
    "2": 2, "-7": -7, "+3": 3, "0.50": 0.5, ".5": 0.5, "2.": 2, "−0.5": -0.5, "- 0.5": -0.5, "1e-3": 0.001, "1E5": 1e5, "1e−3": 0.001,
    "0,34": 0.34, "1,5·10^-3": 0.0015, "1.2 × 10⁻³": 0.0012, "1.2*10**-3": 0.0012, r"1{,}2\cdot 10^{-3}": 0.0012, r"1.2 \times 10^{-3}": 0.0012, "10^{-3}": 0.001,
    "2/3": 2 / 3, "-7/2": -3.5, "-(2/3)": -2 / 3, "(−2)/3": -2 / 3, r"\frac{2}{3}": 2 / 3, r"-\tfrac23": -2 / 3, r"\dfrac{-1}{4}": -0.25, "½": 0.5, "1½": 1.5, "2⁄3": 2 / 3,
    "≈ 0.34": 0.34, "~0.34": 0.34, r"\approx 0.34": 0.34, "= 0.34": 0.34, "ca. 0,34": 0.34, "0.34 nats": 0.34, "0.34 (rounded)": 0.34, "$0.34$": 0.34, r"\(0.34\)": 0.34,
    "0.333...": 0.333, "0,33…": 0.33, r"0.33\ldots": 0.33, "(0.5)": 0.5, "0.34.": 0.34, "1,234.5": 1234.5, "1.234,5": 1234.5, "1\u2009234.5": 1234.5, "1'234.5": 1234.5,
    "２.５": 2.5, "\u200b0.5": 0.5, "\u00a00.5\u00a0": 0.5, "np.float64(0.25)": 0.25, "tensor(0.25)": 0.25, "tensor(0.25, grad_fn=<NllLossBackward0>)": 0.25, r"\mathbf{0.5}": 0.5,
    r"\boxed{0.5}": 0.5, "`0.5`": 0.5, "W x = 0.5": 0.5, "z = W x = 0.5": 0.5,
}  # fmt: skip


@pytest.mark.parametrize("text", ONE)
def test_one_number(text: str) -> None:
    found = written(text)
    assert found is not None
    assert isinstance(found.content, Numbers), found
    assert found.content.values.shape == ()
    assert float(found.content.values) == pytest.approx(ONE[text], rel=1e-15)


MATRIX = [[2, 7], [3, -4.5]]
MANY: dict[str, list[Any]] = {
    "[2, 7]": [2, 7], "(2, 7)": [2, 7], "[2 7]": [2, 7], "[ 2.  7.]": [2, 7], "{2; 7}": [[2], [7]], r"\{2, 7\}": [2, 7], "[2,7]": [2, 7], "2, 7": [2, 7], "2 7": [2, 7],
    "[[2],[7]]": [[2], [7]], "[2; 7]": [[2], [7]], "[2;\n7]": [[2], [7]], "[2,7]^T": [[2], [7]], "[2, 7]ᵀ": [[2], [7]], r"(2, 7)^\top": [[2], [7]], "[[2, 7]].T": [[2], [7]],
    r"\begin{pmatrix}2\\7\end{pmatrix}": [[2], [7]], r"\begin{pmatrix}2&7\end{pmatrix}^{\top}": [[2], [7]], "⎡2⎤\n⎣7⎦": [[2], [7]], "array([2., 7.])": [2, 7],
    "[[2, 7], [3, -4.5]]": MATRIX, "[[2,7],[3,-4.5]]": MATRIX, "[[ 2.   7. ]\n [ 3.  -4.5]]": MATRIX, "[2 7; 3 -4.5]": MATRIX, "[2, 7; 3, -4.5]": MATRIX, "[2 7\n3 -4.5]": MATRIX,
    "((2, 7), (3, -4.5))": MATRIX, "np.array([[2, 7], [3, -4.5]])": MATRIX, "array([[ 2. ,  7. ],\n       [ 3. , -4.5]], dtype=float32)": MATRIX, "tensor([[2., 7.],\n        [3., -4.5]])": MATRIX,
    "Matrix([[2, 7], [3, -4.5]])": MATRIX, r"\begin{pmatrix} 2 & 7 \\ 3 & -4{,}5 \end{pmatrix}": MATRIX, r"\begin{bmatrix} 2 & 7 \\[2pt] 3 & -4,5 \end{bmatrix}": MATRIX,
    r"\left(\begin{array}{cc} 2 & 7 \\ 3 & -\frac{9}{2} \end{array}\right)": MATRIX, r"\left[\begin{matrix}2&7\\3&-4.5\end{matrix}\right]": MATRIX, "[[2, 7],\n [3, -9/2]]": MATRIX,
    "[1,5, 2,5]": [1.5, 2.5], "[1,5 2,5]": [1.5, 2.5], "[0,5; 1,25; 2]": [[0.5], [1.25], [2]], "[np.float64(0.1), np.float64(0.2)]": [0.1, 0.2], "[[[1, 2]], [[3, 4]]]": [[[1, 2]], [[3, 4]]],
    "[1, 2,]": [1, 2], "(2,)": [2], "[2]": [2], "[1 -2]": [1, -2], "[- 1, 2]": [-1, 2],
}  # fmt: skip


@pytest.mark.parametrize("text", MANY)
def test_arrays(text: str) -> None:
    found = written(text)
    assert found is not None
    assert isinstance(found.content, Numbers), found
    np.testing.assert_allclose(found.content.values, np.array(MANY[text], dtype=float), rtol=1e-15)
    again = numbers(found.content.text)
    assert isinstance(again, Numbers)
    np.testing.assert_array_equal(again.values, found.content.values)


@pytest.mark.parametrize(
    ("text", "half", "significant", "decimals"),
    [("2", 0.5, 1, 0), ("0.50", 0.005, 2, 2), ("120", 0.5, 3, 0), ("1.20e3", 5, 3, -1), ("1.5e-3", 5e-5, 2, 4), ("0.00", 0.005, 1, 2), ("-0.030", 5e-4, 2, 3), ("0,5", 0.05, 1, 1),
     ("0.33...", 0.01, 2, 2), ("12", 0.5, 2, 0), ("0.000120", 5e-7, 3, 6)],
)  # fmt: skip
def test_digits(text: str, half: float, significant: int, decimals: int) -> None:
    found = numbers(text)
    assert isinstance(found, Numbers)
    assert (float(found.half), int(found.significant), int(found.decimals)) == (pytest.approx(half, rel=1e-12), significant, decimals)


def test_fractions_are_exact() -> None:
    found = numbers("[1/3, 0.5]")
    assert isinstance(found, Numbers)
    np.testing.assert_array_equal(found.half, [0, 0.05])
    assert isinstance(made := numbers(Fraction(2, 3)), Numbers)
    assert float(made.half) == 0


def test_zeros_that_programs_drop() -> None:
    assert [
        isinstance(one, Numbers) and one.zeros_lost for one in (numbers("[2. 7.]"), numbers("[2.0, 7.0]"), numbers([2.5]), numbers(2.5, zeros_lost=True))
    ] == [True, False, False, True]


UNREAD = {
    "nan": "finite", "[1, nan]": "finite", "-inf": "finite", "∞": "finite", "[1, [2, 3]]": "ragged", "[[1, 2], [3]]": "ragged", "[[1],[2,3]]": "ragged", "50%": "percentage",
    "1e999": "out of range", "9" * 500: "out of range", "[1, 1e400]": "out of range", "1/0": "divide by zero", "[[1, 2], [3, ...]]": "left out", "[1, 2": "not closed", "[1, 2)": "do not match",
    "[1,, 2]": "missing", "[" * 500: "nested", "[1, None]": "missing", "x" * 30_000: "refused", "[" + "1," * 400_000 + "1]": "refused",
}  # fmt: skip


@pytest.mark.parametrize("text", UNREAD)
def test_unread_says_why(text: str) -> None:
    found = written(text)
    assert found is not None
    assert isinstance(found.content, Unread), found
    assert UNREAD[text] in found.content.message
    assert len(found.content.message) < 250


@pytest.mark.parametrize("text", ["", "  ", "-", "?", "n/a", "…", "[]", "[[], []]", "( )"])
def test_nothing_answered(text: str) -> None:
    assert written(text) is None


@pytest.mark.parametrize(
    "text", ["softmax(W @ x)", "2^3", "9^9^9^9", "2 pi", "-[1, 2]", "0.1 * [1, 2]", "__class__", "1.2.3", "p - y", "outer(a, p - ys)", "2 x", "[a, 2]", "1 + 2"]
)
def test_formulas_stay_formulas(text: str) -> None:
    found = written(text)
    assert found is not None
    assert found.content == Formulas((text,), text)


@pytest.mark.parametrize(("text", "read"), [("[0.265, 0.013].", "[0.265, 0.013]"), ("[2, 7];", "[2, 7]"), ("1.527.", "1.527"), ("2.", "2."), ("0.5,", "0.5"), ("p - y.", "p - y"), (r"\begin{pmatrix}2\\7\end{pmatrix}.", "[[2], [7]]"), ("0.5.", "0.5"), ("12.", "12.")])  # fmt: skip
def test_the_full_stop_behind_an_answer(text: str, read: str) -> None:
    assert (found := written(text)) is not None
    assert found.content.text == read
    assert not isinstance(found.content, Numbers) or found.content.zeros_lost == read.endswith(".")


def test_chains() -> None:
    assert (found := written("W1 x + b1 = relu(z) = [2, 7]")) is not None
    assert isinstance(found.content, Numbers)
    assert found.links == ("W1 x + b1", "relu(z)")
    assert (made := written("x^T W = (W^T x)^T = softmax(z, axis=0)")) is not None
    assert made.content == Formulas(("x^T W", "(W^T x)^T", "softmax(z, axis=0)"), "x^T W = (W^T x)^T = softmax(z, axis=0)")


def test_repairs_are_said() -> None:
    assert [found.repairs for text in ("0,5", "0.33…", "2 7", "1.234,5") if (found := written(text))] == [
        ("the comma in 0,5 read as the decimal point",), ("0.33... read as 0.33, cut off after its last digit",), ("several entries without brackets read as a list",),
        ("1.234,5 read as 1234.5",)]  # fmt: skip


finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200)


@given(st.lists(st.lists(finite, min_size=3, max_size=3), min_size=1, max_size=4))
def test_python_numpy_and_json_print_are_read_back(rows: list[list[float]]) -> None:
    array = np.array(rows)
    with np.printoptions(floatmode="unique"):
        printed = (repr(array), str(array))
    for text in (repr(rows), json.dumps(rows), *printed, str(rows).replace(",", "")):
        found = numbers(text)
        assert isinstance(found, Numbers), (text, found)
        np.testing.assert_array_equal(found.values, array)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=5), st.integers(0, 5))
def test_half_a_unit_covers_what_was_rounded(exact: Any, places: int) -> None:
    found = numbers(f"{exact:.{places}f}")
    assert isinstance(found, Numbers)
    assert abs(Fraction(exact) - Fraction(found.text)) <= Fraction(1, 2 * 10**places)
    assert float(found.half) == float(f"5e-{places + 1}")
    assert int(found.decimals) == places
