"""Gradients and updates put to the test: what the loss really does when one entry is moved, or a parameter replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from byhand.check.engine import Engine, truths_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.numbers.pattern import place
from byhand.lang.names import Grad, Name, Updated
from byhand.run.arrays import Array

MOVE = 0.001
AGREES = 1e-3
"""The difference must agree with the true gradient to this part of its largest entry; near a kink it does not, and says nothing."""
LEAST_RISE = 1e-6


def disagreement(engine: Engine, quantity: Quantity, value: Array, away: Array) -> Iterator[str]:
    """The entry of a gradient that is furthest off, against the central difference of the loss there."""
    exercise, name = engine.exercise, quantity.node.name
    truth, env = _truth(quantity), truths_of(exercise)
    if not isinstance(name, Grad) or name.twice is not None or truth is None or truth.shape != value.shape:
        return
    loss, moved = _in_state(exercise, quantity, name.of), _in_state(exercise, quantity, name.wrt)
    if loss is None or moved is None or moved not in env or env[moved].shape[1:] != value.shape:
        return
    off = np.abs(value - truth) - away
    index = tuple(int(k) for k in np.unravel_index(int(np.argmax(off)), value.shape))
    if off[index] <= 0:
        return
    steps = np.zeros((2, *value.shape))
    steps[(0, *index)], steps[(1, *index)] = MOVE, -MOVE
    found = _along(engine, moved, loss, {**env, moved: env[moved][:1] + steps})
    if found is None or found.shape != (2,):
        return
    change = float(found[0] - found[1]) / 2
    if abs(change - MOVE * truth[index]) > AGREES * MOVE * float(np.abs(truth).max(initial=0.0)):
        return
    really, claimed = _told_apart(change, MOVE * float(value[index]))
    where = f" in {place(index, value.shape)}" if value.ndim else ""
    yield f"moving {moved} by {MOVE:g}{where} changes {loss} by {really}, not by {claimed}"


def rises(engine: Engine, quantity: Quantity, value: Array) -> Iterator[str]:
    """The loss with the person's own updated parameter in place of the old one, where it goes up though the right step makes it go down."""
    exercise = engine.exercise
    truth, losses, env = _truth(quantity), _losses(exercise, quantity), truths_of(exercise)
    if not isinstance(quantity.node.name, Updated) or truth is None or truth.shape != value.shape or len(losses) != 1:
        return
    (loss,) = losses
    before = next((one for one in quantity.parents if _plain(exercise.quantities[one]) == quantity.node.name.name), None)
    if before is None or before not in env or loss not in env or env[loss].shape != (1,):
        return
    found = _along(engine, before, loss, {**env, before: np.stack([value, truth])})
    if found is None or found.shape != (2,):
        return
    old, own, right = float(env[loss][0]), float(found[0]), float(found[1])
    if right < old and own > old + max(LEAST_RISE * abs(old), 0.01 * (old - right)):
        low, high = _told_apart(old, own)
        yield f"with this {quantity.name} alone in place of {before}, {loss} rises from {low} to {high}, though a small step downhill lowers it"


def _truth(quantity: Quantity) -> Array | None:
    return None if quantity.truth is None else np.asarray(quantity.truth, dtype=np.float64)


def _plain(quantity: Quantity) -> str:
    name = quantity.node.name
    return name.name if isinstance(name, Updated) else str(name)


def _losses(exercise: Exercise, quantity: Quantity) -> list[str]:
    """The losses whose gradients an update uses."""
    parents = [exercise.quantities[one] for one in quantity.parents]
    found = [_in_state(exercise, one, one.node.name.of) for one in parents if isinstance(one.node.name, Grad)]
    return [one for one in dict.fromkeys(found) if one is not None]


def _in_state(exercise: Exercise, quantity: Quantity, name: Name) -> str | None:
    """A quantity by its name on the sheet, in the state of another: with as many primes, or fewer if it changes less often."""
    plain, _, run = quantity.name.partition(" (run ")
    primes = len(plain) - len(plain.rstrip("'"))
    for k in range(primes, -1, -1):
        for tail in ([f" (run {run}"] if run else []) + [""]:
            if f"{name}{k * chr(39)}{tail}" in exercise.quantities:
                return f"{name}{k * chr(39)}{tail}"
    return None


def _along(engine: Engine, start: str, end: str, env: Mapping[str, Array]) -> Array | None:
    """The value of ``end`` once ``start`` has another one: everything between them is worked out anew."""
    exercise, now = engine.exercise, dict(env)
    touched = {start}
    for name, quantity in exercise.quantities.items():
        if name == start or quantity.kind == "gradient" or touched.isdisjoint(quantity.parents):
            continue
        found = engine.values(quantity.steps[:1], now) if all(parent in now for parent in quantity.parents) else None
        if found is None:
            return None
        now[name] = found[0]
        touched.add(name)
        if name == end:
            return now[end]
    return None


def _told_apart(first: float, second: float) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to see the difference."""
    for digits in range(3, 12):
        if f"{first:.{digits}g}" != f"{second:.{digits}g}":
            return f"{first:.{digits}g}", f"{second:.{digits}g}"
    return repr(first), repr(second)
