"""Marking a hand-in: every answer in the order in which the quantities depend on each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from byhand.check.answers.entry import Entry, HandIn, Numbers, Unread
from byhand.check.answers.matching import Matched, matched
from byhand.check.answers.names import Names
from byhand.check.engine import Engine
from byhand.check.exercise.quantity import Exercise
from byhand.check.judge.glance import Glance
from byhand.check.judge.marking import Marking
from byhand.check.judge.person import Person
from byhand.check.judge.reach import Reaches
from byhand.check.judge.scores import Scores
from byhand.check.mark import Mark, Report
from byhand.check.numbers.rounding import ways
from byhand.check.others.check import called, check_other, question
from byhand.check.slips.catalogue import mutations_of
from byhand.check.slips.mutation import Mutation
from byhand.lang.english import listed
from byhand.run.arrays import Array

EARLY = (4, 3, 2, 1)
"""Digits to which people round numbers on the way."""
MOST_NAMED = 4
MOST_PLANS = 200
"""Sets of answered quantities for which the formulas between them are kept."""


def without(hand_in: HandIn, some: Sequence[Entry]) -> HandIn:
    """The hand-in but for these entries."""
    return replace(hand_in, entries=tuple(entry for entry in hand_in.entries if entry not in some)) if some else hand_in


@dataclass(slots=True)
class Judge:
    """Marks hand-ins of one exercise. What does not depend on the person is worked out once and kept."""

    exercise: Exercise
    version: str = ""
    mutations: Mapping[str, tuple[Mutation, ...]] = field(init=False)
    engine: Engine = field(init=False)
    truths: Mapping[str, Array] = field(init=False)
    names: Names = field(init=False)
    glance: Glance = field(init=False)
    _rounded: dict[str, list[tuple[str, Array]]] = field(default_factory=dict[str, "list[tuple[str, Array]]"])
    _plans: dict[frozenset[str], Reaches] = field(default_factory=dict[frozenset[str], Reaches])

    def __post_init__(self) -> None:
        self.engine = Engine(self.exercise)
        self.truths = self.engine.truths()
        self.mutations = mutations_of(self.exercise)
        self.names = Names(self.exercise)
        self.glance = Glance(self.exercise, self.truths)

    def mark(self, hand_in: HandIn) -> Report:
        """The report on one person's answers."""
        asked = [entry for entry in hand_in.entries if called(self.exercise, entry.name) is not None]
        found = matched(self.exercise, without(hand_in, asked), self.names)
        marking = Marking(found, self._person(found), Scores(self.exercise.settings), self.mutations, self.glance)
        exercise = self.exercise
        others = self._others((*asked, *found.unknown))
        strangers = [entry for entry in found.unknown if question(exercise, entry.name) is None]
        nothing = () if found.answers or asked or not hand_in.entries or len(strangers) < len(found.unknown) else (self._elsewhere(len(strangers)),)
        problems = (*hand_in.problems, *nothing, *exercise.left_out, *(entry.content.message for entry in strangers if isinstance(entry.content, Unread)))
        marks = (*marking.marks(), *others)
        return Report(exercise.name, exercise.title, exercise.digest, self.version, hand_in.person, marks, problems)

    def _elsewhere(self, count: int) -> str:
        """What to say of a hand-in for another sheet."""
        asked = [name for name, quantity in self.exercise.quantities.items() if quantity.asked]
        wanted = f", which asks for {listed([*asked[:MOST_NAMED], *(['more'] if len(asked) > MOST_NAMED else [])])}" if asked else ""
        return f"nothing that was handed in ({count} answer{'s' * (count > 1)}) belongs to this sheet{wanted}: it may be the hand-in for another one."

    def _others(self, entries: Sequence[Entry]) -> list[Mark]:
        """Marks for questions whose answers are no arrays; claims count only where they were answered."""
        answered = {name: entry for entry in entries if (name := question(self.exercise, entry.name)) is not None}
        marks: list[Mark] = []
        for name, other in self.exercise.others.items():
            if name in answered:
                marks.append(check_other(self.exercise, name, answered[name]))
            elif other.topic in ("rates", "symmetries"):
                marks.append(Mark(name, "blank", Fraction(0), self.exercise.settings.marks.get(name, Fraction(1))))
        return marks

    def _person(self, found: Matched) -> Person:
        numbers = {name: entry.content for name, entry in found.answers.items() if isinstance(entry.content, Numbers) and name in self.truths}
        written = {name: np.asarray(one.values)[None] for name, one in numbers.items()}
        return Person(self.engine, self.truths, self._reaches(frozenset(written)), numbers, written, self._early)

    def _early(self, name: str) -> list[tuple[str, Array]]:
        """In which ways numbers can be rounded before a quantity is worked out, from many digits to few, and what it is then."""
        if name not in self._rounded:
            self._rounded[name] = [way for digits in EARLY for way in ways(self.engine, self.exercise, name, digits)]
        return self._rounded[name]

    def _reaches(self, stops: frozenset[str]) -> Reaches:
        if stops not in self._plans:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            self._plans[stops] = Reaches(self.exercise, self.mutations, stops)
        return self._plans[stops]
