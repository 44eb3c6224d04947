"""Whether a formula is equal to the right one: at a glance, over the names of the step, or down to what is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from byhand.check.formulas.counter import certainty, differing
from byhand.check.formulas.ground import Ground, names_in
from byhand.check.formulas.points import Points
from byhand.lang.expr import Expr, as_number, broadcast
from byhand.run.claim import Certainty
from byhand.run.prove import is_proved, prove

Outcome = Literal["equal", "different", "undecided"]
MOST_ROUNDS = 6
MOST_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Equality:
    """What was decided of two formulas, and with which certainty."""

    outcome: Outcome
    certainty: Certainty = "exact"

    def __bool__(self) -> bool:
        return self.outcome == "equal"


@dataclass(slots=True)
class Equals:
    """Decides equalities between formulas over the names of one exercise. What was decided is kept."""

    ground: Ground
    points: Points
    _known: dict[tuple[Expr, Expr], Equality] = field(default_factory=dict[tuple[Expr, Expr], Equality])

    def to_quantity(self, formula: Expr, name: str) -> Equality:
        """Whether a formula is equal to a quantity of the exercise."""
        steps = self.ground.exercise.quantities[name].steps or (self.ground.variables[name],)
        formula = fitted(formula, steps[0])
        if any(formula is step for step in (*steps, self.ground.variables[name])):
            return Equality("equal")
        return self.of(formula, steps[0], steps[1:])

    def of(self, left: Expr, right: Expr, others: Sequence[Expr] = ()) -> Equality:
        """Whether two formulas are equal for all data; ``others`` are known to be equal to ``right``."""
        left = fitted(left, right)
        if left is right:
            return Equality("equal")
        if left.shape != right.shape:
            return Equality("different")
        key = (left, right)
        if key not in self._known:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[key] = self._decided(left, right, others)
        return self._known[key]

    def _decided(self, left: Expr, right: Expr, others: Sequence[Expr]) -> Equality:
        spelled = self.ground.spelled(left)
        if spelled is not None and spelled is self.ground.spelled(right):  # also where numbers would take too long
            return Equality("equal")
        first, second = self.points.value(left), self.points.value(right)
        if self.points.look(first, second) == "different" or self.points.has_none(first, second):
            return Equality("different", "float")
        if any(is_proved(first, second) for first, second in self._pairs(left, (right, *others))):
            return Equality("equal")
        return self._proved(left, right)

    def _pairs(self, left: Expr, rights: Sequence[Expr]) -> Iterator[tuple[Expr, Expr]]:
        """The two sides over fewer and fewer names: first as they stand, then names opened that only one side has."""
        for right in rights:
            yield left, right
        right = rights[0]
        for _ in range(MOST_ROUNDS):
            alone = set(names_in(left)) ^ set(names_in(right))
            place = self.ground.exercise.place
            last = max((name for name in alone if self.ground.exercise.quantities[name].steps), key=lambda name: place[name], default=None)
            if last is None:
                return
            left, right = self.ground.opened(left, [last]), self.ground.opened(right, [last])
            if left is right or set(names_in(left)) == set(names_in(right)):
                yield left, right

    def _proved(self, left: Expr, right: Expr, instead: Mapping[str, Expr] | None = None) -> Equality:
        """The proof over what is given."""
        first, second = self.ground.spelled(left, instead), self.ground.spelled(right, instead)
        if first is None or second is None:
            return Equality("undecided")
        if is_proved(first, second):
            return Equality("equal")
        found = differing(first, second)
        if found is not None:
            return Equality("different", certainty(found))
        verdict = prove(first, second)
        outcomes: dict[str, Outcome] = {"holds": "equal", "fails": "different", "undecided": "undecided"}
        return Equality(outcomes[verdict.verdict], verdict.certainty)


def fitted(formula: Expr, right: Expr) -> Expr:
    """A number stands for an array filled with it."""
    return broadcast(formula, right.shape) if not formula.shape and right.shape and as_number(formula) is not None else formula
