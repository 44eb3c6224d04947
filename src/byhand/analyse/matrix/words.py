"""Formulas as sums of matrix products: Σ number · factor₁ factor₂ …, every factor a matrix, a vector or a diagonal.

In this form "collect the terms with w" is a matter of looking where w stands, and a Gram matrix AᵀDA is a product that
reads the same from both ends. Vectors are columns here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from byhand.derive.monomials import Monomial, TooMany, assemble, axes_word, expand
from byhand.lang.expr import Add, Contract, Expr, Inverse, Named, Var, as_number, contract, filled, scale, split_factor, transpose
from byhand.lang.sizes import ONE, Poly, Size
from byhand.lang.walk import postorder

Turn: TypeAlias = Literal["plain", "turned", "diagonal"]
UNIT = Monomial(ONE, {})
MOST_TERMS = 60


class NotWords(Exception):
    """The formula is no sum of matrix products in which the unknowns stand as whole factors."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A matrix or a column, as it is or transposed; or the diagonal matrix of a vector."""

    atom: Expr
    turn: Turn = "plain"

    @property
    def is_vector(self) -> bool:
        return len(self.atom.shape) == 1 and self.turn != "diagonal"

    @property
    def rows(self) -> Size:
        return 1 if self.is_vector and self.turn == "turned" else self.atom.shape[-1] if self.turn == "turned" else self.atom.shape[0]

    @property
    def columns(self) -> Size:
        return 1 if self.is_vector and self.turn == "plain" else self.atom.shape[0] if self.turn == "turned" else self.atom.shape[-1]

    @property
    def transposed(self) -> Factor:
        if self.turn == "diagonal" or (len(self.atom.shape) == 2 and is_symmetric(self.atom)):
            return self if self.turn == "diagonal" else Factor(self.atom)
        return Factor(self.atom, "plain" if self.turn == "turned" else "turned")


Factors: TypeAlias = tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """``front`` is a scalar: a number and powers of scalar formulas. No factor at all is the identity."""

    front: Monomial
    factors: Factors

    @property
    def transposed(self) -> Term:
        return Term(self.front, tuple(factor.transposed for factor in reversed(self.factors)))


@dataclass(frozen=True, slots=True)
class Words:
    """A sum of matrix products with so many rows and columns. Raises ``NotWords`` where there are too many."""

    terms: tuple[Term, ...]
    rows: Size
    columns: Size

    @property
    def transposed(self) -> Words:
        return words((term.transposed for term in self.terms), self.columns, self.rows)

    @property
    def negated(self) -> Words:
        return self.times(Monomial(Poly.of(-1), {}))

    def __add__(self, other: Words) -> Words:
        return words((*self.terms, *other.terms), self.rows, self.columns)

    def __matmul__(self, other: Words) -> Words:
        return words((Term(a.front.times(b.front), a.factors + b.factors) for a in self.terms for b in other.terms), self.rows, other.columns)

    def times(self, front: Monomial) -> Words:
        return words((Term(front.times(term.front), term.factors) for term in self.terms), self.rows, self.columns)


def words(terms: Iterable[Term], rows: Size, columns: Size) -> Words:
    """The sum with like terms collected and zeros dropped."""
    totals: dict[tuple[object, Factors], Term] = {}
    for term in map(_tidy, terms):
        key = frozenset(term.front.factors.items()), term.factors
        known = totals.get(key)
        totals[key] = Term(Monomial(known.front.number + term.front.number, term.front.factors), term.factors) if known else term
    if len(totals) > MOST_TERMS:
        raise NotWords
    return Words(tuple(term for term in totals.values() if term.front.number.terms), rows, columns)


def single(atom: Expr, turn: Turn = "plain") -> Words:
    """One factor alone."""
    factor = Factor(atom, turn)
    return words((Term(UNIT, (factor,)),), factor.rows, factor.columns)


def scalars(fronts: Iterable[Monomial], size: Size = 1) -> Words:
    """A scalar formula times the identity."""
    return words((Term(front, ()) for front in fronts), size, size)


