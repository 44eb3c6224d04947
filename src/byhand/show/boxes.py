"""Rectangles of text with a baseline: what two-dimensional formulas in a terminal are built from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

FENCES = {
    "(": ("⎛", "⎜", "⎝"),
    ")": ("⎞", "⎟", "⎠"),
    "[": ("⎡", "⎢", "⎣"),
    "]": ("⎤", "⎥", "⎦"),
    "|": ("│", "│", "│"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """Lines of one width; ``baseline`` is the line that stands level with what is beside the box."""

    lines: tuple[str, ...]
    baseline: int = 0

    @property
    def width(self) -> int:
        return cell_len(self.lines[0])

    @property
    def height(self) -> int:
        return len(self.lines)


def box(lines: Sequence[str], baseline: int | None = None) -> Box:
    """Lines filled up to one width; level with the middle one (the upper of two) unless said otherwise."""
    width = max(map(cell_len, lines))
    return Box(tuple(set_cell_size(line, width) for line in lines), (len(lines) - 1) // 2 if baseline is None else baseline)


def beside(*boxes: Box) -> Box:
    """Boxes side by side, their baselines level."""
    above = max(part.baseline for part in boxes)
    below = max(part.height - part.baseline for part in boxes)
    stretched = [stretch(part, above, below) for part in boxes]
    return Box(tuple("".join(part.lines[k] for part in stretched) for k in range(above + below)), above)


def stretch(part: Box, above: int, below: int) -> Box:
    """Empty lines added, so many lines in all above the baseline and from it on."""
    blank = " " * part.width
    lines = [blank] * (above - part.baseline) + list(part.lines) + [blank] * (below - part.height + part.baseline)
    return Box(tuple(lines), above)


def fence(sign: str, like: Box) -> Box:
    """One bracket as tall as a box."""
    if like.height == 1:
        return Box((sign,))
    top, middle, bottom = FENCES[sign]
    return Box((top, *[middle] * (like.height - 2), bottom), like.baseline)


def fenced(inside: Box, pair: str = "()") -> Box:
    return beside(fence(pair[0], inside), inside, fence(pair[1], inside))


def raised(base: Box, mark: str) -> Box:
    """A mark at the upper right corner; right behind a base of one line."""
    return beside(base, Box((mark, *[" " * cell_len(mark)] * (base.height - 1)), base.baseline))


def lowered(base: Box, mark: str) -> Box:
    """A mark at the lower right corner."""
    return beside(base, Box((*[" " * cell_len(mark)] * (base.height - 1), mark), base.baseline))


def stacked(top: Box, bottom: Box) -> Box:
    """A fraction with a horizontal bar, which is its baseline."""
    width = max(top.width, bottom.width) + 2
    lines = [*(centred(line, width) for line in top.lines), "─" * width, *(centred(line, width) for line in bottom.lines)]
    return Box(tuple(lines), top.height)


def centred(line: str, width: int) -> str:
    return set_cell_size(" " * ((width - cell_len(line)) // 2) + line, width)


def grid(rows: Sequence[Sequence[str]]) -> Box:
    """Entries in columns two spaces apart, to the right, where their decimal points do not say otherwise."""
    columns = [aligned(column) for column in zip(*rows)]
    return box(["  ".join(row) for row in zip(*columns)])


def aligned(column: Iterable[str]) -> list[str]:
    """Numbers with their decimal points below each other; dots of left-out entries in the middle."""
    cells = list(column)
    tails = [_after_point(cell) for cell in cells]
    tail = max(tails)
    padded = [cell if _is_dots(cell) else cell + " " * (tail - own) for cell, own in zip(cells, tails)]
    width = max(map(cell_len, padded))
    return [centred(cell, width) if _is_dots(cell) else " " * (width - cell_len(cell)) + cell for cell in padded]


def _after_point(cell: str) -> int:
    """How many places stand from the decimal point on."""
    mantissa, _, _ = cell.partition("e")
    point = mantissa.find(".")
    return 0 if _is_dots(cell) or not cell[-1:].isdigit() else len(cell) - (point if point >= 0 else len(mantissa))


def _is_dots(cell: str) -> bool:
    return cell in ("⋯", "⋮", "⋱")
