"""Training on several processes: they are started here, or this is one of many hosts on which the same command runs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.train.distributed.course import Course, Welcome
from byhand.train.distributed.job import Job, Seat
from byhand.train.distributed.several import Several
from byhand.train.distributed.watch import Watch
from byhand.train.model.make import model_of
from byhand.train.run.checkpoint import read
from byhand.train.run.events import Report, silent
from byhand.train.run.expected import Expected, scales_from
from byhand.train.run.fitting import Diverged, Fitted
from byhand.train.run.loop import Stopped

STOPPED: Mapping[str, Stopped] = {"done": "done", "patience": "patience", "interrupted": "interrupted", "diverged": "diverged"}


def run_distributed(
    text: str,
    name: str,
    source: Any,
    choices: Mapping[str, Any],
    several: Several,
    *,
    reading: Mapping[str, Any] | None = None,
    checkpoint: Path | None = None,
    every: float | None = None,
    resume: bool = False,
    weights: Array | None = None,
    report: Report = silent,
    joined: Welcome | None = None,
) -> Fitted | None:
    """Train the network of a sheet on several processes, each with its devices; what comes out is what one process would have found, to rounding.

    ``text`` and ``name`` of the sheet, ``source`` and ``reading`` of the data as ``opened`` takes them, ``choices`` the settings that were chosen,
    ``checkpoint``, ``every`` and ``resume`` as ``course`` takes them. ``report`` is told what the loop tells, ``joined`` of each process that has met
    the others. Returns what training came to; ``None`` where the first process is on another host and has it. Raises ``ByhandError``, one
    sentence, where the run cannot be or a process is gone, with the last checkpoint, and ``Diverged`` where the loss is.
    """
    if find_spec("jax") is None:
        raise ByhandError("training on several processes needs JAX: pip install byhand[jax].")
    seats = several.seats()
    where = checkpoint.absolute() if checkpoint is not None else None
    products = several.products or "highest"
    with tempfile.TemporaryDirectory(prefix="byhand-") as folder:
        result = Path(folder) / "result"
        job = Job(text, name, _absolute(source), result, choices, reading or {}, several.mesh, where, every, resume, weights, products)
        return _run(job, seats, Watch(Path(folder)), report, joined)


def _run(job: Job, seats: Sequence[Seat], watch: Watch, report: Report, joined: Welcome | None) -> Fitted | None:
    """The processes started, followed to the end, and ended whatever happens."""
    try:
        watch.start(job, seats)
        ending = Course(watch, report, joined).followed()
        if not job.result.exists():
            return None
        fitted = fitted_from(job.result, job.text, job.name, ending.stopped, ending.seconds)
        if ending.diverged:
            raise Diverged(ending.diverged, fitted)
        return fitted
    finally:
        watch.end()


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
