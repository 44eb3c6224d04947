"""Numbers as people write them, and arrays of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite, isnan, prod
from typing import Any, Literal, cast

from byhand.lang.sizes import Monomial, Poly
from byhand.show.conventions import Conventions
from byhand.show.tree import Array, Function, Listing, Setting, Tree

MOST_SHOWN = 8
"""How many rows or columns of an array are shown before some are left out."""
_LONGEST_DECIMAL = 15
_MOST_LEADING_ZEROS = 5
"""Behind the point: 0.000001 is still written so, 1e-8 is not."""


def format_number(value: Fraction | float | int, digits: int = 6) -> str:
    """Short decimals and integers as they are, everything else rounded to so many significant digits."""
    if isinstance(value, float):
        return _format_float(value, digits)
    exact = decimal(Fraction(value))
    short = exact is not None and (len(exact) <= _LONGEST_DECIMAL if Fraction(value).denominator == 1 else _significant(exact) <= digits)
    if exact is not None and short:
        return exact
    return _rounded(Fraction(value), digits)


def _format_float(value: float, digits: int) -> str:
    if not isfinite(value):
        return "nan" if isnan(value) else "inf" if value > 0 else "-inf"
    if value.is_integer() and abs(value) < 10**_LONGEST_DECIMAL:
        return str(int(value))
    return _tidy(f"{value:.{digits}g}")


def _rounded(value: Fraction, digits: int) -> str:
    """A rational to so many significant digits, also where no float is that large or small."""
    try:
        near = float(value)
    except OverflowError:
        near = 0.0
    if near and isfinite(near):
        return _tidy(f"{near:.{digits}g}")
    size = len(str(abs(value.numerator))) - len(str(value.denominator))
    mantissa = float(value / Fraction(10) ** size)
    if abs(mantissa) < 1:
        mantissa, size = mantissa * 10, size - 1
    return f"{_tidy(f'{mantissa:.{digits}g}')}e{size}"


def _tidy(text: str) -> str:
    """``1.2e-05`` as ``1.2e-5``, ``-0`` as ``0``."""
    mantissa, mark, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if mantissa == "-0":
        return "0"
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def _significant(text: str) -> int:
    return len(text.partition("e")[0].lstrip("-").replace(".", "").strip("0"))


def decimal(value: Fraction) -> str | None:
    """The exact decimal, where there is one that is not too long."""
    if value.denominator == 1:
        return str(value.numerator)
    places = max(_exponent(value.denominator, 2), _exponent(value.denominator, 5))
    if 2 ** _exponent(value.denominator, 2) * 5 ** _exponent(value.denominator, 5) != value.denominator:
        return None
    shifted = str(abs(value.numerator) * 10**places // value.denominator)
    sign = "-" if value < 0 else ""
    if places <= _LONGEST_DECIMAL and places - len(shifted) <= _MOST_LEADING_ZEROS:
        whole = shifted.rjust(places + 1, "0")
        return f"{sign}{whole[:-places]}.{whole[-places:]}"
    if len(shifted) > _LONGEST_DECIMAL:
        return None
    mantissa = shifted[0] + (f".{shifted[1:]}" if len(shifted) > 1 else "")
    return f"{sign}{mantissa}e{len(shifted) - 1 - places}"


def _exponent(number: int, base: int) -> int:
    count = 0
    while number % base == 0:
        number //= base
        count += 1
    return count


# ------------------------------------------------------------------------------- numbers over size letters


def top_and_bottom(monomial: Monomial, value: Fraction) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """One term of a number over sizes as the factors above and below the line: (letter or digits, power)."""
    above = [(letter, power) for letter, power in monomial if power > 0]
    below = [(letter, -power) for letter, power in monomial if power < 0]
    short = decimal(abs(value)) if not monomial else None
    top = short if short is not None else str(abs(value.numerator))
    if top != "1" or not above:
        above.insert(0, (top, 1))
    if value.denominator != 1 and short is None:
        below.insert(0, (str(value.denominator), 1))
    return above, below


def in_order(value: Poly) -> list[tuple[Monomial, Fraction]]:
    """The terms as people write them: 2n + 1, and 1 − n."""
    return sorted(value.terms, key=lambda term: (term[1] < 0, not term[0]))


def is_fraction(value: Poly) -> bool:
    """Whether a number is written with a fraction bar."""
    return len(value.terms) == 1 and bool(top_and_bottom(*value.terms[0])[1])


# ------------------------------------------------------------------------------------------------ arrays


def array_of(values: Any, shape: Sequence[int], digits: int, conventions: Conventions) -> Tree:
    """Numbers (nested sequences, or an array with ``tolist``) in a shape; three or more axes become a list of matrices."""
    flat = _flattened(values)
    cells = [format_number(value, digits) for value in flat]
    return _arranged(cells, tuple(shape), conventions)


def _flattened(values: Any) -> list[Fraction | float | int]:
    if isinstance(values, (Fraction, float, int)):
        return [values]
    listed: Any = values if isinstance(values, (list, tuple)) else values.tolist()
    if not isinstance(listed, (list, tuple)):
        return [listed]
    return [entry for part in cast("list[Any]", listed) for entry in _flattened(part)]


def _arranged(cells: list[str], shape: tuple[int, ...], conventions: Conventions) -> Tree:
    if not shape:
        return Array(((cells[0],),), "scalar")
    if 0 in shape:
        return Function("zeros", (Setting(f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"),))
    if len(shape) == 1:
        rows = [[cell] for cell in cells] if conventions.vectors == "columns" else [cells]
        return _elided(rows, "column" if conventions.vectors == "columns" else "row")
    if len(shape) == 2:
        return _elided([cells[k : k + shape[1]] for k in range(0, len(cells), shape[1])], "matrix")
    step = prod(shape[1:])
    blocks = [cells[k : k + step] for k in range(0, len(cells), step)]
    kept = _kept(len(blocks))
    return Listing(tuple(Setting("⋯") if k is None else _arranged(blocks[k], shape[1:], conventions) for k in kept))


def _kept(count: int) -> list[int | None]:
    """Which of so many rows are shown; ``None`` stands for those left out."""
    return list(range(count)) if count <= MOST_SHOWN else [*range(MOST_SHOWN // 2), None, count - 1]


def _elided(rows: list[list[str]], kind: Literal["column", "row", "matrix"]) -> Array:
    down, across = _kept(len(rows)), _kept(len(rows[0]))
    kept = tuple(tuple(_cell(rows, i, j) for j in across) for i in down)
    return Array(kept, "elided" if None in (*down, *across) and kind == "matrix" else kind)


def _cell(rows: list[list[str]], i: int | None, j: int | None) -> str:
    if i is None:
        return "⋮" if j is not None else "⋱"
    return "⋯" if j is None else rows[i][j]
