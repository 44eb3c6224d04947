"""A tape as one array of 64-bit words, which is what the extension reads: every field in the order of the dataclasses.

A view is base, offset, number of strides, strides; dims are their number and then they; a number with a point is the word of its bits. What may be
missing is 0, or 1 and it. Instructions begin with their kind, whether threads wait before them, and how many words follow.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import assert_never

import numpy as np

from byhand.compile.tape.tape import OPS, Code, Instruction, Load, Pass, Pick, Product, Reduce, Rows, Scalars, Step, Store, Tape, View, Window, Zero
from byhand.run.arrays import Array

KINDS: tuple[type[Instruction], ...] = (Pass, Scalars, Product, Reduce, Window, Rows, Pick, Zero)
LOAD, STORE = -1, -2
FORMAT = 1


def encoded(tape: Tape) -> Array:
    """FORMAT, length, number of batches and they, number of instructions and they."""
    words = [FORMAT, tape.length, *_dims(tape.batches), len(tape.instructions)]
    for one, wait in zip(tape.instructions, tape.waits):
        body = _fields(one)
        words += [KINDS.index(type(one)), int(wait), len(body), *body]
    return np.array(words, dtype=np.int64)


def _fields(one: Instruction) -> list[int]:
    match one:
        case Pass(dims, columns, registers, code):
            return [*_dims(dims), columns, registers, *_code(code)]
        case Scalars(registers, code):
            return [registers, *_code(code)]
        case Product(dims, inner, m, n, k, left, right, out, start, scale, factor):
            return [*_dims(dims), *_dims(inner), m, n, k, *_view(left), *_view(right), *_view(out), *_maybe(start), _bits(scale), *_maybe(factor)]
        case Reduce(kept, summed, source, out, start, largest, scale, factor):
            return [*_dims(kept), *_dims(summed), *_view(source), *_view(out), *_maybe(start), int(largest), _bits(scale), *_maybe(factor)]
        case Window(dims, inside, offsets, steps, scatter, source, out):
            table = [word for each in steps for word in each]
            return [*_dims(dims), *_dims(inside), *offsets, *table, int(scatter), *_view(source), *_view(out)]
        case Rows(rows, length, count, scatter, source, out):
            return [*_dims(rows), length, count, int(scatter), *_view(source), *_view(out)]
        case Pick(rows, columns, source, out):
            return [rows, columns, *_view(source), *_view(out)]
        case Zero(length, out):
            return [length, *_view(out)]
        case _:
            assert_never(one)


def _dims(dims: Sequence[int]) -> list[int]:
    return [len(dims), *dims]


def _view(view: View) -> list[int]:
    return [view.base, view.offset, *_dims(view.strides)]


def _maybe(view: View | None) -> list[int]:
    return [0] if view is None else [1, *_view(view)]


def _bits(number: float) -> int:
    return int(struct.unpack("<q", struct.pack("<d", number))[0])


def _code(code: Code) -> list[int]:
    words = [len(code)]
    for one in code:
        match one:
            case Load(register, view):
                words += [LOAD, register, *_view(view)]
            case Store(register, view, once):
                words += [STORE, register, int(once), *_view(view)]
            case Step(op, out, args, number, offset):
                words += [OPS[op], out, len(args), *args, _bits(number), _bits(offset)]
            case _:
                assert_never(one)
    return words
