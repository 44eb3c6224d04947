"""Whether two sides of a claim are equal, or follow from the claim one layer further: by the exact prover, sums term by term."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Contract, Expr, Index, Named, Var, filled
from byhand.lang.functions import mean, outer, reshape
from byhand.lang.sizes import Poly, Shape
from byhand.lang.walk import children, postorder, substitute
from byhand.run.prove import is_proved
from byhand.sheets.families.indices import Bound, Env, within
from byhand.sheets.families.model import Model

Side = Callable[[Model, Env], Expr]
"""One side of a claim, as a formula in a model."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The formulas of a step: the claim one further (``before``) and the claim itself (``after``), each as its two sides.

    ``seed`` is the gradient of the layer above, ``said`` what the hypothesis says that it is. ``whole``: the left sides (of
    the claim one further and of the claim) where only a factor of them was compared. ``termwise``: these are terms of sums.
    """

    model: Model
    after: tuple[Expr, Expr]
    before: tuple[Expr, Expr] | None = None
    seed: Var | None = None
    said: Expr | None = None
    whole: tuple[Expr, Expr] | None = None
    termwise: bool = False


def matched(left: Expr, right: Expr, vectors: str = "columns") -> tuple[Expr, Expr] | None:
    """Both sides in one shape: a vector is a column with one axis; ``None`` where the shapes do not fit."""
    if left.shape == right.shape:
        return left, right
    if len(right.shape) < len(left.shape):
        swapped = matched(right, left, vectors)
        return None if swapped is None else (swapped[1], swapped[0])
    if _lies(left.shape, vectors) == right.shape or all(axis == 1 for axis in (*left.shape, *right.shape)):
        return left, reshape(right, left.shape)
    return None


def _lies(shape: Shape, vectors: str) -> Shape:
    return (*shape, 1) if vectors == "columns" else (1, *shape)


def same(left: Expr, right: Expr, vectors: str = "columns") -> bool:
    """Whether two formulas are equal for certain."""
    pair = matched(left, right, vectors)
    return pair is not None and _proved(*pair)


@lru_cache(maxsize=2048)
def _proved(left: Expr, right: Expr) -> bool:
    """Expressions that are alike are the same object, so that each pair is proved once, whatever region it comes from."""
    return is_proved(left, right)


def equal(model: Model, left: Expr, right: Expr) -> bool:
    """Whether two sides are equal; sums over the same range term by term."""
    sums = _sums(model, left, right)
    if sums is None:
        return same(left, right, model.vectors)
    inner, terms = sums
    zeros = [substitute(side, {one: filled(0, one.shape)}, enter_named=True) for side, (one, _) in zip((left, right), terms)]
    if not same(zeros[0], zeros[1], model.vectors):
        return False
    put_in = [substitute(side, {one: term}, enter_named=True) for side, (one, term) in zip((left, right), terms)]
    return equal(inner, put_in[0], put_in[1])


def _sums(model: Model, *sides: Expr) -> tuple[Model, list[tuple[Var, Expr]]] | None:
    """One sum on each side, over one range: both as their terms at a common index."""
    found = [[node for node in postorder(side) if isinstance(node, Var) and node in model.atoms and model.atoms[node].kind == "sum"] for side in sides]
    if not any(found):
        return None
    if any(len(one) != 1 for one in found) or not all(_is_linear(side, one[0]) for side, one in zip(sides, found)):
        raise ByhandError("the sums of the two sides are not alike.")
    atoms = [model.atoms[one[0]] for one in found]
    first = atoms[0].bound
    letter = next(k for k in chain((first.letter,), "ijkpqrst") if k not in model.region.letters)
    bound = Bound(letter, first.low, first.high)
    inner = model.inside(model.region.over(bound), Poly.letter(letter))
    terms: list[tuple[Var, Expr]] = []
    for (node,), atom in zip(found, atoms):
        shift = atom.bound.low - first.low
        if atom.bound.high - first.high != shift:
            raise ByhandError("the sums of the two sides run over different ranges.")
        terms.append((node, within(model.region, inner.region, lambda atom=atom, shift=shift: atom.term(inner, Poly.letter(letter) + shift))))
    return inner, terms


def _is_linear(side: Expr, node: Var) -> bool:
    """Whether a formula is linear in a sum, apart from terms without it."""
    holds: dict[Expr, bool] = {}
    for one in postorder(side):
        inside = [part for part in children(one) if holds[part]]
        holds[one] = one is node or bool(inside)
        if not inside:
            continue
        if not isinstance(one, (Add, Named, Contract, Index)) or (isinstance(one, Contract) and len(inside) > 1):
            return False
    return True


# ----------------------------------------------------------------------------------------------- induction


def follows(model: Model, before: tuple[Expr, Expr], after: tuple[Expr, Expr]) -> Evidence | None:
    """How the second equality follows from the first one, if it does."""
    if _holds_sum(model, *before, *after):
        inner, terms = _sums(model, *before, *after) or (model, [])
        zeros = [substitute(side, {one: filled(0, one.shape)}, enter_named=True) for side, (one, _) in zip((*before, *after), terms)]
        if not same(zeros[2], zeros[3], model.vectors):
            return None
        sides = [substitute(side, {one: term}, enter_named=True) for side, (one, term) in zip((*before, *after), terms)]
        terms_only = [side.body if isinstance(side, Named) else side for side in sides]
        found = follows(inner, (terms_only[0], terms_only[1]), (terms_only[2], terms_only[3]))
        return None if found is None else replace(found, termwise=True)
    known, taken = _peeled(*before, model.vectors)
    wanted = after
    for _ in range(taken):
        wanted = _peel(*wanted, model.vectors) or wanted
    seed = known[0]
    while isinstance(seed, Named):
        seed = seed.body
    pair = matched(seed, known[1], model.vectors)
    if not isinstance(seed, Var) or pair is None:
        return None
    value = reshape(known[1], seed.shape) if known[1].shape != seed.shape else known[1]
    if not same(substitute(wanted[0], {seed: value}, enter_named=True), wanted[1], model.vectors):
        return None
    return Evidence(model, wanted, known, seed, value, (before[0], after[0]) if taken else None)


def _holds_sum(model: Model, *sides: Expr) -> bool:
    return any(isinstance(node, Var) and node in model.atoms and model.atoms[node].kind == "sum" for side in sides for node in postorder(side))


def _peeled(left: Expr, right: Expr, vectors: str) -> tuple[tuple[Expr, Expr], int]:
    """Outer products with one known factor taken apart, and how many."""
    pair, taken = (left, right), 0
    while (found := _peel(*pair, vectors)) is not None:
        pair, taken = found, taken + 1
    return pair, taken


def _peel(left: Expr, right: Expr, vectors: str) -> tuple[Expr, Expr] | None:
    """``outer(p, q) == R`` as ``p == r``, where R is an outer product r qᵀ with the same q."""
    while isinstance(left, Named):
        left = left.body
    if not isinstance(left, Contract) or len(left.args) != 2 or left.spec.summed or [*map(len, left.spec.inputs)] != [1, 1] or len(left.shape) != 2:
        return None
    for k in (1, 0):
        kept, gone = left.args[1 - k], left.args[k]
        if not isinstance(gone, (Var, Named)):
            continue
        rest = mean(substitute(right, {gone: filled(1, gone.shape)}), k)
        whole = outer(rest, gone) if k == 1 else outer(gone, rest)
        if len(rest.shape) == 1 and same(right, whole, vectors):
            return kept, rest
    return None


# ------------------------------------------------------------------------------------------- term by term


def _sum_in(model: Model, side: Expr) -> Var | None:
    """The only sum of a formula that is linear in it; ``None`` where there is no sum."""
    found = [node for node in postorder(side) if isinstance(node, Var) and node in model.atoms and model.atoms[node].kind == "sum"]
    if len(found) > 1 or (found and not _is_linear(side, found[0])):
        raise ByhandError("this side is not one sum.")
    return found[0] if found else None


def common_range(model: Model, left: Expr, right: Expr) -> Bound | None:
    first, second = _sum_in(model, left), _sum_in(model, right)
    if first is None or second is None:
        return None
    one, other = model.atoms[first].bound, model.atoms[second].bound
    letter = next(k for k in chain((one.letter,), "ijkpqrst") if k not in model.region.letters)
    return Bound(letter, one.low, one.high) if one.high - one.low == other.high - other.low else None


def term_of(whole: Side, bound: Bound) -> Side:
    def term(model: Model, env: Env) -> Expr:
        found = whole(model, {letter: index for letter, index in env.items() if letter != bound.letter})
        node = _sum_in(model, found)
        if node is None:
            raise ByhandError("the sum is gone.")
        atom = model.atoms[node]
        return substitute(found, {node: atom.term(model, env[bound.letter] + (atom.bound.low - bound.low))}, enter_named=True)

    return term


def rest_of(whole: Side) -> Side:
    def rest(model: Model, env: Env) -> Expr:
        found = whole(model, env)
        node = _sum_in(model, found)
        return found if node is None else substitute(found, {node: filled(0, node.shape)}, enter_named=True)

    return rest
