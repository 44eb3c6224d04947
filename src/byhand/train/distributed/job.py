"""What is to be trained, told to a process that starts from nothing: texts, numbers and arrays, since expressions do not travel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from byhand.run.arrays import Array

Products: TypeAlias = Literal["highest", "tensorfloat32", "bfloat16"]
"""How devices work out products of 32-bit floats: in full, or with fewer digits and quicker; as ``Precision`` of the engine, which needs JAX."""
MEETING = 90
"""Seconds that processes wait for each other at the start."""
AUTO = "auto"
"""The coordinator that the cluster's own manager knows: SLURM, Open MPI, Kubernetes, Cloud TPU."""


@dataclass(frozen=True, slots=True)
class Job:
    """``text`` and ``name`` of the sheet, ``source`` of the data and how it is read (``reading``, as ``opened`` takes it).
    ``choices`` are the settings that were chosen.

    ``mesh`` as it was written; ``checkpoint`` with how often it is saved, ``resume``: whether the run in it goes on; ``weights`` of the samples;
    ``result``: the file that the first process leaves. ``products``: how devices work out products of 32-bit floats.
    """

    text: str
    name: str
    source: Any
    result: Path
    choices: Mapping[str, Any] = field(default_factory=dict[str, Any])
    reading: Mapping[str, Any] = field(default_factory=dict[str, Any])
    mesh: str | None = None
    checkpoint: Path | None = None
    every: float | None = None
    resume: bool = False
    weights: Array | None = None
    products: Products = "highest"


@dataclass(frozen=True, slots=True)
class Seat:
    """A process's place: number ``process`` of ``processes``, which meet at ``coordinator``. ``local``: all of them are on this host."""

    process: int | None
    processes: int | None
    coordinator: str
    local: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a process is told when it starts."""

    job: Job
    seat: Seat
