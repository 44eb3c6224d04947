"""In which order the hand-ins of a class are given out and taken in: many at once, and yet as if it had been one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TypeAlias

from byhand.app.classes.messages import Ended, Marked, Task

Key: TypeAlias = tuple[int, int]
PART = 64
"""Hand-ins of one file that are given out together."""


@dataclass(slots=True)
class Part:
    """Hand-ins that were given out together: those that are done, and how it ended."""

    marked: list[Marked] = field(default_factory=list[Marked])
    ended: Ended | None = None


@dataclass(slots=True)
class Schedule:
    """Gives out tasks and hands their results on in order.

    ``width``: how many parts of one file are under way at once; ``most``: how many results wait for those before them, which bounds memory.
    ``first``: the file and the part to begin with.
    """

    paths: Sequence[str]
    width: int
    most: int
    first: Key = (0, 0)
    parts: dict[Key, Part] = field(default_factory=dict[Key, Part])
    _next: Key = (0, 0)
    _file: int = 0
    _waiting: list[Key] = field(default_factory=list[Key])
    _issued: dict[int, int] = field(default_factory=dict[int, int])
    _last: dict[int, int] = field(default_factory=dict[int, int])

    def __post_init__(self) -> None:
        self._next, self._file = self.first, self.first[0]
        if self.first[1] and self._file < len(self.paths):
            self._issued[self._file] = self.first[1]
            self._waiting.append(self.first)
            self._file += 1

    @property
    def finished(self) -> bool:
        return self._next[0] >= len(self.paths)

    def take(self) -> Task | None:
        """The next task; ``None`` where nothing may be begun at the moment."""
        while self._waiting:
            file, part = self._waiting[0]
            if file < self._next[0] or part > self._last.get(file, part):
                heappop(self._waiting)
                continue
            if len(self.parts) >= self.most and self._waiting[0] != self._next:
                return None
            return self._given(heappop(self._waiting))
        if self._file >= len(self.paths) or (len(self.parts) >= self.most and (self._file, 0) != self._next):
            return None
        self._file += 1
        self._issued[self._file - 1] = 0
        return self._given((self._file - 1, 0))

    def _given(self, key: Key) -> Task:
        self.parts[key] = Part()
        return Task(key[0], key[1], self.paths[key[0]], key[1] * PART, PART)

    def marked(self, key: Key, result: Marked) -> None:
        if key in self.parts:
            self.parts[key].marked.append(result)

    def ended(self, key: Key, end: Ended) -> None:
        """A task is done: where its file goes on, more of it is given out."""
        if key not in self.parts:  # a part behind the end of its file
            return
        file, part = key
        self.parts[key].ended = end
        if not end.more:
            self._last[file] = min(part, self._last.get(file, part))
            for later in [one for one in self.parts if one[0] == file and one[1] > part]:
                del self.parts[later]
        elif file not in self._last:
            for more in range(self._issued[file] + 1, part + self.width + 1):
                heappush(self._waiting, (file, more))
                self._issued[file] = more

    def results(self) -> Iterator[tuple[Key, Part]]:
        """What is done and whose turn has come."""
        while (part := self.parts.get(self._next)) is not None and part.ended is not None:
            key = self._next
            del self.parts[key]
            self._next = (key[0], key[1] + 1) if part.ended.more else (key[0] + 1, 0)
            if not part.ended.more:
                self._issued.pop(key[0], None)
                self._last.pop(key[0], None)
            yield key, part
