"""NPY and NPZ files, good ones and those that lie."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.lang.errors import ByhandError
from byhand.train.data.load import load
from byhand.train.data.stores import Mapped, blocks, read

X = np.arange(24.0).reshape(8, 3)
Y = np.array([0, 1, 2, 1, 0, 2, 1, 0])


def npy(path: Path, array: Any, name: str = "x.npy", **options: Any) -> Path:
    np.save(path / name, array, **options)
    return path / name


def npz(path: Path, **arrays: Any) -> Path:
    np.savez(path / "data.npz", **arrays)
    return path / "data.npz"


def message(path: Path, **options: Any) -> str:
    with pytest.raises(ByhandError) as problem:
        load(path, **options)
    return problem.value.message


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u1", ">f8", "f2", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_last_column_is_the_target(tmp_path: Path, dtype: str, order: Any) -> None:
    array = np.array(X, dtype=dtype, order=order)
    table = load(npy(tmp_path, array), task="regression")
    np.testing.assert_array_equal(table.features, array[:, :2])
    np.testing.assert_array_equal(table.target, array[:, 2])
    assert isinstance(table.store, Mapped)
    assert table.remarks == ("The target is the last column, column 3.",)
    np.testing.assert_array_equal(read(table.store, 3, 6), array[3:6, :2])
    np.testing.assert_array_equal(np.concatenate([block for _, block in blocks(table.store)]), array[:, :2])


def test_labels_of_their_own(tmp_path: Path) -> None:
    images = np.zeros((8, 5, 5), dtype=np.uint8)
    path = npy(tmp_path, images)
    table = load(path, target_file=npy(tmp_path, Y, "y.npy"))
    assert table.describe() == "8 rows, features of shape (5, 5), 3 classes: 0…2"
    (tmp_path / "y.csv").write_text("\n".join(["cat", "dog", "eel"][k] for k in Y))
    assert load(path, target_file=tmp_path / "y.csv").classes == ("cat", "dog", "eel")
    assert message(path) == "x.npy has no column of labels: hand them over in a file of their own (a target file), or in an NPZ file with X and y."
    assert message(path, target_file=npy(tmp_path, Y[:5], "y.npy")) == (
        "the arrays of x.npy and y.npy have different numbers of rows (X has 8, the target has 5): each sample is a row in all of them."
    )
    assert message(path, target_file=tmp_path / "no.npy") == f"there is no file {tmp_path / 'no.npy'}."


def test_records_are_columns(tmp_path: Path) -> None:
    records = np.array([(1.5, 2, "cat"), (2.5, 3, "dog")], dtype=[("a", "f8"), ("b", "i4"), ("label", "U4")])
    table = load(npy(tmp_path, records))
    assert table.columns == ("a", "b")
    assert table.classes == ("cat", "dog")
    np.testing.assert_array_equal(table.features, [[1.5, 2], [2.5, 3]])


@pytest.mark.parametrize("names", [("X", "y"), ("x_train", "y_train"), ("data", "labels"), ("A", "T")])
def test_npz_by_name(tmp_path: Path, names: tuple[str, str]) -> None:
    path = npz(tmp_path, **{names[0]: X, names[1]: Y, "x_test": X[:2], "y_test": Y[:2]} if names[0] == "x_train" else {names[0]: X, names[1]: Y})
    table = load(path, expected=("A",), expected_target="T")
    np.testing.assert_array_equal(table.features, X)
    assert table.target is not None
    assert table.target.tolist() == Y.tolist()
    assert table.target_name == names[1]


def test_npz_of_several_inputs(tmp_path: Path) -> None:
    path = npz(tmp_path, U=X, V=X[:, 0], T=Y)
    table = load(path, expected=("U", "V"), expected_target="T")
    assert {name: store.array.shape for name, store in table.stores.items() if not isinstance(store, Mapped)} == {"U": (8, 3), "V": (8,)}
    assert message(path) == "which array of data.npz has the features is not clear (it has U (8, 3), V (8,), T (8,)): call it X, or by its name on the sheet."
    assert list(load(path, features=["V"], target="U").stores) == ["V"]
    assert message(path, target="W") == "data.npz has no array called W: it has U (8, 3), V (8,), T (8,)."
    table = load(npz(tmp_path, only=np.column_stack([X, Y])))
    assert table.classes == (0, 1, 2)


def lying(shape: tuple[int, ...], data: bytes) -> bytes:
    """An array that says it is larger than it is."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return head.getvalue() + data


def test_what_lies_of_its_size(tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(lying((10**12, 10**3), b"1" * 80))
    assert message(tmp_path / "x.npy") == "x.npy ends early: it says that it has 8e+03 TB of numbers, and has 80 bytes; fetch it again."
    with zipfile.ZipFile(tmp_path / "z.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", lying((10**12, 10**3), b"1" * 80))
        archive.writestr("y.npy", lying((10,), b"\0" * 80))
    assert message(tmp_path / "z.npz") == "the arrays of z.npz take 8e+03 TB, more than there is memory: save them as NPY, which is read in pieces."
    with zipfile.ZipFile(tmp_path / "z.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", lying((10, 10), b"1" * 80))
    assert message(tmp_path / "z.npz").startswith("X in z.npz cannot be read (")


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("byhand.train.data.numpy_files.memory", lambda: 1 << 20)
    np.savez_compressed(tmp_path / "data.npz", X=np.zeros((1 << 10, 1 << 10)), y=np.zeros(1 << 10))
    assert message(tmp_path / "data.npz") == "the arrays of data.npz take 8.39 MB, more than there is memory: save them as NPY, which is read in pieces."


def test_nothing_is_run(tmp_path: Path) -> None:
    class Bad:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    array = np.array([Bad()], dtype=object)
    said = "holds Python objects, which may run anything and are not read from files: save numbers or texts."
    assert message(npy(tmp_path, array, allow_pickle=True)) == f"x.npy {said}"
    assert message(npz(tmp_path, X=array, y=Y[:1])) == f"X in data.npz {said}"
    assert message(npz(tmp_path, X=X, y=np.array([Bad()] * 8, dtype=object))) == f"y in data.npz {said}"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("cut", [5, 20, 100, 150])
def test_cut_off(tmp_path: Path, cut: int) -> None:
    for path in (npy(tmp_path, X), npz(tmp_path, X=X, y=Y)):
        path.write_bytes(path.read_bytes()[:cut])
        assert path.name in message(path)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([[1.0, np.nan], [np.inf, 2.0]]), "x[0, 1] is nan; 2 entries are NaN or infinite: fill them in, or leave those rows out."),
        (np.array([["a"]]), "x holds texts: features are numbers; leave out what is none, or write it as numbers."),
        (np.empty((0, 3)), "x.npy has no rows: a table has a row for each sample."),
        (np.array(3.0), "x is a single number: features have a row for each sample."),
    ],
)
def test_no_numbers(tmp_path: Path, array: Any, said: str) -> None:
    assert message(npy(tmp_path, array)) == said


def test_a_workbook_is_told_what_to_do(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "table.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("xl/workbook.xml", "")
    assert message(tmp_path / "table.xlsx") == "table.xlsx is a workbook of a spreadsheet: save its table as CSV."
