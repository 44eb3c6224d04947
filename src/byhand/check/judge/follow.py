"""Whether an answer follows from what the person wrote before: the step on any mixture of own and true values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.engine import variables_of
from byhand.check.judge.person import Person
from byhand.check.judge.stepwise import step_by_step, unwritten_slack
from byhand.check.numbers.compare import fits
from byhand.check.numbers.rounding import slack
from byhand.check.settings import Settings
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

MOST_MIXED = 5
"""Of so many deviating answers every mixture is tried; of more, all of them, each alone, and all but one."""


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """``used``: the deviating answers that were used; ``value`` what follows from them; ``rounded``: only within what rounding them brings."""

    used: tuple[str, ...]
    value: Array
    rounded: bool = False


def mixtures(names: Sequence[str]) -> list[frozenset[str]]:
    """Subsets that are not empty, the largest first."""
    if len(names) <= MOST_MIXED:
        sizes: Iterator[int] = iter(range(len(names), 0, -1))
        return [frozenset(chosen) for size in sizes for chosen in combinations(names, size)]
    others = [*(frozenset(names) - {name} for name in names), *(frozenset({name}) for name in names)]
    return [frozenset(names), *others]


def followed(person: Person, name: str, written: Numbers, settings: Settings) -> Followed | None:
    """How an answer follows; ``used`` is empty where it is the true value but for the rounding of what it is made of."""
    reach = person.reach(name)
    deviating = person.deviating(reach.frontier)
    subsets = mixtures(deviating)
    for step in reach.steps:
        for some, values in in_cases(person, step, reach.frontier, subsets):
            match = _first(written, values, 0.0, settings)
            if match is not None:
                return Followed(tuple(one for one in deviating if one in some[match]), values[match : match + 1])
    return (
        _unrounded(person, name, written, settings, deviating)
        or _within_rounding(person, name, written, settings, [*subsets[:4], frozenset()], deviating)
        or _step_by_step(person, name, written, settings, deviating)
    )


def _unrounded(person: Person, name: str, written: Numbers, settings: Settings, deviating: Sequence[str]) -> Followed | None:
    """From earlier answers as they were before rounding: ln p is known to the person even where p was written as 0.0000."""
    known = {one: person.unrounded[one] for one in deviating if one in person.unrounded}
    reach = person.reach(name)
    env = person.env(reach.frontier, [frozenset(reach.frontier)]) if known and reach.steps else None
    found = None if env is None else person.engine.values(reach.steps, {**env, **known})
    return next((Followed(tuple(deviating), value) for value in found or () if _first(written, value, 0.0, settings) is not None), None)


def in_cases(person: Person, step: Expr, frontier: Sequence[str], subsets: Sequence[frozenset[str]]) -> Iterator[tuple[list[frozenset[str]], Array]]:
    """The values of a formula for all subsets at once; one by one where an answer has another shape than the truth."""
    if not subsets:
        return
    found = person.values([step], frontier, subsets)
    if found is not None:
        yield list(subsets), found[0]
        return
    for subset in subsets:
        single = person.values([step], frontier, [subset])
        if single is not None:
            yield [subset], single[0]


def _first(written: Numbers, found: Array, width: Array | float, settings: Settings) -> int | None:
    if found.shape[1:] != written.values.shape:
        return None
    fitting = np.flatnonzero(fits(written, found, width, settings))
    return int(fitting[0]) if len(fitting) else None


def _within_rounding(
    person: Person, name: str, written: Numbers, settings: Settings, subsets: Sequence[frozenset[str]], deviating: Sequence[str]
) -> Followed | None:
    reach = person.reach(name)
    halves = rounded_parents(person, reach.frontier)
    if not halves or not reach.steps:
        return None
    for subset, step in product(subsets, reach.steps):
        if subset and step is not reach.steps[0] and subset.isdisjoint(variables_of(step)):
            continue
        found = from_rounded(person, step, reach.frontier, subset, halves)
        if found is not None and _first(written, found[0], found[1], settings) is not None:
            return Followed(tuple(one for one in deviating if one in subset), found[0], rounded=True)
    return None


def _step_by_step(person: Person, name: str, written: Numbers, settings: Settings, deviating: Sequence[str]) -> Followed | None:
    found = (value for value in step_by_step(person, name) if _first(written, value, 0.0, settings) is not None)
    return next((Followed(tuple(deviating), value, rounded=True) for value in found), None)


def nearly_followed(person: Person, name: str, written: Numbers, settings: Settings) -> Followed | None:
    """How an answer follows within what rounding the blank ones on the way brings."""
    reach = person.reach(name)
    found = person.values(reach.steps[:1], reach.frontier, [frozenset(reach.frontier)])
    width = unwritten_slack(person, name, written, found[0]) if found else None
    if not found or width is None or _first(written, found[0], width, settings) is None:
        return None
    return Followed(person.deviating(reach.frontier), found[0], rounded=True)


def rounded_parents(person: Person, frontier: Iterable[str]) -> Mapping[str, Array]:
    """How far each of these answers may be off by rounding, where that is anything at all."""
    return {name: person.halves[name] for name in frontier if name in person.halves and person.halves[name].any()}


def from_rounded(person: Person, step: Expr, frontier: Sequence[str], subset: frozenset[str], halves: Mapping[str, Array]) -> tuple[Array, Array] | None:
    """A formula's value, one case, from operands as they were rounded by the person, and how far it may be off because of that.

    Of the deviating ones on the frontier only the ``subset`` is the person's own.
    """
    true = frozenset(person.deviating(frontier)) - subset
    own = {name: half for name, half in halves.items() if name not in true}
    env = person.env(frontier, [subset], own)
    found = None if env is None else person.engine.values([step], env)
    return None if env is None or found is None else (found[0], slack(person.engine, step, env, own, found[0]))
