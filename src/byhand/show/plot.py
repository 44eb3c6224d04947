"""Plots of curves and of iterates: one description, drawn for every page and for the terminal.

Curves may leave the range of the axes: they are cut off where they do, exactly at the frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from byhand.show.frame import Axes, Curve, Frame, ranges, visible
from byhand.show.labels import LINE, room_for
from byhand.show.picture import Circle, Label, Mark, Picture, Stroke
from byhand.show.plot_rows import plot_rows
from byhand.show.ticks import tick_label

__all__ = ["Axes", "Curve", "plot"]

DOT = 3.0
SAMPLE = 22.0
BETWEEN_NAMES = 19.0


def plot(curves: Sequence[Curve], axes: Axes, *, alt: str, caption: str = "", width: float = 380.0, height: float = 230.0) -> Picture:
    """The curves in a frame of this width and height, with ticks, the names of both axes and those of the curves.

    Raises ``ValueError`` for an empty range, or one that is not positive on a logarithmic axis.
    """
    frame = _frame(curves, axes, width, height)
    marks = [*_grid(frame), *(mark for curve in curves for mark in _curve(frame, curve)), *_names(frame, curves), *_axis_names(frame, axes)]
    below = max(frame.bottom + LINE * (2.6 if axes.x else 1.4), frame.top + BETWEEN_NAMES * sum(bool(curve.label) for curve in curves))
    return Picture(frame.right + max(_names_width(curves), 12), below, tuple(marks), alt, plot_rows(curves, axes), caption)


def _frame(curves: Sequence[Curve], axes: Axes, wide: float, high: float) -> Frame:
    bare = Frame(0, 0, wide, high, *ranges(curves, axes), axes.log_y)
    left = max((room_for(tick_label(name), small=True) for _, name in bare.y_ticks), default=0.0) + 10
    top = LINE * 1.6 if axes.y else LINE * 0.6
    return Frame(left, top, left + wide, top + high, bare.x_range, bare.y_range, axes.log_y)


# ---------------------------------------------------------------------------------------------- the frame


def _grid(frame: Frame) -> Iterator[Mark]:
    """Faint lines at the ticks, the numbers beside them, and the axes, which go through zero where that is shown as a line as well."""
    for tick, name in frame.x_ticks(max(2, int((frame.right - frame.left) / 60))):
        x = frame.x(float(tick))
        yield Stroke(((x, frame.top), (x, frame.bottom)), "faint", 1.2 if tick == 0 else 0.6)
        yield Label((x, frame.bottom + LINE * 0.75), tick_label(name), paint="muted", small=True)
    for tick, name in frame.y_ticks:
        y = frame.y(float(tick))
        yield Stroke(((frame.left, y), (frame.right, y)), "faint", 1.2 if tick == 0 else 0.6)
        yield Label((frame.left - 6, y), tick_label(name), "end", "muted", small=True)
    yield Stroke(((frame.left, frame.top), (frame.left, frame.bottom), (frame.right, frame.bottom)), "muted")


def _axis_names(frame: Frame, axes: Axes) -> Iterator[Mark]:
    """The name of x below the middle of its axis, that of y above the end of its own."""
    if axes.x:
        yield Label(((frame.left + frame.right) / 2, frame.bottom + LINE * 2.0), axes.x)
    if axes.y:
        yield Label((max(frame.left - 6, 0.0), LINE / 2), axes.y, "start")


# --------------------------------------------------------------------------------------------- the curves


def _curve(frame: Frame, curve: Curve) -> Iterator[Mark]:
    if curve.line:
        for run in visible(frame, curve.points):
            yield Stroke(run, curve.paint, 1.3 if curve.dots else 1.8, dashed=curve.dashed)
    if curve.dots:
        for point in curve.points:
            place = frame.at(point)
            if place and frame.holds(place):
                yield Circle(place, DOT, curve.paint, filled=True)


# -------------------------------------------------------------------------------------- names of the curves


def _names_width(curves: Sequence[Curve]) -> float:
    widths = [room_for(curve.label) for curve in curves if curve.label]
    return 14 + SAMPLE + 6 + max(widths) if widths else 0.0


def _names(frame: Frame, curves: Sequence[Curve]) -> Iterator[Mark]:
    """At the right, each as near as there is room to where its curve ends, with a sample of how it is drawn."""
    named = [curve for curve in curves if curve.label]
    places = spread([_end(frame, curve) for curve in named], frame.top + LINE / 2, frame.bottom - LINE / 2)
    for curve, y in zip(named, places):
        x = frame.right + 14
        if curve.line:
            yield Stroke(((x, y), (x + SAMPLE, y)), curve.paint, 1.3 if curve.dots else 1.8, dashed=curve.dashed)
        if curve.dots:
            yield Circle((x + SAMPLE / 2, y), DOT, curve.paint, filled=True)
        yield Label((x + SAMPLE + 6, y), curve.label, "start")


def _end(frame: Frame, curve: Curve) -> float:
    """The height at which a curve is seen last."""
    places = [place for place in map(frame.at, curve.points) if place]
    inside = [run[-1][1] for run in visible(frame, curve.points)] or [place[1] for place in places if frame.holds(place)]
    return inside[-1] if inside else frame.top if places and places[-1][1] < frame.top else frame.bottom


def spread(heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """The heights moved apart so that names at them do not touch."""
    order = sorted(range(len(heights)), key=lambda k: heights[k])
    placed = [0.0] * len(heights)
    lowest = top - BETWEEN_NAMES
    for k in order:
        placed[k] = lowest = max(heights[k], lowest + BETWEEN_NAMES)
    limit = max(bottom, top + BETWEEN_NAMES * (len(heights) - 1))
    for k in reversed(order):
        placed[k] = min(placed[k], limit)
        limit = placed[k] - BETWEEN_NAMES
    return placed
