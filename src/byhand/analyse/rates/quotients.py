"""Quotients of scalar formulas without fractions inside: 2 / (λ / σ²) as 2 σ² / λ."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

from byhand.derive.monomials import Atom, Monomial, TooMany, assemble, expand, like_terms
from byhand.lang.expr import Expr
from byhand.lang.sizes import Poly


def over(above: Expr, below: Expr) -> Expr:
    """above / below; where either has fractions inside, both are multiplied by what clears them, and divided by what all their terms share."""
    try:
        top, bottom = (like_terms(expand(side, "", frozenset())) for side in (above, below))
    except TooMany:
        return above / below
    powers = _lowest_powers([*top, *bottom])
    if not any(power < 0 for power in powers.values()) and not any(power < 0 for power in _lowest_sizes([*top, *bottom]).values()):
        return above / below
    undo = Monomial(_number_that_clears([*top, *bottom]), {atom: -power for atom, power in powers.items() if power})
    return assemble([term.times(undo) for term in top], "", {}) / assemble([term.times(undo) for term in bottom], "", {})


def _lowest_powers(terms: Sequence[Monomial]) -> dict[Atom, Fraction]:
    """The lowest exponent of each atom, 0 where some term is without it."""
    atoms = dict.fromkeys(atom for term in terms for atom in term.factors)
    return {atom: min(term.factors.get(atom, Fraction(0)) for term in terms) for atom in atoms}


def _lowest_sizes(terms: Sequence[Monomial]) -> dict[str, int]:
    """The same for sizes, such as the m of a mean."""
    parts = [dict(monomial) for term in terms for monomial, _ in term.number.terms]
    letters = dict.fromkeys(letter for part in parts for letter in part)
    return {letter: min(part.get(letter, 0) for part in parts) for letter in letters}


def _number_that_clears(terms: Sequence[Monomial]) -> Poly:
    """What makes the numbers of all terms whole, and as small as they can be."""
    numbers = [value for term in terms for _, value in term.number.terms]
    found = Poly.of(Fraction(lcm(*(number.denominator for number in numbers)), gcd(*(number.numerator for number in numbers))))
    for letter, power in _lowest_sizes(terms).items():
        for _ in range(abs(power)):
            found = found * Poly.letter(letter) if power < 0 else found * (Poly.letter(letter).inverse() or 1)
    return found
