"""One system with one workload in a process of its own, told over its standard input when to run.

    python worker.py MODULE SYSTEM WORKLOAD TYPE THREADS

Its first line says {"ready": …} with the largest difference of its weights from those of float64 after some steps, or {"failed": …}.
Every line "run ROUNDS" that comes in is answered by the seconds that so many rounds took.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from session import NotThis, Session
from workloads import BY_NAME, Workload, difference, trained

LARGEST_DIFFERENCE = {"float32": 2e-4, "float64": 1e-10}


def checked(session: Session, workload: Workload, dtype: str) -> float:
    """Weights after one round, against float64."""
    session.run(1)
    off = difference(session.weights(), trained(workload, workload.batches))
    if not off <= LARGEST_DIFFERENCE[dtype]:
        raise ValueError(f"its weights after {workload.batches} steps are {off:.1e} off those of float64")
    return off


def prepared(module: str, system: str, workload: Workload, dtype: str, threads: int) -> tuple[Session, dict[str, Any]]:
    session = importlib.import_module(module).SYSTEMS[system](workload, np.dtype(dtype).type, threads)
    try:
        return session, {"ready": checked(session, workload, dtype)}
    except NotThis:
        return session, {"ready": None}


def main() -> None:
    module, system, name, dtype, threads = sys.argv[1:]
    warnings.simplefilter("ignore")
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        session, answer = prepared(module, system, BY_NAME[name], dtype, int(threads))
    except Exception as error:  # whatever a system fails with is its result
        print(json.dumps({"failed": f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:160]}"}), flush=True)
        return
    print(json.dumps(answer), flush=True)
    for line in sys.stdin:
        rounds = int(line.split()[1])
        start = time.perf_counter()
        session.run(rounds)
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
