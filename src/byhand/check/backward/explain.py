"""Which mistake gives the numbers that a function returned: slips of the catalogue, detours on the way back, and where none does, patterns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice

import numpy as np

from byhand.check.backward.detours import WAY, Detour, detours
from byhand.check.backward.findings import Compared
from byhand.check.backward.mutations import mutations
from byhand.check.backward.patterns import patterns
from byhand.check.backward.problem import Problem
from byhand.check.backward.trial import Trial
from byhand.check.backward.truth import EPS
from byhand.check.exercise.quantity import Exercise
from byhand.check.slips.catalogue import mutations_of
from byhand.check.slips.mutation import Mutation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

MOST_TIES = 4
DETOUR = 4
"""The rank of a detour: after the slips that are known of a rule, before those that any formula may have."""
MOST_DETOURS = 3
ROUNDINGS = 256.0
"""So many roundings of its largest entry may lie between an array and what a slip makes of it."""


@dataclass(frozen=True, slots=True)
class Slip:
    """``message`` ends the sentence "matches what you get if …"; ``id`` as in the catalogue of slips, or a short word.

    ``explains``: the inputs and intermediates, or the output, whose numbers it gives; ``ties``: other slips that give the same.
    """

    id: str
    message: str
    explains: tuple[str, ...]
    ties: tuple[str, ...] = ()


def explained(trial: Trial, wrong: Sequence[str], forward: bool) -> Slip | None:
    """The slip that explains the first of the wrong quantities, and as many of the others as any; ``None`` where none does.

    It must give the returned numbers at all points, of all sizes.
    """
    returned = {name: sorted(found, key=lambda one: one.right.size) for name, found in _returned(trial, forward).items()}
    first = wrong[0]
    if first not in returned:
        return None
    found = list(_of_catalogue(trial, first, returned, forward))
    if not forward:
        found += _of_detours(trial, first, returned, wrong)
    if not found and any(one.kind == "none" for one in trial.backward.get(first, [])):
        return None
    if not found:
        return next((Slip(one.id, one.message, one.explains or (first,)) for one in patterns(trial, returned[first])), None)
    most = max(len(set(slip.explains) & set(wrong)) for _, slip in found)
    best = sorted((pair for pair in found if len(set(pair[1].explains) & set(wrong)) == most), key=lambda pair: pair[0])
    (_, slip), *rest = best
    messages = dict.fromkeys(other.message for _, other in rest if other.message != slip.message)
    return Slip(slip.id, slip.message, tuple(name for name in wrong if name in slip.explains), tuple(messages)[:MOST_TIES])


def _returned(trial: Trial, forward: bool) -> dict[str, list[Compared]]:
    """What was returned, for each quantity at all points; no gradient counts as zero."""
    if forward:
        return {trial.problem.output: trial.forward}
    eps = EPS["float32" if trial.single else trial.precision]
    return {
        name: [replace(one, eps=eps, found=np.zeros(one.right.shape) if one.found is None else one.found) for one in found]
        for name, found in trial.backward.items()
    }


# --------------------------------------------------------------------------------------------------- the catalogue


def _of_catalogue(trial: Trial, first: str, returned: Mapping[str, list[Compared]], forward: bool) -> Iterator[tuple[tuple[int, int], Slip]]:
    """The slips in any step on the way to the first wrong quantity that give what was returned for it, with how near they are to it."""
    problem = trial.problem
    names = {name: problem.output if forward else problem.gradients[name] for name in returned}
    target = names[first]
    exercise = problem.exercise
    slips = _catalogue(exercise)
    below = [name for name in exercise.quantities if name in exercise.below(target) and exercise.quantities[name].steps]
    for far, name in enumerate(reversed(below)):
        if name == problem.whole:
            continue
        for mutation in chain(slips[name], () if forward else mutations(problem, name)):
            if _fits(mutation, target, returned[first]):
                explains = tuple(one for one in returned if one == first or _fits(mutation, names[one], returned[one]))
                kind = exercise.quantities[name].kind != exercise.quantities[target].kind
                yield (mutation.rank + 3 * kind, far), Slip(mutation.id, mutation.message, explains)


@lru_cache(maxsize=8)
def _catalogue(exercise: Exercise) -> Mapping[str, tuple[Mutation, ...]]:
    """The slips of an exercise, each worked out once."""
    return mutations_of(exercise)


def _fits(mutation: Mutation, target: str, found: Sequence[Compared]) -> bool:
    """Whether a slip gives what was returned at all points; those where the slip has no numbers say nothing."""
    seen = False
    for one in found:
        env = one.case.truth.slipped(mutation, one.case.env, (target,))
        value = None if env is None else env.get(target, one.case.env[target])
        if value is None or not np.isfinite(value).all():
            if env is None:
                return False
            continue
        if not same(value[0], one):
            return False
        seen = True
    return seen


def _of_detours(trial: Trial, first: str, returned: Mapping[str, list[Compared]], wrong: Sequence[str]) -> Iterator[tuple[tuple[int, int], Slip]]:
    """The detours that give what was returned for the first wrong input, and for which of the others they do so as well."""
    fitting = (one for one in detours(trial.problem, first) if _leads(one, returned[first]))
    best: Detour | None = None
    for one in islice(fitting, MOST_DETOURS):
        if best is not None and one.mistakes > best.mistakes:
            return
        best = best or one
        explains = [first, *(name for name in wrong if name != first and name in returned and _leads_as_well(trial.problem, one, name, returned[name]))]
        way = f" on the way back to {first}" if len(explains) == 1 else " on the way back"
        yield (DETOUR, 0), Slip(one.id, one.words.replace(WAY, way), tuple(explains))


def _leads(detour: Detour, found: Sequence[Compared]) -> bool:
    """Whether a detour gives what was returned at all points."""
    formula = detour.formula()
    return all(_is_value(formula, detour.given, one) for one in found)


def _leads_as_well(problem: Problem, detour: Detour, name: str, found: Sequence[Compared]) -> bool:
    return any(other.words == detour.words and _leads(other, found) for other in detours(problem, name))


def _is_value(formula: Expr, given: Mapping[str, Expr], one: Compared) -> bool:
    try:
        with np.errstate(all="ignore"):
            known = {name: one.case.truth.value(node, one.case.env) for name, node in given.items()}
            value = one.case.truth.value(formula, {**one.case.env, **known})
    except ByhandError:
        return False
    return bool(np.isfinite(value).all()) and same(value[0], one)


def same(value: Array, one: Compared) -> bool:
    """Whether these are the numbers that were returned."""
    if one.found is None or value.shape != one.found.shape or not np.isfinite(one.found).all():
        return False
    reach = ROUNDINGS * one.eps * float(np.abs(value).max(initial=0.0))
    return float(np.abs(value - one.found).max(initial=0.0)) <= max(reach, one.case.slack[one.quantity])
