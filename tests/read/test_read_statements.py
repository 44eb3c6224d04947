"""Statements of a block: what each line becomes, and what is refused with line and column."""

from __future__ import annotations

from fractions import Fraction

import pytest

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import shape_text
from byhand.read.statements import Asked, Declared, Defined, Task, declared_shape, parse_shapes, parse_statements
from byhand.read.syntax import Derivative, Name, Primed

BLOCK = """
x  = [0, 2]                       # a comment
W1 = [[-5, 2, 2],                 # a list goes on
      [-5, 2, -1]]
eps = 0.3; eta = 1e-3
h  = W1.T @ x + b1
X : (m, n+1), t : (K,) one_hot sums_to_one
lam : () positive
h, dL/dW1, ∂L/∂W₁, W1'
step(L, [W1, b1], rate=0.1)
show(dL/dz == p - ys)
"""


def test_kinds_and_places() -> None:
    found = parse_statements(BLOCK, 10)
    kinds = [(type(one).__name__, one.at.line, one.at.column) for one in found]
    assert kinds == [
        ("Defined", 11, 1),
        ("Defined", 12, 1),
        ("Defined", 14, 1),
        ("Defined", 14, 12),
        ("Defined", 15, 1),
        ("Declared", 16, 1),
        ("Declared", 16, 15),
        ("Declared", 17, 1),
        ("Asked", 18, 1),
        ("Asked", 18, 4),
        ("Asked", 18, 12),
        ("Asked", 18, 20),
        ("Task", 19, 1),
        ("Task", 20, 1),
    ]
    assert [one.text for one in found][:2] == ["x  = [0, 2]", "W1 = [[-5, 2, 2], [-5, 2, -1]]"]
    assert found[8].text == "h"
    assert found[12].text == "step(L, [W1, b1], rate=0.1)"


def test_questions_and_tasks() -> None:
    asked = [one.what for one in parse_statements("h, dL/dW1, dL / dW1, ∂L/∂W₁, W1''") if isinstance(one, Asked)]
    assert isinstance(asked[0], Name)
    assert [(one.of, one.wrt, one.unsure) for one in asked[1:4] if isinstance(one, Derivative)] == [("L", "W1", False)] * 3
    assert isinstance(asked[4], Primed)
    assert asked[4].count == 2
    (task,) = parse_statements("step(L, [W1, b1], rate=0.1, times=3)")
    assert isinstance(task, Task)
    assert (task.name, len(task.args), [name for name, _ in task.options]) == ("step", 2, ["rate", "times"])


DATA: list[tuple[str, tuple[int, ...], list[str]]] = [
    ("0.1", (), ["1/10"]),
    ("1e-3", (), ["1/1000"]),
    ("-1/3", (), ["-1/3"]),
    ("−2", (), ["-2"]),
    ("½", (), ["1/2"]),
    ("2**-3", (), ["1/8"]),
    ("[1, -2.5, 1/3]", (3,), ["1", "-5/2", "1/3"]),
    ("[[1, 2], [3, 4]]", (2, 2), ["1", "2", "3", "4"]),
    ("[[1, 2], [3, 4]].T", (2, 2), ["1", "3", "2", "4"]),
    ("[1, 2] / 10", (2,), ["1/10", "1/5"]),
    ("full((2, 1), -0.1)", (2, 1), ["-1/10"] * 2),
    ("0.1 * ones((1, 2))", (1, 2), ["1/10"] * 2),
    ("zeros(2)", (2,), ["0", "0"]),
    ("np.eye(2)", (2, 2), ["1", "0", "0", "1"]),
    ("arange(4).reshape(2, 2)", (2, 2), ["0", "1", "2", "3"]),
    ("np.array([[1], [2]])", (2, 1), ["1", "2"]),
]


@pytest.mark.parametrize(("text", "shape", "entries"), DATA)
def test_data_is_exact(text: str, shape: tuple[int, ...], entries: list[str]) -> None:
    (found,) = parse_statements(f"x = {text}")
    assert isinstance(found, Defined)
    assert found.data is not None
    assert found.data.shape == shape
    assert found.data.entries == tuple(map(Fraction, entries))


