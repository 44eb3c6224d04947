"""Ctrl-C while steps are taken: noted, and obeyed between two calls of the engine, so that no step is half taken."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any


@dataclass(slots=True)
class Interrupts:
    """``asked``: whether somebody wants to stop. A second Ctrl-C interrupts at once, as it always does.

    In a thread that signals do not reach nothing is changed.
    """

    asked: bool = False
    _before: Any = None
    _set: bool = False

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            if self._before is signal.default_int_handler:
                signal.signal(signal.SIGINT, self._note)
                self._set = True
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._set:
            signal.signal(signal.SIGINT, self._before)
