"""Data from Python: arrays, lists, dictionaries, frames, and their targets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.lang.errors import ByhandError
from byhand.train.data.arrays import table_of
from byhand.train.data.labels import as_task, decided, one_hot
from byhand.train.data.load import has_names, load

X = np.arange(12.0).reshape(6, 2)


class Frame:
    """What a data frame of pandas or polars can do, as far as it is asked."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.column_stack(list(self._columns.values())).astype(dtype)


def test_an_array_is_used_as_it_is() -> None:
    table = table_of(X, [0, 1, 0, 1, 1, 0])
    assert table.features is X
    assert table.describe() == "6 rows, 2 features, 2 classes: 0, 1"


@pytest.mark.parametrize(
    ("target", "classes", "codes"),
    [
        (["b", "a", "b", "c", "a", "a"], ("a", "b", "c"), [1, 0, 1, 2, 0, 0]),
        (np.array(["b", "a", "b", "c", "a", "a"]), ("a", "b", "c"), [1, 0, 1, 2, 0, 0]),
        (np.array([b"b", b"a", b"b", b"c", b"a", b"a"]), ("a", "b", "c"), [1, 0, 1, 2, 0, 0]),
        (np.array([7, 3, 7, 3, 3, 7], dtype=np.uint8), (3, 7), [1, 0, 1, 0, 0, 1]),
        ([7.0, 3.0, 7.0, 3.0, 3.0, 7.0], (3, 7), [1, 0, 1, 0, 0, 1]),
        ([True, False, True, True, False, False], (False, True), [1, 0, 1, 1, 0, 0]),
        (np.array([[7], [3], [7], [3], [3], [7]]), (3, 7), [1, 0, 1, 0, 0, 1]),
        (np.eye(3)[[1, 0, 1, 2, 0, 0]], (0, 1, 2), [1, 0, 1, 2, 0, 0]),
        (np.array(["b", "a", "b", "c", "a", "a"], dtype=object), ("a", "b", "c"), [1, 0, 1, 2, 0, 0]),
        (np.array([-1, 1, 1, -1, 1, -1]), (-1, 1), [0, 1, 1, 0, 1, 0]),
    ],
)
def test_classes(target: Any, classes: tuple[Any, ...], codes: list[int]) -> None:
    table = table_of(X, target)
    assert table.classes == classes
    assert table.target is not None
    assert table.target.dtype == np.int32
    assert table.target.tolist() == codes


@pytest.mark.parametrize("target", [[0.5, 1, 2, 3, 4, 5], [10, 20, 30, 40, 50, 60], [[0.25, 0.75]] * 6, [[1, 2]] * 6])
def test_numbers(target: Any) -> None:
    table = table_of(X, target)
    assert table.classes is None
    np.testing.assert_array_equal(table.target, np.asarray(target, dtype=float))


@pytest.mark.parametrize(
    ("features", "target", "message"),
    [
        ([[1, 2], [3]], None, "X is ragged or no array: every sample has as many numbers as the others."),
        ([["a", "b"]], None, "X holds texts: features are numbers; leave out what is none, or write it as numbers."),
        (np.array([[1j]]), None, "X holds complex numbers: features are numbers; leave out what is none, or write it as numbers."),
        (np.array([[None]]), None, "X holds Python objects: features are numbers; leave out what is none, or write it as numbers."),
        (3.0, None, "X is a single number: features have a row for each sample."),
        (np.empty((0, 3)), None, "the data has no rows: a table has a row for each sample."),
        ([[1, 2], [np.nan, 3], [4, np.inf]], None, "X[1, 0] is nan; 2 entries are NaN or infinite: fill them in, or leave those rows out."),
        ([[1, 2], [3, -np.inf]], None, "X[1, 1] is -inf: fill it in, or leave those rows out."),
        (X, [1, 2], "the arrays of the data have different numbers of rows (X has 6, the target has 2): each sample is a row in all of them."),
        (X, [0.5, 1, 2, np.nan, 4, 5], "y[3] is nan: fill it in, or leave those rows out."),
        (X, ["a", None, "b", "a", "a", "a"], "y[1] is None, which is no class: labels are texts or whole numbers, none of them missing."),
        (X, ["a", 1, "b", "a", "a", "a"], None),
        (X, np.array(["a", 1, "b", "a", "a", "a"], dtype=object), "the classes of y are of several kinds (int, str): make all of them texts, or all whole numbers."),
        (X, np.array([["a", "b"]] * 6), "y holds no labels: labels are texts or whole numbers, one for each sample."),
    ],
)  # fmt: skip
def test_message(features: Any, target: Any, message: str | None) -> None:
    if message is None:
        assert table_of(features, target).classes == ("1", "a", "b")
        return
    with pytest.raises(ByhandError) as problem:
        table_of(features, target)
    assert problem.value.message == message


