"""A run on several processes as it is heard of: passed on while it goes well, and put into one sentence where it does not."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, assert_never

from byhand.lang.errors import ByhandError
from byhand.train.distributed.job import AUTO, MEETING
from byhand.train.distributed.news import Failed, Finished, Joined, Lost, News
from byhand.train.distributed.watch import Process, Watch
from byhand.train.run.events import Event, Going, Report, Saved, Trouble
from byhand.train.run.history import Epoch

AFTERMATH = 2.0
"""Seconds in which, once something went wrong, the others are heard: who was the cause is known then."""
Welcome: TypeAlias = Callable[[Joined], None]
_ABORTED = ("heartbeat", "coordination service", "coordination agent")
"""In small letters what JAX prints before it ends a process because another one does not answer."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended that did not fail; ``diverged`` has the message of one whose loss did."""

    stopped: str
    seconds: float
    diverged: str = ""


@dataclass(slots=True)
class Course:
    """``epoch``: how many are done; ``lost``: who said that others are gone; ``gone``: who ended without having been asked to."""

    watch: Watch
    report: Report
    joined: Welcome | None = None
    epoch: int = 0
    saved: tuple[Path, int] | None = None
    failed: Failed | None = None
    lost: dict[int, str] = field(default_factory=dict[int, str])
    gone: list[Process] = field(default_factory=list[Process])
    finished: dict[int, Finished] = field(default_factory=dict[int, Finished])
    ended: int = 0
    met: bool = False
    _asked: bool = False

    def followed(self) -> Ending:
        """Hear everything to the end. ``ByhandError`` where it is not a good one."""
        while len(self.finished) < len(self.watch.processes) and self.failed is None:
            self._next(None)
            if self.lost or self.gone:
                self._aftermath()
                break
        if self.failed is not None and not self.failed.diverged:
            raise ByhandError(self.failed.message)
        if self.failed is None and len(self.finished) < len(self.watch.processes):
            raise ByhandError(f"{self._cause()}: the run has ended. {self._left()}" if self.met else self._missed())
        self.watch.settle()
        first = self.finished.get(0, Finished("diverged" if self.failed else "done"))
        return Ending(first.stopped, first.seconds, self.failed.message if self.failed is not None else "")

    def _next(self, seconds: float | None) -> bool:
        """Take in what is said next; whether anything was, in this time."""
        try:
            process, news = self.watch.heard.get(timeout=seconds)
        except queue.Empty:
            return False
        except KeyboardInterrupt:
            if self._asked or not self.met:  # nobody is there yet who could end the run where it can be taken up again
                raise
            self._asked = True
            self.watch.interrupt()
            return True
        self._hear(process, news)
        return True

    def _aftermath(self) -> None:
        """Until all that is left of the run has said what it knows, or it is time."""
        deadline = time.monotonic() + AFTERMATH
        while self.failed is None and not self._all_ended() and (left := deadline - time.monotonic()) > 0 and self._next(left):
            pass

    def _all_ended(self) -> bool:
        return self.ended == len(self.watch.processes)

    def _hear(self, process: Process, news: News | None) -> None:
        match news:
            case None:
                self.ended += 1
                if process.number not in self.finished and process.number not in self.lost:
                    self.gone.append(process)
            case Joined():
                self.met = True
                if self.joined is not None:
                    self.joined(news)
            case Failed():
                self.failed = self.failed or news
            case Lost(reason):
                self.lost[process.number] = reason
            case Finished():
                self.finished[process.number] = news
            case Going() | Epoch() | Saved() | Trouble():
                self._note(news)
            case _:
                assert_never(news)

    def _note(self, event: Event) -> None:
        match event:
            case Epoch(number=number):
                self.epoch = number
            case Saved(path):
                self.saved = (path, self.epoch)
            case _:
                pass
        self.report(event)

    # ------------------------------------------------------------------------------------------- in words

    def _cause(self) -> str:
        """Who is to blame: a process that ended by itself, else one that does not answer, else one of another host."""
        when = f"in epoch {self.epoch + 1}"
        aborted = [one for one in self.gone if one.running.returncode == -6 and any(word in one.printed().lower() for word in _ABORTED)]
        by_itself = [one for one in self.gone if one not in aborted]
        if by_itself:
            return f"{by_itself[0].name} {by_itself[0].ended_by()}, {when}"
        silent = [one for one in self.watch.processes if one not in aborted and one.number not in self.lost]
        if silent and aborted:
            return f"{silent[0].name} does not answer any more, {when}"
        return f"a process of another host is gone or cannot be reached, {when}"

    def _missed(self) -> str:
        """They never met."""
        alone = [one for one in self.gone if one.running.returncode != -6]
        if alone:
            return f"{alone[0].name} {alone[0].ended_by()}, before the processes had met: nothing was trained."
        seat = self.watch.processes[0].seat
        where = "the place that the cluster's manager knows" if seat.coordinator == AUTO else seat.coordinator
        return f"the {seat.processes or ''} processes did not meet at {where} within {MEETING} seconds: is each of them running, with the same place?"

    def _left(self) -> str:
        if self.saved is None:
            return "No checkpoint was asked for, so nothing is left of it."
        path, epoch = self.saved
        after = f"after epoch {epoch}" if epoch else "before the first epoch"
        return f"The last checkpoint, {path}, was saved {after}: resume goes on from it, with any number of processes."
