"""What can be wrong with a function, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from byhand.check.backward.cases import Case
from byhand.check.backward.truth import EPS, OF_SCALE, Precision
from byhand.check.numbers.pattern import place, places
from byhand.run.arrays import Array, Dims

Kind: TypeAlias = Literal["raises", "shape", "value", "none", "undefined", "precision", "type", "changes", "layout", "needs", "repeats"]
"""``raises`` an error; a wrong ``shape``, ``value``; ``none`` where a gradient is needed; not a number (``undefined``); too few digits (``precision``);
a wrong ``type`` of the entries; ``changes`` its inputs; right only for arrays in one ``layout``, or where all inputs want gradients (``needs``), or the first
time (``repeats``)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with ``quantity``: the output of the function for the stage forward, an input or intermediate for its gradient.

    ``message`` is a sentence. A ``grave`` finding makes the function wrong; others are only worth knowing. ``shapes``: the wrong and the right
    one, where nothing but these is known.
    """

    kind: Kind
    stage: Literal["forward", "backward"]
    quantity: str
    message: str
    grave: bool = True
    shapes: tuple[Dims, Dims] | None = None


@dataclass(frozen=True)
class Compared:
    """A returned array against the right one at one point. ``name``: what the person calls it, ``quantity``: what the exercise does; ``eps``: one rounding."""

    kind: Literal["right", "none", "shape", "undefined", "precision", "value"]
    case: Case
    name: str
    quantity: str
    right: Array
    found: Array | None
    eps: float
    off: float = 0.0


def compared(case: Case, quantity: str, name: str, found: Array | None, precision: Precision) -> Compared:
    """What was returned for the quantity of this name on the sheet, against what is right."""
    right, eps = case.right(quantity), EPS[precision]
    if found is None:
        nothing = float(np.abs(right).max(initial=0.0)) <= case.slack[quantity]
        return Compared("right" if nothing else "none", case, name, quantity, right, None, eps)
    if found.shape != right.shape:
        return Compared("shape", case, name, quantity, right, found, eps)
    value = np.asarray(found, dtype=np.float64)
    if not np.isfinite(value).all():
        return Compared("undefined", case, name, quantity, right, value, eps)
    off = float(np.abs(value - right).max(initial=0.0))
    if off <= case.slack[quantity]:
        return Compared("right", case, name, quantity, right, value, eps, off)
    reach = case.slack[quantity] + OF_SCALE * EPS["float32"] * max(float(np.abs(right).max(initial=0.0)), 1e-30)
    return Compared("precision" if precision == "float64" and off <= reach else "value", case, name, quantity, right, value, eps, off)


def worst(one: Compared) -> str:
    """The entry that is furthest off, in numbers: entry 3 is 0.5 instead of 0.25."""
    assert one.found is not None
    with np.errstate(all="ignore"):
        off = np.abs(one.found - one.right)
    off = np.where(np.isfinite(off), off, np.inf)
    index = tuple(int(k) for k in np.unravel_index(int(np.argmax(off)), off.shape)) if off.ndim else ()
    where = place(index, off.shape)
    said, right = _digits(float(one.found[index]), float(one.right[index]))
    return f"{where} is {said} instead of {right}{_only(one)}"


def _only(one: Compared) -> str:
    """Where the wrong entries are, if they are part of all."""
    assert one.found is not None
    reach = max(one.case.slack[one.quantity], 1e-9 * float(np.abs(one.right).max(initial=0.0)))
    with np.errstate(all="ignore"):
        wrong = ~(np.abs(one.found - one.right) <= reach)
    return f" ({places(wrong)} of it {'is' if wrong.sum() == 1 else 'are'} wrong)" if 0 < wrong.sum() <= wrong.size / 2 and wrong.ndim else ""


def _digits(first: float, second: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart."""
    for digits in range(4, 17, 2):
        a, b = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if a != b:
            return a, b
    return repr(first), repr(second)


def shape_of(dims: Dims) -> str:
    """A shape of numbers as people write it."""
    return f"({', '.join(map(str, dims))}{',' if len(dims) == 1 else ''})"
