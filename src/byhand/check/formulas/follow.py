"""Follow-through for formulas: the step, with the person's own earlier formulas put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from byhand.check.formulas.equality import Equals
from byhand.check.formulas.ground import Ground
from byhand.lang.expr import Expr

MOST_OWN = 8
MOST_MIXED = 4


def wrong_ones(equals: Equals, own: Mapping[str, Expr], name: str) -> dict[str, Expr]:
    """Of the person's formulas those that are not right, of quantities that this one is made of. One of another shape has no place in a step."""
    ground = equals.ground
    below = ground.below(name) - {name}
    fitting = {one: formula for one, formula in own.items() if one in below and formula.shape == ground.variables[one].shape}
    return {one: formula for one, formula in fitting.items() if not equals.to_quantity(formula, one)}


def mixtures(own: Mapping[str, Expr]) -> Iterator[dict[str, Expr]]:
    """One of the person's formulas, the earliest first, then more of them: the others are taken as they should be."""
    names = list(own)[-MOST_OWN:]
    sizes = range(1, len(names) + 1) if len(names) <= MOST_MIXED else (1, len(names))
    for size in sizes:
        for chosen in combinations(names, size):
            yield {one: own[one] for one in chosen}


def own_steps(ground: Ground, name: str, own: Mapping[str, Expr]) -> Iterator[tuple[tuple[str, ...], Expr]]:
    """The formula that follows from each mixture, over names that are right, with the names that it follows from."""
    seen: set[Expr] = set()
    for mixture in mixtures(own):
        step = ground.reached(name, mixture)
        if step is not None and step not in seen:
            seen.add(step)
            yield tuple(mixture), step
