"""The axes of every node of a formula, found to be the same or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, assert_never

from byhand.analyse.symmetries.axes import Axis, axis_of, fix, match_up, not_negative, pieces, pin, segment, unite
from byhand.analyse.symmetries.opened import Opened
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.index import Gather, Reshape, Window
from byhand.lang.sizes import Poly, size

Letters: TypeAlias = dict[Expr, tuple[Axis, ...]]


def letters_of(function: Opened, parameters: Iterable[Var]) -> Letters:
    """The axes of every node. Those of the value and of whatever is no parameter are fixed: they do not change names."""
    known: Letters = {}
    free = frozenset(parameters)
    for node in function.order:
        known[node] = tuple(map(axis_of, node.shape))
        _meet(node, known)
        if isinstance(node, Var) and node not in free:
            _fix_all(known[node])
    _fix_all(known[function.root])
    return known


def _fix_all(axes: Iterable[Axis]) -> None:
    for axis in axes:
        fix(axis)


def _pin_all(axes: Iterable[Axis]) -> None:
    for axis in axes:
        pin(axis)


def _unite_all(first: Iterable[Axis], second: Iterable[Axis]) -> None:
    for a, b in zip(first, second, strict=True):
        unite(a, b)


def _meet(node: Expr, known: Letters) -> None:
    mine = known[node]
    match node:
        case Var(facts=facts):
            if "symmetric" in facts:
                unite(*mine)
        case Num():
            pass
        case Add(parts) | Map(_, parts):
            for part in parts:
                _unite_all(mine, known[part])
        case Contract(how, args):
            first: dict[str, Axis] = {}
            for word, axes in (*((word, known[arg]) for word, arg in zip(how.inputs, args)), (how.output, mine)):
                for letter, axis in zip(word, axes):
                    unite(first.setdefault(letter, axis), axis)
        case Index(by, scatter, arg):
            _re_index(by, *((mine, known[arg]) if scatter else (known[arg], mine)))
        case Inverse(arg):
            _unite_all((*mine[:-2], mine[-1], mine[-2]), known[arg])
        case Pick(arg):
            _unite_all(mine, known[arg])
        case Named() | Call():
            raise ByhandError("names and rules are opened before their axes are looked at.")
        case _:
            assert_never(node)


def _re_index(by: Window | Reshape | Gather, source: tuple[Axis, ...], target: tuple[Axis, ...]) -> None:
    """``target`` reads from ``source``."""
    match by:
        case Reshape():
            match_up(_factors(source), _factors(target), "product")
        case Gather():
            pin(source[0])
            pin(target[0])
            _unite_all(source[1:], target[1:])
        case Window(axes):
            used = [k for one in axes for k, _ in one.strides]
            for one, axis in zip(axes, source):
                if not one.strides:
                    segment(axis, one.offset, 1)
                elif len(one.strides) == 1 and one.strides[0][1] == 1 and used.count(one.strides[0][0]) == 1:
                    _shift(axis, target[one.strides[0][0]], one.offset)
                else:
                    _pin_all((axis, *(target[k] for k, _ in one.strides)))
        case _:
            assert_never(by)


def _factors(axes: tuple[Axis, ...]) -> list[Axis]:
    """What axes are made of by flattening, in order."""
    return [factor for axis in axes for factor in pieces(axis, "product") if factor.size != 1]


def _shift(source: Axis, target: Axis, offset: int | Poly) -> None:
    """A slice, or a pad with zeros: one axis is a stretch of the other."""
    back = size(-Poly.of(offset))
    end = size(Poly.of(source.size) - offset - target.size)
    if not_negative(offset) and not_negative(end):
        whole, part, start = source, target, offset
    elif not_negative(back) and not_negative(size(-Poly.of(end))):
        whole, part, start = target, source, back
    else:
        _pin_all((source, target))
        return
    stretch = segment(whole, start, part.size)
    if stretch is None:
        pin(part)
    else:
        match_up(stretch, pieces(part, "sum"), "sum")
