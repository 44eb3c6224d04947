"""A function with every name and every rule opened: one graph of sums, products, re-indexings and elementwise functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from byhand.lang.expr import Call, Expr, Named, Var
from byhand.lang.walk import children, postorder, rebuild


@dataclass(frozen=True, slots=True)
class Opened:
    """``root`` holds neither names nor rules; ``written``: how the sheet wrote a node of it, innermost first; ``moving``: what parameters reach."""

    root: Expr
    order: tuple[Expr, ...]
    written: Mapping[Expr, list[Expr]]
    moving: frozenset[Expr]

    def parts(self, node: Expr) -> tuple[Expr, ...]:
        """The operands that change with the parameters."""
        return tuple(part for part in children(node) if part in self.moving)


def opened(root: Expr, parameters: Iterable[Var]) -> Opened:
    """Rules are replaced by their definitions, names by their formulas."""
    done: dict[Expr, Expr] = {}
    written: dict[Expr, list[Expr]] = {}
    for node in postorder(root, below=_below):
        done[node] = _opened(node, done)
        written.setdefault(done[node], []).append(node)
    order = tuple(postorder(done[root]))
    moving = set[Expr](parameters)
    for node in order:
        if any(part in moving for part in children(node)):
            moving.add(node)
    return Opened(done[root], order, written, frozenset(moving))


def _below(node: Expr) -> tuple[Expr, ...]:
    return (node.body,) if isinstance(node, (Call, Named)) else children(node)


def _opened(node: Expr, done: Mapping[Expr, Expr]) -> Expr:
    if isinstance(node, (Call, Named)):
        return done[node.body]
    parts = children(node)
    fresh = tuple(done[part] for part in parts)
    return node if fresh == parts else rebuild(node, fresh)
