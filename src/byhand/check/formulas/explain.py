"""Which slip explains a wrong formula: each is put in, looked at in numbers, and proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, nan

from byhand.check.formulas.equality import Equals
from byhand.check.formulas.ground import Ground
from byhand.check.formulas.points import Points, TooLarge
from byhand.check.slips.mutation import Mutation, Slips
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

CLEARLY = 1e-3
MOST_PROOFS = 8
"""Slips that agree in numbers and are proved; more than that are not told apart by anything."""


@dataclass(frozen=True, slots=True, eq=False)
class _Slipped:
    """A step with a slip in it, and its value at the random points."""

    step: Expr | None
    value: Array | None
    probe: float


@dataclass(slots=True)
class Explaining:
    """Finds the slips that give a wrong formula. Their values at random points are worked out once for each exercise."""

    ground: Ground
    points: Points
    equals: Equals
    _steps: dict[tuple[str, Mutation], _Slipped] = field(default_factory=dict[tuple[str, Mutation], "_Slipped"])

    def slips(self, formula: Expr, name: str, mutations: Slips) -> list[Mutation]:
        """The slips that are proved to give the formula, the likeliest first."""
        value = self._safe(formula)
        first = probe(value)
        ordered = sorted(mutations, key=lambda one: (one.of != name, one.rank))
        found = [one for one in ordered if self._may_be(value, first, formula, self._slipped(name, one))]
        return [one for one in found[:MOST_PROOFS] if self._is(formula, name, one)]

    def on_own(self, formula: Expr, name: str, mutations: Slips, own: Mapping[str, Expr]) -> list[Mutation]:
        """The slips that give the formula from the person's own earlier formulas."""
        value = self._safe(formula)
        found: list[Mutation] = []
        for one in sorted(mutations, key=lambda one: (one.of != name, one.rank)):
            step = self.ground.reached(name, {**own, one.of: one.step})
            if step is not None and self.points.look(value, self._safe(step)) in ("same", "unknown") and self.equals.of(formula, step):
                found.append(one)
            if len(found) == MOST_PROOFS:
                break
        return found

    def _may_be(self, value: Array | None, first: float, formula: Expr, slipped: _Slipped) -> bool:
        if slipped.step is None or slipped.step.shape != formula.shape:
            return False
        if abs(first - slipped.probe) > CLEARLY * (abs(first) + abs(slipped.probe)) + CLEARLY:
            return False
        return slipped.step is formula or self.points.look(value, slipped.value) in ("same", "unknown")

    def _slipped(self, name: str, mutation: Mutation) -> _Slipped:
        """The formula for the quantity with the slip in it, over names that are right, and its value."""
        key = (name, mutation)
        if key not in self._steps:
            step = mutation.step if mutation.of == name else self.ground.reached(name, {mutation.of: mutation.step})
            value = None if step is None else self._safe(step)
            self._steps[key] = _Slipped(step, value, probe(value))
        return self._steps[key]

    def _safe(self, step: Expr) -> Array | None:
        try:
            return self.points.value(step)
        except TooLarge:
            return None

    def _is(self, formula: Expr, name: str, mutation: Mutation) -> bool:
        step = self._slipped(name, mutation).step
        return step is not None and bool(self.equals.of(formula, step))


def probe(value: Array | None) -> float:
    """One number of a value, which two equal formulas share: a look before the look at all of them. NaN tells nothing apart."""
    if value is None:
        return nan
    flat = value.reshape(-1)
    found = float(flat[0]) + float(flat[-1]) / 3 + float(flat[flat.size // 2]) / 7
    return found if isfinite(found) else nan
