"""What the process that runs a class and those that mark say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Setup:
    """What a marking process starts from: the sheet as text, since expressions do not travel, and what it makes of each report.

    ``form``: the form that is made for every person, if any; ``answers``: with what was expected.
    """

    text: str
    name: str
    form: str | None = None
    answers: bool = True


@dataclass(frozen=True, slots=True)
class Task:
    """Some hand-ins of one file: ``part`` counts them off, ``first`` is the first one's number, ``count`` how many at most."""

    file: int
    part: int
    path: str
    first: int
    count: int

    @property
    def key(self) -> tuple[int, int]:
        return self.file, self.part


@dataclass(frozen=True, slots=True)
class Ready:
    """The exercise is prepared."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The exercise cannot be prepared."""

    message: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A hand-in has been read; now it is marked. Also said from time to time while those before it are passed over."""

    number: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A hand-in is done: its report as a line, why it could not be read or marked, and the form that was asked for.

    ``wrong``: whether there is anything wrong with it.
    """

    person: str
    report: str = ""
    failure: str = ""
    made: str | bytes | None = None
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The task is done. ``more``: the file goes on. ``digest`` of the file's content; ``failure``: why the rest of the file cannot be read."""

    more: bool
    digest: str = ""
    failure: str = ""


Message: TypeAlias = Ready | Broken | Begun | Marked | Ended
