"""Matrices drawn over several lines, with brackets as tall as they are: each is put into the line that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

MOST_BRACKETS = 2_000
MOST_WIDE = 1_000
MOST_TALL = 100
MOST_CELLS = 200_000
"""Of all drawings together."""
_SIDES = {"⎡": ("⎢", "⎣", "⎤", "⎥⎦"), "⎛": ("⎜", "⎝", "⎞", "⎟⎠")}
_BETWEEN = re.compile(r"(?<=[0-9.])\s{1,100}(?=[-−–+]?\s?[0-9.])")
_FLAT_ROW = re.compile(r"\[[-−0-9. ]{1,400}\]")
_INSIDE = "\0"
"""Before a sign that is part of a drawing."""
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

    def places(self) -> Iterator[tuple[int, int]]:
        return ((row, column) for row in range(self.top, self.end) for column in range(self.left, self.right + 1))


def flat(text: str) -> str:
    """The text with every drawn matrix as [[1, 2], [3, 4]] in the line that goes through it. There are as many lines as before."""
    if not 0 < sum(map(text.count, _SIDES)) <= MOST_BRACKETS:
        return text
    cells: Cells = [list(line) if len(line) <= MOST_WIDE else [line] for line in text.replace(_INSIDE, "").split("\n")]
    drawings = list(_drawings(cells))
    for row, column in {place for one in drawings for place in one.places()}:
        cells[row][column] = _INSIDE + cells[row][column]
    beside = [[column for column, sign in enumerate(line) if sign[:1] != _INSIDE and sign.strip()] for line in cells]
    for one in sorted(drawings, key=lambda one: -one.left):  # what is drawn inside brackets is flat before they are
        _flatten(cells, one, _home(beside, one))
    return "\n".join(_FLAT_ROW.sub(_with_commas, "".join(row).replace(_INSIDE, "")) for row in cells)


def _with_commas(found: re.Match[str]) -> str:
    return _BETWEEN.sub(", ", found.group())


def _drawings(cells: Cells) -> Iterator[_Drawn]:
    size = 0
    for top, line in enumerate(cells):
        for left, mark in enumerate(line):
            found = _drawn(cells, top, left, *_SIDES[mark]) if mark in _SIDES else None
            size += 0 if found is None else (found.end - found.top) * (found.right - found.left + 1)
            if size > MOST_CELLS:
                return
            if found is not None:
                yield found


def _drawn(cells: Cells, top: int, left: int, bar: str, foot: str, corner: str, other_side: str) -> _Drawn | None:
    """What begins at a bracket's upper end: bars below it, its foot, and the other bracket on the same lines."""
    bars = sum(1 for _ in takewhile(lambda line: line[left : left + 1] == [bar], cells[top + 1 : top + MOST_TALL]))
    end = top + bars + 2
    if corner not in cells[top][left:] or end > len(cells) or cells[end - 1][left : left + 1] != [foot]:
        return None
    right = cells[top].index(corner, left)
    whole = all(right < len(line) and line[right] in other_side for line in cells[top + 1 : end])
    return _Drawn(top, end, left, right, corner == "⎤") if whole else None


def _home(beside: list[list[int]], one: _Drawn) -> int:
    """The line in which most stands beside the drawing. ``beside``: the columns that are in no drawing, and not blank."""
    return max(range(one.top, one.end), key=lambda row: len(beside[row]))


def _flatten(cells: Cells, one: _Drawn, home: int) -> None:
    inner = ["".join(line[one.left + 1 : one.right]).replace(_INSIDE, "").strip() for line in cells[one.top : one.end]]
    rows = [_BETWEEN.sub(", ", row) for row in inner if row]
    written = f"[{', '.join(f'[{row}]' for row in rows)}]" if one.is_matrix else f"({' '.join(rows)})"
    raised = cells[one.top][one.right + 1 : one.right + 2]
    if raised == ["ᵀ"] and home != one.top:
        written, cells[one.top][one.right + 1] = f"{written}ᵀ", " "
    for row, column in one.places():
        cells[row][column] = _INSIDE if row == home else f"{_INSIDE} "
    cells[home][one.left] = _INSIDE + written
