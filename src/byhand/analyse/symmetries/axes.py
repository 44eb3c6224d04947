"""Which axes of a formula are the same axis: the letters that one would write for them all over the formula.

Two axes are one wherever they meet under one letter, are added, or go through an elementwise function. An axis may be
made of others: ``flatten`` makes one axis of several (a product), ``concat`` puts several after another (a sum). An axis is
*fixed* where its places cannot change names, since they are those of an input or of the value, and *tangled* where the formula goes by the
numbers of places, as windows do, so that it is not followed any further.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from byhand.lang.sizes import Poly, Shape, Size, size

Kind = Literal["product", "sum"]


@dataclass(slots=True, eq=False)
class Axis:
    """One axis, or a name for another one (``same``). ``parts``: what it is made of, and how."""

    size: Size
    fixed: bool = False
    tangled: bool = False
    kind: Kind = "product"
    parts: tuple[Axis, ...] = ()
    same: Axis | None = field(default=None, repr=False)


def axis_of(n: Size) -> Axis:
    return Axis(n)


def found(axis: Axis) -> Axis:
    """The one that stands for all that are the same."""
    while axis.same is not None:
        axis = axis.same
    return axis


def leaves(axis: Axis) -> list[Axis]:
    """What an axis is made of in the end, in order; itself if nothing."""
    top = found(axis)
    return [leaf for part in top.parts for leaf in leaves(part)] if top.parts else [top]


def blocks(axis: Axis) -> list[list[int]]:
    """The stretches that an axis is a sum of, each by the numbers of the leaves that it is a product of."""
    return _blocks(axis, 0)


def _blocks(axis: Axis, first: int) -> list[list[int]]:
    top = found(axis)
    if not top.parts:
        return [[first]]
    inside: list[list[list[int]]] = []
    for part in top.parts:
        inside.append(_blocks(part, first))
        first += len(leaves(part))
    if top.kind == "sum":
        return [block for part in inside for block in part]
    together: list[list[int]] = [[]]
    for part in inside:
        together = [[*block, *more] for block in together for more in part]
    return together


def fix(axis: Axis, tangled: bool = False) -> None:
    """The places of an axis do not change names."""
    top = found(axis)
    top.fixed = True
    top.tangled |= tangled
    for part in top.parts:
        fix(part, tangled)


def pin(axis: Axis) -> None:
    """The axis is not followed any further."""
    fix(axis, tangled=True)


def made_of(axis: Axis, kind: Kind, sizes: Shape) -> tuple[Axis, ...]:
    """Take an axis apart that was none so far."""
    top = found(axis)
    top.kind, top.parts = kind, tuple(Axis(n, top.fixed, top.tangled) for n in sizes)
    return top.parts


def unite(first: Axis, second: Axis) -> None:
    """The two are the same axis."""
    a, b = found(first), found(second)
    if a is b:
        return
    if not a.parts and b.parts:
        a, b = b, a
    fixed, tangled = a.fixed or b.fixed, a.tangled or b.tangled
    if a.parts and b.parts:
        if a.kind == b.kind:
            match_up(pieces(a, a.kind), pieces(b, a.kind), a.kind)
        else:
            fixed = tangled = True
            pin(b)
    b.same = a
    if fixed:
        fix(a, tangled)


def pieces(axis: Axis, kind: Kind) -> list[Axis]:
    """What an axis is a product, or a sum, of; itself if it is none."""
    top = found(axis)
    return [piece for part in top.parts for piece in pieces(part, kind)] if top.parts and top.kind == kind else [top]


def match_up(first: list[Axis], second: list[Axis], kind: Kind) -> None:
    """Two ways to take the same axes apart, piece by piece from the left; what does not fit is pinned."""
    a, b = [found(x) for x in reversed(first)], [found(x) for x in reversed(second)]
    while a and b:
        one, other = found(a.pop()), found(b.pop())
        if one.size == other.size:
            unite(one, other)
        elif (rest := _rest(one.size, other.size, kind)) is not None and not one.parts:
            head, tail = made_of(one, kind, (other.size, rest))
            unite(head, other)
            a.append(tail)
        elif (rest := _rest(other.size, one.size, kind)) is not None and not other.parts:
            head, tail = made_of(other, kind, (one.size, rest))
            unite(one, head)
            b.append(tail)
        else:
            a.append(one)
            b.append(other)
            break
    for rest_of in (*a, *b):
        if found(rest_of).size != (1 if kind == "product" else 0):
            pin(rest_of)


def _rest(whole: Size, part: Size, kind: Kind) -> Size | None:
    """What is left of a size beside a part of it, if that is a size again."""
    if kind == "sum":
        left = size(Poly.of(whole) - part)
        return left if left != 0 and not_negative(left) else None
    inverse = Poly.of(part).inverse() if part != 0 else None
    left = size(inverse * whole) if inverse is not None else None
    if left is None or part == 1 or left == 1:
        return None
    terms = Poly.of(left).terms
    whole_numbers = all(value.denominator == 1 and all(power > 0 for _, power in monomial) for monomial, value in terms)
    return left if whole_numbers else None


def not_negative(n: Size) -> bool:
    """Whether a size is seen to be no less than 0."""
    return all(value >= 0 for _, value in Poly.of(n).terms)


def segment(axis: Axis, start: Size, length: Size) -> list[Axis] | None:
    """The pieces that make up ``length`` places from ``start`` on; ``None``, and the axis pinned, where sizes do not tell."""
    top = found(axis)
    if start == 0 and length == top.size:
        return [top]
    if not top.parts:
        end = size(Poly.of(top.size) - start - length)
        if not (not_negative(start) and not_negative(length) and not_negative(end)):
            pin(top)
            return None
        made_of(top, "sum", tuple(n for n in (start, length, end) if n != 0))
    if top.kind != "sum" or not (_cut(top, start) and _cut(top, size(Poly.of(start) + length))):
        pin(top)
        return None
    inside: list[Axis] = []
    at: Size = 0
    for piece in pieces(top, "sum"):
        after = size(Poly.of(at) + piece.size)
        if not_negative(size(Poly.of(at) - start)) and not_negative(size(Poly.of(start) + length - after)):
            inside.append(piece)
        at = after
    return inside


def _cut(axis: Axis, place: Size) -> bool:
    """Make a border between pieces at this place, if sizes say where it is."""
    at: Size = 0
    for piece in pieces(axis, "sum"):
        if at == place:
            return True
        before, after = size(Poly.of(place) - at), size(Poly.of(at) + piece.size - place)
        if after != 0 and not_negative(before) and not_negative(after):
            if piece.parts:
                return False
            made_of(piece, "sum", (before, after))
            return True
        at = size(Poly.of(at) + piece.size)
    return at == place
