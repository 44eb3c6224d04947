"""Which slip explains a wrong formula: each is put in, looked at in numbers, and proved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from byhand.check.formulas.equality import Equals, fitted
from byhand.check.formulas.ground import Ground
from byhand.check.formulas.points import Points, TooLarge
from byhand.check.slips.mutation import Mutation
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

MOST_PROOFS = 6
"""Slips that agree in numbers and are proved; more than that are not told apart by anything."""


@dataclass
class Explaining:
    """Finds the slips that give a wrong formula. Their values at random points are worked out once for each exercise."""

    ground: Ground
    points: Points
    equals: Equals
    _values: dict[tuple[str, Mutation], Array | None] = field(default_factory=dict)

    def slips(self, formula: Expr, name: str, mutations: Sequence[Mutation], own: Mapping[str, Expr]) -> list[Mutation]:
        """The slips that are proved to give the formula, the likeliest first."""
        value = self.points.value(formula)
        found = [one for one in sorted(mutations, key=lambda one: (one.of != name, one.rank)) if self._may_be(value, formula, name, one)]
        return [one for one in found[:MOST_PROOFS] if self._is(formula, name, one)]

    def _may_be(self, value: Array | None, formula: Expr, name: str, mutation: Mutation) -> bool:
        return self.points.look(value, self._value(name, mutation)) != "different" if self._step(name, mutation) is not None else False

    def _value(self, name: str, mutation: Mutation) -> Array | None:
        key = (name, mutation)
        if key not in self._values:
            step = self._step(name, mutation)
            try:
                self._values[key] = None if step is None else self.points.value(step)
            except TooLarge:
                self._values[key] = None
        return self._values[key]

    def _step(self, name: str, mutation: Mutation) -> Expr | None:
        """The formula for the quantity with the slip in it, over names that are right."""
        if mutation.of == name:
            return mutation.step
        return self.ground.reached(name, mutation.of, mutation.step)

    def _is(self, formula: Expr, name: str, mutation: Mutation) -> bool:
        step = self._step(name, mutation)
        return step is not None and bool(self.equals.of(fitted(formula, step), step))
