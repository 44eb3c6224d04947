"""Parquet files, at once and in row groups."""

from __future__ import annotations

from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.lang.errors import ByhandError
from byhand.train.data import parquet_file
from byhand.train.data.load import load
from byhand.train.data.stores import Grouped, Held, blocks, read, whole


def write(path: Path, columns: dict[str, Any], rows: int = 3) -> Path:
    arrow, writer = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    writer.write_table(arrow.table(columns), path / "t.parquet", row_group_size=rows)
    return path / "t.parquet"


A, B = np.arange(10) * 0.5, np.arange(10, dtype=np.int16)


def test_columns(tmp_path: Path) -> None:
    path = write(tmp_path, {"a": A, "b": B, "flag": B > 4, "label": [("cat", "dog")[k % 2] for k in range(10)]})
    table = load(path)
    assert table.describe() == "10 rows, 3 features, 2 classes: cat, dog"
    np.testing.assert_array_equal(table.features, np.column_stack([A, B, B > 4]))
    assert table.target is not None
    assert table.target.tolist() == [0, 1] * 5
    again = load(path, target="b", features=["flag", "a"], task="regression")
    np.testing.assert_array_equal(again.features, np.column_stack([B > 4, A]))
    np.testing.assert_array_equal(again.target, B)


def test_large_ones_stay_in_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, {"a": A, "b": B, "y": B % 3})
    monkeypatch.setattr(parquet_file, "IN_MEMORY", 50)
    store = load(path).store
    assert isinstance(store, Grouped)
    wanted = np.column_stack([A, B])
    for start in range(10):
        for stop in range(start, 11):
            np.testing.assert_array_equal(read(store, start, stop), wanted[start:stop])
    np.testing.assert_array_equal(whole(store), wanted)
    assert [(start, len(block)) for start, block in blocks(store)] == [(0, 3), (3, 3), (6, 3), (9, 1)]
    monkeypatch.setattr(parquet_file, "IN_MEMORY", 1 << 20)
    assert isinstance(load(path).store, Held)


def test_large_groups_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, {"a": A, "b": B, "y": B % 3}, rows=9)
    monkeypatch.setattr(parquet_file, "IN_MEMORY", 50)
    monkeypatch.setattr(parquet_file, "MAX_GROUP", 100)
    with pytest.raises(ByhandError) as problem:
        load(path)
    assert problem.value.message == (
        "t.parquet has row groups of 144 bytes, and each is read as a whole: write it again with smaller ones, "
        "pyarrow.parquet.write_table(table, FILE, row_group_size=3)."
    )


def test_messages(tmp_path: Path) -> None:
    def message(columns: dict[str, Any], **options: Any) -> str:
        with pytest.raises(ByhandError) as problem:
            load(write(tmp_path, columns), **options)
        return problem.value.message

    assert message({"a": ["x"], "y": [1]}) == "the column a of t.parquet holds string, no numbers: leave it out, or write it as numbers."
    assert message({"a": [1.0, None], "y": [0.5, 1]}) == "t[1, 0] (a) is nan: fill it in, or leave those rows out."
    assert message({"a": [1.0, 2], "y": ["u", None]}) == "y[1] is None, which is no class: labels are texts or whole numbers, none of them missing."
    assert message({"a": [1.0, 2], "y": [0.5, None]}) == "y[1] is nan: fill it in, or leave those rows out."
    assert message({"a": [1.0], "b": [2.0]}, target="z") == 't.parquet has no column called "z": it has "a", "b".'
    path = write(tmp_path, {"a": A})
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ByhandError, match=r"^t\.parquet is not a whole Parquet file: "):
        load(path)


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1....PAR1")
    found = util.find_spec
    monkeypatch.setattr("byhand.train.data.parquet.find_spec", lambda name: None if name == "pyarrow" else found(name))
    with pytest.raises(ByhandError, match=r"^reading t\.parquet takes pyarrow, which is not installed: pip install byhand\[parquet\]\.$"):
        load(tmp_path / "t.parquet")
