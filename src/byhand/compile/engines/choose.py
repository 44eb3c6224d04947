"""Which engine runs a program: the one in C where it is built and can do it, else NumPy."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from math import prod
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from byhand.compile.engines.machine import Machine, Runner
from byhand.compile.program import Multiply, Program
from byhand.compile.step import TrainingStep
from byhand.compile.tape.tape import Unsupported
from byhand.lang.errors import ByhandError

ENGINES = ("auto", "c", "numpy", "jax")
SIMD = "BYHAND_SIMD"
"""The environment variable that asks for an instruction set: generic, avx2 or avx512."""
REAL = ("float32", "float64")
MOST_THREADS = 8
ENOUGH_THREADS = 64
"""More are never made, whoever asks for them (the same number stands in native/threads.h)."""
WORK_OF_A_THREAD = 5_000_000
"""Operations of a step, about 50 µs of them, below which another thread costs more by waiting than it brings. Counted and not timed: so
the same network has the same number of threads, and the same bits, on every run."""
FOR_AN_ENTRY = 4
NOT_BUILT = (
    "byhand's C engine is not built here (no compiler at install): training runs on NumPy, up to five times slower "
    "(a hundred times for a few units); pip install with a C compiler mends it."
)


@lru_cache(maxsize=1)
def _built() -> ModuleType | None:
    """The engine in C, if the extension is there and loads."""
    if find_spec("byhand.compile.engines._native") is None:
        return None
    try:
        return import_module("byhand.compile.engines.tape_engine")
    except ImportError:
        return None


def why_not() -> str:
    """Why the engine in C is not used here, in one line; empty where it is."""
    return "" if _built() is not None else NOT_BUILT


def machine(
    step: TrainingStep, sizes: Mapping[str, int], dtype: DTypeLike = np.float32, engine: str = "auto", threads: int | None = None, batch: str = "N"
) -> Machine:
    """A step of training made ready for a batch of one size.

    ``batch`` is the size letter of samples, and ``sizes`` has the size of a batch under it. ``threads`` is chosen by the work of a step if it is
    None. Raises ``ByhandError`` for an engine that is not there or cannot do it.
    """
    if engine == "jax":
        return _jax().jax_machine(step, sizes, dtype, batch)
    built = _engine(engine)
    if built is not None:
        try:
            return built.TapeMachine(step, sizes, _real(dtype), batch, _threads(step.program, sizes, threads), _simd())
        except Unsupported as trouble:
            _refuse(engine, trouble)
    return _numpy().numpy_machine(step, sizes, dtype, batch)


def runner(program: Program, sizes: Mapping[str, int], dtype: DTypeLike = np.float64, engine: str = "auto", threads: int | None = None) -> Runner:
    """A program made ready for certain sizes; arguments and errors as for ``machine``."""
    if engine == "jax":
        return _jax().jax_runner(program, sizes, dtype)
    built = _engine(engine)
    if built is not None:
        try:
            return built.TapeRunner(program, sizes, _real(dtype), _threads(program, sizes, threads), _simd())
        except Unsupported as trouble:
            _refuse(engine, trouble)
    return _numpy().numpy_runner(program, sizes, dtype)


def _numpy() -> ModuleType:
    """The engine that NumPy is; with its planner it is a good part of the start of a command that does not use it."""
    return import_module("byhand.compile.engines.numpy_engine")


def _jax() -> ModuleType:
    """The engine that JAX is, which takes a second to import and is never chosen unless asked for."""
    if find_spec("jax") is None:
        raise ByhandError("cannot run with engine=jax: JAX is not installed; pip install byhand[jax], or take engine=auto.")
    return import_module("byhand.compile.engines.jax_engine")


def _engine(engine: str) -> ModuleType | None:
    if engine not in ENGINES:
        raise ByhandError(f"there is no engine={engine}: choose one of {', '.join(ENGINES)}.")
    if engine == "numpy":
        return None
    built = _built()
    if built is None and engine == "c":
        raise ByhandError("cannot run with engine=c: byhand's C engine is not built here; pip install byhand with a C compiler, or take engine=numpy.")
    return built


def _refuse(engine: str, trouble: Unsupported) -> None:
    if engine == "c":
        raise ByhandError(f"cannot run the program with engine=c: {trouble} Take engine=numpy or auto.") from None


def _real(dtype: DTypeLike) -> np.dtype[Any]:
    """The type of all numbers; ``ByhandError`` for one that the extension has no kernels for."""
    found = np.dtype(dtype)
    if found.name not in REAL:
        raise ByhandError(f"cannot run with engine=c and dtype={found}: {' and '.join(REAL)} are there.")
    return found


def _simd() -> str:
    """The instruction set that the environment asks for, or empty for the best one; ``ByhandError`` for one that is not here."""
    wanted = os.environ.get(SIMD, "").strip().lower()
    there: list[str] = import_module("byhand.compile.engines._native").simd()
    if wanted and wanted not in there:
        raise ByhandError(f"cannot run with {SIMD}={wanted[:40]}: this machine has {', '.join(there)}; leave it out to have the best of them.")
    return wanted


def _threads(program: Program, sizes: Mapping[str, int], threads: int | None) -> int:
    if threads is not None:
        if threads < 1:
            raise ByhandError(f"cannot run with threads={threads}: at least one is needed.")
        return min(threads, ENOUGH_THREADS)
    return min(cores(), MOST_THREADS, max(1, work(program, sizes) // WORK_OF_A_THREAD))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def work(program: Program, sizes: Mapping[str, int]) -> int:
    """About how many operations a run of the program takes: those of its products, and some for every other entry."""
    dims = program.dims(sizes)
    total = 0
    for line in program.lines:
        if isinstance(line.op, Multiply) and line.summed:
            total += 2 * prod(program.spans(line, dims).values())
        else:
            total += FOR_AN_ENTRY * prod(dims[line.target])
    return total
