"""A product of local derivatives, dL/dp · dp/dz, read as the chain rule: summed over all entries of what stands between."""

from __future__ import annotations

from itertools import pairwise

from byhand.lang.expr import Expr, contract
from byhand.lang.names import Grad
from byhand.lang.spec import LETTERS
from byhand.read.scope import Scope
from byhand.read.syntax import Chain, Derivative, Juxtaposed, Tree


def chained(tree: Tree, scope: Scope) -> tuple[Expr, str] | None:
    """The value of such a product and its spelling; ``None`` for anything else."""
    factors = _factors(tree)
    if len(factors) < 2 or not all(isinstance(factor, Derivative) for factor in factors):
        return None
    found = [scope.derivative(factor.of, factor.wrt) for factor in factors if isinstance(factor, Derivative)]
    known = [(name, expr) for name, expr in (one for one in found if one is not None) if isinstance(name, Grad)]
    if len(known) != len(factors):
        return None
    if not _telescopes(known):
        known.reverse()
    return _product(known, scope) if _telescopes(known) else None


def _factors(tree: Tree) -> list[Tree]:
    match tree:
        case Juxtaposed(factors):
            return [one for factor in factors for one in _factors(factor)]
        case Chain(first, rest) if all(op in ("*", "·", "@", "⊙") for op, _, _ in rest):
            return [one for factor in (first, *(part for _, part, _ in rest)) for one in _factors(factor)]
        case _:
            return [tree]


def _telescopes(known: list[tuple[Grad, Expr]]) -> bool:
    return all(first.wrt == second.of for (first, _), (second, _) in pairwise(known))


def _product(known: list[tuple[Grad, Expr]], scope: Scope) -> tuple[Expr, str] | None:
    (first, found), *rest = known
    text = str(first)
    for after, factor in rest:
        middle = scope.find(after.of)
        rank = len(middle[1].shape) if middle is not None else 0
        front = LETTERS[: len(found.shape) - rank]
        between = LETTERS[len(front) : len(front) + rank]
        back = LETTERS[len(front) + rank : len(front) + len(factor.shape)]
        if factor.shape[:rank] != found.shape[len(front) :]:
            return None
        spec = f"{front}{between},{between}{back}->{front}{back}"
        found = contract(spec, found, factor)
        text = f"{text} @ {after}" if rank == 1 and len(factor.shape) <= 2 else f"{text} * {after}" if not rank else f'einsum("{spec}", {text}, {after})'
    return found, text
