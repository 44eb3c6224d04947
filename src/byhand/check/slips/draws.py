"""Numbers to try slips on: the sheet's own, and random ones near them from which everything else is worked out."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np

from byhand.check.engine import Engine
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.lang.expr import Expr, Var
from byhand.lang.walk import postorder, size_letters
from byhand.run.arrays import Array
from byhand.run.sampling import floats

NEAR, FAR = 3, 5
"""How many random draws a fingerprint has: with the signs of the sheet's numbers, and with signs of their own."""
RANDOM = NEAR + FAR


def with_sizes(exercise: Exercise) -> Exercise:
    """The exercise with a small size for each letter that its data does not fix, no two alike."""
    letters = {letter for quantity in exercise.quantities.values() for node in (quantity.node, *quantity.steps) for letter in _letters(node)}
    open_ = sorted(letters - exercise.sizes.keys())
    taken = {axis for quantity in exercise.quantities.values() for axis in quantity.node.shape if isinstance(axis, int)}
    free = (size for size in count(4) if size not in taken)
    return replace(exercise, sizes={**exercise.sizes, **dict(zip(open_, free))}) if open_ else exercise


def _letters(node: Expr) -> frozenset[str]:
    return frozenset(letter for inner in postorder(node, enter_named=False) for letter in size_letters(inner))


def tried(exercise: Exercise, engine: Engine, seed: int = 1) -> dict[str, Array]:
    """For every quantity with a size its numbers in some cases: first those of the sheet, if it has any, then random ones.

    Given quantities keep their facts and about their sizes; in the first random cases also their signs, so that what was defined stays
    defined. Single numbers keep their sign always.
    """
    generator = np.random.default_rng(seed)
    env: dict[str, Array] = {}
    for quantity in exercise.quantities.values():
        if not quantity.steps:
            drawn = _given(quantity, engine, generator)
            env |= {quantity.name: drawn} if drawn is not None else {}
        elif all(parent in env for parent in quantity.parents):
            found = engine.values([quantity.steps[0]], env)
            if found is not None:
                env[quantity.name] = found[0]
    return env


def _given(quantity: Quantity, engine: Engine, generator: np.random.Generator) -> Array | None:
    node = quantity.node
    assert isinstance(node, Var)
    if not size_letters(node) <= engine.exercise.sizes.keys():
        return None
    own = None if quantity.truth is None else np.asarray(quantity.truth, dtype=np.float64)
    if own is None:
        return floats([node], engine.measure, 1 + RANDOM, int(generator.integers(1 << 30)))[node]
    if node.facts:
        drawn = floats([node], engine.measure, RANDOM, int(generator.integers(1 << 30)))[node]
    else:
        noise = generator.standard_normal((RANDOM, *own.shape))
        drawn = np.where(own == 0, 0.4 * noise, own * np.exp(0.3 * noise))
        if own.size > 1:
            drawn[NEAR:] *= generator.choice((-1.0, 1.0), (FAR, *own.shape))
    return np.concatenate([own[None], drawn])
