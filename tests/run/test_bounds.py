"""Between which numbers the entries of a formula lie, against what it really comes to at many points."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from byhand.lang.bounds import Bounds
from byhand.lang.build import call, index
from byhand.lang.expr import Expr, num, var
from byhand.lang.functions import concat, gather, pad, stack, take, total
from byhand.lang.index import Gather
from byhand.lang.leaves import cos, exp, log, relu, sigmoid, tanh
from byhand.rules import CROSS_ENTROPY, LOG_SOFTMAX, SOFTMAX, SQUARED_ERROR
from byhand.run.bounds import bounds
from byhand.run.evaluate import evaluate

X = var("x", (4,))
T = var("t", (4,), ("one_hot",))
P = call(SOFTMAX, X)
FORMULAS: dict[str, tuple[Expr, float, float]] = {
    "relu": (relu(X), 0, np.inf),
    "tanh": (tanh(X), -1, 1),
    "probabilities": (P, 0, 1),
    "their logarithms": (log(P), -np.inf, 0),
    "log_softmax": (call(LOG_SOFTMAX, X), -np.inf, 0),
    "cross-entropy in steps": (-total(T * log(P)), 0, np.inf),
    "cross-entropy": (call(CROSS_ENTROPY, X, T, num(0)), 0, np.inf),
    "squared error": (call(SQUARED_ERROR, X, T), 0, np.inf),
    "binary cross-entropy": (-total(T * log(sigmoid(X)) + (1 - T) * log(1 - sigmoid(X))), 0, np.inf),
    "output error": (P - T, -1, 1),
    "a sum of squares": (total(X**2), 0, np.inf),
    "a logarithm above zero": (log(1 + exp(X)), 0, np.inf),
    "cosine": (cos(X), -1, 1),
    "nothing known": (log(X), -np.inf, np.inf),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_bounds(name: str) -> None:
    formula, low, high = FORMULAS[name]
    found = bounds(formula)
    assert (float(found.low), float(found.high)) == (low, high)


@pytest.mark.parametrize("name", [name for name in FORMULAS if name != "nothing known"])
def test_values_lie_between_them(name: str) -> None:
    formula, low, high = FORMULAS[name]
    random = np.random.default_rng(0)
    for scale in (0.1, 1.0, 5.0):
        target = np.eye(4)[random.integers(4)].astype(int).tolist()
        (value,) = evaluate([formula], {"x": scale * random.standard_normal(4), "t": target}).roots
        assert (value.astype(float) >= low).all()
        assert (value.astype(float) <= high).all()


def test_entries_that_are_moved() -> None:
    """Nothing is read outside, and nothing put, but zeros; what is put in one place is added up."""
    one_to_two = {"x": np.array([Fraction(1), Fraction(2), Fraction(2), Fraction(1)])}
    inside, outside = take(X, [slice(1, 3)]), pad(X, [1], [0])
    assert bounds(inside, one_to_two) == Bounds(1, 2, False, False)
    assert bounds(outside, one_to_two) == Bounds(0, 2, False, False)
    assert bounds(concat([num(1) * X, X]), one_to_two).low == 0
    assert bounds(gather(X, [0, 0, 3]), one_to_two) == Bounds(1, 2, False, False)
    back = index(Gather((0, 0, 3)), take(X, [slice(0, 3)]), (4,), scatter=True)
    assert (bounds(back, one_to_two).low, bounds(back, one_to_two).high) == (0, np.inf)
    assert evaluate([back], one_to_two).roots[0].tolist() == [3, 0, 0, 2]


def test_a_matrix_of_numbers_in_a_formula() -> None:
    """Each of its entries lies between the bounds, though it is put together from pieces."""
    rows = stack([stack([num(1), num(2)]), stack([num(3), num(-4)])])
    found = bounds(rows)
    assert found.low <= -4
    assert found.high >= 3


def test_data_narrows_them() -> None:
    assert bounds((1 - var("eps")) * T, {"eps": np.array(Fraction(1, 5))}) == Bounds(Fraction(0), Fraction(4, 5), False, False)
