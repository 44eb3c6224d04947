"""A program run by JAX: its lines become one traced function, compiled by XLA; the steps of an epoch are one ``lax.scan``.

The gradients are the program's own lines. Nothing here, or in what it calls, asks JAX for a derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from byhand.compile.engines.jax_terms import Worker
from byhand.compile.engines.machine import Order, Values
from byhand.compile.export.jax_plan import statements
from byhand.compile.program import Program
from byhand.compile.step import TrainingStep
from byhand.lang.errors import ByhandError
from byhand.lang.sizes import Poly
from byhand.run.algebra import Measure
from byhand.run.arrays import Array

Precision: TypeAlias = Literal["highest", "tensorfloat32", "bfloat16"]
"""How products of 32-bit floats are worked out on devices that have quicker ways: in full by default, as everywhere else in byhand."""
Traced: TypeAlias = jax.Array


def traced(program: Program, sizes: Mapping[str, int], dtype: Any) -> Callable[[Mapping[str, Traced]], list[Traced]]:
    """The program as a function that JAX can trace: inputs by name in, results in the program's order out."""
    measure = Measure(sizes)
    listed = statements(program)
    shapes = [measure.dims(value.shape) for value in program.values]

    def run(inputs: Mapping[str, Traced]) -> list[Traced]:
        values: list[Any] = [None] * len(program.values)
        for variable, place in program.inputs.items():
            values[place] = inputs[variable.name]
        worker = Worker(measure, dtype, values)
        for one in listed:
            values[one.line.target] = worker.of(one.term)
        return [jnp.broadcast_to(jnp.asarray(values[place], dtype=dtype), shapes[place]) for place in program.results]

    return run


def at(dtype: Any, precision: Precision = "highest") -> AbstractContextManager[object]:
    """The settings of JAX under which a program of this type is traced and run; those of the process are as before afterwards."""
    stack = ExitStack()
    stack.enter_context(jax.enable_x64(np.dtype(dtype) == np.float64))
    stack.enter_context(jax.default_matmul_precision(precision))
    return stack


@dataclass(frozen=True, slots=True)
class JaxRunner:
    """See ``byhand.compile.engines.machine.Runner``."""

    program: Program
    dtype: Any
    run: Callable[[Mapping[str, Traced]], list[Traced]]
    precision: Precision
    engine: str = "jax"

    def __call__(self, inputs: Mapping[str, Any]) -> list[Array]:
        missing = [variable.name for variable in self.program.inputs if variable.name not in inputs]
        if missing:
            raise ByhandError(f"cannot run the program: it needs {', '.join(missing)} too.")
        with at(self.dtype, self.precision):
            given = {variable.name: jnp.asarray(inputs[variable.name], dtype=self.dtype) for variable in self.program.inputs}
            return [np.asarray(found) for found in self.run(given)]


def jax_runner(program: Program, sizes: Mapping[str, int], dtype: Any = np.float64, *, precision: Precision = "highest") -> JaxRunner:
    """The program compiled by XLA for these sizes. Results are NumPy arrays of ``dtype``."""
    return JaxRunner(program, np.dtype(dtype), jax.jit(traced(program, sizes, np.dtype(dtype))), precision)


# ------------------------------------------------------------------------------------------------- epochs


@dataclass(frozen=True, slots=True)
class Samples:
    """Which inputs of a step have samples, and along which axis; the others are the same at every step."""

    axis: Mapping[str, int]
    others: tuple[str, ...]

    @classmethod
    def of(cls, step: TrainingStep, batch: str) -> Samples:
        axes = {one.name: [Poly.of(axis) == Poly.letter(batch) for axis in one.shape] for one in step.data}
        axis = {name: flags.index(True) for name, flags in axes.items() if any(flags)}
        return cls(axis, tuple(name for name in axes if name not in axis))


Body: TypeAlias = Callable[[dict[str, Traced], Mapping[str, Traced], Traced, Traced], tuple[dict[str, Traced], Traced]]


def step_body(step: TrainingStep, sizes: Mapping[str, int], dtype: Any) -> Body:
    """One step as a traced function: what is kept, the data of a batch, the learning rate, the step's number; kept and loss out."""
    run = traced(step.program, sizes, dtype)
    names = [one.name for one in step.kept]

    def body(kept: dict[str, Traced], data: Mapping[str, Traced], rate: Traced, count: Traced) -> tuple[dict[str, Traced], Traced]:
        loss, *renewed = run({**kept, **data, step.rate.name: rate, step.count.name: count})
        return dict(zip(names, renewed)), loss

    return body


