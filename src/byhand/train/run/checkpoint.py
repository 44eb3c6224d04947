"""A run in a file: everything that the next step depends on, so that a run that was killed goes on to the same bits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.train.run.files import load, save
from byhand.train.run.history import History, as_rows, from_rows
from byhand.train.run.settings import Settings

FORMAT = 1
KEY, SUM = "byhand", "crc32"
BEST = "best."
"""In front of the names of the best parameters so far; no name on a sheet has a dot."""
MAY_DIFFER = ("epochs", "engine", "threads", "patience", "min_delta")
"""Settings that a run may go on with changed."""


@dataclass(frozen=True, slots=True)
class Position:
    """So many epochs and steps of the next one are done; ``loss`` is the sum of the losses of that epoch's samples so far."""

    epoch: int = 0
    step: int = 0
    loss: float = 0.0
    examples: int = 0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``values`` are the parameters and the states of the update rule, ``best`` the parameters of the best epoch, where they are kept.

    ``about`` says what the run is of, apart from its settings: the sheet, the data and their scale, as it can stand in JSON.
    """

    settings: Settings
    position: Position
    history: History
    values: Mapping[str, Array]
    best: Mapping[str, Array]
    about: Mapping[str, Any]
    scales: Mapping[str, Array]


def digest(text: str) -> str:
    """The digest of a sheet's text."""
    return sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:16]


def write(path: Path, run: Checkpoint) -> None:
    """Write the file, whole or not at all; ``OSError`` where that cannot be."""
    arrays = {**run.values, **{BEST + name: array for name, array in run.best.items()}, **run.scales}
    text = {
        "format": FORMAT,
        "about": run.about,
        "settings": {name: _plain(value) for name, value in asdict(run.settings).items()},
        "position": asdict(run.position),
        "history": as_rows(run.history),
    }
    said = json.dumps(text, ensure_ascii=False)
    save(path, arrays, {KEY: said, SUM: checksum(said, arrays)})


def checksum(text: str, arrays: Mapping[str, Array]) -> str:
    """A CRC-32 of everything in a file: a disk that gives back other bits than it was given is noticed."""
    found = crc32(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        found = crc32(np.ascontiguousarray(array).data, crc32(f"{name} {array.dtype.str} {array.shape}".encode(), found))
    return f"{found:08x}"


def read(path: Path) -> Checkpoint:
    """What ``write`` wrote; ``ByhandError`` for any other file."""
    arrays, meta = load(path)
    if KEY not in meta:
        raise ByhandError(f"{path} is a safetensors file that byhand did not write: it has arrays, and nothing says what they are.")
    if meta.get(SUM) != checksum(meta[KEY], arrays):
        raise ByhandError(f"{path} is damaged: its contents are not what was saved; take the file from before, or train anew.")
    try:
        return _checkpoint(arrays, json.loads(meta[KEY]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        if isinstance(error, ByhandError):
            raise ByhandError(f"{path} cannot be used: {error}") from None
        raise ByhandError(f"{path} is damaged, or of another version of byhand: what it says of its arrays cannot be read.") from None


def _checkpoint(arrays: Mapping[str, Array], text: dict[str, Any]) -> Checkpoint:
    if text["format"] != FORMAT:
        raise ByhandError(f"it is of format {text['format']}, and this version of byhand reads format {FORMAT}.")
    values = {name: array for name, array in arrays.items() if "." not in name}
    best = {name.removeprefix(BEST): array for name, array in arrays.items() if name.startswith(BEST)}
    scales = {name: array for name, array in arrays.items() if "." in name and not name.startswith(BEST)}
    position = Position(**text["position"])
    about = dict(text["about"])
    return Checkpoint(Settings(**text["settings"]), position, from_rows(text["history"]), values, best, about, scales)


def check_same(path: str, run: Checkpoint, settings: Settings, about: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """``ByhandError`` unless the run in the file can go on with these settings on this sheet and data."""
    if run.about["digest"] != about["digest"]:
        raise ByhandError(f"{path} is of another sheet ({run.about['title']}), or of this one before it was changed: train anew, with another file.")
    for name in asdict(settings):
        before, now = getattr(run.settings, name), getattr(settings, name)
        if name not in MAY_DIFFER and before != now:
            raise ByhandError(f"{path} was trained with {name}={before}, and {name}={now} is asked for now: leave it as it was, or train anew.")
    if settings.plan.schedule.fixed_end and settings.epochs != run.settings.epochs:
        raise ByhandError(
            f"{path} was trained with epochs={run.settings.epochs}, on which the schedule {settings.schedule} depends from its start: "
            f"epochs={settings.epochs} would be another run."
        )
    for name, what in (("rows", "rows"), ("columns", "columns"), ("classes", "classes"), ("data", "data")):
        if run.about.get(name) != about.get(name):
            raise ByhandError(f"{path} was trained on other data: its {what} were {_short(run.about.get(name))}, and are {_short(about.get(name))} now.")
    for name, shape in shapes.items():
        found = run.values.get(name)
        if found is None or found.shape != shape or found.dtype != np.dtype(settings.dtype):
            has = "is missing" if found is None else f"has shape {found.shape} in {found.dtype}"
            raise ByhandError(f"{path} does not fit: {name} {has} there, and has shape {shape} in {settings.dtype} here.")


def _plain(value: Any) -> Any:
    return {str(key): float(one) for key, one in value.items()} if isinstance(value, Mapping) else value


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
