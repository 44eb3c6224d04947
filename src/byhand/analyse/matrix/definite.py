"""Whether a second derivative is positive definite, found in how it is made: Gram matrices AᵀDA, sums, positive factors.

vᵀ(AᵀDA)v = Σ dᵢ (Av)ᵢ² is at least 0 where D is, and 0 only where (Av)ᵢ is 0 for every dᵢ > 0; a sum of such terms vanishes only where each
does. For several right-hand sides a term A V B is the Kronecker product Bᵀ ⊗ A, definite where both are. (Boyd, Vandenberghe,
Convex Optimization, A.1 and A.5; Horn, Johnson, Matrix Analysis, 4.2 and 7.1.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.analyse.matrix.conditions import Condition, Definite, FullRank, NonZero, Positive, Stacked, weakest
from byhand.analyse.matrix.convert import convert
from byhand.analyse.matrix.words import UNIT, Factor, Factors, NotWords, Words, is_stacked_gram
from byhand.derive.monomials import Monomial
from byhand.lang.expr import Inverse, Named, Var, as_number
from byhand.lang.sizes import ONE
from byhand.run.bind import Value
from byhand.run.bounds import bounds, of_monomial

Kind: TypeAlias = Literal["positive definite", "positive semidefinite", "negative definite", "negative semidefinite", "indefinite", "zero", "unknown"]
Data: TypeAlias = Mapping[str, Value]
Operator: TypeAlias = tuple[Monomial, Factors, Factors]
"""One term of a second derivative: front · left V right."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is known of the number that a term makes of a direction V: front · |J V K|², with a weight in the middle where there is one.

    ``sign`` 1 for ≥ 0, −1 for ≤ 0, 0 for not known. It is 0 for V = 0 alone if ``needs`` hold; ``semi`` is what even the sign needs.
    """

    sign: int
    front: Monomial = UNIT
    left: Factors = ()
    right: Factors = ()
    weight: Factor | None = None
    needs: tuple[Condition, ...] = ()
    semi: tuple[Condition, ...] = ()
    maps: tuple[tuple[int, Factors], ...] = ()
    """Of several unknowns: the product that each one's direction is multiplied by, by the number of the unknown."""


UNKNOWN = Form(0)


@dataclass(frozen=True, slots=True)
class Curvature:
    """What a second derivative is: of one sign by the ``forms`` of its terms, definite if any one of ``unique_if`` holds.

    ``semi``: what even the sign needs; the kind is then that under these conditions. ``eigenvalues``: of the data, where that decided it.
    """

    kind: Kind
    forms: tuple[Form, ...] = ()
    unique_if: tuple[tuple[Condition, ...], ...] = ()
    semi: tuple[Condition, ...] = ()

    @property
    def definite(self) -> bool:
        return self.kind in ("positive definite", "negative definite")


def of_words(hessian: Words, data: Data) -> Curvature:
    """Of a matrix."""
    return curvature([(term.front, term.factors, ()) for term in hessian.terms], data)


def curvature(terms: Sequence[Operator], data: Data) -> Curvature:
    """What the sum of these terms is; unknown where the structure does not decide."""
    if not terms:
        return Curvature("zero")
    backwards = [scaled(_kronecker(left, right, data), front, data) for front, left, right in reversed(terms)]  # as sweeps run
    forms = tuple(sorted(backwards, key=lambda form: not form.left and not form.right))
    signs = {form.sign for form in forms}
    if signs in ({1}, {-1}):
        return _one_sign(forms, "positive" if signs == {1} else "negative")
    return Curvature("unknown", forms if all(signs) else ())


# ------------------------------------------------------------------------------------------------ single terms


def _half(factors: Factors, data: Data) -> Form:
    """What is known of one product that reads the same from both ends, as a form in its right half."""
    if not factors:
        return Form(1)
    if tuple(factor.transposed for factor in reversed(factors)) != factors:
        return UNKNOWN
    half = len(factors) // 2
    right = factors[len(factors) - half :]
    needs = () if all(is_injective(factor, data) for factor in right) else (FullRank(right),)
    if len(factors) % 2 == 0:
        return Form(1, left=right, needs=needs)
    middle = middle_form(factors[half], data)
    return Form(middle.sign, left=right, weight=factors[half], needs=(*middle.needs, *needs)) if middle.sign else UNKNOWN


