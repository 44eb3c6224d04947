"""What may vary on a sheet, and between which bounds: what the sheet says, or else what its own numbers are like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from random import Random
from typing import TypeAlias, assert_never

import numpy as np

from byhand.analyse.variants.literals import Literal
from byhand.lang.errors import ByhandError

_BOUNDS = re.compile(r"(?P<low>[-+−]?[\d.]+)\s*(?:\.\.|…|to)\s*(?P<high>[-+−]?[\d.]+)(?:\s+step\s+(?P<step>[\d.]+))?")
MOST_CHOICES = 1_000
LARGEST = 10**9


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers from ``low`` to ``high`` in steps, 0 among them only if it is allowed."""

    low: Fraction
    high: Fraction
    step: Fraction
    zero: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these numbers."""

    options: tuple[Fraction, ...]


Entry: TypeAlias = Grid | Choice


@dataclass(frozen=True, slots=True)
class Entries:
    """Each entry by itself."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class OneHot:
    """A single one in each row, or with ``columns`` in each column."""

    shape: tuple[int, ...]
    columns: bool


@dataclass(frozen=True, slots=True)
class Symmetric:
    """A square matrix that equals its transpose."""

    size: int
    entries: tuple[Entry, ...]


Range: TypeAlias = Entries | OneHot | Symmetric


def drawn(what: Range, random: Random) -> tuple[Fraction, ...]:
    """Entries at random, row by row."""
    match what:
        case Entries(entries):
            return tuple(_drawn(entry, random) for entry in entries)
        case OneHot(shape, columns):
            rows, size = (shape[1], shape[0]) if columns else (prod(shape[:-1]), shape[-1])
            places = [random.randrange(size) for _ in range(rows)]
            if columns:
                return tuple(Fraction(places[j] == i) for i in range(size) for j in range(rows))
            return tuple(Fraction(place == j) for place in places for j in range(size))
        case Symmetric(size, entries):
            upper = {(i, j): _drawn(entries[i * size + j], random) for i in range(size) for j in range(i, size)}
            return tuple(upper[min(i, j), max(i, j)] for i in range(size) for j in range(size))
        case _:
            assert_never(what)


def _drawn(entry: Entry, random: Random) -> Fraction:
    match entry:
        case Choice(options):
            return random.choice(options)
        case Grid(low, high, step, zero):
            count = int((high - low) / step)
            while True:
                found = low + step * random.randint(0, count)
                if found or zero or low == high:
                    return found
        case _:
            assert_never(entry)


# ---------------------------------------------------------------------------- what the sheet's numbers are like


def by_default(literal: Literal, facts: frozenset[str]) -> Range | None:
    """What numbers of the same kind are; ``None`` where the given ones look as if they were meant, such as all 0.1."""
    entries, shape = literal.data.entries, literal.data.shape
    for fact, columns in (("one_hot", False), ("one_hot_columns", True)):
        if fact in facts and shape:
            return OneHot(shape, columns)
    if len(entries) > 1 and (len(set(entries)) == 1 or _is_dependent(entries, shape)):
        return None
    kept = _constant_lines(entries, shape) if len(shape) == 2 else frozenset[int]()
    ranges = tuple(
        Choice((entry,)) if k in kept else _like(entry, entries, decimals, facts) for k, (entry, decimals) in enumerate(zip(entries, literal.decimals))
    )
    return Symmetric(shape[0], ranges) if "symmetric" in facts else Entries(ranges)


def _is_dependent(entries: Sequence[Fraction], shape: tuple[int, ...]) -> bool:
    """A matrix whose columns or rows depend on each other, which other numbers would not do."""
    if len(shape) != 2 or len(entries) > MOST_CHOICES:
        return False
    matrix = np.array([float(entry) for entry in entries]).reshape(shape)
    return int(np.linalg.matrix_rank(matrix)) < min(shape)


def _constant_lines(entries: Sequence[Fraction], shape: tuple[int, ...]) -> frozenset[int]:
    """The entries of rows and columns of ones, which stand for a bias."""
    rows, columns = shape
    row = [frozenset(range(i * columns, (i + 1) * columns)) for i in range(rows)] if columns > 1 else []
    column = [frozenset(range(j, rows * columns, columns)) for j in range(columns)] if rows > 1 else []
    return frozenset(k for line in (*row, *column) if all(entries[place] == 1 for place in line) for k in line)


