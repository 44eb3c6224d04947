"""What a cell's outputs show under which names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from byhand.check.answers import lines
from byhand.check.answers.entry import Entry, Numbers
from byhand.check.answers.written import written

_NEXT = re.compile(r"(?<=[\])0-9.])[ \t,;]+(?=[A-Za-z_∂][\w'/∂]{0,30}\s?[:=](?!=))")
_BESIDE = re.compile(r"^([A-Za-z_∂][\w'/∂]{0,30})[ \t]+(?=[\[(0-9+\-.]|array|tensor)", re.MULTILINE)


def printed(text: str, names: Sequence[str], place: str) -> Iterator[Entry]:
    """What was printed: lines name = value, name: value and name value; or values alone, where the code prints single names."""
    found = list(lines.entries(_NEXT.sub("\n", text), place))
    if not found:
        blocks = _blocks(text)
        if names and all(names) and len(blocks) == len(names):
            yield from _named(names, blocks, place)
            return
        found = list(lines.entries(_BESIDE.sub(r"\1 = ", text), place))
    elif _BESIDE.search(text):
        found = list(lines.entries(_BESIDE.sub(r"\1 = ", _NEXT.sub("\n", text)), place))
    yield from found


def shown(text: str, names: Sequence[str], place: str) -> Iterator[Entry]:
    """What a cell ends with: the value of a name, or of several in a tuple."""
    values = [text] if len(names) == 1 else _parts(text)
    if names and len(values) == len(names):
        yield from _named(names, values, place)


def _named(names: Sequence[str], values: Sequence[str], place: str) -> Iterator[Entry]:
    for name, value in zip(names, values):
        read = written(value)
        if read is not None and isinstance(read.content, Numbers):
            yield Entry(name, read.content, place, read.repairs, (), value.strip()[:2000])


def _blocks(text: str) -> list[str]:
    """The values that stand one after the other, each begun on a line of its own."""
    found: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if depth > 0 and found:
            found[-1] += "\n" + line
        elif line.strip():
            found.append(line)
        depth = max(0, depth + _opened(line))
    return found


def _parts(text: str) -> list[str]:
    """The items of a printed tuple."""
    bare = text.strip()
    if bare[:1] != "(" or bare[-1:] != ")":
        return []
    parts, depth = [""], 0
    for piece in re.split(r"(,)", bare[1:-1]):
        if piece == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += piece
        depth += _opened(piece)
    return [part for part in parts if part.strip()]


def _opened(text: str) -> int:
    return sum(map(text.count, "[(")) - sum(map(text.count, "])"))
