"""A step of training for all devices of a mesh: the formulas are those of the whole batch, shardings say where the parts lie.

XLA puts in the collectives that follow from that (Xu et al. 2021, GSPMD): the gradients, sums over the samples of all devices, are summed
over the devices. The loss is the loss of the whole batch, whatever its formula. What a device does not need it does not have: of the
samples of a step it is given its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Protocol, TypeAlias

import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding
from jax.sharding import Mesh as Devices
from jax.sharding import PartitionSpec as Spec
from numpy.typing import NDArray

from byhand.compile.engines.jax_engine import LEAST_ROOM, Precision, Samples, at, looped, padded, step_body
from byhand.compile.engines.machine import Order
from byhand.compile.step import TrainingStep
from byhand.run.arrays import Array
from byhand.train.distributed.layout import LEAST_WIDTH, cuts_of
from byhand.train.distributed.mesh import DATA, MODEL, Mesh

PIECE = 64 << 20
"""Bytes of samples that are brought to the devices at a time."""
Index: TypeAlias = tuple[slice, ...]


class Rows(Protocol):
    """Samples that are read when they are asked for: an array, or what lies in a file. ``rows`` counts along the first axis."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    def __getitem__(self, rows: Any) -> Array: ...


def devices_of(mesh: Mesh, devices: Sequence[Any] | None = None) -> Devices:
    """These devices, or all of all processes, as a mesh; those that share layers stand beside each other, since they exchange most."""
    found = np.array(jax.devices() if devices is None else devices)
    return Devices(found.reshape(mesh.data, mesh.model), (DATA, MODEL), axis_types=(AxisType.Auto, AxisType.Auto))


