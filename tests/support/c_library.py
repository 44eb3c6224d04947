"""Exported C files as libraries: built into a folder of the test, called through ctypes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from byhand.run.arrays import Array

STRICT = ("-std=c11", "-Wall", "-Wextra", "-Werror")
POINTER, REALS = ctypes.c_void_p, ctypes.POINTER(ctypes.c_double)


def compiler() -> str:
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found is None:
        pytest.skip("no C compiler is here to build the exported file with")
    return found


def build(code: str, folder: Path, *flags: str, library: bool = True) -> Path:
    """The compiled file, with 64-bit floats; warnings are errors."""
    source, made = folder / "made.c", folder / ("made.so" if library else "made")
    source.write_text(code, encoding="utf-8")
    kind = ("-shared", "-fPIC") if library else ("-DWITH_MAIN",)
    asked = [compiler(), *STRICT, "-O0", *kind, *flags, "-DBH_BITS=64", str(source), "-o", str(made), "-lm"]
    result = subprocess.run(asked, capture_output=True, text=True, timeout=100)
    assert result.returncode == 0, result.stderr[:3000]
    return made


class Library:
    """One network of an exported file."""

    def __init__(self, path: Path) -> None:
        self.made = ctypes.CDLL(str(path))
        for name, given, answer in (
            ("net_new", (), POINTER),
            ("net_free", (POINTER,), None),
            ("init", (POINTER, ctypes.c_uint64), None),
            ("quantity", (POINTER, ctypes.c_char_p), POINTER),
        ):
            function = getattr(self.made, name)
            function.argtypes, function.restype = given, answer
        self.net = self.made.net_new()
        self.made.init(self.net, 1)

    def at(self, name: str) -> int | None:
        return self.made.quantity(self.net, name.encode())

    def put(self, values: Mapping[str, Array]) -> None:
        for name, value in values.items():
            place, array = self.at(name), np.ascontiguousarray(value, dtype=np.float64)
            if place is not None:
                ctypes.memmove(place, array.ctypes.data, array.nbytes)

    def get(self, name: str, shape: Sequence[int]) -> Array:
        return numbers(self.at(name), shape)

    def run(self, results: Sequence[Array]) -> list[Array]:
        """What ``run`` works out, in the shapes of these arrays."""
        self.made.run.argtypes, self.made.result.argtypes, self.made.result.restype = (POINTER,), (POINTER, ctypes.c_int), POINTER
        self.made.run(self.net)
        return [numbers(self.made.result(self.net, k), one.shape) for k, one in enumerate(results)]

    def epoch(self, data: Sequence[Array], order: Array, rates: Array, first: int) -> Array:
        arrays = [np.ascontiguousarray(one, dtype=np.float64) for one in data]
        losses, order = np.zeros(len(order)), np.ascontiguousarray(order, dtype=np.int64)
        whole = [ctypes.c_int64(len(arrays[0])), POINTER(order.ctypes.data), POINTER(rates.ctypes.data), ctypes.c_int64(len(order)), ctypes.c_int64(first)]
        self.made.epoch(POINTER(self.net), *(POINTER(one.ctypes.data) for one in arrays), *whole, POINTER(losses.ctypes.data))
        return losses


def numbers(place: int | None, shape: Sequence[int]) -> Array:
    assert place is not None
    count = int(np.prod(shape))
    return np.ctypeslib.as_array(ctypes.cast(place, REALS), shape=(count,)).reshape(shape).copy()
