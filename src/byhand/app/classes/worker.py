"""A process that marks: it prepares the exercise once, then takes one task after the other."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TypeAlias

from byhand.app.checking import prepared
from byhand.app.classes.messages import Begun, Broken, Ended, Marked, Message, Ready, Setup, Task
from byhand.app.classes.opened import Opened
from byhand.app.classes.records import to_line
from byhand.app.forms import made_of
from byhand.check.answers.entry import HandIn
from byhand.check.judge.judge import Judge
from byhand.lang.errors import ByhandError

SIGN_OF_LIFE = 200
"""After so many hand-ins that are only passed over the process says that it is alive."""
Say: TypeAlias = Callable[[Message], None]


def work(wire: Connection, setup: Setup) -> None:
    """What such a process does until nobody has a task for it any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who runs the class stops it
    try:
        marker = Marker(setup, prepared(setup.text, setup.name), wire.send)
        wire.send(Ready())
        while True:
            marker.mark(wire.recv())
    except ByhandError as error:
        wire.send(Broken(str(error)))
    except (EOFError, OSError):  # the class is done, or was given up
        pass


@dataclass(slots=True)
class Marker:
    """Marks the hand-ins of tasks and says so one by one. A file stays open, so that the next task goes on where the last one stopped."""

    setup: Setup
    judge: Judge
    say: Say
    opened: Opened | None = field(default=None)

    def mark(self, task: Task) -> None:
        """One task, whatever stands in its file."""
        try:
            more = self._mark_all(task)
            self.say(Ended(more, self.opened.digest if self.opened else ""))
        except (BrokenPipeError, ConnectionError):
            raise
        except Exception as error:  # whatever is wrong with a file, or with byhand, costs no other file anything
            self.opened = None
            self.say(Ended(False, failure=reason(error)))

    def _mark_all(self, task: Task) -> bool:
        """Whether the file goes on after the task."""
        if self.opened is None or self.opened.path != task.path or self.opened.position > task.first:
            self.opened = Opened(task.path)
        for number in range(self.opened.position, task.first + task.count):
            if number < task.first and number % SIGN_OF_LIFE == 0:
                self.say(Begun(number))
            hand_in = self.opened.following()
            if hand_in is None:
                return False
            if number >= task.first:
                self.say(Begun(number))
                self.say(self._marked(hand_in, task.path))
        return True

    def _marked(self, hand_in: HandIn, path: str) -> Marked:
        try:
            report = self.judge.mark(hand_in)
            made = made_of(report, self.judge.exercise, hand_in, self.setup.form, self.setup.answers, path) if self.setup.form else None
        except Exception as error:  # nor any other hand-in
            return Marked(hand_in.person, failure=reason(error), wrong=True)
        failure = hand_in.problems[0] if hand_in.problems and not hand_in.entries else ""
        return Marked(hand_in.person, to_line(report), failure, made, report.total < report.most)


def reason(error: Exception) -> str:
    """Why a hand-in has no mark, in one sentence."""
    match error:
        case ByhandError():
            return str(error)
        case RecursionError() | MemoryError():
            return "it is nested too deeply or is too large to be worked through."
        case OSError():
            return f"it cannot be read: {(error.strerror or 'it cannot be opened').lower()}."
        case _:
            return f"an error in byhand itself ({type(error).__name__}: {error}); please report it with the hand-in that led to it."
