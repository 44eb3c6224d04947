"""The step of training made ready for batches: a full one, and what is left over at the end of an epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from byhand.compile.engines.choose import machine
from byhand.compile.engines.machine import Machine
from byhand.compile.step import TrainingStep, training_step
from byhand.run.arrays import Array
from byhand.train.model.model import Model
from byhand.train.run.clipping import clipped
from byhand.train.run.settings import Settings

Make: TypeAlias = "Callable[..., Machine]"
"""What makes a machine: ``compile.engines.choose.machine``, or something with its arguments."""


def step_of(model: Model, settings: Settings) -> TrainingStep:
    """The formulas of one step: those of the derivation, of the clipping if there is any, and of the update rule."""
    derivation = model.derivation
    if settings.clip_norm is not None:
        derivation = clipped(derivation, model.parameters, Fraction(repr(float(settings.clip_norm))))
    return training_step(model.loss, derivation, model.parameters, settings.update_rule, settings.hyperparameters())


def states_of(step: TrainingStep, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """What the update rule remembers, before the first step."""
    return {one.variable.name: np.full_like(parameters[one.parameter.name], float(one.start)) for one in step.states}


@dataclass(slots=True)
class Machines:
    """Machines for several batch sizes; they change the same values."""

    model: Model
    step: TrainingStep
    sizes: Mapping[str, int]
    settings: Settings
    make: Make = machine
    made: dict[int, Machine] = field(default_factory=dict[int, Machine])

    def of(self, batch: int) -> Machine:
        """The machine for batches of so many samples."""
        if batch not in self.made:
            sizes = {**self.sizes, self.model.batch: batch}
            self.made[batch] = self.make(self.step, sizes, np.dtype(self.settings.dtype), self.settings.engine, self.settings.threads, self.model.batch)
        return self.made[batch]

    @property
    def engine_name(self) -> str:
        """What runs the steps; nothing where there was no step yet."""
        return next((one.engine for one in self.made.values()), "")
