"""Arrays of germs: an algebra like that of floats, so that every formula can be followed as one score grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from byhand.analyse.compare.germs import FUNCTIONS, Germ, number, power
from byhand.lang.expr import Map, Var
from byhand.lang.index import Reindexing
from byhand.lang.spec import Spec
from byhand.run.algebra import Undefined
from byhand.run.arrays import Array, Dims, einsum, from_list, reindex

NOTHING, ONE = number(Fraction(0)), number(Fraction(1))


def germs_of(array: Array) -> Array:
    """Rationals as constants."""
    return from_list([entry if isinstance(entry, Germ) else number(Fraction(entry)) for entry in array.ravel().tolist()], array.shape)


@dataclass(frozen=True, slots=True)
class Germs:
    """Raises ``Undefined`` for what has no simple form at large scores."""

    data: Mapping[Var, Array]

    def given(self, node: Var) -> Array:
        return self.data[node]

    def number(self, value: Fraction, shape: Dims) -> Array:
        return np.full(shape, number(value), dtype=object)

    def add(self, terms: Sequence[Array]) -> Array:
        return np.asarray(reduce(np.add, terms), dtype=object)

    def contract(self, how: Spec, args: Sequence[Array], shape: Dims) -> Array:
        return einsum(how, args, shape, 0, NOTHING)

    def apply(self, node: Map, args: Sequence[Array]) -> Array:
        exponent, function = node.leaf.exponent, FUNCTIONS.get(node.leaf)
        if len(args) != 1 or (exponent is None and function is None):
            raise Undefined(f"follow {node.leaf.name}", "it has no simple growth")
        entries: list[Any] = args[0].ravel().tolist()
        found = [power(x, exponent) for x in entries] if exponent is not None else [function(x) for x in entries if function is not None]
        return from_list(found, args[0].shape)

    def reindex(self, by: Reindexing, scatter: bool, arg: Array, shape: Dims) -> Array:
        return reindex(by, scatter, arg, shape, 0, NOTHING)

    def inverse(self, arg: Array) -> Array:
        raise Undefined("invert", "germs are not inverted")

    def solve(self, system: object, matrix: Array, right: Array) -> Array:
        raise Undefined("solve", "germs are not solved for")

    def pick(self, arg: Array) -> Array:
        if not arg.ndim:
            return from_list([ONE], ())
        rows = [_first_largest(row) for row in arg.reshape((-1, arg.shape[-1])).tolist()]
        return from_list([ONE if place == k else NOTHING for place, row in rows for k in range(row)], arg.shape)


def _first_largest(row: list[Germ]) -> tuple[int, int]:
    """The place of the entry that is largest in the end, and how many there are."""
    best = 0
    for k, entry in enumerate(row):
        if (entry + row[best] * number(Fraction(-1))).sign() > 0:
            best = k
    return best, len(row)
