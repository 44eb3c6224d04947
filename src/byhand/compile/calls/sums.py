"""Sums along axes: products with a vector of ones where BLAS is quicker, NumPy's pairwise sums where there is much to add."""

from __future__ import annotations

from math import prod

from byhand.compile.calls.making import Making, Operand
from byhand.compile.calls.plan import View

MOST_IN_A_ROW = 1024
"""Terms of one sum from which pairwise summation is worth its time: BLAS adds up blindly."""


def summed(making: Making, operand: Operand, word: str, factor: float, out: View) -> None:
    """factor · the sum over all axes that ``word`` lacks; ``out`` has the axes of ``word``, all of which the operand has."""
    gone = "".join(letter for letter in operand.word if letter not in word)
    terms = prod(operand.span[letter] for letter in gone)
    if operand.view.in_order and terms:
        if operand.word == word + gone and terms <= MOST_IN_A_ROW:
            _by_ones(making, operand, factor, terms, out, last=True)
            return
        if operand.word == gone + word and word:
            _by_ones(making, operand, factor, terms, out, last=False)
            return
    turned = operand.turned(gone + word) if operand.word != word + gone else operand
    first = turned.word == gone + word
    axes = tuple(range(len(gone))) if first else tuple(range(len(word), len(turned.word)))
    _reduced(making, turned.view, axes, factor, out)


def _by_ones(making: Making, operand: Operand, factor: float, terms: int, out: View, last: bool) -> None:
    """The sum as a product with factor, factor, factor, …"""
    ones = making.number(factor, (terms,))
    rest = prod(operand.dims) // terms
    flat = (rest, terms) if last else (terms, rest)
    if rest == 1 and out_is_number(making, out):
        making.call("np.dot", (making.shaped(operand.view, (terms,)), ones), out)
        return
    matrix, room = making.shaped(operand.view, flat), making.shaped(out, (rest,))
    making.call("np.dot", (matrix, ones) if last else (ones, matrix), room)


def out_is_number(making: Making, out: View) -> bool:
    return making.dims(out) == ()


def _reduced(making: Making, view: View, axes: tuple[int, ...], factor: float, out: View) -> None:
    if view.in_order and len(axes) == len(making.dims(view)):
        view, axes = making.shaped(view, (prod(making.dims(view)),)), (0,)
    axis = axes[0] if len(axes) == 1 else axes
    if factor == 1:
        making.call("np.add.reduce", (view,), out, axis)
        return
    sums = making.work(making.dims(out))
    making.call("np.add.reduce", (view,), sums, axis)
    making.scaled(sums, factor, out)
