"""How far the indices of a sheet reach, so that the depths looked at are larger than every number that stands in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from byhand.lang.errors import NotYetError
from byhand.lang.sizes import Poly
from byhand.read.rebuild import everywhere
from byhand.read.syntax import Indexed, Number, Ranged, Tree
from byhand.sheets.families.system import System

USUAL, MOST = 2, 6


def beyond(system: System, trees: Iterable[Tree] = ()) -> int:
    """How many more depths than usual are needed; ``NotYetError`` for numbers that are too large to look beyond them."""
    polys = [poly for one in (*system.equations, *system.sizes) for poly in (*one.index, *(end for b in (*one.over, *one.inner) for end in (b.low, b.high)))]
    values = [one.value for one in (*system.equations, *system.sizes) if one.value is not None]
    largest = max([abs(number) for number in (*_constants(polys), *(n for tree in (*values, *trees) for n in _numbers(tree)))], default=0)
    if largest > MOST:
        raise NotYetError(f"{largest} stands in an index or a range; with a letter for the depth, numbers up to {MOST} may stand there.")
    return 2 * max(0, largest - USUAL)


def _constants(polys: Iterable[Poly]) -> Iterator[int]:
    return (int(value) for poly in polys for monomial, value in poly.terms if not monomial)


def _numbers(tree: Tree) -> Iterator[int]:
    for node in everywhere(tree):
        places = node.items if isinstance(node, Indexed) else [end for one in node.over for end in (one.low, one.high)] if isinstance(node, Ranged) else ()
        yield from (int(inner.value) for place in places for inner in everywhere(place) if isinstance(inner, Number))
