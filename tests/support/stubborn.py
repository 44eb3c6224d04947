"""A process that marks nothing, and dies and hangs as the names of its files tell it to; light, since it is started again and again."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

from byhand.app.classes.messages import Begun, Ended, Marked, Ready, Setup


def stubborn(wire: Connection, setup: Setup) -> None:
    """Dies at hand-ins of files named die, hangs at those named hang, dies once where a file is named so."""
    wire.send(Ready())
    while True:
        try:
            task = wire.recv()
        except (EOFError, OSError):
            return
        for number in range(task.first, min(task.first + task.count, 3)):
            wire.send(Begun(number))
            _trouble(Path(task.path), number)
            wire.send(Marked(f"{Path(task.path).name}:{number}"))
        wire.send(Ended(False))


def _trouble(path: Path, number: int) -> None:
    if path.name == "hang" and number == 1:
        time.sleep(60)
    if (path.name == "die" and number == 1) or (path.name == "once" and number == 2 and not path.exists()):
        path.write_text("")
        os.kill(os.getpid(), signal.SIGKILL)
