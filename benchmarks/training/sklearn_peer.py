"""scikit-learn's MLPClassifier, with the weights and batches of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from session import Make, NotThis
from sklearn.neural_network import MLPClassifier
from workloads import RATE, Array, Workload


@dataclass(slots=True)
class Session:
    model: MLPClassifier
    X: Array
    y: Array

    def run(self, rounds: int) -> None:
        for _ in range(rounds):
            self.model.partial_fit(self.X, self.y)

    def weights(self) -> list[Array]:
        return [one for pair in zip(self.model.coefs_, self.model.intercepts_) for one in pair]


def classifier(workload: Workload, dtype: Any, threads: int) -> Session:
    if workload.squared:
        raise NotThis("its regressor has no activation on the last layer")
    X, T = workload.data(dtype)
    model = MLPClassifier(
        workload.sizes[1:-1],
        activation=workload.activation,
        solver="sgd",
        alpha=0,
        batch_size=workload.batch,
        momentum=0,
        shuffle=False,
        learning_rate_init=RATE,
    )
    session = Session(model, X, T.argmax(axis=1))
    model.partial_fit(X, session.y, classes=np.arange(workload.sizes[-1]))
    values = workload.weights(dtype)
    for mine, given in zip((*model.coefs_, *model.intercepts_), (*values[::2], *values[1::2])):
        mine[...] = given
    return session


SYSTEMS: dict[str, Make] = {"scikit-learn": classifier}
