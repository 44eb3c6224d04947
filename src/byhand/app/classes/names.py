"""What the file of each person in a class is called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count

_UNFIT = re.compile(r"[^\w\-. ()+@']+")
_LONGEST = 80


@dataclass(slots=True)
class FileNames:
    """Names of files, each once, in the order in which they are asked for: the same class gives the same names."""

    ending: str
    used: set[str] = field(default_factory=set[str])
    times: dict[str, int] = field(default_factory=dict[str, int])

    def of(self, person: str) -> str:
        """A name made of a person's, without anything that could lead out of the folder."""
        plain = _UNFIT.sub("_", person).strip(" .")[:_LONGEST].rstrip(" .") or "hand-in"
        number = next(number for number in count(self.times.get(plain, 1)) if self._numbered(plain, number).casefold() not in self.used)
        self.times[plain] = number + 1
        self.take(self._numbered(plain, number))
        return self._numbered(plain, number)

    def _numbered(self, plain: str, number: int) -> str:
        return f"{plain}.{self.ending}" if number == 1 else f"{plain} ({number}).{self.ending}"

    def take(self, name: str) -> None:
        """This name is somebody's already."""
        self.used.add(name.casefold())
