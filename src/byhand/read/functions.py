"""The functions of formulas: NumPy's, the elementwise leaves, and every rule by its own declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import cast

from byhand.lang import functions as arrays
from byhand.lang import leaves
from byhand.lang.build import index, inverse, pick
from byhand.lang.errors import ByhandError, NotYetError, ShapeError
from byhand.lang.expr import Expr, add, broadcast, contract, describe, eye, filled, num, scale
from byhand.lang.functions import Axis, move_axis, permute, take, total
from byhand.lang.index import Affine, Gather, Window
from byhand.lang.sizes import Shape, Size, shape_text, volume
from byhand.read.limits import check_entries
from byhand.read.literal import Data
from byhand.read.scope import Ints
from byhand.read.signature import Function, Param, of_rule
from byhand.read.static import NestedSizes
from byhand.rules import RULES

_X = Param("x")
_AXIS = Param("axis", "axis", None)
_KEEP = Param("keepdims", "bool", False)


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


def _shaped(shape: Shape) -> Shape:
    whole = volume(shape)
    if isinstance(whole, int):
        check_entries(abs(whole))
    if any(isinstance(axis, int) and axis < 0 for axis in shape):
        raise ShapeError(f"an array cannot have the shape {shape_text(shape)}: a size is negative.")
    return shape


def _full(shape: Shape, value: Expr) -> Expr:
    if value.shape:
        raise ShapeError(f"full takes a single number to fill with, and {describe(value)} has shape {shape_text(value.shape)}.")
    return broadcast(value, _shaped(shape))


def _eye(n: Size) -> Expr:
    return eye(_shaped((n, n))[0])


def _numbered(count: Size) -> Expr:
    if not isinstance(count, int):
        raise NotYetError("argmax and argmin need an axis whose size is a number.")
    return reduce(lambda a, b: a + b, (k * arrays.window(filled(1, (1,)), (Affine(-k, ((0, 1),)),), (count,)) for k in range(1, count)), filled(0, (count,)))


# ---------------------------------------------------------------------------------------------- reductions


def _smallest(x: Expr, axis: Axis, keepdims: bool) -> Expr:
    return -arrays.largest(-x, axis, keepdims)


def _argmax(x: Expr, axis: Axis) -> Expr:
    moved = arrays.flatten(x) if axis is None else move_axis(x, arrays.axes_of(x, axis)[0], -1)
    if axis is None:
        check_entries(moved.shape[0] if isinstance(moved.shape[0], int) else 0, 4096)
    return pick(moved) @ _numbered(moved.shape[-1])


def _std(x: Expr, axis: Axis, keepdims: bool) -> Expr:
    return leaves.sqrt(arrays.variance(x, axis, keepdims))


def _norm(x: Expr, ord: int, axis: Axis, keepdims: bool) -> Expr:
    if ord not in (1, 2):
        raise NotYetError(f"norm with ord={ord} is not among byhand's functions: ord is 1 or 2.")
    return total(leaves.absolute(x), axis, keepdims) if ord == 1 else leaves.sqrt(total(x**2, axis, keepdims))


def _product(x: Expr) -> Expr:
    flat = arrays.flatten(x)
    if not isinstance(flat.shape[0], int) or flat.shape[0] > 100:
        raise NotYetError("prod takes an array of at most 100 entries, with sizes given as numbers.")
    return reduce(lambda a, b: a * b, (take(flat, (k,)) for k in range(flat.shape[0])), num(1))


def _over(axis: int) -> Callable[[Expr], Expr]:
    return lambda x: total(x, axis, keepdims=True)


# ------------------------------------------------------------------------------------------------ products


def _dot(a: Expr, b: Expr) -> Expr:
    if len(a.shape) > 2 or len(b.shape) > 2:
        raise ShapeError("dot takes vectors and matrices; write @ for stacks of matrices.")
    return a @ b if a.shape and b.shape else a * b


def _inner(a: Expr, b: Expr) -> Expr:
    if len(a.shape) != 1 or len(b.shape) != 1:
        raise ShapeError(f"inner({describe(a)}, {describe(b)}) takes two vectors; their shapes are {shape_text(a.shape)} and {shape_text(b.shape)}.")
    return a @ b


def _einsum(how: str, operands: tuple[Expr, ...]) -> Expr:
    """Any number of operands, joined two at a time from the left."""
    words, output = _einsum_words(how, operands)
    found, word = operands[0], words[0]
    for k in range(1, len(operands)):
        later = "".join(words[k + 1 :]) + output
        both = "".join(dict.fromkeys(word + words[k]))
        kept = output if k == len(operands) - 1 else "".join(c for c in both if c in later)
        found, word = contract(f"{word},{words[k]}->{kept}", found, operands[k]), kept
    return contract(f"{word}->{output}", found) if len(operands) == 1 else found


def _einsum_words(how: str, operands: tuple[Expr, ...]) -> tuple[list[str], str]:
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


# -------------------------------------------------------------------------------------- pieces of arrays


def _concat(parts: Sequence[Expr], axis: int) -> Expr:
    if not parts:
        raise ByhandError("there is nothing to concatenate.")
    if any(not part.shape for part in parts):
        raise ShapeError("concat takes arrays; write [a, b] to make a vector of single numbers.")
    return arrays.concat(parts, axis)


def stacked(parts: Sequence[Expr], axis: int = 0) -> Expr:
    """Things of one shape as the rows of an array."""
    if not parts:
        raise ByhandError("there is nothing to stack.")
    for part in parts:
        if part.shape != parts[0].shape:
            raise ShapeError(f"the entries of a list have different shapes: {describe(parts[0])} has {shape_text(parts[0].shape)}, {describe(part)} has {shape_text(part.shape)}.")
    found = arrays.stack(parts)
    rank = len(found.shape)
    if not -rank <= axis < rank:
        raise ShapeError(f"stack along axis {axis} makes no sense for a result with {rank} axes.")
    return move_axis(found, 0, axis)


def _hstack(parts: Sequence[Expr]) -> Expr:
    return _concat(parts, 1 if parts and len(parts[0].shape) > 1 else 0)


def _vstack(parts: Sequence[Expr]) -> Expr:
    return stacked(parts) if parts and len(parts[0].shape) == 1 else _concat(parts, 0)


def _transpose(x: Expr, axes: int | tuple[int, ...]) -> Expr:
    return permute(x, _each(axes, 1)) if axes != () else x.T


def _swap(x: Expr, first: int, second: int) -> Expr:
    (a,), (b,) = arrays.axes_of(x, first), arrays.axes_of(x, second)
    order = list(range(len(x.shape)))
    order[a], order[b] = b, a
    return permute(x, order)


def _reshape(x: Expr, shape: Shape) -> Expr:
    if sum(axis == -1 for axis in shape) > 1:
        raise ShapeError("reshape can work out only one axis by itself; -1 stands in several places.")
    return arrays.reshape(x, shape)


def _expand(x: Expr, axis: int) -> Expr:
    rank = len(x.shape) + 1
    if not -rank <= axis < rank:
        raise ShapeError(f"there is no place {axis} for a new axis in {describe(x)}, whose shape is {shape_text(x.shape)}.")
    return arrays.reshape(x, (*x.shape[: axis % rank], 1, *x.shape[axis % rank :]))


def _squeeze(x: Expr, axis: Axis) -> Expr:
    gone = arrays.axes_of(x, axis) if axis is not None else tuple(k for k, n in enumerate(x.shape) if n == 1)
    if any(x.shape[k] != 1 for k in gone):
        raise ShapeError(f"squeeze takes away axes of size 1, and {describe(x)} has shape {shape_text(x.shape)}.")
    return arrays.reshape(x, tuple(n for k, n in enumerate(x.shape) if k not in gone))


def _flip(x: Expr, axis: Axis) -> Expr:
    gone = arrays.axes_of(x, axis)
    return take(x, [slice(None, None, -1) if k in gone else slice(None) for k in range(len(x.shape))])


def _pad(x: Expr, widths: NestedSizes) -> Expr:
    """NumPy's widths: one number, one pair for all axes, or a pair for each axis."""
    rank = len(x.shape)
    if not isinstance(widths, tuple):
        pairs: list[NestedSizes] = [(widths, widths)] * rank
    elif len(widths) == 2 and not any(isinstance(one, tuple) for one in widths):
        pairs = [widths] * rank
    else:
        pairs = list(widths)
    if len(pairs) != rank or not all(isinstance(one, tuple) and len(one) == 2 for one in pairs):
        raise ShapeError(f"pad needs a pair (before, after) for each of the {rank} axes of {describe(x)}.")
    flat = [cast("tuple[Size, Size]", one) for one in pairs]
    return arrays.pad(x, [before for before, _ in flat], [after for _, after in flat])


