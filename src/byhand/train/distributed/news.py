"""What a process of a run says to the one that watches it: lines of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from byhand.train.run.events import Event, Going, Saved, Trouble
from byhand.train.run.history import Epoch


@dataclass(frozen=True, slots=True)
class Joined:
    """The process has met the others, on so many devices; ``process`` is its number."""

    process: int
    processes: int
    devices: str
    mesh: str
    cuts: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The run cannot go on, for this reason; ``diverged`` where the loss did."""

    message: str
    diverged: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """What has to be done together failed: another process is gone, or cannot be reached. ``reason`` is what JAX said."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over; the first process has left its result."""

    stopped: str = ""
    seconds: float = 0.0


News: TypeAlias = "Event | Joined | Failed | Lost | Finished"
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Going, Epoch, Saved, Trouble, Joined, Failed, Lost, Finished)}


def line_of(news: News) -> bytes:
    """As a line."""
    told = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(news).items()}
    return json.dumps({"kind": type(news).__name__, **told}, ensure_ascii=False).encode() + b"\n"


def from_line(line: bytes) -> News | None:
    """What ``line_of`` made; ``None`` for anything else."""
    try:
        told = json.loads(line)
        kind = _KINDS[told.pop("kind")]
        if kind is Saved:
            told["path"] = Path(told["path"])
        return kind(**told)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
