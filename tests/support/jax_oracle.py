"""An expression as a JAX function in float64: an interpreter that shares nothing with byhand's own.

Rules are interpreted by their definitions. At kinks JAX and byhand have one convention for relu, step, sign and the
first of tied maxima; JAX's own abs has the slope 1 at 0, where byhand has 0, so |x| is written as sign(x)·x here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, assert_never

import jax
import jax.numpy as jnp
import numpy as np

from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.index import Gather, Reindexing, Reshape, Window
from byhand.lang.sizes import Poly, Shape
from byhand.lang.spec import Spec
from byhand.lang.walk import children, postorder

jax.config.update("jax_enable_x64", True)
Array: TypeAlias = jax.Array
Data: TypeAlias = Mapping[Var, Array]

LEAVES: Mapping[str, Callable[..., Array]] = {
    "exp": jnp.exp,
    "log": jnp.log,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "erf": jax.scipy.special.erf,
    "relu": jax.nn.relu,
    "step": lambda x: jnp.where(x > 0, 1.0, 0.0),
    "sign": jnp.sign,
    "abs": lambda x: jnp.sign(x) * x,
    "pow": jnp.power,
    "pi": lambda: jnp.asarray(np.pi),
}


def value(root: Expr, data: Data, sizes: Mapping[str, int]) -> Array:
    """The value of ``root`` where the variables have these values."""
    known: dict[Expr, Array] = {}
    for node in postorder(root, below=with_definitions):
        known[node] = _value(node, known, data, sizes)
    return known[root]


def with_definitions(node: Expr) -> tuple[Expr, ...]:
    """What a node is computed from: of a rule its definition."""
    return (node.body,) if isinstance(node, Call) else children(node)


def dims(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(int(Poly.of(axis).at(sizes)) for axis in shape)


def _value(node: Expr, known: Mapping[Expr, Array], data: Data, sizes: Mapping[str, int]) -> Array:
    shape = dims(node.shape, sizes)
    match node:
        case Var():
            return data[node]
        case Num(number):
            return jnp.full(shape, float(number.at(sizes)))
        case Named(_, body) | Call(_, _, _, body):
            return known[body]
        case Add(terms):
            return sum((known[term] for term in terms[1:]), known[terms[0]])
        case Contract(how, args):
            return _einsum(how, [known[arg] for arg in args], shape)
        case Map(leaf, args):
            if leaf.exponent is not None:
                whole = leaf.exponent.denominator == 1
                return known[args[0]] ** (int(leaf.exponent) if whole else float(leaf.exponent))
            return jnp.broadcast_to(LEAVES[leaf.name](*(known[arg] for arg in args)), shape)
        case Index(by, scatter, arg):
            return _reindexed(by, scatter, known[arg], shape, sizes)
        case Inverse(arg):
            return jnp.linalg.inv(known[arg])
        case Pick(arg):
            return jax.nn.one_hot(jnp.argmax(known[arg], axis=-1), shape[-1], dtype=float)
        case _:
            assert_never(node)


def _einsum(how: Spec, args: Sequence[Array], shape: tuple[int, ...]) -> Array:
    """Letters that only the output has become ones to multiply with, repeated ones become identity matrices."""
    words, operands, output = list(how.inputs), list(args), ""
    spare = iter("ABCDEFGH")
    for letter, size in zip(how.output, shape):
        if letter in output:
            other = next(spare)
            words.append(letter + other)
            operands.append(jnp.eye(size))
            output += other
            continue
        if not any(letter in word for word in words):
            words.append(letter)
            operands.append(jnp.ones(size))
        output += letter
    return jnp.einsum(",".join(words) + "->" + output, *operands)


def _reindexed(by: Reindexing, scatter: bool, arg: Array, shape: tuple[int, ...], sizes: Mapping[str, int]) -> Array:
    match by:
        case Reshape():
            return arg.reshape(shape)
        case Gather(rows):
            places = np.array(rows)
            return jnp.zeros(shape).at[places].add(arg) if scatter else arg[places]
        case Window(axes):
            inner, outer = (shape, arg.shape) if scatter else (arg.shape, shape)
            grid = np.indices(outer)
            places = [np.full(outer, int(Poly.of(axis.offset).at(sizes))) + sum(stride * grid[k] for k, stride in axis.strides) for axis in axes]
            inside = np.ones(outer, dtype=bool)
            for place, size in zip(places, inner):
                inside &= (place >= 0) & (place < size)
            at = tuple(np.where(inside, place, 0) for place in places)
            return jnp.zeros(inner).at[at].add(arg * inside) if scatter else arg[at] * inside
        case _:
            assert_never(by)
