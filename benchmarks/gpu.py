"""Microseconds of a training step on a GPU: byhand's JAX engine beside JAX and PyTorch by hand.

    python benchmarks/gpu.py [--workloads W3,wide] [--products highest] [--repeat 10]

Plain gradient descent in float32; the samples are on the device, and batches are picked there. Each system starts from the same weights, which
are compared after the first steps. Repetitions are interleaved; what is printed is the least time, and its ratio to byhand's. Where
there is no GPU it says so and ends well.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from report import table

sys.path.insert(0, str(Path(__file__).parent / "training"))
from workloads import BY_NAME, RATE, Workload

WIDE = Workload("wide", (1024, 4096, 4096, 4096, 10), "relu", 1024, 4)
WORKLOADS = {"W3": BY_NAME["W3"], "wide": WIDE}
STEPS = 64
"""Steps of one repetition."""


@dataclass
class Session:
    """``advance`` takes STEPS steps and waits for them; ``first_weight`` is W1 as it is now."""

    system: str
    advance: Callable[[], None]
    first_weight: Callable[[], Any]


def has_gpu() -> bool:
    if find_spec("jax") is None:
        return False
    import jax

    return any(device.platform == "gpu" for device in jax.devices())


def order_of(workload: Workload) -> Any:
    rows = np.arange(workload.batch * workload.batches, dtype=np.int64).reshape(workload.batches, workload.batch)
    return rows[np.arange(STEPS) % workload.batches]


def byhand_session(workload: Workload, products: str) -> Session:
    from byhand.compile.engines.jax_engine import jax_machine
    from byhand.compile.step import training_step
    from byhand.rules.updates import GRADIENT_DESCENT
    from byhand.train.model import model_of

    model = model_of(workload.sheet(), workload.name)
    step = training_step(model.loss, model.derivation, model.parameters, GRADIENT_DESCENT)
    made = jax_machine(step, {model.batch: workload.batch}, np.float32, model.batch, precision=products)
    values = dict(zip([one.name for one in model.parameters], workload.weights(np.float32)))
    x, t = workload.data(np.float32)
    order, rates = order_of(workload), np.full(STEPS, RATE)
    return Session("byhand, JAX engine", lambda: (made.epoch(values, {"X": x, "T": t}, order, rates, 1), None)[1], lambda: values["W1"])


def jax_session(workload: Workload, products: str) -> Session:
    import jax
    import jax.numpy as jnp
    from jax_peers import _by_hand

    x, t = (jnp.asarray(one) for one in workload.data(np.float32))
    order = jnp.asarray(order_of(workload).astype(np.int32))

    def step(values: Any, rows: Any) -> Any:
        found = _by_hand(workload, values, x[rows], t[rows])
        return [w - RATE * g for w, g in zip(values, found)], None

    whole = jax.jit(lambda values: jax.lax.scan(step, values, order)[0], donate_argnums=0)
    held = [[jnp.asarray(one) for one in workload.weights(np.float32)]]

    def advance() -> None:
        with jax.default_matmul_precision(products):
            held[0] = jax.block_until_ready(whole(held[0]))

    return Session("JAX scan, by hand", advance, lambda: np.asarray(held[0][0]))


def torch_session(workload: Workload, products: str) -> Session:
    import torch

    torch.backends.cuda.matmul.allow_tf32 = products != "highest"
    x, t = (torch.from_numpy(one).cuda() for one in workload.data(np.float32))
    order = torch.from_numpy(order_of(workload)).cuda()
    values = [torch.from_numpy(one).cuda() for one in workload.weights(np.float32)]

    def step(rows: Any) -> None:
        a = [x[rows]]
        for k in range(workload.layers):
            z = torch.addmm(values[2 * k + 1], a[-1], values[2 * k])
            a.append(z if k == workload.layers - 1 else torch.relu(z))
        d = (torch.softmax(a[-1], 1) - t[rows]).mul_(1 / workload.batch)
        for k in reversed(range(workload.layers)):
            below = torch.mm(d, values[2 * k].T).mul_(a[k] > 0) if k else d
            values[2 * k].addmm_(a[k].T, d, alpha=-RATE)
            values[2 * k + 1].sub_(d.sum(0), alpha=RATE)
            d = below

    def advance() -> None:
        with torch.no_grad():
            for rows in order:
                step(rows)
        torch.cuda.synchronize()

    return Session("PyTorch, by hand", advance, lambda: values[0].cpu().numpy())


def sessions(workload: Workload, products: str) -> list[Session]:
    found = [byhand_session(workload, products), jax_session(workload, products)]
    if find_spec("torch") is not None:
        import torch

        if torch.cuda.is_available():
            found.append(torch_session(workload, products))
    return found


def measured(workload: Workload, products: str, repeat: int) -> list[list[str]]:
    """A row for each system."""
    systems = sessions(workload, products)
    for one in systems:
        one.advance()
    wanted = systems[0].first_weight()
    gaps = [float(np.abs(one.first_weight() - wanted).max() / np.abs(wanted).max()) for one in systems]
    times: list[list[float]] = [[] for _ in systems]
    for _ in range(repeat):
        for one, seen in zip(systems, times):
            begun = time.perf_counter()
            one.advance()
            seen.append((time.perf_counter() - begun) / STEPS * 1e6)
    least = [min(seen) for seen in times]
    return [[workload.name, one.system, f"{mine:.1f}", f"{mine / least[0]:.2f}", f"{gap:.1e}"] for one, mine, gap in zip(systems, least, gaps)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", default="W3,wide")
    parser.add_argument("--products", default="highest", choices=["highest", "tensorfloat32", "bfloat16"])
    parser.add_argument("--repeat", type=int, default=10)
    given = parser.parse_args()
    if not has_gpu():
        print("No GPU that JAX can use is found here: nothing is timed.")
        return
    card = subprocess.run(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, check=False)
    print(f"{card.stdout.strip() or 'a GPU'}; products: {given.products}; microseconds a step, the least of {given.repeat} times {STEPS} steps")
    rows = [row for name in given.workloads.split(",") for row in measured(WORKLOADS[name], given.products, given.repeat)]
    print(table(["network", "system", "µs", "ratio", "W1 off by"], rows))


if __name__ == "__main__":
    main()
