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
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from report import table

sys.path.insert(0, str(Path(__file__).parent / "training"))
from workloads import BY_NAME, Workload

if TYPE_CHECKING:
    from gpu_session import Session

WORKLOADS = {"W3": BY_NAME["W3"], "wide": Workload("wide", (1024, 4096, 4096, 4096, 10), "relu", 1024, 4)}


def sessions(workload: Workload, products: str) -> list[Session]:
    """byhand's first; PyTorch where it is there and has a GPU."""
    of_jax = import_module("gpu_jax")
    found = [of_jax.ours(workload, products), of_jax.by_hand(workload, products)]
    if find_spec("torch") is not None and (of_torch := import_module("gpu_torch")).has_gpu():
        found.append(of_torch.by_hand(workload, products))
    return found


def measured(workload: Workload, systems: list[Session], repeat: int, steps: int) -> list[list[str]]:
    """A row for each system."""
    for one in systems:
        one.advance()
    wanted = systems[0].first_weight()
    gaps = [float(np.abs(one.first_weight() - wanted).max() / np.abs(wanted).max()) for one in systems]
    times: list[list[float]] = [[] for _ in systems]
    for _ in range(repeat):
        for one, seen in zip(systems, times):
            begun = time.perf_counter()
            one.advance()
            seen.append((time.perf_counter() - begun) / steps * 1e6)
    least = [min(seen) for seen in times]
    return [[workload.name, one.system, f"{mine:.1f}", f"{mine / least[0]:.2f}", f"{gap:.1e}"] for one, mine, gap in zip(systems, least, gaps)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", default="W3,wide")
    parser.add_argument("--products", default="highest", choices=["highest", "tensorfloat32", "bfloat16"])
    parser.add_argument("--repeat", type=int, default=10)
    given = parser.parse_args()
    if find_spec("jax") is None or not import_module("gpu_jax").has_gpu():
        print("No GPU that JAX can use is found here: nothing is timed.")
        return
    steps = import_module("gpu_session").STEPS
    card = subprocess.run(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, check=False)
    print(f"{card.stdout.strip() or 'a GPU'}; products: {given.products}; the least of {given.repeat} times {steps} steps")
    rows: list[list[str]] = []
    for name in given.workloads.split(","):
        rows += measured(WORKLOADS[name], sessions(WORKLOADS[name], given.products), given.repeat, steps)
    print(table(["network", "system", "µs a step", "ratio", "W1 off by"], rows))


if __name__ == "__main__":
    main()
