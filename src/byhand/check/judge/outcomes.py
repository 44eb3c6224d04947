"""What slips come to: the wrong step is worked out, and from there on every blank quantity up to the answer, for many slips and cases at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from byhand.check.engine import Env
from byhand.check.judge.person import Person
from byhand.check.judge.reach import Wrong
from byhand.run.arrays import Array


def outcomes(
    person: Person, name: str, wrong: Sequence[Wrong], frontier: Sequence[str], cases: list[frozenset[str]], own: Sequence[str]
) -> Iterator[tuple[Wrong, Array]]:
    """For each slip that has a value, that value in all cases; in each case one subset of the frontier has the person's own numbers."""
    env = person.env(frontier, cases, own)
    env = None if env is None else _with_blanks(person, person.reach(name).chain, env)
    if env is None:
        return
    groups: dict[tuple[str, ...], list[Wrong]] = {}
    for one in wrong:
        groups.setdefault(one.places, []).append(one)
    for places, group in groups.items():
        if places == (name,):
            yield from _own_step(person, name, group, env)
            continue
        for some, made in _made(person, group, env, len(cases)):
            value = _carried_on(person, name, dict(zip(places, made)), env, len(cases))
            if value is not None:
                yield from ((one, value[k * len(cases) : (k + 1) * len(cases)]) for k, one in enumerate(some))


def _own_step(person: Person, name: str, group: Sequence[Wrong], env: Env) -> Iterator[tuple[Wrong, Array]]:
    """Slips in the step of the quantity itself; half of them at a time where some have no value."""
    found = person.engine.values([one.made[name] for one in group], env)
    if found is not None:
        yield from zip(group, found)
    elif len(group) > 1:
        yield from _own_step(person, name, group[: len(group) // 2], env)
        yield from _own_step(person, name, group[len(group) // 2 :], env)


def _with_blanks(person: Person, chain: Sequence[str], env: dict[str, Array]) -> dict[str, Array] | None:
    """The numbers with those of the blank quantities that follow from them."""
    for one in chain:
        found = person.engine.values(person.exercise.quantities[one].steps[:1], env)
        if found is None:
            return None
        env[one] = found[0]
    return env


def _made(person: Person, group: Sequence[Wrong], env: Env, cases: int) -> Iterator[tuple[Sequence[Wrong], list[Array]]]:
    """The values of the wrong steps, slip after slip along the first axis, an array for each place; those of one shape together."""
    places = group[0].places
    found = person.engine.values([one.made[place] for place in places for one in group], env)
    if found is None and len(group) > 1:
        yield from _made(person, group[: len(group) // 2], env, cases)
        yield from _made(person, group[len(group) // 2 :], env, cases)
    if found is None:
        return
    columns = [found[k * len(group) : (k + 1) * len(group)] for k in range(len(places))]
    shapes: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for k in range(len(group)):
        shapes.setdefault(tuple(column[k].shape[1:] for column in columns), []).append(k)
    for some in shapes.values():
        stretched = [[np.broadcast_to(column[k], (cases, *column[k].shape[1:])) for k in some] for column in columns]
        yield [group[k] for k in some], [np.concatenate(column) for column in stretched]


def _carried_on(person: Person, name: str, made: dict[str, Array], env: Env, cases: int) -> Array | None:
    """The quantity as it follows from wrong values on the way; ``None`` where their shape goes no further."""
    quantities = person.exercise.quantities
    copies = len(next(iter(made.values()))) // cases
    inner = {one: value if len(value) == 1 else np.concatenate([value] * copies) for one, value in env.items()} | made
    changed = set(made)
    for one in (*person.reach(name).chain, name):
        if one in made or changed.isdisjoint(quantities[one].parents):
            continue
        found = person.engine.values(quantities[one].steps[:1], inner)
        if found is None:
            return None
        inner[one] = found[0]
        changed.add(one)
    return np.broadcast_to(inner[name], (copies * cases, *inner[name].shape[1:])) if name in changed else None
