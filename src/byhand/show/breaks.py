"""Where a long formula may be broken: between terms, and between factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from byhand.show.brackets import Place, needs_brackets, starts_with_digit
from byhand.show.tree import Product, Sum, Tree, mathematical

Bars = Callable[[Tree], bool]
"""Whether a quotient is drawn with a horizontal bar."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A term or factor with what stands before it: ``+``, ``−``, ``⊙``, ``·``, or nothing."""

    sign: str
    tree: Tree
    bracketed: bool = False


def always(_: Tree) -> bool:
    return True


def pieces(tree: Tree, bars: Bars = always) -> tuple[Piece, ...]:
    """The terms of a sum or the factors of a product; anything else is one piece."""
    match mathematical(tree):
        case Sum(terms):
            signs = ["−" if minus else "+" if k else "" for k, (minus, _) in enumerate(terms)]
            return tuple(_piece(sign, term, Place.TERM, bars) for sign, (_, term) in zip(signs, terms))
        case Product("hadamard", left, right):
            return _factors(left, Place.HADAMARD_LEFT, "⊙", right, Place.HADAMARD_RIGHT, bars)
        case Product("matmul", left, right):
            return _factors(left, Place.MATRIX_LEFT, "", right, Place.MATRIX_RIGHT, bars)
        case Product("scale", left, right):
            sign = "·" if starts_with_digit(right) else ""
            return _factors(left, Place.SCALE_LEFT, sign, right, Place.SCALE_RIGHT, bars)
        case other:
            return (Piece("", other),)


def _piece(sign: str, tree: Tree, place: Place, bars: Bars) -> Piece:
    return Piece(sign, mathematical(tree), needs_brackets(tree, place, fractions=bars(tree)))


def _factors(left: Tree, before: Place, sign: str, right: Tree, after: Place, bars: Bars) -> tuple[Piece, ...]:
    first, *more = _opened(_piece("", right, after, bars), bars)
    return (*_opened(_piece("", left, before, bars), bars), Piece(sign, first.tree, first.bracketed), *more)


def _opened(piece: Piece, bars: Bars) -> tuple[Piece, ...]:
    """The factors of a product that needs no brackets where it stands."""
    return pieces(piece.tree, bars) if isinstance(piece.tree, Product) and not piece.bracketed else (piece,)
