"""Numba: the loop over layers compiled, its products by BLAS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numba.typed import List
from session import Make
from workloads import RATE, Array, Workload


@numba.njit(fastmath=True)
def _round(X: Array, T: Array, W: Any, b: Any, batch: int, relu: bool, squared: bool, rate: Any) -> None:
    last = len(W) - 1
    for start in range(0, X.shape[0], batch):
        x, t = X[start : start + batch], T[start : start + batch]
        a = [x]
        for k in range(len(W)):
            z = np.dot(a[k], W[k])
            for i in range(z.shape[0]):
                for j in range(z.shape[1]):
                    value = z[i, j] + b[k][j]
                    z[i, j] = (max(value, value * 0) if relu else np.tanh(value)) if k < last or squared else value
            a.append(z)
        d = a[last + 1] - t
        for i in range(batch):
            if squared:
                for j in range(d.shape[1]):
                    out = a[last + 1][i, j]
                    d[i, j] *= (out > 0 if relu else 1 - out * out) / batch
            else:
                top = a[last + 1][i].max()
                total = np.exp(a[last + 1][i] - top).sum()
                for j in range(d.shape[1]):
                    d[i, j] = (np.exp(a[last + 1][i, j] - top) / total - t[i, j]) / batch
        for back in range(len(W)):
            k = last - back
            g = np.dot(a[k].T, d)
            below = d
            if k > 0:
                below = np.dot(d, W[k].T)
                for i in range(batch):
                    for j in range(below.shape[1]):
                        out = a[k][i, j]
                        below[i, j] *= out > 0 if relu else 1 - out * out
            W[k] -= rate * g
            for j in range(d.shape[1]):
                b[k][j] -= rate * d[:, j].sum()
            d = below


@dataclass(slots=True)
class Session:
    workload: Workload
    X: Array
    T: Array
    W: Any
    b: Any

    def run(self, rounds: int) -> None:
        for _ in range(rounds):
            _round(self.X, self.T, self.W, self.b, self.workload.batch, self.workload.activation == "relu", self.workload.squared, self.X.dtype.type(RATE))

    def weights(self) -> list[Array]:
        return [one for pair in zip(self.W, self.b) for one in pair]


def session(workload: Workload, dtype: Any, threads: int) -> Session:
    values = workload.weights(dtype)
    return Session(workload, *workload.data(dtype), List(values[::2]), List(values[1::2]))


SYSTEMS: dict[str, Make] = {"Numba": session}
