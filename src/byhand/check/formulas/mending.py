"""Formulas whose shapes do not fit: which transpose would mend them, and which slip that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from byhand.check.formulas.trees import extent, pieces, rebuilt
from byhand.read.functions import function
from byhand.read.syntax import Applied, Attribute, Transposed, Tree
from byhand.read.syntax import Name as NameTree

MOST_PLACES = 12
MOST_WORK = 600
"""Pieces of trees that are read again, over all places."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A formula with one transpose more or less; ``name``: of what."""

    tree: Tree
    name: str
    added: bool


def transposes(tree: Tree) -> Iterator[Mended]:
    """The formula with one name transposed, or one transpose left out, in each place."""
    places = _places(tree)
    for place in places[: min(MOST_PLACES, MOST_WORK // extent(tree)[1])]:
        base = place.base if isinstance(place, (Transposed, Attribute)) else place
        added = base is place
        fresh: Tree = Transposed(base, base.at) if added else base
        name = base.name if isinstance(base, NameTree) else ""
        yield Mended(rebuilt(tree, lambda piece, place=place, fresh=fresh: fresh if piece is place else None), name, added)


def _is_factor(piece: Applied) -> bool:
    """X before a bracket, as in X(y − t)."""
    return isinstance(piece.function, NameTree) and len(piece.args) == 1 and not piece.options and function(piece.function.name) is None


def _places(tree: Tree) -> list[Tree]:
    """Names, and transposes with what they stand on, as a whole."""
    found: list[Tree] = []
    functions = [piece.function for piece in pieces(tree) if isinstance(piece, Applied) and not _is_factor(piece)]

    def note(piece: Tree) -> Tree | None:
        if any(piece is one for one in functions):
            return piece
        if isinstance(piece, (NameTree, Transposed)) or (isinstance(piece, Attribute) and piece.name == "T"):
            found.append(piece)
            return piece
        return None

    rebuilt(tree, note)
    return found
