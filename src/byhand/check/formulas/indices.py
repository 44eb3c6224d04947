"""Entries with indices that nothing binds, x_i δ_j: the formula of the whole array, one axis for each index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations

from byhand.check.formulas.trees import pieces, rebuilt
from byhand.lang.names import Grad
from byhand.read.derivatives import joined
from byhand.read.elaborator import Elaborator
from byhand.read.names import find
from byhand.read.scope import Scope
from byhand.read.syntax import Applied, Comparison, Derivative, Listed, Name, Number, Ranged, Sigma, Subscripted, Sum, Tree

MOST_LETTERS = 3
_COMPUTED = re.compile(r"[0-9]*[a-z](?:[+-][0-9]*[a-z]|[+-][0-9]+)?(?:,[0-9]*[a-z](?:[+-][0-9]*[a-z]|[+-][0-9]+)?)*")


def whole_arrays(tree: Tree, scope: Scope) -> Iterator[Tree]:
    """The arrays whose entries the formula gives, indices in alphabetical order first; nothing where no index is free."""
    bound = {letter for piece in pieces(tree) if isinstance(piece, (Sigma, Ranged)) for letter in _bound(piece)}
    apart = rebuilt(tree, lambda piece: _apart(piece, scope))
    letters = sorted(_letters(apart, scope) - bound)
    if not letters or len(letters) > MOST_LETTERS:
        return
    for order in permutations(letters):
        yield Subscripted(Listed((apart,), tree.at), "".join(order), tree.at)


def _bound(piece: Sigma | Ranged) -> str:
    return piece.subscript.split("=")[0].split("∈")[0] if isinstance(piece, Sigma) else "".join(over.letter for over in piece.over)


def _apart(piece: Tree, scope: Scope) -> Tree | None:
    """Names with indices at their foot taken apart into the name and its indices."""
    match piece:
        case Derivative(of, wrt) if scope.derivative(of, wrt) is None:
            stem, mark, foot = wrt.rpartition("_")
            if mark and _is_indices(foot) and scope.derivative(of, stem) is not None:
                return Subscripted(Derivative(of, stem, False, False, piece.at), foot, piece.at)
            return None
        case Subscripted(Name(("δ" | "delta") as name), text) if "," in text:
            stem, _, foot = text.rpartition(",")
            found = scope.derivative("", stem) if stem else None
            if found is not None and isinstance(found[0], Grad) and name:
                return Subscripted(Derivative(found[0].of, found[0].wrt, False, False, piece.at), foot, piece.at)
            return None
        case Comparison(op, left, right) if op in ("<", ">", "<=", ">="):
            return rebuilt(_mask(op, left, right), lambda inner: _apart(inner, scope))
        case Name(name) if "_" in name and find(Elaborator(scope), name) is None:
            stem, _, foot = name.rpartition("_")
            return Subscripted(Name(stem, piece.at), foot, piece.at) if _is_indices(foot) else None
        case _:
            return None


def _mask(op: str, left: Tree, right: Tree) -> Tree:
    """A comparison as a step of the difference."""
    over, under = (left, right) if op in (">", "<=") else (right, left)
    zero = isinstance(under, Number) and under.value == 0
    step = Applied(Name("step", left.at), (over if zero else Sum(((False, over, left.at), (True, under, left.at)), left.at),), (), left.at)
    one = Number(Fraction(1), "1", left.at)
    return step if op in (">", "<") else Sum(((False, one, left.at), (True, step, left.at)), left.at)


def _is_indices(foot: str) -> bool:
    return 0 < len(foot.replace(",", "")) <= 4 and foot.replace(",", "").isalpha()


def _letters(tree: Tree, scope: Scope) -> set[str]:
    """The letters at the foot of arrays that are no part of a name."""
    found: set[str] = set()
    for piece in pieces(tree):
        if isinstance(piece, Subscripted) and (_is_indices(piece.text) or _COMPUTED.fullmatch(piece.text)):
            if isinstance(piece.base, Name) and scope.find(joined(piece.base.name, piece.text)) is not None:
                continue
            found |= {c for c in piece.text if c.isalpha()}
    return found
