"""What the file of each person in a class is called."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

_UNFIT = re.compile(r"[^\w\-. ()+@']+")
_LONGEST = 80


@dataclass(slots=True)
class Names:
    """Names of files, each once, in the order in which they are asked for: the same class gives the same names."""

    ending: str
    used: Counter[str] = field(default_factory=Counter[str])

    def of(self, person: str) -> str:
        """A name made of a person's, without anything that could lead out of the folder."""
        plain = _UNFIT.sub("_", person).strip(" .")[:_LONGEST].rstrip(" .") or "hand-in"
        self.used[plain.casefold()] += 1
        count = self.used[plain.casefold()]
        return f"{plain}.{self.ending}" if count == 1 else self.of(f"{plain} ({count})")
