"""A loss taken apart: a factor, the losses of single samples, and penalties that no sample has a part in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Named, Var, add, contract, named, num, scale, split_factor
from byhand.lang.functions import total
from byhand.lang.sizes import Poly, size
from byhand.lang.walk import children, postorder, substitute
from byhand.train.model.equal import same, shared_parts
from byhand.train.model.lift import lifted, parted_loss
from byhand.train.model.names import free_name
from byhand.train.model.sample import of_one_sample

NAME = "losses"


@dataclass(frozen=True, slots=True)
class Parts:
    """loss = ``factor`` · Σ ``losses`` + ``rest``."""

    factor: Poly
    losses: Named
    rest: Expr | None

    @property
    def whole(self) -> Expr:
        share = num(self.factor) * total(self.losses)
        return share if self.rest is None else share + self.rest


def parted(loss: Named, sample: Mapping[Var, Expr], letter: str) -> Parts:
    """The parts of a loss, proved to come to it: the losses are the loss at one sample each.

    Raises ``ByhandError`` where the samples of a batch depend on each other.
    """
    data = {node for expr in sample.values() for node in postorder(expr) if isinstance(node, Var)}
    moving, rest = split(loss.body, data)
    if not moving:
        raise ByhandError(f"{loss.name} does not depend on the data.")
    samples = Poly.letter(letter)
    taken = {str(node.name) for node in postorder(loss) if isinstance(node, (Var, Named))}
    told = named(free_name(NAME, taken), _one_by_one(add(moving), sample, letter))
    for factor in (samples.inverse() or Poly.of(1), Poly.of(1)):
        found = Parts(factor, told, add(rest) if rest else None)
        if _comes_to(num(factor) * total(told.body), add(moving)):
            return found
    raise ByhandError(
        f"{loss.name} is not proved to be the mean or the sum of losses of single samples: with batch normalisation, or a loss that compares samples, "
        "no sample has a loss of its own, and none can be weighted."
    )


def _comes_to(left: Expr, right: Expr) -> bool:
    """Whether two formulas are equal, losses with a reduction written as sums, whatever the values of what both have in common are."""
    reduced = [node for node in postorder(right) if isinstance(node, Call)]
    sums: dict[Expr, Expr] = {node: told for node in reduced if (told := parted_loss(node)) is not None}
    written = substitute(right, sums, enter_named=True) if sums else right
    return same(left, written, shared_parts(left, written)) or same(left, right, [node for node in shared_parts(left, right) if isinstance(node, Named)])


def _one_by_one(moving: Expr, sample: Mapping[Var, Expr], letter: str) -> Expr:
    (one,) = of_one_sample((moving,), letter)
    (found,) = lifted((one,), sample, size(Poly.letter(letter)))
    return found


def split(body: Expr, data: set[Var]) -> tuple[list[Expr], list[Expr]]:
    """The terms of a sum that depend on the data, and those that do not; numbers in front and names are looked through."""
    moving: list[Expr] = []
    rest: list[Expr] = []
    stack = [(Poly.of(1), body)]
    while stack:
        factor, node = stack.pop()
        number, inner = split_factor(node)
        if not depends(inner, data):
            rest.append(scale(factor, node))
        elif isinstance(inner, Add):
            stack += [(factor * number, term) for term in inner.terms]
        elif (
            isinstance(inner, Contract) and isinstance(whole := inner.args[0], Add) and len(inner.args) == 1 and not all(depends(t, data) for t in whole.terms)
        ):
            sizes = dict(zip(inner.spec.output, inner.shape))
            stack += [(factor * number, contract(inner.spec, term, sizes=sizes)) for term in whole.terms]
        elif (
            isinstance(inner, Named)
            and not inner.shape
            and isinstance(split_factor(inner.body)[1], Add)
            and not all(depends(term, data) for term in _terms(inner.body))
        ):
            stack.append((factor * number, inner.body))
        else:
            moving.append(scale(factor, node))
    return moving, rest


def _terms(node: Expr) -> tuple[Expr, ...]:
    inner = split_factor(node)[1]
    return inner.terms if isinstance(inner, Add) else (inner,)


def depends(root: Expr, data: set[Var]) -> bool:
    found: set[Expr] = set()
    for node in postorder(root):
        if node in data or any(part in found for part in children(node)):
            found.add(node)
    return root in found
