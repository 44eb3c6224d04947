"""The functions of formulas: NumPy's, the elementwise leaves, and every rule by its own declaration."""

from __future__ import annotations

from collections.abc import Callable

from byhand.lang import functions as arrays
from byhand.lang import leaves
from byhand.lang.build import inverse, pick
from byhand.lang.expr import Expr, filled, num
from byhand.lang.functions import Axis, move_axis, total
from byhand.read.rearranging import (
    below,
    beside,
    expanded,
    flipped,
    joined,
    one_hot,
    padded,
    permuted,
    reindexed,
    reshaped,
    scattered,
    squeezed,
    stacked,
    stretched,
    swapped,
    unreindexed,
    unwindowed,
    where,
    windows_of,
)
from byhand.read.reductions import (
    argmax,
    checked_shape,
    deviation,
    dot_product,
    einsum,
    full,
    identity,
    inner_product,
    norm,
    product,
    smallest,
    sum_over,
)
from byhand.read.signature import Function, Param, of_rule
from byhand.rules import RULES

_X = Param("x")
_AXIS = Param("axis", "axis", None)
_KEEP = Param("keepdims", "bool", False)


def _unary(build: Callable[[Expr], Expr], *names: str) -> tuple[Function, ...]:
    return tuple(Function(name, (_X,), build) for name in names)


def _binary(build: Callable[[Expr, Expr], Expr], *names: str) -> tuple[Function, ...]:
    return tuple(Function(name, (Param("a"), Param("b")), build) for name in names)


def _reduction(build: Callable[[Expr, Axis, bool], Expr], *names: str, other: str = "") -> tuple[Function, ...]:
    return tuple(Function(name, (_X, _AXIS, _KEEP), build, other) for name in names)


