"""What comes out if every number that was left blank was rounded on the way to it, to as many digits as the answers have: people round whatever they write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.engine import variables_of
from byhand.check.judge.habit import Habit
from byhand.check.judge.person import Person
from byhand.check.numbers.rounding import spread
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

MOST_DIGITS = 5
"""Who writes more digits has a program that rounds nothing on the way."""
MOST_UNITS = 3
MOST_PART = 0.02
"""By so many units of the last digit numbers are off where nothing but what was not written down was rounded, and by no larger part of the largest entry."""


def step_by_step(person: Person, name: str, instead: Mapping[str, Expr] | None = None) -> Iterator[Array]:
    """A quantity, one case, from the person's own numbers through blank ones, which are all rounded, or only its operands.

    ``instead``: wrong steps of some of these.
    """
    reach = person.reach(name)
    if person.usual is None or person.usual.significant > MOST_DIGITS or not reach.chain or not person.exercise.quantities[name].steps:
        return
    steps, own = _steps(person, name, instead), _own(person, name, instead)
    some = frozenset(variables_of(steps[name]))
    for rounded, places in product(person.usual.roundings(), dict.fromkeys((frozenset(reach.chain), some.intersection(reach.chain)))):
        env = person.env(reach.frontier, [frozenset(reach.frontier)], own) or {}
        for one, step in steps.items():
            found = person.engine.values([step], env) or ()
            for value in found:
                env[one] = rounded(value) if one in places else value
            if not found:
                break
        else:
            yield env[name]


def unwritten_slack(person: Person, name: str, written: Numbers, value: Array, instead: Mapping[str, Expr] | None = None) -> Array | None:
    """How far a quantity may be off because blank ones on the way to it were rounded; ``None`` where it is off by more than a few units of its last digit.

    ``value`` is what comes out without rounding, one case; ``instead``: wrong steps on the way. The errors are added up step by step, each blank
    quantity getting half a unit of its own.
    """
    reach, usual = person.reach(name), person.usual
    if usual is None or usual.significant > MOST_DIGITS or not reach.chain or not _is_near(written, value, usual):
        return None
    env = person.env(reach.frontier, [frozenset(reach.frontier)], _own(person, name, instead)) or {}
    off = {one: person.halves[one] for one in reach.frontier if one in person.halves}
    for one, step in _steps(person, name, instead).items():
        found = person.engine.values([step], env)
        if found is None:
            return None
        moved = {other: off[other] for other in variables_of(step) if other in off and off[other].any()}
        width = spread(person.engine, step, env, moved, found[0]) if moved else np.zeros(found[0].shape[1:])
        env[one], off[one] = found[0], width + (usual.half(found[0][0]) if one != name else 0.0)
    return off[name]


def _steps(person: Person, name: str, instead: Mapping[str, Expr] | None) -> dict[str, Expr]:
    """The blank quantities on the way that are needed, and the last one, with their steps."""
    quantities, chain = person.exercise.quantities, person.reach(name).chain
    steps = {one: (instead or {}).get(one) or quantities[one].steps[0] for one in (*chain, name)}
    needed = {name}
    for one in reversed((*chain, name)):
        needed |= set(variables_of(steps[one])) if one in needed else set[str]()
    return {one: step for one, step in steps.items() if one in needed}


def _own(person: Person, name: str, instead: Mapping[str, Expr] | None) -> set[str]:
    """The answers that are used."""
    others = {other for step in (instead or {}).values() for other in variables_of(step) if other in person.written}
    return {*person.reach(name).frontier, *others}


def _is_near(written: Numbers, value: Array, usual: Habit) -> bool:
    """Off by a few units of the last digit, or of that of the largest entry: where sums cancel, small entries lose more."""
    if value.shape[1:] != written.values.shape:
        return False
    off, size = np.abs(written.values - value[0]), np.abs(value).max(initial=0.0)
    return bool(np.all(off <= np.maximum(MOST_UNITS * 2 * written.half, usual.half(size))) and np.all(off <= MOST_PART * size))