def _each(value: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    """One number for every axis, or one for each."""
    return (value,) * count if isinstance(value, int) else value


def _windows(x: Expr, sizes: Shape, stride: int | tuple[int, ...], padding: int | tuple[int, ...]) -> Expr:
    count = len(sizes)
    strides, pads = _each(stride, count), _each(padding, count)
    if count > len(x.shape) or len(strides) != count or len(pads) != count or min(strides, default=1) < 1 or min(pads, default=0) < 0:
        raise ShapeError(
            f"the settings of windows do not fit {describe(x)} of shape {shape_text(x.shape)}: they need one size, stride and padding for each axis."
        )
    return arrays.windows(x, sizes, strides, pads)


def _unwindows(g: Expr, shape: Shape, stride: int | tuple[int, ...], padding: int | tuple[int, ...]) -> Expr:
    """The adjoint of ``windows``: every entry goes back to where its window took it from, and is added there."""
    count = len(g.shape) - len(shape)
    lead = len(shape) - count
    strides, pads = _each(stride, count), _each(padding, count)
    if count < 1 or lead < 0 or len(strides) != count or len(pads) != count:
        raise ShapeError(f"unwindows cannot bring {describe(g)} of shape {shape_text(g.shape)} back into {shape_text(shape)}.")
    plain = [Affine(0, ((k, 1),)) for k in range(lead)]
    moved = [Affine(-p, ((lead + k, s), (lead + count + k, 1))) for k, (s, p) in enumerate(zip(strides, pads))]
    return arrays.window(g, plain + moved, _shaped(shape), scatter=True)


def _affine(axes: NestedSizes, count: int, outer: int) -> tuple[Affine, ...]:
    """Axes as ``(offset, (axis of the result, stride), …)`` each."""
    if not isinstance(axes, tuple) or len(axes) != count:
        raise ShapeError(f"reindex needs (offset, (axis, stride), …) for each of {count} axes.")
    found: list[Affine] = []
    for one in axes:
        offset, *strides = one if isinstance(one, tuple) else (one,)
        if isinstance(offset, tuple) or not all(isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(k, int) for k in pair) for pair in strides):
            raise ShapeError("reindex takes (offset, (axis, stride), …) for each axis.")
        pairs = tuple(cast("tuple[int, int]", pair) for pair in strides)
        if any(not 0 <= axis < outer for axis, _ in pairs):
            raise ShapeError("reindex names an axis that the array does not have.")
        found.append(Affine(offset, pairs))
    return tuple(found)


