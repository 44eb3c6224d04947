"""x[…]: entries, slices, new axes, and rows picked by integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, contract, describe
from byhand.lang.functions import Slice, move_axis, take
from byhand.lang.sizes import Poly, shape_text
from byhand.lang.spec import LETTERS
from byhand.read.arguments import written
from byhand.read.rearranging import classes, gathered, ints_shape, with_new_axes
from byhand.read.scope import Ints
from byhand.read.static import Reader, error, integer, integers, size_of
from byhand.read.syntax import Applied, Attribute, Indexed, Listed, Name, Range, Text, Tree
from byhand.read.value import ATOM, Value


@dataclass(frozen=True, slots=True)
class Picked:
    """Integers in a list, picking along one axis."""

    rows: tuple[Ints, ...]


Item: TypeAlias = Slice | Picked
_WHOLE = slice(None)


def indexed(reader: Reader, tree: Indexed) -> Value:
    base = reader.value(tree.base)
    items = [_item(reader, item) for item in _spread(tree, len(base.expr.shape))]
    if sum(item is not None for item in items) > base.rank:
        raise ShapeError(f"cannot index {describe(base.expr)} of shape {shape_text(base.expr.shape)} with {len(items)} indices.")
    text = f"{base.within(ATOM)}[{', '.join(map(_text, items))}]"
    picks = [item for item in items if isinstance(item, Picked)]
    if not picks:
        plain = [item for item in items if not isinstance(item, Picked) and item is not None]
        taken = take(base.expr, plain) if any(item != _WHOLE for item in plain) else base.expr
        kept = [item for item in items if not isinstance(item, (int, Poly))]
        return Value(with_new_axes(taken, [k for k, item in enumerate(kept) if item is None]), text)
    if len(picks) == 1 and not any(isinstance(item, (int, Poly)) for item in items):
        return Value(_pick_one(base.expr, items), text)
    return Value(_paired(base.expr, items, tree), text)


def _spread(tree: Indexed, rank: int) -> list[Tree]:
    """The items, with ``...`` as so many whole axes."""
    dots = [k for k, item in enumerate(tree.items) if isinstance(item, Text) and item.text == "..."]
    if not dots:
        return list(tree.items)
    if len(dots) > 1:
        raise error("'...' can stand in an index only once.", tree)
    count = rank - sum(not (isinstance(item, Name) and item.name == "None") for item in tree.items) + 1
    whole: list[Tree] = [Range(None, None, None, tree.at) for _ in range(max(count, 0))]
    return [*tree.items[: dots[0]], *whole, *tree.items[dots[0] + 1 :]]


def _item(reader: Reader, tree: Tree) -> Item:
    match tree:
        case Range(start, stop, step):
            first, last = (None if part is None else size_of(reader, part, "the end of a slice") for part in (start, stop))
            return slice(first, last, _step(reader, step))
        case Name("None" | "newaxis") | Attribute(Name("np"), "newaxis"):
            return None
        case Listed() | Applied() | Name() | Attribute():
            found = integers(reader, tree, "an index")
            if isinstance(found, int):
                return found
            if not found:
                raise error("this list of indices is empty.", tree)
            ints_shape(found)
            return Picked(found)
        case Text():
            raise error("an index is a whole number, a slice or a list of whole numbers.", tree)
        case _:
            return size_of(reader, tree, "an index")


def _step(reader: Reader, step: Tree | None) -> int | None:
    found = None if step is None else integer(reader, step, "the step of a slice")
    if step is not None and found == 0:
        raise error("the step of a slice cannot be 0.", step)
    return found


def _text(item: Item) -> str:
    match item:
        case Picked(rows):
            return written(rows, "[]")
        case slice(start=start, stop=stop, step=step):
            ends = ":".join("" if part is None else str(part) for part in (start, stop))
            return ends if step is None else f"{ends}:{step}"
        case _:
            return str(item)


def _pick_one(node: Expr, items: list[Item]) -> Expr:
    """Integers along one axis, slices along others."""
    axis = next(k for k, item in enumerate(items) if isinstance(item, Picked))
    before = sum(item is not None for item in items[:axis])
    picked = items[axis]
    assert isinstance(picked, Picked)
    moved = gathered(move_axis(node, before, 0) if before else node, picked.rows)
    depth = len(ints_shape(picked.rows))
    for _ in range(depth if before else 0):
        moved = move_axis(moved, 0, before + depth - 1)
    rest = [[_WHOLE] * depth if isinstance(item, Picked) else [item] for item in items]
    flat = [one for group in rest for one in group]
    return moved if all(one == _WHOLE for one in flat) else take(moved, flat)


def _paired(node: Expr, items: list[Item], tree: Indexed) -> Expr:
    """P[rows, columns]: one entry for each pair. One-hot rows pick along the second axis."""
    if len(items) != 2 or any(item is None or isinstance(item, (slice, Poly)) for item in items):
        raise error("lists of indices go together with one other index at most: A[rows, columns] picks one entry for each pair.", tree)
    first, second = (item.rows if isinstance(item, Picked) else item for item in items if isinstance(item, (Picked, int)))
    rows, columns = _together(first, second, tree)
    picked = gathered(node, rows)
    letters = LETTERS[2 : len(picked.shape)]
    return contract(f"ij{letters},ij->i{letters}", picked, classes(_positive(columns, node, tree), node.shape[1]))


def _positive(columns: tuple[int, ...], node: Expr, tree: Tree) -> tuple[int, ...]:
    axis = node.shape[1]
    if isinstance(axis, int):
        if any(not -axis <= column < axis for column in columns):
            raise error(f"an index lies outside the {axis} columns of {describe(node)}.", tree)
        return tuple(column % axis for column in columns)
    return columns


def _together(first: Ints, second: Ints, tree: Tree) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two index lists of one length; a single number goes with every entry of the other."""
    length = len(first) if isinstance(first, tuple) else len(second) if isinstance(second, tuple) else 1
    lists = [one if isinstance(one, tuple) else (one,) * length for one in (first, second)]
    if len(lists[0]) != len(lists[1]):
        raise error(f"these lists of indices have {len(lists[0])} and {len(lists[1])} entries, and they are taken in pairs.", tree)
    flat = [tuple(one for one in row if isinstance(one, int)) for row in lists]
    if any(len(short) != length for short in flat):
        raise error("lists of indices that are taken in pairs hold whole numbers only.", tree)
    return flat[0], flat[1]
