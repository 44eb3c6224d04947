"""Microseconds of a training step, byhand's engines beside PyTorch, JAX, scikit-learn, Numba and NumPy by hand, in one run.

    python benchmarks/train.py [--workloads W0,W1] [--types float32,float64] [--threads 1,2] [--repeat 15] [--systems byhand,JAX] [--json FILE]

Every system starts from the same weights and takes the same batches of plain gradient descent. Each is a process of its own, on so many
threads; before it is timed its weights after a round are compared with those of float64. Repetitions are interleaved, and each takes at
least a fixed time. What is printed: the least and the median time of a step, and the ratio of the least times to byhand's C engine.
Least times agree from run to run on a busy machine, medians do not; under a tenth is a tie. Systems that are not installed are left
out. The exit status is 1 if byhand misses one of its targets.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from report import Check, save, table

FOLDER = Path(__file__).parent / "training"
sys.path.insert(0, str(FOLDER))
from workloads import BY_NAME, WORKLOADS, Workload  # noqa: E402 - the folder beside this file

OURS, NUMPY, BY_HAND, FLOOR = "byhand, C engine", "byhand, NumPy engine", "NumPy by hand, in place", "floor: products in OpenBLAS + memory"
MODULES: dict[str, tuple[str, str]] = {
    OURS: ("byhand_engines", "byhand"),
    NUMPY: ("byhand_engines", "byhand"),
    "byhand, JAX engine": ("byhand_engines", "jax"),
    "PyTorch eager": ("torch_peers", "torch"),
    "torch.compile": ("torch_peers", "torch"),
    "PyTorch, gradients by hand": ("torch_peers", "torch"),
    "JAX scan, autodiff": ("jax_peers", "jax"),
    "JAX scan, by hand": ("jax_peers", "jax"),
    "JAX jit a step": ("jax_peers", "jax"),
    "scikit-learn": ("sklearn_peer", "sklearn"),
    "Numba": ("numba_peer", "numba"),
    "NumPy by hand, naive": ("numpy_hand", "numpy"),
    BY_HAND: ("numpy_hand", "numpy"),
    FLOOR: ("floor", "numpy"),
}
SECONDS = 0.2
"""What one repetition takes at least."""
READY = 240
"""Seconds that a system has to get ready: torch.compile takes its time."""
TIE = 1.1
OF_FLOOR = {"W1": 1.25, "W2": 1.15, "W3": 1.15, "W4": 1.15}
W0_MICROSECONDS = 0.12


@dataclass(slots=True)
class Measured:
    """Microseconds of a step in each repetition, or why there are none; ``off``: how far its weights were from those of float64."""

    system: str
    workload: str
    dtype: str
    threads: int
    steps: list[float] = field(default_factory=list[float])
    off: float | None = None
    failed: str | None = None

    @property
    def least(self) -> float:
        return min(self.steps)


class Worker:
    """A system's process."""

    def __init__(self, system: str, workload: Workload, dtype: str, threads: int) -> None:
        count = str(threads)
        limits = {f"{library}_NUM_THREADS": count for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB")}
        command = [sys.executable, str(FOLDER / "worker.py"), MODULES[system][0], system, workload.name, dtype, count]
        self.measured = Measured(system, workload.name, dtype, threads)
        self.workload = workload
        environment = {**os.environ, **limits, "BENCH_THREADS": count}
        bound = ["taskset", "-c", ",".join(map(str, sorted(os.sched_getaffinity(0))[:threads]))] if sys.platform == "linux" else []
        self.process = subprocess.Popen(
            [*bound, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        answer = json.loads(self._line() or '{"failed": "it ended without a word"}')
        self.measured.failed, self.measured.off = answer.get("failed"), answer.get("ready")
        self.rounds = 1

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def once(self) -> float:
        """Seconds of so many rounds."""
        assert self.process.stdin is not None
        print(f"run {self.rounds}", file=self.process.stdin, flush=True)
        return float(self._line())

    def settle(self) -> None:
        """As many rounds as fill a repetition."""
        while (seconds := self.once()) < SECONDS:
            self.rounds = max(self.rounds + 1, int(self.rounds * min(100, 1.1 * SECONDS / max(seconds, 1e-9))))

    def repeat(self) -> None:
        self.measured.steps.append(self.once() / (self.rounds * self.workload.batches) * 1e6)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def measure(workload: Workload, dtype: str, threads: int, systems: list[str], repeat: int) -> list[Measured]:
    """All systems with one workload, repetitions interleaved; the one that comes first changes."""
    workers: list[Worker] = []
    for system in systems:
        print(f"{workload.name} {dtype} on {threads}: {system} …", file=sys.stderr, flush=True)
        workers.append(Worker(system, workload, dtype, threads))
    running = [worker for worker in workers if worker.measured.failed is None]
    try:
        for worker in running:
            worker.settle()
        for turn in range(repeat):
            shift = turn % max(1, len(running))
            for worker in running[shift:] + running[:shift]:
                worker.repeat()
    finally:
        for worker in workers:
            worker.stop()
    return [worker.measured for worker in workers]


def shown(microseconds: float) -> str:
    return (
        f"{microseconds:.3f}"
        if microseconds < 1
        else f"{microseconds:.2f}"
        if microseconds < 10
        else f"{microseconds:.1f}"
        if microseconds < 100
        else f"{microseconds:.0f}"
    )


def rows(found: list[Measured]) -> list[list[str]]:
    ours = next((one.least for one in found if one.system == OURS and one.steps), None)
    lines: list[list[str]] = []
    for one in found:
        if one.failed is not None:
            lines.append([one.system, "", "", "", one.failed[:60]])
            continue
        ratio = f"{one.least / ours:.2f}" if ours else ""
        lines.append([one.system, shown(one.least), shown(median(one.steps)), ratio, "" if one.off is None else f"{one.off:.0e}"])
    return lines


def checks(found: list[Measured]) -> list[Check]:
    """byhand's targets for one workload, type and number of threads."""
    least = {one.system: one.least for one in found if one.steps}
    name, where = found[0].workload, f"{found[0].workload} {found[0].dtype} on {found[0].threads}"
    made: list[Check] = []
    peers = [value for system, value in least.items() if not system.startswith(("byhand", "floor"))]
    if OURS in least and peers:
        made.append(Check(f"{where}: C engine against the best peer", least[OURS] / min(peers), TIE, ""))
    if OURS in least and FLOOR in least and name in OF_FLOOR and found[0].threads == 1:
        made.append(Check(f"{where}: C engine against the floor", least[OURS] / least[FLOOR], OF_FLOOR[name], ""))
    if OURS in least and name == "W0" and found[0].dtype == "float32":
        made.append(Check(f"{where}: microseconds a step", least[OURS], W0_MICROSECONDS, "µs"))
    if NUMPY in least and BY_HAND in least:
        made.append(Check(f"{where}: NumPy engine against NumPy by hand in place", least[NUMPY] / least[BY_HAND], TIE, ""))
    return made


def installed(wanted: str) -> list[str]:
    systems = [system for system, (_, package) in MODULES.items() if find_spec(package) is not None]
    return [system for system in systems if any(word in system for word in wanted.split(","))] if wanted else systems


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workloads", default=",".join(one.name for one in WORKLOADS))
    parser.add_argument("--types", default="float32")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--systems", default="")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    everything: list[Measured] = []
    judged: list[Check] = []
    for dtype in options.types.split(","):
        for threads in map(int, options.threads.split(",")):
            for name in options.workloads.split(","):
                found = measure(BY_NAME[name], dtype, threads, installed(options.systems), options.repeat)
                print(f"\n{name} {dtype}, {threads} thread{'s' if threads > 1 else ''}: microseconds a step\n")
                print(table(["", "least", "median", "ratio", "off float64"], rows(found)), flush=True)
                everything += found
                judged += checks(found)
    print("\n" + "\n".join(map(str, judged)))
    save(options.json, judged, [{slot: getattr(one, slot) for slot in Measured.__slots__} for one in everything])
    sys.exit(any(not check.met for check in judged))


if __name__ == "__main__":
    main()
