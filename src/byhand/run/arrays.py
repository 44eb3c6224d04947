"""Linear work on arrays of numbers of any kind: contractions, re-indexings, inverses by elimination.

Every function knows only ``+`` and ``*`` of the entries. ``lead`` counts axes in front that are no part of the
quantity itself (trials, sample points, residues): they are carried along and broadcast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from byhand.lang.errors import ByhandError
from byhand.lang.index import Gather, Reindexing, Reshape, Window
from byhand.lang.spec import Spec

Array: TypeAlias = NDArray[Any]
Dims: TypeAlias = tuple[int, ...]
Number = TypeVar("Number")

_BLAS_FROM = 20_000
"""Multiplications from which the search for a matrix product pays."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How NumPy is asked for a specification that may broadcast and repeat letters of its output."""

    subscripts: str
    kept: str
    unique: str


@lru_cache(maxsize=4096)
def _plan(how: Spec) -> _Plan:
    present = set("".join(how.inputs))
    unique = "".join(dict.fromkeys(how.output))
    kept = "".join(c for c in unique if c in present)
    return _Plan(",".join("..." + word for word in how.inputs) + "->..." + kept, kept, unique)


def work(how: Spec, args: Sequence[Array], lead: int = 0) -> int:
    """How many multiplications the contraction takes."""
    return prod({c: n for word, arg in zip(how.inputs, args) for c, n in zip(word, arg.shape[lead:])}.values())


def einsum(how: Spec, args: Sequence[Array], shape: Dims, lead: int = 0, zero: Any = 0) -> Array:
    """The contraction, with broadcasts and diagonals in its output as well."""
    plan = _plan(how)
    floats = len(args) == 2 and bool(how.summed) and all(arg.dtype.kind == "f" for arg in args)
    found = np.einsum(plan.subscripts, *args, optimize=floats and work(how, args, lead) > _BLAS_FROM)
    found = np.asarray(found, dtype=args[0].dtype)
    if plan.kept == how.output:
        return found
    size_of = dict(zip(how.output, shape))
    front = found.shape[:lead]
    stretched = found.reshape(front + tuple(size_of[c] if c in plan.kept else 1 for c in plan.unique))
    full = np.broadcast_to(stretched, front + tuple(size_of[c] for c in plan.unique))
    return full if plan.unique == how.output else _on_diagonal(full, how.output, plan.unique, front + shape, zero)


def _on_diagonal(entries: Array, output: str, unique: str, shape: Dims, zero: Any) -> Array:
    out = np.full(shape, zero, dtype=entries.dtype)
    np.einsum(f"...{output}->...{unique}", out)[...] = entries
    return out


# --------------------------------------------------------------------------------------------------- re-indexing


def reindex(by: Reindexing, scatter: bool, arg: Array, shape: Dims, lead: int = 0, zero: Any = 0) -> Array:
    """The re-indexing, or its adjoint; offsets of windows must be integers by now."""
    front = arg.shape[:lead]
    match by:
        case Reshape():
            return arg.reshape(front + shape)
        case Gather(rows):
            places = _rows(rows, shape[0] if scatter else arg.shape[lead])
            return _add_rows(arg, places, front + shape, lead, zero) if scatter else np.take(arg, places, axis=lead)
        case Window():
            dims = arg.shape[lead:]
            table = window_table(by, shape if scatter else dims, dims if scatter else shape)
            return _put(arg, table, front, shape, zero) if scatter else _get(arg, table, front, shape, zero)


def _rows(rows: tuple[int, ...], count: int) -> Array:
    for row in rows:
        if not -count <= row < count:
            raise ByhandError(f"cannot pick row {row}: there are {count} rows, numbered from 0 to {count - 1}.")
    return np.array([row % count for row in rows], dtype=np.intp)


def _add_rows(arg: Array, places: Array, shape: Dims, lead: int, zero: Any) -> Array:
    out = np.full(shape, zero, dtype=arg.dtype)
    _add_at(out, (*(slice(None),) * lead, places), arg)
    return out


def _add_at(out: Array, places: Any, values: Array) -> None:
    np.add.at(out, places, values)


