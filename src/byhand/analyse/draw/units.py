"""A plain network as a picture: units as circles in columns, an edge for every weight, captions below.

No label lies on another one: columns are as far apart, and units as far below each other, as what is written needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

from byhand.analyse.draw.sketch import Column
from byhand.show.labels import LINE, room_for
from byhand.show.picture import Circle, Label, Mark, Paint, Point, Rectangle, Stroke

RADIUS, BIAS_RADIUS = 17.0, 11.0
SPACING = 46.0
SPACINGS = (46.0, 52.0, 58.0, 64.0, 70.0, 78.0, 86.0, 96.0, 108.0)
TALLEST = 560.0
EDGE_LABEL = 13.5
"""The height that a label on an edge takes."""
HEAD = 26.0
APART = 140.0
BLOCK = (70.0, 120.0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Where everything is: for each column its x, its units' places (``None`` for dots), and the place of its bias unit."""

    x: tuple[float, ...]
    units: tuple[tuple[Point, ...], ...]
    bias: tuple[Point | None, ...]
    radius: float
    on_edges: tuple[float | None, ...]
    bottom: float
    width: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """``crowded``: what should be on some edges has no room there."""

    marks: tuple[Mark, ...]
    width: float
    height: float
    crowded: bool


def drawn(columns: Sequence[Column], accent: bool) -> Drawn:
    """The network with its captions. ``accent``: what is on the edges is not the weights themselves."""
    grid = _grid(columns)
    marks: list[Mark] = []
    for place in range(1, len(columns)):
        marks += _edges(columns, grid, place)
    for place, column in enumerate(columns):
        marks += _units(column, grid, place)
    for place in range(1, len(columns)):
        marks += _on_edges(columns, grid, place, "accent" if accent else "ink")
    marks += _captions(columns, grid)
    height = grid.bottom + 6 + LINE * 1.2 * max(len(column.caption) for column in columns)
    crowded = any(column.weights and share is None for column, share in zip(columns, grid.on_edges))
    return Drawn(tuple(marks), grid.width, height, crowded)


# ------------------------------------------------------------------------------------------------ places


def _grid(columns: Sequence[Column]) -> Grid:
    radius = max([RADIUS, *(room_for(unit, small=True) / 2 + 3 for column in columns for unit in column.units if unit is not None)])
    spacing, on_edges = _spacing(columns, radius)
    heights = [_height(column, spacing) for column in columns]
    middle = HEAD + max(height / 2 + (radius if column.units else 0) for height, column in zip(heights, columns))
    x = _across(columns, radius, spacing, on_edges)
    units: list[tuple[Point, ...]] = []
    biases: list[Point | None] = []
    for place, (column, height, bias) in enumerate(zip(columns, heights, _biased(columns))):
        first = middle - height / 2
        units.append(tuple((x[place], first + spacing * k) for k in range(max(1, len(column.units)))))
        if not column.units:
            units[-1] = ((x[place], first + BLOCK[1] / 2),)
        biases.append((x[place], first + height + _below(spacing)) if bias else None)
    lowest = max(height / 2 + (_below(spacing) + BIAS_RADIUS + 16 if bias else radius) for height, bias in zip(heights, _biased(columns)))
    bottom = middle + lowest + 12
    width = x[-1] + _half(columns[-1], radius)
    return Grid(tuple(x), tuple(units), tuple(biases), radius, tuple(on_edges), bottom, width)


def _biased(columns: Sequence[Column]) -> list[bool]:
    """Whether a column has a unit that is always 1, for the biases behind it."""
    return [*(bool(column.bias) for column in columns[1:]), False]


def _below(spacing: float) -> float:
    """How far the unit for the biases is below the last other one."""
    return max(40.0, spacing * 0.9)


def _height(column: Column, spacing: float) -> float:
    return spacing * (len(column.units) - 1) if column.units else BLOCK[1]


def _spacing(columns: Sequence[Column], radius: float) -> tuple[float, list[float | None]]:
    """How far units are below each other so that labels on the edges are free, and where on the edges they stand, if at all."""
    least = max(SPACING, 2 * radius + 10)
    tallest = max(len(column.units) + bias for column, bias in zip(columns, _biased(columns)))
    best: tuple[float, list[float | None]] = least, [None] * len(columns)
    count = 0
    for spacing in (least, *(one for one in SPACINGS if one > least)):
        if spacing * (tallest - 1) > TALLEST and count:
            break
        found = [_share(columns, place, spacing, radius) for place in range(len(columns))]
        free = sum(share is not None for share in found)
        if free > count and spacing * (tallest - 1) <= TALLEST:
            best, count = (spacing, found), free
    return best


def _share(columns: Sequence[Column], place: int, spacing: float, radius: float) -> float | None:
    """At which part of their way the edges into a column are far enough from each other, if there is one."""
    column = columns[place]
    if not column.edges or not column.units or not columns[place - 1].units:
        return None
    total = _height(columns[place - 1], spacing)
    before = [spacing * k - total / 2 for k in range(len(columns[place - 1].units))]
    if column.bias and column.bias_edges:
        before.append(total / 2 + _below(spacing))
    own = _height(column, spacing)
    here = [spacing * k - own / 2 for k in range(len(column.units))]
    shares = [0.5, *(0.5 + sign * step / 50 for step in range(1, 17) for sign in (-1, 1))]
    gaps = [(min(_gaps(before, here, share), default=99.0), share) for share in shares]
    return next((share for gap, share in gaps if gap >= EDGE_LABEL), None)


