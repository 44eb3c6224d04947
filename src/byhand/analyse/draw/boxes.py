"""A network for a terminal: layers as boxes with arrows, in a row where there is room, else below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from byhand.show.picture import CELLS

MOST_INSIDE = CELLS - 8


@dataclass(frozen=True, slots=True)
class Boxed:
    """``lines`` stand inside; ``arrow`` is written at the arrow that leads here from the box before, if one does."""

    lines: tuple[str, ...]
    arrow: str | None = None


def in_boxes(boxes: Sequence[Boxed]) -> tuple[str, ...]:
    """The drawing, at most 80 cells wide."""
    row = _in_a_row(boxes)
    return row if max(map(cell_len, row)) <= CELLS else _below_each_other(boxes)


def _in_a_row(boxes: Sequence[Boxed]) -> tuple[str, ...]:
    height = max(len(box.lines) for box in boxes)
    parts: list[list[str]] = []
    for box in boxes:
        if box.arrow is not None:
            parts.append(_arrow(box.arrow, height))
        elif parts:
            parts.append(["  "] * (height + 2))
        parts.append(_frame(box.lines, height))
    return tuple("".join(part[k] for part in parts).rstrip() for k in range(height + 2))


def _arrow(label: str, height: int) -> list[str]:
    wide = max(cell_len(label) + 2, 5)
    middle = (height + 1) // 2
    rows = [" " * wide] * (height + 2)
    rows[middle] = f" {'─' * (wide - 3)}▶ "
    if label:
        rows[middle - 1] = _centred(label, wide)
    return rows


def _frame(lines: Sequence[str], height: int) -> list[str]:
    wide = max(map(cell_len, lines))
    above = (height - len(lines)) // 2
    inside = [""] * above + [*lines] + [""] * (height - len(lines) - above)
    return [f"┌{'─' * (wide + 2)}┐", *(f"│ {_centred(line, wide)} │" for line in inside), f"└{'─' * (wide + 2)}┘"]


def _centred(line: str, wide: int) -> str:
    return set_cell_size(" " * ((wide - cell_len(line)) // 2) + line, wide)


def _below_each_other(boxes: Sequence[Boxed]) -> tuple[str, ...]:
    """Centres of the boxes in one column; arrows between those that follow each other."""
    lines = [[cut(line) for line in box.lines] for box in boxes]
    widest = max(cell_len(line) for part in lines for line in part)
    middle = 2 + (widest + 1) // 2
    rows: list[str] = []
    for box, inside in zip(boxes, lines):
        if box.arrow is not None:
            rows += [f"{' ' * middle}│ {cut(box.arrow, CELLS - middle - 2)}".rstrip(), " " * middle + "▼"]
        wide = max(map(cell_len, inside))
        left = " " * max(0, middle - 2 - wide // 2)
        rows += [left + row for row in _frame(inside, len(inside))]
    return tuple(rows)


def cut(line: str, most: int = MOST_INSIDE) -> str:
    """A line that is too long for its box ends with dots."""
    return line if cell_len(line) <= most else set_cell_size(line, most - 2).rstrip() + " …"


def edge_table(title: str, edges: Sequence[Sequence[str]], bias: Sequence[str]) -> Iterator[str]:
    """What is on the edges into a layer: a row for each unit before and one for the biases, a column for each unit of the layer."""
    rows = [(f"from {k}", *row) for k, row in enumerate(edges, 1)] + ([("bias", *bias)] if bias else [])
    head = ("", *(f"to {k}" for k in range(1, len(edges[0]) + 1)))
    widths = [max(map(cell_len, column)) for column in zip(head, *rows)]
    yield cut(title, CELLS)
    for first, end in _that_fit(widths):
        for row in (head, *rows):
            yield set_cell_size(row[0], widths[0]) + "".join(f"  {_right(row[k], widths[k])}" for k in range(first, end))


def _that_fit(widths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """As many columns beside the first as there is room for, and then the next ones."""
    first = 1
    for k in range(2, len(widths) + 1):
        if k == len(widths) or sum(widths[first : k + 1]) + 2 * (k + 1 - first) + widths[0] > CELLS:
            yield first, k
            first = k


def _right(text: str, wide: int) -> str:
    return " " * (wide - cell_len(text)) + text
