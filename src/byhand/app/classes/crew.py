"""The processes that mark a class: tasks go out, results come in, one that hangs or dies costs nobody else anything."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, TypeAlias

from byhand.app.classes.messages import Begun, Broken, Ended, Marked, Message, Ready, Setup, Task
from byhand.app.classes.schedule import Key, Part, Schedule
from byhand.app.classes.worker import work
from byhand.lang.errors import ByhandError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection, PipeConnection

LONGEST = 30.0
"""Seconds that one hand-in may take: the first one that is wrong makes ready what slips there are, which takes several where quantities are many."""
SLOWEST_START = 120.0
"""Seconds in which a process must have prepared the exercise."""
TRIES = 2
"""How often a hand-in is marked at whose marking a process dies."""
MOST_STARTS = 3
"""How often a process may die before its exercise is prepared."""
AHEAD = 2
"""Tasks that a process has in hand, so that it need not wait for the next one."""


Wire: TypeAlias = "Connection[Any, Any] | PipeConnection[Any, Any]"


@dataclass(slots=True, eq=False)
class Worker:
    """A process and what it has in hand: the first task is the one it is at. ``done``: how many hand-ins of that one have been taken in."""

    process: BaseProcess
    wire: Wire
    since: float
    ready: bool = False
    tasks: list[Task] = field(default_factory=list[Task])
    done: int = 0
    begun: bool = False

    def is_late(self, now: float) -> bool:
        if not self.ready:
            return now - self.since > SLOWEST_START
        return bool(self.tasks) and now - self.since > LONGEST


@dataclass(slots=True)
class Crew:
    """``results`` runs a schedule to its end. What is left of the processes is stopped by ``stop``, whatever happened.

    ``target`` is what each process runs. ``again``: tasks that a process left undone; ``deaths``: at which hand-ins processes have died.
    """

    setup: Setup
    schedule: Schedule
    jobs: int
    target: Callable[..., None] = work
    workers: list[Worker] = field(default_factory=list[Worker])
    again: list[Task] = field(default_factory=list[Task])
    deaths: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])
    starts: int = 0

    def results(self) -> Iterator[tuple[Key, Part]]:
        """All results in the order of the schedule."""
        while not self.schedule.finished:
            self._give()
            yield from self.schedule.results()
            if not self.schedule.finished:
                self._listen()

    def stop(self) -> None:
        for worker in self.workers:
            worker.wire.close()
            worker.process.kill()
        for worker in self.workers:
            worker.process.join()
        self.workers.clear()

    # ------------------------------------------------------------------------------------------ out

    def _give(self) -> None:
        for worker in self.workers:
            while worker.ready and len(worker.tasks) < AHEAD and (task := self._next()) is not None:
                self._send(worker, task)
        while len(self.workers) < self.jobs and self._is_help_needed():
            self._hire()

    def _is_help_needed(self) -> bool:
        """Whether there are more tasks than processes that have none."""
        free = sum(not worker.tasks for worker in self.workers)
        while len(self.again) <= free and (task := self.schedule.take()) is not None:
            self.again.append(task)
        return len(self.again) > free

    def _next(self) -> Task | None:
        return self.again.pop(0) if self.again else self.schedule.take()

    def _send(self, worker: Worker, task: Task) -> None:
        if not worker.tasks:
            worker.since, worker.done, worker.begun = time.monotonic(), 0, False
        worker.tasks.append(task)
        with contextlib.suppress(OSError):  # it has died, which is seen when it is listened to
            worker.wire.send(task)

    def _hire(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=self.target, args=(theirs, self.setup), daemon=True)
        try:
            process.start()
        except OSError as error:
            raise ByhandError(
                f"cannot start a process that marks: {(error.strerror or 'the system does not allow it').lower()}; take fewer with --jobs 1."
            ) from None
        theirs.close()
        self.workers.append(Worker(process, ours, time.monotonic()))

    # ------------------------------------------------------------------------------------------ in

    def _listen(self) -> None:
        """Take in what has been said, and see to those who say nothing any more."""
        heard = wait([worker.wire for worker in self.workers], timeout=0.5)
        for worker in [one for one in self.workers if one.wire in heard]:
            try:
                while worker.wire.poll():
                    self._hear(worker, worker.wire.recv())
            except (EOFError, OSError):
                self._bury(worker, "the process that marked it has died, twice")
        now = time.monotonic()
        for worker in [one for one in self.workers if one.is_late(now)]:
            self._bury(worker, f"this takes longer than {LONGEST:g} seconds", tries=1)

    def _hear(self, worker: Worker, message: Message) -> None:
        worker.since = time.monotonic()
        match message:
            case Ready():
                worker.ready, self.starts = True, 0
            case Broken(sentence):
                raise ByhandError(sentence)
            case Begun(number):
                worker.begun = number >= worker.tasks[0].first + worker.done
            case Marked():
                worker.done, worker.begun = worker.done + 1, False
                self.schedule.marked(worker.tasks[0].key, message)
            case Ended():
                self.schedule.ended(worker.tasks.pop(0).key, message)
                worker.done, worker.begun = 0, False

    # ------------------------------------------------------------------------------------------ when one dies

    def _bury(self, worker: Worker, why: str, tries: int = TRIES) -> None:
        """What a process had in hand is given to others; the hand-in it was at is given up after so many tries."""
        self.workers.remove(worker)
        worker.wire.close()
        worker.process.kill()
        worker.process.join()
        if not worker.ready:
            self.starts += 1
            if self.starts >= MOST_STARTS:
                raise ByhandError("the processes that mark do not start: there may be too little memory for them; take fewer with --jobs 1.")
        if worker.tasks:
            current, *others = worker.tasks
            self.again += [*self._rest_of(current, worker, why, tries), *others]

    def _rest_of(self, task: Task, worker: Worker, why: str, tries: int) -> Iterator[Task]:
        first = task.first + worker.done
        self.deaths[task.file, first] += 1
        if self.deaths[task.file, first] >= tries:
            if not worker.begun:  # reading it was the trouble, and would be again for all that follow
                self.schedule.ended(task.key, Ended(False, failure=f"{why}."))
                return
            self.schedule.marked(task.key, Marked("", failure=f"{why}."))
            first += 1
        yield replace(task, first=first, count=task.count - (first - task.first))
