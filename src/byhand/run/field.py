"""Exact random evaluation: every quantity as residues, in several trials at once.

An array holds, in front of the axes of the quantity, one axis of residues (modulo P; and modulo Q where an
exponential above needs it) and one axis of trials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from byhand.lang.expr import Expr, Map, Var
from byhand.lang.index import Reindexing
from byhand.lang.leaf import LOG, POW, Leaf
from byhand.lang.leaves import EXP, PI, SIGMOID, TANH
from byhand.lang.spec import Spec
from byhand.run.arrays import Array, Dims, as_columns, each_matrix, einsum, eliminate, from_columns, from_list, one_hot_of, reindex
from byhand.run.order import Form, System, operands
from byhand.run.residues import FUNCTIONS, MODULI, P, Pair, Q, Redraw, Trial, pi, power_of_two_arguments, reciprocal

LEAD = 2
"""The axes in front: residues and trials."""
_NEED_SECOND = frozenset((EXP, LOG, SIGMOID, TANH, POW))


def below_exponentials(order: Sequence[Expr], form: Form) -> frozenset[Expr]:
    """The nodes whose residue modulo Q is needed: all that stands under an exponential or a logarithm."""
    found: set[Expr] = set()
    for node in reversed(order):
        if node in found or (isinstance(node, Map) and node.leaf in _NEED_SECOND):
            found.update(operands(node, form))
    return frozenset(found)


@lru_cache(maxsize=64)
def _moduli(parts: int, rank: int) -> Array:
    return from_list(list(MODULI[:parts]), (parts,) + (1,) * (rank - 1))


def tidy(array: Array) -> Array:
    """Every entry as the residue between 0 and the modulus."""
    return np.asarray(array % _moduli(array.shape[0], array.ndim), dtype=object)


def common(arrays: Iterable[Array]) -> list[Array]:
    """The arrays cut down to the residues that all of them have."""
    found = list(arrays)
    parts = min(len(array) for array in found)
    return [array[:parts] for array in found]


@dataclass(slots=True)
class Field:
    """Arithmetic of residues. ``deep`` are the nodes that need their residue modulo Q."""

    data: Mapping[Var, Array]
    trials: Sequence[Trial]
    deep: frozenset[Expr]

    def given(self, node: Var) -> Array:
        return self.data[node] if node in self.deep else self.data[node][:1]

    def number(self, value: Fraction, shape: Dims) -> Array:
        parts = [value.numerator * reciprocal(value.denominator, m) % m for m in MODULI]
        filled = np.empty((2, 1, *shape), dtype=object)
        filled[0], filled[1] = parts
        return filled

    def add(self, terms: Sequence[Array]) -> Array:
        return tidy(np.asarray(reduce(np.add, common(terms))))

    def contract(self, how: Spec, args: Sequence[Array], shape: Dims) -> Array:
        found = einsum(how, common(args), shape, LEAD)
        return found if len(args) == 1 and not how.summed else tidy(found)

    def apply(self, node: Map, args: Sequence[Array]) -> Array:
        return self.leaf(node.leaf, args, node in self.deep)

    def leaf(self, leaf: Leaf, args: Sequence[Array], deep: bool) -> Array:
        """A leaf of arrays of residues, with the residue modulo Q only if it is needed."""
        if leaf is PI:
            return self._gather([pi(trial) for trial in self.trials], (len(self.trials),), deep)
        if leaf.exponent is not None:
            return self.power(args[0][: 1 + deep], leaf.exponent)
        function: Callable[..., Pair] = power_of_two_arguments if leaf is POW else FUNCTIONS[leaf]
        columns = [_pairs(arg, len(self.trials)) for arg in args]
        found: list[Pair] = [function(trial, *entries, deep) for t, trial in enumerate(self.trials) for entries in zip(*(column[t] for column in columns))]
        return self._gather(found, (len(self.trials), *args[0].shape[2:]), deep)

    def power(self, base: Array, exponent: Fraction) -> Array:
        if exponent.denominator != 1:
            return self._roots(base, exponent)
        n = int(exponent)
        if 0 <= n <= 3:
            return tidy(np.asarray(base**n))
        if n < 0:
            self._note_divisors(base)
        parts = [[pow(x, n, m) for x in part.ravel().tolist()] for part, m in zip(base, MODULI)]
        return from_list([x for part in parts for x in part], base.shape)

    def _note_divisors(self, base: Array) -> None:
        if not np.all(base):
            raise Redraw
        if len(base) == 2 and base.shape[1] == len(self.trials):
            first, second = base.reshape((2, len(self.trials), -1)).tolist()
            for trial, residues, others in zip(self.trials, first, second):
                trial.divisors.update(zip(residues, others))

    def _roots(self, base: Array, exponent: Fraction) -> Array:
        shape = (len(base), len(self.trials), *base.shape[2:])
        entries: list[list[list[int]]] = np.broadcast_to(base, shape).reshape((*shape[:2], -1)).tolist()
        above, below = exponent.as_integer_ratio()
        roots = [[trial.root(x, above, below, part) for x in column] for part, columns in enumerate(entries) for trial, column in zip(self.trials, columns)]
        return from_list([x for column in roots for x in column], shape)

    def _gather(self, pairs: list[Pair], dims: Dims, deep: bool) -> Array:
        flat = [p for p, _ in pairs] + ([q for _, q in pairs] if deep else [])
        return from_list(flat, (1 + deep, *dims))

    def reindex(self, by: Reindexing, scatter: bool, arg: Array, shape: Dims) -> Array:
        found = reindex(by, scatter, arg, shape, LEAD)
        return tidy(found) if scatter else found

    def inverse(self, arg: Array) -> Array:
        out = np.empty(arg.shape, dtype=object)
        for part, modulus in enumerate(MODULI[: len(arg)]):
            found = each_matrix(arg[part], lambda matrix, m=modulus: _inverse(matrix, m))
            if found is None:
                raise Redraw
            out[part] = found
        return out

    def solve(self, system: System, matrix: Array, right: Array) -> Array:
        inverse, right = common((self.inverse(matrix), right))
        columns = as_columns(right, system.place, LEAD)
        found = tidy(np.matmul(np.swapaxes(inverse, -1, -2) if system.turned else inverse, columns))
        return from_columns(found, right.ndim - LEAD, system.back, LEAD)

    def pick(self, arg: Array) -> Array:
        """The winner of all comparisons by sign: exact where the maximum is, and for two entries the same as ``step`` decides."""
        if arg.ndim == LEAD:
            return np.ones_like(arg)
        full = np.broadcast_to(arg[0], (len(self.trials), *arg.shape[2:]))
        places = [[self._winner(trial, row) for row in rows.reshape((-1, arg.shape[-1])).tolist()] for trial, rows in zip(self.trials, full)]
        mask = one_hot_of(np.array(places).reshape(full.shape[:-1]), arg.shape[-1]).astype(object)
        return np.stack([mask] * len(arg))

    def _winner(self, trial: Trial, row: list[int]) -> int:
        """By the number of wins, then (signs of residues can run in circles) by a random score; the first of equal entries."""
        wins = [sum(trial.sign((x - y) % P) for y in row) for x in row]
        best = [k for k, count in enumerate(wins) if count == max(wins)]
        if all(row[k] == row[best[0]] for k in best):
            return best[0]
        return max(best, key=lambda k: (sum(trial.random("pick", (row[k] - y) % P)[0] for y in row), -k))


def _pairs(arg: Array, trials: int) -> list[list[Pair]]:
    """For every trial its entries as pairs; zero stands for a residue that nobody needs."""
    flat: list[Any] = arg.reshape((len(arg), arg.shape[1], -1)).tolist()
    second = flat[1] if len(flat) == 2 else [[0] * len(entries) for entries in flat[0]]
    found = [list(zip(p, q)) for p, q in zip(flat[0], second)]
    return found if len(found) == trials else found * trials


def _inverse(matrix: list[list[int]], modulus: int) -> list[list[int]] | None:
    return eliminate(matrix, lambda x: pow(x, -1, modulus), lambda x: x % modulus, lambda x: x)


__all__ = ["LEAD", "Field", "P", "Q", "Redraw", "below_exponentials", "common", "tidy"]
