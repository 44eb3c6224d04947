"""Answers in another layout: read where it can be told, and never merely because the sizes are equal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from number_samples import example, sheet, to_decimals, truth, typed

from byhand.check.numbers.axes import parameters, sample_axes, samples
from byhand.check.numbers.compare import fits
from byhand.check.numbers.layout import Convention, convention, layouts
from byhand.check.settings import Settings
from byhand.run.arrays import Array, Dims

SETTINGS = Settings()


def read(written: Array, true: Array, habit: Convention | None = None, name: str = "") -> str | None:
    """With which remark the answer is the truth, ``None`` where it is not."""
    for reading, remark in layouts(to_decimals(written, 4), true.shape, habit, name):
        if reading.values.shape == true.shape and fits(reading, true[None], 0.0, SETTINGS)[0]:
            return remark
    return None


NUMBERS = np.random.default_rng(5).standard_normal(24)


@pytest.mark.parametrize(
    ("shape", "dims", "said"),
    [
        ((3,), (3,), ""),
        ((3, 1), (3,), "column"),
        ((1, 3), (3,), "row"),
        ((3,), (3, 1), "array of shape (3, 1)"),
        ((3,), (1, 3), "array of shape (1, 3)"),
        ((1, 3), (3, 1), "read as a row"),
        ((1,), (), "brackets"),
        ((1, 1), (), "brackets"),
        ((), (1,), "shape (1,)"),
        ((6,), (2, 3), "row by row"),
        ((2, 1, 3), (2, 3), "shape (2, 3)"),
        ((2, 3), (6,), "row by row"),
    ],
)
def test_the_same_entries_in_the_same_order(shape: Dims, dims: Dims, said: str) -> None:
    values = NUMBERS[: int(np.prod(dims))]
    remark = read(values.reshape(shape), values.reshape(dims))
    assert remark is not None
    assert said in remark


def test_a_transpose_is_read_where_the_shape_tells() -> None:
    true = NUMBERS[:6].reshape(2, 3)
    assert "transposed" in str(read(true.T, true))
    assert "column by column" in str(read(true.T.ravel(), true))
    assert "another order" in str(read(np.transpose(NUMBERS.reshape(2, 3, 4), (2, 0, 1)), NUMBERS.reshape(2, 3, 4)))


def test_nothing_is_right_merely_because_the_sizes_are_equal() -> None:
    true = NUMBERS[:9].reshape(3, 3)
    assert read(true.T, true) is None
    assert read(NUMBERS[:6].reshape(3, 2), NUMBERS[:6].reshape(2, 3)) is None
    assert read(true[:2], true) is None
    assert len(list(layouts(typed("[[1, 2], [3, 4]]"), (2, 2)))) == 1


@given(st.integers(1, 4), st.integers(1, 4))
@settings(deadline=None)
def test_readings_hold_the_same_entries(m: int, n: int) -> None:
    written = to_decimals(NUMBERS[: m * n].reshape(m, n), 3)
    for dims in ((n, m), (m * n,), (m, n), (m, 1, n)):
        for reading, remark in layouts(written, dims):
            assert sorted(reading.values.ravel()) == sorted(written.values.ravel())
            assert reading.half.shape == reading.significant.shape == reading.decimals.shape == reading.values.shape
            assert (remark == "") == (reading is written)


# ------------------------------------------------------------------------------------------------ a person's habit

COLUMNS = """# A batch

```byhand
X  = [[1, 0.5, -1, 2], [0.3, -0.7, 0.2, 1.1], [0.9, 0.4, -0.2, 0.6]]
T  = [[1, 0, 1], [0, 1, 0]]
W1 = [[0.1, 0.4, -0.2, 0.5], [0.3, -0.6, 0.2, 0.1], [0.7, 0.2, 0.4, -0.3]]
W2 = [[0.2, -0.1, 0.5], [0.6, 0.3, -0.4]]
b1 = [0.1, 0.2, -0.1]
Z  = X @ W1.T + b1
H  = tanh(Z)
Y  = H @ W2.T
L  = sum((Y - T.T)**2) / 6
```

```byhand
Z, H, Y, L, dL/dW1, dL/dW2, dL/db1
```
"""


def test_a_square_matrix_is_read_as_the_others_show() -> None:
    exercise = sheet(COLUMNS)
    answers = {name: to_decimals(truth(exercise, name).T, 4) for name in ("dL/dW1", "dL/dW2")}
    habit = convention(answers | {"Y": to_decimals(truth(exercise, "Y"), 4)}, exercise)
    assert habit.weights
    assert not habit.samples
    square = NUMBERS[:9].reshape(3, 3)
    assert "as in the other answers" in str(read(square.T, square, habit, "dL/dW3"))
    assert read(square, square, habit, "dL/dW3") == ""
    assert read(square.T, square, habit, "Z") is None, "Z has a row for each sample, as Y shows"


def test_samples_as_columns_are_a_habit_of_their_own() -> None:
    exercise = sheet(COLUMNS)
    columns, weights = to_decimals(truth(exercise, "Y").T, 4), to_decimals(truth(exercise, "dL/dW1"), 4)
    assert convention({"Y": columns, "dL/dW1": weights}, exercise).turned("Z")
    assert not convention({"Y": columns, "dL/dW1": weights}, exercise).turned("dL/dW2")
    assert convention({"Y": columns}, exercise).turned("dL/dW2"), "who has samples as columns has W X for X Wᵀ, if nothing speaks against it"


def test_a_mixed_habit_is_none() -> None:
    exercise = sheet(COLUMNS)
    answers = {"dL/dW1": to_decimals(truth(exercise, "dL/dW1").T, 4), "dL/dW2": to_decimals(truth(exercise, "dL/dW2"), 4)}
    assert convention(answers, exercise) == Convention(of_samples=convention(answers, exercise).of_samples)
    assert convention({}, exercise) == Convention()
    assert not convention({"Z": to_decimals(truth(exercise, "Z").T, 4)}, exercise).samples, "Z is square here"


def test_a_symmetric_matrix_is_the_same_either_way() -> None:
    habit = Convention(weights=True)
    assert len(list(layouts(typed("[[1, 2], [2, 5]]"), (2, 2), habit, "W"))) == 1


# ----------------------------------------------------------------------------------------------- what counts samples


def test_samples_are_found_by_how_axes_connect() -> None:
    exercise = sheet(COLUMNS)
    axes = sample_axes(exercise)
    assert samples(exercise) == {3}
    assert axes["X"] == axes["Z"] == axes["H"] == axes["Y"] == axes["dL/dZ"] == {0}
    assert axes["T"] == {1}
    assert not axes["W1"]
    assert not axes["dL/dW2"]
    assert not axes["b1"]


def test_a_single_sample_has_none() -> None:
    exercise = example("e2-label-smoothing-step")
    assert parameters(exercise) == {"W1", "b1", "W2", "b2"}
    assert samples(exercise) == frozenset()
    assert samples(example("b1-two-layer-regression")) == {4}
