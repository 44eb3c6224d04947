"""Numbers as 64-bit floats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import erf, pi, prod

import numpy as np

from byhand.lang.expr import Map, Var
from byhand.lang.index import Reindexing
from byhand.lang.leaf import LOG, POW, Leaf
from byhand.lang.leaves import ABS, COS, ERF, EXP, PI, RELU, SIGMOID, SIGN, SIN, STEP, TANH
from byhand.lang.spec import Spec
from byhand.run.algebra import Undefined
from byhand.run.arrays import Array, Dims, as_columns, einsum, from_columns, one_hot_of, reindex, work
from byhand.run.domain import blame
from byhand.run.order import System

TOO_LARGE = "the result is too large for a 64-bit float"
NOISE = 2 * float(np.finfo(np.float64).eps)
SINGULAR = "a singular matrix has no inverse"


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _erf(x: Array) -> Array:
    return np.asarray([erf(v) for v in x.ravel().tolist()], dtype=np.float64).reshape(x.shape)


def _relu(x: Array) -> Array:
    return np.maximum(x, 0.0)


def _step(x: Array) -> Array:
    return np.where(x > 0, 1.0, 0.0)


FUNCTIONS: Mapping[Leaf, Callable[..., Array]] = {
    EXP: np.exp,
    LOG: np.log,
    SIN: np.sin,
    COS: np.cos,
    TANH: np.tanh,
    SIGMOID: _sigmoid,
    ERF: _erf,
    RELU: _relu,
    STEP: _step,
    SIGN: np.sign,
    ABS: np.abs,
    POW: np.power,
    PI: lambda: np.asarray(pi),
}


def function(leaf: Leaf, args: Sequence[Array]) -> Array:
    """A leaf at floats, without any check."""
    exponent = leaf.exponent
    if exponent is None:
        return np.asarray(FUNCTIONS[leaf](*args))
    if exponent == -1:
        return np.asarray(1.0 / args[0])
    if exponent.denominator == 2:
        return np.asarray(np.sqrt(args[0]) ** exponent.numerator)
    return np.asarray(args[0] ** (int(exponent) if exponent.denominator == 1 else float(exponent)))


def to_floats(array: Array) -> Array:
    """The nearest floats; ``Undefined`` for a rational that is beyond them."""
    if array.dtype != object:
        return array
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise Undefined("compute", "a number is too large for a 64-bit float", operand=None) from None


def without_noise(how: Spec, args: Sequence[Array], sums: Array) -> Array:
    """Zero for sums whose terms cancel but for rounding: no digit of them would be right.

    A product of two rounded numbers is wrong by some units in its last place (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
    """
    sizes = [np.abs(arg) for arg in args]
    most = prod(float(size.max(initial=0.0)) for size in sizes) * max(1, work(how, args) // max(1, sums.size))
    if not np.any((sums != 0) & (np.abs(sums) <= NOISE * most)):
        return sums
    terms = einsum(how, sizes, sums.shape, 0, 0.0)
    return np.where(np.abs(sums) <= NOISE * terms, 0.0, sums)


def finite(result: Array, doing: str, args: Sequence[Array] = ()) -> Array:
    """The result, unless it overflowed. Checked at every node, so that 0 · inf never turns into NaN unseen."""
    if not np.isfinite(result).all():
        spoilt = ~np.isfinite(result)
        if len(args) == 1 and args[0].shape == result.shape:
            blame(spoilt, args[0], doing, TOO_LARGE)
        blame(spoilt, result, doing, TOO_LARGE, operand=None)
    return result


@dataclass(frozen=True, slots=True)
class Floats:
    """Bare floats: NaN and inf where something is undefined. ``lead`` axes in front count sample points."""

    data: Mapping[Var, Array]
    lead: int = 0

    def given(self, node: Var) -> Array:
        return self.data[node]

    def number(self, value: Fraction, shape: Dims) -> Array:
        return np.full((1,) * self.lead + shape, float(value))

    def add(self, terms: Sequence[Array]) -> Array:
        return reduce(np.add, terms)

    def contract(self, how: Spec, args: Sequence[Array], shape: Dims) -> Array:
        return einsum(how, args, shape, self.lead, 0.0)

    def apply(self, node: Map, args: Sequence[Array]) -> Array:
        found = function(node.leaf, args)
        return found if args else found.reshape((1,) * self.lead)

    def reindex(self, by: Reindexing, scatter: bool, arg: Array, shape: Dims) -> Array:
        return reindex(by, scatter, arg, shape, self.lead, 0.0)

    def inverse(self, arg: Array) -> Array:
        return invert(arg)

    def solve(self, system: System, matrix: Array, right: Array) -> Array:
        inverse, columns = invert(matrix), as_columns(right, system.place, self.lead)
        found = np.matmul(np.swapaxes(inverse, -1, -2) if system.turned else inverse, columns)
        return from_columns(found, right.ndim - self.lead, system.back, self.lead)

    def pick(self, arg: Array) -> Array:
        return pick(arg)


def invert(arg: Array) -> Array:
    """The inverse of every matrix of a stack; ``Undefined`` where rounding leaves nothing of it."""
    try:
        found = np.linalg.inv(arg)
    except np.linalg.LinAlgError:
        raise Undefined("invert", SINGULAR) from None
    size = np.abs(arg).max(axis=(-1, -2), initial=0.0) * np.abs(found).max(axis=(-1, -2), initial=0.0)
    if not (size < 1e16).all():
        raise Undefined("invert", SINGULAR)
    return found


def solved(matrix: Array, columns: Array) -> Array:
    """X with A X = B: by Cholesky's factors where A is symmetric and positive definite, by LU elsewhere; never by an inverse.

    Raises ``Undefined`` where rounding leaves nothing of the answer. (Golub, Van Loan, Matrix Computations, 4.2 and 3.4.)
    """
    try:
        if np.array_equal(matrix, matrix.T) or np.allclose(matrix, matrix.T, rtol=1e-14, atol=0.0):
            try:
                return _by_cholesky(matrix, columns)
            except np.linalg.LinAlgError:
                pass
        if np.linalg.cond(matrix, 1) >= 1e16:
            raise Undefined("invert", SINGULAR)
        return np.linalg.solve(matrix, columns)
    except np.linalg.LinAlgError:
        raise Undefined("invert", SINGULAR) from None


def _by_cholesky(matrix: Array, columns: Array) -> Array:
    """L Lᵀ X = B, forwards and back. A pivot that rounding made is no pivot: then LU decides."""
    lower = np.linalg.cholesky(matrix)
    pivots = np.diag(lower) ** 2
    if (pivots <= len(matrix) * np.finfo(np.float64).eps * np.diag(matrix)).any():
        raise np.linalg.LinAlgError
    return np.linalg.solve(lower.T, np.linalg.solve(lower, columns))


def pick(arg: Array) -> Array:
    """The one-hot mask of the first largest entry of each row."""
    if not arg.ndim:
        return np.ones(())
    return one_hot_of(np.argmax(arg, axis=-1), arg.shape[-1]).astype(np.float64)