def _like(entry: Fraction, all_of_them: Sequence[Fraction], decimals: int, facts: frozenset[str]) -> Entry:
    """Binary stays binary, a sign a sign, an integer an integer, a probability between 0 and 1; decimals keep their number of digits."""
    if len(all_of_them) > 1 and set(all_of_them) <= {Fraction(0), Fraction(1)}:
        return Choice((Fraction(0), Fraction(1)))
    if "signs" in facts or (len(all_of_them) > 1 and set(all_of_them) == {Fraction(-1), Fraction(1)}):
        return Choice((Fraction(-1), Fraction(1)))
    step = Fraction(1, 10**decimals)
    most = max(map(abs, all_of_them))
    if len(all_of_them) == 1:
        return _like_one(entry, step)
    high = max(most, 2 * step)
    low = -high if min(all_of_them) < 0 and not facts & {"positive", "nonnegative"} else step
    return Grid(_on(low, step), _on(high, step), step)


def _like_one(entry: Fraction, step: Fraction) -> Entry:
    """A single number keeps its sign and its size: a rate of 0.1 does not become one of 3."""
    size = abs(entry)
    if not size:
        return Choice((entry,))
    high = min(max(2 * size, 5 * step), 1 - step) if size < 1 and step < 1 else max(2 * size, 2 * step)
    return Grid(step, _on(high, step), step) if entry > 0 else Grid(-_on(high, step), -step, step)


def _on(value: Fraction, step: Fraction) -> Fraction:
    """The nearest multiple of the step towards 0."""
    return step * int(value / step)


# --------------------------------------------------------------------------------------- what the sheet says


def as_said(words: str, literal: Literal, facts: frozenset[str]) -> Range | None:
    """``-5 to 5``, ``0 to 1 step 0.25``, numbers to choose from as in ``0.1, 0.2, 0.3``, or ``any`` of the same kind; else ``ByhandError``."""
    name, count = literal.name, len(literal.data.entries)
    if words.strip() in ("", "any") or facts & {"one_hot", "one_hot_columns"}:
        return by_default(literal, facts)
    bounds = _BOUNDS.fullmatch(words.strip())
    if bounds is None:
        return Entries((Choice(_options(name, words)),) * count)
    low, high = _number(name, bounds["low"]), _number(name, bounds["high"])
    if low > high:
        raise ByhandError(f"vary: {name} goes from {bounds['low']} to {bounds['high']}, and the first is the larger one.")
    said = _number(name, bounds["step"]) if bounds["step"] else None
    digits = max(_places(bounds["low"]), _places(bounds["high"]))
    steps = [said or Fraction(1, 10 ** max(decimals, digits)) for decimals in literal.decimals]
    if not all(steps) or (high - low) / min(steps) > LARGEST:
        raise ByhandError(f"vary: {name} would have more than {LARGEST:,} numbers to choose from; give a larger step.")
    zero = low == 0 or high == 0 or bool(said)
    return Entries(tuple(Grid(low, high, step, zero or low + step > high) for step in steps))


def _options(name: str, words: str) -> tuple[Fraction, ...]:
    found = [part for part in re.split(r"\s*,\s*", words.strip().strip("[]")) if part]
    if not 1 <= len(found) <= MOST_CHOICES:
        raise ByhandError(f"vary: {name} needs bounds such as -5 to 5, or numbers to choose from, such as 0.1, 0.2; {words!r} is neither.")
    return tuple(_number(name, part) for part in found)


def _number(name: str, text: str) -> Fraction:
    if not re.fullmatch(r"[-+−]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})", text):
        raise ByhandError(f"vary: {name} needs bounds such as -5 to 5, or numbers to choose from, such as 0.1, 0.2; {text[:40]!r} is no number.")
    return Fraction(text.replace("−", "-"))


def _places(text: str) -> int:
    return len(text.partition(".")[2])


def said_by(text: str) -> Mapping[str, str] | None:
    """The lines below ``vary:`` in the sheet's front matter, name by name; ``None`` where there is no such line."""
    lines = text.split("\n")
    if lines[0].strip() != "---":
        return None
    front = lines[1 : next((k for k, line in enumerate(lines[1:], 1) if line.strip() == "---"), 1)]
    start = next((k for k, line in enumerate(front) if re.fullmatch(r"vary\s*:\s*", line)), None)
    if start is None:
        return None
    found: dict[str, str] = {}
    for line in front[start + 1 :]:
        if line.strip() and not line[0].isspace():
            break
        name, colon, words = line.partition(":")
        if colon:
            found[name.strip()] = words.partition("#")[0].strip()
    return found
