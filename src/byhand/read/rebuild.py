"""Going over syntax trees: the same tree with each of its direct parts changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from byhand.read.syntax import (
    Applied,
    Attribute,
    Bars,
    Chain,
    Comparison,
    Derivative,
    Grouped,
    Indexed,
    Juxtaposed,
    Listed,
    Name,
    Negative,
    Number,
    Over,
    Primed,
    Raised,
    Range,
    Ranged,
    Sigma,
    Subscripted,
    Sum,
    Text,
    Transposed,
    Tree,
)

Change = Callable[[Tree], Tree]


def rebuilt(tree: Tree, change: Change) -> Tree:
    """The tree with ``change`` made to each direct part."""
    match tree:
        case Number() | Name() | Text() | Derivative():
            return tree
        case Listed(items, at):
            return Listed(tuple(map(change, items)), at)
        case Grouped(items, at):
            return Grouped(tuple(map(change, items)), at)
        case Sum(terms, at):
            return Sum(tuple((minus, change(term), place) for minus, term, place in terms), at)
        case Chain(first, rest, at):
            return Chain(change(first), tuple((op, change(part), place) for op, part, place in rest), at)
        case Juxtaposed(factors, at):
            return Juxtaposed(tuple(map(change, factors)), at)
        case Negative(body, at):
            return Negative(change(body), at)
        case Raised(base, exponent, mark, at):
            return Raised(change(base), change(exponent), mark, at)
        case Transposed(base, at):
            return Transposed(change(base), at)
        case Primed(base, count, at):
            return Primed(change(base), count, at)
        case Attribute(base, name, at):
            return Attribute(change(base), name, at)
        case Applied(function, args, options, at):
            return Applied(change(function), tuple(map(change, args)), tuple((name, change(value)) for name, value in options), at)
        case Range(start, stop, step, at):
            first, last, by = (None if part is None else change(part) for part in (start, stop, step))
            return Range(first, last, by, at)
        case Indexed(base, items, at):
            return Indexed(change(base), tuple(map(change, items)), at)
        case Subscripted(base, text, at):
            return Subscripted(change(base), text, at)
        case Bars(body, double, at):
            return Bars(change(body), double, at)
        case Sigma(subscript, upper, body, at):
            return Sigma(subscript, None if upper is None else change(upper), change(body), at)
        case Ranged(kind, body, over, at):
            return Ranged(kind, change(body), tuple(Over(one.letter, change(one.low), change(one.high)) for one in over), at)
        case Comparison(op, left, right, at):
            return Comparison(op, change(left), change(right), at)
        case _:
            assert_never(tree)


def parts_of(tree: Tree) -> list[Tree]:
    """All direct parts."""
    found: list[Tree] = []

    def note(part: Tree) -> Tree:
        found.append(part)
        return part

    rebuilt(tree, note)
    return found


def everywhere(tree: Tree) -> list[Tree]:
    """The tree and all that stands in it."""
    found, stack = list[Tree](), [tree]
    while stack:
        node = stack.pop()
        found.append(node)
        stack += parts_of(node)
    return found
