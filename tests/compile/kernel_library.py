"""The kernels as a small shared library, for every instruction set of this machine in one file: what the extension and exported files do with them."""

from __future__ import annotations

import ctypes
import platform
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

KERNELS = Path(__file__).parents[2] / "src" / "byhand" / "compile" / "kernels"
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
UNARY = ("exp", "log", "tanh", "sigmoid", "erf", "sin", "cos", "relu", "step", "sign", "abs", "reciprocal", "root")
BINARY = ("maximum", "minimum", "pow")
TYPES = {"f32": (np.float32, ctypes.c_float, 32), "f64": (np.float64, ctypes.c_double, 64)}
SETS = {"plain": (16, ""), "avx2": (32, "avx2,fma"), "avx512": (64, "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")}
"""Bytes of a vector, and what the compiler is told."""

Array = NDArray[Any]


def compiler() -> str | None:
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def instruction_sets() -> list[str]:
    """Which of ``SETS`` this machine runs."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return ["plain"]
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return [name for name, (_, wanted) in SETS.items() if all(f" {flag}" in flags for flag in wanted.split(",") if flag)]


def source(sets: Sequence[str]) -> str:
    """Both types for each instruction set, and functions that Python can call."""
    parts = ["#include <stddef.h>", "#if defined(__x86_64__)", "#include <immintrin.h>", "#endif"]
    for name in sets:
        width, wanted = SETS[name]
        parts += _targeted(wanted, "\n".join(_both(name, width)))
    return "\n".join(parts) + "\n"


def _targeted(wanted: str, text: str) -> list[str]:
    if not wanted:
        return [text]
    return [
        "#if defined(__clang__)",
        f'#pragma clang attribute push(__attribute__((target("{wanted}"))), apply_to = function)',
        "#else",
        "#pragma GCC push_options",
        f'#pragma GCC target("{wanted}")',
        "#endif",
        text,
        "#if defined(__clang__)",
        "#pragma clang attribute pop",
        "#else",
        "#pragma GCC pop_options",
        "#endif",
    ]


def _both(name: str, width: int) -> list[str]:
    lines: list[str] = []
    for suffix, (_, _, bits) in TYPES.items():
        own = f"{suffix}_{name}"
        lines += [f"#define BH_BITS {bits}", f"#define BH_SUFFIX {own}", f"#define BH_WIDTH {width}", '#include "kernels.h"']
        lines += [_each(f"{one}_{own}", f"bh_{one}") for one in UNARY]
        lines += [_each(f"{one}_{own}", f"bh_{one}", two=True) for one in BINARY]
        lines += [_each(f"whole_{own}", "bh_power_whole", power=True), _SUMS.replace("OWN", own)]
        lines += ["#undef BH_BITS", "#undef BH_SUFFIX", "#undef BH_WIDTH"]
    return lines


def _each(name: str, function: str, two: bool = False, power: bool = False) -> str:
    more = ", const REAL *y" if two else ", int power" if power else ""
    arguments = "bh_load_part(x + j, n - j)" + (", bh_load_part(y + j, n - j)" if two else ", power" if power else "")
    return (
        f"void {name}(REAL *to, ptrdiff_t n, const REAL *x{more});\n"
        f"void {name}(REAL *to, ptrdiff_t n, const REAL *x{more})\n"
        f"{{ for (ptrdiff_t j = 0; j < n; j += BH_LANES) bh_store_part(to + j, {function}({arguments}), n - j); }}"
    )


_SUMS = """
void product_OWN(const bh_factors *f, ptrdiff_t first, ptrdiff_t last, REAL *work, bh_epilogue done);
void product_OWN(const bh_factors *f, ptrdiff_t first, ptrdiff_t last, REAL *work, bh_epilogue done) { bh_product(f, first, last, work, done, NULL); }
ptrdiff_t work_OWN(void);
ptrdiff_t work_OWN(void) { return BH_WORK; }
void sums_OWN(const REAL *x, ptrdiff_t n, ptrdiff_t stride, REAL *out);
void sums_OWN(const REAL *x, ptrdiff_t n, ptrdiff_t stride, REAL *out) { out[0] = bh_sum(x, n, stride); out[1] = bh_largest(x, n, stride); }
ptrdiff_t folded_OWN(const REAL *x, REAL *sums, REAL *most);
ptrdiff_t folded_OWN(const REAL *x, REAL *sums, REAL *most)
{
    BH_V row[BH_WIDTH / sizeof(REAL)];
    for (ptrdiff_t i = 0; i < BH_LANES; i++)
        row[i] = bh_load(x + i * BH_LANES);
    bh_store(sums, bh_fold_sums(row));
    for (ptrdiff_t i = 0; i < BH_LANES; i++)
        row[i] = bh_keep_tail(bh_load(x + i * BH_LANES), bh_tail_of(i + 1), bh_splat(-BH_INFINITY));
    bh_store(most, bh_fold_most(row));
    return BH_LANES;
}
void columns_OWN(const REAL *x, ptrdiff_t rows, ptrdiff_t row, ptrdiff_t n, const REAL *from, REAL *sums, REAL *most);
void columns_OWN(const REAL *x, ptrdiff_t rows, ptrdiff_t row, ptrdiff_t n, const REAL *from, REAL *sums, REAL *most)
{ bh_column_sums(x, rows, row, 0, n / 2, from, 1, sums); bh_column_sums(x, rows, row, n / 2, n, from, 1, sums); bh_column_maxima(x, rows, row, 0, n, most); }
void rows_OWN(const REAL *x, ptrdiff_t row, ptrdiff_t n, ptrdiff_t m, const REAL *from, REAL *sums, REAL *most);
void rows_OWN(const REAL *x, ptrdiff_t row, ptrdiff_t n, ptrdiff_t m, const REAL *from, REAL *sums, REAL *most)
{ bh_row_sums(x, row, n, 1, 0, m, from, 1, -1, sums, 1); bh_row_maxima(x, row, n, 1, 0, m, most, 1); }
"""


def build(folder: Path, text: str, *flags: str, using: str | None = None) -> Path:
    """A shared library of this C text."""
    (folder / "library.c").write_text(text)
    made = folder / "library.so"
    command = [using or compiler() or "cc", *STRICT, *flags, f"-I{KERNELS}", "-shared", "-fPIC", str(folder / "library.c"), "-o", str(made), "-lm"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[:4000]
    return made


def address(array: Array | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if array is None else array.ctypes.data)


EPILOGUES = {
    name: ctypes.CFUNCTYPE(None, ctypes.c_void_p, *[ctypes.c_ssize_t] * 4, ctypes.POINTER(real), ctypes.c_ssize_t) for name, (_, real, _) in TYPES.items()
}


def factors(suffix: str) -> type[ctypes.Structure]:
    """``bh_factors``."""
    pointer, size = ctypes.c_void_p, ctypes.c_ssize_t
    fields = [("a", pointer), ("a_row", size), ("a_column", size), ("b", pointer), ("b_row", size), ("b_column", size)]
    fields += [("start", pointer), ("start_row", size), ("c", pointer), ("c_row", size), ("m", size), ("n", size), ("k", size)]
    return type("Factors", (ctypes.Structure,), {"_fields_": [*fields, ("scale", TYPES[suffix][1])]})


class Library:
    """The functions of one type and instruction set."""

    def __init__(self, library: ctypes.CDLL, suffix: str, name: str) -> None:
        self.dtype, self.real, _ = TYPES[suffix]
        self._suffix, self._find = suffix, lambda function: getattr(library, f"{function}_{suffix}_{name}")
        work: Callable[[], int] = self._find("work")
        self._work = np.full(work(), np.nan, dtype=self.dtype)

    def apply(self, function: str, x: Array, y: Array | int | None = None) -> Array:
        out = np.full(len(x) + 1, 7, dtype=self.dtype)
        more = () if y is None else (address(y),) if isinstance(y, np.ndarray) else (ctypes.c_int(y),)
        self._find(function)(address(out), ctypes.c_ssize_t(len(x)), address(x), *more)
        assert out[-1] == 7, "wrote behind the end"
        return out[:-1]

    def product(
        self, a: Array, b: Array, c: Array, start: Array | None = None, scale: float = 1.0, rows: tuple[int, int] | None = None, done: Any = None
    ) -> None:
        """C = start + scale·A·B in rows[0] … rows[1] − 1; start is a row, or as large as C."""
        size, (m, k) = a.itemsize, a.shape
        strides = [step // size for step in (*a.strides, *b.strides)]
        start_row = 0 if start is None or start.ndim == 1 else start.strides[0] // size
        made = factors(self._suffix)(
            address(a), *strides[:2], address(b), *strides[2:], address(start), start_row, address(c), c.strides[0] // size, m, b.shape[1], k, scale
        )
        first, last = rows or (0, m)
        call = EPILOGUES[self._suffix](done) if done else ctypes.c_void_p(None)
        self._find("product")(ctypes.byref(made), ctypes.c_ssize_t(first), ctypes.c_ssize_t(last), address(self._work), call)

    def sums(self, x: Array, count: int, stride: int) -> tuple[float, float]:
        out = np.zeros(2, dtype=self.dtype)
        self._find("sums")(address(x), ctypes.c_ssize_t(count), ctypes.c_ssize_t(stride), address(out))
        return float(out[0]), float(out[1])

    def folded(self, x: Array) -> tuple[int, Array, Array]:
        """Lanes; of so many rows of x, next to each other, the sums, and the largest of the first i + 1 entries of row i."""
        sums, most = np.zeros(16, dtype=self.dtype), np.zeros(16, dtype=self.dtype)
        return int(self._find("folded")(address(x), address(sums), address(most))), sums, most

    def of_axis(self, axis: str, x: Array, start: Array) -> tuple[Array, Array]:
        """Sums onto ``start`` and largest entries, of columns or of rows; x may be the left part of a wider array."""
        sums, most = np.zeros(len(start), dtype=self.dtype), np.zeros(len(start), dtype=self.dtype)
        row, counts = ctypes.c_ssize_t(x.strides[0] // x.itemsize), [ctypes.c_ssize_t(count) for count in x.shape]
        if axis == "columns":
            self._find("columns")(address(x), counts[0], row, counts[1], address(start), address(sums), address(most))
        else:
            self._find("rows")(address(x), row, counts[1], counts[0], address(start), address(sums), address(most))
        return sums, most
