"""A notation tree drawn in two dimensions with characters: matrices as matrices, everything else on one line."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from byhand.show.boxes import Box, beside, box, fenced, grid, lowered, raised, stacked
from byhand.show.brackets import Place, needs_brackets
from byhand.show.breaks import Piece, pieces
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
    rebuilt,
    turned,
)
from byhand.show.unicode import indices, text, text_exponent, text_foot, text_ranged

Marked: TypeAlias = Transposed | Inverted | Power | Entry | Comprehension | Subscript


def layout(tree: Tree) -> Box:
    """The drawing; one line where no matrix or vector of numbers occurs."""
    tree = mathematical(tree)
    if not holds_array(tree):
        return Box((text(tree),))
    match tree:
        case Array():
            return matrix(tree)
        case Sum() | Product():
            return _in_a_row(pieces(tree, is_stacked))
        case Quotient(top, bottom):
            if is_stacked(tree):
                return stacked(layout(top), layout(bottom))
            return beside(_at(top, Place.TOP), Box((" / ",)), _at(bottom, Place.BOTTOM))
        case Power(base) | Inverted(base) | Subscript(base):
            return marked(tree, _at(base, Place.BASE))
        case Transposed(base):
            return _transposed(mathematical(base))
        case Function():
            return _function(tree)
        case Sigma(letters, body):
            return beside(Box((f"Σ{text_foot(''.join(letters))} ",)), _at(body, Place.TERM))
        case Ranged(body=body):
            return beside(Box((f"{text_ranged(tree)} ",)), _at(body, Place.TERM))
        case Entry(base):
            return marked(tree, _indexed(mathematical(base)))
        case Comprehension(body):
            return marked(tree, fenced(layout(body), "[]"))
        case Listing(items):
            return fenced(listed(items), "[]")
        case Sym() | Numeral() | Constant() | Filled() | Identity() | Kronecker() | Setting() | Forms() | Member():
            return Box((text(tree),))
        case _:
            assert_never(tree)


def holds_array(tree: Tree) -> bool:
    """Whether numbers in rows and columns occur."""
    tree = mathematical(tree)
    if isinstance(tree, Array):
        return tree.kind != "scalar"
    found = False

    def look(part: Tree) -> Tree:
        nonlocal found
        found = found or holds_array(part)
        return part

    rebuilt(tree, look)
    return found


def is_stacked(tree: Tree) -> bool:
    """Quotients are drawn with a bar only where they hold arrays and would need brackets on one line."""
    tree = mathematical(tree)
    if not isinstance(tree, Quotient) or not holds_array(tree):
        return False
    return needs_brackets(tree.top, Place.TOP, fractions=False) or needs_brackets(tree.bottom, Place.BOTTOM, fractions=False)


def matrix(tree: Array) -> Box:
    rows = [[cell.replace("-", "−") for cell in row] for row in tree.rows]
    return box([rows[0][0]]) if tree.kind == "scalar" else fenced(grid(rows), "[]")


def drawn(piece: Piece) -> Box:
    """A term or factor, in its brackets where it needs them."""
    return fenced(layout(piece.tree)) if piece.bracketed else layout(piece.tree)


def glue(sign: str) -> str:
    """What stands between a piece and the one before it on the same line."""
    return ", " if sign == "," else f" {sign} " if sign else " "


def listed(items: tuple[Tree, ...]) -> Box:
    comma = Box((", ",))
    return beside(*(part for k, item in enumerate(items) for part in ((comma, layout(item)) if k else (layout(item),))))


def _in_a_row(parts: tuple[Piece, ...]) -> Box:
    first, *more = parts
    boxes = [Box((first.sign,)), drawn(first)] if first.sign else [drawn(first)]
    for piece in more:
        boxes += [Box((glue(piece.sign),)), drawn(piece)]
    return beside(*boxes)


def _at(tree: Tree, place: Place) -> Box:
    return drawn(Piece("", tree, needs_brackets(tree, place, fractions=is_stacked(tree))))


def _transposed(base: Tree) -> Box:
    if isinstance(base, Array) and base.kind in ("column", "row"):
        return matrix(Array(turned(base.rows)))
    return marked(Transposed(base), _at(base, Place.BASE))


def mark(tree: Marked) -> str:
    """What stands behind something: at its upper corner, at its lower one, or level with it."""
    match tree:
        case Transposed():
            return "ᵀ"
        case Inverted():
            return "⁻¹"
        case Power(_, exponent):
            return text_exponent(exponent)
        case Entry(_, at):
            return text_foot(indices(at))
        case Comprehension(_, letters):
            return f"_{{{indices(letters)}}}"
        case Subscript(_, at):
            return f"[{at}]"
        case _:
            assert_never(tree)


def marked(tree: Marked, body: Box) -> Box:
    """The mark put behind a drawing."""
    match tree:
        case Transposed() | Inverted() | Power():
            return raised(body, mark(tree))
        case Entry() | Comprehension():
            return lowered(body, mark(tree))
        case Subscript():
            return beside(body, Box((mark(tree),)))
        case _:
            assert_never(tree)


def function_name(tree: Function) -> str:
    return tree.symbol[0] if tree.symbol else tree.name


def _function(tree: Function) -> Box:
    if tree.name == "abs":
        return fenced(listed(tree.args), "||")
    if tree.name == "factorial":
        return beside(_at(tree.args[0], Place.BASE), Box(("!",)))
    inside = listed((*tree.args, *(Setting(f"{key}={value}") for key, value in tree.options)))
    return beside(Box((function_name(tree),)), fenced(inside))


def _indexed(base: Tree) -> Box:
    plain = isinstance(base, Array) or (isinstance(base, Function) and base.name not in ("abs", "sqrt"))
    return layout(base) if plain else fenced(layout(base))
