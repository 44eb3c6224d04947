"""Answers that are right at first sight, or follow at first sight from earlier ones, found all at once: most do, and nothing else need be asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.exercise.quantity import Exercise
from byhand.check.judge.habit import TELLING, Habit
from byhand.check.judge.person import Person
from byhand.check.judge.reach import Reaches
from byhand.check.judge.row import Row
from byhand.check.numbers.noise import SINGLE, noises
from byhand.check.settings import Settings
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

FAR = 1e-5
"""A number that is further from the truth than this part of the largest entry, twice its rounding and the noise of floats is not right for any reason."""
MOST_KEPT = 200

Flat: TypeAlias = tuple[Array, Array, Array]
"""Entries of several arrays one after the other, where each array begins, and for each entry how far floats of any kind may take it."""


@dataclass(slots=True)
class Glance:
    """``truths`` are the right numbers, one case each; ``known`` are those of a set of answers in a row, ``betweens`` the steps between those of a set.

    Everything found here would be found one by one as well, in the same words (``numbers.compare``, ``judge.follow``); what is right, or follows, for a
    subtler reason is left to that.
    """

    exercise: Exercise
    truths: Mapping[str, Array]
    known: dict[tuple[str, ...], Flat] = field(default_factory=dict[tuple[str, ...], Flat])
    betweens: dict[frozenset[str], Between] = field(default_factory=dict[frozenset[str], "Between"])

    def right(self, answers: Mapping[str, Numbers], row: Row, digits: int, habit: Habit | None) -> frozenset[str]:
        """Answers all of whose entries, those in the ``row``, are the truth, or round to it with as many digits as this person and the sheet ask for."""
        names = tuple(name for name, one in answers.items() if one.values.size and self._alike(name, one))
        if not names:
            return frozenset()
        truth, starts, _ = self._flat(names)
        written = row if names == row.names else Row.of({name: answers[name] for name in names})
        with np.errstate(all="ignore"):
            rounded = written.rounded(truth, digits)
            if habit is not None and habit.significant >= TELLING:
                rounded &= (written.significant >= habit.significant - 1) | (written.decimals >= habit.decimals - 1)
            right = np.logical_and.reduceat(rounded | written.exact(truth), starts)
        return frozenset(name for name, one in zip(names, right.tolist()) if one)

    def following(self, person: Person, answers: Mapping[str, Numbers], plain: frozenset[str], settings: Settings) -> dict[str, tuple[frozenset[str], Array]]:
        """Answers that are far from the truth, but what their step gives if all answers before are the person's own; with that value.

        Each comes with the answers before that are taken not to be right: only if these are the ones is the result of any use.
        """
        off = frozenset(answers) - plain
        if not off or not all(self._alike(name, answers[name]) and answers[name].values.size for name in off):
            return {}
        between = self._between(person.reaches)
        names = tuple(name for name, frontier in between.frontiers.items() if name in off and not off.isdisjoint(frontier))
        values = person.engine.values(between.steps, {**self.truths, **{name: answers[name].values[None] for name in off}}) if names else None
        if values is None:
            return {}
        found = dict(zip(between.frontiers, values))
        names = tuple(name for name in names if found[name].shape == self.truths[name].shape)
        return self._matching(names, answers, found, settings, off, between) if names else {}

    def _matching(
        self, names: tuple[str, ...], answers: Mapping[str, Numbers], found: Mapping[str, Array], settings: Settings, off: frozenset[str], between: Between
    ) -> dict[str, tuple[frozenset[str], Array]]:
        truth, starts, noise = self._flat(names)
        written = Row.of({name: answers[name] for name in names})
        value = np.concatenate([found[name].ravel() for name in names])
        with np.errstate(all="ignore"):
            fits = np.logical_and.reduceat(written.rounded(value, settings.digits) | written.exact(value), starts)
            rounding = np.where(written.whole, np.maximum(2 * written.half, np.abs(written.values)), 2 * written.half)
            far = np.abs(written.values - truth) > rounding + noise + float(settings.tolerance)
            known = (fits & np.logical_or.reduceat(far, starts)).tolist()
        return {name: (off & between.frontiers[name], found[name]) for name, one in zip(names, known) if one}

    def _between(self, reaches: Reaches) -> Between:
        if reaches.stops not in self.betweens:
            if len(self.betweens) >= MOST_KEPT:
                self.betweens.clear()
            self.betweens[reaches.stops] = Between.of(reaches, [name for name in self.truths if name in reaches.stops])
        return self.betweens[reaches.stops]

    def _alike(self, name: str, one: Numbers) -> bool:
        return name in self.truths and one.values.shape == self.truths[name].shape[1:]

    def _flat(self, names: tuple[str, ...]) -> Flat:
        if names not in self.known:
            if len(self.known) >= MOST_KEPT:
                self.known.clear()
            parts = [self.truths[name].ravel() for name in names]
            noise = np.concatenate([self._noise(name) for name in names])
            self.known[names] = np.concatenate(parts), np.cumsum([0, *(len(part) for part in parts[:-1])]), noise
        return self.known[names]

    def _noise(self, name: str) -> Array:
        truth = self.truths[name][0]
        return FAR * np.abs(truth).max() + np.broadcast_to(noises(self.exercise, SINGLE).get(name, 0.0), truth.shape).ravel()


@dataclass(frozen=True, slots=True)
class Between:
    """What leads from some answers to the others: for each answer that is made of anything its ``frontier`` among them, and the first of its ``steps``."""

    frontiers: Mapping[str, frozenset[str]]
    steps: tuple[Expr, ...]

    @classmethod
    def of(cls, reaches: Reaches, names: Iterable[str]) -> Between:
        found = {name: reach for name in names if (reach := reaches.of(name)).steps}
        return cls({name: frozenset(reach.frontier) for name, reach in found.items()}, tuple(reach.steps[0] for reach in found.values()))
