"""Short vectors written entry by entry, as a list in brackets: [a b, a + b, 3]."""

from __future__ import annotations

from byhand.lang.expr import Add, Expr, Index, as_number, split_factor
from byhand.lang.index import Reshape, Window
from byhand.lang.sizes import Poly, Shape
from byhand.show.pieces import ONE, Work, is_minus, signed
from byhand.show.tree import Listing, Numeral, Sum, Tree, mathematical

LONGEST_LIST = 16
_ZERO = Numeral(Poly.of(0))


def is_entry(term: Expr) -> bool:
    """Whether this is a single entry of a short vector, zeros beside it."""
    return _entry(term) is not None


def listed(work: Work, terms: tuple[Expr, ...]) -> tuple[bool, Tree]:
    """Single entries together as one list; with all of them negative, the minus sign stands in front."""
    found = [entry for term in terms if (entry := _entry(term)) is not None]
    minus = all(is_minus(value) for _, value, _ in found)
    length = terms[0].shape[0]
    items: list[list[Tree]] = [[] for _ in range(length if isinstance(length, int) else 0)]
    for place, value, scalar in found:
        tree = ONE if scalar is None else work.tree(scalar)
        items[place].append(signed(-value if minus else value, tree, True))
    return minus, Listing(tuple(_added(parts) for parts in items))


def _added(parts: list[Tree]) -> Tree:
    if len(parts) < 2:
        return parts[0] if parts else _ZERO
    return Sum(tuple(term for part in parts for term in (part.terms if isinstance(part, Sum) else ((False, part),))))


def _entry(term: Expr) -> tuple[int, Poly, Expr | None] | None:
    """Place, number in front, and scalar (``None`` for the number alone) of a single entry."""
    value, rest = split_factor(term)
    if not isinstance(rest, Index) or rest.scatter or not isinstance(rest.by, Window) or not _is_short(rest.shape) or rest.arg.shape != (1,):
        return None
    (axis,) = rest.by.axes
    if axis.strides != ((0, 1),) or not isinstance(axis.offset, int) or not -axis.offset >= 0:
        return None
    if as_number(rest.arg) is not None:
        return -axis.offset, value, None
    inner = rest.arg
    if isinstance(inner, Index) and isinstance(inner.by, Reshape) and not inner.arg.shape:
        return -axis.offset, value, inner.arg
    return None


def _is_short(shape: Shape) -> bool:
    return len(shape) == 1 and isinstance(shape[0], int) and shape[0] <= LONGEST_LIST


def as_rows(node: Index, tree: Tree) -> Tree | None:
    """A list brought into two axes: a list of lists."""
    tree = mathematical(tree)
    if not isinstance(node.by, Reshape) or not isinstance(tree, Listing) or len(node.shape) != 2:
        return None
    rows, columns = node.shape
    if not isinstance(rows, int) or not isinstance(columns, int) or len(tree.items) != rows * columns or not isinstance(node.arg, (Add, Index)):
        return None
    return Listing(tuple(Listing(tree.items[k * columns : (k + 1) * columns]) for k in range(rows)))
