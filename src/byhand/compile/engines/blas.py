"""The matrix products of the BLAS that NumPy brings, by their address, for layers wide enough that it is ahead of our own kernels.

Only NumPy's own copy is asked: two pools of threads in one process (NumPy's and SciPy's) wait for each other.
"""

from __future__ import annotations

import ctypes
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np

from byhand.compile.tape.tape import Product, Tape

WIDE = 2048
"""From so many rows, columns and terms on a product goes to the BLAS (the same number stands in native/run.h).

Measured on whole steps with batches of 512, float32, one thread, our time by that of OpenBLAS 0.3: 0.75 for layers of 512, 0.92 of 1024, 0.98 of 2048;
float64: 1.10 of 512, 0.96 of 1024. Below there is nothing to gain.
"""
_GEMM = {4: "scipy_cblas_sgemm64_", 8: "scipy_cblas_dgemm64_"}


def is_wide(tape: Tape) -> bool:
    """Whether any product of the tape is for the BLAS."""
    return any(isinstance(one, Product) and min(one.m, one.n, one.k) >= WIDE for one in tape.instructions)


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL | None:
    """NumPy's OpenBLAS with 64-bit integers, if it came with it."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for path in sorted(folder.glob("*scipy_openblas64_*")):
            try:
                library = ctypes.CDLL(str(path))
                for name in (*_GEMM.values(), "scipy_openblas_set_num_threads64_", "scipy_openblas_get_num_threads64_"):
                    getattr(library, name)
            except (OSError, AttributeError):
                continue
            return library
    return None


def gemm(size: int) -> int:
    """The address of cblas_sgemm (``size`` 4) or cblas_dgemm (8) with 64-bit integers, or 0 where there is none."""
    library = _library()
    return 0 if library is None else ctypes.cast(getattr(library, _GEMM[size]), ctypes.c_void_p).value or 0


@contextmanager
def one_thread_each() -> Generator[None]:
    """Our own threads share the rows; meanwhile the BLAS makes none."""
    library = _library()
    if library is None:
        yield
        return
    before = library.scipy_openblas_get_num_threads64_()
    library.scipy_openblas_set_num_threads64_(1)
    try:
        yield
    finally:
        library.scipy_openblas_set_num_threads64_(before)
