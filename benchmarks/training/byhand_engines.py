"""byhand: the workload's own sheet, read, derived and run by each engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from session import Make
from workloads import RATE, Array, Workload

from byhand.compile.engines.choose import machine
from byhand.compile.engines.machine import Machine, Values
from byhand.compile.step import training_step
from byhand.rules.updates import GRADIENT_DESCENT
from byhand.train.model import model_of


@dataclass(slots=True)
class Session:
    machine: Machine
    values: Values
    data: dict[str, Array]
    order: Array
    rates: Array

    def run(self, rounds: int) -> None:
        for _ in range(rounds):
            self.machine.epoch(self.values, self.data, self.order, self.rates, 1)

    def weights(self) -> list[Array]:
        return list(self.values.values())


def _make(engine: str) -> Make:
    def make(workload: Workload, dtype: Any, threads: int) -> Session:
        model = model_of(workload.sheet(), workload.name)
        step = training_step(model.loss, model.derivation, model.parameters, GRADIENT_DESCENT)
        X, T = workload.data(dtype)
        order = np.arange(len(X), dtype=np.int64).reshape(workload.batches, workload.batch)
        values = dict(zip([one.name for one in model.parameters], workload.weights(dtype)))
        made = machine(step, {model.batch: workload.batch}, dtype, engine=engine, threads=threads)
        return Session(made, values, {"X": X, "T": T}, order, np.full(workload.batches, RATE))

    return make


SYSTEMS: dict[str, Make] = {"byhand, C engine": _make("c"), "byhand, NumPy engine": _make("numpy"), "byhand, JAX engine": _make("jax")}
