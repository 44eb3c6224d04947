"""The engine in C: a program as a tape that the extension runs, whole epochs at a time.

An epoch that is interrupted leaves in ``values`` what the steps so far have made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from byhand.compile.engines import _native
from byhand.compile.engines.blas import gemm, is_wide, one_thread_each
from byhand.compile.engines.machine import Order, Values
from byhand.compile.program import Program
from byhand.compile.step import TrainingStep
from byhand.compile.tape.build import tape_of
from byhand.compile.tape.encode import encoded
from byhand.compile.tape.tape import Held, Tape
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Var
from byhand.lang.sizes import Poly, shape_text
from byhand.run.arrays import Array, Dims


def instruction_sets() -> list[str]:
    """Those that this machine can run, best first."""
    return _native.simd()


class Loaded:
    """A tape in the extension: arrays go in and out by name and by result."""

    def __init__(self, tape: Tape, dtype: DTypeLike, simd: str = "") -> None:
        self.tape = tape
        self.dtype = np.dtype(dtype)
        blas = gemm(self.dtype.itemsize) if is_wide(tape) else 0
        self.alone = one_thread_each if blas else nullcontext
        self.handle: Any = _native.load(encoded(tape), 8 * self.dtype.itemsize, simd, blas)
        for offset, array in tape.constants:
            _native.put(self.handle, offset, np.ascontiguousarray(array, dtype=self.dtype))

    def put(self, variable: Var, value: Any) -> None:
        held = self.tape.inputs[variable.name]
        source = np.asarray(value)
        if source.shape != held.dims:
            raise ShapeError(f"cannot run with {variable.name} of shape {source.shape}: the program has {shape_text(variable.shape)}, here {held.dims}.")
        _native.put(self.handle, held.offset, np.ascontiguousarray(source, dtype=self.dtype))

    def get(self, held: Held) -> Array:
        found = np.empty(held.dims, dtype=self.dtype)
        _native.get(self.handle, held.offset, found)
        return found

    def get_into(self, held: Held, array: Array) -> None:
        if array.dtype == self.dtype and array.flags.c_contiguous:
            _native.get(self.handle, held.offset, array)
        else:
            np.copyto(array, self.get(held))


class TapeRunner:
    """A program for certain sizes: inputs by name in, results in the program's order out."""

    engine = "c"

    def __init__(self, program: Program, sizes: Mapping[str, int], dtype: DTypeLike = np.float64, threads: int = 1, simd: str = "") -> None:
        """Raises ``Unsupported`` for a program that no tape can do."""
        self._program, self._threads = program, threads
        self._loaded = Loaded(tape_of(program, sizes, threads=threads), dtype, simd)

    def __call__(self, inputs: Mapping[str, Any]) -> list[Array]:
        """The results, as new arrays of the engine's type; ``ByhandError`` for an input that is missing or of another shape."""
        for variable in self._program.inputs:
            if variable.name not in inputs:
                raise ByhandError(f"cannot run the program: it needs {variable.name} too.")
            self._loaded.put(variable, inputs[variable.name])
        with self._loaded.alone():
            _native.once(self._loaded.handle, self._threads)
        return [self._loaded.get(held) for held in self._loaded.tape.results]


class TapeMachine:
    """A step of training for a batch of one size: see ``Machine``."""

    engine = "c"

    def __init__(self, step: TrainingStep, sizes: Mapping[str, int], dtype: DTypeLike = np.float32, batch: str = "N", threads: int = 1, simd: str = "") -> None:
        """Raises ``Unsupported`` for a step that no tape can do."""
        axes = {variable: _batch_axis(variable, batch) for variable in step.data}
        self._step, self._threads = step, threads
        self._batched = {variable: axis for variable, axis in axes.items() if axis is not None}
        self._given = [variable for variable, axis in axes.items() if axis is None]
        names = {variable.name: axis for variable, axis in self._batched.items()}
        self._loaded = Loaded(tape_of(step.program, sizes, names, threads, tuple(one.name for one in (step.rate, step.count))), dtype, simd)
        inputs = self._loaded.tape.inputs
        self._kept = [variable for variable in step.kept if variable.name in inputs]
        loss = self._loaded.tape.results[0]
        rate, count = (inputs[one.name].offset if one.name in inputs else -1 for one in (step.rate, step.count))
        self._places = (rate, count, loss.offset)

    def epoch(self, values: Values, data: Mapping[str, Array], order: Order, rates: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """Steps over the rows of ``order``, shape (steps, batch); the loss of each before its update, shape (steps,)."""
        for variable in self._kept:
            self._loaded.put(variable, values[variable.name])
        for variable in self._given:
            self._loaded.put(variable, self._found(variable, data))
        order = np.ascontiguousarray(order, dtype=np.int64)
        asked = (int(order.min()), int(order.max())) if order.size else (0, -1)
        sources = tuple(self._source(variable, axis, data, order, asked) for variable, axis in self._batched.items())
        losses = np.zeros(len(order))
        try:
            with self._loaded.alone():
                _native.epoch(self._loaded.handle, sources, order, np.ascontiguousarray(rates, dtype=np.float64), first, self._places, losses, self._threads)
        finally:
            for variable in self._kept:
                self._loaded.get_into(self._loaded.tape.inputs[variable.name], values[variable.name])
        return losses

    def _found(self, variable: Var, data: Mapping[str, Array]) -> Array:
        if variable.name not in data:
            raise ByhandError(f"cannot train: the data lacks {variable.name}.")
        return np.asarray(data[variable.name])

    def _source(self, variable: Var, axis: int, data: Mapping[str, Array], order: Order, asked: tuple[int, int]) -> tuple[Array, int, int, int]:
        """The whole data of an input, and how much of it stands before, along and behind the axis of samples. ``asked``: the least and the largest row."""
        dims: Dims = self._loaded.tape.inputs[variable.name].dims
        source = self._found(variable, data)
        rest = (*dims[:axis], source.shape[axis] if source.ndim > axis else -1, *dims[axis + 1 :])
        if source.shape != rest or order.ndim != 2 or order.shape[1] != dims[axis]:
            raise ShapeError(f"cannot train with {variable.name} of shape {source.shape} in batches of {order.shape[-1]}: a batch is {dims}.")
        if asked[0] < 0 or asked[1] >= source.shape[axis]:
            wrong = asked[0] if asked[0] < 0 else asked[1]
            raise ByhandError(f"cannot train: a batch asks for sample {wrong} of {variable.name}, which has {source.shape[axis]}, counted from 0.")
        return np.ascontiguousarray(source, dtype=self._loaded.dtype), prod(dims[:axis]), source.shape[axis], prod(dims[axis + 1 :])


def _batch_axis(variable: Var, batch: str) -> int | None:
    letter = Poly.letter(batch)
    return next((axis for axis, size in enumerate(variable.shape) if size == letter), None)
