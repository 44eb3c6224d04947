"""Elementwise formulas as sums of monomials: powers of atoms, each atom on its own axes of the result.

This is where factors cancel (x · 1/x = 1), like terms collect and common factors come out. Products are expanded over
sums here, and only kept that way when the formula gets shorter, which the caller decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from byhand.lang.expr import Add, Contract, Expr, Map, Num, add, apply, contract, num, power_of, scale
from byhand.lang.leaves import EXP, RELU, SIGMOID, STEP
from byhand.lang.sizes import ONE, Poly, Size
from byhand.lang.spec import LETTERS, Spec

Atom: TypeAlias = tuple[Expr, str]
Factors: TypeAlias = dict[Atom, Fraction]
MOST_TERMS = 24


class TooMany(Exception):
    """The expansion has more terms than a person would write."""


@dataclass(frozen=True, slots=True)
class Monomial:
    number: Poly
    factors: Mapping[Atom, Fraction]

    def times(self, other: Monomial) -> Monomial:
        factors: Factors = dict(self.factors)
        for atom, exponent in other.factors.items():
            factors[atom] = factors.get(atom, Fraction(0)) + exponent
        return Monomial(self.number * other.number, {atom: e for atom, e in factors.items() if e})


def expand(node: Expr, word: str, whole: frozenset[Expr]) -> list[Monomial]:
    """``node``, whose axes are called ``word``, as a sum of monomials; sums in ``whole`` stay atoms.

    Raises ``TooMany`` beyond ``MOST_TERMS`` terms.
    """
    match node:
        case Num(value):
            return [Monomial(value, {})]
        case Add(terms) if node not in whole:
            return _limited([m for term in terms for m in expand(term, word, whole)])
        case Contract(how, (inner,)) if _plain(how):
            return expand(inner, _letters_of(how.inputs[0], how, word), whole)
        case Contract(how, (inner,)) if how.summed and not set(how.output) & set(how.inputs[0]):
            return [Monomial(ONE, {(contract(Spec(how.inputs, ""), inner), ""): Fraction(1)})]
        case Contract(how, (left, right)) if _plain(how):
            first = expand(left, _letters_of(how.inputs[0], how, word), whole)
            second = expand(right, _letters_of(how.inputs[1], how, word), whole)
            return _limited([a.times(b) for a in first for b in second])
        case Map(leaf, (base,)) if leaf.exponent is not None:
            return _power(base, leaf.exponent, word, whole)
        case _:
            return [Monomial(ONE, {(node, word): Fraction(1)})]


def _plain(how: Spec) -> bool:
    """Whether a contraction is elementwise: nothing summed, no diagonals."""
    return not how.summed and all(len(set(w)) == len(w) for w in (*how.inputs, how.output))


def _letters_of(inner: str, how: Spec, word: str) -> str:
    outer = dict(zip(how.output, word))
    return "".join(outer[c] for c in inner)


def _limited(terms: list[Monomial]) -> list[Monomial]:
    if len(terms) > MOST_TERMS:
        raise TooMany
    return terms


def _power(base: Expr, exponent: Fraction, word: str, whole: frozenset[Expr]) -> list[Monomial]:
    terms = expand(base, word, whole) if not isinstance(base, Add) and exponent.denominator == 1 else []
    number = terms[0].number.constant if len(terms) == 1 else None
    if number is None or number == 0:
        return [Monomial(ONE, {(base, word): exponent})]
    return [Monomial(Poly.of(number ** int(exponent)), {atom: e * exponent for atom, e in terms[0].factors.items()})]


def divisors(node: Expr) -> frozenset[Expr]:
    """The sums that this elementwise formula divides by; they cancel as wholes."""
    match node:
        case Map(leaf, (base,)) if leaf.exponent is not None and leaf.exponent < 0:
            return frozenset({base}) if isinstance(base, Add) else divisors(base)
        case Add(terms):
            return frozenset().union(*(divisors(term) for term in terms))
        case Contract(how, args) if _plain(how):
            return frozenset().union(*(divisors(arg) for arg in args))
        case _:
            return frozenset()


# --------------------------------------------------------------------------------------------- identities


def tidy(monomial: Monomial) -> Monomial:
    """Masks and logistic quotients: step² = step, relu · step = relu, eᵘ/(1 + eᵘ) = σ(u)."""
    factors = dict(monomial.factors)
    for (node, word), exponent in monomial.factors.items():
        match node:
            case Map(leaf, (arg,)) if leaf is STEP and exponent.denominator == 1 and exponent > 0:
                factors[node, word] = Fraction(1)
                if factors.get((apply(RELU, arg), word), 0) >= 1:
                    del factors[node, word]
            case Map(leaf, (arg,)) if leaf is EXP and exponent == 1 and factors.get((_one_plus(node), word)) == -1:
                del factors[node, word], factors[_one_plus(node), word]
                factors[apply(SIGMOID, arg), word] = Fraction(1)
            case _:
                pass
    return Monomial(monomial.number, factors)


def _one_plus(node: Expr) -> Expr:
    return 1 + node


def like_terms(terms: list[Monomial]) -> list[Monomial]:
    """Equal products of atoms added up; zeros dropped."""
    totals: dict[frozenset[tuple[Atom, Fraction]], Monomial] = {}
    for term in terms:
        key = frozenset(term.factors.items())
        known = totals.get(key)
        totals[key] = Monomial(known.number + term.number, known.factors) if known else term
    return [term for term in totals.values() if term.number.terms]


# ------------------------------------------------------------------------------------------------ back again


def assemble(terms: list[Monomial], word: str, sizes: Mapping[str, Size], factored: bool = True) -> Expr:
    """The formula with these terms; if ``factored``, what all terms share stands in front of a bracket."""
    if not terms:
        return contract(Spec(("",), word), num(0), sizes=sizes) if word else num(0)
    terms = sorted(terms, key=lambda term: term.number.terms[0][1] < 0)
    front, rest = _common(terms) if factored else (Monomial(ONE, {}), terms)
    inner = add([_product(term, word, sizes) for term in rest])
    if not front.factors:
        return scale(front.number, inner)
    outer = _product(front, word, sizes, stretch=False)
    letters = "".join(c for c in word if any(c in w for _, w in front.factors))
    return contract(Spec((letters, word), word), outer, inner)


def _common(terms: list[Monomial]) -> tuple[Monomial, list[Monomial]]:
    """The factors that all terms share, and the terms without them."""
    if len(terms) == 1:
        return Monomial(ONE, {}), terms
    shared = {atom: min((t.factors.get(atom, Fraction(0)) for t in terms), key=abs) for atom in terms[0].factors}
    shared = {a: e for a, e in shared.items() if e and all(t.factors.get(a, Fraction(0)) * e > 0 for t in terms)}
    number = terms[0].number
    if number.constant in (1, -1) or any(t.number not in (number, -number) for t in terms):
        number = ONE
    elif number.terms[0][1] < 0:
        number = -number
    inverse = number.inverse()
    if inverse is None:
        number = inverse = ONE
    undo = Monomial(inverse, {atom: -e for atom, e in shared.items()})
    return Monomial(number, shared), [term.times(undo) for term in terms]


def _product(term: Monomial, word: str, sizes: Mapping[str, Size], stretch: bool = True) -> Expr:
    """One monomial: scalars first, then factors, then divisors, on all axes of ``word`` if stretched."""
    ordered = sorted(term.factors.items(), key=lambda item: (item[1] < 0, len(item[0][1]) > 0))
    total, letters = num(1), ""
    for (node, own), exponent in ordered:
        union = "".join(c for c in word if c in letters or c in own)
        total = contract(Spec((letters, own), union), total, power_of(node, exponent))
        letters = union
    if stretch:
        total = contract(Spec((letters,), word), total, sizes=sizes)
    return scale(term.number, total)


def axes_word(node: Expr) -> str:
    return LETTERS[: len(node.shape)]
