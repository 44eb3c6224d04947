"""Signs that a product cannot have: Σ a·b is not negative where no a·b is, and zero where every a·b is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from byhand.check.engine import Engine, Env, variables_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.numbers.pattern import place, short
from byhand.lang.english import listed
from byhand.lang.expr import Contract, Expr, Var, split_factor
from byhand.run.arrays import Array, einsum
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain

MOST_SIGNS = 40
"""Longer operands do not fit into a sentence."""


def impossible(engine: Engine, quantity: Quantity, value: Array, away: Array, env: Env) -> Iterator[str]:
    """The entry that has the wrong sign, though the signs of the factors alone tell which one it must have.

    For the first step of the quantity that is a product of two operands, such as ∂L/∂W = x δᵀ, from the numbers in ``env``.
    """
    for step in quantity.steps:
        factor, core = split_factor(step)
        if isinstance(core, Contract) and len(core.args) == 2 and factor.constant is not None and _known(engine.exercise, step, env):
            operands = [_spelled(arg, engine.exercise.conventions) for arg in core.args]
            if all(len(one) <= MOST_SIGNS for one in operands):
                yield from _told(engine, quantity, core, float(factor.constant), value, away, env, listed(operands))
                return


def _known(exercise: Exercise, step: Expr, env: Env) -> bool:
    """Whether there are numbers of the right shape for all that is in a step; a person's own may have another one."""
    return all(name in env and env[name].shape[1:] == exercise.quantities[name].dims for name in variables_of(step))


def _told(engine: Engine, quantity: Quantity, core: Contract, factor: float, value: Array, away: Array, env: Env, of: str) -> Iterator[str]:
    operands = engine.values(core.args, env)
    if operands is None or not all(np.isfinite(one).all() for one in operands):
        return
    positive, negative = _terms(core, [np.sign(factor) * operands[0], operands[1]], value)
    wrong = ((value > away) & ~positive) | ((value < -away) & ~negative)
    if not wrong.any():
        return
    size = np.where(wrong, np.abs(value), 0.0)
    index = tuple(int(k) for k in np.unravel_index(int(np.argmax(size)), value.shape))
    where = f" in {place(index, value.shape)}" if value.ndim else ""
    if not positive[index] and not negative[index]:
        yield f"{quantity.name}{where} must be 0 and not {short(value[index])}, as it is made of products of {of} that are all 0"
    else:
        side = "positive" if value[index] > 0 else "negative"
        yield f"{quantity.name}{where} cannot be {side}, as it is made of products of {of} and none of them is"


def _terms(core: Contract, operands: list[Array], value: Array) -> tuple[Array, Array]:
    """For each entry whether any of its terms is positive, and whether any is negative."""
    above = [np.asarray(one > 0, dtype=np.float64) for one in operands]
    below = [np.asarray(one < 0, dtype=np.float64) for one in operands]

    def counted(first: Array, second: Array) -> Array:
        return einsum(core.spec, [first, second], value.shape, 1, 0.0)[0] > 0

    positive = counted(above[0], above[1]) | counted(below[0], below[1])
    negative = counted(above[0], below[1]) | counted(below[0], above[1])
    return positive, negative


def _spelled(arg: Expr, conventions: Conventions) -> str:
    """An operand as sheets write it."""
    return arg.name if isinstance(arg, Var) else plain(notation(arg, conventions))
