"""Training: epochs of steps on shuffled batches, noted, saved, and stopped where that is due.

The loop itself works out nothing: each step is the program of ``compile.step``, run by an engine for many steps at a time. What the next
step depends on is in ``values`` and ``position`` alone, so a run that is saved there and goes on later comes to the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Literal, TypeAlias

import numpy as np

from byhand.compile.engines.machine import Order
from byhand.compile.step import TrainingStep
from byhand.run.arrays import Array
from byhand.train.data.source import Source
from byhand.train.run.checkpoint import Checkpoint, Position, write
from byhand.train.run.events import Going, Report, Saved, Trouble, silent
from byhand.train.run.files import why
from byhand.train.run.history import Epoch
from byhand.train.run.interrupts import Interrupts
from byhand.train.run.judge import PIECE, Arrays, Judge, Verdict
from byhand.train.run.machines import Machines, Make, machine, states_of, step_of
from byhand.train.run.ready import Ready
from byhand.train.run.settings import Settings
from byhand.train.schedules import Planned
from byhand.train.schedules.schedule import Floats

CALL = 0.1
"""Seconds that one call of the engine should take: so often there is news, and Ctrl-C is heard."""
SECOND = 1.0
EXPLODED = 1e4
"""A loss so many times the first one will not come back."""
Stopped: TypeAlias = Literal["done", "patience", "interrupted", "diverged"]


@dataclass(frozen=True, slots=True)
class Saving:
    """Where checkpoints go, and after how many epochs, which may be a part of one; ``None`` is one, but at most once a second."""

    path: Path
    every: float | None = None


class Diverging(Exception):
    """The loss is no number any more, or far too large; caught where the message is made."""

    def __init__(self, loss: float, epoch: int, step: int) -> None:
        super().__init__(loss)
        self.loss, self.epoch, self.step = loss, epoch, step


@dataclass(slots=True)
class Run:
    """A run under way. ``good`` are the values after the epoch with the lowest loss, ``best`` its parameters, where they are kept.

    ``lowest`` is the lowest loss of an epoch, ``threshold`` the last one that was lower by ``min_delta``, ``waited`` the epochs since then.
    """

    ready: Ready
    settings: Settings
    step: TrainingStep
    machines: Machines
    judge: Judge
    plan: Planned
    values: dict[str, Array]
    saving: Saving | None = None
    report: Report = silent
    position: Position = field(default_factory=Position)
    history: list[Epoch] = field(default_factory=list[Epoch])
    best: dict[str, Array] = field(default_factory=dict[str, Array])
    good: dict[str, Array] = field(default_factory=dict[str, Array])
    stopped: Stopped = "done"
    pace: float = 0.0
    saved: float = 0.0
    lowest: float | None = None
    lowest_good: float = float("inf")
    good_epochs: int = 0
    threshold: float | None = None
    waited: int = 0

    @classmethod
    def of(
        cls, ready: Ready, settings: Settings, first: Arrays, saving: Saving | None, report: Report, make: Make = machine, step: TrainingStep | None = None
    ) -> Run:
        """A run before its first step, from these parameters."""
        step = step_of(ready.model, settings) if step is None else step
        machines = Machines(ready.model, step, ready.sizes, settings, make)
        judge = Judge.of(ready.plain, ready.sizes, settings.dtype, settings.engine, settings.threads)
        values = {name: np.array(array, dtype=settings.dtype, order="C") for name, array in first.items()}
        return cls(ready, settings, step, machines, judge, settings.plan, values | states_of(step, values), saving, report)

    def go_on_from(self, saved: Checkpoint) -> None:
        """Take everything from a checkpoint."""
        self.values = {name: np.array(saved.values[name], order="C") for name in self.values}
        for epoch in saved.history:
            self._noted(epoch)
        self.position = saved.position
        self.best = {name: np.array(array) for name, array in saved.best.items()}

    # ------------------------------------------------------------------------------------------------ epochs

    @property
    def epochs(self) -> int:
        """All epochs of the run."""
        return self.settings.epochs or 0

    @property
    def steps(self) -> int:
        """The steps of one epoch, a smaller last batch included."""
        return -(-self.ready.rows // self.settings.batch_of(self.ready.rows))

    def go(self) -> None:
        """All epochs that are left; ``Diverging`` with everything as it was before the epoch in which that happens."""
        self.save()
        self._is_good()
        with Interrupts() as interrupts:
            while self.position.epoch < self.epochs and not self._patience_is_over():
                if not self._epoch(interrupts):
                    self.stopped = "interrupted"
                    break
        if self.stopped == "done" and self._patience_is_over():
            self.stopped = "patience"

    def _patience_is_over(self) -> bool:
        return self.settings.patience is not None and self.waited >= self.settings.patience

    def _noted(self, epoch: Epoch) -> bool:
        """Add an epoch to the history; whether it is the best so far."""
        best = self.lowest is None or epoch.judged < self.lowest
        better = self.threshold is None or epoch.judged < self.threshold - self.settings.min_delta
        self.history.append(epoch)
        self.lowest = epoch.judged if best else self.lowest
        self.threshold, self.waited = (epoch.judged, 0) if better else (self.threshold, self.waited + 1)
        return best

    def _epoch(self, interrupts: Interrupts) -> bool:
        """The rest of one pass over the samples; whether it came to its end."""
        epoch, begun = self.position.epoch, perf_counter()
        judged = [one.judged for one in self.history] if self.plan.schedule.watches else []
        rates = self.plan.rates(self.settings.learning_rate, epoch, self.steps, self.epochs, judged)
        for chunk in self.ready.source.chunks(self.settings.seed, epoch, self.settings.batch_of(self.ready.rows), self.position.step):
            for order in (chunk.order.steps, chunk.order.rest[None, :]):
                if order.size and not interrupts.asked:
                    self._part(chunk.arrays, order, rates, self.position.step, interrupts)
                if interrupts.asked and self.position.step < self.steps:
                    self.save()
                    return False
        self._end_of_epoch(float(rates[-1]), perf_counter() - begun)
        return True

    def _part(self, data: Arrays, order: Order, rates: Floats, done: int, interrupts: Interrupts) -> None:
        """Steps on batches of one size, call by call. ``done``: the steps of this epoch before them."""
        engine = self.machines.of(order.shape[1])
        while (at := self.position.step - done) < len(order) and not interrupts.asked:
            count = self._call_length(len(order) - at)
            first = self.position.epoch * self.steps + self.position.step
            begun = perf_counter()
            losses = engine.epoch(self.values, data, order[at : at + count], rates[done + at : done + at + count], first + 1)
            self.pace = (perf_counter() - begun) / count
            self._note(losses, order.shape[1])
            if self._save_is_due() and self.position.step < self.steps:
                self.save()

    def _call_length(self, left: int) -> int:
        """Steps of the next call: as many as take about a tenth of a second, and none beyond the next checkpoint."""
        count = max(1, int(CALL / self.pace)) if self.pace else 4
        if self.saving is not None:
            interval = self._interval()
            count = min(count, interval - self._number() % interval)
        return min(count, left)

    def _number(self) -> int:
        return self.position.epoch * self.steps + self.position.step

    def _interval(self) -> int:
        assert self.saving is not None
        return max(1, round((self.saving.every or 1.0) * self.steps))

    def _save_is_due(self) -> bool:
        if self.saving is None or self._number() % self._interval():
            return False
        return self.saving.every is not None or perf_counter() - self.saved > SECOND or self._number() == self.epochs * self.steps

    def _note(self, losses: Array, batch: int) -> None:
        """Add up the losses, one after another whatever the length of the call; ``Diverging`` where they show it."""
        before = self.position
        last = float(losses[-1])
        if not np.isfinite(losses).all() or last > EXPLODED * self._first_loss(float(losses[0])):
            worst = losses[~np.isfinite(losses)]
            raise Diverging(float(worst[0]) if len(worst) else last, before.epoch + 1, before.step + len(losses))
        if not self.history and self.lowest_good == float("inf"):
            self.lowest_good = 2 * abs(float(losses[0]))  # an epoch that ends higher than the run began is none to come back to
        parts = losses * batch
        parts[0] += before.loss
        total = float(parts.cumsum()[-1])
        self.position = replace(before, step=before.step + len(losses), loss=total, examples=before.examples + batch * len(losses))
        self.report(Going(before.epoch + 1, self.position.step, self.steps, last, self.position.examples))

    def _first_loss(self, now: float) -> float:
        """The loss that others are compared with: that of the first epoch, or what is known of it."""
        if self.history:
            return max(abs(self.history[0].loss), 1e-300)
        known = self.position.loss / self.position.examples if self.position.examples else now
        return abs(known) or float("inf")

    def _end_of_epoch(self, rate: float, seconds: float) -> None:
        position = self.position
        verdict = None if self.ready.held is None else self._judged(self.ready.held)
        if not all(map(_finite, self.values.values())) or (verdict is not None and not isfinite(verdict.loss)):
            raise Diverging(float("nan") if verdict is None else verdict.loss, position.epoch + 1, position.step)
        epoch = Epoch(
            number=position.epoch + 1,
            loss=position.loss / position.examples,
            validation_loss=None if verdict is None else verdict.loss,
            score=None if verdict is None else verdict.score,
            rate=rate,
            seconds=seconds,
            examples=position.examples,
        )
        self.position = Position(position.epoch + 1)
        if self._noted(epoch) and self.settings.patience is not None:
            self.best = {one.name: self.values[one.name].copy() for one in self.step.parameters}
        if epoch.judged <= self.lowest_good:
            self._is_good()
        self.report(epoch)
        if self._save_is_due():
            self.save()

    def _judged(self, held: Source) -> Verdict:
        return self.judge(self.values, held.in_order(PIECE))

    def _is_good(self) -> None:
        """The values as they are now are those to come back to."""
        if not self.position.step:
            self.good, self.good_epochs = {name: array.copy() for name, array in self.values.items()}, len(self.history)
            self.lowest_good = self.history[-1].judged if self.history else float("inf")

    def back_to_good(self) -> None:
        """Everything as it was after the epoch with the lowest loss, or at the start."""
        for name, array in self.good.items():
            self.values[name][...] = array
        del self.history[self.good_epochs :]
        self.position = Position(self.good_epochs)

    # --------------------------------------------------------------------------------------------- the file

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.settings, self.position, tuple(self.history), self.values, self.best, self.ready.about, self.ready.scales)

    def save(self) -> None:
        """Write a checkpoint; if that fails training goes on, and says so: the file from before is there still."""
        if self.saving is None:
            return
        try:
            write(self.saving.path, self.checkpoint())
        except OSError as error:
            self.report(Trouble(f"cannot save the checkpoint to {self.saving.path}: {why(error)}; what it had before is there still, and training goes on."))
        else:
            self.report(Saved(self.saving.path))
        self.saved = perf_counter()


def _finite(array: Array) -> bool:
    """Whether all numbers are; the sum of squares, where it is one, shows it at once."""
    return isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())
