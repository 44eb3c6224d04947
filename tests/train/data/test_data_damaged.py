"""Whatever is in a file: a table of finite numbers, or one sentence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from byhand.lang.errors import ByhandError
from byhand.train.data import csv_file
from byhand.train.data.load import load
from byhand.train.data.table import Table

PIECES = st.sampled_from(
    [*'0123456789.,;\t"\n\r eE+-#|', "1.5", "nan", "inf", "NA", "a", "ü", "\ufeff", "\n1,2,3\n", "\n4;5\n", "x,y\n", "1e999", "1_0", "'", "\x1c", "\u2028", "%"]
)


def opened(path: Path) -> Table | None:
    table, message = _tried(path)
    if table is None:
        assert "\n" not in message
        assert message.endswith((".", "?"))
        assert len(message) < 600
        return None
    assert np.isfinite(table.features).all()
    assert table.target is not None
    assert len(table.target) == table.rows > 0
    assert table.describe()
    return table


def _tried(path: Path) -> tuple[Table | None, str]:
    try:
        return load(path), ""
    except ByhandError as problem:
        return None, problem.message


@given(st.lists(PIECES, max_size=30).map("".join))
@example("1,2\n3,\x1c4\n")
@example('"a\n","b"\n1,2\n')
@example('1,"2\n')
def test_any_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """And both readers say the same."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(text.encode("utf-8"))
    table = opened(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "fast", lambda recipe: None)
        again = opened(path)
    assert (table is None) == (again is None)
    if table is not None and again is not None:
        np.testing.assert_array_equal(again.features, table.features)
        np.testing.assert_array_equal(again.target, table.target)
        assert again.classes == table.classes


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x1f\x8b\x08", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\xff\xfe", b"PAR1"]))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(start + data)
    opened(path)


def _file(kind: str) -> bytes:
    file = io.BytesIO()
    if kind == "npy":
        np.save(file, np.arange(12.0).reshape(4, 3))
    else:
        np.savez_compressed(file, X=np.arange(12.0).reshape(4, 3), y=np.array(["a", "b", "a", "b"]))
    return file.getvalue()


FILES = {kind: _file(kind) for kind in ("npy", "npz")}


@given(st.sampled_from(["npy", "npz"]), st.integers(0, 600), st.integers(0, 255), st.booleans())
def test_damaged_arrays(tmp_path_factory: pytest.TempPathFactory, kind: str, place: int, byte: int, cut: bool) -> None:
    """One byte is another, or the file ends early."""
    data = FILES[kind]
    place %= len(data)
    path = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    path.write_bytes(data[:place] if cut else data[:place] + bytes([byte]) + data[place + 1 :])
    opened(path)
