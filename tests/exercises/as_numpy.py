"""A formula of the JSON answer, run by NumPy on the values of the same answer."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

Array = Any


def windows(x: Array, size: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...]) -> Array:
    padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(p, p) for p in padding])
    found = np.lib.stride_tricks.sliding_window_view(padded, size, axis=(-2, -1))
    return found[..., :: stride[0], :: stride[1], :, :]


def unwindows(g: Array, shape: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...]) -> Array:
    (p, q), (s, t) = padding, stride
    out = np.zeros((*shape[:-2], shape[-2] + 2 * p, shape[-1] + 2 * q))
    rows, columns, height, width = g.shape[-4:]
    for i in range(rows):
        for j in range(columns):
            out[..., i * s : i * s + height, j * t : j * t + width] += g[..., i, j, :, :]
    return out[..., p : p + shape[-2], q : q + shape[-1]]


def square_windows(x: Array, size: int, stride: int) -> Array:
    return windows(x, (size, size), (stride, stride), (0, 0))


def max_unpool2d(g: Array, x: Array, size: int, stride: int | None = None) -> Array:
    seen = square_windows(x, size, stride or size)
    first = largest(seen.reshape(*seen.shape[:-2], size * size)).reshape(seen.shape)
    return unwindows(g[..., None, None] * first, x.shape, pair(stride or size), (0, 0))


def standardise(x: Array, eps: float = 1e-5, axis: int | tuple[int, ...] = -1) -> Array:
    return (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + eps)


def pair(both: Any) -> tuple[int, int]:
    return both if isinstance(both, tuple) else (both, both)


def conv2d(x: Array, w: Array, stride: Any = 1, padding: Any = 0) -> Array:
    found = windows(x, w.shape[-2:], pair(stride), pair(padding))
    return np.einsum("ijab,ab->ij" if w.ndim == 2 else "...cijab,ocab->...oij", found, w)


def reindex(x: Array, shape: tuple[int, ...], axes: Any) -> Array:
    out = np.zeros(shape)
    for o in np.ndindex(*shape):
        i = tuple(offset + sum(o[axis] * stride for axis, stride in moves) for offset, *moves in axes)
        if all(0 <= k < n for k, n in zip(i, x.shape)):
            out[o] = x[i]
    return out


def unreindex(g: Array, shape: tuple[int, ...], axes: Any) -> Array:
    out = np.zeros(shape)
    for o in np.ndindex(*g.shape):
        i = tuple(offset + sum(o[axis] * stride for axis, stride in moves) for offset, *moves in axes)
        if all(0 <= k < n for k, n in zip(i, shape)):
            out[i] += g[o]
    return out


def scatter(g: Array, shape: tuple[int, ...], rows: list[int]) -> Array:
    out = np.zeros(shape)
    np.add.at(out, np.asarray(rows, dtype=int), g)
    return out


def largest(x: Array) -> Array:
    out = np.zeros_like(x)
    np.put_along_axis(out, np.argmax(x, axis=-1)[..., None], 1.0, axis=-1)
    return out


def softmax(x: Array, axis: int = -1) -> Array:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def logsumexp(x: Array, axis: int | None = -1, keepdims: bool = False) -> Array:
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top), axis=axis, keepdims=keepdims))


def sigmoid(x: Array) -> Array:
    return np.exp(-np.logaddexp(0, -np.asarray(x)))


NAMESPACE: dict[str, Any] = {
    **{
        name: getattr(np, name)
        for name in [
            "exp",
            "log",
            "sqrt",
            "abs",
            "sin",
            "cos",
            "tanh",
            "sum",
            "mean",
            "max",
            "min",
            "outer",
            "diag",
            "trace",
            "maximum",
            "minimum",
            "reshape",
            "ones",
            "zeros",
            "eye",
            "einsum",
            "stack",
            "transpose",
            "pi",
            "e",
            "sign",
            "full",
            "pad",
            "clip",
            "array",
        ]
    },
    "inv": np.linalg.inv,
    "norm": np.linalg.norm,
    "concat": np.concatenate,
    "erf": np.vectorize(math.erf),
    "sigmoid": sigmoid,
    "relu": lambda x: np.maximum(x, 0),
    "step": lambda x: (np.asarray(x) > 0) * 1.0,
    "softplus": lambda x: np.logaddexp(x, 0),
    "silu": lambda x: x * sigmoid(x),
    "softmax": softmax,
    "log_softmax": lambda x, axis=-1: x - logsumexp(x, axis=axis, keepdims=True),
    "logsumexp": logsumexp,
    "flatten": np.ravel,
    "leaky_relu": lambda x, alpha=0.01: np.where(x > 0, x, alpha * x),
    "prelu": lambda x, alpha: np.where(x > 0, x, alpha * x),
    "cross_entropy": lambda z, t: -np.mean(np.sum(t * (z - logsumexp(z, keepdims=True)), axis=-1)),
    "elu": lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(x)),
    "gelu": lambda x: x * (1 + np.vectorize(math.erf)(x / np.sqrt(2))) / 2,
    "huber": lambda x, delta=1.0: np.where(np.abs(x) <= delta, x**2 / 2, delta * (np.abs(x) - delta / 2)),
    "layer_norm": lambda x, g=1.0, b=0.0, eps=1e-5: standardise(x, eps) * g + b,
    "attention": lambda q, k, v: softmax(q @ k.T / np.sqrt(q.shape[-1])) @ v,
    "max_pool2d": lambda x, size, stride=None: square_windows(x, size, stride or size).max((-2, -1)),
    "avg_pool2d": lambda x, size, stride=None: square_windows(x, size, stride or size).mean((-2, -1)),
    "conv2d": conv2d,
    **{f.__name__: f for f in (windows, unwindows, reindex, unreindex, scatter, largest, max_unpool2d, standardise)},
}


class _Arrays(ast.NodeTransformer):
    """Brackets around numbers are an array, but where NumPy takes a list: indices, and what is put side by side."""

    def visit_List(self, node: ast.List) -> ast.expr:
        return ast.Call(ast.Name("array", ast.Load()), [node], [])

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        node.value = self.visit(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id in ("concat", "stack") and isinstance(node.args[0], ast.List):
            node.args[0].elts = [self.visit(part) for part in node.args[0].elts]
            return node
        return self.generic_visit(node)


def run_formula(text: str, values: Mapping[str, Any]) -> Array:
    """The value of a formula; names with primes and derivatives such as dL/dz are replaced by plain ones first."""
    names = {name: f"value{number}_" for number, name in enumerate(values)}
    space = {**NAMESPACE, **{names[name]: value if isinstance(value, int) else np.asarray(value, dtype=float) for name, value in values.items()}}
    word = re.compile("|".join(rf"(?<![\w.]){re.escape(name)}(?![\w'(])" for name in sorted(names, key=len, reverse=True)))
    pieces = text.split('"')  # the letters of an einsum are no names
    pieces[::2] = [word.sub(lambda found: names[found[0]], piece) for piece in pieces[::2]]
    tree = ast.fix_missing_locations(_Arrays().visit(ast.parse('"'.join(pieces), mode="eval")))
    return eval(compile(tree, "formula", "eval"), {"__builtins__": {}}, space)  # the answer is ours, not a person's