@pytest.mark.parametrize("text", ["y", "2 * y", "[1, y]", "sqrt(2)", "relu([1, 2])", "[1, 2] @ [3, 4]", "full(n, 1)"])
def test_formulas_are_no_data(text: str) -> None:
    (found,) = parse_statements(f"x = {text}")
    assert isinstance(found, Defined)
    assert found.data is None


def test_nested_data() -> None:
    (found,) = parse_statements("x = [[1, 2], [0.5, 4]]")
    assert isinstance(found, Defined)
    assert found.data is not None
    assert found.data.nested() == ((1, 2), (Fraction(1, 2), 4))
    assert found.data.integers() is None


def test_declared_shapes() -> None:
    found = parse_shapes("X : (m, 2*n+1), t:(K,) one_hot, s : (), v : [3]")
    assert [shape_text(declared_shape(one)) for one in found] == ["(m, 2*n + 1)", "(K,)", "()", "(3,)"]
    assert [one.facts for one in found] == [(), ("one_hot",), (), ()]
    assert declared_shape(found[0], {"m": 4, "n": 1}) == (4, 3)
    (zero,) = parse_shapes("X : (0, 2)")
    with pytest.raises(ByhandError, match="axis of size 0"):
        declared_shape(zero)


REFUSED = [
    ("x = [1, [2]]", "line 1, column 9: this list is ragged: its first entry has no brackets (a single number), and entry 2 has 1 entry."),
    ("x = [[1, 2], [3]]", "line 1, column 14: this list is ragged: its first entry has 2 entries, and entry 2 has 1 entry."),
    ("x = []", "line 1, column 5: this list is empty; an array needs at least one entry."),
    ("x = 1e400", "line 1, column 5: the number 1e400 is out of range: decimal exponents go from -308 to 308."),
    ("x = [1, 2\ny = 3", "line 1, column 5: the bracket '[' opened here is never closed."),
    ("x = 1]", "line 1, column 6: ']' closes no bracket."),
    ("x = (1]", "line 1, column 7: ']' does not close the '(' opened at line 1, column 5."),
    ("x =", "line 1, column 4: a name, a number or a bracket is expected, but the end stands here."),
    ("\n= 3", "line 2, column 1: a name, a number or a bracket is expected, but '=' stands here."),
    ("x : m", "line 1, column 5: the shape of x is expected in brackets, as in x : (m, n), but 'm' stands here."),
    ("x : (m) positiv", "line 1, column 9: positiv is no fact that can be declared. Did you mean positive?"),
    ("a = b = 3", "line 1, column 7: one statement defines one name; write each on a line of its own."),
    ("a, b = 1, 2", "line 1, column 6: what stands left of '=' must be one name, and a, b is none; a claim is written show(… == …)."),
    ("a = 1, 2", "line 1, column 6: a comma ends this definition of a; put a list into brackets [ ]."),
    ("p == q", "line 1, column 1: a claim is written show(p == q)."),
    ("x = 1/0", "line 1, column 6: cannot divide a number by zero."),
    ("x = 9^9^9^9", "line 1, column 8: an exponent of 387420489 is refused: exponents go from -1000 to 1000."),
    ("x = full((10**9, 10), 1)", "line 1, column 5: an array with 10,000,000,000 entries is refused; the limit is 200,000."),
    ("x = \x00", "line 1, column 5: unexpected character U+0000."),
    ("x = a ? b", "line 1, column 7: unexpected character '?'."),
    ("x = reshape([1, 2, 3], (2, 2))", "line 1, column 24: cannot reshape 3 numbers into (2, 2)."),
    ('x = "abc', "line 1, column 5: this quotation mark is never closed."),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(ByhandError) as caught:
        parse_statements(text)
    assert str(caught.value) == message


def test_names() -> None:
    names = ["W1", "pi_", "h_out", "a__b", "λ", "ŷ", "x2y"]
    found = parse_statements("\n".join(f"{name} = 1" for name in names))
    assert [one.name for one in found if isinstance(one, Defined)] == names
    (small,) = parse_statements("W₁ = 1")
    assert isinstance(small, Defined)
    assert small.name == "W1"


def test_declared_is_declared() -> None:
    (found,) = parse_statements("x : (m, n) positive")
    assert isinstance(found, Declared)
    assert (found.name, len(found.shape), found.facts) == ("x", 2, ("positive",))
