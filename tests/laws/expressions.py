"""Random well-typed expressions: the one strategy that every node kind, leaf, array function and rule joins.

A drawn network is a scalar loss over a few variables, built bottom-up from operations that are defined everywhere
(divisors and arguments of logarithms are kept positive), with some intermediates named. Sizes are small numbers,
mostly different and sometimes equal, or letters. New leaves and rules join by being in ``LEAVES`` and ``RULES``; a new
array function by a line in ``FUNCTIONS``, which a test demands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from hypothesis import assume
from hypothesis import strategies as st
from support.rule_cases import declared

from byhand.lang import functions as f
from byhand.lang import leaves
from byhand.lang.build import call, index, inverse
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, broadcast, contract, eye, named, num, var
from byhand.lang.index import Affine, Gather, Window
from byhand.lang.leaf import LOG, POW, Leaf, power
from byhand.lang.rule import Rule
from byhand.lang.sizes import Poly, Shape, Size, size
from byhand.lang.spec import LETTERS, Spec
from byhand.rules import RULES

T = TypeVar("T")
NUMBERS: tuple[Size, ...] = (2, 3, 4)
SYMBOLS: tuple[Size, ...] = tuple(Poly.letter(letter) for letter in "mnqrk")
VALUES = {"m": 4, "n": 3, "q": 2, "r": 6, "k": 5}
"""What the letters stand for where numbers are needed: all different, and room for windows."""
MOST_ENTRIES = 40


@dataclass(frozen=True)
class Network:
    """A scalar loss, the variables it is built from, and what its size letters stand for."""

    loss: Named
    variables: tuple[Var, ...]
    sizes: Mapping[str, int]


@dataclass
class Builder:
    """An expression under construction: ``pool`` has everything made so far."""

    draw: st.DrawFn
    sizes: Sequence[Size]
    variables: list[Var] = field(default_factory=list)
    pool: list[Expr] = field(default_factory=list)
    names: Iterator[str] = field(default_factory=lambda: (name for name in ("x", "W", "v", "c", *(f"t{k}" for k in count(1)))))

    def one_of(self, options: Sequence[T]) -> T:
        return self.draw(st.sampled_from(options))

    def maybe(self) -> bool:
        return self.draw(st.booleans())

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def variable(self, shape: Shape, facts: frozenset[str]) -> Var:
        fresh = var(next(self.names), shape, facts)
        self.variables.append(fresh)
        return fresh

    def any(self) -> Expr:
        """Something made before, most often the latest."""
        return self.pool[-1] if self.maybe() else self.one_of(self.pool)

    def of_rank(self, *ranks: int) -> Expr:
        """Something of one of these ranks; made from what there is if need be."""
        node = self.any()
        found = node if len(node.shape) in ranks else next((one for one in reversed(self.pool) if len(one.shape) in ranks), None)
        return found if found is not None else self.fitted(node, tuple(self.one_of(self.sizes) for _ in range(ranks[0])))

    def fitted(self, node: Expr, shape: Shape) -> Expr:
        """Something of this shape that depends on ``node``."""
        if node.shape == shape:
            return node
        if f.volume(node.shape) == f.volume(shape):
            return f.reshape(node, shape)
        return self.variable(shape, frozenset()) + f.mean(node)

    def known(self, shape: Shape, facts: frozenset[str]) -> Expr:
        """Something of this shape with these facts, made from the pool where a formula can have them."""
        if facts & {"one_hot", "one_hot_columns", "signs", "sums_to_one", "symmetric", "full_column_rank"}:
            return self.variable(shape, facts)
        node = self.fitted(self.any(), shape)
        return (node**2 + 1) / 3 if facts else node


def entries(shape: Shape) -> int:
    return int(Poly.of(f.volume(shape)).at(VALUES))


# ------------------------------------------------------------------------------------------- elementwise

SAFE: Mapping[Leaf, Callable[[Expr], Expr]] = {
    LOG: lambda x: leaves.log(1 + x**2),
    leaves.STEP: lambda x: leaves.step(x) * x,
    leaves.SIGN: lambda x: leaves.sign(x) * x,
    leaves.EXP: lambda x: leaves.exp(x / 2),
    leaves.PI: lambda x: leaves.pi() * x,
    POW: lambda x: (2 + x**2) ** (x / 3),
}
"""Leaves that are not defined everywhere, would be constant, or do not have one argument."""

POWERS: tuple[Callable[[Expr], Expr], ...] = (
    lambda x: x**2,
    lambda x: x**3,
    lambda x: leaves.sqrt(2 + x**2),
    lambda x: 1 / (1 + x**2),
    lambda x: (1 + x**2) ** power(num(1).value.constant / 3).exponent if False else (3 + x**2) ** -2,
    lambda x: -x,
    lambda x: x / 3 + 1,
)


def with_leaf(leaf: Leaf, x: Expr) -> Expr:
    return SAFE[leaf](x) if leaf in SAFE else x.through(leaf)


def _leaf(b: Builder) -> Expr:
    return with_leaf(b.one_of(leaves.LEAVES), b.any())


def _power(b: Builder) -> Expr:
    return b.one_of(POWERS)(b.any())
