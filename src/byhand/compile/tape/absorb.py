"""Products and sums take in what is done to each of their entries at once: a number in front, a bias, the step of a weight.

W′ = W − η · XᵀΔ is one product that adds to W; Z = XW + b one that starts with b. Read off the jobs alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from byhand.compile.tape.job import Access, Entrywise, Job, Linear, Matmul, Reduction, Strides, Times, natural, reads
from byhand.compile.tape.jobs import Jobs

Sum: TypeAlias = Matmul | Reduction


def absorbed(jobs: Jobs, kept: Iterable[int]) -> list[Job]:
    """The jobs in their order, fewer of them; values in ``kept`` are still made."""
    used = Counter(value for job in jobs.jobs for value in set(reads(job)))
    used.update(jobs.root(value) for value in kept)
    sums: dict[int, Sum] = {}
    found: dict[int, Job] = {}
    for job in jobs.jobs:
        if isinstance(job, Entrywise) and (taken := _taken(jobs, job, sums, used)) is not None:
            producer, made = taken
            del found[producer.target]
            jobs.spans[made.target] = {**jobs.spans[producer.target]}
            found[made.target] = made
            sums[made.target] = made
        else:
            found[job.target] = job
            if isinstance(job, (Matmul, Reduction)):
                sums[job.target] = job
    return list(found.values())


def _taken(jobs: Jobs, job: Entrywise, sums: dict[int, Sum], used: Counter[int]) -> tuple[Sum, Sum] | None:
    """The sum that the job changes entry by entry, and the two as one."""
    if job.zeroed or any(isinstance(arg, float) for arg in job.args) or len(job.args) > 2:
        return None
    accesses = [arg for arg in job.args if isinstance(arg, Access)]
    for position in reversed(range(len(accesses))):
        arg = accesses[position]
        producer = sums.get(arg.value)
        if producer is None or used[arg.value] != 1 or not _whole(jobs, job, arg, producer):
            continue
        others = [other for k, other in enumerate(accesses) if k != position]
        if any(other.value == arg.value for other in others):
            continue
        made = _joined(jobs, job, position, producer, others[0] if others else None)
        if made is not None:
            return producer, made
    return None


def _whole(jobs: Jobs, job: Entrywise, arg: Access, producer: Sum) -> bool:
    """Whether the job reads the sum entry by entry, as it was made."""
    strides = natural(jobs.extents(job, job.letters))
    return arg.over(job.letters) == strides == job.out and jobs.extents(job, job.letters) == jobs.extents(producer, producer.letters)


def _joined(jobs: Jobs, job: Entrywise, position: int, producer: Sum, other: Access | None) -> Sum | None:
    if isinstance(producer, Reduction) and producer.largest:
        return None
    match job.work:
        case Times(scale) if other is not None and not other.strides and producer.factor is None and producer.start is None:
            return replace(producer, target=job.target, scale=producer.scale * scale, factor=other)
        case Linear(coefficients) if other is None and producer.start is None:
            return replace(producer, target=job.target, scale=producer.scale * coefficients[0])
        case Linear(coefficients) if other is not None and producer.start is None and coefficients[1 - position] == 1:
            start = Access(other.value, dict(zip(producer.letters, other.over(job.letters))))
            if not _starts(jobs, job, producer, start):
                return None
            return replace(producer, target=job.target, scale=producer.scale * coefficients[position], start=start)
        case _:
            return None


def _starts(jobs: Jobs, job: Entrywise, producer: Sum, start: Access) -> bool:
    """Whether a kernel can begin with it: neighbours along the columns."""
    if isinstance(producer, Reduction):
        return True
    strides: Strides = start.over(producer.letters)
    out = natural(jobs.extents(job, job.letters))
    along = len(producer.columns)
    return not along or strides[-along:] == out[-along:]
