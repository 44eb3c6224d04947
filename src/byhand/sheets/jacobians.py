"""How a derivative of any rank is written: entry by entry, as a matrix where there is one, and the message it makes."""

from __future__ import annotations

from byhand.lang.expr import Named
from byhand.lang.names import Grad
from byhand.lang.spec import LETTERS
from byhand.sheets.lines import Writer
from byhand.sheets.solution import LocalOf
from byhand.show.document import Line, Lines
from byhand.show.notation import index_entries, notation
from byhand.show.tree import Comprehension, Entry, Forms, Sym, Tree, rebuilt


def jacobian_lines(writer: Writer, item: LocalOf) -> tuple[Line, tuple[Lines, ...]]:
    """The main line of ∂y/∂x, and its other forms."""
    local = item.local
    letters = _letters(writer, item.entries)
    value = item.state.numbers.get(item.entries.name)
    entry = Line((Entry(Sym(item.entries.name), letters), index_entries(local.entries, letters, writer.conventions)))
    others: list[Lines] = []
    matrix = notation(local.matrix, writer.conventions)
    if len(item.entries.shape) <= 2 and not _in_indices(matrix):
        others.append(Lines("As a matrix", (writer.chain((Sym(item.entries.name), matrix), value),)))
    elif value is not None:
        others.append(Lines("The numbers", (writer.chain((Sym(item.entries.name),), value),)))
    caption = f"The message: an incoming gradient {local.incoming.name} at {local.y.name} becomes, at {local.x.name}"
    others.append(Lines(caption, (Line((notation(local.message, writer.conventions),)),)))
    return entry, tuple(others)


def entry_line(writer: Writer, gradient: Named) -> tuple[Lines, ...]:
    """The gradient of a scalar entry by entry, where it has entries and that says something new."""
    if not gradient.shape or not isinstance(gradient.name, Grad):
        return ()
    letters = _letters(writer, gradient)
    return (Lines("Entry by entry", (Line((Entry(writer.name(gradient.name), letters), index_entries(gradient.body, letters, writer.conventions))),)),)


def _letters(writer: Writer, node: Named) -> tuple[str, ...]:
    """Index letters for all axes that mean nothing else here."""
    taken = writer.conventions.names | {str(axis) for axis in node.shape}
    return tuple([letter for letter in LETTERS if letter not in taken][: len(node.shape)])


def _in_indices(tree: Tree) -> bool:
    """Whether a formula could not be written without indices."""
    found = False

    def look(part: Tree) -> Tree:
        nonlocal found
        found = found or isinstance(part, Comprehension)
        return rebuilt(part.math if isinstance(part, Forms) else part, look)

    look(tree)
    return found
