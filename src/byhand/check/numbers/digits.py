"""Patterns of single cells: a wrong sign, a digit, the decimal point, the last digit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.exercise.quantity import Quantity
from byhand.check.numbers.compare import cells
from byhand.check.numbers.pattern import Pattern, places
from byhand.check.settings import Settings
from byhand.run.arrays import Array

MOST = 400
"""Larger arrays are not searched cell by cell."""
ENOUGH = 3
"""Significant digits from which a pattern of digits is no coincidence where no other cell is right; one more for a digit that is wrong by more than one."""
SHIFTS = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001)
"""Moves of the decimal point; those to the right also move the rounding."""
NEAR = 0.05
"""The part of a number that is rounded away at most when it has two digits."""
_SAID = {
    "cut": "{where} of {name} {be} cut off instead of rounded",
    "last": "the last digit of {name} is off by one in {where}, as happens when numbers are rounded half-way",
    "sign": "the sign is wrong in {where} of {name}",
    "point": "the decimal point is in the wrong place in {where} of {name}",
    "swapped": "two digits are exchanged in {where} of {name}",
    "digit": "one digit is wrong in {where} of {name}",
    "dropped": "one digit is left out in {where} of {name}",
    "zero": "{where} of {name} {be} taken to be zero",
    "other": "{where} of {name} {be} the value of another entry",
}


def of_single_cells(written: Numbers, expected: Array, quantity: Quantity, settings: Settings) -> Iterator[Pattern]:
    """What is wrong in each wrong cell, if that can be said of all of them."""
    wrong = ~cells(written, expected, 0.0, settings)
    if not wrong.any() or wrong.size > MOST:
        return
    alone = bool(wrong.all())
    kinds = {tuple(index): _kind(written, expected, tuple(index), alone) for index in np.argwhere(wrong).tolist()}
    found = set(kinds.values())
    kind = next(iter(found))
    if len(found) == 1 and kind is not None:
        if alone and kind in ("zero", "sign", "other"):
            return
        if (kind in ("digit", "swapped", "dropped") and wrong.sum() > max(1, wrong.size // 3)) or (kind == "other" and wrong.sum() > 1):
            return
        yield Pattern(_id(kind, wrong), _message(kind, wrong, quantity))
    elif found <= {"cut", "last"}:
        yield Pattern("S49", _message("last", wrong, quantity))
    elif None not in found and int(wrong.sum()) <= max(2, wrong.size // 3):
        parts = [_message(one, _only(kinds, one, wrong), quantity) for one in sorted(one for one in found if one is not None)]
        yield Pattern("S48", ", and ".join(parts))
    if wrong.sum() == 1 and wrong.size > 2 and None in kinds.values():
        yield Pattern("S48", f"only {places(wrong)} of {quantity.name} is wrong", explains=False)


def _only(kinds: dict[tuple[int, ...], str | None], kind: str, wrong: Array) -> Array:
    mask = np.zeros(wrong.shape, dtype=bool)
    for index, one in kinds.items():
        mask[index] = one == kind
    return mask


def _id(kind: str, wrong: Array) -> str:
    return "S49" if kind == "last" and (wrong.sum() > 1 or wrong.size == 1) else "rounding" if kind == "cut" else "S48"


def _message(kind: str, wrong: Array, quantity: Quantity) -> str:
    if wrong.size == 1:
        return _SAID[kind].replace("{where} of {name}", quantity.name).replace(" in {where}", "").format(name=quantity.name, be="is")
    where = "every entry" if wrong.all() else places(wrong)
    several = not wrong.all() and (where.startswith(("rows", "columns")) or " and " in where or " of the " in where)
    return _SAID[kind].format(where=where, name=quantity.name, be="are" if several else "is")


def _kind(written: Numbers, expected: Array, index: tuple[int, ...], alone: bool) -> str | None:
    """What is wrong in one cell; ``alone``: no other cell is right, so that more digits are needed to be sure."""
    a, t, half = float(written.values[index]), float(expected[index]), float(written.half[index])
    significant, decimals = int(written.significant[index]), int(written.decimals[index])
    least = ENOUGH if alone else 2
    if half > 0 and significant >= least and abs(a - t) <= 3.0 * half * (1 + 1e-9):
        return "cut" if abs(a) <= abs(t) < abs(a) + 2 * half and a * t > 0 else "last"
    if t and abs(a + t) <= half * (1 + 1e-9) + 1e-9 * abs(t):
        return "sign"
    if a == 0:
        return "zero"
    if significant >= least:
        if any(abs(a - t * factor) <= min(half * max(factor, 1.0), NEAR * abs(a)) * (1 + 1e-9) + 1e-9 * abs(a) for factor in SHIFTS):
            return "point"
        spelled = _spelled(a, t, max(decimals, 0)) if a * t > 0 else None
        if spelled is not None and (spelled != "digit" or significant > ENOUGH or not alone):
            return "digit" if spelled == "next" else spelled
    if not alone and significant > 1 and np.any(np.abs(expected - a) <= half * (1 + 1e-9)):
        return "other"
    return None


def _spelled(a: float, t: float, decimals: int) -> str | None:
    """How the digits of two positive numbers differ: one wrong (by one: ``next``), two exchanged, one left out."""
    ours = f"{abs(a):.{decimals}f}"
    for theirs in (f"{abs(t):.{decimals}f}", f"{abs(t):.{decimals + 1}f}"[:-1]):
        if len(ours) == len(theirs):
            differ = [k for k, (x, y) in enumerate(zip(ours, theirs)) if x != y]
            if len(differ) == 1:
                return "next" if abs(int(ours[differ[0]]) - int(theirs[differ[0]])) == 1 else "digit"
            if len(differ) == 2 and (ours[differ[0]], ours[differ[1]]) == (theirs[differ[1]], theirs[differ[0]]):
                return "swapped"
    longer = f"{abs(t):.{decimals + 1}f}"
    if len(longer.replace(".", "").lstrip("0")) > 3 and any(longer[:k] + longer[k + 1 :] == ours for k in range(len(longer)) if longer[k] != "."):
        return "dropped"
    return None
