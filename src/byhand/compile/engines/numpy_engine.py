"""The engine that needs nothing but NumPy: the calls that ``byhand compile --to numpy`` prints, made on arrays that are there from the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from byhand.compile.calls.bound import Bound, bound
from byhand.compile.calls.planner import planned
from byhand.compile.calls.stack import stacked
from byhand.compile.engines.machine import Order, Values
from byhand.compile.program import Program
from byhand.compile.step import TrainingStep
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Var
from byhand.lang.sizes import Poly, shape_text
from byhand.run.arrays import Array


class NumpyRunner:
    """A program for certain sizes: inputs by name in, results in the program's order out."""

    engine = "numpy"

    def __init__(self, program: Program, sizes: Mapping[str, int], dtype: DTypeLike = np.float64) -> None:
        self._ready = bound(planned(program, sizes), np.dtype(dtype))

    def __call__(self, inputs: Mapping[str, Any]) -> list[Array]:
        """The results, as new arrays of the engine's type; ``ByhandError`` for an input that is missing or of another shape."""
        plan = self._ready.plan
        for variable, view in plan.inputs.items():
            if variable.name not in inputs:
                raise ByhandError(f"cannot run the program: it needs {variable.name} too.")
            _put(variable, self._ready.array(view), inputs[variable.name])
        with np.errstate(all="ignore"):
            _run(self._ready)
        return [self._ready.array(view).copy() for view in plan.results]


def numpy_runner(program: Program, sizes: Mapping[str, int], dtype: DTypeLike = np.float64) -> NumpyRunner:
    """A program made ready for NumPy; ``ByhandError`` for a size letter without a number."""
    return NumpyRunner(program, sizes, dtype)


class NumpyMachine:
    """A step of training for a batch of one size: see ``Machine``. An epoch that is interrupted leaves ``values`` as they were before it."""

    engine = "numpy"

    def __init__(self, step: TrainingStep, sizes: Mapping[str, int], dtype: DTypeLike = np.float32, batch: str = "N") -> None:
        self._step = step
        self._dtype = np.dtype(dtype)
        self._ready = bound(stacked(planned(step.program, sizes)), self._dtype)
        array = {variable: self._ready.array(view) for variable, view in self._ready.plan.inputs.items()}
        self._kept = [(variable, array[variable]) for variable in step.kept if variable in array]
        self._batched = [(one, array[one], _batch_axis(one, batch)) for one in step.data]
        self._rate, self._count = array.get(step.rate), array.get(step.count)
        self._loss = self._ready.array(self._ready.plan.results[0])
        self._moved = [(self._ready.array(new), self._ready.array(old)) for new, old in self._ready.plan.updates]
        self._moved = [(new, old) for new, old in self._moved if not np.may_share_memory(new, old)]

    def epoch(self, values: Values, data: Mapping[str, Array], order: Order, rates: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """Steps over the rows of ``order``, shape (steps, batch); the loss of each before its update, shape (steps,)."""
        for variable, array in self._kept:
            _put(variable, array, values[variable.name])
        gathered = self._gathered(data, order)
        losses = np.zeros(len(order))
        with np.errstate(all="ignore"):
            for number, rows in enumerate(order):
                for source, axis, stage, room in gathered:
                    source.take(rows, axis, stage, "clip")
                    if stage is not room:
                        np.copyto(room, stage, casting="unsafe")
                if self._rate is not None:
                    self._rate[...] = rates[number]
                if self._count is not None:
                    self._count[...] = first + number
                _run(self._ready)
                losses[number] = self._loss[()]
                for new, old in self._moved:
                    np.copyto(old, new)
        for variable, array in self._kept:
            np.copyto(values[variable.name], array)
        return losses

    def _gathered(self, data: Mapping[str, Array], order: Order) -> list[tuple[Array, int, Array, Array]]:
        """The data whose rows each step takes, and where they go, by way of an array of their own type; what has no axis of samples is there once for all.

        Data may be larger than memory: only the rows of a batch are copied.
        """
        found: list[tuple[Array, int, Array, Array]] = []
        for variable, room, axis in self._batched:
            if variable.name not in data:
                raise ByhandError(f"cannot train: the data lacks {variable.name}.")
            source = np.asarray(data[variable.name])
            if axis is None:
                _put(variable, room, source)
                continue
            rest = (*room.shape[:axis], source.shape[axis] if source.ndim > axis else -1, *room.shape[axis + 1 :])
            if source.shape != rest or order.shape[1] != room.shape[axis]:
                raise ShapeError(f"cannot train with {variable.name} of shape {source.shape} in batches of {order.shape[1]}: a batch is {room.shape}.")
            if order.size and not 0 <= order.min() <= order.max() < source.shape[axis]:
                raise ByhandError(f"cannot train: a batch asks for sample {order.max()} of {variable.name}, which has {source.shape[axis]}, counted from 0.")
            found.append((source, axis, room if source.dtype == self._dtype else np.empty(room.shape, source.dtype), room))
        return found


def numpy_machine(step: TrainingStep, sizes: Mapping[str, int], dtype: DTypeLike = np.float32, batch: str = "N") -> NumpyMachine:
    """A step of training made ready for NumPy. ``batch`` is the size letter of samples; ``sizes`` has the size of a batch under it."""
    return NumpyMachine(step, sizes, dtype, batch)


def _run(ready: Bound) -> None:
    try:
        for call in ready.calls:
            call()
    except np.linalg.LinAlgError:
        raise ByhandError("cannot invert a matrix on the way: it is singular, and a singular matrix has no inverse.") from None


def _batch_axis(variable: Var, batch: str) -> int | None:
    letter = Poly.letter(batch)
    return next((axis for axis, size in enumerate(variable.shape) if size == letter), None)


def _put(variable: Var, room: Array, value: Any) -> None:
    source = np.asarray(value)
    if source.shape != room.shape:
        raise ShapeError(f"cannot run with {variable.name} of shape {source.shape}: the program has {shape_text(variable.shape)}, here {room.shape}.")
    room[...] = source
