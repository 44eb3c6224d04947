"""Steps on a mesh of devices have the numbers of steps on one, to rounding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from byhand.train.data.order import Order
from byhand.train.data.source import InMemory
from byhand.train.data.stores import mapped
from byhand.train.data.stream import Streamed, streamed
from byhand.train.distributed.rows import Numbered, by_number

HERE = Path(__file__).parent
LIMIT = 120


def test_meshes_of_four_devices_have_the_numbers_of_one() -> None:
    pytest.importorskip("jax")
    env = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
    done = subprocess.run([sys.executable, str(HERE / "on_four_devices.py")], env=env, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert {mesh for gaps in found.values() for mesh in gaps} == {"data=1,model=1", "data=2,model=1", "data=4,model=1", "data=1,model=2", "data=2,model=2"}
    assert max(found["gradient_descent float64"].values()) < 1e-12
    assert max(found["adam float32"].values()) < 1e-5


def file_source(folder: Path, rows: int, part: np.ndarray | None = None) -> tuple[Streamed, np.ndarray]:
    """Rows in a file, a few bytes of which are in memory at a time."""
    x = np.arange(rows * 3, dtype=np.float64).reshape(rows, 3)
    np.save(folder / "x.npy", x)
    with (folder / "x.npy").open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        store = mapped(folder / "x.npy", shape, dtype, file.tell(), False)

    def make(blocks: Mapping[str, np.ndarray], numbers: np.ndarray) -> dict[str, np.ndarray]:
        return {"X": blocks["x"] / 2, "t": numbers.astype(np.float64)}

    found = streamed({"x": store}, make, part=part, given={"c": np.array(7.0)}, chunk=3 * 8 * 50)
    return Streamed(found.stores, found.make, tuple(np.arange(k, min(k + 20, rows)) for k in range(0, rows, 20)), found.given, 50, rows), x


def test_batches_of_row_numbers_are_those_of_the_stream(tmp_path: Path) -> None:
    plain, x = file_source(tmp_path, 203)
    source, arrays = by_number(plain)
    assert isinstance(source, Numbered)
    for first in (0, 3):
        seen = [(chunk.arrays, order) for chunk in plain.chunks(5, 1, 16, first) for order in _orders(chunk.order)]
        told = [(chunk.arrays, order) for chunk in source.chunks(5, 1, 16, first) for order in _orders(chunk.order)]
        assert sum(order.shape[0] for _, order in told) == -(-203 // 16) - first
        batches = [array["X"][rows] for array, order in seen for rows in order]
        numbered = [array["X"][rows] for array, order in told for rows in order]
        for one, other in zip(batches, numbered, strict=True):
            np.testing.assert_array_equal(one, other)
    assert arrays["X"].shape == (203, 3)
    np.testing.assert_array_equal(arrays["X"][np.array([200, 1])], x[[200, 1]] / 2)
    np.testing.assert_array_equal(arrays["t"][np.array([200, 1])], [200.0, 1.0])
    np.testing.assert_array_equal(arrays["t"].take(np.array([5]), 0), [5.0])
    assert arrays["c"] == 7.0


def _orders(order: Order) -> list[np.ndarray]:
    return [one for one in (order.steps, order.rest[None, :]) if one.size]


def test_what_is_in_memory_is_used_as_it_is() -> None:
    x = np.arange(6.0).reshape(3, 2)
    source = InMemory({"X": x}, given={"c": np.array(1.0)})
    same, arrays = by_number(source)
    assert same is source
    assert arrays["X"] is x