@dataclass(slots=True)
class Sharded:
    """What a step keeps, on the devices. ``run`` takes steps; ``whole`` brings everything back."""

    step: TrainingStep
    sizes: Mapping[str, int]
    dtype: Any
    batch: str
    mesh: Mesh
    devices: Devices
    precision: Precision = "highest"
    least: int = LEAST_WIDTH
    kept: dict[str, jax.Array] = field(default_factory=dict[str, jax.Array], init=False)
    cuts: Mapping[str, int] = field(init=False)
    _gather: Callable[[dict[str, jax.Array]], dict[str, jax.Array]] = field(init=False)
    _runs: dict[int, Callable[..., Any]] = field(default_factory=dict[int, "Callable[..., Any]"], init=False)

    def __post_init__(self) -> None:
        self.dtype = np.dtype(self.dtype)
        dims = self.step.program.dims({**self.sizes, self.batch: self.mesh.data})
        self._gather = jax.jit(_same, out_shardings=NamedSharding(self.devices, Spec()))
        self.cuts = cuts_of(self.step, dims, self.mesh.model, self.least)

    # ------------------------------------------------------------------------------------------ what is kept

    def spec(self, name: str, rank: int) -> NamedSharding:
        """Where the parts of a parameter or a state lie."""
        axes: list[str | None] = [None] * rank
        if name in self.cuts:
            axes[self.cuts[name]] = MODEL
        return NamedSharding(self.devices, Spec(*axes))

    def put(self, values: Mapping[str, Array]) -> None:
        """Bring the values to the devices; each process has all of them."""
        with at(self.dtype, self.precision):
            for one in self.step.kept:
                self.kept[one.name] = self._placed(np.asarray(values[one.name], dtype=self.dtype), self.spec(one.name, len(one.shape)))

    @staticmethod
    def _placed(array: Array, where: NamedSharding) -> jax.Array:
        def part(index: Index | None) -> Array:
            return array[index or ...]

        return jax.make_array_from_callback(array.shape, where, part)

    def whole(self) -> dict[str, Array]:
        """The values as arrays; every process has to ask."""
        with at(self.dtype, self.precision):
            cut = {name: array for name, array in self.kept.items() if name in self.cuts}
            found = self.kept | (self._gather(cut) if cut else {})
            return {name: np.asarray(array.addressable_data(0)) for name, array in found.items()}

    # ------------------------------------------------------------------------------------------------- steps

    def run(self, data: Mapping[str, Rows], order: Order, rates: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """The steps whose rows stand in ``order`` (steps, batch); their losses. The samples come in pieces of bounded size."""
        losses: list[NDArray[np.float64]] = []
        length = self._length(data, order.shape[1]) if len(order) > 1 else 1
        for start in range(0, len(order), length):
            piece = slice(start, start + length)
            losses.append(self._piece(data, order[piece], rates[piece], first + start, length))
        return np.concatenate(losses) if losses else np.zeros(0)

    def _length(self, data: Mapping[str, Rows], batch: int) -> int:
        """Steps that there is room for in a piece, whether so many are asked for or not: so one program is compiled and not many."""
        samples = Samples.of(self.step, self.batch)
        row = sum(prod(data[name].shape) // max(1, data[name].shape[axis]) for name, axis in samples.axis.items()) * self.dtype.itemsize
        fits = max(1, PIECE * self.mesh.data // max(1, row * batch))
        return min(1 << (fits.bit_length() - 1), LEAST_ROOM)

    def _piece(self, data: Mapping[str, Rows], order: Order, rates: NDArray[np.float64], first: int, room: int) -> NDArray[np.float64]:
        samples, steps = Samples.of(self.step, self.batch), len(order)
        rows = padded(np.asarray(order), room)
        shared = order.shape[1] % self.mesh.data == 0
        with at(self.dtype, self.precision):
            batches = {name: self._samples(data[name], axis, rows, steps, shared) for name, axis in samples.axis.items()}
            everywhere = NamedSharding(self.devices, Spec())
            others = {name: self._placed(np.asarray(data[name], dtype=self.dtype), everywhere) for name in samples.others}
            numbers = (padded(np.asarray(rates, dtype=self.dtype), room), np.arange(first, first + room).astype(self.dtype), np.int32(steps))
            placed = [self._placed(np.asarray(one), everywhere) for one in numbers]
            self.kept, losses = self._program(order.shape[1])(self.kept, batches, others, *placed)
            return np.asarray(losses.addressable_data(0), dtype=np.float64)[:steps]

    def _samples(self, data: Rows, axis: int, rows: Order, steps: int, shared: bool) -> jax.Array:
        """(room, …, batch, …): of each step the samples, spread over the devices along ``data``; each process reads those of its own devices."""
        shape = (*data.shape[:axis], rows.shape[1], *data.shape[axis + 1 :])
        axes: list[str | None] = [None] * (1 + len(shape))
        if shared:
            axes[1 + axis] = DATA

        def part(index: Index | None) -> Array:
            assert index is not None
            mine = rows[:steps, index[1 + axis]]
            found = np.asarray(data[(slice(None),) * axis + (mine.ravel(),)] if axis else data[mine.ravel()], dtype=self.dtype)
            apart = found.reshape(*found.shape[:axis], *mine.shape, *found.shape[axis + 1 :])
            return padded(np.ascontiguousarray(np.moveaxis(apart, axis, 0)), len(rows))

        return jax.make_array_from_callback((len(rows), *shape), NamedSharding(self.devices, Spec(*axes)), part)

    def _program(self, batch: int) -> Callable[..., tuple[dict[str, jax.Array], jax.Array]]:
        """The compiled steps for batches of this size."""
        if batch not in self._runs:
            body = step_body(self.step, {**self.sizes, self.batch: batch}, self.dtype)
            where = {one.name: self.spec(one.name, len(one.shape)) for one in self.step.kept}

            def run(kept: Any, batches: Any, others: Any, rates: Any, counts: Any, steps: Any) -> Any:
                def one(kept: dict[str, Any], now: Any) -> tuple[dict[str, Any], Any]:
                    own, rate, count = now
                    kept, loss = body(kept, own | others, rate, count)
                    return {name: jax.lax.with_sharding_constraint(array, where[name]) for name, array in kept.items()}, loss

                return looped(one, kept, (batches, rates, counts), steps)

            self._runs[batch] = jax.jit(run, donate_argnums=0, out_shardings=(where, NamedSharding(self.devices, Spec())))
        return self._runs[batch]


def _same(arrays: dict[str, jax.Array]) -> dict[str, jax.Array]:
    return arrays
