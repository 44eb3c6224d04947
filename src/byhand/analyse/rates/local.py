"""Where a function that is not quadratic stands still, near which its Hessian says how gradient descent behaves.

Newton's method with a line search, its curvature made positive, goes down to a minimum; what it finds is taken only if the gradient there is
zero to rounding and the last step was tiny. A rational point is tried in exact numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Literal, TypeAlias

import numpy as np

from byhand.analyse.hessian import matrix
from byhand.analyse.rates.setting import Setting, all_in_order, sized
from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array, Dims, from_list
from byhand.run.bind import Value
from byhand.run.evaluate import Evaluation, evaluate
from byhand.run.floats import to_floats
from byhand.run.kinks import Kink
from byhand.run.mixed import is_exact

MOST_ROUNDS, STARTS = 80, 6
FAR, FLAT_BEYOND = 1e8, 30
STILL, TINY_STEP = 1e-9, 1e-9
MOST_UNKNOWNS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Values of the unknowns at which the gradient is zero; ``exact`` if that was found in exact numbers. ``asked``: given on the sheet."""

    values: tuple[Value, ...]
    exact: bool
    asked: bool
    kinks: tuple[Kink, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """The function as one of a plain vector, all unknowns flattened."""

    setting: Setting
    shapes: tuple[Dims, ...]

    @classmethod
    def of(cls, setting: Setting) -> Search:
        """Raises ``ByhandError`` where numbers are missing."""
        f = setting.second.f.name
        missing = setting.missing()
        if missing:
            raise ByhandError(
                f"{f} is not quadratic, so the rates depend on where gradient descent ends, and for that numbers are needed: none are given for "
                f"{', '.join(dict.fromkeys(missing))}."
            )
        shapes = tuple(sized(x, setting.sizes) for x in setting.unknowns)
        for x, shape in zip(setting.unknowns, shapes):
            if shape is None:
                raise ByhandError(f"{f} is not quadratic, and to look for its minimum the size of {x.name} has to be known; declare it with numbers.")
        known = tuple(shape for shape in shapes if shape is not None)
        if sum(map(prod, known)) > MOST_UNKNOWNS:
            raise ByhandError(f"{f} is not quadratic and has {sum(map(prod, known)):,} unknowns; a minimum is looked for with up to {MOST_UNKNOWNS}.")
        return cls(setting, known)

    def split(self, at: Array) -> tuple[Value, ...]:
        """A vector as values of the unknowns."""
        ends = np.cumsum([prod(shape) for shape in self.shapes])[:-1]
        return tuple(part.reshape(shape) for part, shape in zip(np.split(at, ends), self.shapes))

    def at(self, values: Iterable[Value], exact: bool = False) -> tuple[Evaluation, Array, Array]:
        """f, its gradient and its Hessian at a point."""
        second = self.setting.second
        data = {**self.setting.data, **dict(zip((x.name for x in second.unknowns), values))}
        blocks = [block for row in second.blocks for block in row]
        found = evaluate([second.f, *second.gradients, *blocks], data, self.setting.sizes, exact=exact)
        gradient = np.concatenate([part.ravel() for part in found.roots[1 : 1 + len(second.unknowns)]])
        numbers = dict(zip(blocks, found.roots[1 + len(second.unknowns) :]))
        return found, gradient, matrix(second, numbers.__getitem__)

    def value(self, at: Array) -> float:
        data = {**self.setting.data, **dict(zip((x.name for x in self.setting.unknowns), self.split(at)))}
        try:
            return float(evaluate([self.setting.second.f], data, self.setting.sizes, exact=False).roots[0].item())
        except ByhandError:
            return np.inf

    # ------------------------------------------------------------------------------------------- going down

    def down(self, start: Array) -> Array | None:
        """The stationary point that a damped Newton's method reaches, if it reaches one."""
        at = start
        for _ in range(MOST_ROUNDS):
            try:
                found, gradient, curvature = self.at(self.split(at))
            except ByhandError:
                return None
            value, slope = float(found.roots[0].item()), to_floats(gradient)
            step = _downhill(to_floats(curvature), slope)
            scale = 1 + float(np.abs(at).max())
            if float(np.abs(slope).max()) <= STILL * (1 + abs(value)) and float(np.abs(step).max()) <= TINY_STEP * scale:
                flat = float(np.abs(curvature.astype(float)).max()) < 1e-12 and scale > FLAT_BEYOND
                return None if flat else at if (sharper := _polished(self, at)) is None else sharper
            share = self._line(at, step, value, float(slope @ step))
            if share * float(np.abs(step).max()) <= 1e-13 * scale:
                return None  # nothing goes down from here, and the gradient is not zero: a kink
            at = at + share * step
            if float(np.abs(at).max()) > FAR:
                return None
        return None

    def _line(self, at: Array, step: Array, value: float, slope: float) -> float:
        """Halved until f falls enough (Armijo's rule); full steps where rounding decides."""
        share = 1.0
        for _ in range(24):
            if self.value(at + share * step) <= value + 1e-4 * share * slope + 1e-15 * abs(value):
                return share
            share /= 2
        return 1.0 if float(np.abs(step).max()) < 1e-6 else share

    def starts(self) -> Iterator[Array]:
        """The sheet's own start alone; else some points around zero."""
        known = [self.setting.start.get(x.name) for x in self.setting.unknowns]
        if all(one is not None for one in known):
            yield to_floats(np.array(all_in_order([one for one in known if one is not None]), dtype=object))
            return
        count = sum(map(prod, self.shapes))
        random = np.random.default_rng(0)
        yield from (np.full(count, value) for value in (0.5, -0.5, 1.5, 0.0))
        yield from (random.standard_normal(count) * (1 + k) for k in range(STARTS - 4))


def _downhill(curvature: Array, slope: Array) -> Array:
    """Newton's step with every eigenvalue made positive."""
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    floor = max(1e-8 * float(np.abs(values).max(initial=0.0)), 1e-12)
    step = -(vectors @ ((vectors.T @ slope) / np.maximum(np.abs(values), floor)))
    return step / max(1.0, float(np.abs(step).max()) / 1e3)


# ---------------------------------------------------------------------------------------------- at a kink

Across: TypeAlias = Literal["smooth", "jump", "kink"]
NEAR = 1e-6


def around(search: Search, point: Point) -> Across:
    """What a value exactly on a kink does to f there: its gradient jumps (a kink), its Hessian alone, or nothing that can be seen."""
    at = to_floats(np.array(all_in_order(point.values), dtype=object))
    _, _, here = search.at(search.split(at))
    random = np.random.default_rng(0)
    ways = [*np.eye(len(at))[:20], *random.choice((-1.0, 1.0), (6, len(at)))]
    found: Across = "smooth"
    for way in [*ways, *(-one for one in ways)]:
        _, slope, curvature = search.at(search.split(at + NEAR * (1 + np.abs(at)) * way))
        scale = 1 + float(np.abs(to_floats(curvature)).max())
        if float(np.abs(to_floats(slope)).max()) > 1e-3 * scale:
            return "kink"
        if float(np.abs(to_floats(curvature) - to_floats(here)).max()) > 1e-3 * scale:
            found = "jump"
    return found


# ------------------------------------------------------------------------------------------------- the point


def found_minimum(setting: Setting) -> Point | None:
    """The lowest stationary point that is reached from the starts."""
    search = Search.of(setting)
    reached = [one for start in search.starts() if (one := search.down(start)) is not None]
    if not reached:
        return None
    return _point(search, min(reached, key=search.value), asked=False)


def given_point(setting: Setting, values: tuple[Value, ...]) -> Point:
    """The point that the sheet names, or the stationary point that it rounds; ``ByhandError`` if it is none."""
    search = Search.of(setting)
    at = np.array(all_in_order(values), dtype=object)
    _, gradient, _ = search.at(values, exact=True)
    if is_exact(gradient) and not any(gradient.tolist()):
        return _point(search, to_floats(at), asked=True, exact=values)
    floats = to_floats(at)
    near = _polished(search, floats)
    if near is not None and float(np.abs(near - floats).max()) <= 0.01 * (1 + float(np.abs(floats).max())):
        return _point(search, near, asked=True)
    x = ", ".join(one.name for one in setting.unknowns)
    slope = float(np.abs(to_floats(gradient)).max())
    raise ByhandError(
        f"the point given by at= is no stationary point of {setting.second.f.name}: the largest entry of the gradient there is {slope:.6g}, not 0; "
        f"leave at= out to have {x} looked for."
    )


def _polished(search: Search, at: Array) -> Array | None:
    """Newton's own steps, which stay at a saddle too."""
    for _ in range(50):
        try:
            _, gradient, curvature = search.at(search.split(at))
        except ByhandError:
            return None
        step = -np.linalg.lstsq(to_floats(curvature), to_floats(gradient), rcond=None)[0]
        at = at + step
        if float(np.abs(step).max()) <= TINY_STEP * (1 + float(np.abs(at).max())):
            slope = to_floats(search.at(search.split(at))[1])
            return at if float(np.abs(slope).max()) <= 1e-7 else None
    return None


def _point(search: Search, at: Array, asked: bool, exact: tuple[Value, ...] | None = None) -> Point:
    values = exact or _rational(search, at)
    found, _, _ = search.at(values or search.split(at), exact=values is not None)
    return Point(values or search.split(at), values is not None, asked, found.kinks)


def _rational(search: Search, at: Array) -> tuple[Value, ...] | None:
    """The simplest rationals near a point, if the gradient is exactly zero there."""
    guess = [Fraction(entry).limit_denominator(10_000) for entry in at.tolist()]
    if any(abs(float(one) - entry) > 1e-5 * (1 + abs(entry)) for one, entry in zip(guess, at.tolist())):
        return None
    values = search.split(from_list(guess, (len(guess),)))
    try:
        _, gradient, _ = search.at(values, exact=True)
    except ByhandError:
        return None
    return values if is_exact(gradient) and not any(gradient.tolist()) else None
