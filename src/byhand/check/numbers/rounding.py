"""What the rounding of earlier numbers does to later ones: the interval that it makes, and the value that follows from numbers rounded too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from byhand.check.engine import Engine, variables_of
from byhand.check.exercise.quantity import Exercise
from byhand.lang.english import listed
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

MOST_CELLS = 256
"""Up to so many rounded entries each is moved by itself."""
DRAWS, FEWEST, MOST_MOVED = 48, 8, 2_000_000
"""With more of them, all are moved at once, so many times with random signs; fewer times in arrays so large that this would take long."""
SURE = 3.0
"""In units of the root of the mean square of those draws. Errors of rounding are independent and smaller, 0.6 of it: this is five deviations."""
SAME = 1e-12


def slack(engine: Engine, step: Expr, env: Mapping[str, Array], halves: Mapping[str, Array], base: Array | None = None) -> Array:
    """How far each entry of a step may be off because its operands were rounded: Σ |change| over all rounded entries, to first order.

    ``env`` are the numbers of one case; ``halves`` half a unit of the last digit for each entry of the operands that a person wrote. An entry that
    is a whole number, or exactly the true value, was not rounded. Each entry is moved both ways, so that a number near a kink counts in
    full. (Higham, Accuracy and Stability of Numerical Algorithms, 3.1: the running bound.) The shape is that of the step. ``base``: its value, if known.
    """
    if base is None:
        found = engine.values([step], env)
        if found is None:
            return np.zeros(())
        base = found[0]
    moved = {name: halves[name] for name in variables_of(step) if name in halves and name in env}
    moved = {name: _rounded(engine.exercise, name, env[name][0], half) for name, half in moved.items()}
    moved = {name: half for name, half in moved.items() if np.any(half)}
    return spread(engine, step, env, moved, base) if moved else np.zeros(base.shape[1:])


def spread(engine: Engine, step: Expr, env: Mapping[str, Array], moved: Mapping[str, Array], base: Array) -> Array:
    """The sum of all changes if each entry of ``moved`` is off by so much; estimated where there are many entries, or many results."""
    count = sum(int(np.count_nonzero(half)) for half in moved.values())
    size = max(base[0].size, sum(half.size for half in moved.values()))
    if count <= MOST_CELLS and 2 * count * size <= MOST_MOVED:
        return _one_by_one(engine, step, env, moved, base)
    return _at_random(engine, step, env, moved, base, max(FEWEST, min(DRAWS, MOST_MOVED // size)))


def _rounded(exercise: Exercise, name: str, value: Array, half: Array) -> Array:
    """Half a unit for the entries that were rounded at all."""
    if half.shape != value.shape:
        return np.zeros(value.shape)
    coarse = half >= 0.5
    whole = coarse & (value == np.round(value)) if coarse.any() else coarse
    truth = exercise.quantities[name].truth if name in exercise.quantities else None
    if truth is None or truth.shape != value.shape:
        return np.where(whole, 0.0, half)
    true = np.asarray(truth, dtype=np.float64)
    away = np.abs(value - true)
    return np.where((away <= SAME * np.abs(true)) | (whole & (away > half)), 0.0, half)


def _one_by_one(engine: Engine, step: Expr, env: Mapping[str, Array], moved: Mapping[str, Array], base: Array) -> Array:
    signs = _unit_moves(moved)
    found = engine.values([step], _moved_by(env, moved, signs))
    if found is None:
        return np.full(base.shape[1:], 0.0)
    change = np.abs(_changes(found[0], base))
    return np.sum(np.maximum(change[0::2], change[1::2]), axis=0)


def _changes(found: Array, base: Array) -> Array:
    """What has changed; nothing where there is no value."""
    with np.errstate(all="ignore"):
        change = found - base
    return np.where(np.isfinite(change), change, 0.0)


def _unit_moves(moved: Mapping[str, Array]) -> dict[str, Array]:
    """For every rounded entry two cases, in which it alone goes up and down."""
    total = sum(int(np.count_nonzero(half)) for half in moved.values())
    signs, start = dict[str, Array](), 0
    for name, half in moved.items():
        places = np.flatnonzero(half)
        cases = np.zeros((2 * total, half.size))
        rows = 2 * (start + np.arange(len(places)))
        cases[rows, places], cases[rows + 1, places] = 1.0, -1.0
        signs[name] = cases.reshape((2 * total, *half.shape))
        start += len(places)
    return signs


def _at_random(engine: Engine, step: Expr, env: Mapping[str, Array], moved: Mapping[str, Array], base: Array, draws: int) -> Array:
    generator = np.random.default_rng(0)
    signs = {name: generator.choice((-1.0, 1.0), (draws, *half.shape)) for name, half in moved.items()}
    found = engine.values([step], _moved_by(env, moved, signs))
    if found is None:
        return np.zeros(base.shape[1:])
    return SURE * np.sqrt(np.mean(_changes(found[0], base) ** 2, axis=0))


def _moved_by(env: Mapping[str, Array], moved: Mapping[str, Array], signs: Mapping[str, Array]) -> dict[str, Array]:
    return {**env, **{name: env[name][:1] + signs[name] * half for name, half in moved.items()}}


# ------------------------------------------------------------------------------------------------- rounded too early


def ways(engine: Engine, exercise: Exercise, name: str, digits: int) -> Iterator[tuple[str, Array]]:
    """How numbers can be rounded before a quantity is worked out, in words, and what it is then.

    Only its operands, or everything computed on the way to it, each from the rounded ones before; to so many decimals, or significant digits.
    Nothing without data, or where there is nothing to round. What is given is never rounded.
    """
    quantity, truths = exercise.quantities[name], engine.truths()
    below = [one for one in quantity.parents if exercise.quantities[one].kind != "given" and one in truths]
    if not quantity.steps or name not in truths or not below or any(one not in truths for one in quantity.parents):
        return
    for how, unit in ((to_decimals, "decimal"), (to_significant, "significant digit")):
        to = f"{digits} {unit}{'s' if digits > 1 else ''}"
        once = {**truths, **{one: how(truths[one], digits) for one in below}}
        for said, value in (
            (f"{listed(below)} {'is' if len(below) == 1 else 'are'} rounded to {to} before {name} is worked out", engine.values(quantity.steps[:1], once)),
            (f"everything before {name} is rounded to {to}", _all_the_way(engine, exercise, name, lambda value, how=how: how(value, digits))),
        ):
            if value is not None and value[0].shape[1:] == quantity.dims and np.isfinite(value[0]).all():
                yield said, value[0]


def _all_the_way(engine: Engine, exercise: Exercise, name: str, rounded: Callable[[Array], Array]) -> list[Array] | None:
    env, wanted = engine.truths(), exercise.below(name)
    for one, quantity in exercise.quantities.items():
        if one not in wanted or not quantity.steps:
            continue
        value = engine.values(quantity.steps[:1], env) if all(parent in env for parent in quantity.parents) else None
        if value is None or one == name:
            return value
        env[one] = rounded(value[0])
    return None


def to_decimals(value: Array, digits: int) -> Array:
    """Rounded to so many decimals, ties away from zero as taught at school."""
    return _half_up(value, 10.0**digits)


def to_significant(value: Array, digits: int) -> Array:
    """Rounded to so many significant digits, ties away from zero."""
    size = np.abs(np.where(np.isfinite(value) & (value != 0), value, 1.0))
    return _half_up(value, 10.0 ** (digits - 1 - np.floor(np.log10(size) + SAME)))


def _half_up(value: Array, unit: Array | float) -> Array:
    return np.sign(value) * np.floor(np.abs(value) * unit * (1 + SAME) + 0.5) / unit
