"""What a symmetry does to parameters, as formulas: units swapped, moved round, multiplied, mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from byhand.analyse.symmetries.axes import Axis, found, leaves
from byhand.analyse.symmetries.grading import Slot, Structure
from byhand.lang.expr import Expr, Var, contract, num, power_of
from byhand.lang.functions import concat, reshape, take
from byhand.lang.sizes import Poly, Size, size
from byhand.lang.spec import LETTERS, Spec

Change: TypeAlias = Callable[[Expr, int], Expr]
"""What is done along one axis of an array."""


def changed(structure: Structure, at: Iterable[tuple[Slot, Change]]) -> dict[Var, Expr]:
    """Each parameter after the changes at its places."""
    after: dict[Var, Expr] = {}
    for (parameter, axis, leaf), change in at:
        top = structure.letters[parameter][axis]
        after[parameter] = _inside(top, leaf, after.get(parameter, parameter), axis, change)
    return after


def _inside(top: Axis, leaf: int, array: Expr, axis: int, change: Change) -> Expr:
    """The change at one leaf of an axis that is made of others."""
    top = found(top)
    if not top.parts:
        return change(array, axis)
    sizes = [found(part).size for part in top.parts]
    part, inner = which(top, leaf)
    if top.kind == "product":
        apart = reshape(array, (*array.shape[:axis], *sizes, *array.shape[axis + 1 :]))
        return reshape(_inside(top.parts[part], inner, apart, axis + part, change), array.shape)
    borders = [sum(map(Poly.of, sizes[:k]), start=Poly.of(0)) for k in range(len(sizes) + 1)]
    pieces = [stretch(array, axis, size(start), size(end)) for start, end in pairwise(borders)]
    pieces[part] = _inside(top.parts[part], inner, pieces[part], axis, change)
    return concat(pieces, axis)


def which(top: Axis, leaf: int) -> tuple[int, int]:
    """The part that holds a leaf, and which of its leaves that is."""
    for part, one in enumerate(top.parts):
        count = len(leaves(one))
        if leaf < count:
            return part, leaf
        leaf -= count
    raise IndexError(leaf)


def stretch(array: Expr, axis: int, start: Size, end: Size) -> Expr:
    """The places from ``start`` on and before ``end``."""
    return take(array, [slice(None)] * axis + [slice(start, end)])


def swap(array: Expr, axis: int) -> Expr:
    """The first two units in each other's place."""
    n = array.shape[axis]
    rest = [] if n == 2 else [stretch(array, axis, 2, n)]
    return concat([stretch(array, axis, 1, 2), stretch(array, axis, 0, 1), *rest], axis)


def cycle(array: Expr, axis: int) -> Expr:
    """Every unit one place on, the first one last."""
    return concat([stretch(array, axis, 1, array.shape[axis]), stretch(array, axis, 0, 1)], axis)


def multiplied(factors: Var, power: Fraction) -> Change:
    """Every unit times a power of its own factor."""

    def change(array: Expr, axis: int) -> Expr:
        word = LETTERS[: len(array.shape)]
        return contract(Spec((word, word[axis]), word), array, power_of(factors, power))

    return change


def mixed(matrix: Expr) -> Change:
    """Unit j becomes the sum over k of matrix[j, k] times unit k."""

    def change(array: Expr, axis: int) -> Expr:
        word = LETTERS[: len(array.shape)]
        other = LETTERS[len(word)]
        return contract(Spec((word[axis] + other, word.replace(word[axis], other)), word), matrix, array)

    return change


def reflection(direction: Var) -> Expr:
    """The reflection I − 2vvᵀ/(vᵀv); reflections make up all rotations."""
    n = direction.shape[0]
    identity = contract("i->ii", contract(Spec(("",), "i"), num(1), sizes={"i": n}))
    return identity - 2 * contract("i,j->ij", direction, direction) / contract("i,i->", direction, direction)