@lru_cache(maxsize=64)
def window_table(by: Window, source: Dims, target: Dims) -> Array:
    """For every entry of ``target`` the place in ``source`` (flattened) that it is read from; outside it, one past the end."""
    place = np.zeros((1,) * len(target), dtype=np.intp)
    inside = np.ones((1,) * len(target), dtype=bool)
    for axis, count in zip(by.axes, source):
        at = np.full((1,) * len(target), axis.offset, dtype=np.intp)
        for k, stride in axis.strides:
            at = at + stride * np.arange(target[k]).reshape(tuple(-1 if k == j else 1 for j in range(len(target))))
        inside = inside & (at >= 0) & (at < count)
        place = place * count + at
    return np.broadcast_to(np.where(inside, place, prod(source)), target)


def _get(arg: Array, table: Array, front: Dims, shape: Dims, zero: Any) -> Array:
    flat = arg.reshape((*front, -1))
    padded = np.concatenate([flat, np.full((*front, 1), zero, dtype=arg.dtype)], axis=-1)
    return padded[..., table].reshape(front + shape)


def _put(arg: Array, table: Array, front: Dims, shape: Dims, zero: Any) -> Array:
    out = np.full((prod(front), prod(shape) + 1), zero, dtype=arg.dtype)
    _add_at(out, (slice(None), table.ravel()), arg.reshape((prod(front), -1)))
    return out[:, :-1].reshape(front + shape)


# ------------------------------------------------------------------------------------------------------- inverses


def eliminate(
    matrix: list[list[Number]], reciprocal: Callable[[Number], Number], tidy: Callable[[Any], Number], weight: Callable[[Number], Any]
) -> list[list[Number]] | None:
    """The inverse by Gauss-Jordan elimination, the heaviest pivot first; ``None`` for a singular matrix.

    ``tidy`` brings an entry into its normal form (a residue, say); ``weight`` is zero for zero alone.
    """
    unit = [[tidy(int(i == j)) for j in range(len(matrix))] for i in range(len(matrix))]
    return eliminate_for(matrix, unit, reciprocal, tidy, weight)


def eliminate_for(
    matrix: list[list[Number]],
    right: list[list[Number]],
    reciprocal: Callable[[Number], Number],
    tidy: Callable[[Any], Number],
    weight: Callable[[Number], Any],
) -> list[list[Number]] | None:
    """The solution X of A X = B by elimination; ``None`` for a singular matrix."""
    n = len(matrix)
    rows: list[list[Any]] = [[*row, *extra] for row, extra in zip(matrix, right)]
    for k in range(n):
        best = max(range(k, n), key=lambda i: weight(rows[i][k]))
        if not weight(rows[best][k]):
            return None
        rows[k], rows[best] = rows[best], rows[k]
        factor = reciprocal(rows[k][k])
        rows[k] = [tidy(entry * factor) for entry in rows[k]]
        for i in range(n):
            if i != k and weight(rows[i][k]):
                rows[i] = [tidy(entry - rows[i][k] * pivot) for entry, pivot in zip(rows[i], rows[k])]
    return [row[n:] for row in rows]


def as_columns(right: Array, place: int, lead: int = 0) -> Array:
    """Right-hand sides as the columns of a matrix, the axis ``place`` (behind ``lead`` axes) downwards."""
    moved = np.moveaxis(right, lead + place, lead)
    return moved if moved.ndim == lead + 2 else moved[..., None]


def from_columns(found: Array, rank: int, back: int, lead: int = 0) -> Array:
    """Solutions in columns as an array of so many axes, the unknowns along axis ``back``."""
    return found[..., 0] if rank == 1 else np.moveaxis(found, lead, lead + back)


def each_matrix(arg: Array, invert: Callable[[list[list[Any]]], list[list[Any]] | None]) -> Array | None:
    """``invert`` for every matrix of a stack, or ``None`` where one has no inverse."""
    stack = arg.reshape((-1, *arg.shape[-2:]))
    out = np.empty(stack.shape, dtype=object)
    for position, matrix in enumerate(stack):
        found = invert(matrix.tolist())
        if found is None:
            return None
        out[position] = found
    return out.reshape(arg.shape)


def from_list(entries: list[Any], shape: Dims) -> Array:
    """An object array of these entries in row-major order."""
    out = np.empty(len(entries), dtype=object)
    out[:] = entries
    return out.reshape(shape)


def one_hot_of(places: Array, count: int) -> Array:
    """A row of zeros and a one for every place; as integers."""
    return (np.arange(count) == places[..., None]).astype(np.int64)
