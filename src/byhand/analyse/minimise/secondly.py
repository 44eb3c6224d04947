"""Second derivatives as people write them: sums of matrix products, or what they make of a direction."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.analyse.columns import separated
from byhand.analyse.hessian import Hessian
from byhand.analyse.matrix.convert import convert
from byhand.analyse.matrix.formulas import formula, merged
from byhand.analyse.matrix.words import NotWords, Term, Words, in_front, words
from byhand.analyse.minimise.gram import regrouped
from byhand.analyse.minimise.normal import Part, split, term_with
from byhand.derive.simplify import cost
from byhand.lang.expr import Expr, Named, Var, contract, named
from byhand.lang.names import Grad
from byhand.lang.spec import LETTERS, Spec
from byhand.run.prove import prove


def hessians(second: Hessian) -> Iterator[Named]:
    """The blocks between unknowns of at most one axis, each pair once, under their names: ∂²L/∂w², ∂²L/∂w∂b."""
    for i, x in enumerate(second.unknowns):
        for j, other in enumerate(second.unknowns[i:], i):
            if len(x.shape) < 2 and len(other.shape) < 2:
                yield named(Grad(f"d{second.f.name}/d{x.name}", str(other.name)), block_of(second, i, j))


def block_of(second: Hessian, i: int, j: int) -> Expr:
    """One block for unknowns of at most one axis: as a sum of products, if that is proved to be the same."""
    plain = second.matrices[i][j]
    if not second.quadratic:
        return _tidied(plain)
    try:
        parts, _ = _parts(second, i, j)
        if any(part.turned or part.right for part in parts):
            return plain
        rows, columns = ((*x.shape, 1)[0] for x in (second.unknowns[i], second.unknowns[j]))
        found = merged(regrouped(words((Term(part.front, part.left) for part in parts), rows, columns)))
        shown = _formula(found, len(plain.shape))
    except NotWords:
        return plain
    return shown if shown.shape == plain.shape and prove(shown, plain).verdict == "holds" else plain


def _tidied(plain: Expr) -> Expr:
    """The second derivative of something that is not quadratic, with equal factors together."""
    try:
        shown = formula(convert(plain), len(plain.shape))
    except NotWords:
        return plain
    return shown if cost(shown) <= cost(plain) and shown.shape == plain.shape and prove(shown, plain).verdict == "holds" else plain


def _formula(found: Words, rank: int) -> Expr:
    first = sorted(found.terms, key=lambda term: (not term.factors, -len(term.factors)))
    ordered = Words(tuple(first), found.rows, found.columns)
    return formula(ordered if rank else in_front(ordered), rank)


def made_of(second: Hessian, i: int, j: int, direction: Var) -> Expr:
    """One block multiplied by a direction: the gradient's linear part there."""
    x = second.unknowns[i]
    try:
        parts, gradient = _parts(second, i, j)
        terms = sorted((term_with(direction, part) for part in parts), key=lambda term: -len(term.factors))
        return formula(words(terms, gradient.rows, gradient.columns), len(x.shape))
    except NotWords:
        block = second.blocks[i][j]
        small = separated(block) if i == j and len(x.shape) == 2 else None
        if small is not None:
            return direction @ small[1] if small[0] else small[1] @ direction
        word = LETTERS[: len(block.shape)]
        return contract(Spec((word, word[len(x.shape) :]), word[: len(x.shape)]), block, direction)


def _parts(second: Hessian, i: int, j: int) -> tuple[tuple[Part, ...], Words]:
    gradient = convert(second.gradients[i], second.unknowns)
    return split(gradient, second.unknowns).of(second.unknowns[j]), gradient
