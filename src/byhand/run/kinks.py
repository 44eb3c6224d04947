"""Where a value sits exactly on a kink, so that the derivative shown is one of several subgradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from byhand.lang.expr import Expr, Map, Named, Pick, Var, filled
from byhand.run.arrays import Array, Dims
from byhand.run.order import definition, in_order, owner, users


@dataclass(frozen=True, slots=True)
class Kink:
    """A function with a kink, what is zero (or tied) there, and at which entries; ``value`` of a function that jumps there."""

    leaf: str
    what: str
    entries: tuple[Dims, ...]
    value: Fraction | None = None


def kinks_of(roots: Sequence[Expr], values: Mapping[Expr, Array]) -> Iterator[Kink]:
    """Every argument of a kinked leaf that is exactly zero, and every tied maximum.

    The definitions decide, not the stable forms: these may branch where the function itself is smooth. What a stable
    form made unnecessary to compute is not looked at.
    """
    order = in_order(roots, definition)
    used_by: dict[Expr, Expr] | None = None
    seen: set[Expr] = set()
    for node in order:
        if not (isinstance(node, Pick) or (isinstance(node, Map) and node.leaf.kinked)):
            continue
        arg = node.arg if isinstance(node, Pick) else node.args[0]
        if arg in seen or arg not in values:
            continue
        entries = _tied(values[arg]) if isinstance(node, Pick) else _zero(values[arg])
        if entries:
            seen.add(arg)
            used_by = users(order, definition) if used_by is None else used_by
            what = _what(arg, node, used_by)
            yield Kink("max", what, entries) if isinstance(node, Pick) else Kink(node.leaf.name, what, entries, _at_jump(node))


def _what(arg: Expr, node: Expr, used_by: Mapping[Expr, Expr]) -> str:
    if isinstance(arg, (Var, Named)):
        return str(arg.name)
    home = owner(node, used_by)
    return str(home.name) if home is not None else "the argument"


def _at_jump(node: Map) -> Fraction | None:
    """The value at 0 of a function that is constant on either side of it."""
    return node.leaf.exact(Fraction(0)) if node.leaf.arity == 1 and node.leaf.derivative(*node.args, node)[0] is filled(0, node.shape) else None


def _zero(value: Array) -> tuple[Dims, ...]:
    return _places(np.equal(value, 0))


def _tied(value: Array) -> tuple[Dims, ...]:
    if not value.ndim or not value.size:
        return ()
    top = np.equal(value, np.max(value, axis=-1, keepdims=True))
    return _places(top & (np.sum(top, axis=-1, keepdims=True) > 1))


def _places(mask: Array) -> tuple[Dims, ...]:
    return tuple(tuple(int(k) for k in place) for place in np.argwhere(np.asarray(mask, dtype=bool)))