def test_large_and_odd_numbers() -> None:
    """Whose sum overflows, though none of them is infinite; and such as come one by one."""
    assert table_of([[1.7e308, 1.7e308], [-1.7e308, 1.7e308]]).rows == 2
    np.testing.assert_array_equal(table_of(np.array([[1, 2.5], [np.float32(3), True]], dtype=object)).features, [[1, 2.5], [3, 1]])


def test_sparse_matrices_are_refused() -> None:
    scipy = pytest.importorskip("scipy.sparse")
    with pytest.raises(ByhandError, match=r"X is a sparse matrix: make it dense with X\.toarray\(\)\."):
        table_of(scipy.csr_matrix(X))


@pytest.mark.parametrize("kind", [dict, Frame])
def test_columns_by_name(kind: Any) -> None:
    given = kind({"a": [1.0, 2.0], "b": np.array([3, 4]), "species": ["x", "y"]})
    table = load(given)
    assert table.columns == ("a", "b")
    assert table.classes == ("x", "y")
    np.testing.assert_array_equal(table.features, [[1, 3], [2, 4]])
    again = load(given, target="a", features=["b"])
    assert again.target is not None
    assert again.target.tolist() == [1, 2]
    np.testing.assert_array_equal(again.features, [[3], [4]])
    np.testing.assert_array_equal(load(kind({"a": [5.0], "b": [6.0]}), labelled=False).features, [[5, 6]])
    with pytest.raises(ByhandError, match=r"the column species of the (data|frame) holds texts"):
        load(given, target="a")


def test_arrays_by_name() -> None:
    images, words = np.zeros((4, 8, 8)), np.ones((4, 5))
    table = load({"A": images, "B": words, "T": [0, 1, 0, 1]}, expected=("A", "B"), expected_target="T")
    assert list(table.stores) == ["A", "B"]
    assert table.describe() == "4 rows, A of shape (8, 8) and B of shape (5,), 2 classes: 0, 1"
    assert list(load({"X": words, "y": [1, 2, 1, 2]}).stores) == ["X"]
    with pytest.raises(ByhandError, match=r"^which array of the data has the features is not clear \(it has A \(4, 8, 8\), B \(4, 5\)\): call it X"):
        load({"A": images, "B": words})
    with pytest.raises(ByhandError, match=r"the columns of the data have different lengths \(2, 3\)"):
        load({"a": [1, 2], "b": [1, 2, 3]})
    with pytest.raises(ByhandError, match=r"a is a single entry"):
        load({"a": 1, "b": [1, 2, 3]})


def test_a_pair_and_a_matrix() -> None:
    assert load((X, [0, 1, 0, 1, 1, 0])).classes == (0, 1)
    table = load(X)
    np.testing.assert_array_equal(table.target, X[:, 1])
    assert table.remarks == ("The target is the last column, column 2.",)
    assert load(X, labelled=False).features is X
    np.testing.assert_array_equal(load(X, target=0).features, X[:, 1:])


