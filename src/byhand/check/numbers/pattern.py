"""What is said of wrong numbers when no slip of the step explains them, and how cells are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.lang.english import listed
from byhand.run.arrays import Array, Dims

MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of wrong cells.

    ``id`` as in the catalogue of slips, or a short word. Where it ``explains`` the whole answer at the digits written, ``message`` ends the
    sentence "matches what you get if …"; elsewhere it is a sentence of its own.
    """

    id: str
    message: str
    explains: bool = True


def place(index: Sequence[int], dims: Dims) -> str:
    """A cell as people point at it, counted from 1: ``row 2, column 1``, ``entry 3``, ``entry 1, 2, 4``."""
    match len(dims):
        case 0:
            return "the number"
        case 1:
            return f"entry {index[0] + 1}"
        case 2:
            return f"row {index[0] + 1}, column {index[1] + 1}"
        case _:
            return f"entry {', '.join(str(k + 1) for k in index)}"


def line_word(axis: int, rank: int, count: int = 1) -> str:
    """What stands side by side along an axis: the entries of a vector, the rows or columns of a matrix."""
    one, more = ("entry", "entries") if rank == 1 else (("row", "rows"), ("column", "columns"))[axis] if rank == 2 else ("part", "parts")
    return one if count == 1 else more


def places(wrong: Array) -> str:
    """All cells of a mask: whole rows or columns, or cell by cell, or how many of them there are."""
    if wrong.ndim == 2:
        for axis, line in enumerate(("row", "column")):
            full = wrong.all(axis=1 - axis)
            if wrong.shape[1 - axis] > 1 and np.array_equal(wrong.any(axis=1 - axis), full):
                return _lines(line, [int(k) + 1 for k in np.flatnonzero(full)])
    found = [place(index, wrong.shape) for index in np.argwhere(wrong).tolist()]
    if len(found) > MOST_NAMED:
        return f"{len(found)} of the {wrong.size} entries"
    return listed([one.replace(", ", " ") for one in found] if len(found) > 1 and wrong.ndim > 1 else found)


def _lines(line: str, numbers: list[int]) -> str:
    return f"{line}{'s' if len(numbers) > 1 else ''} {listed([str(k) for k in numbers])}"


def evidence(written: Numbers) -> int:
    """How many digits an answer has to be recognised by: equal entries count once, zeros not at all."""
    values, first = np.unique(np.abs(np.asarray(written.values)).ravel(), return_index=True)
    digits = np.asarray(written.significant).ravel()[first]
    return int(digits[values > 0].sum())


def short(number: float) -> str:
    """A number in a sentence, to four digits."""
    return f"{float(number):.4g}"
