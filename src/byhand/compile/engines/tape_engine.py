"""The engine in C: a program as a tape that the extension runs, whole epochs at a time.

An epoch that is interrupted leaves in ``values`` what the steps so far have made of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from math import prod
from operator import is_not
from typing import Any, TypeAlias

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

Kept: TypeAlias = "tuple[tuple[int, Array], ...]"
"""Arrays by their place in the arena."""
Copied: TypeAlias = "tuple[tuple[tuple[int, Array], Array], ...]"
"""Such arrays, and those that they are copies of."""


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
        source = np.asarray(value)
        self.check(variable, source)
        _native.put(self.handle, self.tape.inputs[variable.name].offset, np.ascontiguousarray(source, dtype=self.dtype))

    def check(self, variable: Var, source: Array) -> None:
        """Raises ``ShapeError`` for an array of another shape than the tape's."""
        dims = self.tape.inputs[variable.name].dims
        if source.shape != dims:
            raise ShapeError(f"cannot run with {variable.name} of shape {source.shape}: the program has {shape_text(variable.shape)}, here {dims}.")

    def get(self, held: Held) -> Array:
        found = np.empty(held.dims, dtype=self.dtype)
        _native.get(self.handle, held.offset, found)
        return found


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


@dataclass(frozen=True, slots=True)
class Samples:
    """An input that comes from the data: the shape of a batch of it, of which one axis is the samples."""

    variable: Var
    axis: int
    dims: Dims
    outer: int = field(init=False)
    inner: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outer", prod(self.dims[: self.axis]))
        object.__setattr__(self, "inner", prod(self.dims[self.axis + 1 :]))


class TapeMachine:
    """A step of training for a batch of one size: see ``Machine``."""

    engine = "c"

    def __init__(self, step: TrainingStep, sizes: Mapping[str, int], dtype: DTypeLike = np.float32, batch: str = "N", threads: int = 1, simd: str = "") -> None:
        """Raises ``Unsupported`` for a step that no tape can do."""
        axes = {variable: _batch_axis(variable, batch) for variable in step.data}
        self._step, self._threads = step, threads
        batched = {variable: axis for variable, axis in axes.items() if axis is not None}
        self._given = [variable for variable, axis in axes.items() if axis is None]
        names = {variable.name: axis for variable, axis in batched.items()}
        self._loaded = Loaded(tape_of(step.program, sizes, names, threads, tuple(one.name for one in (step.rate, step.count))), dtype, simd)
        inputs = self._loaded.tape.inputs
        self._samples = [Samples(variable, axis, inputs[variable.name].dims) for variable, axis in batched.items()]
        self._kept = [variable for variable in step.kept if variable.name in inputs]
        self._names = [variable.name for variable in self._kept]
        self._seen: Sequence[Array | None] = [None] * len(self._kept)
        self._last: tuple[Kept, Copied] = ((), ())
        loss = self._loaded.tape.results[0]
        rate, count = (inputs[one.name].offset if one.name in inputs else -1 for one in (step.rate, step.count))
        self._places = (rate, count, loss.offset)

    def epoch(self, values: Values, data: Mapping[str, Array], order: Order, rates: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """Steps over the rows of ``order``, shape (steps, batch); the loss of each before its update, shape (steps,)."""
        for variable in self._given:
            self._loaded.put(variable, self._found(variable, data))
        order = np.ascontiguousarray(order, dtype=np.int64)
        rates = np.ascontiguousarray(rates, dtype=np.float64)
        kept, others = self._arrays(values)
        sources = tuple([self._source(one, data, order) for one in self._samples])
        losses = np.zeros(len(order))
        try:
            with self._loaded.alone():
                _native.epoch(self._loaded.handle, sources, order, rates, first, self._places, losses, self._threads, kept)
        except IndexError:
            raise self._not_there(data, order) from None
        finally:
            for (_, array), given in others:
                np.copyto(given, array)
        return losses

    def _arrays(self, values: Values) -> tuple[Kept, Copied]:
        """What is kept, by its place in the arena, and which of it are copies because the array given is of another type or not contiguous."""
        arrays = [values[name] for name in self._names]
        if not any(map(is_not, arrays, self._seen)):
            return self._last
        kept: list[tuple[int, Array]] = []
        copied: list[tuple[tuple[int, Array], Array]] = []
        for variable, given in zip(self._kept, arrays, strict=True):
            held = self._loaded.tape.inputs[variable.name]
            self._loaded.check(variable, given)
            array = np.asarray(given, dtype=self._loaded.dtype, order="C")
            kept.append((held.offset, array))
            if array is not given:
                copied.append((kept[-1], given))
        if not copied:
            self._seen, self._last = arrays, (tuple(kept), ())
        return tuple(kept), tuple(copied)

    def _found(self, variable: Var, data: Mapping[str, Array]) -> Array:
        if variable.name not in data:
            raise ByhandError(f"cannot train: the data lacks {variable.name}.")
        return np.asarray(data[variable.name])

    def _source(self, one: Samples, data: Mapping[str, Array], order: Order) -> tuple[Array, int, int, int]:
        """The whole data of an input, and how much of it stands before, along and behind the axis of samples."""
        source = self._found(one.variable, data)
        shape, axis, dims = source.shape, one.axis, one.dims
        if len(shape) != len(dims) or shape[:axis] != dims[:axis] or shape[axis + 1 :] != dims[axis + 1 :] or order.ndim != 2 or order.shape[1] != dims[axis]:
            raise ShapeError(f"cannot train with {one.variable.name} of shape {shape} in batches of {order.shape[-1]}: a batch is {dims}.")
        return np.ascontiguousarray(source, dtype=self._loaded.dtype), one.outer, shape[axis], one.inner

    def _not_there(self, data: Mapping[str, Array], order: Order) -> ByhandError:
        """Which sample the order asks for that is not there."""
        name, rows = min(((one.variable.name, np.shape(data[one.variable.name])[one.axis]) for one in self._samples), key=lambda found: found[1])
        sample = order.min() if order.min() < 0 else order.max()
        return ByhandError(f"cannot train: a batch asks for sample {sample} of {name}, which has {rows}, counted from 0.")


def _batch_axis(variable: Var, batch: str) -> int | None:
    letter = Poly.letter(batch)
    return next((axis for axis, size in enumerate(variable.shape) if size == letter), None)
