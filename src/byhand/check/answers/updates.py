"""Parameters that a person calls by their old names after the step: W1 = … where W1' is meant."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np

from byhand.check.answers.entry import Entry, Formulas, Numbers
from byhand.check.answers.spelled import tight
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.lang.names import Grad

_COARSEST = 0.05
"""Whole numbers are meant as they stand."""
_BEGINS = re.compile(r"\s*[-−–+]")


def updated(exercise: Exercise, name: str, entry: Entry, before: Collection[str]) -> str | None:
    """The updated parameter that is meant by a given one's name; ``None`` where the given one may be meant.

    It is meant by W1 = W1 - 0.1 dW1, by the numbers that W1' has, and by any others than the given ones once its gradient was answered.
    """
    later = exercise.quantities.get(f"{name}'")
    if later is None or exercise.quantities[name].kind != "given" or later.name in before:
        return None
    if _is_of_itself(entry):
        return later.name
    if not isinstance(entry.content, Numbers) or _is_value(entry.content, exercise.quantities[name]):
        return None
    return later.name if _is_value(entry.content, later) or any(_is_gradient(exercise, one, name) for one in before) else None


def _is_of_itself(entry: Entry) -> bool:
    """Whether the formula begins with what it is said to be equal to, and goes on."""
    links = entry.content.links if isinstance(entry.content, Formulas) else entry.links
    first, name = tight(links[0]) if links else "", tight(entry.name)
    return first.startswith(name) and _BEGINS.match(first[len(name) :]) is not None


def _is_value(numbers: Numbers, quantity: Quantity) -> bool:
    """Whether the numbers are those of a quantity, to the digits written."""
    if quantity.truth is None or quantity.dims != numbers.values.shape:
        return False
    truth = np.asarray(quantity.truth, dtype=np.float64)
    return bool(np.all(np.abs(numbers.values - truth) <= np.minimum(numbers.half, _COARSEST) * (1 + 1e-9) + 1e-12))


def _is_gradient(exercise: Exercise, name: str, wrt: str) -> bool:
    match exercise.quantities[name].node.name:
        case Grad(_, by):
            return by == wrt
        case _:
            return False
