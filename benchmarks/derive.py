"""Time and size of a derivation against depth, with peers in the same run.

The loss is that of a deep relu classifier with labels ±1,

    Σᵢ log(1 + exp(−yᵢ f_L(relu(… f₁(xᵢ))))),   f_l(z) = W_l z + b_l,

and the gradients of all parameters are derived. Each measurement is a fresh process: it imports, warms up on a small
network with other names, and only then starts its clock; past the time limit it is killed. Repetitions of all systems
are interleaved, medians are reported. Peers that are not installed are left out (``pip install byhand[bench]``).

    python benchmarks/derive.py [--repeat 5] [--depths 1,2,3,5,10,20,50] [--limit 60] [--systems byhand,sympy] [--json FILE]

The exit status is 1 if byhand misses one of its targets.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from report import Check, growth, milliseconds, save, table

PEERS = Path(__file__).parent / "peers"
SYSTEMS = ("byhand", "pytensor", "sympy", "tensorgrad")
DEPTHS = (1, 2, 3, 5, 10, 20, 50)
TARGETS = {10: 0.05, 50: 0.3}
LINEAR = 1.3
"""A growth exponent up to this counts as linear: the fixed part bends the line down, longer formulas up."""
FITTED_FROM = 3


@dataclass(slots=True)
class Measured:
    """One system at one depth: seconds of each repetition, sizes, or why there are none."""

    system: str
    depth: int
    write: list[float] = field(default_factory=list[float])
    derive: list[float] = field(default_factory=list[float])
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    failed: str | None = None

    @property
    def seconds(self) -> float | None:
        """The median time to write the loss down and derive all gradients."""
        return median(w + d for w, d in zip(self.write, self.derive)) if self.derive and self.failed is None else None


Results = dict[tuple[str, int], Measured]


def measure_all(systems: list[str], depths: list[int], repeat: int, limit: float) -> Results:
    """Every system at every depth, repetitions interleaved; a failure is not repeated, nor a deeper one tried."""
    results: Results = {(system, depth): Measured(system, depth) for system in systems for depth in depths}
    for turn in range(repeat):
        for depth in depths:
            order = systems[turn % len(systems) :] + systems[: turn % len(systems)]
            for system in order:
                _repeat(results, system, depth, limit)
        print(f"repetition {turn + 1} of {repeat} done", file=sys.stderr, flush=True)
    return results


def _repeat(results: Results, system: str, depth: int, limit: float) -> None:
    here = results[system, depth]
    broken = next((one for (name, at), one in results.items() if name == system and at <= depth and one.failed), None)
    if broken is not None:
        here.failed = here.failed or f"not tried: failed at L = {broken.depth}"
        return
    answer = measure(system, depth, limit)
    if "failed" in answer:
        here.failed = answer["failed"]
    else:
        here.write.append(answer["write"])
        here.derive.append(answer["derive"])
        here.sizes = answer["sizes"]


def measure(system: str, depth: int, limit: float) -> dict[str, Any]:
    """One measurement in a process of its own; the limit runs once the process says that it is ready."""
    command = [sys.executable, str(PEERS / f"with_{system}.py"), str(depth)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        if process.stdout.readline().strip() != "ready":
            return {"failed": (process.stderr.read().strip().splitlines() or ["did not start"])[-1]}
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            return {"failed": f"over {limit:g} s"}
        lines = process.stdout.read().splitlines()
        return json.loads(lines[-1]) if lines else {"failed": f"ended with status {process.returncode}"}


def installed(systems: list[str]) -> list[str]:
    """The systems that can be measured here, byhand first."""
    return ["byhand", *(system for system in systems if system != "byhand" and version_of(system))]


def version_of(system: str) -> str | None:
    try:
        return version(system)
    except PackageNotFoundError:
        return None


# ------------------------------------------------------------------------------------------------------ the report


def times(results: Results, systems: list[str], depths: list[int]) -> str:
    """Medians in milliseconds, and how many times byhand's they are."""

    def cell(system: str, depth: int) -> str:
        seconds, ours = results[system, depth].seconds, results["byhand", depth].seconds
        if seconds is None:
            return "—"
        return milliseconds(seconds) if system == "byhand" or ours is None else f"{milliseconds(seconds)} ({seconds / ours:.1f}×)"

    rows = [[str(depth), *(cell(system, depth) for system in systems)] for depth in depths]
    return table(["L", *(f"{system} ms" for system in systems)], [*rows, _fits(results, systems, "seconds")])


