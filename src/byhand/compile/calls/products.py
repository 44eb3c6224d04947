"""Contractions: products of matrices for BLAS where they are that, products entry by entry, sums, copies."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from byhand.compile.calls.making import Making, Operand, aligned, collapsed
from byhand.compile.calls.plan import Diagonal, Turned, View
from byhand.compile.calls.sums import summed

COPY_FROM, COPY_TO = 48, 96
"""Sides between which a transposed right factor is copied before BLAS multiplies by it: 8.4 → 6.8 µs at 64 × 64 × 64."""


def contracted(making: Making, operands: Sequence[Operand], word: str, factor: float, out: Operand) -> None:
    """factor · the einsum of one or two operands; the word of ``out`` is that of the result without axes of length one."""
    once = "".join(dict.fromkeys(word))
    if once != word:
        size_of = out.span
        room = Operand(making.work(tuple(size_of[letter] for letter in once)), once, tuple(size_of[letter] for letter in once))
        contracted(making, operands, once, factor, room)
        making.call("fill", (), out.view)
        making.call("np.copyto", (room.view,), out.view.then(Diagonal(word, once)))
        return
    kept = set(word).union(*(other.word for other in operands[1:]))
    first = _without(making, operands[0], kept) if len(operands) == 2 else operands[0]
    if len(operands) == 1:
        _single(making, first, word, factor, out)
        return
    second = _without(making, operands[1], set(word) | set(first.word))
    if any(letter not in word for letter in first.word + second.word):
        _matrix_product(making, first, second, factor, out)
        return
    pair = (aligned(first, word), aligned(second, word))
    if factor == 1:
        making.call("np.multiply", pair, out.view)
    else:
        room = making.work(out.dims)
        making.call("np.multiply", pair, room)
        making.scaled(room, factor, out.view)


def _single(making: Making, operand: Operand, word: str, factor: float, out: Operand) -> None:
    here = "".join(letter for letter in word if letter in operand.word)
    if all(letter in word for letter in operand.word):
        making.scaled(aligned(operand, word), factor, out.view)
    elif here == word:
        summed(making, operand, word, factor, out.view)
    else:
        sums = _without(making, operand, set(word))
        making.scaled(aligned(sums, word), factor, out.view)


def _without(making: Making, operand: Operand, kept: set[str]) -> Operand:
    """Summed over the axes that nothing else has."""
    word = "".join(letter for letter in operand.word if letter in kept)
    if word == operand.word:
        return operand
    dims = tuple(operand.span[letter] for letter in word)
    room = making.work(dims)
    summed(making, operand, word, 1.0, room)
    return Operand(room, word, dims)


# -------------------------------------------------------------------------------------- products of matrices


def _matrix_product(making: Making, left: Operand, right: Operand, factor: float, out: Operand) -> None:
    """Axes that both keep (a stack of products), of the left alone, of the right alone, and those that are summed over."""
    have = "".join(letter for letter in out.word if letter in left.word or letter in right.word)
    if have != out.word:
        spread = _room(making, left, right, have)
        _matrix_product(making, left, right, factor, spread)
        making.call("np.copyto", (aligned(spread, out.word),), out.view)
        return
    stack = "".join(letter for letter in out.word if letter in left.word and letter in right.word)
    alone = "".join(letter for letter in out.word if letter not in stack)
    if alone and alone[-1] in left.word:
        left, right = right, left
    rows = "".join(letter for letter in alone if letter in left.word)
    columns = "".join(letter for letter in alone if letter in right.word)
    if not alone and stack:
        _row_by_row(making, left, right, factor, out)
        return
    target = out if factor == 1 else _room(making, left, right, out.word)
    room = target
    place = collapsed(room, [*stack, rows, columns])
    if place is None or (columns and room.word[-1] != columns[-1]) or (not stack and out.word != rows + columns):
        room = _room(making, left, right, stack + rows + columns)
        place = collapsed(room, [*stack, rows, columns])
    assert place is not None
    pair = _factors(making, left, right, stack, rows, columns)
    if stack:
        making.call("np.matmul", pair, place)
    else:
        making.call("np.dot", pair, _flat(making, room.view, rows, columns, room))
    if room is not target:
        making.call("np.copyto", (room.turned(target.word).view,), target.view)
    if target is not out:
        making.scaled(target.view, factor, out.view)


def _flat(making: Making, view: View, rows: str, columns: str, room: Operand) -> View:
    """A result of ``np.dot``: a matrix, a vector, or a number."""
    span = room.span
    groups = [group for group in (rows, columns) if group]
    return making.shaped(view, tuple(prod(span[letter] for letter in group) for group in groups))


def _factors(making: Making, left: Operand, right: Operand, stack: str, rows: str, columns: str) -> tuple[View, View]:
    """Both operands as (stacks of) matrices; those that no view makes one are copied."""
    met = "".join(letter for letter in left.word if letter in right.word and letter not in stack)
    other = "".join(letter for letter in right.word if letter in met)
    if collapsed(left, [*stack, rows, met]) is None or collapsed(right, [*stack, met, columns]) is None:
        first = [collapsed(left, [*stack, rows, other]), collapsed(right, [*stack, other, columns])]
        if None not in first or (collapsed(left, [*stack, rows, met]) is None and first[1] is not None):
            met = other
    return _matrix(making, left, stack, rows, met, is_left=True), _matrix(making, right, stack, met, columns, is_left=False)


def _matrix(making: Making, operand: Operand, stack: str, rows: str, columns: str, is_left: bool) -> View:
    groups = [*stack, rows, columns]
    view = collapsed(operand, groups)
    if view is None:
        operand = _copied(making, operand, stack + rows + columns)
        view = collapsed(operand, groups)
    assert view is not None
    if not stack and not is_left and rows and columns and _worth_copying(making, view):
        view = making.call("np.copyto", (view,), making.work(making.dims(view)))
    dims = making.dims(view)
    if stack:
        return view
    plain = tuple(count for count, group in zip(dims, (rows, columns)) if group)
    if plain == dims:
        return view
    return making.shaped(operand.view, plain)


def _worth_copying(making: Making, view: View) -> bool:
    return bool(view.steps) and isinstance(view.steps[-1], Turned) and all(COPY_FROM <= count <= COPY_TO for count in making.dims(view))


def _copied(making: Making, operand: Operand, word: str) -> Operand:
    turned = operand.turned(word)
    return Operand(making.call("np.copyto", (turned.view,), making.work(turned.dims)), word, turned.dims)


def _row_by_row(making: Making, left: Operand, right: Operand, factor: float, out: Operand) -> None:
    """Many short dot products: multiply, then add up."""
    met = "".join(letter for letter in left.word if letter in right.word and letter not in out.word)
    both = _room(making, left, right, out.word + met)
    making.call("np.multiply", (aligned(left, both.word), aligned(right, both.word)), both.view)
    summed(making, both, out.word, factor, out.view)


def _room(making: Making, left: Operand, right: Operand, word: str) -> Operand:
    size_of = left.span | right.span
    dims = tuple(size_of[letter] for letter in word)
    return Operand(making.work(dims), word, dims)
