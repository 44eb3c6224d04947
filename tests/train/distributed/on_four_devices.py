"""Run by a test in a process of its own, where the host counts as four devices: prints how far each mesh is from one device."""

from __future__ import annotations

import json

import jax

jax.config.update("jax_num_cpu_devices", 4)

import numpy as np  # noqa: E402

from byhand.compile.engines.jax_engine import jax_machine  # noqa: E402
from byhand.rules.updates import BY_NAME  # noqa: E402
from byhand.train.distributed.mesh import Mesh  # noqa: E402
from byhand.train.distributed.sharded import Sharded, devices_of  # noqa: E402
from support.networks import network, started, step_of  # noqa: E402

RUNS = (
    ("gradient_descent", "float64", (Mesh(1, 1), Mesh(2, 1), Mesh(4, 1), Mesh(1, 2), Mesh(2, 2))),
    ("adam", "float32", (Mesh(2, 2),)),
)


def distances(rule: str, dtype: str, meshes: tuple[Mesh, ...]) -> dict[str, float]:
    """The largest difference of a loss or a parameter after steps in batches of 8 and one of 3, relative to the largest entry."""
    loss, parameters, data = network([6, 16, 16, 3], seed=1, rows=40)
    step = step_of(loss, parameters, BY_NAME[rule])
    start = {name: array.astype(dtype) for name, array in started(step, seed=2).items()}
    order = np.random.default_rng(3).integers(40, size=(5, 8))
    rest, rates = order[:1, :3], np.full(5, 0.05)
    wanted = {name: array.copy() for name, array in start.items()}
    losses = [
        jax_machine(step, {"N": 8}, dtype).epoch(wanted, data, order, rates, 1),
        jax_machine(step, {"N": 3}, dtype).epoch(wanted, data, rest, rates[:1], 6),
    ]
    found: dict[str, float] = {}
    for mesh in meshes:
        sharded = Sharded(step, {}, dtype, "N", mesh, devices_of(mesh, jax.devices()[: mesh.devices]), least=4)
        assert (mesh.model > 1) == bool(sharded.cuts)
        sharded.put(start)
        told = [sharded.run(data, order, rates, 1), sharded.run(data, rest, rates[:1], 6)]
        gaps = [np.abs(a - b).max() for a, b in zip(told, losses)]
        gaps += [np.abs(array - wanted[name]).max() / max(1.0, np.abs(wanted[name]).max()) for name, array in sharded.whole().items()]
        found[str(mesh)] = float(max(gaps))
    return found


if __name__ == "__main__":
    print(json.dumps({f"{rule} {dtype}": distances(rule, dtype, meshes) for rule, dtype, meshes in RUNS}))