def _fits(results: Results, systems: list[str], what: str) -> list[str]:
    return ["~L^p", *(f"p = {p:.2f}" if (p := exponent(results, system, what)) is not None else "—" for system in systems)]


def exponent(results: Results, system: str, what: str = "seconds") -> float | None:
    """p where the time (or that size) grows like L^p, fitted from depth 3 on."""
    deep = [one for one in results.values() if one.system == system and one.depth >= FITTED_FROM and one.seconds]
    return growth([(one.depth, one.seconds or 0.0) if what == "seconds" else (one.depth, one.sizes[what]) for one in deep])


def size_table(results: Results, systems: list[str], depths: list[int]) -> str:
    """Nodes counted once for everyone; then what a person reads: nodes as shown, nodes with names put in, characters."""

    def rows(columns: list[tuple[str, str]]) -> list[list[str]]:
        return [[str(depth), *(str(results[system, depth].sizes.get(what, "—")) for system, what in columns)] for depth in depths]

    printing = [system for system in systems if system in ("sympy", "tensorgrad")]
    counted = [*rows([(system, "nodes") for system in systems]), _fits(results, systems, "nodes")]
    nodes = table(["L", *(f"{system} nodes" for system in systems)], counted)
    read = [("byhand", "shown"), ("byhand", "inlined"), ("byhand", "characters"), *((system, "characters") for system in printing)]
    heads = ["L", "byhand shown", "inlined", "characters", *(f"{system} characters" for system in printing)]
    return f"{nodes}\n\n{table(heads, rows(read))}"


def failures(results: Results) -> list[str]:
    return [f"{one.system} at L = {one.depth}: failed: {one.failed}" for one in results.values() if one.failed and not one.failed.startswith("not tried")]


def checks(results: Results) -> list[Check]:
    """byhand's targets."""
    found = [Check(f"byhand at L = {depth}", one.seconds, limit) for depth, limit in TARGETS.items() if (one := results.get(("byhand", depth))) and one.seconds]
    p = exponent(results, "byhand")
    return found if p is None else [*found, Check("byhand's growth exponent", p, LINEAR, unit="")]


def as_data(results: Results, systems: list[str]) -> dict[str, Any]:
    return {
        "depths": [asdict(one) | {"seconds": one.seconds, "ratio": _ratio(results, one)} for one in results.values()],
        "exponents": {system: {what: exponent(results, system, what) for what in ("seconds", "nodes")} for system in systems},
    }


def _ratio(results: Results, one: Measured) -> float | None:
    ours = results["byhand", one.depth].seconds
    return one.seconds / ours if one.seconds and ours else None


def main() -> None:
    parser = argparse.ArgumentParser(description="Time and size of a derivation against depth, with peers.")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--depths", type=lambda text: [int(depth) for depth in text.split(",")], default=list(DEPTHS))
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one measurement, imports not counted")
    parser.add_argument("--systems", type=lambda text: text.split(","), default=list(SYSTEMS))
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    options = parser.parse_args()
    systems = installed(options.systems)
    results = measure_all(systems, options.depths, options.repeat, options.limit)
    print(f"Median of {options.repeat}: writing the loss down and deriving all gradients.\n")
    print(times(results, systems, options.depths), size_table(results, systems, options.depths), sep="\n\n")
    print("", *failures(results), *(str(check) for check in checks(results)), sep="\n")
    versions = {system: version_of(system) for system in systems}
    save(options.json, checks(results), as_data(results, systems), versions=versions, repeat=options.repeat, limit=options.limit)
    sys.exit(not all(check.met for check in checks(results)))


if __name__ == "__main__":
    main()
