"""NumPy's functions that make numbers and matrices of arrays: constants, reductions, products."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from byhand.lang import functions as arrays
from byhand.lang import leaves
from byhand.lang.build import pick
from byhand.lang.errors import ByhandError, NotYetError, ShapeError
from byhand.lang.expr import Expr, add, broadcast, contract, describe, eye, filled, num, scale
from byhand.lang.functions import Axis, move_axis, take, total
from byhand.lang.index import Affine
from byhand.lang.sizes import Shape, Size, shape_text, volume
from byhand.read.limits import check_entries
from byhand.read.literal import Data

# ---------------------------------------------------------------------------------------------- constants


def constant(data: Data) -> Expr:
    """An array of exact numbers inside a formula: a sum of numbers times unit vectors, in its shape."""
    if not data.shape:
        return num(data.entries[0])
    if len(set(data.entries)) == 1:
        return filled(data.entries[0], data.shape)
    n = len(data.entries)
    units = (arrays.window(filled(1, (1,)), (Affine(-k, ((0, 1),)),), (n,)) for k in range(n))
    flat = add(scale(entry, unit) for entry, unit in zip(data.entries, units) if entry)
    return arrays.reshape(flat, data.shape)


def checked_shape(shape: Shape) -> Shape:
    whole = volume(shape)
    if isinstance(whole, int):
        check_entries(abs(whole))
    if any(isinstance(axis, int) and axis < 0 for axis in shape):
        raise ShapeError(f"an array cannot have the shape {shape_text(shape)}: a size is negative.")
    return shape


def full(shape: Shape, value: Expr) -> Expr:
    if value.shape:
        raise ShapeError(f"full takes a single number to fill with, and {describe(value)} has shape {shape_text(value.shape)}.")
    return broadcast(value, checked_shape(shape))


def identity(n: Size) -> Expr:
    return eye(checked_shape((n, n))[0])


def numbered(count: Size) -> Expr:
    if not isinstance(count, int):
        raise NotYetError("argmax and argmin need an axis whose size is a number.")
    units = (arrays.window(filled(1, (1,)), (Affine(-k, ((0, 1),)),), (count,)) for k in range(1, count))
    return add([filled(0, (count,)), *(scale(k, unit) for k, unit in enumerate(units, 1))])


# ---------------------------------------------------------------------------------------------- reductions


def smallest(x: Expr, axis: Axis, keepdims: bool) -> Expr:
    return -arrays.largest(-x, axis, keepdims)


def argmax(x: Expr, axis: Axis) -> Expr:
    moved = arrays.flatten(x) if axis is None else move_axis(x, arrays.axes_of(x, axis)[0], -1)
    if axis is None:
        check_entries(moved.shape[0] if isinstance(moved.shape[0], int) else 0, 4096)
    return pick(moved) @ numbered(moved.shape[-1])


def deviation(x: Expr, axis: Axis, keepdims: bool) -> Expr:
    return leaves.sqrt(arrays.variance(x, axis, keepdims))


def norm(x: Expr, ord: int, axis: Axis, keepdims: bool) -> Expr:
    if ord not in (1, 2):
        raise NotYetError(f"norm with ord={ord} is not among byhand's functions: ord is 1 or 2.")
    return total(leaves.absolute(x), axis, keepdims) if ord == 1 else leaves.sqrt(total(x**2, axis, keepdims))


def product(x: Expr) -> Expr:
    flat = arrays.flatten(x)
    if not isinstance(flat.shape[0], int) or flat.shape[0] > 100:
        raise NotYetError("prod takes an array of at most 100 entries, with sizes given as numbers.")
    return reduce(lambda a, b: a * b, (take(flat, (k,)) for k in range(flat.shape[0])), num(1))


def sum_over(axis: int) -> Callable[[Expr], Expr]:
    return lambda x: total(x, axis, keepdims=True)


# ------------------------------------------------------------------------------------------------ products


def dot_product(a: Expr, b: Expr) -> Expr:
    if len(a.shape) > 2 or len(b.shape) > 2:
        raise ShapeError("dot takes vectors and matrices; write @ for stacks of matrices.")
    return a @ b if a.shape and b.shape else a * b


def inner_product(a: Expr, b: Expr) -> Expr:
    if len(a.shape) != 1 or len(b.shape) != 1:
        raise ShapeError(f"inner({describe(a)}, {describe(b)}) takes two vectors; their shapes are {shape_text(a.shape)} and {shape_text(b.shape)}.")
    return a @ b


def einsum(how: str, operands: tuple[Expr, ...]) -> Expr:
    """Any number of operands, joined two at a time from the left."""
    words, output = einsum_words(how, operands)
    found, word = operands[0], words[0]
    for k in range(1, len(operands)):
        later = "".join(words[k + 1 :]) + output
        both = "".join(dict.fromkeys(word + words[k]))
        kept = output if k == len(operands) - 1 else "".join(c for c in both if c in later)
        found, word = contract(f"{word},{words[k]}->{kept}", found, operands[k]), kept
    return contract(f"{word}->{output}", found) if len(operands) == 1 else found


def einsum_words(how: str, operands: tuple[Expr, ...]) -> tuple[list[str], str]:
    left, arrow, output = how.replace(" ", "").partition("->")
    words = left.split(",")
    letters = "".join(words)
    if not all(c.isascii() and c.isalpha() for c in letters + output):
        raise ByhandError(f'"{how[:60]}" is no einsum specification: it has letters for axes, commas, and one "->".')
    if len(words) != len(operands):
        raise ByhandError(f'the einsum specification "{how[:60]}" is for {len(words)} operands, and {len(operands)} are given.')
    if len(set(letters + output)) > 40 or len(words) > 20:
        raise ByhandError("this einsum specification is too long.")
    for word, operand in zip(words, operands):
        if len(word) != len(operand.shape):
            raise ShapeError(f"einsum names the axes of {describe(operand)} '{word}', but its shape is {shape_text(operand.shape)}.")
    if not arrow:
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    if not set(output) <= set(letters):
        raise ByhandError(f'the einsum specification "{how[:60]}" has a letter in its result that no operand has.')
    return words, output
