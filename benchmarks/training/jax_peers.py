"""JAX: a whole round as one scan, and a jitted step at a time, each with its own autodiff and with gradients by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from session import Make
from workloads import RATE, Array, Workload


def _layers(workload: Workload, values: list[Any], x: Any) -> list[Any]:
    found = [x]
    for k in range(workload.layers):
        z = found[-1] @ values[2 * k] + values[2 * k + 1]
        last = k == workload.layers - 1 and not workload.squared
        found.append(z if last else jax.nn.relu(z) if workload.activation == "relu" else jnp.tanh(z))
    return found


def _loss(workload: Workload, values: list[Any], x: Any, t: Any) -> Any:
    output = _layers(workload, values, x)[-1]
    if workload.squared:
        return 0.5 * jnp.sum((output - t) ** 2) / len(t)
    return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(output), axis=1))


def gradients_by_hand(workload: Workload, values: list[Any], x: Any, t: Any) -> list[Any]:
    def slope(a: Any) -> Any:
        return (a > 0).astype(a.dtype) if workload.activation == "relu" else 1 - a * a

    a = _layers(workload, values, x)
    d = ((a[-1] - t) * slope(a[-1]) if workload.squared else jax.nn.softmax(a[-1]) - t) / len(t)
    found: list[Any] = []
    for k in reversed(range(workload.layers)):
        found = [a[k].T @ d, d.sum(axis=0), *found]
        if k:
            d = d @ values[2 * k].T * slope(a[k])
    return found


def _stepped(workload: Workload, hand: bool) -> Callable[[list[Any], Any, Any], list[Any]]:
    def step(values: list[Any], x: Any, t: Any) -> list[Any]:
        found = gradients_by_hand(workload, values, x, t) if hand else jax.grad(lambda w: _loss(workload, w, x, t))(values)
        return [w - RATE * g for w, g in zip(values, found)]

    return step


@dataclass(slots=True)
class Session:
    advance: Callable[[list[Any]], list[Any]]
    values: list[Any]

    def run(self, rounds: int) -> None:
        for _ in range(rounds):
            self.values = self.advance(self.values)
        jax.block_until_ready(self.values)

    def weights(self) -> list[Array]:
        return [np.asarray(one) for one in self.values]


def _make(hand: bool, scan: bool) -> Make:
    def make(workload: Workload, dtype: Any, threads: int) -> Session:
        jax.config.update("jax_enable_x64", dtype == np.float64)
        X, T = (jnp.asarray(one.reshape(workload.batches, workload.batch, -1)) for one in workload.data(dtype))
        step = _stepped(workload, hand)
        if scan:
            whole = jax.jit(lambda values: jax.lax.scan(lambda w, xt: (step(w, *xt), None), values, (X, T))[0], donate_argnums=0)
            return Session(whole, [jnp.asarray(one) for one in workload.weights(dtype)])
        jitted, pairs = jax.jit(step, donate_argnums=0), list(zip(X, T))

        def one_by_one(values: list[Any]) -> list[Any]:
            for x, t in pairs:
                values = jitted(values, x, t)
            return values

        return Session(one_by_one, [jnp.asarray(one) for one in workload.weights(dtype)])

    return make


if os.environ.get("BENCH_THREADS") == "1":  # read when XLA starts
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

SYSTEMS: dict[str, Make] = {
    "JAX scan, autodiff": _make(hand=False, scan=True),
    "JAX scan, by hand": _make(hand=True, scan=True),
    "JAX jit a step": _make(hand=False, scan=False),
}
