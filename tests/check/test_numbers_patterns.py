"""Patterns of wrong cells: named when they explain the answer, silent when they do not."""

from __future__ import annotations

from collections.abc import Callable
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from number_samples import example, to_decimals, to_significant, truth, typed

from byhand.check.answers.entry import Numbers
from byhand.check.numbers.pattern import place, places
from byhand.check.numbers.patterns import Pattern, patterns
from byhand.run.arrays import Array

REGRESSION, SMOOTHED = "b1-two-layer-regression", "e2-label-smoothing-step"


def found(sheet: str, name: str, written: Array, decimals: int = 5) -> tuple[Pattern, ...]:
    exercise = example(sheet)
    return patterns(to_decimals(written, decimals), truth(exercise, name), exercise.quantities[name], exercise)


def moved(array: Array, index: tuple[int, ...], change: Callable[[float], float]) -> Array:
    out = array.copy()
    out[index] = change(float(out[index]))
    return out


@pytest.mark.parametrize(
    ("sheet", "name", "wrong", "slip", "said"),
    [
        (REGRESSION, "dL/dW1", lambda t: -t, "S14", "wrong sign"),
        (REGRESSION, "L", lambda t: -t, "S07", "wrong sign"),
        (REGRESSION, "Z", lambda t: -t, "S48", "wrong sign"),
        (REGRESSION, "L", lambda t: 2 * t, "S09", "twice"),
        (REGRESSION, "L", lambda t: t / 2, "S09", "half"),
        (REGRESSION, "L", lambda t: 4 * t, "S10", "4 samples"),
        (REGRESSION, "L", lambda t: t / log(2), "S08", "ln 2"),
        (SMOOTHED, "L", lambda t: t / log(10), "S08", "ln 10"),
        (REGRESSION, "dL/dW1", lambda t: 2 * t, "S21", "twice"),
        (REGRESSION, "dL/dW1", lambda t: 4 * t, "S22", "4 samples"),
        (REGRESSION, "dL/dW1", lambda t: t / 4, "S23", "once more"),
        (REGRESSION, "dL/db1", lambda t: t / 4, "S24", "once more"),
        (REGRESSION, "dL/dW1", lambda t: -4 * t, "S22", "and the sign is wrong"),
        (SMOOTHED, "dL/dW2", lambda t: t / 10, "S45", "learning rate"),
        (SMOOTHED, "dL/dW2", lambda t: t.T, "S43", "transposed"),
        (SMOOTHED, "W2'", lambda t: t.T, "S43", "transposed"),
        (REGRESSION, "dL/dW1", lambda t: t[::-1], "order", "rows 1 and 2"),
        (REGRESSION, "Z", lambda t: t[:, [1, 0, 2]], "order", "columns 1 and 2"),
        (REGRESSION, "Z", lambda t: t[::-1], "order", "reverse"),
        (SMOOTHED, "p", lambda t: t[[1, 2, 0]], "order", "another order"),
        (REGRESSION, "Z", lambda t: 0 * t, "zero", "zero"),
        (REGRESSION, "Z", lambda t: moved(t, (1, 2), lambda x: -x), "S48", "sign is wrong in row 2, column 3"),
        (REGRESSION, "Z", lambda t: np.array([-1, 1, 1]) * t, "S48", "column 1"),
        (REGRESSION, "Z", lambda t: moved(t, (1, 2), lambda x: 10 * x), "S48", "decimal point"),
        (REGRESSION, "Z", lambda t: moved(t, (1, 2), lambda x: x + 0.1), "S48", "one digit is wrong in row 2, column 3"),
        (REGRESSION, "Z", lambda t: moved(t, (0, 0), lambda x: x + 1e-5), "S48", "last digit"),
        (SMOOTHED, "p", lambda t: t + 1e-5 * np.array([1, 0, -1]), "S49", "last digit"),
        (SMOOTHED, "p", lambda t: np.trunc(t * 1e5) / 1e5, "rounding", "cut off"),
        (REGRESSION, "Z", lambda t: t[:3], "size", "row 4 of Z is left out"),
        (REGRESSION, "Z", lambda t: np.vstack([t, t[1:2]]), "size", "row 5, which repeats row 2"),
        (SMOOTHED, "dL/db2", lambda t: t[:2], "size", "entry 3"),
        (REGRESSION, "Z", lambda t: t.sum(axis=0), "sum", "the 4 rows of Z are added up"),
        (SMOOTHED, "dL/db1", lambda t: t.sum(), "S25", "entries of dL/db1 are added up"),
        (REGRESSION, "Z", lambda t: -t.T, "S48", "wrong sign"),
    ],
)
def test_named(sheet: str, name: str, wrong: Callable[[Array], Array], slip: str, said: str) -> None:
    first = found(sheet, name, wrong(truth(example(sheet), name)))[0]
    assert first.explains
    assert first.id == slip
    assert said in first.message
    assert name in first.message


