"""The normal equations: the gradient set to zero, the terms with the unknown on one side, solved by algebra on words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from byhand.analyse.matrix.formulas import cancelling, formula, merged
from byhand.analyse.matrix.words import UNIT, Factor, NotWords, Term, Words, in_front, words
from byhand.analyse.minimise.gram import regrouped
from byhand.derive.monomials import Atom, Monomial
from byhand.lang.build import inverse
from byhand.lang.expr import Expr, Var
from byhand.lang.sizes import ONE, Shape, Size


@dataclass(frozen=True, slots=True)
class Part:
    """One term of a gradient: front · left · u · right, with u transposed if ``turned``."""

    front: Monomial
    left: tuple[Factor, ...]
    right: tuple[Factor, ...]
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Linear:
    """A gradient as a linear function of the unknowns, plus ``rest`` without any."""

    parts: tuple[tuple[Var, tuple[Part, ...]], ...]
    rest: Words

    def of(self, unknown: Var) -> tuple[Part, ...]:
        return dict(self.parts).get(unknown, ())


def split(gradient: Words, unknowns: Sequence[Var]) -> Linear:
    """Collect the terms with each unknown. Raises ``NotWords`` for a product of two of them."""
    found: dict[Var, list[Part]] = {}
    rest: list[Term] = []
    for term in gradient.terms:
        holds = [(unknown, part) for unknown in unknowns for part in _parts(term, unknown)]
        if len(holds) > 1:
            raise NotWords
        for unknown, part in holds:
            found.setdefault(unknown, []).append(part)
        if not holds:
            rest.append(term)
    return Linear(tuple((u, tuple(parts)) for u, parts in found.items()), words(rest, gradient.rows, gradient.columns))


def _parts(term: Term, unknown: Var) -> list[Part]:
    if not unknown.shape:
        exponent = term.front.factors.get((unknown, ""), Fraction(0))
        if exponent not in (0, 1):
            raise NotWords
        front = Monomial(term.front.number, {atom: e for atom, e in term.front.factors.items() if atom[0] is not unknown})
        return [Part(front, term.factors, ())] if exponent else []
    places = [k for k, factor in enumerate(term.factors) if factor.atom is unknown]
    if any(term.factors[k].turn == "diagonal" for k in places):
        raise NotWords
    return [Part(term.front, term.factors[:k], term.factors[k + 1 :], term.factors[k].turn == "turned") for k in places]


@dataclass(frozen=True, slots=True)
class Equation:
    """H u = r (``side`` left), u H = r (right), or H u K = r (both), with the common scalar that was divided out."""

    unknown: Var
    matrix: Words
    other: Words | None
    right: Words
    divided: Monomial
    side: str
    put_in: tuple[Var, ...] = ()

    @property
    def solved(self) -> Words:
        """The unknown as a sum of products."""
        if self.side == "both":
            assert self.other is not None
            return inverted(self.matrix) @ self.right @ inverted(self.other)
        return inverted(self.matrix) @ self.right if self.side == "left" else self.right @ inverted(self.matrix)


def equation(linear: Linear, unknown: Var, nonzero: Sequence[Atom] = ()) -> Equation:
    """The gradient set to zero, with the terms of one unknown collected. Raises ``NotWords`` where no product form exists."""
    parts = linear.of(unknown)
    others = words((t for other, ps in linear.parts if other is not unknown for p in ps for t in [term_with(other, p)]), linear.rest.rows, linear.rest.columns)
    right = _longest_first((linear.rest + others).negated, ())
    if not parts or any(part.turned for part in parts):
        raise NotWords
    rows = unknown.shape[0] if unknown.shape else 1
    columns = unknown.shape[1] if len(unknown.shape) == 2 else 1
    if all(not part.right for part in parts):
        matrix, other, side = merged(regrouped(words((Term(p.front, p.left) for p in parts), rows, rows))), None, "left"
    elif all(not part.left for part in parts):
        matrix, other, side = merged(words((Term(p.front, p.right) for p in parts), columns, columns)), None, "right"
    else:
        matrix, other, side = _both(parts, rows, columns)
    return balanced(unknown, matrix, other, right, side, nonzero)


def balanced(unknown: Var, matrix: Words, other: Words | None, right: Words, side: str, nonzero: Sequence[Atom] = ()) -> Equation:
    """The equation with what both sides share divided out."""
    matrix = matrix if unknown.shape else in_front(matrix)
    matrix = _longest_first(matrix, [term.factors for term in right.terms])
    divisor = cancelling(matrix, right, nonzero)
    undo = Monomial(divisor.number.inverse() or ONE, {a: -e for a, e in divisor.factors.items()})
    return Equation(unknown, matrix.times(undo), other, right.times(undo), divisor, side)


def _longest_first(of: Words, like: Sequence[tuple[Factor, ...]]) -> Words:
    """What begins or ends as the other side does first (that is the data), then long products before short ones."""
    ends = {end for factors in like if factors for end in (factors[0], factors[-1])}
    shown = sorted(of.terms, key=lambda term: (not (term.factors and {term.factors[0], term.factors[-1]} & ends), -len(term.factors)))
    return Words(tuple(shown), of.rows, of.columns)


def _both(parts: tuple[Part, ...], rows: Size, columns: Size) -> tuple[Words, Words, str]:
    """(Σ left) u K or H u (Σ right), where all terms agree on one side."""
    first = parts[0]
    if all(part.right == first.right for part in parts):
        return merged(words((Term(p.front, p.left) for p in parts), rows, rows)), words([Term(UNIT, first.right)], columns, columns), "both"
    if all(part.left == first.left for part in parts):
        return words([Term(UNIT, first.left)], rows, rows), merged(words((Term(p.front, p.right) for p in parts), columns, columns)), "both"
    raise NotWords


def term_with(unknown: Var, part: Part | None) -> Term:
    """The term of a gradient that a part was read from, with this in the place of the unknown."""
    part = part or Part(UNIT, (), ())
    if not unknown.shape:
        return Term(part.front.times(Monomial(ONE, {(unknown, ""): Fraction(1)})), part.left + part.right)
    return Term(part.front, (*part.left, Factor(unknown, "turned" if part.turned else "plain"), *part.right))


def whole(eq: Equation, matrix: Words) -> Words:
    """matrix · u, on the side where the matrix stands."""
    shape: Shape = (*eq.unknown.shape, 1, 1)
    unknown = words([term_with(eq.unknown, None)], shape[0], shape[1])
    if eq.side == "both":
        assert eq.other is not None
        return matrix @ unknown @ eq.other
    return matrix @ unknown if eq.side == "left" else unknown @ matrix


def inverted(matrix: Words) -> Words:
    """The inverse of a sum of products: of a scalar and of a diagonal by division, of anything else as such."""
    if all(not term.factors for term in matrix.terms):
        fronts = [term.front for term in matrix.terms]
        one = _flipped(fronts[0]) if len(fronts) == 1 else Monomial(ONE, {(formula(matrix, 0), ""): Fraction(-1)})
        return words([Term(one, ())], matrix.rows, matrix.columns)
    if len(matrix.terms) == 1 and len(matrix.terms[0].factors) == 1 and matrix.terms[0].factors[0].turn == "diagonal":
        term = matrix.terms[0]
        return words([Term(_flipped(term.front), (Factor(1 / term.factors[0].atom, "diagonal"),))], matrix.rows, matrix.columns)
    return words([Term(UNIT, (Factor(inverse(formula(matrix))),))], matrix.rows, matrix.columns)


def _flipped(front: Monomial) -> Monomial:
    return Monomial(front.number.inverse() or ONE, {atom: -e for atom, e in front.factors.items()})


def substituted(gradient: Words, unknown: Var, value: Words) -> Words:
    """The gradient with one unknown replaced by what it was solved for."""
    terms: list[Term] = []
    for term in gradient.terms:
        holds = _parts(term, unknown)
        if not holds:
            terms.append(term)
            continue
        (part,) = holds
        middle = value.transposed if part.turned else value
        for inner in middle.terms:
            terms.append(Term(part.front.times(inner.front), (*part.left, *inner.factors, *part.right)))
    return words(terms, gradient.rows, gradient.columns)


def solution_formula(eq: Equation) -> Expr:
    """u as a formula: (H)⁻¹ r with r as one chain of factors where it is one, divided where H is a number."""
    rank = len(eq.unknown.shape)
    return formula(eq.solved, rank) if len(eq.right.terms) <= 1 or rank == 0 else _bracketed(eq, rank)


def _bracketed(eq: Equation, rank: int) -> Expr:
    """(H)⁻¹ (r₁ + r₂)."""
    right = formula(eq.right, rank)
    whole = words([Term(UNIT, (Factor(right),))], eq.right.rows, eq.right.columns)
    if eq.side == "both":
        assert eq.other is not None
        return formula(inverted(eq.matrix) @ whole @ inverted(eq.other), rank)
    return formula(inverted(eq.matrix) @ whole if eq.side == "left" else whole @ inverted(eq.matrix), rank)
