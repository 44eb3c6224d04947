"""From gradients to solutions: one unknown at a time, the others put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from byhand.analyse.columns import separated
from byhand.analyse.hessian import Hessian, put_in
from byhand.analyse.matrix.convert import convert
from byhand.analyse.matrix.formulas import formula
from byhand.analyse.matrix.words import NotWords, Words, single
from byhand.analyse.minimise.normal import Equation, Linear, balanced, equation, solution_formula, split, substituted
from byhand.analyse.minimise.outcome import Solved, star_of
from byhand.derive.monomials import Atom, Monomial
from byhand.lang.build import inverse
from byhand.lang.expr import Expr, Var, named
from byhand.lang.functions import reshape
from byhand.lang.sizes import ONE, volume
from byhand.lang.walk import substitute
from byhand.run.bind import Value
from byhand.run.bounds import of_monomial

Data = Mapping[str, Value]


def by_products(gradients: Sequence[Expr], unknowns: Sequence[Var], data: Data, tag: str = "") -> tuple[Solved, ...]:
    """The unknowns solved for, the last one to be eliminated first. Raises ``NotWords`` where an equation is no sum of products."""
    left: dict[Var, Words] = {x: convert(gradient, unknowns) for x, gradient in zip(unknowns, gradients)}
    eliminated: list[Equation] = []
    while left:
        unknown = min(left, key=lambda x: (_difficulty(split(left[x], list(left)), x), -unknowns.index(x)))
        own = left.pop(unknown)
        eq = replace(equation(split(own, [unknown, *left]), unknown, _nonzero(own, data)), put_in=tuple(reversed([one.unknown for one in eliminated])))
        eliminated.append(eq)
        left = {x: substituted(words, unknown, eq.solved) for x, words in left.items()}
    return _put_back(eliminated, tag)


def _difficulty(linear: Linear, unknown: Var) -> int:
    """Unknowns that are multiplied by numbers alone are eliminated first; those whose equation is no product cannot be."""
    try:
        eq = equation(linear, unknown)
    except NotWords:
        return 3
    if any(term.factors for term in eq.matrix.terms):
        return 2
    return int(any(term.front.factors for term in eq.matrix.terms))


def _nonzero(words: Words, data: Data) -> list[Atom]:
    """Scalars in front of products that are known not to be zero."""
    atoms = {atom for term in words.terms for atom in term.front.factors}
    return [atom for atom in atoms if of_monomial(Monomial(ONE, {atom: Fraction(1)}), data).nonzero]


def _put_back(eliminated: Sequence[Equation], tag: str) -> tuple[Solved, ...]:
    """From the last equation, which has one unknown, back to the first."""
    known: dict[Expr, Expr] = {}
    found: list[Solved] = []
    for eq in reversed(eliminated):
        rank = len(eq.unknown.shape)
        alone = solution_formula(eq)
        body = substitute(alone, known)
        star = named(star_of(eq.unknown, tag), body)
        solved = Solved(eq.unknown, formula(eq.matrix, 2 if rank else 0), formula(eq.right, rank), star, eq, alone if known else None)
        known[eq.unknown] = solved.star
        found.append(solved)
    return tuple(found)


def _words(node: Expr) -> Words:
    """A formula as a sum of products, at worst as one factor."""
    try:
        return convert(node)
    except NotWords:
        return single(node)


def by_entries(second: Hessian, tag: str = "") -> tuple[Solved, ...]:
    """One unknown of any shape, all its entries in one column: H vec(u) = r with H the second derivative itself."""
    unknown, block, gradient = second.unknowns[0], second.matrices[0][0], second.gradients[0]
    right = -put_in(gradient, second.unknowns, Fraction(0))
    small = (0, block) if len(unknown.shape) < 2 else separated(second.blocks[0][0]) if len(unknown.shape) == 2 else None
    if small is not None:
        return _put_back([balanced(unknown, _words(small[1]), None, _words(right), "right" if small[0] else "left")], tag)
    star = star_of(unknown, tag)
    count = volume(unknown.shape)
    flat = reshape(block, (count, count))
    column = reshape(right, (count,))
    return (Solved(unknown, flat, column, named(star, reshape(inverse(flat) @ column, unknown.shape))),)
