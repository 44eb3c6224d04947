"""Matrices drawn over several lines, with brackets as tall as they are: each is put into the line that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

MOST_BRACKETS = 2_000
MOST_WIDE = 2_000
_TOP = re.compile("[⎡⎛]")
_SIDES = {"⎡": ("⎢", "⎣", "⎤", "⎥⎦"), "⎛": ("⎜", "⎝", "⎞", "⎟⎠")}
_BETWEEN = re.compile(r"(?<=[0-9.])\s+(?=[-−–+]?\s?[0-9.])")
Cells = list[list[str]]
"""Lines of signs; what is written in the place of several stands where the first of them was, so that columns stay where they are."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A drawing: its first line, the one behind its last, the columns of its brackets."""

    top: int
    end: int
    left: int
    right: int
    is_matrix: bool


def flat(text: str) -> str:
    """The text with every drawn matrix as [[1, 2], [3, 4]] in the line that goes through it. There are as many lines as before."""
    if not 0 < sum(map(text.count, _SIDES)) <= MOST_BRACKETS:
        return text
    cells: Cells = [list(line) if len(line) <= MOST_WIDE else [line] for line in text.split("\n")]
    drawings = list(_drawings(cells))
    for row, column in {place for one in drawings for place in _places(one)}:
        cells[row][column] = f"\0{cells[row][column]}"  # inside a drawing
    for one in sorted(drawings, key=lambda one: -one.left):  # what is drawn inside brackets is flat before they are
        _flatten(cells, one)
    return "\n".join("".join(row).replace("\0", "") for row in cells)


def _places(one: _Drawn) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(one.top, one.end) for column in range(one.left, one.right + 1))


def _drawings(cells: Cells) -> Iterator[_Drawn]:
    for top, line in enumerate(cells):
        for left, mark in enumerate(line):
            found = _drawn(cells, top, left, *_SIDES[mark]) if mark in _SIDES else None
            if found is not None:
                yield found


def _drawn(cells: Cells, top: int, left: int, bar: str, foot: str, corner: str, other_side: str) -> _Drawn | None:
    """What begins at a bracket's upper end: bars below it, its foot, and the other bracket on the same lines."""
    bars = sum(1 for _ in takewhile(lambda line: line[left : left + 1] == [bar], cells[top + 1 :]))
    end = top + bars + 2
    right = next((k for k in range(left, len(cells[top])) if cells[top][k] == corner), None)
    if right is None or end > len(cells) or cells[end - 1][left : left + 1] != [foot]:
        return None
    whole = all(right < len(line) and line[right] in other_side for line in cells[top + 1 : end])
    return _Drawn(top, end, left, right, corner == "⎤") if whole else None


def _flatten(cells: Cells, one: _Drawn) -> None:
    inner = ["".join(line[one.left + 1 : one.right]).replace("\0", "").strip() for line in cells[one.top : one.end]]
    rows = [_BETWEEN.sub(", ", row) for row in inner if row]
    written = f"[{', '.join(f'[{row}]' for row in rows)}]" if one.is_matrix else f"({' '.join(rows)})"
    home = _home(cells, one)
    for row, column in _places(one):
        cells[row][column] = "\0" if row == home else "\0 "
    cells[home][one.left] = f"\0{written}"


def _home(cells: Cells, one: _Drawn) -> int:
    """The line in which something stands beside the drawing, before it if possible."""
    rows = range(one.top, one.end)
    for side in (slice(0, one.left), slice(one.right + 1, None)):
        for row in rows:
            if any(sign.strip() and sign[0] != "\0" for sign in cells[row][side]):
                return row
    return one.top
