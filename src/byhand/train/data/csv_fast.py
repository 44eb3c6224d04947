"""A table in text read at NumPy's speed, where nothing in it is out of the ordinary."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import DTypeLike

from byhand.train.data.csv_careful import Columns, Recipe
from byhand.train.data.grow import Growing
from byhand.train.data.limits import BLOCK, Array
from byhand.train.data.sniff import MISSING

_EXACT = 2**53
"""Whole numbers up to here are floats without rounding."""
_MOST_DECIMALS = 22
"""Powers of ten up to this one are floats without rounding."""
_LONG = 17
"""Characters a cell from which its digits hardly ever make such a whole number."""


def fast(recipe: Recipe) -> Columns | None:
    """All rows, or ``None`` where anything is missing, no number, not finite, or not in its place: then the careful reader says what."""
    wanted = recipe.roles
    codes: dict[str, int] = {}
    features = Growing(recipe.file.name, len(wanted.features), recipe.dtype)
    target = Growing(recipe.file.name, len(wanted.target), np.float64)
    with recipe.file.lines() as lines:
        for _ in range(recipe.dialect.first):
            next(lines, None)
        while block := lines.some(BLOCK):
            rows = _rows(block, recipe, codes)
            if rows is None:
                return None
            features.add(rows[:, wanted.features])
            target.add(rows[:, wanted.target])
    found, aims = features.done(), target.done()
    if recipe.texts:
        return Columns(found, aims[:, 0].astype(np.int32), tuple(codes))
    return Columns(found, aims if wanted.target else None, None)


def _rows(block: list[str], recipe: Recipe, codes: dict[str, int]) -> Array | None:
    """Lines as numbers, texts of the target as codes."""
    if not any(map(str.strip, block)):
        return np.empty((0, recipe.dialect.width))
    text = "".join(block)
    if text.count('"') % 2:  # a quotation mark that is left open, or a cell that goes on in the next lines
        return None
    if recipe.dialect.decimal == ",":
        if recipe.texts or "." in text:
            return None
        block, text = [line.replace(",", ".") for line in block], text.replace(",", ".")
    converters = _converters(recipe, codes)
    found = plain_decimals(text, recipe.dialect.delimiter, recipe.dialect.width) if converters is None else None
    found = _any_numbers(block, recipe.dialect.delimiter, converters) if found is None else found
    used = [*recipe.roles.features, *recipe.roles.target]
    return found if found is not None and found.shape[1] == recipe.dialect.width and _fits(found[:, used], recipe.dtype) else None


def plain_decimals(text: str, mark: str, width: int) -> Array | None:
    """Numbers without exponents and with few digits, as the quotient of two whole numbers that are floats without rounding.

    So the quotient is the float next to the decimal, as everywhere. ``None`` where anything else is in the text.
    Source: W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990, section 5.
    """
    if not text.isascii():
        return None
    signs = np.frombuffer(text.replace("\r\n", "\n").removesuffix("\n").encode("ascii") + b"\n", dtype=np.uint8)
    if not _plain(mark)[signs].all():
        return None
    line_ends = signs == ord("\n")
    ends = np.flatnonzero(line_ends | (signs == ord(mark)))
    if len(ends) % width or len(signs) > _LONG * len(ends) or np.count_nonzero(line_ends) * width != len(ends) or not line_ends[ends[width - 1 :: width]].all():
        return None
    points = np.flatnonzero(signs == ord("."))
    cells = np.searchsorted(ends, points)
    decimals = np.zeros(len(ends), dtype=np.int64)
    decimals[cells] = ends[cells] - points - 1
    if (np.diff(cells) == 0).any() or decimals.max() > _MOST_DECIMALS:
        return None
    digits = _whole_numbers(signs[signs != ord(".")].tobytes().decode("ascii").splitlines(), mark)
    if digits is None or digits.shape != (len(ends) // width, width) or np.abs(digits).max() > _EXACT:
        return None
    found = digits.ravel() / (10.0 ** np.arange(_MOST_DECIMALS + 1))[decimals]
    below = np.searchsorted(ends, np.flatnonzero(signs == ord("-")))
    found[below] = np.copysign(found[below], -1)
    return found.reshape(digits.shape)


def _plain(mark: str) -> Array:
    """Which signs may stand in a text of plain decimals."""
    found = np.zeros(256, dtype=bool)
    found[np.frombuffer(b"0123456789.+-\n" + mark.encode("ascii"), dtype=np.uint8)] = mark not in " \t"
    return found


def _whole_numbers(lines: list[str], mark: str) -> Array | None:
    try:
        return np.loadtxt(lines, np.int64, delimiter=mark, comments=None, ndmin=2)
    except (ValueError, OverflowError):
        return None


_Converters = dict[int | str, Callable[[str], float]]


def _any_numbers(block: list[str], mark: str, converters: _Converters | None) -> Array | None:
    try:
        return np.loadtxt(block, delimiter=None if mark == " " else mark, comments=None, quotechar='"', converters=converters, ndmin=2, encoding="utf-8")
    except ValueError:
        return None


def _fits(found: Array, dtype: DTypeLike) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.isfinite(found.astype(dtype, copy=False)).all())


def _converters(recipe: Recipe, codes: dict[str, int]) -> _Converters | None:
    """What is made of columns that are not numbers: nothing of those that are not used, codes of a target of texts."""

    def code(cell: str) -> float:
        label = cell.strip()
        if '"' in label or "\n" in label or label.lower() in MISSING:
            raise ValueError
        return codes.setdefault(label, len(codes))

    found: _Converters = dict.fromkeys(_unused(recipe.dialect.width, (*recipe.roles.features, *recipe.roles.target)), _nothing)
    if recipe.texts:
        found[recipe.roles.target[0]] = code
    return found or None


def _unused(width: int, used: Sequence[int]) -> list[int]:
    taken = set(used)
    return [k for k in range(width) if k not in taken]


def _nothing(_: str) -> float:
    return 0.0
