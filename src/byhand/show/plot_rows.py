"""A plot in characters: curves in Braille dots, eight to a cell, iterates as signs of their own.

Terminal plotting libraries draw this too, but with their own axes, and not the labels, ranges and cut-off of the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, pairwise

from rich.cells import cell_len, set_cell_size

from byhand.show.frame import Axes, Curve, Frame, ranges, visible
from byhand.show.labels import line
from byhand.show.picture import CELLS, Point

HIGH = 14
WIDEST, NARROWEST = 56, 30
SIGNS = "●○■□▲△◆◇"
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def plot_rows(curves: Sequence[Curve], axes: Axes) -> tuple[str, ...]:
    """The plot with its axes, at most 80 cells wide."""
    spans = ranges(curves, axes)
    bare = Frame(0, 0, 1, 1, *spans, axes.log_y)
    edge = max((cell_len(name) for _, name in bare.y_ticks), default=0)
    names = _names(curves)
    across = min(WIDEST, CELLS - edge - 2)
    frame = Frame(0, 0, 2 * across - 1, 4 * HIGH - 1, *spans, axes.log_y)
    heights = {round(frame.y(float(tick))) // 4: name for tick, name in frame.y_ticks}
    body = [f"{heights.get(k, ''):>{edge}} {'┤' if k in heights else '│'}{row}".rstrip() for k, row in enumerate(_cells(frame, curves, across))]
    above = [" " * max(0, edge - cell_len(line(axes.y)) // 2) + line(axes.y)] if axes.y else []
    return (*above, *body, *_below(frame, axes, edge, across), *_legend(names))


def _cells(frame: Frame, curves: Sequence[Curve], across: int) -> list[str]:
    """Every curve in Braille, and above it the signs of its iterates, or one near its end that tells it from others."""
    dots = [[0] * across for _ in range(HIGH)]
    signs: dict[tuple[int, int], str] = {}
    for curve, sign in zip(curves, _signs(curves)):
        trace = list(_trace(frame, curve))
        for x, y in trace:
            dots[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
        if curve.dots:
            places = [place for place in map(frame.at, curve.points) if place and frame.holds(place)]
            signs |= {(round(y) // 4, round(x) // 2): sign for x, y in places}
        elif sign:
            free = next((cell for x, y in reversed(trace) if (cell := (y // 4, x // 2)) not in signs), None)
            signs |= {free: sign} if free else {}
    return ["".join(signs.get((k, j)) or (chr(0x2800 + dot) if dot else " ") for j, dot in enumerate(row)) for k, row in enumerate(dots)]


def _signs(curves: Sequence[Curve]) -> Iterator[str]:
    """One for each curve with dots, and for solid lines where there are several."""
    solid = [curve for curve in curves if curve.label and not curve.dots and not curve.dashed]
    signs = cycle(SIGNS)
    for curve in curves:
        yield next(signs) if curve.dots or (len(solid) > 1 and curve in solid) else ""


def _trace(frame: Frame, curve: Curve) -> Iterator[tuple[int, int]]:
    """The Braille dots on a curve; a dashed one has every second stretch of three."""
    if not curve.line:
        return
    for run in visible(frame, curve.points):
        count = 0
        for start, end in pairwise(run):
            for x, y in _straight(start, end):
                count += 1
                if not curve.dashed or count % 6 < 3:
                    yield x, y


def _straight(start: Point, end: Point) -> Iterator[tuple[int, int]]:
    steps = max(1, round(max(abs(end[0] - start[0]), abs(end[1] - start[1]))))
    for k in range(steps + 1):
        yield round(start[0] + (end[0] - start[0]) * k / steps), round(start[1] + (end[1] - start[1]) * k / steps)


def _below(frame: Frame, axes: Axes, edge: int, across: int) -> Iterator[str]:
    """The horizontal axis, its numbers, its name."""
    axis, numbers = ["─"] * across, [" "] * (across + edge + 8)
    for tick, name in frame.x_ticks(across // 9):
        column = round(frame.x(float(tick))) // 2
        axis[column] = "┬"
        start = max(0, edge + 2 + column - len(name) // 2)
        numbers[start : start + len(name)] = name
    yield " " * edge + " └" + "".join(axis)
    yield "".join(numbers)[:CELLS].rstrip()
    if axes.x:
        yield f"{line(axes.x):^{across}}".rjust(across + edge + 2).rstrip()


def _names(curves: Sequence[Curve]) -> list[str]:
    samples = [sign if sign and not curve.line else f"─{sign}─" if sign else "╌╌╌" if curve.dashed else "───" for curve, sign in zip(curves, _signs(curves))]
    return [f"{sample} {line(curve.label)}" for sample, curve in zip(samples, curves) if curve.label]


def _legend(names: Sequence[str]) -> Iterator[str]:
    """As many names on a row as there is room for."""
    row = ""
    for name in names:
        if row and cell_len(row) + 3 + cell_len(name) > CELLS:
            yield row
            row = ""
        row = f"{row}   {name}" if row else name
    if row:
        yield set_cell_size(row, CELLS).rstrip()