def _gaps(before: Sequence[float], here: Sequence[float], share: float) -> Iterator[float]:
    heights = sorted((1 - share) * a + share * b for a in before for b in here)
    yield from (below - above for above, below in pairwise(heights))


def _half(column: Column, radius: float) -> float:
    """How far a column reaches to either side."""
    widest = max(room_for(line, small=isinstance(line, str)) for line in column.caption)
    return max(radius if column.units else BLOCK[0] / 2, widest / 2) + 1


def _across(columns: Sequence[Column], radius: float, spacing: float, on_edges: Sequence[float | None]) -> list[float]:
    x = [_half(columns[0], radius)]
    for place in range(1, len(columns)):
        column, before = columns[place], columns[place - 1]
        beside = _half(before, radius) + _half(column, radius) + 16
        above = room_for(column.weights) + 2 * radius + 16
        share = on_edges[place]
        written = 0.0
        if share is not None:
            widest = max(room_for(label, small=True) for row in (*column.edges, column.bias_edges) for label in row)
            written = (widest / 2 + radius + 8) / min(share, 1 - share)
        x.append(x[-1] + max(APART, beside, above, written, _clear(before, column, radius, spacing)))
    return x


def _clear(before: Column, column: Column, radius: float, spacing: float) -> float:
    """How far apart two columns must be so that the steepest edge passes by the units next to those it joins."""
    drop = (_height(before, spacing) + _height(column, spacing)) / 2 + (_below(spacing) if column.bias else 0)
    next_unit = min(spacing, _below(spacing)) if column.bias else spacing
    reach = radius + 3
    return drop * reach / (next_unit**2 - reach**2) ** 0.5


# ------------------------------------------------------------------------------------------------- marks


def _edges(columns: Sequence[Column], grid: Grid, place: int) -> Iterator[Mark]:
    """A line for each weight; those of a block begin or end together in the middle of its side."""
    before, here = columns[place - 1], columns[place]
    if not before.units and not here.units:
        (x, y), (right, _) = grid.units[place - 1][0], grid.units[place][0]
        yield Stroke(((x + BLOCK[0] / 2 + 4, y), (right - BLOCK[0] / 2 - 4, y)), "muted", 1.6, arrow=True)
    for source, name in zip(_ends(before, grid, place - 1, BLOCK[0] / 2), before.units or ("",)):
        for target, other in zip(_ends(here, grid, place, -BLOCK[0] / 2), here.units or ("",)):
            if name is not None and other is not None and (before.units or here.units):
                yield _line(source, target, grid.radius if before.units else 0.0, grid.radius if here.units else 0.0, "muted", False)
    origin = grid.bias[place - 1]
    for target, other in zip(grid.units[place], here.units):
        if origin is not None and other is not None:
            yield _line(origin, target, BIAS_RADIUS, grid.radius, "muted", True)


def _ends(column: Column, grid: Grid, place: int, aside: float) -> tuple[Point, ...]:
    """Where the edges of a column begin or end: at its units, or at the side of its block."""
    places = grid.units[place]
    return places if column.units else ((places[0][0] + aside, places[0][1]),)


def _line(start: Point, end: Point, first: float, last: float, paint: Paint, dashed: bool) -> Stroke:
    """From the rim of one circle to the rim of another."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    far = hypot(dx, dy)
    ux, uy = dx / far, dy / far
    return Stroke(((start[0] + ux * first, start[1] + uy * first), (end[0] - ux * last, end[1] - uy * last)), paint, 0.8, dashed=dashed)


def _units(column: Column, grid: Grid, place: int) -> Iterator[Mark]:
    if not column.units:
        (x, y), (wide, high) = grid.units[place][0], BLOCK
        yield Rectangle((x - wide / 2, y - high / 2), wide, high)
        yield Label((x, y), column.size)
    for point, unit in zip(grid.units[place], column.units):
        if unit is None:
            yield from (Circle((point[0], point[1] + down), 1.4, filled=True) for down in (-7.0, 0.0, 7.0))
        else:
            yield Circle(point, grid.radius)
            yield Label(point, unit, small=True)
    bias = grid.bias[place]
    if bias is not None:
        yield Circle(bias, BIAS_RADIUS, "muted")
        yield Label(bias, "1", paint="muted", small=True)


def _on_edges(columns: Sequence[Column], grid: Grid, place: int, paint: Paint) -> Iterator[Mark]:
    share = grid.on_edges[place]
    if share is None:
        return
    column, origin = columns[place], grid.bias[place - 1]
    sources = [*grid.units[place - 1], *([origin] if origin is not None and column.bias_edges else [])]
    for source, row in zip(sources, (*column.edges, column.bias_edges)):
        for target, label in zip(grid.units[place], row):
            at = ((1 - share) * source[0] + share * target[0], (1 - share) * source[1] + share * target[1])
            yield Label(at, label, paint=paint, small=True, halo=True)


def _captions(columns: Sequence[Column], grid: Grid) -> Iterator[Mark]:
    """Weights above the edges, biases below their unit, names and sizes below the columns."""
    for place, column in enumerate(columns):
        if place and column.weights:
            yield Label(((grid.x[place - 1] + grid.x[place]) / 2, LINE / 2), column.weights)
        origin = grid.bias[place - 1] if place else None
        if origin is not None:
            yield Label((origin[0], origin[1] + BIAS_RADIUS + 9), column.bias, paint="muted", small=True)
        for k, line in enumerate(column.caption):
            words = isinstance(line, str)
            yield Label((grid.x[place], grid.bottom + LINE * (0.5 + 1.2 * k)), line, paint="muted" if words else "ink", small=words)
