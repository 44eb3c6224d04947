"""Contractions planned as NumPy calls: which axes of the operands meet is worked out once, and not at every run.

All arrays have one more axis in front, which counts cases and is carried along.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np

from byhand.lang.spec import Spec
from byhand.run.arrays import Array, Dims, einsum


class Planner(Protocol):
    """Takes down calls. ``key`` says what a call does: the same call on the same operands is made once."""

    def call(self, key: Hashable, function: Callable[..., Array], *args: int) -> int: ...
    def number(self, array: Array) -> int: ...


@dataclass(frozen=True, slots=True)
class Axes:
    """An operand: a letter for each of its axes, their lengths, and where its array stands."""

    word: str
    dims: Dims
    slot: int

    @property
    def size_of(self) -> dict[str, int]:
        return dict(zip(self.word, self.dims))


def contraction(plan: Planner, how: Spec, args: Sequence[Axes], shape: Dims) -> int:
    """Where the result of the contraction stands."""
    if any(len(set(word)) < len(word) for word in (*how.inputs, how.output)):  # traces and diagonals
        return plan.call((how, shape), lambda *arrays: einsum(how, arrays, shape, 1, 0.0), *(arg.slot for arg in args))
    if len(args) == 1:
        return _stretched(plan, _summed(plan, args[0], how.output), how.output, shape)
    left, right = (_summed(plan, arg, how.output + other.word) for arg, other in zip(args, reversed(args)))
    met = "".join(c for c in left.word if c in right.word and c not in how.output)
    if met:
        return _stretched(plan, _matrix_product(plan, left, right, met, how.output), how.output, shape)
    both = "".join(c for c in how.output if c in left.word or c in right.word)
    aligned = [_spread(plan, arg, how.output) for arg in (left, right)]
    product = plan.call(np.multiply, np.multiply, *aligned)
    return product if both == how.output else _filled(plan, product, shape)


def _matrix_product(plan: Planner, left: Axes, right: Axes, met: str, output: str) -> Axes:
    """A stack of matrix products: axes of both that stay, axes of the left alone, of the right alone, and those summed over."""
    stack = "".join(c for c in output if c in left.word and c in right.word)
    rows = "".join(c for c in output if c in left.word and c not in right.word)
    columns = "".join(c for c in output if c in right.word and c not in left.word)
    product = plan.call(np.matmul, np.matmul, _matrix(plan, left, stack, rows, met), _matrix(plan, right, stack, met, columns))
    word, size_of = stack + rows + columns, left.size_of | right.size_of
    dims = tuple(size_of[c] for c in word)
    if not rows and len(columns) < 2:
        product = plan.call(("[", stack, columns), _picker((..., 0, slice(None)) if columns else (..., 0, 0)), product)
    elif not columns and len(rows) < 2:
        product = plan.call(("]", stack), _picker((..., 0)), product)
    elif len(rows) > 1 or len(columns) > 1:
        product = _reshaped(plan, product, dims)
    return Axes(word, dims, product)


def _matrix(plan: Planner, arg: Axes, stack: str, rows: str, columns: str) -> int:
    """The operand as a stack of matrices."""
    turned = _permuted(plan, arg, stack + rows + columns)
    if len(rows) == len(columns) == 1:
        return turned.slot
    sizes = arg.size_of
    return _reshaped(plan, turned.slot, (*(sizes[c] for c in stack), prod(sizes[c] for c in rows), prod(sizes[c] for c in columns)))


def _summed(plan: Planner, arg: Axes, kept: str) -> Axes:
    """Axes that nothing else has are summed over."""
    axes = tuple(k for k, c in enumerate(arg.word, 1) if c not in kept)
    if not axes:
        return arg
    slot = plan.call(("sum", axes), lambda x: np.add.reduce(x, axis=axes), arg.slot)
    return Axes("".join(c for c in arg.word if c in kept), tuple(arg.size_of[c] for c in arg.word if c in kept), slot)


def _permuted(plan: Planner, arg: Axes, word: str) -> Axes:
    if word == arg.word:
        return arg
    order = (0, *(1 + arg.word.index(c) for c in word))
    return Axes(word, tuple(arg.size_of[c] for c in word), plan.call(("turn", order), lambda x: x.transpose(order), arg.slot))


def _spread(plan: Planner, arg: Axes, output: str) -> int:
    """Axes in the order of the output, with one of length 1 for each that is missing."""
    turned = _permuted(plan, arg, "".join(c for c in output if c in arg.word))
    if turned.word == output:
        return turned.slot
    key = (slice(None), *(slice(None) if c in turned.word else None for c in output))
    marks = "".join("." if c in turned.word else "+" for c in output)
    return plan.call(("axes", marks), _picker(key), turned.slot)


def _stretched(plan: Planner, arg: Axes, output: str, shape: Dims) -> int:
    """In the order of the output, broadcast along the axes that are missing."""
    slot = _spread(plan, arg, output)
    return slot if all(c in arg.word for c in output) else _filled(plan, slot, shape)


def _filled(plan: Planner, slot: int, shape: Dims) -> int:
    """Broadcast: a product with ones is the quickest way for small arrays."""
    ones = plan.call(("ones", shape), lambda: np.ones((1, *shape)))
    return plan.call(np.multiply, np.multiply, slot, ones)


def _reshaped(plan: Planner, slot: int, dims: Dims) -> int:
    return plan.call(("shape", dims), lambda x: x.reshape((len(x), *dims)), slot)


def _picker(key: Any) -> Callable[[Array], Array]:
    return lambda x: x[key]
