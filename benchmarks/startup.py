"""How long a person waits for the command: wall time of whole processes, the interpreter's own start included.

    python benchmarks/startup.py [--repeat 15] [--json FILE]

The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
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


def wall_time(name: str, command: list[str]) -> float:
    """One run; a command that fails is an error of the benchmark, with what the command said."""
    start = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{name} ended with status {done.returncode}:\n{done.stderr.decode(errors='replace')[-600:]}")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="Wall time of the command.")
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    options = parser.parse_args()
    for name, command, _ in COMMANDS:
        wall_time(name, command)  # files read once, bytecode written
    times: dict[str, list[float]] = {name: [] for name, _, _ in COMMANDS}
    for _ in range(options.repeat):
        for name, command, _ in COMMANDS:
            times[name].append(wall_time(name, command))
    checks = [Check(name, median(times[name]), target) for name, _, target in COMMANDS if target is not None]
    rows = [[name, *(milliseconds(value) for value in (median(times[name]), min(times[name]), max(times[name])))] for name in times]
    print(table(["command", "median ms", "fastest", "slowest"], rows), "", *checks, sep="\n")
    save(options.json, checks, {"seconds": times})
    sys.exit(not all(check.met for check in checks))


if __name__ == "__main__":
    main()
