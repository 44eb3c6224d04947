"""The five networks, their data, initial weights and batches, and the float64 weights that every system must arrive at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
RATE = 0.05
CHECKED_STEPS = 10
"""Steps after which weights are compared with those of float64."""


@dataclass(frozen=True)
class Workload:
    """A network of dense layers and the data of its steps. Batches are consecutive rows, and begin again after the last one.

    ``squared``: half the squared error with an activation on the last layer too; otherwise the mean cross-entropy of logits.
    """

    name: str
    sizes: tuple[int, ...]
    activation: Literal["tanh", "relu"]
    batch: int
    batches: int
    squared: bool = False

    def data(self, dtype: Any) -> tuple[Array, Array]:
        draw = np.random.default_rng(1)
        rows = self.batch * self.batches
        X = draw.normal(size=(rows, self.sizes[0]))
        T = draw.uniform(-0.9, 0.9, size=(rows, self.sizes[-1])) if self.squared else np.eye(self.sizes[-1])[draw.integers(self.sizes[-1], size=rows)]
        return X.astype(dtype), T.astype(dtype)

    def weights(self, dtype: Any) -> list[Array]:
        """W1, b1, W2, b2, …; W has shape (inputs, outputs)."""
        draw = np.random.default_rng(2)
        found: list[Array] = []
        for inputs, outputs in zip(self.sizes, self.sizes[1:]):
            found += [draw.normal(size=(inputs, outputs), scale=1 / np.sqrt(inputs)), draw.normal(size=outputs, scale=0.1)]
        return [one.astype(dtype) for one in found]

    @property
    def layers(self) -> int:
        return len(self.sizes) - 1

    @property
    def flops(self) -> int:
        """Multiplications and additions of the products of one step: forward, and two backward but for the first layer."""
        forward = sum(2 * self.batch * a * b for a, b in zip(self.sizes, self.sizes[1:]))
        return 3 * forward - 2 * self.batch * self.sizes[0] * self.sizes[1]

    def sheet(self) -> str:
        """The network as a sheet."""
        letters = [f"W{k} : ({a}, {b})\nb{k} : ({b},)" for k, (a, b) in enumerate(zip(self.sizes, self.sizes[1:]), 1)]
        lines, last = [], "X"
        for k in range(1, self.layers + 1):
            lines.append(f"Z{k} = {last} @ W{k} + b{k}")
            last = f"Z{k}"
            if k < self.layers or self.squared:
                lines.append(f"A{k} = {self.activation}(Z{k})")
                last = f"A{k}"
        loss = f"L = 0.5 * sum(({last} - T)**2) / N" if self.squared else f"L = cross_entropy({last}, T)"
        facts = "" if self.squared else " one_hot"
        parameters = ", ".join(f"W{k}, b{k}" for k in range(1, self.layers + 1))
        given = "\n".join((f"X : (N, {self.sizes[0]})", f"T : (N, {self.sizes[-1]}){facts}", *letters, *lines, loss))
        return f"```byhand\n{given}\n```\n\n```byhand\nstep(L, [{parameters}], rate={RATE})\n```\n"


WORKLOADS = (
    Workload("W0", (4, 4, 3, 3), "tanh", 1, 2000, squared=True),
    Workload("W1", (64, 32, 10), "relu", 32, 50),
    Workload("W2", (784, 128, 10), "relu", 128, 16),
    Workload("W3", (784, 1024, 1024, 10), "relu", 512, 4),
    Workload("W4", (64, *[64] * 20, 10), "tanh", 64, 16),
)
BY_NAME = {one.name: one for one in WORKLOADS}


def trained(workload: Workload, steps: int) -> list[Array]:
    """The weights after so many steps, in float64, by formulas written out by hand."""
    X, T = workload.data(np.float64)
    weights = workload.weights(np.float64)
    for k in range(steps):
        rows = slice(k % workload.batches * workload.batch, (k % workload.batches + 1) * workload.batch)
        weights = [w - RATE * g for w, g in zip(weights, gradients(workload, weights, X[rows], T[rows]))]
    return weights


def gradients(workload: Workload, weights: list[Array], x: Array, t: Array) -> list[Array]:
    """Backpropagation as in a textbook, for this one kind of network."""
    relu = workload.activation == "relu"
    inputs, before, a = [], [], x
    for k in range(workload.layers):
        inputs.append(a)
        z = a @ weights[2 * k] + weights[2 * k + 1]
        before.append(z)
        a = (np.maximum(z, 0) if relu else np.tanh(z)) if k < workload.layers - 1 or workload.squared else z
    if workload.squared:
        d = (a - t) / len(x) * ((before[-1] > 0) if relu else 1 - a**2)
    else:
        e = np.exp(a - a.max(axis=1, keepdims=True))
        d = (e / e.sum(axis=1, keepdims=True) - t) / len(x)
    found: list[Array] = []
    for k in reversed(range(workload.layers)):
        found = [inputs[k].T @ d, d.sum(axis=0), *found]
        if k:
            d = d @ weights[2 * k].T * ((before[k - 1] > 0) if relu else 1 - inputs[k] ** 2)
    return found


def difference(found: list[Array], wanted: list[Array]) -> float:
    """The largest difference of an entry, against the largest entry of its array."""
    return max(float(np.abs(np.asarray(a, dtype=np.float64) - b).max() / np.abs(b).max()) for a, b in zip(found, wanted))