def middle_form(factor: Factor, data: Data) -> Form:
    """A diagonal matrix by its entries, another one by its own formula."""
    if factor.turn == "diagonal":
        inside = bounds(factor.atom, data)
        if inside.nonzero:
            return Form(1 if inside.positive else -1)
        return Form(1, needs=(Positive(factor.atom),)) if inside.nonnegative else UNKNOWN
    if is_stacked_gram(factor.atom):
        return Form(1, needs=(Definite(factor.atom),))
    body = factor.atom.arg if isinstance(factor.atom, Inverse) else factor.atom
    body = body.body if isinstance(body, Named) else body
    try:
        inner = convert(body)
    except NotWords:
        return UNKNOWN
    if [term.factors for term in inner.terms] == [(factor,)]:
        return UNKNOWN
    found = of_words(inner, data)
    if found.kind == "positive definite" or (isinstance(factor.atom, Inverse) and found.kind == "positive semidefinite"):
        return Form(1)
    return Form(1, needs=found.unique_if[0]) if found.kind == "positive semidefinite" and not found.semi else UNKNOWN


def is_injective(factor: Factor, data: Data) -> bool:
    """Whether a factor is known to map no direction but 0 to 0."""
    atom = factor.atom
    if factor.turn == "diagonal":
        return bounds(atom, data).nonzero
    if factor.is_vector and factor.turn == "plain":
        number = as_number(atom)
        return number is not None and bool(number.terms)
    body = atom.body if isinstance(atom, Named) else atom
    return isinstance(atom, Inverse) or (factor.turn == "plain" and isinstance(body, Var) and "full_column_rank" in body.facts)


def _kronecker(left: Factors, right: Factors, data: Data) -> Form:
    """left V right: the product of what is known of both."""
    first, second = _half(left, data), _half(right, data)
    if not first.sign or not second.sign or (first.weight is not None and second.weight is not None):
        return UNKNOWN
    across = tuple(factor.transposed for factor in reversed(second.left))
    return Form(first.sign * second.sign, UNIT, first.left, across, first.weight or second.weight, (*first.needs, *second.needs))


def scaled(form: Form, front: Monomial, data: Data) -> Form:
    """A term with its scalar in front."""
    if not form.sign:
        return form
    inside = of_monomial(front, data)
    if inside.nonzero:
        return Form(form.sign * (1 if inside.positive else -1), front, form.left, form.right, form.weight, form.needs)
    unsigned = [atom for (atom, _), e in front.factors.items() if not of_monomial(Monomial(ONE, {(atom, ""): e}), data).positive]
    even = {atom for (atom, _), exponent in front.factors.items() if exponent % 2 == 0}
    positive: tuple[Condition, ...] = tuple(NonZero(atom) if atom in even else Positive(atom) for atom in unsigned)
    if inside.nonnegative or inside.nonpositive:
        return Form(form.sign * (1 if inside.nonnegative else -1), front, form.left, form.right, form.weight, (*positive, *form.needs))
    number = of_monomial(Monomial(front.number, {}))
    if len(unsigned) == 1 and number.nonzero and unsigned[0] not in even:
        semi = (Positive(unsigned[0], strictly=False),)
        return Form(form.sign * (1 if number.positive else -1), front, form.left, form.right, form.weight, (*positive, *form.needs), semi)
    return UNKNOWN


# --------------------------------------------------------------------------------------------------- all terms


def _one_sign(forms: tuple[Form, ...], word: Literal["positive", "negative"]) -> Curvature:
    semi = tuple(dict.fromkeys(need for form in forms for need in form.semi))
    definite: Kind = "positive definite" if word == "positive" else "negative definite"
    half: Kind = "positive semidefinite" if word == "positive" else "negative semidefinite"
    if any(not form.needs for form in forms) and not semi:
        return Curvature(definite, forms)
    choices = [(*form.needs, *(need for need in semi if not _covered(need, form.needs))) for form in forms]
    stacked = _stacked(forms)
    if stacked is not None:
        choices = [choice for choice in choices if not any(isinstance(need, FullRank) for need in choice)] + [(stacked,)]
    return Curvature(half, forms, tuple(sorted(weakest(choices), key=_length)), semi)


def _length(choice: Sequence[Condition]) -> tuple[int, int]:
    """Short ones first, and before ranks of matrices what is seen at once."""
    return len(choice), sum(not isinstance(need, (Positive, NonZero)) for need in choice)


def _covered(need: Condition, needs: Sequence[Condition]) -> bool:
    """Whether x ≥ 0 follows from x > 0 among the others."""
    return isinstance(need, Positive) and Positive(need.what) in needs


def _stacked(forms: Sequence[Form]) -> Stacked | None:
    """Several Gram matrices vanish together only where all their factors do."""
    plain = [form for form in forms if not form.right and form.weight is None and len(form.needs) == 1 and isinstance(form.needs[0], FullRank)]
    return Stacked(tuple(form.left for form in plain)) if len(plain) == len(forms) > 1 else None
