"""What every system offers to the benchmark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from workloads import Array, Workload


class Session(Protocol):
    """A network under training. ``run`` takes so many whole rounds through the batches, ``weights`` gives W1, b1, W2, …"""

    def run(self, rounds: int) -> None: ...
    def weights(self) -> list[Array]: ...


Make: TypeAlias = Callable[[Workload, Any, int], Session]
"""Makes a session of a workload, in a NumPy type, on so many threads; ``NotThis`` where the system does not do that network."""


class NotThis(Exception):
    """The system cannot take part with this workload; says why."""
