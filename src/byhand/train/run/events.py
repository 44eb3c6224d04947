"""What a run tells while it goes on, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from byhand.train.run.history import Epoch


@dataclass(frozen=True, slots=True)
class Going:
    """Some steps more are done: ``step`` of ``steps`` of this epoch, with the loss of the last ones."""

    epoch: int
    step: int
    steps: int
    loss: float
    examples: int


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint is on the disk."""

    path: Path


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong that does not end the run; a sentence."""

    message: str


Event: TypeAlias = "Going | Epoch | Saved | Trouble"
Report: TypeAlias = "Callable[[Event], None]"


def silent(event: Event) -> None:
    """Tell nobody."""
