"""Numbers with many digits, for a second look at claims that residues cannot decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from byhand.lang.expr import Map, Var
from byhand.lang.index import Reindexing
from byhand.lang.leaf import LOG, POW, Leaf
from byhand.lang.leaves import ABS, COS, ERF, EXP, PI, RELU, SIGMOID, SIGN, SIN, STEP, TANH
from byhand.lang.spec import Spec
from byhand.run import series
from byhand.run.algebra import Undefined
from byhand.run.arrays import Array, Dims, as_columns, each_matrix, einsum, eliminate, eliminate_for, from_columns, from_list, one_hot_of, reindex
from byhand.run.domain import check
from byhand.run.floats import SINGULAR
from byhand.run.order import System

ZERO, ONE = Decimal(0), Decimal(1)
NOTHING = Decimal("1e-30")


def to_decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def to_decimals(array: Array) -> Array:
    """Rationals rounded to the precision of the context; integers that fill gaps included."""
    return from_list([to_decimal(Fraction(entry)) for entry in array.ravel().tolist()], array.shape)


def _relu(x: Decimal) -> Decimal:
    return max(x, ZERO)


def _step(x: Decimal) -> Decimal:
    return ONE if x > 0 else ZERO


def _sign(x: Decimal) -> Decimal:
    return Decimal((x > 0) - (x < 0))


FUNCTIONS: Mapping[Leaf, Callable[..., Decimal]] = {
    EXP: Decimal.exp,
    LOG: Decimal.ln,
    SIN: series.sin,
    COS: series.cos,
    TANH: series.tanh,
    SIGMOID: series.sigmoid,
    ERF: series.erf,
    RELU: _relu,
    STEP: _step,
    SIGN: _sign,
    ABS: Decimal.copy_abs,
    POW: pow,
}


def function(leaf: Leaf) -> Callable[..., Decimal]:
    exponent = leaf.exponent
    if exponent is None:
        return FUNCTIONS[leaf]
    power, root = to_decimal(exponent), exponent.denominator == 2

    def raised(x: Decimal) -> Decimal:
        return x.sqrt() ** exponent.numerator if root else x**power

    return raised


def _pivot_weight(x: Decimal) -> Decimal:
    """What rounding left of a zero is zero."""
    return abs(x) if abs(x) > NOTHING else ZERO


@dataclass(frozen=True, slots=True)
class Decimals:
    """Arithmetic in the current context of ``decimal``. Raises ``Undefined`` for what has no value."""

    data: Mapping[Var, Array]

    def given(self, node: Var) -> Array:
        return self.data[node]

    def number(self, value: Fraction, shape: Dims) -> Array:
        return np.full(shape, to_decimal(value), dtype=object)

    def add(self, terms: Sequence[Array]) -> Array:
        return np.asarray(reduce(np.add, terms), dtype=object)

    def contract(self, how: Spec, args: Sequence[Array], shape: Dims) -> Array:
        return einsum(how, args, shape, 0, ZERO)

    def apply(self, node: Map, args: Sequence[Array]) -> Array:
        if node.leaf is PI:
            return from_list([series.pi()], ())
        check(node.leaf, args)
        one = function(node.leaf)
        try:
            found: list[Any] = [one(*entries) for entries in zip(*(arg.ravel().tolist() for arg in args))]
        except DecimalException:
            raise Undefined(f"evaluate {node.leaf.name}", "the result is too large") from None
        return from_list(found, args[0].shape)

    def reindex(self, by: Reindexing, scatter: bool, arg: Array, shape: Dims) -> Array:
        return reindex(by, scatter, arg, shape, 0, ZERO)

    def inverse(self, arg: Array) -> Array:
        found = each_matrix(arg, lambda matrix: eliminate(matrix, lambda x: 1 / x, Decimal, _pivot_weight))
        if found is None:
            raise Undefined("invert", SINGULAR)
        return found

    def solve(self, system: System, matrix: Array, right: Array) -> Array:
        columns = as_columns(right, system.place)
        found = eliminate_for((matrix.T if system.turned else matrix).tolist(), columns.tolist(), lambda x: 1 / x, Decimal, _pivot_weight)
        if found is None:
            raise Undefined("invert", SINGULAR)
        return from_columns(from_list([x for row in found for x in row], columns.shape), right.ndim, system.back)

    def pick(self, arg: Array) -> Array:
        if not arg.ndim:
            return from_list([ONE], ())
        places = [max(range(len(row)), key=row.__getitem__) for row in arg.reshape((-1, arg.shape[-1])).tolist()]
        return from_list([Decimal(int(x)) for x in one_hot_of(np.array(places), arg.shape[-1]).ravel()], arg.shape)
