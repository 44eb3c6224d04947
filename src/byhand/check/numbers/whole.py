"""Patterns of all cells at once: transposed, swapped, reversed, another sign, a constant factor, the value of another quantity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.numbers.compare import fits
from byhand.check.numbers.factors import factors, role
from byhand.check.numbers.pattern import Pattern, evidence, line_word
from byhand.lang.expr import Contract, Map, Var
from byhand.lang.names import Grad, Updated
from byhand.run.arrays import Array

MOST_SWAPPED = 12
DIGITS = 2
"""With fewer digits in the whole answer a number fits some pattern by chance; less usual patterns need more."""


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """``value``: what the answer would be under this pattern. ``digits``: how many the answer must have, so that it does not fit by chance.

    ``factor``: with one digit more, a number that was rounded first and then multiplied fits as well.
    """

    id: str
    message: str
    value: Array
    digits: int = 0
    factor: float = 1.0


def of_the_whole(written: Numbers, expected: Array, quantity: Quantity, exercise: Exercise) -> Iterator[Pattern]:
    """The patterns that reproduce the whole answer."""
    guesses = list(_guesses(expected, quantity, exercise))
    if written.values.shape != expected.shape or not guesses:
        return
    digits = evidence(written)
    grown = np.array([max(one.factor, 1.0) - 1.0 if digits > one.digits else 0.0 for one in guesses]).reshape((-1,) + (1,) * expected.ndim)
    found = fits(written, np.stack([one.value for one in guesses]), grown * written.half, exercise.settings)
    yield from (Pattern(one.id, one.message) for one, fit in zip(guesses, found) if fit and digits >= one.digits)


def _guesses(expected: Array, quantity: Quantity, exercise: Exercise) -> Iterator[Guess]:
    if np.any(expected):
        yield from _signs(expected, quantity, exercise)
    yield from _turned(expected, quantity, exercise)
    if quantity.kind == "updated":
        yield from _updates(expected, quantity, exercise)
    elif np.any(expected):
        known = factors(quantity, exercise)
        yield from (Guess(one.id, one.message, one.value * expected, one.digits, one.value) for one in known)
        yield from (Guess(one.id, f"{one.message}, and the sign is wrong", -one.value * expected, one.digits + 1, one.value) for one in known)
    yield from _others(expected, quantity, exercise)
    yield from _moved(expected, quantity)
    if np.any(expected):
        yield Guess("zero", f"{_all_of(quantity)} is taken to be zero", np.zeros(expected.shape))


def _all_of(quantity: Quantity) -> str:
    return quantity.name if quantity.dims == () else f"every entry of {quantity.name}"


def _signs(expected: Array, quantity: Quantity, exercise: Exercise) -> Iterator[Guess]:
    slip = {"loss": "S07", "gradient": "S14"}.get(role(quantity, exercise), "S48")
    yield Guess(slip, f"{_all_of(quantity)} has the wrong sign", -expected)
    if expected.ndim and (expected < 0).any() and (expected > 0).any():
        yield Guess("S48", f"the signs of {quantity.name} are left out", np.abs(expected))


def _turned(expected: Array, quantity: Quantity, exercise: Exercise) -> Iterator[Guess]:
    if expected.ndim == 2 and expected.shape[0] == expected.shape[1] > 1:
        slip = "S43" if role(quantity, exercise) in ("gradient", "updated") else "S01"
        yield Guess(slip, f"{quantity.name} is transposed: its rows and columns are exchanged", expected.T, digits=DIGITS)


def _moved(expected: Array, quantity: Quantity) -> Iterator[Guess]:
    """The right entries in another order."""
    for axis, count in enumerate(expected.shape):
        lines = line_word(axis, expected.ndim, count)
        if 1 < count <= MOST_SWAPPED:
            for i, j in combinations(range(count), 2):
                order = [j if k == i else i if k == j else k for k in range(count)]
                yield Guess("order", f"{lines} {i + 1} and {j + 1} of {quantity.name} are exchanged", np.take(expected, order, axis), digits=DIGITS)
        if count > 2:
            yield Guess("order", f"the {lines} of {quantity.name} are in reverse order", np.flip(expected, axis), digits=DIGITS)
    if expected.ndim == 2 and expected.size > expected.shape[0]:
        yield Guess("order", f"the rows and the columns of {quantity.name} are in reverse order", np.flip(expected), digits=DIGITS)
    if expected.ndim == 2 and min(expected.shape) > 1 and expected.shape[0] != expected.shape[1]:
        yield Guess("order", f"{quantity.name} is filled column by column instead of row by row", expected.T.reshape(expected.shape), digits=DIGITS)


# ------------------------------------------------------------------------------------------------ other quantities


def _updates(expected: Array, quantity: Quantity, exercise: Exercise) -> Iterator[Guess]:
    """The step of an update with a factor: uphill, without the learning rate, left out."""
    before = _before(quantity, exercise)
    if before is None or before.shape != expected.shape or np.array_equal(before, expected):
        return
    moved, name = expected - before, quantity.name
    yield Guess("S44", f"the step to {name} goes uphill: the gradient is added instead of subtracted", before - moved)
    yield Guess("S28", f"{name} is left as it was before the step", before)
    yield Guess("S45", f"only the step is given, without adding it to the value before ({name})", moved, digits=DIGITS)
    yield Guess("S45", f"only the step is given, with its sign reversed ({name})", -moved, digits=DIGITS)
    for one in factors(quantity, exercise):
        yield Guess(one.id, f"the step to {name} {one.of_step}", before + one.value * moved, one.digits, one.value)


def _before(quantity: Quantity, exercise: Exercise) -> Array | None:
    """The parameter before the step."""
    if not isinstance(quantity.node.name, Updated):
        return None
    plain = quantity.node.name.name
    for parent in (exercise.quantities[name] for name in quantity.parents):
        own = parent.node.name.name if isinstance(parent.node.name, Updated) else parent.node.name
        if own == plain and parent.truth is not None:
            return np.asarray(parent.truth, dtype=np.float64)
    return None


def _others(expected: Array, quantity: Quantity, exercise: Exercise) -> Iterator[Guess]:
    """The value of another quantity of the same shape, those this one is made of first."""
    near = [*quantity.parents, *exercise.users.get(quantity.name, ()), *exercise.quantities]
    before = _before(quantity, exercise)
    for name in dict.fromkeys(near):
        other = exercise.quantities[name]
        if name == quantity.name or other.truth is None or other.truth.shape != expected.shape:
            continue
        value = np.asarray(other.truth, dtype=np.float64)
        if np.any(value) and (before is None or not np.array_equal(value, before)):
            yield Guess(_instead(quantity, other), f"the value of {name} is given for {quantity.name}", value, digits=DIGITS)


def _instead(quantity: Quantity, other: Quantity) -> str:
    """Which slip it is to hand in another quantity."""
    step = quantity.steps[0] if quantity.steps else None
    if isinstance(step, Map) and any(isinstance(arg, Var) and arg.name == other.name for arg in step.args):
        return "S03"
    if quantity.kind == "gradient" and other.kind == "gradient" and isinstance(step, Contract) and not step.spec.summed and other.name in quantity.parents:
        return "S31"
    if isinstance(quantity.node.name, Updated) and isinstance(other.node.name, Grad) and other.node.name.wrt == quantity.node.name.name:
        return "S45"
    return "other"