LEAST_ROOM = 64
"""Steps that a compiled epoch has room for at least."""


def room_for(steps: int) -> int:
    """The next power of two: so few sizes have to be compiled, however many steps a call has."""
    return max(LEAST_ROOM, 1 << (steps - 1).bit_length())


def padded(array: Array, room: int) -> Array:
    """The array with zeros behind it up to so many rows."""
    return array if len(array) == room else np.concatenate([array, np.zeros((room - len(array), *array.shape[1:]), dtype=array.dtype)])


def looped(
    one: Callable[[dict[str, Traced], Any], tuple[dict[str, Traced], Traced]], kept: dict[str, Traced], now: Any, steps: Traced
) -> tuple[dict[str, Traced], Traced]:
    """``lax.scan`` over the first ``steps`` rows of the arrays of ``now``, of which there may be more; the losses of the others are zero."""
    room = jax.tree.leaves(now)[0].shape[0]

    def body(k: Traced, carried: tuple[dict[str, Traced], Traced]) -> tuple[dict[str, Traced], Traced]:
        kept, losses = carried
        kept, loss = one(kept, jax.tree.map(lambda array: lax.dynamic_index_in_dim(array, k, keepdims=False), now))
        return kept, lax.dynamic_update_index_in_dim(losses, loss, k, 0)

    losses = jnp.zeros(room, dtype=jax.tree.leaves(kept)[0].dtype)
    return lax.fori_loop(0, steps, body, (kept, losses))


SAMPLED = 512
"""Entries of an array by which a change in place is noticed."""


@dataclass(slots=True)
class Sent:
    """Data that are on the device already: an array that comes again is not sent again, unless it shows that it was changed meanwhile."""

    dtype: Any
    known: dict[str, tuple[Array, bytes, Traced]] = field(default_factory=dict[str, "tuple[Array, bytes, Traced]"])

    def of(self, name: str, array: Array) -> Traced:
        shown = array.reshape(-1)[:: max(1, array.size // SAMPLED)].tobytes() if array.flags.c_contiguous else array.tobytes()
        before = self.known.get(name)
        if before is None or before[0] is not array or before[1] != shown:
            self.known[name] = (array, shown, jnp.array(array, dtype=self.dtype))
        return self.known[name][2]


@dataclass(frozen=True, slots=True)
class JaxMachine:
    """See ``byhand.compile.engines.machine.Machine``. ``values`` go to the device before an epoch and come back after it."""

    step: TrainingStep
    dtype: Any
    precision: Precision
    run: Callable[..., tuple[dict[str, Traced], Traced]]
    sent: Sent
    engine: str = "jax"

    def epoch(self, values: Values, data: Mapping[str, Array], order: Order, rates: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        steps = len(order)
        if not steps:
            return np.zeros(0)
        room = room_for(steps)
        with at(self.dtype, self.precision):
            kept = {one.name: np.asarray(values[one.name], dtype=self.dtype) for one in self.step.kept}
            whole = {one.name: self.sent.of(one.name, np.asarray(data[one.name])) for one in self.step.data}
            counts = np.arange(first, first + room).astype(self.dtype)
            rows, paces = padded(order.astype(np.int32), room), padded(np.asarray(rates, dtype=self.dtype), room)
            kept, losses = self.run(kept, whole, rows, paces, counts, np.int32(steps))
            for name, found in kept.items():
                values[name][...] = np.asarray(found)
            return np.asarray(losses, dtype=np.float64)[:steps]


def jax_machine(step: TrainingStep, sizes: Mapping[str, int], dtype: Any = np.float32, batch: str = "N", *, precision: Precision = "highest") -> JaxMachine:
    """The step compiled by XLA for these sizes, those of a batch among them; ``batch`` is the letter that counts samples."""
    body, samples = step_body(step, sizes, np.dtype(dtype)), Samples.of(step, batch)

    @partial(jax.jit, donate_argnums=0)
    def run(kept: dict[str, Traced], data: dict[str, Traced], order: Traced, rates: Traced, counts: Traced, steps: Traced) -> tuple[dict[str, Traced], Traced]:
        fixed = {name: data[name] for name in samples.others}

        def one(kept: dict[str, Traced], now: tuple[Traced, Traced, Traced]) -> tuple[dict[str, Traced], Traced]:
            rows, rate, count = now
            picked = {name: jnp.take(data[name], rows, axis=axis, mode="clip") for name, axis in samples.axis.items()}
            return body(kept, picked | fixed, rate, count)

        return looped(one, kept, (order, rates, counts), steps)

    return JaxMachine(step, np.dtype(dtype), precision, run, Sent(np.dtype(dtype)))
