"""Products with an inverse are worked out by solving equations."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from byhand.lang.build import inverse
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, named, var
from byhand.lang.walk import postorder
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove

A, B, Y = var("A", ("n", "n")), var("B", ("n", "k")), var("Y", ("k", "n"))
b = var("b", ("n",))
PRODUCTS: list[tuple[Expr, Callable[..., Any]]] = [
    (inverse(A) @ b, lambda A, B, Y, b: np.linalg.inv(A) @ b),
    (b @ inverse(A), lambda A, B, Y, b: b @ np.linalg.inv(A)),
    (inverse(A) @ B, lambda A, B, Y, b: np.linalg.inv(A) @ B),
    (inverse(A).T @ B, lambda A, B, Y, b: np.linalg.inv(A).T @ B),
    (Y @ inverse(A), lambda A, B, Y, b: Y @ np.linalg.inv(A)),
    (Y @ inverse(A).T, lambda A, B, Y, b: Y @ np.linalg.inv(A).T),
    ((inverse(A) @ B).T, lambda A, B, Y, b: (np.linalg.inv(A) @ B).T),
    (inverse(A) @ inverse(A), lambda A, B, Y, b: np.linalg.inv(A) @ np.linalg.inv(A)),
    (inverse(A.T @ A) @ A.T @ b, lambda A, B, Y, b: np.linalg.inv(A.T @ A) @ A.T @ b),
    (inverse(A), lambda A, B, Y, b: np.linalg.inv(A)),
]


def data(seed: int, whole: bool) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    shapes = {"A": (4, 4), "B": (4, 3), "Y": (3, 4), "b": (4,)}
    return {name: rng.integers(-5, 6, size=shape) if whole else rng.normal(size=shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("position", range(len(PRODUCTS)))
@pytest.mark.parametrize("whole", [True, False])
def test_against_numpy(position: int, whole: bool) -> None:
    expr, reference = PRODUCTS[position]
    given = data(position, whole)
    used = {node.name for node in postorder(expr) if isinstance(node, Var)}
    found = evaluate([expr], {name: value.tolist() if whole else value for name, value in given.items() if name in used}).roots[0]
    assert (found.dtype == object) == whole
    np.testing.assert_allclose(found.astype(float), reference(**given), rtol=1e-9)


def test_no_inverse_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("an explicit inverse")

    monkeypatch.setattr(np.linalg, "inv", refuse)
    given = data(1, whole=False)
    X = given["A"][:, :3]
    matrix, right = var("X", ("m", "p")), var("b", ("m",))
    found = evaluate([inverse(matrix.T @ matrix) @ matrix.T @ right], {"X": X, "b": given["b"]}).roots[0]
    np.testing.assert_allclose(found, np.linalg.lstsq(X, given["b"])[0], rtol=1e-9)


def test_an_indefinite_matrix() -> None:
    given = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert evaluate([inverse(A) @ b], {"A": given, "b": np.array([2.0, 3.0])}).roots[0].tolist() == [3.0, 2.0]


@pytest.mark.parametrize("entries", [[[1, 2], [2, 4]], np.array([[1.0, 2.0], [2.0, 4.0]]), np.array([[1.0, 2.0], [3.0, 6.0]])])
def test_a_singular_matrix_is_refused(entries: Any) -> None:
    w = named("w", inverse(A) @ b)
    with pytest.raises(ByhandError, match=r"cannot invert .*a singular matrix has no inverse"):
        evaluate([w], {"A": entries, "b": [1, 2]})


def test_rationals_stay_exact() -> None:
    found = evaluate([inverse(A) @ b], {"A": [[2, 1], [1, 3]], "b": [1, 0]}).roots[0]
    assert found.tolist() == [Fraction(3, 5), Fraction(-1, 5)]


def test_in_proofs() -> None:
    for left, right in [(A @ (inverse(A) @ b), b), ((b @ inverse(A)) @ A, b), ((Y @ inverse(A)) @ A, Y), (A.T @ (inverse(A).T @ B), B)]:
        assert (prove(left, right).verdict, prove(left, right).certainty) == ("holds", "exact")
    assert prove(inverse(A) @ B, inverse(A).T @ B).verdict == "fails"
