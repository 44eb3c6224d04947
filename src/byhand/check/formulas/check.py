"""Formulas as answers: read, proved equal or refuted, and if wrong explained."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from byhand.check.answers.entry import Formulas
from byhand.check.exercise.quantity import Exercise
from byhand.check.formulas.counter import counterexample
from byhand.check.formulas.equality import Equals
from byhand.check.formulas.explain import Explaining
from byhand.check.formulas.found import Found
from byhand.check.formulas.ground import Ground
from byhand.check.formulas.points import Points, TooLarge
from byhand.check.formulas.reading import Readings, Understood, is_ill_shaped
from byhand.check.formulas.scope import Scopes
from byhand.check.formulas.values import evaluated
from byhand.check.mark import Tie
from byhand.check.slips.mutation import Mutation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.lang.sizes import shape_text

__all__ = ["check_formula", "evaluated"]

MOST_KEPT = 5_000
MOST_EXERCISES = 4
MOST_LINKS = 60


def check_formula(exercise: Exercise, name: str, formula: Formulas, mutations: Sequence[Mutation] = (), own: Mapping[str, Expr] | None = None) -> Found:
    """What is found out about a formula handed in for a quantity.

    ``mutations`` are slips that may explain it, ``own`` the person's own formulas for earlier quantities, as ``Found.expr`` has them.
    The same formula handed in again is answered at once.
    """
    return _checker(exercise).check(name, formula, tuple(mutations), own or {})


@dataclass
class _Checker:
    """All that is kept for the answers to one exercise."""

    exercise: Exercise
    ground: Ground = field(init=False)
    points: Points = field(init=False)
    equals: Equals = field(init=False)
    readings: Readings = field(init=False)
    explaining: Explaining = field(init=False)
    _known: OrderedDict[object, Found] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.ground = Ground(self.exercise)
        self.points = Points(self.ground)
        self.equals = Equals(self.ground, self.points)
        self.readings = Readings(Scopes(self.ground))
        self.explaining = Explaining(self.ground, self.points, self.equals)

    def check(self, name: str, formula: Formulas, mutations: tuple[Mutation, ...], own: Mapping[str, Expr]) -> Found:
        key = (name, formula.links, mutations, tuple(own.items()))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._checked(name, formula.links, mutations, own)
            if len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return found

    def _checked(self, name: str, links: tuple[str, ...], mutations: Sequence[Mutation], own: Mapping[str, Expr]) -> Found:
        if not links or len(links) > MOST_LINKS:
            return Found("unread", message=f"a chain of {len(links)} equalities is refused; the limit is {MOST_LINKS}.")
        try:
            return self._link(name, links[-1], mutations, own)
        except TooLarge:
            return Found("undecided", message="the formula would take too long to work out, so that it was not compared.")

    def _link(self, name: str, text: str, mutations: Sequence[Mutation], own: Mapping[str, Expr]) -> Found:
        quantity = self.exercise.quantities[name]
        first: Understood | None = None
        try:
            for reading in self.readings.of(quantity, text):
                if first is None and not reading.guess:
                    first = reading
                found = self.equals.to_quantity(reading.expr, name)
                if found:
                    return Found("right", found.certainty, read_as=reading.read_as, expr=reading.expr, remarks=reading.remarks)
        except ByhandError as problem:
            verdict = "wrong" if is_ill_shaped(problem) else "unread"
            return Found(verdict, message=problem.message)
        assert first is not None
        return self._wrong(name, first, mutations, own)

    def _wrong(self, name: str, reading: Understood, mutations: Sequence[Mutation], own: Mapping[str, Expr]) -> Found:
        found = Found("wrong", "exact", read_as=reading.read_as, expr=reading.expr)
        slips = self.explaining.slips(reading.expr, name, mutations, own)
        right = self.ground.variables[name]
        if reading.expr.shape == right.shape:
            shown, certainty = counterexample(self.ground, reading.expr, right)
            found = replace(found, counterexample=shown, certainty=certainty)
        else:
            found = replace(found, message=f"{name} has shape {shape_text(right.shape)}, and this formula has shape {shape_text(reading.expr.shape)}.")
        if slips:
            ties = tuple(Tie(one.id, one.message, one.of) for one in slips[1:])
            found = replace(found, slip=slips[0].id, at=slips[0].of, ties=ties, message=f"matches what you get if {slips[0].message}")
        return found


_CHECKERS: OrderedDict[int, _Checker] = OrderedDict()


def _checker(exercise: Exercise) -> _Checker:
    """The checker of an exercise; those of the last few exercises are kept."""
    known = _CHECKERS.get(id(exercise))
    if known is None or known.exercise is not exercise:
        known = _CHECKERS[id(exercise)] = _Checker(exercise)
        if len(_CHECKERS) > MOST_EXERCISES:
            _CHECKERS.popitem(last=False)
    return known
