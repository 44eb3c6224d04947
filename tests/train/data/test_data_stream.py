"""Data larger than memory: every row once, resumable at any step, memory flat."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.lang.errors import ByhandError
from byhand.train.data import parquet_file
from byhand.train.data.load import load
from byhand.train.data.source import InMemory, Source
from byhand.train.data.stores import Held
from byhand.train.data.stream import Streamed, streamed, streams


def plain(features: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    """Features as they are, and the number of the row as the target."""
    assert all(len(array) == len(rows) for array in features.values())
    return {"X": features["X"].astype(np.float32), "y": np.asarray(rows, dtype=np.float32)}


def batches(source: Source, seed: int, epoch: int, batch: int, first: int = 0) -> tuple[list[list[int]], list[int]]:
    """The rows that each step sees, read off the arrays, and those that are left over."""
    seen: list[list[int]] = []
    rest: list[int] = []
    at = first
    for chunk in source.chunks(seed, epoch, batch, first):
        assert chunk.first == at
        at += len(chunk.order.steps)
        for rows in chunk.order.steps:
            np.testing.assert_array_equal(chunk.arrays["X"][rows, 0], 2 * chunk.arrays["y"][rows])
            seen.append(chunk.arrays["y"][rows].astype(int).tolist())
        assert not rest
        rest += chunk.arrays["y"][chunk.order.rest].astype(int).tolist()
    return seen, rest


def in_pieces(rows: int, part: Any, piece: int, pool: int) -> Streamed:
    """A source with blocks and pools of so many rows."""
    whole = Held(np.column_stack([2.0 * np.arange(rows), np.zeros(rows)]))
    chosen = np.arange(rows) if part is None else part
    pieces = [chosen[(chosen >= start) & (chosen < start + piece)] for start in range(0, rows, piece)]
    kept = tuple(one for one in pieces if len(one))
    return Streamed({"X": whole}, plain, kept, {}, pool, len(chosen))


@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 30), st.integers(1, 20), st.integers(0, 3), st.booleans(), st.data())
def test_every_row_once_and_resumed_anywhere(rows: int, piece: int, pool: int, batch: int, epoch: int, split: bool, data: st.DataObject) -> None:
    part = np.array(sorted(data.draw(st.sets(st.integers(0, rows - 1), min_size=1)))) if split else None
    chosen = list(range(rows)) if part is None else part.tolist()
    source = in_pieces(rows, part, piece, pool)
    batch = min(batch, len(chosen))
    seen, rest = batches(source, 5, epoch, batch)
    assert all(len(step) == batch for step in seen)
    assert len(rest) == len(chosen) % batch
    assert sorted([row for step in seen for row in step] + rest) == chosen
    for first in range(len(seen) + 1):
        assert batches(source, 5, epoch, batch, first) == (seen[first:], rest)
    found = [row for some in source.in_order(4) for row in some["y"].astype(int).tolist()]
    assert found == chosen


def test_in_memory_is_one_chunk_without_a_copy() -> None:
    arrays = {"X": np.zeros((10, 2)), "y": np.arange(10.0)}
    source = InMemory(arrays, part=np.array([1, 2, 3, 5, 7]), given={"c": np.ones(3)})
    (chunk,) = source.chunks(0, 0, 2)
    assert chunk.arrays["X"] is arrays["X"]
    assert chunk.arrays["c"].shape == (3,)
    assert sorted([*chunk.order.steps.ravel().tolist(), *chunk.order.rest.tolist()]) == [1, 2, 3, 5, 7]
    (late,) = source.chunks(0, 0, 2, first=1)
    np.testing.assert_array_equal(late.order.steps, chunk.order.steps[1:])
    assert [some["y"].tolist() for some in source.in_order(3)] == [[1, 2, 3], [5, 7]]


def test_epochs_and_seeds_differ() -> None:
    source = in_pieces(50, None, 5, 15)
    assert batches(source, 0, 0, 10) != batches(source, 0, 1, 10)
    assert batches(source, 0, 0, 10) != batches(source, 1, 0, 10)
    with pytest.raises(ByhandError, match="cannot make batches of 51 rows from data of 50"):
        list(source.chunks(0, 0, 51))


def test_rows_of_a_block_are_spread_over_its_buffer() -> None:
    """Ten blocks a pool: rows of one block meet in a batch of ten about once, not ten times."""
    source = in_pieces(1000, None, 10, 100)
    seen, _ = batches(source, 0, 0, 10)
    most = [max(np.bincount([row // 10 for row in step])) for step in seen]
    assert np.mean(most) < 4


@pytest.mark.parametrize("kind", ["npy", "parquet"])
def test_files(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.column_stack([2.0 * np.arange(500), np.ones(500), np.arange(500) % 2])
    if kind == "npy":
        np.save(tmp_path / "t.npy", rows)
        table = load(tmp_path / "t.npy")
    else:
        arrow, writer = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        writer.write_table(arrow.table({"a": rows[:, 0], "b": rows[:, 1], "y": rows[:, 2]}), tmp_path / "t.parquet", row_group_size=70)
        monkeypatch.setattr(parquet_file, "IN_MEMORY", 10)
        table = load(tmp_path / "t.parquet")
    assert streams(table.stores, limit=1000)
    assert not streams(table.stores)
    monkeypatch.setattr("byhand.train.data.stream.SHUFFLED", 400)
    source = streamed(table.stores, plain, part=np.arange(0, 500, 3), chunk=1600)
    seen, rest = batches(source, 1, 0, 20)
    assert sorted([row for step in seen for row in step] + rest) == list(range(0, 500, 3))
    assert batches(source, 1, 0, 20, 4) == (seen[4:], rest)
    assert source.rows == 167


GROWTH = """
import re
from pathlib import Path
import numpy as np
from byhand.train.data.load import load
from byhand.train.data.split import split
from byhand.train.data.standardise import standardise
from byhand.train.data.stream import streamed

def now(key):
    return int(re.search(key + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

before = now("VmRSS")
table = load(FILE, task="classification")
parts = split(table.rows, 0.1, 0, table.target)
scale = standardise(table.blocks())
source = streamed(table.stores, lambda some, rows: {"X": scale(some["X"], np.float32), "y": table.target[rows]}, part=parts.kept, itemsize=4)
total = 0
for chunk in source.chunks(0, 0, 128):
    for rows in chunk.order.steps[::50]:
        total += len(chunk.arrays["X"][rows])
for some in source.in_order(1000):
    total += len(some["X"])
print(now("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read off /proc")
def test_memory_is_flat(tmp_path: Path) -> None:
    """A file of 200 MB (half of that in CI) is checked, scaled, split and streamed with less than 60 MB."""
    path = tmp_path / "large.npy"
    rows, columns = 100_000 if os.environ.get("CI") else 200_000, 125
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.float64, shape=(rows, columns))
    for start in range(0, rows, 10_000):
        array[start : start + 10_000] = np.arange(start, start + 10_000)[:, None] % 7 + np.arange(columns)
        array[start : start + 10_000, -1] = np.arange(start, start + 10_000) % 10
    array.flush()
    del array
    code = GROWTH.replace("FILE", repr(str(path)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert path.stat().st_size >= rows * columns * 8
    assert float(done.stdout) < 60
