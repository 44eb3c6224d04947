"""What is said of a run that diverged: where, and with which learning rates it would not have.

The bound is derived (``curvature``, ``stability``) at the last good parameters, on batches of the epoch in which it happened; then it
is tried: the same epoch is run again from there with a smaller rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from time import perf_counter

import numpy as np

from byhand.compile.engines.choose import runner
from byhand.compile.engines.machine import Order
from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.train.data.source import Chunk
from byhand.train.diverged.curvature import Curvature
from byhand.train.diverged.stability import Frozen, stable_below
from byhand.train.model.sample import places
from byhand.train.run.loop import EXPLODED, Diverging, Run

_BATCHES, _STEPS, _SECONDS, _HALVINGS = 4, 10, 6.0, 8


def diverged(run: Run, found: Diverging) -> str:
    """One sentence or two; the run is taken back to the last good parameters."""
    run.back_to_good()
    epoch = run.position.epoch + 1
    at = f"at the weights of epoch {epoch - 1}" if epoch > 1 else "at the first weights"
    kept = f"The weights of epoch {epoch - 1} are kept." if epoch > 1 else "The weights are as they were at the start."
    given = run.settings.learning_rate
    said = f"diverged in epoch {found.epoch}, step {found.step} (loss {_loss(found.loss)})"
    trial = _Trial.of(run)
    if not trial.begins_well():
        return f"{said}: the loss is no finite number {at} already, whatever the learning rate; look for log(0), a division by 0 or very large features. {kept}"
    bound = trial.bound()
    calm = trial.calm(min(bound, given))
    rule = run.settings.update_rule.name
    tried = f"with {calm:.2g} the epoch from there does not diverge" if calm else "no smaller rate that was tried gets through the epoch from there"
    if bound < given:
        return f"{said}: {at} {rule} needs a learning rate below {bound:.2g}, and {given:g} was given; {tried}. {kept}"
    allowed = f"would allow rates below {bound:.2g}" if isfinite(bound) else "sets no bound"
    return f"{said}: {at} its curvature {allowed}, but the loss gets steeper on the way; {given:g} was given, and {tried}. {kept}"


def _loss(value: float) -> str:
    return f"{value:.3g}" if isfinite(value) else "not a number" if value != value else "infinite"


@dataclass(frozen=True, slots=True)
class _Trial:
    """The first samples of the epoch in which a run diverged. ``order`` are its full batches, (steps, batch)."""

    run: Run
    chunk: Chunk
    order: Order

    @classmethod
    def of(cls, run: Run) -> _Trial:
        rows = run.ready.rows
        chunk = next(iter(run.ready.source.chunks(run.settings.seed, run.position.epoch, run.settings.batch_of(rows))))
        return cls(run, chunk, chunk.order.steps)

    def _steps(self, values: dict[str, Array], rate: float, most: int, seconds: float = float("inf")) -> Iterator[Array]:
        """The losses of the first steps from these values, which change, call by call."""
        engine = self.run.machines.of(self.order.shape[1])
        first, until, at = self.run.position.epoch * self.run.steps + 1, perf_counter() + seconds, 0
        while at < min(most, len(self.order)) and perf_counter() < until:
            count = min(_STEPS, len(self.order) - at)
            yield engine.epoch(values, self.chunk.arrays, self.order[at : at + count], np.full(count, rate), first + at)
            at += count

    def _copies(self) -> dict[str, Array]:
        return {name: array.copy() for name, array in self.run.values.items()}

    def begins_well(self) -> bool:
        """Whether the losses are finite while nothing is learned."""
        return all(np.isfinite(losses).all() for losses in self._steps(self._copies(), 0.0, _STEPS))

    def bound(self) -> float:
        """The learning rate from which steps of the rule no longer die out, for the steepest of some batches; ``inf`` if none is found."""
        run = self.run
        values = self._copies()
        for _ in self._steps(values, 0.0, _STEPS):  # what measures the gradients measures them here
            pass
        count = run.position.epoch * run.steps + min(_STEPS, len(self.order))
        frozen = Frozen.of(run.settings.update_rule, run.settings.hyperparameters())
        curvature = 1.0 if frozen.rule.direction is not None else self._steepest(values, self._scales(frozen, values, count))
        return stable_below(frozen, curvature, count)

    def _scales(self, frozen: Frozen, values: Mapping[str, Array], count: int) -> dict[str, Array]:
        """P of every parameter."""
        found: dict[str, Array] = {}
        kept = [one.name for one in frozen.rule.states if one.measures]
        for parameter in self.run.step.parameters:
            own = [one.variable.name for one in self.run.step.states if one.parameter is parameter]
            measured = {name: values[variable].ravel() for name, variable in zip([one.name for one in frozen.rule.states], own) if name in kept}
            scale = frozen.scale({name: np.asarray(one, dtype=np.float64) for name, one in measured.items()}, count)
            found[parameter.name] = np.broadcast_to(scale, values[parameter.name].size).reshape(values[parameter.name].shape)
        return found

    def _steepest(self, values: Mapping[str, Array], scales: dict[str, Array]) -> float:
        """The largest eigenvalue over some batches; NaN where it cannot be worked out."""
        run = self.run
        try:
            curvature = Curvature.of(run.ready.model.derivation, run.step.parameters)
            sizes = {**run.ready.sizes, run.ready.model.batch: self.order.shape[1]}
            work = runner(curvature.program, sizes, np.dtype(np.float64), run.settings.engine, run.settings.threads)
        except ByhandError:
            return float("nan")
        numbers = {name: np.asarray(array, dtype=np.float64) for name, array in values.items()}
        found = [curvature.largest(work, {**numbers, **self._batch(rows)}, scales, _SECONDS / _BATCHES) for rows in self.order[:_BATCHES]]
        return max((one for one in found if isfinite(one)), default=float("nan"))

    def _batch(self, rows: Array) -> dict[str, Array]:
        """These samples of all data."""
        model = self.run.ready.model
        shapes = {one.name: one.shape for one in model.variables}
        found: dict[str, Array] = {}
        for name, array in self.chunk.arrays.items():
            along = places(shapes[name], model.batch) if name in shapes else ()
            found[name] = np.asarray(array.take(rows, along[0]) if along else array, dtype=np.float64)
        return found

    def calm(self, from_: float) -> float | None:
        """A rate, a share of this one, with which the same epoch goes well, as far as there is time to try."""
        rate = from_ * 0.9 if isfinite(from_) else self.run.settings.learning_rate / 2
        for _ in range(_HALVINGS):
            if self._survives(rate):
                return rate
            rate /= 2
        return None

    def _survives(self, rate: float) -> bool:
        values, first = self._copies(), float("nan")
        for losses in self._steps(values, rate, len(self.order), _SECONDS / _HALVINGS):
            first = float(losses[0]) if first != first else first
            if not np.isfinite(losses).all() or float(losses[-1]) > 10 * abs(first) * min(10.0, EXPLODED):
                return False
        return all(np.isfinite(array).all() for array in values.values())
