"""Which slips explain a wrong answer: each is run, on the true values and on the person's own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.engine import variables_of
from byhand.check.judge.follow import from_rounded, mixtures, rounded_parents
from byhand.check.judge.outcomes import outcomes
from byhand.check.judge.person import Person
from byhand.check.judge.reach import Wrong
from byhand.check.judge.scores import Scores
from byhand.check.judge.stepwise import step_by_step, unwritten_slack
from byhand.check.numbers.compare import fits
from byhand.check.settings import Settings
from byhand.run.arrays import Array

NEAR = 0.1
"""A slip's value that is further away than this part of the largest entry cannot be meant, whatever was rounded before."""
MOST_NEAR = 60
"""So many of these are tried, the nearest first."""
_Test: TypeAlias = Callable[[Person, str, Numbers, Settings, "Wrong", Array, "frozenset[str]"], bool]
_NOTHING = frozenset[str]()


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A slip that gives the answer. ``used``: the deviating answers it was made with; ``value`` of the answer, ``at`` of the quantity with the slip."""

    wrong: Wrong
    used: tuple[str, ...]
    value: Array
    subset: frozenset[str]


def explanations(person: Person, name: str, written: Numbers, scores: Scores) -> list[Explained]:
    """All slips that give this answer, the likeliest first: the nearest, of those one that was made before, then the most usual."""
    return _sorted(_matching(person, name, written, scores.settings), scores)


def rounded_explanations(person: Person, name: str, written: Numbers, scores: Scores) -> list[Explained]:
    """All slips that give this answer through blank quantities that were rounded to the usual digits, in the same order."""
    return _sorted(_near(person, name, written, scores.settings, _is_step_by_step), scores)


def near_explanations(person: Person, name: str, written: Numbers, scores: Scores) -> list[Explained]:
    """All slips that give this answer within what rounding brings, in the same order."""
    return _sorted(_near(person, name, written, scores.settings, _is_rounded), scores)


def _sorted(found: Iterable[Explained], scores: Scores) -> list[Explained]:
    return sorted(found, key=lambda one: (one.wrong.distance, one.wrong.mutation.id not in scores.charged, one.wrong.mutation.rank))


def _matching(person: Person, name: str, written: Numbers, settings: Settings) -> Iterator[Explained]:
    deviating, candidates = _all(person, name)
    for place, case in _fitting(written, [value for _, value, _ in candidates], settings):
        one, value, cases = candidates[place]
        yield _explained(one, value, cases, case, deviating)


def _all(person: Person, name: str) -> tuple[tuple[str, ...], list[tuple[Wrong, Array, list[frozenset[str]]]]]:
    """The deviating answers that a quantity is made of, and every slip with its values."""
    frontier = person.reach(name).frontier
    deviating = person.deviating(frontier)
    return deviating, list(_candidates(person, name, frontier, mixtures(deviating)[:8]))


def _fitting(written: Numbers, values: Sequence[Array], settings: Settings) -> list[tuple[int, int]]:
    """Which of several values are the answer, each with the first case in which it is; all cases of all of them are compared at once."""
    alike = [place for place, value in enumerate(values) if value.shape[1:] == written.values.shape]
    if not alike:
        return []
    found = np.flatnonzero(fits(written, np.concatenate([values[place] for place in alike]), 0.0, settings)).tolist()
    if not found:
        return []
    starts = np.cumsum([0, *(len(values[place]) for place in alike)]).tolist()
    first: dict[int, int] = {}
    for row in found:
        k = bisect_right(starts, row) - 1
        first.setdefault(alike[k], row - starts[k])
    return list(first.items())


def _candidates(person: Person, name: str, frontier: Sequence[str], subsets: list[frozenset[str]]) -> Iterator[tuple[Wrong, Array, list[frozenset[str]]]]:
    """The value of every slip in all cases; those with quantities that come later are run on the person's own ones as well."""
    wrong = person.reaches.wrong(name)
    yield from ((one, value, [_NOTHING]) for one, value in _at_truth(person, name))
    for cases, own in _situations(person, name, wrong, subsets):
        for one, value in outcomes(person, name, wrong, frontier, cases, own):
            yield one, value, cases


