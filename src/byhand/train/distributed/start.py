"""Training on several processes: they are started here, or this is one of many hosts on which the same command runs."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Mapping
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.train.distributed.course import Course, Welcome
from byhand.train.distributed.job import AUTO, Job, Products, Seat
from byhand.train.distributed.mesh import read_mesh
from byhand.train.distributed.watch import Watch
from byhand.train.model.make import model_of
from byhand.train.run.checkpoint import read
from byhand.train.run.events import Report, silent
from byhand.train.run.expected import Expected, scales_from
from byhand.train.run.fitting import Diverged, Fitted
from byhand.train.run.loop import Stopped

MOST_PROCESSES = 4096
STOPPED: Mapping[str, Stopped] = {"done": "done", "patience": "patience", "interrupted": "interrupted", "diverged": "diverged"}


def run_distributed(
    text: str,
    name: str,
    source: Any,
    choices: Mapping[str, Any] | None = None,
    *,
    processes: int | None = None,
    mesh: str | None = None,
    coordinator: str | None = None,
    process: int | None = None,
    reading: Mapping[str, Any] | None = None,
    checkpoint: Path | None = None,
    every: float | None = None,
    resume: bool = False,
    weights: Array | None = None,
    products: Products = "highest",
    report: Report = silent,
    joined: Welcome | None = None,
) -> Fitted | None:
    """Train the network of a sheet on several processes, each with its devices; what comes out is what one process would have found, to rounding.

    ``text`` and ``name`` of the sheet, ``source`` and ``reading`` of the data as ``opened`` takes them, ``choices`` the settings that were chosen,
    ``checkpoint``, ``every`` and ``resume`` as ``course`` takes them. Without a ``coordinator`` all ``processes`` run on this host. With one, the host
    and port of the first process, this is number ``process`` of ``processes``, and every host runs the same; with ``"auto"`` the cluster's
    manager knows all three. ``mesh`` is written ``data=2,model=2``; without it all devices share the samples. ``products`` says how devices work
    out products of 32-bit floats: ``highest``, ``tensorfloat32`` or ``bfloat16``. ``report`` is told what the loop tells, ``joined`` of every
    process that has met the others.

    Returns what training came to; ``None`` where the first process is on another host and has it. Raises ``ByhandError``, one sentence, where the
    run cannot be or a process is gone, with the last checkpoint, and ``Diverged`` where the loss is.
    """
    if find_spec("jax") is None:
        raise ByhandError("training on several processes needs JAX: pip install byhand[jax].")
    seats = _seats(processes, coordinator, process)
    if seats[0].local:
        read_mesh(mesh, len(seats))
    with tempfile.TemporaryDirectory(prefix="byhand-") as folder:
        own = Path(folder)
        where = checkpoint.absolute() if checkpoint is not None else None
        job = Job(text, name, _absolute(source), own / "result", choices or {}, reading or {}, mesh, where, every, resume, weights, products)
        watch = Watch(own)
        try:
            watch.start(job, seats)
            ending = Course(watch, report, joined).followed()
            if not job.result.exists():
                return None
            fitted = fitted_from(job.result, text, name, ending.stopped, ending.seconds)
            if ending.diverged:
                raise Diverged(ending.diverged, fitted)
            return fitted
        finally:
            watch.end()


def _seats(processes: int | None, coordinator: str | None, process: int | None) -> list[Seat]:
    """Which processes are started here."""
    if coordinator == AUTO:
        return [Seat(process, processes, AUTO, False)]
    if processes is None or not 1 <= processes <= MOST_PROCESSES:
        raise ByhandError(f"cannot train on {processes} processes: it is a whole number from 1 to {MOST_PROCESSES}.")
    if coordinator is None:
        if process is not None:
            raise ByhandError("the number of a process is for runs on several hosts: say with the coordinator where they meet, as host:port of the first one.")
        meeting = f"127.0.0.1:{_free_port()}"
        return [Seat(number, processes, meeting, True) for number in range(processes)]
    host, _, port = coordinator.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ByhandError(f"cannot meet at {coordinator[:80]!r}: the coordinator is written host:port, such as node0:1234, or auto under a cluster's manager.")
    if process is None or not 0 <= process < processes:
        raise ByhandError(f"which of the {processes} processes is this one? Its number is from 0 to {processes - 1}, and 0 runs at {host}.")
    return [Seat(process, processes, coordinator, False)]


def _free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _absolute(source: Any) -> Any:
    """A file by its full name; the name of bundled data stays."""
    return source.absolute() if isinstance(source, Path) else source


def fitted_from(path: Path, text: str, name: str, stopped: str, seconds: float) -> Fitted:
    """What the first process left."""
    saved = read(path)
    model = model_of(text, name)
    classes = saved.about["classes"]
    if classes is not None and model.classes is None:
        model = model_of(text, name, classes=len(classes))
    scales, of_target = scales_from(saved.scales)
    about = saved.about
    known = None if classes is None else tuple(classes)
    expected = Expected(tuple(about["columns"]), about["target"], known, scales, of_target, dict(about["sizes"]), bool(about["flat"]))
    values = {one.name: saved.best.get(one.name, saved.values[one.name]) for one in model.parameters}
    return Fitted(model, saved.settings, values, saved.history, expected, STOPPED[stopped], "jax", seconds, saved)
