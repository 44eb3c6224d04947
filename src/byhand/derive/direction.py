"""What some rules put in the place of the gradient: a direction made of it and the Hessian of all parameters together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from byhand.derive.local import local_derivative
from byhand.derive.simplify import cost
from byhand.derive.steps import Step
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Contract, Expr, Named, Var, named
from byhand.lang.functions import concat, flatten, permute, reshape, take
from byhand.lang.sizes import Poly, size, volume
from byhand.lang.update_rule import UpdateRule
from byhand.lang.walk import postorder

MOST_UNKNOWNS = 400
"""Entries of all parameters together: the Hessian has the square of it."""


@dataclass(frozen=True, slots=True)
class Direction:
    """``blocks`` and ``hessian``: the second derivatives; ``whole`` the direction, ``pieces`` what of it belongs to each parameter."""

    hessian: Named
    blocks: tuple[Named, ...]
    whole: Named
    pieces: Mapping[Var, Named]
    steps: tuple[Step, ...]

    @property
    def quantities(self) -> tuple[Named, ...]:
        return (*(block for block in self.blocks if block is not self.hessian), self.hessian)

    @property
    def directions(self) -> tuple[Named, ...]:
        return (self.whole, *(piece for piece in self.pieces.values() if piece is not self.whole))


def direction(rule: UpdateRule, gradients: Mapping[Var, Named], taken: set[str]) -> Direction:
    """The direction that the rule goes in, over the Hessian derived from the gradients; names in ``taken`` are left alone.

    Raises ``ByhandError`` where the parameters have more than ``MOST_UNKNOWNS`` entries.
    """
    assert rule.direction is not None
    parameters = list(gradients)
    unknowns = sum(count for one in parameters if isinstance(count := volume(one.shape), int))
    if unknowns > MOST_UNKNOWNS:
        raise ByhandError(f"the Hessian of {unknowns} parameters would have {unknowns**2:,} entries; rule={rule.name} takes up to {MOST_UNKNOWNS} parameters.")
    blocks = {(one, other): _block(gradients, one, other, taken) for k, one in enumerate(parameters) for other in parameters[k:]}
    if len(parameters) == 1:
        (only,) = parameters
        hessian = blocks[only, only]
        flat, matrix = gradients[only], hessian
        if len(only.shape) > 1:
            count = volume(only.shape)
            flat, matrix = flatten(flat), reshape(matrix, (count, count))
        whole = named(_free("d", taken), rule.direction(flat, matrix))
        pieces = {only: whole if whole.shape == only.shape else named(_free(f"d_{only.name}", taken), reshape(whole, only.shape))}
    else:
        hessian = named(_free("H", taken), _joined(blocks, parameters))
        whole = named(_free("d", taken), rule.direction(concat([flatten(gradients[one]) for one in parameters]), hessian))
        pieces = _pieces(whole, parameters, taken)
    steps = [_step(block, gradients[one]) for (one, _), block in blocks.items()]
    return Direction(hessian, tuple(blocks.values()), whole, pieces, (*steps, _solved(rule, whole, gradients)))


def _free(name: str, taken: set[str]) -> str:
    tries = [name, *(f"{name}_{k}" for k in range(2, 100))]
    return next(one for one in tries if one not in taken)


def _block(gradients: Mapping[Var, Named], one: Var, other: Var, taken: set[str]) -> Named:
    """The derivative of one parameter's gradient with respect to another; of the two orders, which are equal, the shorter formula."""
    body = local_derivative(gradients[one], other, taken).matrix
    if one is not other:
        first = len(other.shape)
        swapped = permute(local_derivative(gradients[other], one, taken).matrix, (*range(first, first + len(one.shape)), *range(first)))
        body = min(body, swapped, key=lambda form: (_plain_sums(form), cost(form)))
    between = "" if len(one.name) == len(other.name) == 1 else "_"
    return named(_free("H" if len(gradients) == 1 else f"H_{one.name}{between}{other.name}", taken), body)


def _plain_sums(form: Expr) -> int:
    """How many sums there are that are no products of matrices."""
    return sum(isinstance(node, Contract) and len(node.args) == 1 and bool(node.spec.summed) for node in postorder(form, enter_named=False))


def _joined(blocks: Mapping[tuple[Var, Var], Named], parameters: Sequence[Var]) -> Expr:
    """All blocks in one symmetric matrix, each parameter written as a vector."""

    def entry(one: Var, other: Var) -> Expr:
        known = blocks.get((one, other)) or (blocks[other, one] if not one.shape or not other.shape else None)
        return reshape(known, (volume(one.shape), volume(other.shape))) if known is not None else entry(other, one).T

    return concat([concat([entry(one, other) for other in parameters], 1) for one in parameters], 0)


def _pieces(whole: Named, parameters: Sequence[Var], taken: set[str]) -> dict[Var, Named]:
    ends = list(accumulate(Poly.of(volume(one.shape)) for one in parameters))
    starts = [Poly.of(0), *ends[:-1]]
    return {
        one: named(_free(f"d_{one.name}", taken), reshape(take(whole, [slice(size(start), size(end))]), one.shape))
        for one, start, end in zip(parameters, starts, ends)
    }


def _step(block: Named, gradient: Named) -> Step:
    return Step(block.name, "second derivative", "the Hessian is the derivative of the gradient", gradient, block.body)


def _solved(rule: UpdateRule, whole: Named, gradients: Mapping[Var, Named]) -> Step:
    first = next(iter(gradients.values()))
    return Step(whole.name, rule.name, "the direction solves H d = gradient", first, whole.body)