def _reindex(x: Expr, shape: Shape, axes: NestedSizes) -> Expr:
    return index(Window(_affine(axes, len(x.shape), len(shape))), x, _shaped(shape))


def _unreindex(g: Expr, shape: Shape, axes: NestedSizes) -> Expr:
    return index(Window(_affine(axes, len(shape), len(g.shape))), g, _shaped(shape), scatter=True)


def _scatter(g: Expr, shape: Shape, rows: Ints) -> Expr:
    flat = _flat(rows)
    if not g.shape or g.shape != (len(flat), *shape[1:]):
        raise ShapeError(f"scatter cannot put {describe(g)} of shape {shape_text(g.shape)} back into {len(flat)} rows of {shape_text(shape)}.")
    if any(isinstance(shape[0], int) and not 0 <= row < shape[0] for row in flat):
        raise ShapeError(f"scatter has a row outside an array of shape {shape_text(shape)}.")
    return index(Gather(flat), g, _shaped(shape), scatter=True)


def _flat(rows: Ints) -> tuple[int, ...]:
    return (rows,) if isinstance(rows, int) else tuple(one for row in rows for one in _flat(row))


def ints_shape(rows: Ints) -> tuple[int, ...]:
    """The shape of nested integers, ``ShapeError`` if they are ragged."""
    if isinstance(rows, int):
        return ()
    inner = {ints_shape(row) for row in rows}
    if len(inner) > 1:
        raise ShapeError("these lists of integers are ragged.")
    return (len(rows), *(inner.pop() if inner else ()))


