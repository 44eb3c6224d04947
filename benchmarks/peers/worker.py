"""What every peer script does: import, warm up, say so, derive once against the clock, report.

A peer is a script of this folder that calls ``serve``. Its first line of output is "ready"; from then on the caller's
time limit runs. Its last line is a JSON object: seconds and sizes, or why it failed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

WARM_UP_DEPTH = 2


def serve(network: Callable[[int, str], Any], derive: Callable[[Any], Any], sizes: Callable[[Any], dict[str, int]]) -> None:
    """Write down the loss of the asked depth, derive all gradients, and report.

    ``network(depth, prefix)`` puts the prefix before all names, so that warming up leaves nothing in a cache that the
    measurement could use.
    """
    derive(network(WARM_UP_DEPTH, "warm"))
    print("ready", flush=True)
    print(json.dumps(_measured(network, derive, sizes, int(sys.argv[1]))), flush=True)


def _measured(network: Callable[[int, str], Any], derive: Callable[[Any], Any], sizes: Callable[[Any], dict[str, int]], depth: int) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        problem = network(depth, "")
        written = time.perf_counter()
        gradients = derive(problem)
        done = time.perf_counter()
    except Exception as error:  # whatever a peer fails with is its result
        first_line = (str(error).splitlines() or [""])[0]
        return {"failed": f"{type(error).__name__}: {first_line[:160]}"}
    return {"write": written - start, "derive": done - written, "sizes": sizes(gradients)}


def visible(text: str) -> int:
    """The characters of a printed formula, blanks left out."""
    return sum(not character.isspace() for character in text)
