"""What comes out if every number that was left blank was rounded on the way to it, to as many digits as the answers have: people round whatever they write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from byhand.check.engine import variables_of
from byhand.check.judge.person import Person
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

MOST_DIGITS = 8
"""Who writes more digits has a program that rounds nothing on the way."""


def step_by_step(person: Person, name: str, instead: Mapping[str, Expr] | None = None) -> Iterator[Array]:
    """A quantity, one case, from the person's own numbers through rounded blank ones; ``instead``: wrong steps of some of these."""
    reach, quantities = person.reach(name), person.exercise.quantities
    if person.usual is None or person.usual.significant > MOST_DIGITS or not reach.chain or not quantities[name].steps:
        return
    steps = {one: (instead or {}).get(one) or quantities[one].steps[0] for one in (*reach.chain, name)}
    own = {*reach.frontier, *(other for step in (instead or {}).values() for other in variables_of(step) if other in person.written)}
    for rounded in person.usual.roundings():
        env = person.env(reach.frontier, [frozenset(reach.frontier)], own)
        for one, step in steps.items():
            found = None if env is None else person.engine.values([step], env)
            if env is None or found is None:
                break
            env[one] = found[0] if one == name else rounded(found[0])
        else:
            yield env[name]
