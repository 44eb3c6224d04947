"""What no system with a BLAS goes under: the products of a step in NumPy's OpenBLAS, called from C, and one pass over the weights."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
from session import Make, NotThis
from workloads import Array, Workload

SOURCE = Path(__file__).parent / "floor.c"


class Job(ctypes.Structure):
    _fields_ = [*((name, ctypes.c_int64) for name in ("ta", "tb", "m", "n", "k", "lda", "ldb", "ldc")), *((name, ctypes.c_void_p) for name in "abc")]


def _blas(dtype: Any) -> int:
    """The address of the matrix product in the OpenBLAS that NumPy's wheels bring."""
    symbol = "scipy_cblas_dgemm64_" if dtype == np.float64 else "scipy_cblas_sgemm64_"
    for library in Path(np.__file__).parent.parent.glob("numpy.libs/libscipy_openblas64_*"):
        return ctypes.cast(ctypes.CDLL(str(library))[symbol], ctypes.c_void_p).value or 0
    raise NotThis("this NumPy brings no OpenBLAS")


def _built() -> ctypes.CDLL:
    compiler = which("cc")
    if compiler is None:
        raise NotThis("there is no C compiler")
    target = Path(tempfile.mkdtemp()) / "floor.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(target), str(SOURCE)], check=True)
    return ctypes.CDLL(str(target))


@dataclass(slots=True)
class Floor:
    """``kept``: the arrays that the jobs point to."""

    workload: Workload
    library: ctypes.CDLL
    gemm: int
    jobs: Any
    flat: Array
    kept: list[Array]

    def run(self, rounds: int) -> None:
        count = ctypes.c_int64(rounds * self.workload.batches)
        doubles, size = ctypes.c_int64(self.flat.dtype == np.float64), ctypes.c_int64(self.flat.nbytes // 2)
        to, source = ctypes.c_void_p(self.flat.ctypes.data), ctypes.c_void_p(self.flat.ctypes.data + self.flat.nbytes // 2)
        self.library.steps(count, ctypes.c_int64(len(self.jobs)), self.jobs, ctypes.c_void_p(self.gemm), doubles, size, to, source)

    def weights(self) -> list[Array]:
        raise NotThis("it trains nothing")


def _jobs(workload: Workload, kept: list[Array], dtype: Any) -> Iterator[Job]:
    def array(*shape: int) -> Array:
        kept.append(np.ones(shape, dtype))
        return kept[-1]

    batch = workload.batch
    for k, (inputs, outputs) in enumerate(pairwise(workload.sizes)):
        x, w, z = array(batch, inputs), array(inputs, outputs), array(batch, outputs)
        yield Job(0, 0, batch, outputs, inputs, inputs, outputs, outputs, x.ctypes.data, w.ctypes.data, z.ctypes.data)
        yield Job(1, 0, inputs, outputs, batch, inputs, outputs, outputs, x.ctypes.data, z.ctypes.data, array(inputs, outputs).ctypes.data)
        if k:
            yield Job(0, 1, batch, inputs, outputs, outputs, outputs, inputs, z.ctypes.data, w.ctypes.data, x.ctypes.data)


def products(workload: Workload, dtype: Any, threads: int) -> Floor:
    kept: list[Array] = []
    jobs = list(_jobs(workload, kept, dtype))
    entries = sum(a * b for a, b in pairwise(workload.sizes))
    return Floor(workload, _built(), _blas(dtype), (Job * len(jobs))(*jobs), np.ones(2 * entries, dtype), kept)


SYSTEMS: dict[str, Make] = {"floor: products in OpenBLAS + memory": products}
