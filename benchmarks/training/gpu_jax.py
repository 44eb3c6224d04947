"""Steps on a GPU: byhand's JAX engine, and JAX with its gradients by hand."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from gpu_session import STEPS, Session, order_of
from jax_peers import gradients_by_hand
from workloads import RATE, Workload

from byhand.compile.engines.jax_engine import jax_machine
from byhand.compile.step import training_step
from byhand.rules.updates import GRADIENT_DESCENT
from byhand.train.model import model_of


def has_gpu() -> bool:
    return any(device.platform == "gpu" for device in jax.devices())


def ours(workload: Workload, products: Any) -> Session:
    model = model_of(workload.sheet(), workload.name)
    step = training_step(model.loss, model.derivation, model.parameters, GRADIENT_DESCENT)
    made = jax_machine(step, {model.batch: workload.batch}, np.float32, model.batch, precision=products)
    values = dict(zip([one.name for one in model.parameters], workload.weights(np.float32)))
    x, t = workload.data(np.float32)
    data, order, rates = {"X": x, "T": t}, order_of(workload), np.full(STEPS, RATE)

    def advance() -> None:
        made.epoch(values, data, order, rates, 1)

    return Session("byhand, JAX engine", advance, lambda: values["W1"])


def by_hand(workload: Workload, products: str) -> Session:
    x, t = (jnp.asarray(one) for one in workload.data(np.float32))
    order = jnp.asarray(order_of(workload).astype(np.int32))

    def step(values: Any, rows: Any) -> Any:
        found = gradients_by_hand(workload, values, x[rows], t[rows])
        return [w - RATE * g for w, g in zip(values, found)], None

    whole = jax.jit(lambda values: jax.lax.scan(step, values, order)[0], donate_argnums=0)
    held = [[jnp.asarray(one) for one in workload.weights(np.float32)]]

    def advance() -> None:
        with jax.default_matmul_precision(products):
            held[0] = jax.block_until_ready(whole(held[0]))

    return Session("JAX scan, by hand", advance, lambda: np.asarray(held[0][0]))
