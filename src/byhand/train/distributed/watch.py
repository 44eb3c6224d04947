"""The processes of a run on this host: started, heard, and ended together when one of them is gone."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from byhand.lang.errors import ByhandError
from byhand.train.distributed.job import Job, Seat, Told
from byhand.train.distributed.news import News, from_line

WORKER = "byhand.train.distributed.worker"
LINGER = 5.0
"""Seconds that processes have to end by themselves once the run is over."""
Heard: TypeAlias = "tuple[Process, News | None]"


@dataclass(slots=True, eq=False)
class Process:
    """One of them. ``log`` is what it and the libraries below it printed."""

    seat: Seat
    running: subprocess.Popen[bytes]
    log: Path

    @property
    def number(self) -> int:
        return self.seat.process or 0

    @property
    def name(self) -> str:
        return f"process {self.seat.process} of {self.seat.processes}" if self.seat.processes is not None else "the process of this host"

    def ended_by(self) -> str:
        """How it ended, in words."""
        code = self.running.returncode
        if code == -9:
            return "was ended by SIGKILL, which the system also sends where memory runs out"
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return f"was ended by {signal.Signals(-code).name}"
        said = self.printed().split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        return f"ended with exit code {code} ({last[:200]})" if last else f"ended with exit code {code}"

    def printed(self) -> str:
        """What it and the libraries below it printed."""
        with contextlib.suppress(OSError):
            return self.log.read_text(errors="replace")
        return ""


@dataclass(slots=True)
class Watch:
    """``heard``: what they say, as it comes; ``None`` when one has nothing more to say."""

    folder: Path
    processes: list[Process] = field(default_factory=list[Process])
    heard: queue.Queue[Heard] = field(default_factory=lambda: queue.Queue())
    listeners: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def start(self, job: Job, seats: Sequence[Seat]) -> None:
        """Start a process for each seat and tell it what to do."""
        for seat in seats:
            log = self.folder / f"process-{seat.process if seat.process is not None else 'own'}.log"
            self.processes.append(Process(seat, _started(log), log))
        for process in self.processes:
            self.listeners.append(threading.Thread(target=self._listen, args=(process,), daemon=True))
            self.listeners[-1].start()
        for process in self.processes:
            _told(process, Told(job, process.seat))

    def _listen(self, process: Process) -> None:
        assert process.running.stdout is not None
        with process.running.stdout as lines:
            for line in lines:
                news = from_line(line)
                if news is not None:
                    self.heard.put((process, news))
        process.running.wait()
        self.heard.put((process, None))

    def interrupt(self) -> None:
        """Pass Ctrl-C on to the first process, which ends the run where it can be taken up again."""
        for process in self.processes:
            if process.number == 0 and process.running.poll() is None:
                process.running.send_signal(signal.SIGINT)

    def end(self) -> None:
        """End what is left of them."""
        for process in self.processes:
            if process.running.poll() is None:
                process.running.kill()
        for process in self.processes:
            with contextlib.suppress(OSError):
                if process.running.stdin is not None:
                    process.running.stdin.close()
            process.running.wait()
        for listener in self.listeners:
            listener.join()

    def settle(self, seconds: float = LINGER) -> None:
        """Give them time to end by themselves."""
        deadline = time.monotonic() + seconds
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.running.wait(max(0.0, deadline - time.monotonic()))


def _started(log: Path) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C comes to the one that watches alone."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", WORKER]
    with log.open("wb") as errors:
        try:
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **quiet}, start_new_session=os.name == "posix"
            )
        except OSError as error:
            raise ByhandError(f"cannot start a process: {(error.strerror or 'the system does not allow it').lower()}; take fewer processes.") from None


def _told(process: Process, what: Told) -> None:
    assert process.running.stdin is not None
    with contextlib.suppress(OSError):  # it has ended already, which is heard
        process.running.stdin.write(pickle.dumps(what))
        process.running.stdin.flush()
