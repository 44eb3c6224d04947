"""The Hessian of a scalar: its gradient differentiated once more, one block for each pair of unknowns.

Whether f is quadratic is decided by that: its Hessian is free of the unknowns, and nothing on the way has a kink. Where
unknowns or kinks are still to be seen, it is put to the prover that f is its Taylor polynomial of degree two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np

from byhand.derive import Derivation, derive, local_derivative
from byhand.derive.simplify import simplify, with_facts
from byhand.lang.expr import Call, Contract, Expr, Map, Named, Pick, Var, add, contract, filled, named, scale
from byhand.lang.names import Grad, Name
from byhand.lang.spec import LETTERS, Spec
from byhand.lang.walk import children, postorder, spelled_out, substitute
from byhand.run.arrays import Array
from byhand.run.prove import prove


@dataclass(frozen=True, slots=True)
class Hessian:
    """Gradient and second derivatives of ``f``, as formulas in the names that f is made of.

    ``blocks[i][j]`` is ∂²f/∂xᵢ∂xⱼ with the axes of xᵢ and then those of xⱼ; ``matrices[i][j]`` is the same as a sum of
    products, the form to show. ``smooth``: no unknown reaches a kink, a jump or a maximum. ``quadratic``: f is a polynomial of degree two
    at most in the unknowns, and then no block mentions them. ``proved``: that was left to the prover, for some unknown was
    still to be seen.
    """

    f: Named
    unknowns: tuple[Var, ...]
    derivation: Derivation
    gradients: tuple[Expr, ...]
    blocks: tuple[tuple[Expr, ...], ...]
    matrices: tuple[tuple[Expr, ...], ...]
    smooth: bool
    quadratic: bool
    proved: bool


def hessian(f: Named, unknowns: Sequence[Var], taken: Iterable[str] = ()) -> Hessian:
    """Second derivatives of a scalar with respect to variables of any shape, that of each pair of them.

    ``taken`` are names that nothing on the way may get. Raises ``ShapeError`` where f is no scalar.
    """
    unknowns, taken = tuple(unknowns), tuple(taken)
    own = frozenset(node.name for node in postorder(f) if isinstance(node, Named))
    derivation = derive(f, unknowns, taken=taken)
    gradients = tuple(_gradient(derivation, x, own) for x in unknowns)
    pairs = tuple(tuple(_block(f, x, gradient, other, own, taken) for other in unknowns) for x, gradient in zip(unknowns, gradients))
    blocks, matrices = (tuple(tuple(pair[k] for pair in row) for row in pairs) for k in (0, 1))
    smooth = is_smooth(f, unknowns)
    if smooth and not any(depends(block, unknowns) for row in blocks for block in row):
        return Hessian(f, unknowns, derivation, gradients, blocks, matrices, smooth, quadratic=True, proved=False)
    point = Fraction(0 if smooth else 1)  # kinks mostly sit at 0
    fixed, shown = (tuple(tuple(put_in(block, unknowns, point) for block in row) for row in rows) for rows in (blocks, matrices))
    if _is_quadratic(f, unknowns, gradients, fixed, point):
        return Hessian(f, unknowns, derivation, gradients, fixed, shown, smooth, quadratic=True, proved=True)
    return Hessian(f, unknowns, derivation, gradients, blocks, matrices, smooth, quadratic=False, proved=False)


def _gradient(derivation: Derivation, x: Var, own: frozenset[Name]) -> Expr:
    found = derivation.gradients.get(x.name)
    return spelled_out([found.body], own.__contains__)[found.body] if found is not None else filled(0, x.shape)


def _block(f: Named, x: Var, gradient: Expr, other: Var, own: frozenset[Name], taken: tuple[str, ...]) -> tuple[Expr, Expr]:
    """One block, entry by entry and as a sum of products."""
    local = local_derivative(named(Grad(str(f.name), x.name), gradient), other, taken)
    plain = spelled_out([local.entries, local.matrix], own.__contains__)
    return plain[local.entries], with_facts(simplify(_symmetric(plain[local.matrix])))


def _symmetric(node: Expr) -> Expr:
    """Aᵀ = A where that is declared: each such A is read the way that makes a plain product."""
    turned: dict[Expr, Expr] = {}
    for inner in postorder(node, enter_named=False):
        if isinstance(inner, Contract) and (how := _turned(inner)) != inner.spec:
            turned[inner] = contract(how, *inner.args, sizes=dict(zip(how.output, inner.shape)))
    return substitute(node, turned) if turned else node


def _turned(node: Contract) -> Spec:
    """The specification with symmetric matrices not transposed: rows first, and columns where the next factor begins."""
    words = list(node.spec.inputs)
    for k, arg in enumerate(node.args):
        if isinstance(arg, Var) and "symmetric" in arg.facts:
            first, second = words[k]
            other = "".join(word for place, word in enumerate(words) if place != k)
            rest = node.spec.output if first in node.spec.output else other
            backwards = (first in other) == (k == 0) if (first in other) != (second in other) else rest.find(first) > rest.find(second)
            words[k] = second + first if backwards else words[k]
    return Spec(tuple(words), node.spec.output)


def depends(node: Expr, unknowns: Sequence[Var]) -> bool:
    """Whether an unknown occurs in a formula, or in that of a name in it."""
    return any(inner in unknowns for inner in postorder(node))


def is_smooth(f: Expr, unknowns: Sequence[Var]) -> bool:
    """Whether no unknown reaches a function with a kink, or a choice of the largest entry, in the definitions that f is made of."""
    touched: set[Expr] = set(unknowns)
    for node in postorder(f, below=_opened):
        if node not in touched and any(part in touched for part in _opened(node)):
            touched.add(node)
            if isinstance(node, Pick) or (isinstance(node, Map) and node.leaf.kinked):
                return False
    return True


def _opened(node: Expr) -> tuple[Expr, ...]:
    return (*node.args, node.body) if isinstance(node, Call) else children(node)


def matrix(second: Hessian, value: Callable[[Expr], Array]) -> Array:
    """The Hessian in numbers as one square matrix, every unknown flattened; ``value`` gives the numbers of a block."""
    counts = [prod(value(second.blocks[k][k]).shape[: len(x.shape)]) for k, x in enumerate(second.unknowns)]
    return np.block([[value(block).reshape((rows, columns)) for block, columns in zip(row, counts)] for row, rows in zip(second.blocks, counts)])


# ----------------------------------------------------------------------------------------------- is it quadratic


def put_in(node: Expr, unknowns: Sequence[Var], point: Fraction) -> Expr:
    """A formula with one number in every entry of the unknowns; names that depend on them are spelled out."""
    if not depends(node, unknowns):
        return node
    free = frozenset(inner.name for inner in postorder(node) if isinstance(inner, Named) and not depends(inner, unknowns))
    plain = spelled_out([node], free.__contains__)[node]
    return simplify(substitute(plain, {x: filled(point, x.shape) for x in unknowns}))


def _is_quadratic(f: Named, unknowns: Sequence[Var], gradients: Sequence[Expr], blocks: Sequence[Sequence[Expr]], point: Fraction) -> bool:
    """Whether f is its Taylor polynomial of degree two around a point, proved exactly."""
    away = [x - point for x in unknowns]
    terms = [put_in(f.body, unknowns, point)]
    terms += [_dot(put_in(gradient, unknowns, point), x) for gradient, x in zip(gradients, away)]
    terms += [scale(Fraction(1, 2), _dot(_dot(block, other), x)) for x, row in zip(away, blocks) for block, other in zip(row, away)]
    verdict = prove(f.body, add(terms))
    return verdict.verdict == "holds" and verdict.certainty == "exact"


def _dot(array: Expr, x: Expr) -> Expr:
    """The sum of products over the last axes, those of x."""
    word = LETTERS[: len(array.shape)]
    last = word[len(word) - len(x.shape) :]
    return contract(Spec((word, last), word[: len(word) - len(last)]), array, x)
