"""Numbers put in for names: the middle of formula → numbers → result."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice, product
from math import prod

from byhand.lang.names import Name
from byhand.show.tree import Array, Entry, Forms, Setting, Sigma, Subscript, Sum, Sym, Tree, mathematical, parts_of, rebuilt

MOST_TERMS = 6
"""Up to how many terms of a Σ are written out; of more, the first ones and the last."""


def with_numbers(tree: Tree, values: Callable[[Name], Tree | None]) -> Tree:
    """The same formula, as mathematics, with numbers put in for the names that have some.

    A Σ over entries becomes the sum of its terms where all the entries are known.
    """
    match tree:
        case Sym(name):
            return values(name) or tree
        case Forms(_, math):
            return with_numbers(math, values)
        case Sigma(letters, body):
            inside = with_numbers(body, values)
            return _written_out(letters, inside) or Sigma(letters, inside)
        case Subscript(base, at):
            inside = with_numbers(base, values)
            return _picked(inside, at) or Subscript(inside, at)
        case _:
            return rebuilt(tree, lambda part: with_numbers(part, values))


def _picked(base: Tree, at: str) -> Tree | None:
    """The one number that stands at fixed indices, if they are fixed and it is shown."""
    cells, indices = _cells(base), at.split(", ")
    if cells is None or not all(index.isdecimal() for index in indices) or len(indices) != (1 if len(cells[0]) == 1 else 2):
        return None
    row = cells[int(indices[0])]
    return Array(((row[int(indices[-1]) if len(indices) > 1 else 0],),), "scalar")


def _written_out(letters: tuple[str, ...], body: Tree) -> Tree | None:
    """The terms of a sum one by one; nothing if some entry is not a number that is shown."""
    spans = _spans(body)
    if not all(spans.get(letter) for letter in letters):
        return None
    counts = [spans[letter] or 0 for letter in letters]
    places = [dict(zip(letters, found)) for found in islice(product(*map(range, counts)), MOST_TERMS)]
    last = dict(zip(letters, (count - 1 for count in counts)))
    shown = places if prod(counts) <= MOST_TERMS else [*places[: MOST_TERMS // 2], None, last]
    terms = [Setting("⋯") if place is None else _at(body, place) for place in shown]
    known = [term for term in terms if term is not None]
    return Sum(tuple(map(_with_sign, known))) if len(known) == len(terms) else None


def _spans(body: Tree) -> dict[str, int | None]:
    """How far each index letter runs; ``None`` where it runs over something that is not an array of numbers."""
    if isinstance(body, Entry):
        cells = _cells(body.base)
        return {letter: None if cells is None else len(cells) if k == 0 else len(cells[0]) for k, letter in enumerate(body.at)}
    found: dict[str, int | None] = {}
    for part in parts_of(body):
        for letter, span in _spans(part).items():
            found[letter] = span if found.get(letter, span) == span else None
    return found


def _cells(base: Tree) -> tuple[tuple[str, ...], ...] | None:
    """Entries by their indices; a vector has one index."""
    base = mathematical(base)
    if not isinstance(base, Array) or any(cell in "⋯⋮⋱" for row in base.rows for cell in row):
        return None
    return tuple((cell,) for cell in base.rows[0]) if base.kind == "row" else base.rows


def _at(body: Tree, place: dict[str, int]) -> Tree | None:
    """The body at one place; nothing if an entry is left over."""
    missing: list[Tree] = []

    def put(part: Tree) -> Tree:
        if not isinstance(part, Entry):
            return rebuilt(part, put)
        cells = _cells(part.base)
        indices = [place[letter] for letter in part.at if letter in place]
        if cells is None or not indices or len(indices) < len(part.at) or len(indices) > 2 or (len(indices) == 1 and len(cells[0]) > 1):
            missing.append(part)
            return part
        row = cells[indices[0]]
        return Array(((row[indices[1] if len(indices) == 2 else 0],),), "scalar")

    found = put(body)
    return None if missing else found


def _with_sign(term: Tree) -> tuple[bool, Tree]:
    """A term with its minus sign taken out."""
    match term:
        case Sum(((True, inner),)):
            return True, inner
        case Array(((cell,),), "scalar") if cell.startswith("-"):
            return True, Array(((cell[1:],),), "scalar")
        case _:
            return False, term
