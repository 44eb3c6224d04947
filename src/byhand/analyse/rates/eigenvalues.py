"""Eigenvalues of a symmetric matrix of numbers: rational ones exactly, proved by elimination, others as floats.

Over a common denominator d the matrix is M/d with M of whole numbers, whose rational eigenvalues are whole. That k is the
largest one is proved by kI − M being singular and positive semidefinite (Sylvester's law of inertia: signs of pivots).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Literal, TypeAlias

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.run.floats import to_floats
from byhand.run.mixed import is_exact

Number: TypeAlias = "Fraction | float"
Rows: TypeAlias = list[list[Fraction]]
Definite: TypeAlias = Literal["positive definite", "positive semidefinite", "zero", "indefinite", "negative semidefinite", "negative definite"]

LARGEST = 1_500
"""Rows of a matrix whose eigenvalues are worked out at all."""
LARGEST_EXACT = 24
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Eigenvalues:
    """The largest and the smallest eigenvalue, fractions where they are exact; ``least`` is the smallest positive one, 0 where it is not known.

    ``all`` of them in floats, rising, where all were worked out. ``sure``: signs and rank are exact, and not to rounding.
    """

    high: Number
    low: Number
    least: Number
    all: tuple[float, ...]
    definite: Definite
    sure: bool

    @property
    def exact(self) -> bool:
        return isinstance(self.high, Fraction) and isinstance(self.low, Fraction)

    @property
    def singular(self) -> bool:
        """Whether zero is the smallest eigenvalue."""
        return self.definite in ("positive semidefinite", "zero")


def eigenvalues(matrix: Array) -> Eigenvalues:
    """Of a symmetric matrix of fractions or floats; ``ByhandError`` for one that is too large."""
    check_size(len(matrix))
    if is_exact(matrix) and len(matrix) <= LARGEST_EXACT:
        return _exact([[Fraction(entry) for entry in row] for row in matrix.tolist()])
    return _rounded(to_floats(matrix))


def check_size(rows: int) -> None:
    """``ByhandError`` for a matrix that is too large."""
    if rows > LARGEST:
        raise ByhandError(f"the eigenvalues of a matrix with {rows:,} rows are asked for; they are worked out up to {LARGEST:,}. Take fewer unknowns.")


# ------------------------------------------------------------------------------------------------ to rounding


def of_ends(high: Number, low: Number) -> Eigenvalues:
    """Where only the ends of the spectrum are known."""
    exact = isinstance(high, Fraction) and isinstance(low, Fraction)
    tiny = 0 if exact else ROUNDING * max(abs(high), abs(low))
    low = low if abs(low) > tiny else Fraction(0)
    return Eigenvalues(high, low, low if low > 0 else Fraction(0), (), _definite(low, high), sure=exact)


def _rounded(matrix: Array) -> Eigenvalues:
    found = np.linalg.eigvalsh((matrix + matrix.T) / 2)
    tiny = ROUNDING * len(matrix) * float(np.abs(found).max())
    values = tuple(0.0 if abs(value) <= tiny else float(value) for value in found)
    return Eigenvalues(values[-1], values[0], _least(values), values, _definite(values[0], values[-1]), sure=False)


def _definite(low: Number, high: Number) -> Definite:
    if low >= 0:
        return "zero" if high == 0 else "positive definite" if low > 0 else "positive semidefinite"
    return "indefinite" if high > 0 else "negative definite" if high < 0 else "negative semidefinite"


def _least(values: Sequence[float]) -> float:
    return min((value for value in values if value > 0), default=0.0)


# ----------------------------------------------------------------------------------------------------- exactly


def _exact(rows: Rows) -> Eigenvalues:
    denominator = lcm(*(entry.denominator for row in rows for entry in row))
    whole = [[entry * denominator for entry in row] for row in rows]
    positive, negative = inertia(whole)
    scale = max((abs(entry) for row in whole for entry in row), default=Fraction(0)) or Fraction(1)
    near = np.linalg.eigvalsh(np.array([[float(entry / scale) for entry in row] for row in whole])) * (float(scale) / denominator)
    zeros = range(negative, len(rows) - positive)
    values = tuple(0.0 if k in zeros else float(value) for k, value in enumerate(near))
    high, low = _largest(whole, values[-1], denominator), _smallest(whole, values[0], denominator)
    least = low if low > 0 else _rational(whole, _least(values), denominator) if positive else 0.0
    signs = Fraction(-1 if negative else 0 if zeros else 1), Fraction(1 if positive else 0 if zeros else -1)
    return Eigenvalues(high, low, least, values, _definite(*signs), sure=True)


def inertia(rows: Rows) -> tuple[int, int]:
    """How many eigenvalues are positive and how many negative, by symmetric elimination."""
    rows = [list(row) for row in rows]
    left, signs = set(range(len(rows))), [0, 0]
    while left:
        pivot = next((k for k in left if rows[k][k]), None)
        if pivot is None:
            pair = next(((i, j) for i in left for j in left if rows[i][j]), None)
            if pair is None:
                break
            _add_row_and_column(rows, *pair)
            continue
        left.remove(pivot)
        signs[rows[pivot][pivot] < 0] += 1
        for i in left:
            share = rows[i][pivot] / rows[pivot][pivot]
            if share:
                for j in left:
                    rows[i][j] -= share * rows[pivot][j]
    return signs[0], signs[1]


def _add_row_and_column(rows: Rows, to: int, source: int) -> None:
    """A congruence that makes a diagonal entry out of one beside it."""
    rows[to] = [a + b for a, b in zip(rows[to], rows[source])]
    for row in rows:
        row[to] += row[source]


def _shifted(rows: Rows, by: Fraction) -> Rows:
    return [[entry - by * (i == j) for j, entry in enumerate(row)] for i, row in enumerate(rows)]


def _largest(whole: Rows, near: float, denominator: int) -> Number:
    for candidate in _candidates(whole, near, denominator):
        positive, negative = inertia(_shifted(whole, candidate))
        if not positive and negative < len(whole):
            return candidate / denominator
    return near


def _smallest(whole: Rows, near: float, denominator: int) -> Number:
    for candidate in _candidates(whole, near, denominator):
        positive, negative = inertia(_shifted(whole, candidate))
        if not negative and positive < len(whole):
            return candidate / denominator
    return near


def _rational(whole: Rows, near: float, denominator: int) -> Number:
    """An eigenvalue within rounding of a candidate, if that is one."""
    close = (one for one in _candidates(whole, near, denominator) if one > 0 and abs(float(one / denominator) - near) <= 1e-9 * abs(near))
    return next((one / denominator for one in close if sum(inertia(_shifted(whole, one))) < len(whole)), near)


def _candidates(whole: Rows, near: float, denominator: int) -> list[Fraction]:
    """What a rational eigenvalue this near would be: the next whole number, or an entry of the diagonal where floats do not reach that far."""
    nearest = min((row[k] for k, row in enumerate(whole)), key=lambda entry: abs(float(entry / denominator) - near))
    return list(dict.fromkeys((Fraction(round(near * denominator)), nearest)))


# ------------------------------------------------------------------------------------------ linear equations


def solved(matrix: Array, right: Array) -> Array | None:
    """One solution of M x = b for a symmetric M, exact where the numbers are; ``None`` where there is none."""
    if is_exact(matrix) and is_exact(right) and len(matrix) <= LARGEST_EXACT:
        return _eliminated([[Fraction(entry) for entry in row] for row in matrix.tolist()], [Fraction(entry) for entry in right.tolist()])
    floats, wanted = to_floats(matrix), to_floats(right)
    found = np.linalg.lstsq(floats, wanted, rcond=None)[0]
    residual = float(np.abs(floats @ found - wanted).max(initial=0.0))
    scale = float(np.abs(floats).sum(axis=1).max(initial=0.0) * np.abs(found).max(initial=0.0) + np.abs(wanted).max(initial=0.0))
    return found if residual <= 1e-8 * scale else None


def _eliminated(rows: Rows, right: list[Fraction]) -> Array | None:
    n = len(rows)
    table = [[*row, value] for row, value in zip(rows, right)]
    pivots: list[int] = []
    for column in range(n):
        row = len(pivots)
        found = next((k for k in range(row, n) if table[k][column]), None)
        if found is None:
            continue
        table[row], table[found] = table[found], table[row]
        table[row] = [entry / table[row][column] for entry in table[row]]
        for k in range(n):
            if k != row and table[k][column]:
                table[k] = [entry - table[k][column] * own for entry, own in zip(table[k], table[row])]
        pivots.append(column)
    if any(row[n] for row in table[len(pivots) :]):
        return None
    out = np.full(n, Fraction(0), dtype=object)
    for row, column in enumerate(pivots):
        out[column] = table[row][n]
    return out
