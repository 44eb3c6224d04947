"""One formula against one quantity: right in some sense, following from the person's own formulas, or wrong and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.formulas.counter import counterexample
from byhand.check.formulas.difference import Differences
from byhand.check.formulas.equality import Equality, Equals, fitted
from byhand.check.formulas.explain import Explaining
from byhand.check.formulas.follow import own_steps, wrong_ones
from byhand.check.formulas.found import Found
from byhand.check.formulas.ground import Ground, names_in
from byhand.check.formulas.layout import misfit, relaid
from byhand.check.formulas.numbers import by_chance, numbers_put_in
from byhand.check.formulas.points import Points, TooLarge
from byhand.check.formulas.reading import TOO_DEEP, Readings, Understood, is_ill_shaped
from byhand.check.formulas.scope import Scopes
from byhand.check.formulas.values import fits_numbers
from byhand.check.mark import Tie
from byhand.check.slips.mutation import Slips
from byhand.lang.english import listed
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, transpose
from byhand.run.bind import entry_text

MOST_PLACES = 6
UNDECIDED = "it could not be decided whether this formula is right."
NOT_EQUAL = "this is not equal"
TOO_LARGE = "the formula would take too long to work out, so that it was not compared."
Own = Mapping[str, Expr]


@dataclass(slots=True)
class Checker:
    """All that is kept for the formulas handed in for one exercise."""

    exercise: Exercise
    ground: Ground = field(init=False)
    points: Points = field(init=False)
    pinned: Points = field(init=False)
    equals: Equals = field(init=False)
    readings: Readings = field(init=False)
    explaining: Explaining = field(init=False)

    def __post_init__(self) -> None:
        self.ground = Ground(self.exercise)
        self.points = Points(self.ground)
        self.pinned = Points(self.ground, pinned=True)
        self.equals = Equals(self.ground, self.points)
        self.readings = Readings(Scopes(self.ground))
        self.explaining = Explaining(self.ground, self.points, self.equals)

    def check(self, name: str, text: str, mutations: Slips, own: Own) -> Found:
        """What is found out about a formula as it was written."""
        try:
            return self._checked(self.exercise.quantities[name], text, mutations, own)
        except TooLarge:
            return Found("undecided", message=TOO_LARGE)
        except RecursionError:
            return Found("unread", message=TOO_DEEP)

    def _checked(self, quantity: Quantity, text: str, mutations: Slips, own: Own) -> Found:
        seen: list[Understood] = []
        problem: ByhandError | None = None
        try:
            for reading in self.readings.of(quantity, text):
                found = self.equals.to_quantity(reading.expr, quantity.name)
                if found:
                    return _right(reading, found)
                if found.outcome == "undecided" and not reading.guess:
                    return Found("undecided", "float", UNDECIDED, read_as=reading.read_as, expr=reading.expr)
                seen.append(reading)
        except ByhandError as error:
            problem = error
        if problem is not None and not is_ill_shaped(problem):
            return Found("unread", message=problem.message)
        mended = self._mended(quantity, text, problem) if problem is not None else None
        if mended is not None:
            return mended
        meant = self._meant(quantity, seen)
        if meant is None:
            return Found("wrong", "exact", problem.message if problem is not None else UNDECIDED)
        return (
            self._as_numbers(quantity, meant, text)
            or self._otherwise(quantity, meant)
            or self._follows(quantity.name, meant, own)
            or self._wrong(quantity, meant, mutations, own)
        )

    def _meant(self, quantity: Quantity, seen: Sequence[Understood]) -> Understood | None:
        """The sense in which a formula that is not right is judged: as it stands; if its shape does not fit so, in one in which it does."""
        right = self.ground.variables[quantity.name]
        fitting = [replace(one, expr=fitted(one.expr, right)) for one in seen]
        plain = next((one for one in fitting if not one.guess), None)
        if plain is not None and plain.expr.shape == right.shape:
            return plain
        return next((one for one in fitting if one.expr.shape == right.shape), plain)

    def _mended(self, quantity: Quantity, text: str, problem: ByhandError) -> Found | None:
        """The transpose that would mend a formula whose shapes do not fit, if one does."""
        for mended, reading in self.readings.mended(quantity, text):
            equal = self.equals.to_quantity(reading.expr, quantity.name)
            if equal and self._is_vector(mended.name) and "@" not in text:
                return _right(replace(reading, remarks=(*reading.remarks, f"with {mended.name} lying the other way")), equal)
            if equal:
                what = f"{mended.name or 'a factor'} is {'not ' if mended.added else ''}transposed"
                slip = "S29" if quantity.kind == "gradient" else "S01" if quantity.kind == "defined" else None
                return Found("wrong", "exact", f"matches what you get if {what}: {problem.message}", slip, quantity.name if slip else None)
        return None

    def _is_vector(self, name: str) -> bool:
        known = self.ground.variables.get(name)
        return known is not None and len(known.shape) == 1

    def _as_numbers(self, quantity: Quantity, reading: Understood, text: str) -> Found | None:
        """A formula without names where the sheet has numbers: they are compared as they are written."""
        if quantity.truth is None or names_in(reading.expr):
            return None
        if not fits_numbers(reading.expr, text, quantity.truth):
            return None
        return _right(replace(reading, remarks=(*reading.remarks, "compared as a number")), Equality("equal", "float"))

    # --------------------------------------------------------------------------------- right in another sense

    def _otherwise(self, quantity: Quantity, reading: Understood) -> Found | None:
        """Right in another layout, or with numbers of the sheet put in."""
        for laid, remark in relaid(reading.expr, quantity.node.shape):
            found = self.equals.to_quantity(laid, quantity.name)
            if found:
                return _right(replace(reading, expr=laid, remarks=(*reading.remarks, remark)), found)
        remark = numbers_put_in(self.ground, reading.expr, quantity.name, reading.read_as) if self._right_for_the_numbers(reading.expr, quantity.name) else ""
        return _right(replace(reading, remarks=(*reading.remarks, remark)), Equality("equal")) if remark else None

    def _right_for_the_numbers(self, formula: Expr, name: str) -> bool:
        """Whether a formula may be right for the single numbers of the sheet."""
        if formula.shape != self.ground.variables[name].shape:
            return False
        value, right = self.pinned.value(formula), self.pinned.of(name)
        return value is None or right is None or self.pinned.look(value, right) in ("same", "unknown")

    def _follows(self, name: str, reading: Understood, own: Own) -> Found | None:
        """The step on the person's own formulas."""
        wrong = wrong_ones(self.equals, own, name)
        for names, step in own_steps(self.ground, name, wrong):
            found = self.equals.of(reading.expr, step)
            if found:
                message = f"follows from your {listed(names)}"
                return Found("follows", found.certainty, message, because_of=names, read_as=reading.read_as, expr=reading.expr, remarks=reading.remarks)
        return None

    # ------------------------------------------------------------------------------------------------- wrong

    def _wrong(self, quantity: Quantity, reading: Understood, mutations: Slips, own: Own) -> Found:
        found = Found("wrong", "exact", read_as=reading.read_as, expr=reading.expr, remarks=reading.remarks)
        fits = reading.expr.shape == quantity.node.shape
        if fits:
            shown, certainty = counterexample(self.ground, reading.expr, self.ground.variables[quantity.name])
            found = replace(found, counterexample=shown, certainty=certainty, cells=self._cells(quantity.name, reading.expr))
        found = self._explained(quantity, found, reading.expr, mutations, own)
        chance = by_chance(self.ground, reading.expr, quantity.name) if fits else ""
        return replace(found, remarks=(*found.remarks, chance)) if chance else found

    def _explained(self, quantity: Quantity, found: Found, formula: Expr, mutations: Slips, own: Own) -> Found:
        """The slip that gives the formula; or else in what it differs."""
        slips, because = self.explaining.slips(formula, quantity.name, mutations), tuple[str, ...]()
        if not slips:
            wrong = wrong_ones(self.equals, own, quantity.name)
            slips, because = (self.explaining.on_own(formula, quantity.name, mutations, wrong), tuple(wrong)) if wrong else ([], ())
        if slips:
            ties = tuple(dict.fromkeys(Tie(one.id, one.message, one.of) for one in slips[1:]))
            message = f"matches what you get if {slips[0].message}"
            return replace(found, slip=slips[0].id, at=slips[0].of, ties=ties, message=message, because_of=because)
        if formula.shape != quantity.node.shape:
            return replace(found, message=misfit(quantity, formula.shape))
        if len(formula.shape) == 2 and formula.shape == formula.shape[::-1] and self.equals.to_quantity(transpose(formula), quantity.name):
            return replace(found, slip="S43" if quantity.kind == "gradient" else None, at=quantity.name, message=f"matches the transpose of {quantity.name}")
        if quantity.truth is not None and not names_in(formula):
            return replace(found, message=f"these are not the numbers of {quantity.name}")
        if self.points.has_none(self.points.value(formula), self.points.of(quantity.name)):
            return replace(found, message=f"this has no value where {quantity.name} has one, as by a logarithm of 0 or a division by 0.")
        return replace(found, message=Differences(self.equals).between(formula, quantity.name) or _where(quantity.name, found.cells))

    def _cells(self, name: str, formula: Expr) -> object:
        """For each entry whether the formula is right there; nothing where sizes are letters."""
        value, right = self.points.value(formula), self.points.of(name)
        if value is None or right is None or value.shape != right.shape or not all(isinstance(axis, int) for axis in formula.shape):
            return None
        return self.points.cells(value, right).tolist()


def _right(reading: Understood, found: Equality) -> Found:
    return Found("right", found.certainty, read_as=reading.read_as, expr=reading.expr, remarks=reading.remarks)


def _where(name: str, cells: object) -> str:
    """Where a formula is wrong, if it is right elsewhere."""
    places = [] if cells is None else [tuple(int(k) for k in place) for place in np.argwhere(~np.asarray(cells, dtype=bool))]
    if not places or len(places) > MOST_PLACES or len(places) == np.asarray(cells).size:
        return f"{NOT_EQUAL} to {name}"
    return f"{NOT_EQUAL} to {name} at {'entry' if len(places) == 1 else 'entries'} {listed([entry_text(place) for place in places])}"