@pytest.mark.parametrize(
    ("sheet", "name", "other", "slip"),
    [(REGRESSION, "H", "Z", "S03"), (SMOOTHED, "dL/dh", "dL/da", "S31"), (SMOOTHED, "W2'", "dL/dW2", "S45"), (SMOOTHED, "z", "ys", "other")],
)
def test_another_quantity_handed_in(sheet: str, name: str, other: str, slip: str) -> None:
    first = found(sheet, name, truth(example(sheet), other))[0]
    assert (first.id, first.message) == (slip, f"the value of {other} is given for {name}")


@pytest.mark.parametrize(
    ("factor", "slip", "said"),
    [(-1, "S44", "uphill"), (0, "S28", "left as it was"), (10, "S45", "without the learning rate 0.1"), (2, "S21", "twice as large")],
)
def test_the_step_of_an_update(factor: float, slip: str, said: str) -> None:
    before, after = (truth(example(SMOOTHED), name) for name in ("W2", "W2'"))
    first = found(SMOOTHED, "W2'", before + factor * (after - before))[0]
    assert first.id == slip
    assert said in first.message


def test_only_the_step() -> None:
    before, after = (truth(example(SMOOTHED), name) for name in ("W1", "W1'"))
    assert found(SMOOTHED, "W1'", after - before)[0].id == "S45"
    assert found(SMOOTHED, "W1'", before - after)[0].id == "S45"


def test_a_bias_gradient_that_is_not_summed() -> None:
    first = found(REGRESSION, "dL/db1", truth(example(REGRESSION), "dL/dZ"))[0]
    assert (first.id, first.explains) == ("S25", True)
    assert "4 samples" in first.message


def test_one_cell_that_nothing_explains() -> None:
    (only,) = found(REGRESSION, "Z", moved(truth(example(REGRESSION), "Z"), (1, 2), lambda x: x + 0.23187))
    assert not only.explains
    assert only.message == "only row 2, column 3 of Z is wrong"


def test_right_answers_have_no_patterns() -> None:
    for sheet in (REGRESSION, SMOOTHED):
        exercise = example(sheet)
        for name, quantity in exercise.quantities.items():
            for digits in (2, 3, 6):
                assert patterns(to_significant(truth(exercise, name), digits), truth(exercise, name), quantity, exercise) == ()


@given(st.integers(0, 10_000), st.sampled_from(("Z", "H", "y", "dL/dW1", "dL/dZ")), st.integers(2, 5))
@settings(deadline=None)
def test_arrays_fit_no_pattern_by_chance(seed: int, name: str, digits: int) -> None:
    true = truth(example(REGRESSION), name)
    wrong = np.random.default_rng(seed).standard_normal(true.shape) * 3 * float(np.abs(true).max())
    assert not [one for one in found(REGRESSION, name, wrong, digits) if one.explains]


def test_single_numbers_seldom_do() -> None:
    """Of wrong numbers with two digits at most one in eight looks like a pattern, with four at most one in twenty."""
    exercise, random = example(REGRESSION), np.random.default_rng(3)
    for digits, most in ((2, 50), (4, 20)):
        wrong = truth(exercise, "L") * np.exp(random.uniform(-2, 2, 400))
        told = [patterns(to_significant(one, digits), truth(exercise, "L"), exercise.quantities["L"], exercise) for one in wrong]
        assert sum(bool(one) for one in told) <= most


def test_one_digit_is_no_evidence_for_a_factor() -> None:
    exercise = example(REGRESSION)
    assert not patterns(typed("5"), truth(exercise, "L"), exercise.quantities["L"], exercise)


def test_numbers_that_are_none() -> None:
    exercise = example(REGRESSION)
    nothing = np.full((4, 3), np.nan)
    assert patterns(to_decimals(truth(exercise, "Z"), 3), nothing, exercise.quantities["Z"], exercise) == ()
    empty = np.zeros(0)
    assert patterns(Numbers(empty, empty, empty, empty, "[]"), truth(exercise, "Z"), exercise.quantities["Z"], exercise) == ()


def test_how_cells_are_named() -> None:
    assert [place(index, dims) for index, dims in (((), ()), ((2,), (3,)), ((0, 1), (2, 2)), ((0, 1, 2), (2, 2, 3)))] == [
        "the number",
        "entry 3",
        "row 1, column 2",
        "entry 1, 2, 3",
    ]
    assert places(np.array([[True, True], [False, False]])) == "row 1"
    assert places(np.array([[True, False, True], [True, False, True]])) == "columns 1 and 3"
    assert places(np.array([[True, False], [False, True]])) == "row 1 column 1 and row 2 column 2"
    assert places(np.array([True, False, True])) == "entry 1 and entry 3"


def test_one_row() -> None:
    right = truth(example(REGRESSION), "Z")
    (repeated,) = found(REGRESSION, "Z", right[[1, 1, 2, 3]])
    assert repeated == Pattern("order", "row 1 of Z repeats row 2")
    (only,) = found(REGRESSION, "Z", right + np.array([[0.3123], [0], [0], [0]]))
    assert (only.message, only.explains) == ("only row 1 of Z is wrong", False)
    (zero,) = found(REGRESSION, "Z", right * np.array([1, 0, 1]))
    assert zero == Pattern("S48", "column 2 of Z is taken to be zero")
