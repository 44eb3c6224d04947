"""Plain NumPy by hand: as one writes it first, and as one writes it for speed, in place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from session import Make
from workloads import RATE, Array, Workload, gradients


@dataclass(slots=True)
class Naive:
    """The textbook's formulas, one temporary array after another."""

    workload: Workload
    X: Array
    T: Array
    values: list[Array]

    def run(self, rounds: int) -> None:
        rate = self.X.dtype.type(RATE)
        for _ in range(rounds):
            for start in range(0, len(self.X), self.workload.batch):
                rows = slice(start, start + self.workload.batch)
                found = gradients(self.workload, self.values, self.X[rows], self.T[rows])
                self.values = [(w - rate * g).astype(self.X.dtype, copy=False) for w, g in zip(self.values, found)]

    def weights(self) -> list[Array]:
        return self.values


@dataclass(slots=True)
class InPlace:
    """Every array is made once; all functions write into it."""

    workload: Workload
    X: Array
    T: Array
    values: list[Array]
    a: list[Array] = field(init=False)
    d: list[Array] = field(init=False)
    g: list[Array] = field(init=False)
    mask: list[Array] = field(init=False)
    row: Array = field(init=False)

    def __post_init__(self) -> None:
        batch, dtype = self.workload.batch, self.X.dtype
        self.a = [np.empty((batch, size), dtype) for size in self.workload.sizes[1:]]
        self.d = [np.empty((batch, size), dtype) for size in self.workload.sizes[1:]]
        self.mask = [np.empty((batch, size), bool if self.workload.activation == "relu" else dtype) for size in self.workload.sizes[1:]]
        self.g = [np.empty_like(w) for w in self.values]
        self.row = np.empty((batch, 1), dtype)

    def run(self, rounds: int) -> None:
        for _ in range(rounds):
            for start in range(0, len(self.X), self.workload.batch):
                self._step(self.X[start : start + self.workload.batch], self.T[start : start + self.workload.batch])

    def _step(self, x: Array, t: Array) -> None:
        work, last, relu = self.workload, self.workload.layers - 1, self.workload.activation == "relu"
        a, d, W, b = self.a, self.d, self.values[::2], self.values[1::2]
        for k in range(work.layers):
            np.matmul(a[k - 1] if k else x, W[k], out=a[k])
            a[k] += b[k]
            if k < last or work.squared:
                np.maximum(a[k], 0, out=a[k]) if relu else np.tanh(a[k], out=a[k])
        if work.squared:
            np.subtract(a[last], t, out=d[last])
            self._slope(last)
        else:
            a[last] -= a[last].max(axis=1, keepdims=True, out=self.row)
            np.exp(a[last], out=a[last])
            a[last] /= a[last].sum(axis=1, keepdims=True, out=self.row)
            np.subtract(a[last], t, out=d[last])
        d[last] *= d[last].dtype.type(1 / work.batch)
        rate = d[last].dtype.type(RATE)
        for k in reversed(range(work.layers)):
            np.matmul((a[k - 1] if k else x).T, d[k], out=self.g[2 * k])
            d[k].sum(axis=0, out=self.g[2 * k + 1])
            if k:
                np.matmul(d[k], W[k].T, out=d[k - 1])
                self._slope(k - 1)
            for w, g in ((W[k], self.g[2 * k]), (b[k], self.g[2 * k + 1])):
                g *= rate
                w -= g

    def _slope(self, k: int) -> None:
        """d ← d ⊙ f′(z), from the activation itself."""
        if self.workload.activation == "relu":
            np.greater(self.a[k], 0, out=self.mask[k])
        else:
            np.multiply(self.a[k], self.a[k], out=self.mask[k])
            np.subtract(1, self.mask[k], out=self.mask[k])
        self.d[k] *= self.mask[k]

    def weights(self) -> list[Array]:
        return self.values


def naive(workload: Workload, dtype: Any, threads: int) -> Naive:
    return Naive(workload, *workload.data(dtype), workload.weights(dtype))


def in_place(workload: Workload, dtype: Any, threads: int) -> InPlace:
    return InPlace(workload, *workload.data(dtype), workload.weights(dtype))


SYSTEMS: dict[str, Make] = {"NumPy by hand, naive": naive, "NumPy by hand, in place": in_place}
