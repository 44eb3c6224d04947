"""Sums of matrix products put together: numbers times arrays, terms that end alike, axes of size 1."""

from __future__ import annotations

from byhand.analyse.matrix.formulas import formula
from byhand.analyse.matrix.words import Factor, Factors, NotWords, Term, Words, single, words
from byhand.derive.monomials import Monomial
from byhand.lang.expr import Expr, split_factor
from byhand.lang.sizes import Poly, Shape, Size


def multiplied(front: Words, rest: Words) -> Words:
    """A number times an array. A number that is a product itself can only stand behind a column."""
    if rest.columns == 1:
        return rest @ front
    if any(term.factors for term in front.terms):
        raise NotWords
    return words((Term(a.front.times(b.front), b.factors) for a in front.terms for b in rest.terms), rest.rows, rest.columns)


def together(of: Words, unknown: Expr) -> Words:
    """A X w + B X w as (A + B) X w."""
    last = Factor(unknown)
    ending = [term for term in of.terms if term.factors[-1:] == (last,) and not any(factor.atom is unknown for factor in term.factors[:-1])]
    if len(ending) < 2:
        return of
    tail = _shared_end([term.factors for term in ending])
    columns = tail[0].rows if tail else last.rows
    inner = words((Term(term.front, term.factors[: len(term.factors) - len(tail)]) for term in ending), of.rows, columns)
    factor, matrix = split_factor(formula(inner))
    behind = words([Term(Monomial(factor, {}), tail)], columns, of.columns)
    moved = single(matrix) @ behind
    return words((*moved.terms, *(term for term in of.terms if term not in ending)), of.rows, of.columns)


def _shared_end(products: list[Factors]) -> Factors:
    """The factors that all products end with, the last one among them."""
    length = next(k for k in range(1, 1 + min(map(len, products)) + 1) if k > min(map(len, products)) or len({factors[-k:] for factors in products}) > 1) - 1
    return products[0][len(products[0]) - length :]


def reshaped(of: Words, before: Shape, after: Shape) -> Words:
    """Axes of size 1 put in or taken out."""
    if [axis for axis in before if axis != 1] != [axis for axis in after if axis != 1] or max(len(before), len(after)) > 2:
        raise NotWords
    rows, columns = (*after, 1, 1)[:2]
    return of if (of.rows, of.columns) == (rows, columns) else of.transposed


def is_padding(offset: Size, count: Size, whole: Size) -> bool:
    """Whether so many entries are put into a longer vector, as they are: then some of the others are zeros, and none of them is lost."""
    before, after = -Poly.of(offset), Poly.of(whole) - count + Poly.of(offset)
    return _is_count(before) and _is_count(after) and bool(before.terms or after.terms)


def _is_count(number: Poly) -> bool:
    """Whether it is at least 0 for all sizes, which are at least 1: n − 1 is."""
    growing = all(value >= 0 for monomial, value in number.terms if monomial)
    return growing and number.at(dict.fromkeys(number.letters, 1)) >= 0
