"""A crew of nobody else: a class marked in this process, so that what becomes of it can be tested without waiting for others to start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from byhand.app.checking import prepared
from byhand.app.classes.crew import Crew
from byhand.app.classes.messages import Ended, Marked, Message
from byhand.app.classes.schedule import Key, Part
from byhand.app.classes.worker import Marker


@dataclass(slots=True)
class Alone(Crew):
    """Takes one task after the other, as each of the processes does."""

    def results(self) -> Iterator[tuple[Key, Part]]:
        said: list[Message] = []
        marker = Marker(self.setup, prepared(self.setup.text, self.setup.name), said.append)
        while (task := self.schedule.take()) is not None:
            marker.mark(task)
            for message in said:
                if isinstance(message, Marked):
                    self.schedule.marked(task.key, message)
                elif isinstance(message, Ended):
                    self.schedule.ended(task.key, message)
            said.clear()
            yield from self.schedule.results()
        assert self.schedule.finished
