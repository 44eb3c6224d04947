"""The frame of a plot: which numbers are where, and what of a curve is inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite, log10

from byhand.show.picture import Paint, Point, Written
from byhand.show.ticks import Range, log_ticks, tick_texts, ticks

EDGE = 0.04
"""How much room a curve has at the frame where the range is not given."""
FAR = 1e6
"""What diverges stays a number that every page can hold."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Points joined in their order: a function where they are many, iterates where they are few and have ``dots``.

    ``line`` may be left out, for dots alone. Points that are not finite interrupt the curve.
    """

    points: tuple[Point, ...]
    label: Written = ""
    paint: Paint = "accent"
    dashed: bool = False
    dots: bool = False
    line: bool = True


@dataclass(frozen=True, slots=True)
class Axes:
    """What is on the axes, and which part of them is shown; the points decide where that is not said.

    On a logarithmic axis what is not positive is left out.
    """

    x: Written = ""
    y: Written = ""
    x_range: Range | None = None
    y_range: Range | None = None
    log_y: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the numbers of both axes are in the picture."""

    left: float
    top: float
    right: float
    bottom: float
    x_range: Range
    y_range: Range
    log_y: bool

    def x(self, value: float) -> float:
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = self.y_range
        share = (log10(value) - log10(low)) / (log10(high) - log10(low)) if self.log_y else (value - low) / (high - low)
        return self.bottom - share * (self.bottom - self.top)

    def at(self, point: Point) -> Point | None:
        """``None`` where there is nothing to draw."""
        x, y = point
        if not (isfinite(x) and isfinite(y)) or (self.log_y and y <= 0):
            return None
        return max(-FAR, min(FAR, self.x(x))), max(-FAR, min(FAR, self.y(y)))

    def holds(self, point: Point) -> bool:
        return self.left - 0.01 <= point[0] <= self.right + 0.01 and self.top - 0.01 <= point[1] <= self.bottom + 0.01

    @property
    def y_ticks(self) -> list[tuple[Fraction, str]]:
        """Where there are numbers at the vertical axis, and how they are written."""
        found = log_ticks(self.y_range) if self.log_y else ticks(self.y_range)
        return list(zip(found, tick_texts(found)))

    def x_ticks(self, most: int) -> list[tuple[Fraction, str]]:
        """The same for the horizontal one."""
        found = ticks(self.x_range, most)
        return list(zip(found, tick_texts(found)))


def ranges(curves: Sequence[Curve], axes: Axes) -> tuple[Range, Range]:
    """What the axes show: as they say, else all of the curves.

    Raises ``ValueError`` for an empty range, or one that is not positive on a logarithmic axis.
    """
    points = [point for curve in curves for point in curve.points if all(map(isfinite, point))]
    x_range = _checked(axes.x_range or _span([x for x, _ in points], margin=0.0), False)
    seen = [y for x, y in points if x_range[0] <= x <= x_range[1] and (y > 0 or not axes.log_y)]
    return x_range, _checked(axes.y_range or _span(seen, EDGE, axes.log_y), axes.log_y)


def _checked(span: Range, log: bool) -> Range:
    if not span[0] < span[1] or not all(map(isfinite, span)) or (log and span[0] <= 0):
        raise ValueError(f"an axis cannot show the range from {span[0]} to {span[1]}.")
    return span


def _span(values: Sequence[float], margin: float, log: bool = False) -> Range:
    """From the smallest to the largest, with room at both ends."""
    if not values:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = min(values), max(values)
    if log:
        return (low / 1.5, high * 1.5)
    if low == high:
        return low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    return low - margin * (high - low), high + margin * (high - low)


def visible(frame: Frame, points: Iterable[Point]) -> Iterator[tuple[Point, ...]]:
    """The stretches of a curve that are inside the frame."""
    run: list[Point] = []
    before: Point | None = None
    for point in points:
        place = frame.at(point)
        piece = clipped(frame, before, place) if before and place else None
        if piece and run and run[-1] == piece[0]:
            run.append(piece[1])
        else:
            if len(run) > 1:
                yield tuple(run)
            run = list(piece) if piece else []
        before = place
    if len(run) > 1:
        yield tuple(run)


def clipped(frame: Frame, start: Point, end: Point) -> tuple[Point, Point] | None:
    """The part of a straight line inside the frame (Liang and Barsky's way)."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    first, last = 0.0, 1.0
    edges = ((-dx, start[0] - frame.left), (dx, frame.right - start[0]), (-dy, start[1] - frame.top), (dy, frame.bottom - start[1]))
    for towards, room in edges:
        if towards == 0:
            if room < 0:
                return None
        elif towards < 0:
            first = max(first, room / towards)
        else:
            last = min(last, room / towards)
    if first > last:
        return None
    cut = [(start[0] + share * dx, start[1] + share * dy) for share in (first, last)]
    return (start if first == 0 else cut[0]), (end if last == 1 else cut[1])
