"""A process of a run on several: started by ``byhand.train.distributed.start``, which tells it what to do and hears what it says.

The first process runs the loop of ``byhand.train.run``; the others take part in its steps.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, BinaryIO

import jax

from byhand.compile.engines.machine import Machine
from byhand.lang.errors import ByhandError
from byhand.train.asked import asked_by
from byhand.train.distributed.job import AUTO, MEETING, Job, Seat, Told
from byhand.train.distributed.layout import LEAST_WIDTH
from byhand.train.distributed.mesh import Mesh, check_batch, read_mesh
from byhand.train.distributed.news import Failed, Finished, Joined, Lost, News, line_of
from byhand.train.distributed.rows import by_number
from byhand.train.distributed.sharded import Rows, Sharded, devices_of
from byhand.train.distributed.talk import Word, hear, tell
from byhand.train.distributed.together import BEGIN, Leading, dismiss, follow
from byhand.train.opening import opened
from byhand.train.run.checkpoint import write
from byhand.train.run.course import course
from byhand.train.run.fitting import Diverged, fit_ready
from byhand.train.run.machines import step_of
from byhand.train.run.ready import Ready, ready
from byhand.train.run.settings import Settings

HEARTBEAT = 10
"""Seconds without a sign of life after which a process counts as gone, where its connection does not show it at once."""
FAILED, LOST = 2, 3
GONE = ("Gloo", "gloo", "NCCL", "onnection", "UNAVAILABLE", "DEADLINE_EXCEEDED", "heartbeat", "oordination", "barrier")
"""Words of JAX, XLA and the libraries below them for a process that cannot be reached."""

_NOT_OURS = "Failed to start RPC server"
"""What JAX says where the first process cannot listen at the place that was named."""


class Voice:
    """Says news to the process that watches, one line at a time."""

    def __init__(self, wire: BinaryIO) -> None:
        self.wire = wire

    def say(self, news: News) -> None:
        self.wire.write(line_of(news))
        self.wire.flush()


def meet(seat: Seat) -> None:
    """Find the other processes. Raises what JAX raises where they do not come."""
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.config.update("jax_num_cpu_devices", 1)
    jax.config.update("jax_enable_preemption_service", False)  # which would take SIGTERM for itself
    timing: dict[str, Any] = {"initialization_timeout": MEETING, "heartbeat_timeout_seconds": HEARTBEAT, "shutdown_timeout_seconds": HEARTBEAT}
    if seat.coordinator == AUTO:
        _meet_in_cluster(timing)
        return
    devices: dict[str, Any] = {"local_device_ids": [seat.process]} if seat.local else {}
    try:
        jax.distributed.initialize(seat.coordinator, seat.processes, seat.process, **devices, **timing)
    except jax.errors.JaxRuntimeError as error:
        if _NOT_OURS not in str(error):
            raise
        raise ByhandError(f"process 0 cannot be met at {seat.coordinator}: the port is in use, or the place is not this host's; take another port.") from None


def _meet_in_cluster(timing: Mapping[str, Any]) -> None:
    """``ByhandError`` where JAX finds no manager that knows the place and the numbers."""
    try:
        jax.distributed.initialize(**timing)
    except ValueError:
        raise ByhandError(
            "no cluster's manager says where the processes meet: --coordinator auto is for SLURM, Open MPI and Kubernetes; "
            "elsewhere name the place of the first process, as --coordinator host:port, with --processes and --process-id."
        ) from None


def work(job: Job, voice: Voice) -> None:
    """What a process does once it has met the others."""
    mesh = read_mesh(job.mesh, jax.device_count())
    if jax.process_index() == 0:
        _lead(job, mesh, voice)
    else:
        _attend(job, mesh, voice)


def _lead(job: Job, mesh: Mesh, voice: Voice) -> None:
    """The loop, whose steps are taken by all."""
    try:
        model, table = opened(job.text, job.name, job.source, **job.reading)
        saving, before, chosen = course(job.checkpoint, job.every, job.resume, job.choices, asked_by(model, job.name))
        prepared = ready(model, table, chosen, job.weights)
        settings = chosen.settled(prepared.rows)
        prepared, _ = _by_number(prepared, settings, mesh)
        sharded = _sharded(job, prepared, settings, mesh)
        tell(Word(BEGIN, json.dumps({"settings": asdict(settings), "rows": prepared.rows, "digest": prepared.about["digest"]})))
        voice.say(_joined(sharded))
        make = _led_by(Leading(sharded))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        fitted = fit_ready(prepared, settings, saving=saving, resume=before, report=voice.say, make=make)
    except Diverged as error:
        write(job.result, error.fitted.checkpoint)
        dismiss()
        voice.say(Failed(str(error), diverged=True))
        return
    except ByhandError:
        dismiss()
        raise
    dismiss()
    write(job.result, fitted.checkpoint)
    voice.say(Finished(fitted.stopped, fitted.seconds))


def _attend(job: Job, mesh: Mesh, voice: Voice) -> None:
    """The steps, until the first process says that there are no more."""
    word = hear()
    if word.kind != BEGIN:
        return
    told = json.loads(word.text)
    settings = Settings(**told["settings"])
    model, table = opened(job.text, job.name, job.source, **job.reading)
    prepared, arrays = _by_number(ready(model, table, settings, job.weights), settings, mesh)
    if (prepared.rows, prepared.about["digest"]) != (told["rows"], told["digest"]):
        what = "the sheet is another one" if prepared.about["digest"] != told["digest"] else f"there are {prepared.rows} samples, and {told['rows']}"
        raise ByhandError(f"process {jax.process_index()} does not have what the first process has: {what} there; every host needs the same files.")
    sharded = _sharded(job, prepared, settings, mesh)
    voice.say(_joined(sharded))
    follow(sharded, arrays)
    voice.say(Finished())


def _by_number(prepared: Ready, settings: Settings, mesh: Mesh) -> tuple[Ready, Mapping[str, Rows]]:
    """The samples by row numbers, in batches that all can share."""
    check_batch(settings.batch_of(prepared.rows), mesh)
    source, arrays = by_number(prepared.source)
    return replace(prepared, source=source), arrays


def _sharded(job: Job, prepared: Ready, settings: Settings, mesh: Mesh) -> Sharded:
    model = prepared.model
    sharded = Sharded(step_of(model, settings), prepared.sizes, settings.dtype, model.batch, mesh, devices_of(mesh), job.products)
    if mesh.model > 1 and not sharded.cuts:
        raise ByhandError(
            f"the mesh {mesh} has {mesh.model} devices to share wide layers, and no layer has {mesh.model} equal parts of at least {LEAST_WIDTH} features: "
            "let all devices share the samples."
        )
    return sharded


def _joined(sharded: Sharded) -> Joined:
    cuts = ", ".join(f"{name} along axis {axis}" for name, axis in sharded.cuts.items() if name in {one.name for one in sharded.step.parameters})
    kinds = sorted({device.device_kind for device in jax.devices()})
    return Joined(jax.process_index(), jax.process_count(), f"{jax.device_count()} × {', '.join(kinds)}", str(sharded.mesh), cuts)


def _led_by(machine: Leading) -> Callable[..., Machine]:
    """One machine for batches of every size."""

    def make(*asked: Any) -> Machine:
        return machine

    return make


# ----------------------------------------------------------------------------------------------- the process


def main() -> None:
    """Read what is to be done, do it, and say how it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the loop of the first process hears it
    voice = Voice(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # whatever is printed goes to the log
    told: Told = pickle.load(sys.stdin.buffer)  # from the process that started this one, and from nobody else
    threading.Thread(target=_end_with_parent, args=(told.job.result.parent,), daemon=True).start()
    code = 0
    try:
        meet(told.seat)
        work(told.job, voice)
        jax.distributed.shutdown()
    except ByhandError as error:
        voice.say(Failed(str(error)))
        code = FAILED
    except Exception as error:  # what JAX raises is of no kind of its own
        traceback.print_exc()
        voice.say(_told(error))
        code = LOST
    os._exit(code)  # at its usual end JAX would wait for processes that are gone


def _end_with_parent(folder: Path) -> None:
    """Nobody listens any more, and nobody else takes the folder of the run away."""
    while sys.stdin.buffer.read(1):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(LOST)


def _told(error: Exception) -> News:
    """Other processes that are gone, or a mistake of byhand's own."""
    said = " ".join(str(error).split())
    if any(word in said for word in GONE):
        return Lost(said[:300])
    return Failed(f"an error in byhand itself ({type(error).__name__}: {said[:300]}); please report it with the sheet that led to it.")


if __name__ == "__main__":
    main()
