"""What has been marked of a class so far, beside the file that it is for, so that an interrupted run need not begin again.

JSON in lines: first what was asked for, then for each part of a file a line for every hand-in and one that says that the part is whole.
The journal is in the order of the class; what stands behind the last whole part was cut off and is dropped.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from byhand.app.classes.messages import Ended, Marked
from byhand.app.classes.opened import digest_of
from byhand.app.classes.schedule import Key


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one hand-in of the file ``path``, or, without a person, why the rest of that file cannot be read. ``name``: the file it got itself."""

    path: str
    marked: Marked
    name: str = ""


@dataclass(slots=True)
class Journal:
    """``next``: the first part that is not in it yet; ``people``: how many hand-ins are."""

    path: Path
    about: Mapping[str, object]
    paths: Sequence[str]
    next: Key = (0, 0)
    people: int = 0
    _file: BinaryIO | None = None

    def open(self) -> bool:
        """Begin to write, behind what is there already if that is of use; whether it is."""
        end = self._end_of_use()
        self._file = self.path.open("r+b" if end else "wb")
        if end:
            self._file.truncate(end)
            self._file.seek(end)
        else:
            self._say(dict(self.about))
        return end > 0 and self.next > (0, 0)

    def add(self, key: Key, outcomes: Sequence[Outcome], ended: Ended) -> None:
        """A part that is whole, after all those before it."""
        for one in outcomes:
            kept = one.marked if not one.name else replace(one.marked, made=None)  # what has a file of its own is there already
            self._say({"as": one.name} | asdict(kept))
        file, number = key
        self._say({"part": [file, number], "path": self.paths[file], "people": len(outcomes), "sha256": ended.digest, "more": ended.more})
        assert self._file is not None
        self._file.flush()
        self.people += len(outcomes)
        self.next = (file, number + 1) if ended.more else (file + 1, 0)

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def remove(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)

    def outcomes(self) -> Iterator[Outcome]:
        """Everything in it, in order."""
        waiting: list[dict[str, Any]] = []
        for line in self._lines():
            if "part" in line:
                yield from (Outcome(line["path"], _marked(one), one["as"]) for one in waiting)
                waiting = []
            else:
                waiting.append(line)

    def _say(self, line: Mapping[str, object]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(line).encode() + b"\n")

    def _lines(self) -> Iterator[dict[str, Any]]:
        with open(self.path, "rb") as file:
            next(file, None)
            for raw in file:
                yield json.loads(raw)

    # ------------------------------------------------------------------------------------------ taking up again

    def _end_of_use(self) -> int:
        """Up to where an earlier journal says what this run would find; 0 if it is of no use."""
        try:
            if not self.path.is_file():
                return 0
            with open(self.path, "rb") as file:
                return self._used(file)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            self.next, self.people = (0, 0), 0
            return 0

    def _used(self, file: BinaryIO) -> int:
        if json.loads(file.readline()) != json.loads(json.dumps(dict(self.about))):
            return 0
        end, people, checked = file.tell(), 0, ""
        for raw in file:
            line = _object(raw)
            if line is None:
                break
            if "part" not in line:
                continue
            key, path = tuple(cast(list[int], line["part"])), str(line["path"])
            if key != self.next or key[0] >= len(self.paths) or path != self.paths[key[0]]:
                break
            if path != checked and _content(path) != line["sha256"]:
                break
            checked = path
            people += int(line["people"])
            self.next = (key[0], key[1] + 1) if line["more"] else (key[0] + 1, 0)
            end = file.tell()
        self.people = people
        return end


def _marked(line: Mapping[str, Any]) -> Marked:
    return Marked(line["person"], line["report"], line["failure"], line["made"], line["wrong"])


def _object(raw: bytes) -> dict[str, Any] | None:
    """A line that is whole."""
    if not raw.endswith(b"\n"):
        return None
    found = json.loads(raw)
    return cast(dict[str, Any], found) if isinstance(found, dict) else None


def _content(path: str) -> str:
    """The digest of a file as it is now; nothing where it cannot be read, as when it was first tried."""
    try:
        return digest_of(path) if os.path.isfile(path) else ""
    except OSError:
        return ""
