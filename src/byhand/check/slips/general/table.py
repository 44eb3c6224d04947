"""All general slips in one table, and the mutations that they make of a step."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.slips.general import arithmetic, backward, forward, losses, means, normalising, others, paths, ridge, samples, slopes, smoothing, updates
from byhand.check.slips.general.pieces import variables
from byhand.check.slips.general.site import GeneralSlip, Site
from byhand.check.slips.general.structure import structure_of
from byhand.check.slips.mutation import Mutation
from byhand.lang.expr import Expr

MOST = 60
"""How many general slips are made of one step, the likeliest first."""

UNNUMBERED = "G"
"""What identifiers begin with that the catalogue of slips seen in the wild does not have."""

GENERAL_SLIPS: tuple[GeneralSlip, ...] = tuple(
    sorted(
        (
            *forward.SLIPS,
            *normalising.SLIPS,
            *smoothing.SLIPS,
            *losses.SLIPS,
            *slopes.SLIPS,
            *backward.SLIPS,
            *means.SLIPS,
            *paths.SLIPS,
            *samples.SLIPS,
            *others.SLIPS,
            *updates.SLIPS,
            *ridge.SLIPS,
            *arithmetic.SLIPS,
        ),
        key=lambda slip: slip.rank,
    )
)


def mutations(exercise: Exercise, quantity: Quantity) -> Iterator[Mutation]:
    """The wrong steps of a quantity that can be made without knowing a rule, the likeliest first, at most 60.

    A formula comes once, or once for each catalogued slip that leads to it.

    A step may have another shape than the quantity, where that is the slip: a bias gradient that is not summed over the samples.
    Sources of the slips: the catalogue of slips seen in hand-ins, bug reports and published solutions.
    """
    if not quantity.steps:
        return
    whole = structure_of(exercise)
    sites = [Site(whole, quantity, step, k == 0) for k, step in enumerate(whole.routes(quantity))]
    known: dict[Expr, set[str]] = {step: {""} for step in quantity.steps}
    made = 0
    for slip in GENERAL_SLIPS:
        for site in sites:
            for message, step in slip.make(site):
                if step is None or not _is_new(slip.id, known.setdefault(step, set())):
                    continue
                if not all(whole.may_use(node.name, quantity.name) for node in variables(step)):
                    continue
                known[step].add(slip.id)
                yield Mutation(slip.id, quantity.name, message, step, slip.rank)
                made += 1
                if made == MOST:
                    return


def _is_new(slip: str, before: set[str]) -> bool:
    """Whether a formula is not the right one, and no slip yet, or one of another number in the catalogue, with which it is tied."""
    return slip not in before and "" not in before and not (before and slip.startswith(UNNUMBERED))