@lru_cache(maxsize=1024)
def is_symmetric(atom: Expr) -> bool:
    """Whether a matrix is known to equal its transpose: declared so, or by its formula."""
    match atom:
        case Var(_, _, facts):
            return "symmetric" in facts
        case Named(_, body) | Inverse(body):
            return is_symmetric(body)
        case Add(terms):
            return set(map(transpose, terms)) == set(terms)
        case _:
            return transpose(atom) is atom or is_stacked_gram(atom)


def is_stacked_gram(atom: Expr) -> bool:
    """Σ A_{…i} A_{…j} over all letters but i and j: the sum of the Gram matrices of a batch."""
    match atom:
        case Contract(how, (left, right)) if left is right and len(how.output) == 2:
            (a, b), (i, j) = how.inputs, how.output
            return i in a and j in b and i not in b and j not in a and a.replace(i, j) == b
        case _:
            return False


# ---------------------------------------------------------------------------------------------- normal form


def _tidy(term: Term) -> Term:
    """Symmetric matrices unturned, diagonals merged, A A⁻¹ gone, dot products inside taken out in front."""
    factors: list[Factor] = []
    front = term.front
    for raw in term.factors:
        factor = Factor(raw.atom) if raw.turn == "turned" and not raw.is_vector and is_symmetric(raw.atom) else raw
        number = as_number(factor.atom) if factor.turn == "diagonal" else None
        if number is not None:
            front = front.times(Monomial(number, {}))
        elif factor.turn == "diagonal" and factors and factors[-1].turn == "diagonal":
            factors[-1] = Factor(_entrywise(factors[-1].atom, factor.atom), "diagonal")
        elif factors and _undo(factors[-1], factor):
            factors.pop()
        else:
            factors.append(factor)
    return _positive(_without_dots(_positive(Term(front, tuple(factors)))))


def _entrywise(left: Expr, right: Expr) -> Expr:
    """The product of two diagonals, equal factors as powers; the square of signs is one."""
    whole = left * right
    inside = frozenset(node for node in postorder(whole, enter_named=False) if isinstance(node, Add))
    try:
        terms = expand(whole, axes_word(whole), inside)
    except TooMany:
        return whole
    (word,), (size,) = axes_word(whole), whole.shape
    kept = [Monomial(t.number, {(a, w): e for (a, w), e in t.factors.items() if not (isinstance(a, Var) and "signs" in a.facts and e % 2 == 0)}) for t in terms]
    return assemble(kept, word, {word: size}) if len(kept) == 1 else whole


def _positive(term: Term) -> Term:
    """−(a − b) as b − a, among the factors or in front."""
    if term.front.number.terms[:1] and term.front.number.terms[0][1] < 0:
        front = Monomial(-term.front.number, term.front.factors)
        for k, factor in reversed(list(enumerate(term.factors))):
            if factor.turn != "diagonal" and (swapped := _swapped(factor.atom)) is not None:
                return Term(front, (*term.factors[:k], Factor(swapped, factor.turn), *term.factors[k + 1 :]))
        for (atom, word), exponent in term.front.factors.items():
            if exponent == 1 and (swapped := _swapped(atom)) is not None:
                exchange = Monomial(ONE, {(atom, word): Fraction(-1)}).times(Monomial(ONE, {(swapped, word): Fraction(1)}))
                return Term(front.times(exchange), term.factors)
    return term


def _swapped(node: Expr) -> Expr | None:
    """−node, where that is written without a sign in front."""
    flipped = scale(-1, node)
    return flipped if split_factor(flipped)[0] == ONE else None


def _undo(left: Factor, right: Factor) -> bool:
    both = left.turn == right.turn == "plain"
    return both and ((isinstance(left.atom, Inverse) and left.atom.arg is right.atom) or (isinstance(right.atom, Inverse) and right.atom.arg is left.atom))


