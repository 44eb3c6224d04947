"""Where threads must wait for each other: each works on its share of the rows of every instruction.

Two instructions need no wait between them if what one writes and the other touches is the same rows in the same memory: then each thread
meets only its own. An instruction of one row is the first thread's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias, assert_never

from byhand.compile.tape.tape import Instruction, Load, Pass, Pick, Product, Reduce, Rows, Scalars, Step, Store, View, Window, Zero

Share: TypeAlias = tuple[int, int, int] | None
"""Rows as (offset of the first, stride, how many): the same three, the same share for each thread. None: every thread touches all of it."""


ONE_ROW: Share = (0, 0, 1)
"""The first thread alone."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Memory that an instruction reads or writes: numbers first … last of a base."""

    base: int
    first: int
    last: int
    writes: bool
    share: Share


def rows_of(one: Instruction) -> int:
    """How many rows threads can share."""
    match one:
        case Pass(dims=dims):
            return prod(dims)
        case Product(dims=dims, m=m):
            return prod(dims) if dims else m
        case Reduce(kept=kept):
            return kept[0] if kept else 1
        case Window(dims=dims, scatter=scatter):
            return 1 if scatter or not dims else dims[0]
        case Rows(rows=rows, scatter=scatter):
            return 1 if scatter else len(rows)
        case Pick(rows=rows):
            return rows
        case Scalars() | Zero():
            return 1
        case _:
            assert_never(one)


def touches(one: Instruction) -> list[Touch]:
    """All memory of an instruction."""
    rows = rows_of(one)
    match one:
        case Pass(dims=dims, columns=columns, code=code):
            return [_touch(each.view, (*dims, columns), isinstance(each, Store), rows, len(dims)) for each in code if isinstance(each, (Load, Store))]
        case Scalars(code=code):
            return [_touch(each.view, (), isinstance(each, Store), 1, 0) for each in code if not isinstance(each, Step)]
        case Product(dims=dims, inner=inner, m=m, n=n, k=k):
            lead = len(dims) or 1
            left = _touch(one.left, (*dims, *inner, m, k), False, rows, lead if dims or not inner else 0)
            right = _touch(one.right, (*dims, *inner, k, n), False, rows, lead if dims else 0)
            out = _touch(View(one.out.base, one.out.offset, (*one.out.strides, 1)), (*dims, m, n), True, rows, lead)
            start = [] if one.start is None else [_touch(one.start, (*dims, m, n), False, rows, lead)]
            return [left, right, out, *start, *_factor(one.factor)]
        case Reduce(kept=kept, summed=summed):
            lead = 1 if kept else 0
            source = _touch(one.source, (*kept, *summed), False, rows, lead)
            start = [] if one.start is None else [_touch(one.start, kept, False, rows, lead)]
            return [source, _touch(one.out, kept, True, rows, lead), *start, *_factor(one.factor)]
        case Window(dims=dims, inside=inside, scatter=scatter):
            outer, inner = (one.out, one.source) if not scatter else (one.source, one.out)
            return [_dense(outer, dims, not scatter, rows), _whole(inner, prod(inside), scatter, rows)]
        case Rows(rows=picked, length=length, count=count, scatter=scatter):
            small, table = (one.out, one.source) if not scatter else (one.source, one.out)
            return [_dense(small, (len(picked), length), not scatter, rows), _whole(table, count * length, scatter, rows)]
        case Pick(columns=columns):
            return [_dense(one.source, (rows, columns), False, rows), _dense(one.out, (rows, columns), True, rows)]
        case Zero(length=length):
            return [_whole(one.out, length, True, 1)]
        case _:
            assert_never(one)


def _factor(view: View | None) -> list[Touch]:
    return [] if view is None else [Touch(view.base, view.offset, view.offset, False, None)]


def _whole(view: View, length: int, writes: bool, rows: int) -> Touch:
    return Touch(view.base, view.offset, view.offset + length - 1, writes, ONE_ROW if rows == 1 else None)


def _dense(view: View, dims: Sequence[int], writes: bool, rows: int) -> Touch:
    length = prod(dims)
    share = (view.offset, length // rows, rows) if rows > 1 else ONE_ROW
    return Touch(view.base, view.offset, view.offset + length - 1, writes, share)


def _touch(view: View, dims: Sequence[int], writes: bool, rows: int, lead: int) -> Touch:
    """``lead``: how many of the loops count the rows."""
    reach = [step * (count - 1) for step, count in zip(view.strides, dims)]
    share: Share = None
    if rows == 1:
        share = ONE_ROW
    elif lead == 1 and view.strides[0] > sum(reach[1:]):
        share = (view.offset, view.strides[0], rows)
    return Touch(view.base, view.offset, view.offset + sum(reach), writes, share)


def conflict(one: Touch, other: Touch) -> bool:
    if not (one.writes or other.writes) or one.base != other.base or one.last < other.first or other.last < one.first:
        return False
    return one.share is None or one.share != other.share


def waits(instructions: Sequence[Instruction], threads: int, before: Sequence[Touch] = ()) -> tuple[bool, ...]:
    """Before which instructions all wait. ``before``: what is written at the beginning of a step."""
    if threads == 1:
        return (False,) * len(instructions)
    found: list[bool] = []
    pending = list(before)
    for one in instructions:
        mine = touches(one)
        must = any(conflict(a, b) for a in pending for b in mine)
        pending = mine if must else [*pending, *mine]
        found.append(must)
    return tuple(found)
