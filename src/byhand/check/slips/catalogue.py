"""All slips of an exercise: general ones, those of rules and leaves, and the sheet's own; each wrong, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from byhand.check.engine import Engine, variables_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.slips import of_rules
from byhand.check.slips.draws import tried
from byhand.check.slips.mutation import Mutation
from byhand.check.slips.uses import Uses
from byhand.lang.expr import Expr
from byhand.run.arrays import Array
from byhand.run.prove import is_proved

CLOSE = 1e-9
"""Relative difference up to which two floats count as the same number."""


@dataclass(frozen=True)
class Catalogue:
    """The slips of an exercise by the quantity in whose step they are made, the likeliest first.

    ``invisible``: those that give the right number with the data of the sheet, though they are wrong.
    """

    mutations: Mapping[str, tuple[Mutation, ...]]
    invisible: Mapping[str, tuple[Mutation, ...]] = field(default_factory=dict)


def mutations_of(exercise: Exercise, own: Iterable[Mutation] = ()) -> Mapping[str, tuple[Mutation, ...]]:
    """The slips of each quantity, the likeliest first; ``own`` are the sheet's."""
    return catalogue_of(exercise, own).mutations


def catalogue_of(exercise: Exercise, own: Iterable[Mutation] = ()) -> Catalogue:
    """All slips of an exercise, those that change nothing on this sheet marked.

    The same expression is one slip; one that is proved equal to the right step is none.
    """
    engine = Engine(exercise)
    env = tried(exercise, engine)
    uses = Uses(exercise, engine, env)
    sheets: dict[str, list[Mutation]] = {}
    for mutation in own:
        sheets.setdefault(mutation.of, []).append(mutation)
    kept: dict[str, tuple[Mutation, ...]] = {}
    unseen: dict[str, tuple[Mutation, ...]] = {}
    for quantity in exercise.quantities.values():
        found = _each_once([*sheets.get(quantity.name, []), *_made(exercise, quantity, uses)])
        wrong, same = _sorted_out(quantity, found, engine, env)
        if wrong or same:
            kept[quantity.name] = (*wrong, *same)
        if same:
            unseen[quantity.name] = same
    return Catalogue(kept, unseen)


def _made(exercise: Exercise, quantity: Quantity, uses: Uses) -> Iterator[Mutation]:
    yield from of_rules.mutations(exercise, quantity, uses)


def _each_once(found: list[Mutation]) -> list[Mutation]:
    """Of several slips that come to the same formula the likeliest, which is the first of the lowest rank."""
    best: dict[Expr, Mutation] = {}
    for mutation in found:
        other = best.get(mutation.step)
        if other is None or mutation.rank < other.rank:
            best[mutation.step] = mutation
    return sorted(best.values(), key=lambda mutation: mutation.rank)


def _sorted_out(quantity: Quantity, found: list[Mutation], engine: Engine, env: Mapping[str, Array]) -> tuple[tuple[Mutation, ...], tuple[Mutation, ...]]:
    """Those that change the number, and those that do not here; right ones are left out."""
    fresh = [mutation for mutation in found if mutation.step not in quantity.steps]
    right = env.get(quantity.name)
    values = values_of(engine, [mutation.step for mutation in fresh], env)
    wrong: list[Mutation] = []
    same: list[Mutation] = []
    seen: set[tuple[str, bytes]] = set()
    for mutation, value in zip(fresh, values):
        if value is not None and right is not None and value.shape == right.shape:
            mark = mutation.id, _rounded(value)
            if mark in seen:
                continue
            seen.add(mark)
            agrees = _agreeing(value, right)
            if agrees.all() and _is_right(quantity, mutation):
                continue
            if agrees[0] and quantity.truth is not None or agrees.all():
                same.append(mutation)
                continue
        wrong.append(mutation)
    return tuple(wrong), tuple(same)


def values_of(engine: Engine, steps: list[Expr], env: Mapping[str, Array]) -> list[Array | None]:
    """The values of formulas in all cases; ``None`` for one that cannot be worked out, or uses a quantity without numbers."""
    known = [step for step in dict.fromkeys(steps) if env.keys() >= set(variables_of(step))]
    found = engine.values(known, env)
    if found is None:
        each = [(step, engine.values([step], env)) for step in known]
        table: dict[Expr, Array] = {step: value[0] for step, value in each if value is not None}
    else:
        table = dict(zip(known, found))
    return [table.get(step) for step in steps]


def _agreeing(value: Array, right: Array) -> Array:
    """For each case whether two arrays have the same numbers; one that is not defined agrees with anything."""
    gap = np.abs(value - right).reshape(len(right), -1)
    scale = np.abs(right).reshape(len(right), -1).max(axis=1, initial=0.0)
    return ~(gap.max(axis=1, initial=0.0) > CLOSE * np.maximum(scale, 1e-12))


def _rounded(value: Array) -> bytes:
    """A fingerprint: the numbers to nine digits."""
    with np.errstate(all="ignore"):
        scale = np.abs(value).max(initial=0.0)
        return (np.round(value / scale * 1e9) + 0.0 if scale and np.isfinite(scale) else value).tobytes()


def _is_right(quantity: Quantity, mutation: Mutation) -> bool:
    return any(is_proved(mutation.step, step) for step in quantity.steps)
