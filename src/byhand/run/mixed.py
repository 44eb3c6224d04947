"""Exact rationals as long as the data and the operations keep them and they stay cheap, 64-bit floats from there on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Any

import numpy as np

from byhand.lang.expr import Map, Var
from byhand.lang.index import Reindexing
from byhand.lang.leaf import Leaf
from byhand.lang.spec import Spec
from byhand.run.algebra import Undefined
from byhand.run.arrays import Array, Dims, as_columns, each_matrix, einsum, eliminate, eliminate_for, from_columns, from_list, one_hot_of, reindex, work
from byhand.run.domain import check
from byhand.run.floats import SINGULAR, finite, function, invert, pick, solved, to_floats, without_noise
from byhand.run.order import System

MOST_BITS = 2_000
MOST_WORK = 100_000
MOST_WORK_IN_ALL = 100_000
LARGEST_EXACT_INVERSE = 12


def is_exact(array: Array) -> bool:
    """Whether the entries are rationals."""
    return array.dtype == object


def rationals(entries: Iterable[Any], shape: Dims) -> Array:
    return from_list([Fraction(entry) for entry in entries], shape)


@dataclass(slots=True)
class Mixed:
    """The arithmetic a person sees. ``exact=False`` makes floats of everything at once."""

    data: Mapping[str, Array]
    exact: bool = True
    spent: int = 0

    def given(self, node: Var) -> Array:
        array = self.data[node.name]
        return array if self.exact else to_floats(array)

    def number(self, value: Fraction, shape: Dims) -> Array:
        filled = np.full(shape, value, dtype=object)
        return filled if self.exact else to_floats(filled)

    def add(self, terms: Sequence[Array]) -> Array:
        if self._all_exact(terms, len(terms) * terms[0].size):
            return _bounded(np.asarray(reduce(np.add, terms), dtype=object))
        return finite(np.asarray(reduce(np.add, map(to_floats, terms))), "add")

    def contract(self, how: Spec, args: Sequence[Array], shape: Dims) -> Array:
        if self._all_exact(args, work(how, args)):
            exact = _exact_contract(how, args, shape)
            if exact is not None:
                return _bounded(exact)
        floats = [to_floats(arg) for arg in args]
        found = finite(einsum(how, floats, shape, 0, 0.0), "multiply" if len(args) == 2 else "sum")
        return without_noise(how, floats, found) if how.summed else found

    def apply(self, node: Map, args: Sequence[Array]) -> Array:
        check(node.leaf, args)
        if self._all_exact(args, max((arg.size for arg in args), default=0)) and args:
            exact = _exact_map(node.leaf, args)
            if exact is not None:
                return _bounded(exact)
        floats = [to_floats(arg) for arg in args]
        check(node.leaf, floats)
        return finite(function(node.leaf, floats), f"evaluate {node.leaf.name}", floats)

    def reindex(self, by: Reindexing, scatter: bool, arg: Array, shape: Dims) -> Array:
        return reindex(by, scatter, arg, shape, 0, Fraction(0) if is_exact(arg) else 0.0)

    def inverse(self, arg: Array) -> Array:
        n = arg.shape[-1]
        if n <= LARGEST_EXACT_INVERSE and self._all_exact((arg,), arg.size * n):
            found = each_matrix(arg, lambda matrix: eliminate(matrix, lambda x: 1 / x, Fraction, abs))
            if found is None:
                raise Undefined("invert", SINGULAR)
            return _bounded(found)
        return finite(invert(to_floats(arg)), "invert")

    def solve(self, system: System, matrix: Array, right: Array) -> Array:
        n, rank = matrix.shape[-1], right.ndim
        matrix, columns = (matrix.T if system.turned else matrix), as_columns(right, system.place)
        if n <= LARGEST_EXACT_INVERSE and self._all_exact((matrix, columns), n * (matrix.size + columns.size)):
            found = eliminate_for(matrix.tolist(), columns.tolist(), lambda x: 1 / x, Fraction, abs)
            if found is None:
                raise Undefined("invert", SINGULAR)
            return _bounded(from_columns(from_list([x for row in found for x in row], columns.shape), rank, system.back))
        return finite(from_columns(solved(to_floats(matrix), to_floats(columns)), rank, system.back), "solve")

    def pick(self, arg: Array) -> Array:
        if not is_exact(arg) or not arg.ndim:
            return pick(arg)
        places = [max(range(len(row)), key=row.__getitem__) for row in arg.reshape((-1, arg.shape[-1])).tolist()]
        return rationals(one_hot_of(np.array(places), arg.shape[-1]).ravel().tolist(), arg.shape)

    def _all_exact(self, args: Sequence[Array], cost: int) -> bool:
        """Whether this operation is done in rationals; if so its cost is booked."""
        if not self.exact or not all(map(is_exact, args)) or cost > MOST_WORK or self.spent + cost > MOST_WORK_IN_ALL:
            return False
        self.spent += cost
        return True


def _bounded(exact: Array) -> Array:
    """Floats instead of rationals that have become too long to be of use."""
    longest = max((max(x.numerator.bit_length(), x.denominator.bit_length()) for x in exact.ravel().tolist()), default=0)
    return exact if longest <= MOST_BITS else to_floats(exact)


def _exact_map(leaf: Leaf, args: Sequence[Array]) -> Array | None:
    found: list[Fraction] = []
    for entries in zip(*(arg.ravel().tolist() for arg in args)):
        value = leaf.exact(*entries)
        if value is None:
            return None
        found.append(value)
    return from_list(found, args[0].shape)


def _exact_contract(how: Spec, args: Sequence[Array], shape: Dims) -> Array | None:
    """Sums run over integers with one common denominator an operand, which is many times faster."""
    if not how.summed:
        return einsum(how, args, shape, 0, Fraction(0))
    scaled: list[Array] = []
    below = 1
    for arg in args:
        entries = arg.ravel().tolist()
        common = lcm(*{x.denominator for x in entries})
        if common.bit_length() > MOST_BITS:
            return None
        below *= common
        scaled.append(from_list([x.numerator * (common // x.denominator) for x in entries], arg.shape))
    found = einsum(how, scaled, shape)
    return from_list([Fraction(x, below) for x in found.ravel().tolist()], found.shape)
