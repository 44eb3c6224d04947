"""A file of hand-ins while it is read: one hand-in after the other, and what stood in the file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from byhand.check.answers.entry import HandIn
from byhand.check.answers.read import hand_ins
from byhand.lang.errors import ByhandError


@dataclass(slots=True)
class Opened:
    """``position``: how many hand-ins have been read; ``digest`` of the content when it was opened."""

    path: str
    position: int = 0
    digest: str = field(init=False)
    _state: tuple[int, ...] = field(init=False)
    _rest: Iterator[HandIn] = field(init=False)

    def __post_init__(self) -> None:
        self._state = state_of(self.path)
        self.digest = digest_of(self.path)
        self._rest = iter(hand_ins(Path(self.path)))

    def following(self) -> HandIn | None:
        """The next hand-in, if there is one; ``ByhandError`` where the file is not what it was."""
        current = next(self._rest, None)
        self.position += current is not None
        if state_of(self.path) != self._state:
            raise ByhandError("it changed while it was read; mark it again.")
        return current

    def each(self) -> Iterator[HandIn]:
        """All that are left."""
        while (found := self.following()) is not None:
            yield found


def hand_ins_of(path: Path) -> Iterator[HandIn]:
    """The hand-ins of a file, one after the other; ``ByhandError`` says which file cannot be read, and why."""
    try:
        yield from Opened(str(path)).each()
    except (OSError, ByhandError) as error:
        raise ByhandError(f"cannot read {path}: {why(error)}") from None


def state_of(path: str) -> tuple[int, ...]:
    """What changes when a file does; ``ByhandError`` for what is no file that can be read from its beginning to its end."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise ByhandError(f"it is {_kind(found.st_mode)} and no file.")
    return found.st_ino, found.st_size, found.st_mtime_ns


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return kinds.get(stat.S_IFMT(mode), "something else")


def digest_of(path: str) -> str:
    """The SHA-256 of a file's content, read piece by piece."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def why(error: OSError | ByhandError) -> str:
    """Why a file cannot be read, as the end of a sentence."""
    return str(error) if isinstance(error, ByhandError) else f"{(error.strerror or 'it cannot be opened').lower()}."
