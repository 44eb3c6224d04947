"""Gram matrices put together again: E₁ᵀ D M − E₀ᵀ D M is Mᵀ D M, where M = E₁ − E₀."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from byhand.analyse.matrix.convert import convert
from byhand.analyse.matrix.formulas import common, reciprocal
from byhand.analyse.matrix.words import Factor, NotWords, Term, Words, single, words
from byhand.derive.monomials import Monomial
from byhand.lang.expr import Add, num, scale


def regrouped(of: Words) -> Words:
    """The same sum, its terms that end alike as one Gram matrix where they are one."""
    groups: dict[Factor, list[Term]] = {}
    for term in of.terms:
        if len(term.factors) > 1 and isinstance(term.factors[-1].atom, Add) and term.factors[-1].turn == "plain":
            last, moved = _with_known_sign(term, groups)
            groups.setdefault(last, []).append(moved)
    for last, terms in groups.items():
        whole = _as_gram(last, terms) if len(terms) > 1 else None
        if whole is not None:
            others = [term for term in of.terms if _with_known_sign(term, groups)[1] not in terms]
            return regrouped(words([whole, *others], of.rows, of.columns))
    return of


def _with_known_sign(term: Term, known: Mapping[Factor, object]) -> tuple[Factor, Term]:
    """A term that ends with b − a as one that ends with a − b, where that is an end already."""
    last = term.factors[-1] if term.factors else None
    swapped = Factor(scale(-1, last.atom)) if last is not None and last.turn == "plain" else None
    if last is None or swapped is None or last in known or swapped not in known:
        return last or Factor(num(1)), term
    return swapped, Term(Monomial(-term.front.number, term.front.factors), (*term.factors[:-1], swapped))


def _as_gram(last: Factor, terms: Sequence[Term]) -> Term | None:
    """c · Mᵀ D M with what stands in the middle of all, or ``None``."""
    shared = common([term.front for term in terms])
    middles = {term.factors[-2:-1] if term.factors[-2].turn == "diagonal" else () for term in terms}
    if len(middles) != 1:
        return None
    (middle,) = middles
    left = words((Term(term.front, term.factors[: -1 - len(middle)]) for term in terms), last.columns, last.rows).times(reciprocal(shared))
    try:
        right = convert(last.atom)
    except NotWords:
        return None
    sign = 1 if _same(left.transposed, right) else -1 if _same(left.transposed.negated, right) else 0
    front = shared if sign >= 0 else Monomial(-shared.number, shared.factors)
    turned = single(last.atom, "turned").terms[0].factors
    return Term(front, (*turned, *middle, last)) if sign else None


def _same(left: Words, right: Words) -> bool:
    return {(frozenset(t.front.factors.items()), t.front.number, t.factors) for t in left.terms} == {
        (frozenset(t.front.factors.items()), t.front.number, t.factors) for t in right.terms
    }
