"""Lines of mathematics in a terminal: chains of equalities that never run off the page."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from byhand.show.boxes import Box, beside, fence
from byhand.show.brackets import Place, needs_brackets
from byhand.show.breaks import Piece, pieces
from byhand.show.document import Line
from byhand.show.layout import Marked, drawn, function_name, glue, is_stacked, layout, mark, marked
from byhand.show.tree import (
    Array,
    Comprehension,
    Entry,
    Function,
    Inverted,
    Listing,
    Power,
    Product,
    Quotient,
    Setting,
    Sigma,
    Subscript,
    Sum,
    Transposed,
    Tree,
    mathematical,
    rebuilt,
)
from byhand.show.unicode import text_foot

SHORT = 4
"""A row that fills less than one part in so many is gone on with, even by something that then needs several rows."""
NARROWEST = 8
"""Cells; in less than this nothing is broken, only cut off."""


def chain(line: Line, width: int) -> list[Box]:
    """A line of mathematics as rows, broken at its equality signs, which stand below each other."""
    return [_cut(row, width) for row in _chain(line, width)]


def _chain(line: Line, width: int) -> list[Box]:
    name, *links = line.links
    if not links:
        return rows(name, width)
    head = layout(name)
    hanging = head.width + 1 if head.width <= width // 3 else 2
    body = _joined(links, line.between, width - hanging)
    if hanging > head.width:
        return [beside(head, Box((" ",)), body[0]), *(_indented(row, hanging) for row in body[1:])]
    return [*rows(name, width), *(_indented(row, hanging) for row in body)]


def _joined(links: Sequence[Tree], signs: Sequence[str], width: int) -> list[Box]:
    """Each link behind its sign; two that fit whole share a row."""
    done: list[Box] = []
    whole = False
    for link, between in zip(links, signs):
        sign = Box((f"{between} ",))
        first, *more = rows(link, width - 2)
        if whole and not more and done[-1].width + 3 + first.width <= width:
            done[-1] = beside(done[-1], Box((" ",)), sign, first)
        else:
            done += [beside(sign, first), *(_indented(row, 2) for row in more)]
        whole = not more
    return done


def rows(tree: Tree, width: int) -> list[Box]:
    """One formula in as many rows as it needs: broken between terms, then factors, then inside; arrays elided if all that fails."""
    tree = mathematical(tree)
    whole = layout(tree)
    if whole.width <= width or width < NARROWEST:
        return [_cut(whole, width)]
    match tree:
        case Quotient(top, bottom) if not is_stacked(tree):
            return _packed((_placed("", top, Place.TOP), _placed("/", bottom, Place.BOTTOM)), width)
        case Function(name, args, options):
            items = (*args, *(Setting(f"{key}={value}") for key, value in options))
            return _enclosed("", "||", items, width) if name == "abs" else _enclosed(function_name(tree), "()", items, width)
        case Listing(items):
            return _enclosed("", "[]", items, width)
        case Sigma(letters, body):
            return _behind(f"Σ{text_foot(''.join(letters))} ", _in_brackets(_placed("", body, Place.TERM), width - len(letters) - 5))
        case Sum() | Product():
            parts = pieces(tree, is_stacked)
            return _packed(parts, width)
        case Transposed(base) | Inverted(base) | Power(base) | Entry(base) | Subscript(base) | Comprehension(base) if not isinstance(mathematical(base), Array):
            return _marked(tree, width)
        case _:
            return _narrow(tree, whole, width)


def _marked(tree: Marked, width: int) -> list[Box]:
    """Something with a mark behind it, which then stands behind the last row."""
    room = width - cell_len(mark(tree))
    if isinstance(tree, Comprehension):
        body = _enclosed("", "[]", (tree.body,), room)
    else:
        body = _in_brackets(_placed("", tree.base, Place.BASE), room)
    return [*body[:-1], marked(tree, body[-1])]


def _placed(sign: str, tree: Tree, place: Place) -> Piece:
    return Piece(sign, tree, needs_brackets(tree, place, fractions=is_stacked(tree)))


def _packed(parts: Sequence[Piece], width: int) -> list[Box]:
    """As many pieces in a row as fit; a row begins with the sign of its first piece."""
    done: list[Box] = []
    for piece in parts:
        between, own = glue(piece.sign) if done else piece.sign, drawn(piece)
        room = width - 1 - cell_len(between) - (done[-1].width if done else 0)
        if done and (own.width <= room or (done[-1].width <= width // SHORT and own.width > width - 3)):
            done += _behind_row(done.pop(), between, [own] if own.width <= room else _in_brackets(piece, room))
            continue
        if piece.sign == "," and done:
            done[-1] = beside(done[-1], Box((",",)))
        lead = "" if piece.sign in ("", ",") else piece.sign if not done else f"{piece.sign} "
        done += _behind(lead, _in_brackets(piece, width - len(lead) - 1))
    return done


def _behind_row(row: Box, between: str, body: list[Box]) -> list[Box]:
    """What follows in the same row, its further rows below its first."""
    return [beside(row, Box((between,)), body[0]), *(_indented(more, row.width + cell_len(between)) for more in body[1:])]


def _in_brackets(piece: Piece, width: int) -> list[Box]:
    return _enclosed("", "()", (piece.tree,), width) if piece.bracketed else rows(piece.tree, width)


def _enclosed(name: str, pair: str, items: Sequence[Tree], width: int) -> list[Box]:
    """Rows between an opening and a closing bracket."""
    lead = cell_len(name) + 1
    inside = _packed([Piece("," if k else "", item) for k, item in enumerate(items)], width - lead - 1)
    opened = [beside(Box((name,)), fence(pair[0], inside[0]), inside[0]), *(_indented(row, lead) for row in inside[1:])]
    return [_cut(row, width) for row in (*opened[:-1], beside(opened[-1], fence(pair[1], inside[-1])))]


def _behind(lead: str, body: list[Box]) -> list[Box]:
    return [beside(Box((lead,)), body[0]), *(_indented(row, cell_len(lead)) for row in body[1:])] if lead else body


def _indented(row: Box, by: int) -> Box:
    return beside(Box((" " * by,)), row)


# ---------------------------------------------------------------------------------------- the last resorts


def _narrow(tree: Tree, whole: Box, width: int) -> list[Box]:
    """Something that cannot be broken: text wraps, arrays lose columns."""
    if whole.height == 1 and not isinstance(tree, Array):
        return [Box((line,)) for line in wrapped(whole.lines[0], width)]
    for most in range(8, 1, -1):
        narrower = layout(narrowed(tree, most))
        if narrower.width <= width:
            return [narrower]
    return [_cut(whole, width)]


def narrowed(tree: Tree, most: int) -> Tree:
    """Arrays with so many columns at most, dots in place of the others."""
    if not isinstance(tree, Array):
        return rebuilt(tree, lambda part: narrowed(part, most))
    if len(tree.rows[0]) <= most:
        return tree
    kept = tuple((*row[: most - 1], "⋱" if row[0] == "⋮" else "⋯", row[-1]) for row in tree.rows)
    return Array(kept, "elided" if tree.kind == "matrix" else tree.kind)


def wrapped(line: str, width: int) -> list[str]:
    """Text broken at spaces, and inside a word only where the word is wider than the page."""
    done = [""]
    for word in line.split(" "):
        if done[-1] and cell_len(done[-1]) + 1 + cell_len(word) > width:
            done.append("")
        joined = f"{done[-1]} {word}" if done[-1] else word
        done[-1:] = chop_cells(joined, width) if cell_len(joined) > width else [joined]
    return done


def _cut(whole: Box, width: int) -> Box:
    if whole.width <= width:
        return whole
    keep = max(width - 1, 0)
    return Box(tuple(set_cell_size(line, keep) + ("…" if k == whole.baseline else " ") for k, line in enumerate(whole.lines)), whole.baseline)
