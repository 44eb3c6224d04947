"""Messages for formulas that mean nothing: pinned, with line and column."""

from __future__ import annotations

import pytest
from read_scopes import SCOPE

from byhand.lang.errors import ByhandError, NotYetError, ShapeError
from byhand.read.elaborate import read_claim, read_formula

MESSAGES = [
    ("W3 @ x", "line 1, column 1: the name W3 is not known here. Did you mean W1?"),
    ("sofmax(a)", "line 1, column 1: there is no function sofmax. Did you mean softmax?"),
    ("a.sumn()", "line 1, column 3: arrays have no method sumn. Did you mean sum?"),
    ("relu", "line 1, column 1: relu is a function and needs its arguments in brackets, as in relu(x)."),
    ("softmax(a, b1, v)", "line 1, column 1: softmax takes 1 argument and the option axis; it was given 3."),
    ("outer(a)", "line 1, column 1: outer takes 2 arguments; b is missing."),
    ("sum(a, axs=1)", "line 1, column 12: sum has no option axs; it takes 1 argument and the options axis, keepdims."),
    ("softmax(a, axis=-1, axis=0)", "line 1, column 26: softmax is given axis twice."),
    ("sum(a, axis=s)", "line 1, column 13: axis must be a whole number or a size letter known here, and the value of this name is no integer."),
    ("sum(a, axis=1/2)", "line 1, column 14: axis must be a whole number, and this is 1/2."),
    ("a v", None),
    ("a + W1 @ ", "line 1, column 10: a name, a number or a bracket is expected, but the end stands here."),
    ("(a + v", "line 1, column 1: the bracket '(' opened here is never closed."),
    ("nan", "line 1, column 1: nan is not a number that byhand computes with: every entry must be finite."),
    ("9^9^9^9", "line 1, column 4: an exponent of 387420489 is refused: exponents go from -1000 to 1000."),
    ("a**2000", "line 1, column 2: an exponent of 2000 is refused: exponents go from -1000 to 1000."),
    ("x_i", "line 1, column 1: x_i is no name here, and as an entry of x it needs a sum Σ_i or brackets [ ]_{i} around it."),
    ("x_out", "line 1, column 1: the name x_out is not known here. Did you mean h_out?"),
    ("Σ_i a_i W1", None),
    ("Σ_i a_j", "line 1, column 5: a_j is no name here, and as an entry of a it needs a sum Σ_j or brackets [ ]_{j} around it."),
    ("Σ_i s", "line 1, column 1: nothing under this Σ carries the index i."),
    ("Σ_i G_i", "line 1, column 5: G has shape (m, n), so it takes 2 indices; it has 1 here."),
    ("Σ_i (a_i + x_i)", "line 1, column 12: the index i runs over n elsewhere and over d in x."),
    ("[δ_{ij}]_{ij}", "line 1, column 3: the size of δ_{ij} is not known: no other factor has one of its indices. Write I_n instead."),
    ("I", "line 1, column 1: the size of this identity matrix is not known; write I_n or eye(n)."),
    ("p == ys", "line 1, column 3: '==' compares two formulas; it belongs into a claim, show(… == …)."),
    ("[1 2]", "line 1, column 4: two numbers stand side by side; a comma or an operator is missing between them."),
    (r"\foo{a}", r"line 1, column 1: the LaTeX command \foo is not understood here."),
    ("W1''", "line 1, column 3: 2 primes mean a value after 2 steps, and so many have not been taken."),
    ("dL/dq", "line 1, column 1: dL/dq is the gradient of L with respect to q, but q is a size here, and no quantity."),
    ("dL/dx", "line 1, column 1: the gradient dL/dx is not known here."),
    ("max(a, 0)", "line 1, column 1: max of an array and a number can be read in two ways: write max(…, axis=…) along an axis, maximum(…, …) entry by entry."),
    ("u[7]", "line 1, column 2: cannot take entry 7 of u: that axis has 4 entries, numbered from 0 to 3."),
    ("u[0, 1]", "line 1, column 2: cannot index u of shape (4,) with 2 indices."),
    ("Z[[0, 1], [0, 1, 2]]", "line 1, column 2: these lists of indices have 2 and 3 entries, and they are taken in pairs."),
    ("Z[::0]", "line 1, column 5: the step of a slice cannot be 0."),
    ("a.foo", "line 1, column 3: arrays have no attribute foo; .T is the transpose, and functions are written f(x) or x.f()."),
    ('einsum("ij,jk", A)', 'line 1, column 1: the einsum specification "ij,jk" is for 2 operands, and 1 are given.'),
    ("zeros((10**9, 10**9))", "line 1, column 1: an array with more than 10**15 entries is refused; the limit is 1,000,000."),
    ("a b c]", "line 1, column 6: ']' closes no bracket."),
    ("x @ x_", "line 1, column 5: the name x_ is not known here. Did you mean x?"),
    ("x @ _", "line 1, column 5: unexpected character '_'. A name starts with a letter."),
]


@pytest.mark.parametrize(("text", "message"), [pair for pair in MESSAGES if pair[1]])
def test_messages(text: str, message: str) -> None:
    with pytest.raises(ByhandError) as caught:
        read_formula(text, SCOPE)
    assert str(caught.value) == message


SHAPES = [
    ("a + (x @ W1 + x)", 13, ["(x·W1)", "x", "(n,)", "(d,)"]),
    ("2 * (W1 @ x)", 9, ["W1", "x", "(d, n)", "(d,)", ".T"]),
    ("a * x", 3, ["a", "x", "(n,)", "(d,)"]),
    ("a v", 3, ["aᵀ v", "a vᵀ", "a ⊙ v"]),
    ("W1ᵀ xᵀ", 6, ["x", "row"]),
    ("a + vᵀ", 3, ["a", "v", "row"]),
    ("inv(W1)", 1, ["W1", "(d, n)", "square"]),
    ("concat([a, W1])", 1, ["a", "W1"]),
    ("[a, x]", 1, ["different shapes", "a", "x"]),
    ("cross_entropy(z, a)", 1, ["z", "a"]),
    ("reshape(Z, (5, 2))", 1, ["Z", "(3, 4)", "(5, 2)"]),
]


@pytest.mark.parametrize(("text", "column", "parts"), SHAPES)
def test_shapes_that_do_not_fit(text: str, column: int, parts: list[str]) -> None:
    with pytest.raises(ShapeError) as caught:
        read_formula(text, SCOPE)
    assert (caught.value.line, caught.value.column) == (1, column)
    assert all(part in caught.value.message for part in parts), caught.value.message


def test_places_in_a_sheet() -> None:
    with pytest.raises(ByhandError, match="line 12, column 9"):
        read_formula("a + nope", SCOPE, line=12, column=5)
    with pytest.raises(ByhandError, match="line 12, column 4"):
        read_formula("a +\n   nope", SCOPE, line=11, column=20)


def test_not_yet() -> None:
    with pytest.raises(NotYetError, match="dL/dx is not known"):
        read_formula("dL/dx", SCOPE)


def test_claims() -> None:
    claim = read_claim("dL/dz == p - ys", SCOPE)
    assert (claim.left.read_as, claim.op, claim.right.read_as) == ("dL/dz", "==", "p - ys")
    with pytest.raises(ByhandError, match="compares two formulas"):
        read_claim("p - ys", SCOPE)
