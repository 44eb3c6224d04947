"""From sums of matrix products back to formulas as textbooks print them, and scalars cancelled on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd

from byhand.analyse.matrix.words import UNIT, Factor, Factors, Term, Words, product, single, words
from byhand.derive.monomials import Atom, Monomial, assemble
from byhand.lang.expr import Expr, add, contract, eye, filled, num, split_factor
from byhand.lang.sizes import ONE, Poly
from byhand.lang.spec import LETTERS, Spec


def front_of(front: Monomial) -> Expr:
    """A scalar as a formula."""
    return assemble([front], "", {})


def times_front(front: Monomial, expr: Expr) -> Expr:
    if front.number == ONE and not front.factors:
        return expr
    word = LETTERS[: len(expr.shape)]
    return contract(Spec(("", word), word), front_of(front), expr)


def formula(of: Words, rank: int = 2) -> Expr:
    """The formula; what all terms share stands in front of a bracket. ``rank`` 1 makes a vector of a column, 0 a number."""
    if not of.terms:
        return filled(0, (of.rows, of.columns)[:rank]) if rank else num(0)
    shared = common([term.front for term in of.terms])
    rest = of.times(reciprocal(shared))
    inner = add([times_front(term.front, _factors(term.factors, of, rank)) for term in ordered(rest.terms)])
    return times_front(shared, inner)


def _factors(factors: Factors, of: Words, rank: int) -> Expr:
    if factors:
        return product(factors)
    return eye(of.rows) if rank == 2 else num(1) if rank == 0 else filled(1, (of.rows,))


def ordered(terms: Iterable[Term]) -> list[Term]:
    """Products first, the identity last; what carries a minus sign after what does not."""
    return sorted(terms, key=lambda term: (term.front.number.terms[0][1] < 0, not term.factors))


# ---------------------------------------------------------------------------------------------------- scalars


def reciprocal(front: Monomial) -> Monomial:
    inverse = front.number.inverse()
    assert inverse is not None
    return Monomial(inverse, {atom: -exponent for atom, exponent in front.factors.items()})


def common(fronts: Sequence[Monomial]) -> Monomial:
    """The scalar that all of these share: powers of the same sign, and a number if it is the same up to its sign."""
    if len(fronts) == 1:
        return fronts[0]
    first = fronts[0]
    shared = {atom: _least([front.factors.get(atom, Fraction(0)) for front in fronts]) for atom in first.factors}
    same = all(front.number in (first.number, -first.number) for front in fronts) and first.number.inverse() is not None
    number = first.number if same else ONE
    if any(front.number.terms[0][1] > 0 for front in fronts) and number.terms[0][1] < 0:
        number = -number
    return Monomial(number, {atom: exponent for atom, exponent in shared.items() if exponent})


def _least(exponents: Sequence[Fraction]) -> Fraction:
    """The power that can be taken out of all."""
    if all(e > 0 for e in exponents):
        return min(exponents)
    return max(exponents) if all(e < 0 for e in exponents) else Fraction(0)


def number_shared(numbers: Sequence[Poly]) -> Poly:
    """The largest number, over sizes, that divides all of these."""
    singles = [poly.terms for poly in numbers]
    if any(len(terms) != 1 for terms in singles):
        return ONE
    values = [abs(terms[0][1]) for terms in singles]
    below = reduce(lambda a, b: a * b // gcd(a, b), [v.denominator for v in values])
    above = reduce(gcd, [int(v * below) for v in values])
    letters = {letter for terms in singles for letter, _ in terms[0][0]}
    powers = {letter: min(dict(terms[0][0]).get(letter, 0) for terms in singles) for letter in letters}
    return Poly(((tuple(sorted((c, p) for c, p in powers.items() if p)), Fraction(above, below)),))


def cancelling(left: Words, right: Words, nonzero: Iterable[Atom] = ()) -> Monomial:
    """What both sides of an equation may be divided by to make it simple: shared numbers, and scalars known not to be zero.

    A scalar that is divided by somewhere is not zero either. The first product on the left is freed of its own scalars where
    that is allowed.
    """
    fronts = [term.front for term in (*left.terms, *right.terms)]
    if not left.terms:
        return UNIT
    known = frozenset(nonzero)
    atoms = {atom for front in fronts for atom in front.factors}
    leading = ordered(left.terms)[0].front
    if not any(term.factors for term in left.terms):
        leading = common(fronts)
    allowed = {atom for atom in atoms if atom in known or any(front.factors.get(atom, 0) < 0 for front in fronts)}
    factors = {atom: leading.factors.get(atom, Fraction(0)) for atom in allowed}
    undo = Monomial(ONE, {atom: -exponent for atom, exponent in factors.items() if exponent})
    if sum(bool(front.times(undo).factors) for front in fronts) >= sum(bool(front.factors) for front in fronts):
        factors = {}
    number = leading.number if ordered(left.terms)[0].factors and leading.number.inverse() else number_shared([front.number for front in fronts])
    if number.terms[0][1] < 0:
        number = -number
    if all(term.front.number.terms[0][1] < 0 for term in left.terms):
        number = -number
    return Monomial(number, {atom: exponent for atom, exponent in factors.items() if exponent})


# ---------------------------------------------------------------------------------------------------- matrices


def merged(of: Words) -> Words:
    """XᵀDX + XᵀDᵀX as Xᵀ(D + Dᵀ)X: products that begin and end alike as one."""
    groups: dict[tuple[Factor, Factor], list[Term]] = {}
    for term in of.terms:
        if len(term.factors) >= 3:
            groups.setdefault((term.factors[0], term.factors[-1]), []).append(term)
    chosen = next((group for group in groups.values() if len(group) > 1), None)
    if chosen is None:
        return of
    first, last = chosen[0].factors[0], chosen[0].factors[-1]
    inner = words((Term(term.front, term.factors[1:-1]) for term in chosen), first.columns, last.rows)
    number, middle = split_factor(formula(inner))
    whole = Term(Monomial(number, {}), (first, *(f for t in single(middle).terms for f in t.factors), last))
    return merged(words([whole, *(term for term in of.terms if term not in chosen)], of.rows, of.columns))