def _at_truth(person: Person, name: str) -> tuple[tuple[Wrong, Array], ...]:
    known = person.reaches.at_truth
    if name not in known:
        known[name] = tuple(outcomes(person, name, person.reaches.wrong(name), (), [_NOTHING], ()))
    return known[name]


def _situations(person: Person, name: str, wrong: Sequence[Wrong], subsets: list[frozenset[str]]) -> Iterator[tuple[list[frozenset[str]], tuple[str, ...]]]:
    if subsets:
        yield subsets, ()
    reach = person.reach(name)
    others = {other for one in wrong for step in one.made.values() for other in variables_of(step)}.difference(reach.frontier, reach.chain)
    own = tuple(other for other in others if other in person.written or person.deviating(person.reach(other).frontier))
    if own:
        yield subsets[:1] or [_NOTHING], own


def _near(person: Person, name: str, written: Numbers, settings: Settings, test: _Test) -> Iterator[Explained]:
    """Slips that come nearer to the answer than the right step, and pass a test of whether rounding explains the rest; the nearest are tried."""
    deviating, candidates = _all(person, name)
    most = min(NEAR * float(np.abs(written.values).max(initial=0.0)), _away_from_right(person, name, written))
    near: list[tuple[float, Wrong, Array, list[frozenset[str]], int]] = []
    for one, value, cases in candidates:
        if value.shape[1:] == written.values.shape:
            away = np.abs(value - written.values).reshape(len(value), -1).max(axis=1, initial=0.0)
            near += [(far, one, value, cases, case) for case, far in enumerate(away.tolist()) if far < most]
    seen = set[Wrong]()
    for _, one, value, cases, case in sorted(near, key=lambda found: found[0])[:MOST_NEAR]:
        if one not in seen and test(person, name, written, settings, one, value[case : case + 1], cases[case]):
            seen.add(one)
            yield _explained(one, value, cases, case, deviating)


def _away_from_right(person: Person, name: str, written: Numbers) -> float:
    """How far the answer is from the truth, and from what follows from the person's own numbers."""
    reach = person.reach(name)
    own = person.values(reach.steps[:1], reach.frontier, [frozenset(reach.frontier)]) or []
    alike = [value for value in (person.truths[name], *own) if value.shape[1:] == written.values.shape]
    return min((float(np.abs(value - written.values).max(initial=0.0)) for value in alike), default=np.inf)


def _is_rounded(person: Person, name: str, written: Numbers, settings: Settings, one: Wrong, value: Array, subset: frozenset[str]) -> bool:
    """Whether a slip gives the answer from rounded operands, or through blank quantities that were rounded."""
    frontier = person.reach(name).frontier
    halves = rounded_parents(person, {*frontier, *variables_of(one.step)}) if one.step is not None else {}
    found = from_rounded(person, one.step, frontier, subset, halves) if halves and one.step is not None else None
    if found is not None and fits(written, *found, settings)[0]:
        return True
    width = unwritten_slack(person, name, written, value, one.made)
    return width is not None and bool(fits(written, value, width, settings)[0])


def _is_step_by_step(person: Person, name: str, written: Numbers, settings: Settings, one: Wrong, value: Array, subset: frozenset[str]) -> bool:
    """Whether it gives the answer to the last digit if every blank quantity was rounded, or the last ones."""
    rounded = step_by_step(person, name, one.made)
    return any(other.shape[1:] == written.values.shape and fits(written, other, 0.0, settings)[0] for other in rounded)


def _explained(one: Wrong, value: Array, cases: list[frozenset[str]], case: int, deviating: Sequence[str]) -> Explained:
    subset = cases[min(case, len(cases) - 1)]
    return Explained(one, tuple(name for name in deviating if name in subset), value[case : case + 1], subset)
