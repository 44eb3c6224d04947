"""``byhand train`` on several processes and hosts: what is said of them, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from byhand.lang.errors import ByhandError
from byhand.train.run.events import Report
from byhand.train.run.fitting import Fitted

if TYPE_CHECKING:
    from byhand.train.distributed.job import Products
    from byhand.train.distributed.news import Joined

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Several:
    """``--processes``, ``--mesh``, ``--coordinator`` and ``--process-id``, and ``--products``."""

    processes: int | None = None
    mesh: str | None = None
    coordinator: str | None = None
    process: int | None = None
    products: Products | None = None

    @property
    def asked(self) -> bool:
        """Whether more than this process is to train. ``ByhandError`` for options that mean nothing without it."""
        if self.processes is None and self.coordinator is None:
            for name, value in (("--mesh", self.mesh), ("--process-id", self.process), ("--products", self.products)):
                if value is not None:
                    raise ByhandError(f"{name} is for training on several processes: say how many with --processes.")
            return False
        return True


@dataclass(slots=True)
class _Meeting:
    """Said once all have met: each says it of itself."""

    say: Say
    seen: set[int] = field(default_factory=set[int])

    def joined(self, news: Joined) -> None:
        if not self.seen:
            cut = f"; cut into parts: {news.cuts}" if news.cuts else ""
            self.say(f"{news.processes} process{'es' * (news.processes != 1)} have met: {news.devices}, mesh {news.mesh}{cut}.")
        self.seen.add(news.process)


def fit_on_several(
    several: Several,
    text: str,
    name: str,
    data: str,
    choices: Mapping[str, Any],
    *,
    reading: Mapping[str, Any],
    checkpoint: Path | None,
    every: float | None,
    resume: bool,
    report: Report,
    say: Say,
) -> Fitted | None:
    """What training came to, or ``None`` on a host that does not have it; arguments as ``run_distributed`` takes them."""
    from byhand.train.distributed.start import run_distributed  # what only several processes need

    return run_distributed(
        text,
        name,
        data,
        choices,
        processes=several.processes,
        mesh=several.mesh,
        coordinator=several.coordinator,
        process=several.process,
        reading=reading,
        checkpoint=checkpoint,
        every=every,
        resume=resume,
        products=several.products or "highest",
        report=report,
        joined=_Meeting(say).joined,
    )