def gathered(node: Expr, rows: Ints) -> Expr:
    """Rows picked by integers in any shape."""
    shape = ints_shape(rows)
    return arrays.reshape(arrays.gather(node, _flat(rows)), (*shape, *node.shape[1:]))


def classes(rows: Ints, count: Size) -> Expr:
    """One-hot rows for class labels in any shape."""
    if isinstance(count, int) and any(not 0 <= row < count for row in _flat(rows)):
        raise ShapeError(f"a class label lies outside 0 … {count - 1}.")
    return gathered(eye(count), rows)


def _where(condition: Expr, a: Expr, b: Expr) -> Expr:
    return condition * a + (1 - condition) * b


def _broadcast_to(x: Expr, shape: Shape) -> Expr:
    padded = (1,) * (len(shape) - len(x.shape)) + x.shape
    if len(padded) != len(shape) or any(a not in (1, b) for a, b in zip(padded, shape)):
        raise ShapeError(f"cannot stretch {describe(x)} of shape {shape_text(x.shape)} to {shape_text(shape)}.")
    return broadcast(x, _shaped(shape))


def _one_hot(rows: Ints, count: Size) -> Expr:
    return classes(rows, count)


# ------------------------------------------------------------------------------------------------- the table


def _unary(build: Callable[[Expr], Expr], *names: str) -> tuple[Function, ...]:
    return tuple(Function(name, (_X,), build) for name in names)


def _binary(build: Callable[[Expr, Expr], Expr], *names: str) -> tuple[Function, ...]:
    return tuple(Function(name, (Param("a"), Param("b")), build) for name in names)


def _reduction(build: Callable[[Expr, Axis, bool], Expr], *names: str, other: str = "") -> tuple[Function, ...]:
    return tuple(Function(name, (_X, _AXIS, _KEEP), build, other) for name in names)


