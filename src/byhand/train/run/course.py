"""How a run is begun: anew, or from a file that a run before was saved to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from byhand.lang.errors import ByhandError
from byhand.train.asked import with_asked
from byhand.train.run.checkpoint import Checkpoint, read
from byhand.train.run.files import tidy, writable
from byhand.train.run.loop import Saving
from byhand.train.run.settings import Settings


def course(
    path: Path | None, every: float | None, resume: bool, choices: Mapping[str, Any], asked: Mapping[str, Any] | None = None
) -> tuple[Saving | None, Checkpoint | None, Settings]:
    """Where a run is saved, what it goes on from, and with which settings; nothing that is there is written over without being asked.

    ``asked`` is what the sheet says of its step, which holds where nothing else is chosen. A run that goes on has the settings it began with,
    but for those that are chosen anew.
    """
    if path is None:
        if resume:
            raise ByhandError("cannot go on with a run: say which file it was saved to, with checkpoint.")
        if every is not None:
            raise ByhandError("cannot save every so many epochs: say to which file, with checkpoint.")
        return None, None, Settings(**with_asked(choices, asked or {}))
    if every is not None and not every > 0:
        raise ByhandError(f"a checkpoint after every {every} epochs cannot be: it is a number above 0, such as 1 or 0.1.")
    if path.exists() and not resume:
        raise ByhandError(f"{path} is there already: go on with that run (resume), or take another name for a new one.")
    writable(path)
    tidy(path)
    saving = Saving(path, every)
    if not path.exists():
        return saving, None, Settings(**with_asked(choices, asked or {}))
    before = read(path)
    return saving, before, before.settings.changed(**choices)
