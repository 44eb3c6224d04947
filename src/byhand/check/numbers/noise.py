"""How far right numbers may be off only because a program works in floats: found where sums cancel, and 0 is printed as 1.4e-17."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.engine import Engine, engine_of, variables_of
from byhand.check.exercise.quantity import Exercise
from byhand.check.numbers.compare import OF_PROGRAMS
from byhand.check.numbers.rounding import spread
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

SMALL = 0.05
"""More than this part of the largest entry is not noise."""
VISIBLE = 1e-7
"""Numbers are moved by about this part of themselves."""
MOST_ENTRIES = 20_000
"""Of so large operands the noise is left out: what is made of them has its own."""
SINGLE, DOUBLE = 2.0**-24, 2.0**-53
LOSSES = 8
"""How many roundings a step of a program makes where byhand counts one: sums, and functions that are right to a few units only."""


def noise(engine: Engine, precision: float = 2.0**-53) -> dict[str, Array]:
    """How far each true number may be off when everything is computed in floats of this precision, to first order.

    Every quantity is off by its own rounding and by what that of its operands makes of it, as in ``slack``. What is given is not rounded. Used where
    sums cancel: a 0 that a program prints as 1.4e-17. With 2⁻²⁴ it is that of single precision. An entry for which this is no small number
    sits on a kink: there noise decides between two values, and says nothing of those in between.
    """
    truths = engine.truths()
    off: dict[str, Array] = {}
    for name, quantity in engine.exercise.quantities.items():
        if name not in truths or not quantity.steps:
            continue
        off[name] = precision * np.abs(truths[name][0])
        moved = {one: off[one] for one in quantity.parents if one in off and np.any(off[one])}
        value = engine.values(quantity.steps[:1], truths)
        if value is None or value[0].shape[1:] != off[name].shape:
            continue
        found = off[name] + (_propagated(engine, quantity.steps[0], truths, moved, value[0], precision) if moved else 0.0)
        most = max(SMALL * float(np.abs(truths[name]).max(initial=0.0)), precision / VISIBLE * SMALL)
        off[name] = np.where(found <= most, found, 0.0)
    return off


def _propagated(engine: Engine, step: Expr, env: Mapping[str, Array], moved: Mapping[str, Array], base: Array, precision: float) -> Array:
    """With larger moves than the noise itself, which would drown in the evaluation."""
    larger = max(1.0, VISIBLE / precision)
    grown = {name: larger * half for name, half in moved.items() if name in variables_of(step)}
    if not grown or sum(half.size for half in grown.values()) > MOST_ENTRIES:
        return np.zeros(base.shape[1:])
    return spread(engine, step, env, grown, base) / larger


def float_noise(exercise: Exercise, name: str, written: Numbers) -> Array | float:
    """How far a right answer may be off only because a program worked it out in floats; single precision where so many digits show a program."""
    by_program = int(np.max(written.significant, initial=0)) >= OF_PROGRAMS
    return noises(exercise, SINGLE if by_program else DOUBLE).get(name, 0.0)


@lru_cache(maxsize=64)
def noises(exercise: Exercise, precision: float) -> Mapping[str, Array]:
    """The noise of every quantity that has some."""
    return noise(engine_of(exercise), LOSSES * precision)
