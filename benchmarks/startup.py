"""How long a person waits for the command: wall time of whole processes, the interpreter's own start included.

    python benchmarks/startup.py [--repeat 15] [--json FILE]

The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from report import Check, milliseconds, save, table

ROOT = Path(__file__).parent.parent
SHEET = ROOT / "examples" / "e2-label-smoothing-step.md"
SCRIPT = Path(sys.executable).parent / "byhand"
BYHAND = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-c", "from byhand.app.cli import main; main()"]
"""The installed command, or what it does where byhand is only on the path."""

COMMANDS: tuple[tuple[str, list[str], float | None], ...] = (
    ("python -c pass", [sys.executable, "-c", "pass"], None),
    ("import numpy", [sys.executable, "-c", "import numpy"], None),
    ("import byhand", [sys.executable, "-c", "import byhand"], 0.15),
    ("byhand --help", [*BYHAND, "--help"], 0.15),
    (f"byhand solve {SHEET.name}", [*BYHAND, "solve", str(SHEET)], 0.5),
)
"""Name, command, target in seconds; the first two say what part of it is the machine's."""


def wall_time(name: str, command: list[str], bytecode: str) -> float:
    """One run; a command that fails is an error of the benchmark, with what the command said.

    Python keeps its bytecode in the folder ``bytecode``: what is timed is the second start and every later one.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPYCACHEPREFIX": bytecode}
    start = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environment)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{name} ended with status {done.returncode}:\n{done.stderr.decode(errors='replace')[-600:]}")
    return seconds


def measure(repeat: int) -> dict[str, list[float]]:
    """Seconds of every command, repetitions interleaved, after one start that writes the bytecode."""
    with tempfile.TemporaryDirectory() as bytecode:
        for name, command, _ in COMMANDS:
            wall_time(name, command, bytecode)
        turns = [[wall_time(name, command, bytecode) for name, command, _ in COMMANDS] for _ in range(repeat)]
    return {name: [turn[k] for turn in turns] for k, (name, _, _) in enumerate(COMMANDS)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Wall time of the command.")
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    options = parser.parse_args()
    times = measure(options.repeat)
    checks = [Check(name, median(times[name]), target) for name, _, target in COMMANDS if target is not None]
    rows = [[name, *(milliseconds(value) for value in (median(times[name]), min(times[name]), max(times[name])))] for name in times]
    print(table(["command", "median ms", "fastest", "slowest"], rows), "", *checks, sep="\n")
    save(options.json, checks, {"seconds": times})
    sys.exit(not all(check.met for check in checks))


if __name__ == "__main__":
    main()
