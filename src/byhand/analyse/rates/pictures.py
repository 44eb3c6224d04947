"""The iterates for one rate in each regime: on a parabola, in the plane, or as f − f* over the steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Literal, TypeAlias

import numpy as np

from byhand.analyse.rates.method import Kind, bound
from byhand.run.arrays import Array
from byhand.show.frame import Axes, Curve
from byhand.show.numbers import format_number
from byhand.show.picture import Mark, Paint, Picture, moved, side_by_side
from byhand.show.plot import plot

Regime: TypeAlias = Literal["monotone", "oscillating", "to and fro", "diverging"]
SHARES: tuple[tuple[Regime, float], ...] = (("monotone", 0.2), ("oscillating", 0.9), ("to and fro", 1.0), ("diverging", 1.1))
"""One rate in each regime, as shares of the bound."""
PAINTS: dict[Regime, Paint] = {"monotone": "good", "oscillating": "accent", "to and fro": "muted", "diverging": "bad"}
STEPS = 7
WIDE, HIGH = 200.0, 130.0


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A quadratic f = ``base`` + ½ (x − x*)ᵀ H (x − x*), where iterates start, the unit that rates are given in, and what the caption adds."""

    matrix: Array
    star: Array
    start: Array
    kind: Kind
    beta: float
    names: tuple[str, ...]
    unit: str = ""
    remark: str = ""
    base: float = 0.0
    height_name: str = "f − f*"
    function: str = "f"

    @property
    def high(self) -> float:
        return bound(self.kind, self.beta, float(np.linalg.eigvalsh(self.matrix)[-1]))

    def iterates(self, rate: float, steps: int) -> list[Array]:
        """x₀, x₁, … by the method itself."""
        before, now = self.start, self.start
        found = [now]
        for _ in range(steps):
            ahead = now + self.beta * (now - before)
            slope = self.matrix @ ((ahead if self.kind == "nesterov" else now) - self.star)
            before, now = now, ahead - rate * slope
            found.append(now)
        return found

    def above(self, x: Array) -> float:
        """f(x) − f*."""
        away = x - self.star
        return float(away @ self.matrix @ away) / 2

    def called(self, share: float) -> str:
        return f"η = {format_number(share * self.high, 4)}{self.unit}"


def pictures(course: Course) -> list[Picture]:
    """The picture that suits the number of unknowns; none where floats do not reach."""
    if not (isfinite(course.high) and np.isfinite(course.start).all() and np.isfinite(course.matrix).all()):
        return []
    one, plain = len(course.star) == 1, course.kind == "plain"
    if one and plain:
        return [_panels(course, _parabola, _over_steps(course), f"The first iterates on the parabola, for one rate in each regime{course.remark}.")]
    if one:
        return [_over_steps(course)]
    if len(course.star) == 2 and plain:
        return [
            _panels(
                course, _plane, _heights(course), f"The first iterates seen from above, for one rate in each regime{course.remark}; the cross is the minimum."
            )
        ]
    return [_heights(course)]


def _panels(course: Course, draw: Callable[[Course, Regime, float], Picture], short: Picture, caption: str) -> Picture:
    """Two parts in a row, and for a terminal one plot instead of four."""
    parts = [draw(course, regime, share) for regime, share in SHARES]
    rows = [side_by_side(parts[k : k + 2]) for k in range(0, len(parts), 2)]
    marks: list[Mark] = []
    down = 0.0
    for row in rows:
        marks += [moved(mark, 0.0, down) for mark in row.marks]
        down += row.height + 14
    return Picture(
        max(row.width for row in rows),
        down - 14,
        tuple(marks),
        " ".join(row.alt for row in rows),
        short.rows,
        caption,
        rows_caption=short.caption,
    )


