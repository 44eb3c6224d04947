"""On how many processes a network is trained, where they meet, and how their devices share the work."""

from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import dataclass

from byhand.lang.errors import ByhandError
from byhand.train.distributed.job import AUTO, Products, Seat
from byhand.train.distributed.mesh import read_mesh

MOST_PROCESSES = 4096


@dataclass(frozen=True, slots=True)
class Several:
    """Without a ``coordinator`` all ``processes`` run on this host.

    With one, the host and port of the first process, this is number ``process`` of ``processes``, and every host runs the same; with ``"auto"`` the
    cluster's manager knows all three. ``mesh`` is written ``data=2,model=2``; without it all devices share the samples. ``products`` says how devices
    work out products of 32-bit floats: ``highest``, ``tensorfloat32`` or ``bfloat16``. ``ByhandError`` for what means nothing without several processes.
    """

    processes: int | None = None
    mesh: str | None = None
    coordinator: str | None = None
    process: int | None = None
    products: Products | None = None

    def __post_init__(self) -> None:
        for name, value in (("mesh", self.mesh), ("process-id", self.process), ("products", self.products)):
            if value is not None and not self.asked:
                raise ByhandError(f"--{name} is for training on several processes: say how many with --processes.")

    @property
    def asked(self) -> bool:
        """Whether more than this process is to train."""
        return self.processes is not None or self.coordinator is not None

    def seats(self) -> list[Seat]:
        """The processes that are started here; ``ByhandError`` for numbers and places that cannot be."""
        if self.coordinator == AUTO:
            return [Seat(self.process, self.processes, AUTO, False)]
        count = self.processes
        if count is None:
            raise ByhandError(f"how many processes meet at {(self.coordinator or '')[:80]}? Say it with --processes, the same number on every host.")
        if not 1 <= count <= MOST_PROCESSES:
            raise ByhandError(f"cannot train on {count} processes: it is a whole number from 1 to {MOST_PROCESSES}.")
        if self.coordinator is None:
            return self._on_this_host(count)
        host, _, port = self.coordinator.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            said = self.coordinator[:80]
            raise ByhandError(f"cannot meet at {said!r}: the coordinator is written host:port, such as node0:1234, or auto under a cluster's manager.")
        if self.process is None or not 0 <= self.process < count:
            raise ByhandError(f"which of the {count} processes is this one? Its number is from 0 to {count - 1}, and 0 runs at {host}.")
        return [Seat(self.process, count, self.coordinator, False)]

    def _on_this_host(self, count: int) -> list[Seat]:
        if self.process is not None:
            raise ByhandError("the number of a process is for runs on several hosts: say with the coordinator where they meet, as host:port of the first one.")
        read_mesh(self.mesh, count)
        meeting = f"127.0.0.1:{_free_port()}"
        return [Seat(number, count, meeting, True) for number in range(count)]


def _free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
