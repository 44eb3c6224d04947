"""One hand-in, quantity by quantity, operands first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import assert_never

import numpy as np

from byhand.check.answers.entry import Entry, Formulas, Numbers, Unread
from byhand.check.answers.matching import Matched
from byhand.check.engine import variables_of
from byhand.check.exercise.quantity import Quantity
from byhand.check.formulas.check import check_formula, evaluated
from byhand.check.formulas.found import Found
from byhand.check.judge.follow import Followed
from byhand.check.judge.glance import Glance
from byhand.check.judge.habit import Habit
from byhand.check.judge.number import mark_following, mark_number
from byhand.check.judge.person import Person, is_same
from byhand.check.judge.reach import Reaches
from byhand.check.judge.row import Row
from byhand.check.judge.scores import Scores
from byhand.check.judge.written import Written
from byhand.check.mark import Mark
from byhand.check.numbers.layout import Convention, convention
from byhand.check.slips.mutation import Mutation, SlipsIn
from byhand.lang.expr import Expr
from byhand.run.arrays import Array


@dataclass(slots=True)
class Marking:
    """The state of marking one hand-in. ``plain`` and ``following``: answers that are right, and that follow, at first sight.

    ``formulas``: those handed in so far, as expressions.
    """

    found: Matched
    person: Person
    scores: Scores
    mutations: Mapping[str, tuple[Mutation, ...]]
    glance: Glance
    convention: Convention = field(init=False)
    habit: Habit | None = field(init=False)
    plain: frozenset[str] = field(init=False)
    following: Mapping[str, tuple[frozenset[str], Array]] = field(init=False)
    _plan: Reaches = field(init=False)
    formulas: dict[str, Expr] = field(default_factory=dict[str, Expr])

    def __post_init__(self) -> None:
        numbers = {name: entry.content for name, entry in self.found.answers.items() if isinstance(entry.content, Numbers)}
        self.convention = convention(numbers, self.person.exercise)
        row = Row.of(numbers)
        self.habit = Habit.of(row)
        self.person.usual = self.habit
        settings = self.person.exercise.settings
        self.plain = self.glance.right(numbers, row, settings.digits, self.habit)
        as_the_sheet = not self.convention.weights and not self.convention.samples
        self.following = self.glance.following(self.person, numbers, self.plain, settings) if as_the_sheet else {}
        self._plan = self.person.reaches

    def marks(self) -> Iterator[Mark]:
        """A mark for everything asked or answered."""
        for name, quantity in self.person.exercise.quantities.items():
            entry = self.found.answers.get(name)
            if entry is not None:
                yield self._answered(quantity, entry)
            else:
                self._pass_on(quantity)
                if quantity.asked:
                    yield Mark(name, "blank", Fraction(0), self.scores.most(quantity))

    def _pass_on(self, quantity: Quantity) -> None:
        """A blank quantity is off where something it is made of is."""
        person = self.person
        if not person.off or quantity.name in person.off:
            return
        deviating = person.deviating(person.reach(quantity.name).frontier)
        blame = dict.fromkeys(one for name in deviating for one in person.off[name])
        own, truth = (person.own(quantity.name), person.truths.get(quantity.name)) if deviating else (None, None)
        if own is not None and truth is not None and not is_same(own, truth):
            person.off[quantity.name] = tuple(blame)

    def _answered(self, quantity: Quantity, entry: Entry) -> Mark:
        remarks = (*self.found.remarks.get(quantity.name, ()), *entry.repairs)
        match entry.content:
            case Unread(message, text):
                return self._unread(quantity, message, text, remarks)
            case Formulas() as formula:
                numbers = evaluated(self.person.exercise, formula) if quantity.truth is not None else None
                return self._formula(quantity, formula, remarks) if numbers is None else self._numbers(quantity, numbers, remarks)
            case Numbers() as numbers:
                mark = self._numbers(quantity, numbers, remarks)
                return self._with_formula(mark, quantity, entry.links) if entry.links else mark
            case _:
                assert_never(entry.content)

    def _unread(self, quantity: Quantity, message: str, text: str, remarks: tuple[str, ...]) -> Mark:
        return Mark(quantity.name, "unread", Fraction(0), self.scores.most(quantity), text or None, message, remarks=remarks)

    def _numbers(self, quantity: Quantity, numbers: Numbers, remarks: tuple[str, ...]) -> Mark:
        truth = self.person.truths.get(quantity.name)
        if truth is None:
            return self._unread(quantity, f"{quantity.name} has no numbers on this sheet, so that a formula is expected.", numbers.text, remarks)
        if quantity.name in self.plain:
            return self._plainly_right(quantity, numbers, remarks)
        read = numbers if self.habit is None else self.habit.reading(numbers)
        written = Written(quantity, truth, read, remarks, self.convention, self.habit)
        followed = self._following(quantity.name)
        return mark_number(self.person, self.scores, written) if followed is None else mark_following(self.person, self.scores, written, followed)

    def _following(self, name: str) -> Followed | None:
        """What was seen at first sight, where the answers before it have turned out as it was thought."""
        off, value = self.following.get(name, (frozenset(), None))
        if value is None or self.person.reaches is not self._plan:
            return None
        used = self.person.deviating(self.person.reach(name).frontier)
        return Followed(used, value) if off == frozenset(used) else None

    def _plainly_right(self, quantity: Quantity, numbers: Numbers, remarks: tuple[str, ...]) -> Mark:
        self.person.halves[quantity.name] = numbers.half
        most = self.scores.most(quantity)
        return Mark(quantity.name, "right", most, most, numbers.text, remarks=remarks)

    def _formula(self, quantity: Quantity, formula: Formulas, remarks: tuple[str, ...]) -> Mark:
        found = self._proved(quantity, formula)
        most, message = self.scores.most(quantity), found.message
        marks = most if found.status in ("right", "follows") else Fraction(0)
        if found.status == "slip" and found.slip is not None:
            marks, message = self.scores.for_slip(found.slip, quantity, message)
        self._carry_on(quantity, found)
        return Mark(
            quantity.name,
            found.status,
            marks,
            most,
            found.read_as or formula.text,
            message,
            slip=found.slip,
            at=found.at,
            ties=found.ties,
            because_of=found.because_of,
            cells=found.cells,
            review=found.review,
            remarks=(*remarks, *found.remarks),
            certainty=found.certainty,
            counterexample=found.counterexample,
            first_wrong_link=found.first_wrong_link,
        )

    def _carry_on(self, quantity: Quantity, found: Found) -> None:
        """Numbers that come later are judged by the number of a wrong formula."""
        truth, person = self.person.truths.get(quantity.name), self.person
        if truth is None or found.expr is None or found.status not in ("slip", "wrong", "follows"):
            return
        env = person.env((), [frozenset()], own=variables_of(found.expr))
        values = None if env is None else person.engine.values([found.expr], env)
        if values is not None and np.isfinite(values[0]).all() and not is_same(values[0], truth):
            person.assume({quantity.name: values[0]}, found.because_of or (quantity.name,))

    def _proved(self, quantity: Quantity, formula: Formulas) -> Found:
        found = check_formula(self.person.exercise, quantity.name, formula, self._slips(quantity.name), self.formulas)
        if found.expr is not None:
            self.formulas[quantity.name] = found.expr
        return found

    def _slips(self, name: str) -> SlipsIn:
        """The slips of a step, and of the blank steps that a formula may have put in."""
        quantities, found, waiting = self.person.exercise.quantities, dict[str, None](), [name]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found[one] = None
                waiting += [parent for parent in quantities[one].parents if parent not in self.found.answers]
        return SlipsIn(tuple(found), self.mutations)

    def _with_formula(self, mark: Mark, quantity: Quantity, links: tuple[str, ...]) -> Mark:
        """What is to be said of the formula that a number was worked out from; the number alone is marked.

        Links with numbers put in are left to it: they are rounded, and may be the person's own.
        """
        links = tuple(link for link in links if evaluated(self.person.exercise, Formulas((link,), link)) is None)
        if not links:
            return mark
        found = self._proved(quantity, Formulas(links, " = ".join(links)))
        wrong = found.first_wrong_link
        mark = replace(mark, first_wrong_link=0 if wrong is None and found.status in ("slip", "wrong") else wrong)
        match found.status:
            case "right" | "follows" if mark.status in ("slip", "wrong"):
                return replace(mark, remarks=(*mark.remarks, "the formula is right, so the mistake is in the arithmetic"))
            case "slip" | "wrong":
                review = "" if mark.status in ("slip", "wrong") else "the number is right, but the formula written before it is not"
                return replace(mark, remarks=(*mark.remarks, f"the formula is not right: {found.message}"), review=mark.review or review)
            case _:
                return mark
