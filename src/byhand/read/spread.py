"""Sums and products over a range of known whole numbers, written out term by term."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from byhand.lang.errors import ByhandError
from byhand.read.limits import MAX_FACTORS
from byhand.read.rebuild import rebuilt
from byhand.read.static import Reader, number_of
from byhand.read.syntax import At, Chain, Name, Number, Over, Ranged, Sum, Tree


def put_in(tree: Tree, letter: str, value: Tree) -> Tree:
    """The tree with an index letter replaced; a range inside that uses the letter anew keeps its own."""
    if isinstance(tree, Name):
        return value if tree.name == letter else tree
    if isinstance(tree, Ranged) and any(one.letter == letter for one in tree.over):
        first = next(k for k, one in enumerate(tree.over) if one.letter == letter)
        over = tuple(
            Over(one.letter, put_in(one.low, letter, value), put_in(one.high, letter, value)) if k <= first else one for k, one in enumerate(tree.over)
        )
        return Ranged(tree.kind, tree.body, over, tree.at)
    return rebuilt(tree, lambda part: put_in(part, letter, value))


def spread(reader: Reader, tree: Ranged) -> Tree:
    """The terms of a sum, or the factors of a product, one after another."""
    first, *more = tree.over
    body: Tree = Ranged(tree.kind, tree.body, tuple(more), tree.at) if more else tree.body
    low, high = (_whole(reader, end, first) for end in (first.low, first.high))
    if high - low >= MAX_FACTORS:
        raise ByhandError(f"a range of more than {MAX_FACTORS} values is refused.", tree.at.line, tree.at.column)
    return joined(tree.kind, [put_in(body, first.letter, whole(value, tree.at)) for value in range(low, high + 1)], tree.at)


def whole(value: int, at: At) -> Tree:
    return Number(Fraction(value), str(value), at)


def joined(kind: Literal["sum", "prod", "all"], pieces: list[Tree], at: At) -> Tree:
    """Pieces added, or multiplied from left to right."""
    if not pieces:
        return whole(0, at) if kind == "sum" else Name("I", at)
    if len(pieces) == 1:
        return pieces[0]
    if kind == "sum":
        return Sum(tuple((False, piece, at) for piece in pieces), at)
    return Chain(pieces[0], tuple(("·", piece, at) for piece in pieces[1:]), at)


def _whole(reader: Reader, tree: Tree, over: Over) -> int:
    found = number_of(reader, tree)
    value = None if found is None else found.constant
    if value is None or value.denominator != 1:
        raise ByhandError(f"the range of {over.letter} must end in known whole numbers here.", tree.at.line, tree.at.column)
    return int(value)
