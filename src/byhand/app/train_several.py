"""``byhand train`` on several processes and hosts: what is said when they have met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from byhand.train.distributed.news import Joined

Say = Callable[[str], None]


@dataclass(slots=True)
class Meeting:
    """Said once: each process says it of itself."""

    say: Say
    seen: set[int] = field(default_factory=set[int])

    def joined(self, news: Joined) -> None:
        if not self.seen:
            cut = f"; cut into parts: {news.cuts}" if news.cuts else ""
            who = f"{news.processes} processes have met" if news.processes != 1 else "1 process is ready"
            self.say(f"{who}: {news.devices}, mesh {news.mesh}{cut}.")
        self.seen.add(news.process)