_PARTS = Param("parts", "parts")
_SETTINGS = (Param("stride", "ints", 1), Param("padding", "ints", 0))
_SHEET: tuple[Function, ...] = (
    *_unary(leaves.exp, "exp"), *_unary(leaves.log, "log", "ln"), *_unary(leaves.sqrt, "sqrt"), *_unary(leaves.absolute, "abs", "absolute"),
    *_unary(leaves.sin, "sin"), *_unary(leaves.cos, "cos"), *_unary(lambda x: leaves.sin(x) / leaves.cos(x), "tan"), *_unary(leaves.tanh, "tanh"),
    *_unary(leaves.sigmoid, "sigmoid", "σ"), *_unary(leaves.relu, "relu"), *_unary(leaves.step, "step", "heaviside"), *_unary(leaves.sign, "sign", "sgn"),
    *_unary(leaves.erf, "erf"), *_unary(lambda x: x**2, "square"), *_unary(lambda x: 1 / x, "reciprocal"), *_unary(lambda x: -x, "negative"),
    *_unary(lambda x: (leaves.exp(x) - leaves.exp(-x)) / 2, "sinh"), *_unary(lambda x: (leaves.exp(x) + leaves.exp(-x)) / 2, "cosh"),
    *_unary(lambda x: leaves.log(1 + x), "log1p"), *_unary(lambda x: leaves.exp(x) - 1, "expm1"),
    *_unary(lambda x: leaves.log(x) / leaves.log(num(2)), "log2"), *_unary(lambda x: leaves.log(x) / leaves.log(num(10)), "log10"),
    *_reduction(total, "sum"), *_reduction(arrays.mean, "mean"), *_reduction(arrays.variance, "var"), *_reduction(_std, "std"),
    *_reduction(arrays.largest, "max", "amax", other="maximum"), *_reduction(_smallest, "min", "amin", other="minimum"),
    Function("norm", (_X, Param("ord", "int", 2), _AXIS, _KEEP), _norm), Function("argmax", (_X, _AXIS), _argmax), Function("argmin", (_X, _AXIS), lambda x, a: _argmax(-x, a)),
    *_unary(_product, "prod"), *_unary(_over(1), "rowsum"), *_unary(_over(0), "colsum"), *_unary(pick, "largest"),
    *_binary(arrays.outer, "outer"), *_binary(_dot, "dot"), *_binary(lambda a, b: a @ b, "matmul"), *_binary(_inner, "inner", "vdot"),
    *_binary(lambda a, b: a**b, "power", "pow"), *_binary(lambda a, b: a * b, "multiply"), *_binary(lambda a, b: a + b, "add"),
    *_binary(lambda a, b: a - b, "subtract"), *_binary(lambda a, b: a / b, "divide"), Function("where", (Param("condition"), Param("a"), Param("b")), _where),
    *_unary(inverse, "inv"), *_unary(arrays.diag, "diag"), *_unary(arrays.trace, "trace", "tr"),
    Function("einsum", (Param("spec", "spec"), Param("operands", "expr", rest=True)), _einsum),
    Function("concat", (_PARTS, Param("axis", "int", 0)), _concat), Function("concatenate", (_PARTS, Param("axis", "int", 0)), _concat),
    Function("stack", (_PARTS, Param("axis", "int", 0)), stacked), Function("hstack", (_PARTS,), _hstack), Function("vstack", (_PARTS,), _vstack),
    Function("transpose", (_X, Param("axes", "ints", (), rest=True)), _transpose), Function("permute", (_X, Param("axes", "ints", (), rest=True)), _transpose),
    Function("swapaxes", (_X, Param("first", "int"), Param("second", "int")), _swap),
    Function("moveaxis", (_X, Param("source", "int"), Param("target", "int")), lambda x, a, b: move_axis(x, arrays.axes_of(x, a)[0], arrays.axes_of(x, b)[0])),
    Function("reshape", (_X, Param("shape", "shape", rest=True)), _reshape), *_unary(arrays.flatten, "flatten", "ravel"),
    Function("expand_dims", (_X, Param("axis", "int")), _expand), Function("squeeze", (_X, _AXIS), _squeeze), Function("flip", (_X, _AXIS), _flip),
    Function("broadcast_to", (_X, Param("shape", "shape")), _broadcast_to), Function("pad", (_X, Param("widths", "sizes")), _pad),
    Function("windows", (_X, Param("sizes", "shape"), *_SETTINGS), _windows), Function("unwindows", (_X, Param("shape", "shape"), *_SETTINGS), _unwindows),
    Function("reindex", (_X, Param("shape", "shape"), Param("axes", "sizes")), _reindex), Function("unreindex", (_X, Param("shape", "shape"), Param("axes", "sizes")), _unreindex),
    Function("scatter", (_X, Param("shape", "shape"), Param("rows", "rows")), _scatter), Function("one_hot", (Param("labels", "rows"), Param("classes", "size")), _one_hot),
    Function("zeros", (Param("shape", "shape"),), lambda shape: filled(0, _shaped(shape))), Function("ones", (Param("shape", "shape"),), lambda shape: filled(1, _shaped(shape))),
    Function("full", (Param("shape", "shape"), Param("value")), _full), Function("eye", (Param("n", "size"),), _eye), Function("identity", (Param("n", "size"),), _eye),
    *_unary(lambda x: filled(0, x.shape), "zeros_like"), *_unary(lambda x: filled(1, x.shape), "ones_like"), *_unary(lambda x: x, "array", "asarray"),
)  # fmt: skip


def _named() -> dict[str, Function]:
    table = {function.name: function for function in _SHEET}
    for rule in RULES:
        table[rule.name] = of_rule(rule)
        if rule.symbol is not None and rule.symbol[0].isidentifier():
            table.setdefault(rule.symbol[0], table[rule.name])
    return table


FUNCTIONS: dict[str, Function] = _named()
_LOOSE = {name.lower().replace("_", ""): function for name, function in reversed(FUNCTIONS.items())}


def function(name: str) -> Function | None:
    """A function by its name; capitals and underscores are forgiven, as in ReLU and LayerNorm."""
    return FUNCTIONS.get(name) or (_LOOSE.get(name.lower().replace("_", "")) if len(name) > 2 else None)


