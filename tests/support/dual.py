"""Forward-mode derivatives in residues: an oracle for gradients that shares nothing with reverse mode.

Every value goes with its derivative in one direction. There are no finite differences, so that equality is exact,
and points on kinks are as good as any: there the derivative of relu, step, sign and abs is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np

from byhand.lang.expr import Expr, Map, Var
from byhand.lang.leaf import LOG, POW
from byhand.lang.leaves import ABS, COS, ERF, EXP, PI, RELU, SIGMOID, SIGN, SIN, STEP, TANH
from byhand.lang.spec import LETTERS, Spec
from byhand.run.algebra import Measure, walk
from byhand.run.arrays import Array, as_columns, from_columns, from_list
from byhand.run.field import LEAD, Field
from byhand.run.order import definition, in_order
from byhand.run.residues import P
from byhand.run.sampling import Sample


@dataclass(frozen=True)
class Dual:
    value: Array
    slope: Array
    """The derivative, modulo P alone."""


class Duals:
    """The algebra of duals over a ``Field``."""

    def __init__(self, field: Field, slopes: Mapping[Var, Array]) -> None:
        self.field = field
        self.slopes = slopes

    def _flat(self, value: Array) -> Dual:
        return Dual(value, np.zeros_like(value[:1]))

    def given(self, node: Var) -> Dual:
        value = self.field.given(node)
        return Dual(value, self.slopes[node]) if node in self.slopes else self._flat(value)

    def number(self, value, shape):
        return self._flat(self.field.number(value, shape))

    def add(self, terms):
        return Dual(self.field.add([term.value for term in terms]), self.field.add([term.slope for term in terms]))

    def contract(self, how, args, shape):
        parts = [[arg.slope if k == j else arg.value for j, arg in enumerate(args)] for k in range(len(args))]
        return Dual(self.field.contract(how, [arg.value for arg in args], shape), self.field.add([self.field.contract(how, part, shape) for part in parts]))

    def reindex(self, by, scatter, arg, shape):
        return Dual(self.field.reindex(by, scatter, arg.value, shape), self.field.reindex(by, scatter, arg.slope, shape))

    def inverse(self, arg):
        value = self.field.inverse(arg.value)
        return Dual(value, -_matmul(_matmul(value[:1], arg.slope), value[:1]) % P)

    def solve(self, system, matrix, right):
        """A⁻¹ B, whose derivative is that of a product."""
        inverse = self.inverse(matrix)

        def times(inverted: Array, other: Array) -> Array:
            columns = as_columns(other, system.place, LEAD)
            found = _matmul(np.swapaxes(inverted, -1, -2) if system.turned else inverted, columns)
            return from_columns(found, other.ndim - LEAD, system.back, LEAD)

        slope = times(inverse.slope, right.value[:1]) + times(inverse.value[:1], right.slope)
        return Dual(self.field.solve(system, matrix.value, right.value), slope % P)

    def pick(self, arg):
        return self._flat(self.field.pick(arg.value))

    def apply(self, node: Map, args: Sequence[Dual]) -> Dual:
        values = [arg.value for arg in args]
        y = self.field.apply(node, values)
        slope = np.zeros_like(y[:1])
        for partial, arg in zip(self._partials(node, values, y), args):
            slope = (slope + partial[:1] * arg.slope) % P
        return Dual(y, slope)

    def _partials(self, node: Map, args: list[Array], y: Array) -> list[Array]:
        def of(leaf, *at):
            return self.field.leaf(leaf, at, True)

        leaf = node.leaf
        if leaf is PI:
            return []
        x = args[0]
        if leaf.exponent is not None:
            return [leaf.exponent.numerator * pow(leaf.exponent.denominator, -1, P) * self.field.power(x, leaf.exponent - 1)]
        if leaf is POW:
            one = self.field.number(Fraction(1), (1,) * (x.ndim - 2))
            return [args[1] * of(POW, x, args[1] - one), y * of(LOG, x)]
        if leaf is ERF:
            square = (x * x) * np.array([-1] * len(x), dtype=object).reshape((-1,) + (1,) * (x.ndim - 1))
            root = self.field.power(self.field.leaf(PI, (), True), Fraction(-1, 2))
            return [2 * root.reshape(root.shape + (1,) * (x.ndim - 2)) * of(EXP, self.field.add([square]))]
        table = {
            EXP: lambda: y,
            LOG: lambda: self.field.power(x, Fraction(-1)),
            SIN: lambda: of(COS, x),
            COS: lambda: -of(SIN, x),
            TANH: lambda: 1 - y * y,
            SIGMOID: lambda: y * (1 - y),
            RELU: lambda: of(STEP, x),
            STEP: lambda: 0 * y,
            SIGN: lambda: 0 * y,
            ABS: lambda: of(SIGN, x),
        }
        return [table[leaf]()]


def _matmul(a: Array, b: Array) -> Array:
    return np.einsum("...ij,...jk->...ik", a, b) % P


def directions(variables: Iterable[Var], at: Sample, seed: int) -> dict[Var, Array]:
    """A random direction for every variable."""
    random = Random(seed)
    shapes = {node: (1, *at.data[node].shape[1:]) for node in variables}
    return {node: from_list([random.randrange(P) for _ in range(int(np.prod(shape)))], shape) for node, shape in shapes.items()}


def forward(root: Expr, at: Sample, slopes: Mapping[Var, Array]) -> Array:
    """The derivative of ``root`` in a direction, modulo P, with one axis of trials in front."""
    order = in_order([root], definition)
    field = Field(at.data, at.trials, frozenset(order))
    return walk(order, Duals(field, slopes), Measure(at.sizes), definition)[root].slope[0]


def along(gradient: Array, slope: Array) -> Array:
    """A gradient (trials in front) in the direction: the sum of the products of all entries."""
    word = LETTERS[: gradient.ndim]
    return np.einsum(str(Spec((word, word), word[0])), gradient, slope[0]) % P
