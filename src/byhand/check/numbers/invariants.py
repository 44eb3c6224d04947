"""What must hold of a quantity whatever its numbers are, and does not hold of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf

import numpy as np

from byhand.check.engine import Env, engine_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.numbers.axes import parameters
from byhand.check.numbers.moves import disagreement, rises
from byhand.check.numbers.pattern import place, short
from byhand.check.numbers.signs import impossible
from byhand.derive.facts import sums_to_one
from byhand.lang.bounds import Bounds
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Named, filled, transpose
from byhand.lang.functions import total
from byhand.lang.names import Grad
from byhand.lang.sizes import shape_text
from byhand.run.arrays import Array
from byhand.run.bounds import bounds
from byhand.run.prove import is_proved

NOISE = 1e-6
"""What is within this part of the largest entry is noise, beside the rounding."""


def broken(exercise: Exercise, name: str, value: Array, env: Env, half: Array | float = 0.0, smooth: bool = True) -> tuple[str, ...]:
    """The statements that an answer breaks by more than its rounding, each a sentence without its full stop.

    ``half`` is half a unit of the last digit of each entry; ``env`` the person's numbers of the other quantities, one case each, which only the
    signs of products are told from. Everything follows from the quantity's formula and declared facts, nothing is guessed from names. Gradients
    are compared with the differences of the loss that they stand for, at the true values; neither this nor signs mean anything where it is not ``smooth``.
    """
    quantity = exercise.quantities[name]
    shape = _shape(quantity, value)
    if shape or not np.isfinite(value).all() or not quantity.steps:
        return shape
    away = np.broadcast_to(np.asarray(half, dtype=np.float64), value.shape) + NOISE * max(float(np.abs(value).max(initial=0.0)), NOISE)
    known = _laws(exercise, name)
    engine = engine_of(exercise)
    return (
        *_out_of_bounds(quantity, value, away, known.between),
        *_sums(quantity, value, away, known),
        *_lopsided(quantity, value, away, known),
        *(impossible(engine, quantity, value, away, env) if smooth else ()),
        *(disagreement(engine, quantity, value, away) if smooth else ()),
        *rises(engine, quantity, value),
    )


@dataclass(frozen=True, slots=True)
class _Laws:
    """What holds of a quantity: ``ones`` and ``zeros`` are the axes along which its entries add up to that; ``symmetric``: A = Aᵀ."""

    between: Bounds
    ones: tuple[int, ...]
    zeros: tuple[int, ...]
    symmetric: bool


@lru_cache(maxsize=4096)
def _laws(exercise: Exercise, name: str) -> _Laws:
    quantity = exercise.quantities[name]
    node, rank = quantity.node, len(quantity.dims or ())
    ones = tuple(axis for axis in range(rank) if sums_to_one(node, axis))
    zeros = tuple(axis for axis in range(rank) if _cancels(quantity, axis))
    return _Laws(_between(quantity, exercise), ones, zeros, _is_symmetric(quantity))


def _between(quantity: Quantity, exercise: Exercise) -> Bounds:
    """Between which numbers all entries lie, whatever the parameters are."""
    learned = parameters(exercise)
    given = [one for one in exercise.quantities.values() if one.kind == "given" and one.name not in learned]
    return bounds(quantity.node, {one.name: one.truth for one in given if one.truth is not None and one.truth.size})


def _cancels(quantity: Quantity, axis: int) -> bool:
    """Whether the entries of a gradient add up to zero along an axis: proved, once the numbers say that it may be so."""
    truth = quantity.truth
    if quantity.kind != "gradient" or truth is None or not isinstance(quantity.node, Named) or not np.any(truth) or truth.shape[axis] < 2:
        return False
    numbers = np.asarray(truth, dtype=np.float64)
    if np.abs(numbers.sum(axis=axis)).max(initial=0.0) > NOISE * np.abs(numbers).max(initial=0.0):
        return False
    return _proved(quantity, axis)


def _proved(quantity: Quantity, axis: int) -> bool:
    try:
        summed = total(quantity.node, axis)
        return is_proved(summed, filled(0, summed.shape))
    except ByhandError:
        return False


def _is_symmetric(quantity: Quantity) -> bool:
    truth = quantity.truth
    if truth is None or truth.ndim != 2 or truth.shape[0] != truth.shape[1] or truth.shape[0] < 2 or not np.array_equal(truth, truth.T):
        return False
    try:
        return is_proved(quantity.node, transpose(quantity.node))
    except ByhandError:
        return False


# ---------------------------------------------------------------------------------------------------------- sentences


def _shape(quantity: Quantity, value: Array) -> tuple[str, ...]:
    if quantity.dims is None or value.shape == quantity.dims:
        return ()
    whose = f", as {quantity.node.name.wrt} has it," if isinstance(quantity.node.name, Grad) else ""
    return (f"{quantity.name} must have the shape {shape_text(quantity.dims)}{whose} and not {shape_text(value.shape)}",)


def _out_of_bounds(quantity: Quantity, value: Array, away: Array, between: Bounds) -> Iterator[str]:
    low, high = float(between.low), float(between.high)
    beyond = np.maximum(np.maximum(low - value, value - high) - away, 0.0)
    if not np.any(beyond > 0):
        return
    index = np.unravel_index(int(np.argmax(beyond)), value.shape)
    which = f"{place([int(k) for k in index], value.shape)} is" if value.ndim else "it is"
    subject = f"the entries of {quantity.name}" if value.ndim else quantity.name
    yield f"{subject} {_said(low, high)}, but {which} {short(value[index])}"


def _said(low: float, high: float) -> str:
    if low == -inf:
        return "cannot be positive" if high == 0 else f"cannot be greater than {short(high)}"
    if high == inf:
        return "cannot be negative" if low == 0 else f"cannot be less than {short(low)}"
    return f"must lie between {short(low)} and {short(high)}" if low != high else f"must be {short(low)}"


def _sums(quantity: Quantity, value: Array, away: Array, known: _Laws) -> Iterator[str]:
    for axes, goal in ((known.ones, 1), (known.zeros, 0)):
        for axis in axes:
            sums = np.asarray(value.sum(axis=axis))
            off = np.abs(sums - goal) - away.sum(axis=axis)
            if np.any(off > 0):
                index = [int(k) for k in np.unravel_index(int(np.argmax(off)), sums.shape)]
                yield f"{_line(quantity, value, axis)} must add up to {goal}{_why(quantity, goal)}, but {_its(value, axis, index)} {short(sums[tuple(index)])}"


def _line(quantity: Quantity, value: Array, axis: int) -> str:
    match value.ndim:
        case 1:
            return f"the entries of {quantity.name}"
        case 2:
            return f"the entries of every {'column' if axis == 0 else 'row'} of {quantity.name}"
        case _:
            return f"the entries of {quantity.name} along axis {axis}"


def _its(value: Array, axis: int, index: list[int]) -> str:
    match value.ndim:
        case 1:
            return "they add up to"
        case 2:
            return f"those of {'column' if axis == 0 else 'row'} {index[0] + 1} add up to"
        case _:
            return "there is a sum of"


def _why(quantity: Quantity, goal: int) -> str:
    """Σ ∂L/∂zₖ = 0 is the same as: L does not change when all zₖ grow by the same."""
    name = quantity.node.name
    return f", as {name.of} stays the same when the same number is added to all of these entries of {name.wrt}" if isinstance(name, Grad) and goal == 0 else ""


def _lopsided(quantity: Quantity, value: Array, away: Array, known: _Laws) -> Iterator[str]:
    if not known.symmetric:
        return
    off = np.abs(value - value.T) - away - away.T
    if np.any(off > 0):
        index = [int(k) for k in np.unravel_index(int(np.argmax(off)), value.shape)]
        cells = [f"{place(one, value.shape)} is {short(value[tuple(one)])}" for one in (index, index[::-1])]
        yield f"{quantity.name} must be symmetric, but {' and '.join(cells)}"
