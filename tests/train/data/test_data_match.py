"""Data and the shapes of a sheet."""

from __future__ import annotations

from itertools import permutations
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import var
from byhand.train.data.arrays import table_of
from byhand.train.data.load import load
from byhand.train.data.match import Wanted, fitting, matched, wanted
from byhand.train.data.stores import blocks, whole


@pytest.mark.parametrize(
    ("have", "want", "dims"),
    [
        ((64,), (64,), (64,)), ((64,), ("d",), (64,)), ((784,), (28, 28), (28, 28)), ((784,), (1, 28, 28), (1, 28, 28)),
        ((784,), ("c", 28, 28), (1, 28, 28)), ((784,), ("h", "h"), (28, 28)), ((784,), ("h", 28), (28, 28)), ((28, 28), (784,), (784,)),
        ((28, 28), ("d",), (784,)), ((28, 28), (1, 28, 28), (1, 28, 28)), ((28, 28, 1), (1, 28, 28), (1, 28, 28)), ((1,), (), ()), ((), (1,), (1,)),
        ((5, 7), ("t", "d"), (5, 7)), ((5, 5), ("t", "t"), (5, 5)),
        ((63,), (64,), None), ((784,), ("h", "w"), None), ((783,), ("h", "h"), None), ((32, 32, 3), (3, 32, 32), None), ((5, 7), ("t", "t"), None),
        ((2, 6), (3, 4), None), ((2, 6), (3, "d"), None), ((2,), (), None), ((784,), (27, "w"), None), ((2, 3), (2, "a", "b"), None),
    ],
)  # fmt: skip
def test_fitting(have: tuple[int, ...], want: tuple[int | str, ...], dims: tuple[int, ...] | None) -> None:
    assert fitting(have, want) == dims


@given(st.lists(st.integers(1, 4), max_size=3), st.lists(st.integers(1, 4) | st.sampled_from("ab"), max_size=3))
def test_what_fits_has_as_many_entries_and_the_sheets_sizes(have: list[int], want: list[int | str]) -> None:
    found = fitting(tuple(have), tuple(want))
    if found is not None:
        assert prod(found) == prod(have)
        assert len(found) == len(want)
        bound: dict[str, int] = {}
        assert all(size == (bound.setdefault(axis, size) if isinstance(axis, str) else axis) for axis, size in zip(want, found))


def test_order_of_entries_is_kept() -> None:
    for shape in permutations((2, 3, 1)):
        rows = np.arange(24.0).reshape(4, *shape)
        for dims in ((6,), (2, 3), shape):
            if fitting(shape, dims):
                found = whole(matched(table_of(rows), [Wanted("X", dims)])["X"])
                np.testing.assert_array_equal(found, rows.reshape(4, *dims))


def test_files_are_reshaped_as_they_are_read(tmp_path: Path) -> None:
    rows = np.arange(4 * 7.0).reshape(4, 7)
    for order in ("C", "F"):
        np.save(tmp_path / "x.npy", np.array(rows, order=order))
        store = matched(load(tmp_path / "x.npy"), [Wanted("X", (2, 3))])["X"]
        np.testing.assert_array_equal(np.concatenate([block for _, block in blocks(store)]), rows[:, :6].reshape(4, 2, 3))
        np.testing.assert_array_equal(whole(store), rows[:, :6].reshape(4, 2, 3))


def test_wanted_is_read_off_a_quantity() -> None:
    assert wanted(var("X", ("N", 64)), "N", 3) == Wanted("X", (64,), 3)
    assert wanted(var("X", ("d", "N")), "N") == Wanted("X", ("d",))
    assert wanted(var("x", ("N",)), "N") == Wanted("x", ())


def test_columns_by_the_names_of_inputs(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,z,y\n1,2,3.5\n4,5,6.5\n")
    table = load(tmp_path / "t.csv")
    found = matched(table, [Wanted("z", ()), Wanted("x", (1,))])
    np.testing.assert_array_equal(whole(found["z"]), [2, 5])
    np.testing.assert_array_equal(whole(found["x"]), [[1], [4]])
    np.testing.assert_array_equal(whole(matched(table, [Wanted("z", ())])["z"]), [2, 5])
    np.testing.assert_array_equal(whole(matched(table, [Wanted("features", (2,))])["features"]), table.features)


def test_messages(tmp_path: Path) -> None:
    (tmp_path / "wine.csv").write_text("alcohol,ash,hue,kind\n1,2,3,a\n4,5,6,b\n")
    wine = load(tmp_path / "wine.csv")

    def message(table: object, *inputs: Wanted) -> str:
        with pytest.raises(ByhandError) as problem:
            matched(table, inputs)  # type: ignore[arg-type]
        return problem.value.message

    assert message(wine, Wanted("X", (64,), 3)) == (
        "wine.csv has 3 columns of features (alcohol, ash, hue), but X takes 64 numbers a sample (line 3 of the sheet): change the shape on the sheet, "
        "or say which columns are features."
    )
    assert message(wine, Wanted("X", (2,))) == (
        "wine.csv has 3 columns of features (alcohol, ash, hue), but X takes 2 numbers a sample: is one of the columns the target, or a number of the row? "
        "The target here is kind."
    )
    assert message(wine, Wanted("u", ()), Wanted("v", ())) == (
        "the sheet takes u and v, but wine.csv has the columns alcohol, ash, hue: hand over an array of each name (NPZ), or columns called so."
    )
    assert message(table_of(np.zeros((2, 32, 32, 3))), Wanted("X", (3, 32, 32), 7)) == (
        "the data has samples of shape (32, 32, 3), but X takes samples of shape (3, 32, 32) (line 7 of the sheet): bring the axes into the sheet's order "
        "(numpy.moveaxis) first."
    )
    assert message(table_of(np.zeros((2, 784))), Wanted("X", ("h", "w"))) == (
        "the data has 784 columns of features, but X takes samples of shape (h, w): reshape the data, or declare their shape on the sheet."
    )
    with pytest.raises(ShapeError):
        matched(wine, [Wanted("X", (2,))])
