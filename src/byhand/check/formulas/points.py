"""Formulas at random numbers: a quick look that tells most different formulas apart, and finds the slips worth a proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import prod
from random import Random
from typing import Literal

import numpy as np

from byhand.check.formulas.ground import Ground, names_in
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Contract, Expr, Var
from byhand.lang.walk import size_letters
from byhand.run.algebra import Measure, Undefined, walk
from byhand.run.arrays import Array
from byhand.run.floats import Floats
from byhand.run.order import in_order, stable
from byhand.run.sampling import adjusted, chosen

Look = Literal["same", "different", "unknown", "undefined"]
"""``undefined``: one of the two has no value at points where the other has one, or both have none."""
POINTS = 12
MOST_WORK = 4_000_000
"""Multiplications for one look at all points."""
SAME, APART, TINY = 1e-9, 1e-5, 1e-10
_POSITIVE = frozenset(("positive", "nonnegative"))


class TooLarge(Exception):
    """A formula that would take too long to work out."""


@dataclass(slots=True)
class Points:
    """All quantities of an exercise at some random data: first numbers of either sign, then positive ones.

    ``pinned``: single numbers are those of the sheet.
    """

    ground: Ground
    pinned: bool = False
    measure: Measure = field(init=False)
    _known: dict[str, Array | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.measure = next(self._measures())

    def _measures(self) -> Iterator[Measure]:
        """Sizes for the letters that the sheet leaves open: small, and no two alike."""
        quantities = self.ground.exercise.quantities.values()
        nodes = [quantity.node for quantity in quantities]
        letters = sorted({letter for node in nodes for letter in size_letters(node)} - self.ground.exercise.sizes.keys())
        fixed = {axis for node in nodes for axis in node.shape if isinstance(axis, int)}
        for start in (2, 4, 7, 11):
            free = (n for n in count(start) if n not in fixed)
            measure = Measure({**self.ground.exercise.sizes, **{letter: next(free) for letter in letters}})
            if start == 11 or self._fits(measure):
                yield measure

    def _fits(self, measure: Measure) -> bool:
        try:
            return all(axis > 0 for quantity in self.ground.exercise.quantities.values() for axis in measure.dims(quantity.node.shape))
        except ByhandError:
            return False

    # ------------------------------------------------------------------------------------------------ values

    def value(self, expr: Expr) -> Array | None:
        """A formula at all points; ``None`` where it has no value. Raises ``TooLarge``."""
        data: dict[Var, Array] = {}
        for node in in_order((expr,), stable):
            if isinstance(node, Var):
                known = self.of(node.name)
                if known is None:
                    return None
                data[node] = known
        return self._walk(expr, data)

    def of(self, name: str) -> Array | None:
        """A quantity at all points."""
        waiting = [name]
        while waiting:
            top = waiting[-1]
            body = self.ground.body(top, {})
            missing = [below for below in names_in(body) if below not in self._known] if body is not None else []
            waiting += missing
            if not missing:
                waiting.pop()
                if top not in self._known:
                    self._known[top] = self._drawn(top) if body is None else self._safe(body)
        return self._known[name]

    def _safe(self, body: Expr) -> Array | None:
        try:
            return self.value(body)
        except TooLarge:
            return None

    def _drawn(self, name: str) -> Array:
        """Random numbers that respect the facts of a given quantity."""
        node = self.ground.variables[name]
        dims = self.measure.dims(node.shape)
        truth = self.ground.exercise.quantities[name].truth
        if self.pinned and truth is not None and not truth.shape:
            return np.full(POINTS, float(truth))
        random, generator = Random(name), np.random.default_rng(sum(map(ord, name)) + 17 * len(name))
        special = chosen(node.facts, (POINTS, *dims), random)
        if special is not None:
            return special.astype(np.float64)
        entries = generator.standard_normal((POINTS, *dims))
        positive = np.abs(entries) + 0.1
        entries = positive if node.facts & _POSITIVE else np.concatenate([entries[: POINTS // 2], positive[POINTS // 2 :]])
        return adjusted(entries, node.facts, np.divide)

    def _walk(self, expr: Expr, data: Mapping[Var, Array]) -> Array | None:
        order = in_order((expr,), stable)
        self.check_work(order)
        try:
            with np.errstate(all="ignore"):
                found = walk(order, Floats(data, 1), self.measure, stable)[expr]
        except (Undefined, ByhandError, OverflowError):
            return None
        return np.broadcast_to(found, (POINTS, *found.shape[1:]))

    def check_work(self, order: list[Expr]) -> None:
        """Raise ``TooLarge`` for a formula that would take too long."""
        if work(order, self.measure, MOST_WORK // POINTS) > MOST_WORK // POINTS:
            raise TooLarge

    # --------------------------------------------------------------------------------------------- comparing

    def look(self, left: Array | None, right: Array | None) -> Look:
        """Whether two values agree at all points, or clearly differ at one."""
        if left is None or right is None or left.shape != right.shape:
            return "unknown"
        gap, scale = self._gaps(left, right)
        finite = np.isfinite(gap) & np.isfinite(scale)
        if int(finite.sum()) < 3:
            return "undefined"
        gap, scale = gap[finite], scale[finite]
        if bool(np.any((gap > APART * scale) & (gap > TINY))):
            return "different"
        return "same" if bool(np.all(gap <= np.maximum(SAME * scale, 1e-13))) else "unknown"

    def _gaps(self, left: Array, right: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            first, second = left.reshape((POINTS, -1)), right.reshape((POINTS, -1))
            gap = np.abs(first - second).max(axis=1, initial=0.0)
            scale = np.maximum(np.abs(first), np.abs(second)).max(axis=1, initial=0.0)
        return gap, scale

    def has_none(self, value: Array | None, right: Array | None) -> bool:
        """Whether a value is defined at no point, though the right one is at most of them."""
        if value is None or right is None:
            return False
        defined = [np.isfinite(one.reshape((POINTS, -1))).all(axis=1) for one in (value, right)]
        return not bool(defined[0].any()) and int(defined[1].sum()) > POINTS // 2

    def cells(self, left: Array, right: Array) -> Array:
        """For each entry whether two values agree there at all points; none does where one of them has no value."""
        with np.errstate(all="ignore"):
            _, scale = self._gaps(left, right)
            finite = np.isfinite(scale)
            gap = np.abs(left - right)[finite]
            bound = np.maximum(1e-9 * scale[finite], 1e-13).reshape((-1,) + (1,) * (left.ndim - 1))
        return np.asarray(np.all(gap <= bound, axis=0) & bool(finite.any()))


def work(order: Iterable[Expr], measure: Measure, most: int) -> int:
    """About how many multiplications a formula takes; counting stops beyond ``most``."""
    total = 0
    for node in order:
        total += prod(measure.dims(node.shape))
        if isinstance(node, Contract):
            axes = {c: axis for word, arg in zip(node.spec.inputs, node.args) for c, axis in zip(word, arg.shape)}
            total += prod(measure.dims(tuple(axes.values())))
        if total > most:
            break
    return total
