"""The light normal form that the constructors keep, and the messages of the operators."""

from __future__ import annotations

from fractions import Fraction

import pytest

from byhand.lang import functions as f
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Add, Contract, Expr, contract, eye, filled, named, num, var
from byhand.lang.leaves import exp, relu, sqrt
from byhand.lang.sizes import Poly, shape_text, size
from byhand.lang.walk import postorder, spelled_out, substitute

m, n = Poly.letter("m"), Poly.letter("n")
x, y, X, W, b = var("x", ("n",)), var("y", ("n",)), var("X", ("m", "n")), var("W", ("n", "h")), var("b", ("h",))

SAME: list[tuple[Expr, Expr]] = [
    (X @ W + b, X @ W + b),
    (x + x, 2 * x),
    (x - x, filled(0, x.shape)),
    (2 * (x / 2), x),
    (X.T.T, X),
    ((X @ W).T, W.T @ X.T),
    (-(x - y), y - x),
    (f.outer(x, y).T, f.outer(y, x)),
    (f.total(filled(1, x.shape)), num(n)),
    (f.total(f.diag(x)), f.total(x)),
    (eye(x.shape[0]) @ x, x),
    (x @ eye(x.shape[0]), x),
    (contract("ij,j->i", X, filled(1, x.shape)), f.total(X, 1)),
    (f.total(contract("i->ij", x, sizes={"j": size(m)}), 1), num(m) * x),
    (1 / (1 / x), x),
    ((x**2) ** 3, x**6),
    (x**1, x),
    (1 / (2 * x), Fraction(1, 2) * (1 / x)),
    (exp(num(0)), num(1)),
    (sqrt(num(9)), num(3)),
    (relu(num(-2)), num(0)),
    (f.mean(X), f.total(X) / (num(m) * num(n))),
    (f.reshape(x, x.shape), x),
    (f.maximum(num(0), x), relu(x)),
]


@pytest.mark.parametrize(("left", "right"), SAME, ids=range(len(SAME)))
def test_equal_things_are_the_same_object(left: Expr, right: Expr) -> None:
    assert left is right


def test_numbers_come_in_front_and_multiply_out() -> None:
    product = 3 * (X @ (W / 6))
    assert isinstance(product, Contract)
    assert product.args[0] is num(Fraction(1, 2))


def test_names_are_never_looked_through() -> None:
    h = named("h", x + y)
    total = h + x
    assert isinstance(total, Add)
    assert total.terms == (h, x)
    assert h is named("h", x * 1 + y)


def test_masks_on_a_diagonal_are_kept() -> None:
    square = f.outer(x, x)
    assert square * eye(x.shape[0]) is not square


def test_substitution_rebuilds_in_normal_form() -> None:
    assert substitute(x - y, {y: x}) is filled(0, x.shape)


def test_spelling_out_stops_at_kept_names() -> None:
    h = named("h", 2 * x)
    g = named("g", h + y)
    assert spelled_out([g], lambda name: name == "h")[g] is h + y
    assert spelled_out([g], lambda _: False)[g] is 2 * x + y


def test_traversal_of_a_chain_of_any_depth() -> None:
    node: Expr = x
    for k in range(5000):
        node = named(f"h{k}", node + 1)
    assert len(postorder(node)) > 10000


def test_sizes_are_polynomials_in_one_order() -> None:
    assert size(m + 1 + n - m) == n + 1
    assert str(n - 1) == "n - 1"
    assert (m * n).at({"m": 2, "n": 3}) == 6
    assert shape_text((3,)) == "(3,)"
    assert shape_text((size(m), size(n * 2 + 1))) == "(m, 2*n + 1)"


MESSAGES = [
    (
        lambda: W @ x,
        "cannot form the matrix product W @ x: their shapes are (n, h) and (n,), so the last axis of the left has h entries and the axis it meets on "
        "the right n. A transpose (.T) on one of them usually mends it.",
    ),
    (
        lambda: X + x.T + b,
        "cannot add an expression and b: their shapes (m, n) and (h,) disagree on axis -1 (n against h). Shapes are matched from the last axis "
        "backwards; a transpose (.T) or another orientation usually mends it.",
    ),
    (lambda: X @ num(2), "cannot form the matrix product of X and 2: one of them is a single number. Use * for a scalar multiple."),
    (lambda: f.total(x, 1), "there is no axis 1 in x, whose shape is (n,)."),
    (lambda: f.take(var("v", (3,)), [5]), "cannot take entry 5 of v: that axis has 3 entries, numbered from 0 to 2."),
    (lambda: f.reshape(var("v", (3,)), (2, 2)), "cannot reshape v of shape (3,) into (2, 2): it has 3 entries."),
    (lambda: f.outer(X, x), "outer(X, x) takes two vectors; their shapes are (m, n) and (n,)."),
    (lambda: f.gather(var("E", (2, 4)), [2]), "cannot pick row 2 of E: it has 2 rows, numbered from 0 to 1."),
]


@pytest.mark.parametrize(("work", "message"), MESSAGES, ids=range(len(MESSAGES)))
def test_messages(work: object, message: str) -> None:
    assert callable(work)
    with pytest.raises(ShapeError) as caught:
        work()
    assert str(caught.value) == message
