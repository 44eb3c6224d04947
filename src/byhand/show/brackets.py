"""Where mathematics needs brackets: one table for text, LaTeX, MathML and the terminal's boxes."""

from __future__ import annotations

from enum import Enum, IntEnum, auto
from typing import assert_never

from byhand.lang.names import Grad
from byhand.show.numbers import is_fraction
from byhand.show.tree import (
    Array,
    Comprehension,
    Constant,
    Entry,
    Filled,
    Forms,
    Function,
    Identity,
    Inverted,
    Kronecker,
    Listing,
    Member,
    Numeral,
    Power,
    Product,
    Quotient,
    Ranged,
    Setting,
    Sigma,
    Subscript,
    Sum,
    Sym,
    Transposed,
    Tree,
    mathematical,
)


class Level(IntEnum):
    """How tightly a formula holds together, from loose to tight."""

    SUM = auto()
    SIGMA = auto()
    HADAMARD = auto()
    SCALE = auto()
    MATRIX = auto()
    POSTFIX = auto()
    ATOM = auto()


class Place(Enum):
    """Where a formula stands in a larger one."""

    TERM = auto()
    HADAMARD_LEFT = auto()
    HADAMARD_RIGHT = auto()
    TOP = auto()
    BOTTOM = auto()
    SCALE_LEFT = auto()
    SCALE_RIGHT = auto()
    MATRIX_LEFT = auto()
    MATRIX_RIGHT = auto()
    BASE = auto()


def level(tree: Tree, fractions: bool) -> Level:
    """``fractions``: whether quotients are drawn with a horizontal bar, which holds them together."""
    match tree:
        case Sum() | Member():
            return Level.SUM
        case Sigma() | Ranged():
            return Level.SIGMA
        case Product("hadamard"):
            return Level.HADAMARD
        case Product("scale", _, right):
            return min(Level.SCALE, max(level(right, fractions), Level.SIGMA)) if _is_open(right) else Level.SCALE
        case Product():
            return Level.MATRIX
        case Quotient() | Sym(Grad(), "partial"):
            return Level.POSTFIX if fractions else Level.HADAMARD
        case Power() | Transposed() | Inverted() | Function("sqrt" | "factorial"):
            return Level.POSTFIX
        case Numeral(value):
            return _of_number(tree, fractions) if value.terms else Level.ATOM
        case Array(rows, kind):
            return Level.SUM if kind == "scalar" and rows[0][0].startswith("-") else Level.SCALE if kind == "scalar" and "e" in rows[0][0] else Level.ATOM
        case Sym() | Constant() | Filled() | Identity() | Function() | Entry() | Comprehension() | Kronecker() | Subscript() | Listing() | Setting():
            return Level.ATOM
        case Forms(_, math):
            return level(math, fractions)
        case _:
            assert_never(tree)


def _of_number(tree: Numeral, fractions: bool) -> Level:
    (monomial, value), *more = tree.value.terms
    if more or value < 0:
        return Level.SUM
    if is_fraction(tree.value):
        return Level.POSTFIX if fractions else Level.HADAMARD
    return Level.SCALE if len(monomial) + (value != 1) > 1 else Level.POSTFIX if monomial and monomial[0][1] != 1 else Level.ATOM


def _is_open(tree: Tree) -> bool:
    """Whether a Σ at its right end would swallow what follows."""
    tree = mathematical(tree)
    return isinstance(tree, (Sigma, Ranged)) or (isinstance(tree, Product) and tree.kind == "scale" and _is_open(tree.right))


def needs_brackets(tree: Tree, place: Place, fractions: bool) -> bool:
    """Whether brackets go around ``tree`` where it stands."""
    tree = mathematical(tree)
    own = level(tree, fractions)
    match place:
        case Place.TERM:
            return own < Level.SIGMA
        case Place.HADAMARD_LEFT:
            return own < Level.HADAMARD or _holds_matmul(tree) or (isinstance(tree, Quotient) and not fractions)
        case Place.HADAMARD_RIGHT:
            return own < Level.POSTFIX and not (isinstance(tree, Product) and tree.kind == "hadamard")
        case Place.TOP:
            return own < Level.SCALE
        case Place.BOTTOM | Place.MATRIX_RIGHT:
            return own < Level.POSTFIX
        case Place.SCALE_LEFT:
            return (own < Level.SCALE and not isinstance(tree, Numeral)) or own == Level.MATRIX or own == Level.SUM
        case Place.SCALE_RIGHT:
            return own < Level.SCALE and not _is_open(tree)
        case Place.MATRIX_LEFT:
            return own < Level.MATRIX
        case Place.BASE:
            return own < Level.ATOM
        case _:
            assert_never(place)


def _holds_matmul(tree: Tree) -> bool:
    tree = mathematical(tree)
    return isinstance(tree, Product) and (tree.kind == "matmul" or (tree.kind == "scale" and _holds_matmul(tree.right)))


def starts_with_digit(tree: Tree) -> bool:
    """Whether two numbers would run together if this followed a factor without a sign between."""
    match mathematical(tree):
        case Numeral() | Function("factorial"):
            return True
        case Array(_, kind):
            return kind == "scalar"
        case Product(_, left) | Power(left):
            return starts_with_digit(left)
        case Quotient(top):
            return starts_with_digit(top)
        case _:
            return False