def _without_dots(term: Term) -> Term:
    """1ᵀ1 = m inside a product goes in front."""
    for position, (row, column) in enumerate(zip(term.factors, term.factors[1:])):
        if row.is_vector and row.turn == "turned" and column.is_vector and column.turn == "plain":
            number = as_number(contract("i,i->", row.atom, column.atom))
            if number is not None:
                return _without_dots(Term(term.front.times(Monomial(number, {})), term.factors[:position] + term.factors[position + 2 :]))
    return term


def in_front(of: Words) -> Words:
    """A sum of numbers such as uᵀ A v, each as a scalar."""
    return words((Term(term.front.times(_as_scalar(term.factors)), ()) for term in of.terms), of.rows, of.columns)


def _as_scalar(factors: Factors) -> Monomial:
    found = UNIT
    for segment in segments(factors):
        found = found.times(Monomial(ONE, {(_chain(segment).expr, ""): Fraction(1)}))
    return found


# ------------------------------------------------------------------------------------------------ back again


@dataclass(frozen=True, slots=True)
class _Partial:
    """A product so far: its formula and what axes it has, ``"ij"``, a column ``"i"`` or a row ``"j"``; ``""`` for a number."""

    expr: Expr
    axes: str


def segments(factors: Factors) -> list[Factors]:
    """A product taken apart after every column: what follows begins with a row, so the whole is column · numbers · row."""
    found: list[list[Factor]] = [[]]
    for factor in factors:
        if found[-1] and factor.is_vector and factor.turn == "turned":
            found.append([])
        found[-1].append(factor)
    return [tuple(segment) for segment in found if segment]


def product(factors: Factors) -> Expr:
    """The formula of a product of at least one factor, as people bracket it: dot products by themselves, the rest from left to right."""
    parts = [_chain(segment) for segment in segments(factors)]
    numbers = [part.expr for part in parts if not part.axes]
    outer = [part for part in parts if part.axes]
    whole = outer[0].expr if outer else numbers.pop(0)
    if len(outer) == 2:
        (left, a), (right, b) = ((part.expr, part.axes) for part in outer)
        whole = contract(f"{a},{b.replace('i', 'k')}->{a}{b.replace('i', 'k')}", left, right)
    for number in reversed(numbers):
        whole = number * whole
    return whole


def _chain(factors: Factors) -> _Partial:
    """A product from left to right; (X W)ᵀ 𝟏 as the sums of the columns of X W."""
    *before, last = factors
    if len(before) > 1 and last.is_vector and last.turn == "plain" and last.atom is filled(1, last.atom.shape) and all(f.turn == "turned" for f in before):
        return _Partial(contract("ij->j", _chain(tuple(f.transposed for f in reversed(before))).expr), "i")
    pending = None
    so_far: _Partial | None = None
    for factor in factors:
        if so_far is None and factor.turn == "diagonal":
            pending = factor.atom
        elif so_far is None:
            so_far = _scaled(pending, factor)
        else:
            so_far = _times(so_far, factor)
    return so_far if so_far is not None else _Partial(contract("i->ii", factors[-1].atom), "ij")


def _own(factor: Factor) -> _Partial:
    if factor.is_vector:
        return _Partial(factor.atom, "j" if factor.turn == "turned" else "i")
    return _Partial(transpose(factor.atom) if factor.turn == "turned" else factor.atom, "ij")


def _scaled(diagonal: Expr | None, factor: Factor) -> _Partial:
    first = _own(factor)
    if diagonal is None:
        return first
    return _Partial(contract(f"i,{first.axes}->{first.axes}", diagonal, first.expr), first.axes)


def _times(left: _Partial, factor: Factor) -> _Partial:
    if factor.turn == "diagonal":
        return _Partial(contract(f"{left.axes},j->{left.axes}", left.expr, factor.atom), left.axes)
    right = _own(factor)
    word = right.axes.replace("j", "k").replace("i", "j")
    first = left.axes.replace("j", "j")
    output = first.replace("j", "") + word.replace("j", "")
    return _Partial(contract(f"{first},{word}->{output}", left.expr, right.expr), output.replace("k", "j"))