def test_later_data_have_the_first_ones_classes() -> None:
    first = table_of(X, ["b", "a", "b", "c", "a", "a"])
    assert first.classes is not None
    later = load((X[:2], ["c", "a"]), classes=first.classes)
    assert later.target is not None
    assert later.target.tolist() == [2, 0]
    with pytest.raises(ByhandError) as problem:
        load((X[:2], ["c", "d"]), classes=first.classes)
    assert problem.value.message == 'y[1] has the class "d", which is unknown: the classes trained on are a, b, c.'
    with pytest.raises(ByhandError, match=r'^y\[0\] has the class "9", which is unknown: the classes trained on are 3, 7\.$'):
        load((X[:2], [9, 3]), classes=(3, 7))
    hot = load((X[:3], np.eye(3)), classes=first.classes)
    assert hot.target is not None
    assert hot.target.tolist() == [0, 1, 2]
    with pytest.raises(ByhandError, match="y has one-hot rows of 2 entries, but 3 classes were trained on: a, b, c"):
        load((X[:2], np.eye(2)), classes=first.classes)


def test_later_frames_have_their_columns_by_name() -> None:
    frame = Frame({"b": [1.0, 2.0], "extra": [0.0, 0.0], "a": [3.0, 4.0]})
    np.testing.assert_array_equal(load(frame, labelled=False, features=("a", "b")).features, [[3, 1], [4, 2]])
    table = load((frame, ["u", "v"]), features=("a", "b"), classes=("u", "v"))
    np.testing.assert_array_equal(table.features, [[3, 1], [4, 2]])
    assert table.columns == ("a", "b")
    assert table.classes == ("u", "v")
    plain = load(X, labelled=False, features=("a", "b"))
    np.testing.assert_array_equal(plain.features, X)
    assert plain.remarks == ("The columns of the data have no names; they are taken in the order of a, …, b.",)
    np.testing.assert_array_equal(load({"X": X}, labelled=False, features=("a", "b")).features, X)
    with pytest.raises(ByhandError, match=r'^the data has no column called "a": its columns have no names; say which by its number, 1 to 2\.$'):
        load(X, labelled=False, features=("a", "b", "c"))
    assert [has_names(one) for one in (frame, {"a": X}, "x.csv", X, [[1]], (X, X))] == [True, True, True, False, False, False]


def test_as_task() -> None:
    numbers = as_task(table_of(X, [3, 7, 3, 7, 7, 7]), "regression")
    assert numbers.classes is None
    np.testing.assert_array_equal(numbers.target, [3, 7, 3, 7, 7, 7])
    classes = as_task(table_of(X, [10, 20, 30, 40, 50, 60]), "classification")
    assert classes.classes == (10, 20, 30, 40, 50, 60)
    with pytest.raises(ByhandError, match=r"the target y of the data is text \(a, b\), but the sheet wants numbers"):
        as_task(table_of(X, list("aababa")), "regression")
    with pytest.raises(ByhandError, match=r"^all 6 rows of the data are of the class a: there is nothing to tell apart; add rows of other classes\.$"):
        as_task(table_of(X, list("aaaaaa")), "classification")
    with pytest.raises(ByhandError, match=r"^sample 1 of the data has 0\.5 as its class"):
        as_task(table_of(X, [1, 0.5, 1, 1, 1, 1]), "classification")


@given(st.lists(st.sampled_from(["a", "b", "ü", "10", "9"]), min_size=1, max_size=30))
def test_codes_are_those_of_numpy(labels: list[str]) -> None:
    table = table_of(np.zeros((len(labels), 1)), labels)
    classes, codes = np.unique(labels, return_inverse=True)
    assert table.classes == tuple(classes.tolist())
    np.testing.assert_array_equal(table.target, codes)


@given(
    st.lists(st.integers(-5, 120) | st.sampled_from([-128, 127]), min_size=1, max_size=30), st.sampled_from(["i1", "i4", "i8", "f8", "f4"]), st.integers(0, 1)
)
def test_codes_of_whole_numbers(labels: list[int], dtype: str, far: int) -> None:
    labels = [label * (1 if dtype == "i1" else 10 ** (far * 6)) for label in labels]
    found = decided(np.array(labels, dtype=dtype), None, "classification", str, "y")
    classes, codes = np.unique(labels, return_inverse=True)
    assert found.classes == tuple(classes.tolist())
    np.testing.assert_array_equal(found.values, codes)
    np.testing.assert_array_equal(one_hot(found.values, len(classes)), np.eye(len(classes))[codes])
