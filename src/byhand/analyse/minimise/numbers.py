"""The normal equations with data: rank, eigenvalues, the solution; the one of least norm where there are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod

import numpy as np

from byhand.analyse.hessian import Hessian, put_in
from byhand.analyse.matrix.formulas import formula
from byhand.analyse.minimise.outcome import Numbers, Solved, star_of
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.names import Name
from byhand.lang.sizes import Poly, Size
from byhand.lang.walk import postorder, size_letters
from byhand.run.arrays import Array, from_list
from byhand.run.bind import Value
from byhand.run.evaluate import evaluate
from byhand.run.mixed import is_exact

MOST_UNKNOWN = 400
MOST_EXACT = 16


def numbers_of(second: Hessian, solved: Sequence[Solved], data: Mapping[str, Value], sizes: Mapping[str, int], tag: str = "") -> Numbers | None:
    """``None`` where data is missing, or there are too many unknown numbers for a whole matrix of second derivatives."""
    if not _has_numbers([second.f], second.unknowns, data, sizes):
        return None
    counts = [int(prod(_axis(axis, sizes) for axis in x.shape)) for x in second.unknowns]
    if sum(counts) > MOST_UNKNOWN:
        return _of_one_matrix(second, solved, data, sizes, counts[0])
    right_sides = [-put_in(gradient, second.unknowns, Fraction(0)) for gradient in second.gradients]
    found = evaluate([block for row in second.blocks for block in row] + right_sides, data, sizes).roots
    k = len(counts)
    matrix = np.block([[found[i * k + j].reshape((counts[i], counts[j])) for j in range(k)] for i in range(k)])
    right = np.concatenate([found[k * k + i].reshape(counts[i]) for i in range(k)])
    return _solved(second, solved, matrix, right, data, sizes, counts, tag)


def _of_one_matrix(second: Hessian, solved: Sequence[Solved], data: Mapping[str, Value], sizes: Mapping[str, int], count: int) -> Numbers | None:
    """Many right-hand sides with one matrix: H U = R or U H = R, of which H is small."""
    eq = solved[0].equation if len(solved) == 1 else None
    if eq is None or eq.side == "both" or len(eq.unknown.shape) != 2:
        return None
    n = _axis(eq.unknown.shape[eq.side == "right"], sizes)
    if n > MOST_UNKNOWN:
        return None
    matrix, right = evaluate([formula(eq.matrix.times(eq.divided)), formula(eq.right.times(eq.divided))], data, sizes).roots
    eigenvalues, rank, exact = _spectrum(matrix, right)
    low, high = _range(eigenvalues, rank)
    many = count // n
    values = _by_formula(solved, data, sizes, second) if rank == n else {}
    if not values:
        found = _least_norm(matrix, right.T if eq.side == "right" else right, exact)
        if found is None:
            return Numbers(count, rank * many, low, high, False, {})
        values = {solved[0].star.name: found.T if eq.side == "right" else found}
    return Numbers(count, rank * many, low, high, True, values)


def _spectrum(matrix: Array, right: Array) -> tuple[Array, int, bool]:
    """Eigenvalues as floats, the rank (exactly if the matrix is small and rational), and whether it is."""
    floats = matrix.astype(np.float64)
    eigenvalues = np.linalg.eigvalsh((floats + floats.T) / 2)
    exact = is_exact(matrix) and is_exact(right) and len(matrix) <= MOST_EXACT
    return eigenvalues, len(_reduced(matrix.tolist(), [])[1]) if exact else _rank(eigenvalues), exact


def _range(eigenvalues: Array, rank: int) -> tuple[float, float]:
    """Smallest and largest, those that are zero as such."""
    kept = [float(x) for x in sorted(eigenvalues, key=abs, reverse=True)[:rank]] + [0.0] * (rank < len(eigenvalues))
    return min(kept), max(kept)


def _axis(axis: Size, sizes: Mapping[str, int]) -> int:
    return int(Poly.of(axis).at(sizes))


def _has_numbers(roots: Sequence[Expr], unknowns: Sequence[Var], data: Mapping[str, Value], sizes: Mapping[str, int]) -> bool:
    below = postorder(*roots)
    return all(node.name in data or node in unknowns for node in below if isinstance(node, Var)) and all(size_letters(node) <= sizes.keys() for node in below)


def _solved(
    second: Hessian, solved: Sequence[Solved], matrix: Array, right: Array, data: Mapping[str, Value], sizes: Mapping[str, int], counts: Sequence[int], tag: str
) -> Numbers:
    eigenvalues, rank, exact = _spectrum(matrix, right)
    low, high = _range(eigenvalues, rank)
    if rank == len(matrix):
        values = _by_formula(solved, data, sizes, second) or _shaped(second, _least_norm(matrix, right, exact), counts, sizes, tag)
        return Numbers(len(matrix), rank, low, high, True, values)
    flat = _least_norm(matrix, right, exact)
    return Numbers(len(matrix), rank, low, high, flat is not None, _shaped(second, flat, counts, sizes, tag) if flat is not None else {})


def _rank(eigenvalues: Array) -> int:
    size = np.abs(eigenvalues)
    return int((size > size.max(initial=0.0) * len(size) * np.finfo(np.float64).eps).sum())


def _by_formula(solved: Sequence[Solved], data: Mapping[str, Value], sizes: Mapping[str, int], second: Hessian) -> dict[Name, Value]:
    if not solved:
        return {}
    try:
        found = evaluate([one.star for one in solved], data, sizes)
    except ByhandError:
        return {}
    return {one.star.name: found[one.star] for one in sorted(solved, key=lambda one: second.unknowns.index(one.unknown))}


def _shaped(second: Hessian, flat: Array | None, counts: Sequence[int], sizes: Mapping[str, int], tag: str) -> dict[Name, Value]:
    assert flat is not None
    ends = np.cumsum([0, *counts])
    shapes = [tuple(_axis(axis, sizes) for axis in x.shape) for x in second.unknowns]
    return {star_of(x, tag): flat[a:b].reshape(shape) for x, a, b, shape in zip(second.unknowns, ends, ends[1:], shapes)}


# --------------------------------------------------------------------------------------------- singular equations


def _least_norm(matrix: Array, right: Array, exact: bool) -> Array | None:
    """The shortest x with H x = r for a symmetric H, or ``None`` if there is no x at all; for each column of a matrix r."""
    if right.ndim == 2 and exact:
        columns = [_least_norm(matrix, column, exact) for column in right.T]
        return None if any(column is None for column in columns) else np.stack([column for column in columns if column is not None], axis=1)
    if not exact:
        floats, target = matrix.astype(np.float64), right.astype(np.float64)
        found = np.linalg.lstsq(floats, target, rcond=None)[0]
        gap = np.abs(floats @ found - target).max(initial=0.0)
        return np.asarray(found) if gap <= 1e-8 * (1 + np.abs(target).max(initial=0.0)) else None
    if _solution(matrix.tolist(), right.tolist()) is None:
        return None
    half = _solution((matrix @ matrix).tolist(), right.tolist())  # x = H z is shortest, for it is at right angles to all that H makes 0
    assert half is not None
    return np.asarray(matrix @ from_list(half, (len(half),)))


def _solution(rows: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """Some solution by elimination, zeros for what may be chosen freely."""
    reduced, pivots = _reduced(rows, right)
    count = len(rows[0])
    if any(row[count] for row in reduced[len(pivots) :]):
        return None
    found = [Fraction(0)] * count
    for row, pivot in zip(reduced, pivots):
        found[pivot] = row[count]
    return found


def _reduced(rows: list[list[Fraction]], right: list[Fraction]) -> tuple[list[list[Fraction]], list[int]]:
    """The reduced echelon form, with ``right`` as a last column if it is given, and its pivots."""
    work = [[*row, *([right[i]] if right else [])] for i, row in enumerate(rows)]
    pivots: list[int] = []
    for column in range(len(rows[0])):
        best = next((i for i in range(len(pivots), len(work)) if work[i][column]), None)
        if best is None:
            continue
        k = len(pivots)
        work[k], work[best] = work[best], work[k]
        work[k] = [entry / work[k][column] for entry in work[k]]
        for i in range(len(work)):
            if i != k and work[i][column]:
                work[i] = [entry - work[i][column] * pivot for entry, pivot in zip(work[i], work[k])]
        pivots.append(column)
    return work, pivots


__all__ = ["numbers_of"]