def _parabola(course: Course, regime: Regime, share: float) -> Picture:
    """f with the points (xₙ, f(xₙ)) on it."""
    star, away = float(course.star[0]), abs(float(course.start[0] - course.star[0]))
    reach = 1.5 * away
    grid = np.linspace(star - reach, star + reach, 61)
    graph = tuple((float(x), course.base + course.above(np.array([x]))) for x in grid)
    points = tuple((float(x[0]), course.base + course.above(x)) for x in course.iterates(share * course.high, STEPS if share < 1 else 4))
    axes = Axes(course.names[0], course.height_name, x_range=(star - reach, star + reach), y_range=_room(course, reach))
    alt = f"{_title(course, regime, share)}: {_told(regime)} on the parabola"
    curves = (Curve(graph, paint="muted"), Curve(points, paint=PAINTS[regime], dots=True))
    return plot(curves, axes, alt=alt, caption=_title(course, regime, share), width=WIDE, height=HIGH)


def _room(course: Course, reach: float) -> tuple[float, float]:
    top = course.above(course.star + np.array([reach]))
    return course.base - 0.06 * top, course.base + 1.04 * top


def _plane(course: Course, regime: Regime, share: float) -> Picture:
    """The path of both unknowns."""
    away = course.start - course.star
    reach = 1.35 * float(np.abs(away).max())
    spans = [(float(middle) - reach, float(middle) + reach) for middle in course.star]
    path = tuple((float(x[0]), float(x[1])) for x in course.iterates(share * course.high, 2 * STEPS if share <= 1 else 4))
    small = reach / 22
    x, y = map(float, course.star)
    cross = (Curve(((x - small, y), (x + small, y)), paint="ink"), Curve(((x, y - small), (x, y + small)), paint="ink"))
    alt = f"{_title(course, regime, share)}: {_told(regime)} in the plane"
    axes = Axes(course.names[0], course.names[1], x_range=spans[0], y_range=spans[1])
    return plot((*cross, Curve(path, paint=PAINTS[regime], dots=True)), axes, alt=alt, caption=_title(course, regime, share), width=WIDE, height=HIGH)


def _over_steps(course: Course) -> Picture:
    """x over the steps, one curve for each rate."""
    star, away = float(course.star[0]), abs(float(course.start[0] - course.star[0]))
    steps = STEPS if course.kind == "plain" else 3 * STEPS
    curves: list[Curve] = []
    for regime, share in SHARES if course.kind != "plain" else [one for one in SHARES if one[0] != "to and fro"]:
        path = tuple((float(k), float(x[0])) for k, x in enumerate(course.iterates(share * course.high, steps)))
        curves.append(Curve(path, course.called(share), PAINTS[regime], dots=True))
    axes = Axes("step", course.names[0], y_range=(star - 1.6 * away, star + 1.6 * away))
    over = f"The iterates over the steps, for one rate in each regime{course.remark}"
    return plot(curves, axes, alt=over, caption=f"{over}.")


def _heights(course: Course) -> Picture:
    """f − f* over the steps on a logarithmic axis."""
    first = course.above(course.start)
    curves: list[Curve] = []
    for regime, share in SHARES:
        path = [(float(k), course.above(x)) for k, x in enumerate(course.iterates(share * course.high, 4 * STEPS))]
        curves.append(Curve(tuple(path), course.called(share), PAINTS[regime]))
    height = f"{course.function} − {course.function}*"
    axes = Axes("step", height, y_range=(first * 1e-6, first * 1e3), log_y=True)
    alt = f"{height} over the steps, for a rate in each regime"
    return plot(curves, axes, alt=alt, caption=f"How far {course.function} is above its minimum, for one rate in each regime{course.remark}.")


def _title(course: Course, regime: Regime, share: float) -> str:
    return f"{course.called(share)}: {regime}"


def _told(regime: Regime) -> str:
    """What is to be seen, for those who cannot."""
    match regime:
        case "monotone":
            return "the iterates approach the minimum from one side"
        case "oscillating":
            return "the iterates jump from side to side and come nearer"
        case "to and fro":
            return "the iterates stay at the same distance for ever"
        case "diverging":
            return "the iterates move away"


def start_for(matrix: Array, star: Array, given: Array | None) -> Array:
    """The sheet's own start, if its error is seen along the steepest direction; else one along all of them alike."""
    values, vectors = np.linalg.eigh(matrix)
    if given is not None and abs(float(vectors[:, -1] @ (given - star))) > 1e-3 * float(np.abs(given - star).max()):
        return given
    size = float(np.abs(star).max()) or 1.0
    signs = np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    return star + size * (vectors * signs)[:, values > 0].sum(axis=1)