_PARTS = Param("parts", "parts")
_SETTINGS = (Param("stride", "ints", 1), Param("padding", "ints", 0))
_SHEET: tuple[Function, ...] = (
    *_unary(leaves.exp, "exp"),
    *_unary(leaves.log, "log", "ln"),
    *_unary(leaves.sqrt, "sqrt"),
    *_unary(leaves.absolute, "abs", "absolute"),
    *_unary(leaves.sin, "sin"),
    *_unary(leaves.cos, "cos"),
    *_unary(lambda x: leaves.sin(x) / leaves.cos(x), "tan"),
    *_unary(leaves.tanh, "tanh"),
    *_unary(leaves.sigmoid, "sigmoid", "σ"),
    *_unary(leaves.relu, "relu"),
    *_unary(leaves.step, "step", "heaviside", "pos"),
    *_unary(leaves.sign, "sign", "sgn"),
    *_unary(leaves.erf, "erf"),
    *_unary(lambda x: x**2, "square"),
    *_unary(lambda x: 1 / x, "reciprocal"),
    *_unary(lambda x: -x, "negative"),
    *_unary(lambda x: (leaves.exp(x) - leaves.exp(-x)) / 2, "sinh"),
    *_unary(lambda x: (leaves.exp(x) + leaves.exp(-x)) / 2, "cosh"),
    *_unary(lambda x: 2 / (leaves.exp(x) + leaves.exp(-x)), "sech"),
    *_unary(lambda x: leaves.log(1 + x), "log1p"),
    *_unary(lambda x: leaves.exp(x) - 1, "expm1"),
    *_unary(lambda x: leaves.log(x) / leaves.log(num(2)), "log2"),
    *_unary(lambda x: leaves.log(x) / leaves.log(num(10)), "log10"),
    *_reduction(total, "sum"),
    *_reduction(arrays.mean, "mean"),
    *_reduction(arrays.variance, "var"),
    *_reduction(deviation, "std"),
    *_reduction(arrays.largest, "max", "amax", other="maximum"),
    *_reduction(smallest, "min", "amin", other="minimum"),
    Function("norm", (_X, Param("ord", "int", 2), _AXIS, _KEEP), norm),
    Function("argmax", (_X, _AXIS), argmax),
    Function("argmin", (_X, _AXIS), lambda x, a: argmax(-x, a)),
    *_unary(product, "prod"),
    *_unary(sum_over(1), "rowsum"),
    *_unary(sum_over(0), "colsum"),
    *_unary(pick, "largest"),
    *_binary(arrays.outer, "outer"),
    *_binary(dot_product, "dot"),
    *_binary(lambda a, b: a @ b, "matmul"),
    *_binary(inner_product, "inner", "vdot"),
    *_binary(lambda a, b: a**b, "power", "pow"),
    *_binary(lambda a, b: a * b, "multiply"),
    *_binary(lambda a, b: a + b, "add"),
    *_binary(lambda a, b: a - b, "subtract"),
    *_binary(lambda a, b: a / b, "divide"),
    *_binary(lambda a, b: leaves.log(leaves.exp(a) + leaves.exp(b)), "logaddexp"),
    Function("where", (Param("condition"), Param("a"), Param("b")), where),
    *_unary(inverse, "inv"),
    *_unary(arrays.diag, "diag"),
    *_unary(arrays.trace, "trace", "tr"),
    Function("einsum", (Param("spec", "spec"), Param("operands", "expr", rest=True)), einsum),
    Function("concat", (_PARTS, Param("axis", "int", 0)), joined),
    Function("concatenate", (_PARTS, Param("axis", "int", 0)), joined),
    Function("stack", (_PARTS, Param("axis", "int", 0)), stacked),
    Function("hstack", (_PARTS,), beside),
    Function("vstack", (_PARTS,), below),
    Function("transpose", (_X, Param("axes", "ints", (), rest=True)), permuted),
    Function("permute", (_X, Param("axes", "ints", (), rest=True)), permuted),
    Function("swapaxes", (_X, Param("first", "int"), Param("second", "int")), swapped),
    Function("moveaxis", (_X, Param("source", "int"), Param("target", "int")), lambda x, a, b: move_axis(x, arrays.axes_of(x, a)[0], arrays.axes_of(x, b)[0])),
    Function("reshape", (_X, Param("shape", "shape", rest=True)), reshaped),
    *_unary(arrays.flatten, "flatten", "ravel"),
    Function("expand_dims", (_X, Param("axis", "int")), expanded),
    Function("squeeze", (_X, _AXIS), squeezed),
    Function("flip", (_X, _AXIS), flipped),
    Function("broadcast_to", (_X, Param("shape", "shape")), stretched),
    Function("pad", (_X, Param("widths", "sizes")), padded),
    Function("windows", (_X, Param("sizes", "shape"), *_SETTINGS), windows_of),
    Function("unwindows", (_X, Param("shape", "shape"), *_SETTINGS), unwindowed),
    Function("reindex", (_X, Param("shape", "shape"), Param("axes", "sizes")), reindexed),
    Function("unreindex", (_X, Param("shape", "shape"), Param("axes", "sizes")), unreindexed),
    Function("scatter", (_X, Param("shape", "shape"), Param("rows", "rows")), scattered),
    Function("one_hot", (Param("labels", "rows"), Param("classes", "size")), one_hot),
    Function("zeros", (Param("shape", "shape"),), lambda shape: filled(0, checked_shape(shape))),
    Function("ones", (Param("shape", "shape"),), lambda shape: filled(1, checked_shape(shape))),
    Function("full", (Param("shape", "shape"), Param("value")), full),
    Function("eye", (Param("n", "size"),), identity),
    Function("identity", (Param("n", "size"),), identity),
    *_unary(lambda x: filled(0, x.shape), "zeros_like"),
    *_unary(lambda x: filled(1, x.shape), "ones_like"),
    *_unary(lambda x: x, "array", "asarray"),
)


TASKS = ("step", "reset", "at", "argmax", "minimise", "minimize", "rates", "symmetries", "draw", "compare", "show")
"""What stands on a line of its own and has something done; step and argmax are functions too."""
SOLVERS = ("minimise", "minimize")
"""The tasks after which w* is a name: what they found for w."""


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
