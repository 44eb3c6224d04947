"""The largest and the smallest eigenvalue of a Hessian as formulas: of numbers times I, diagonals, u uᵀ, and what is left as λ_max(…).

The Hessian is taken apart into c·I, a diagonal and a rest; adding c·I moves every eigenvalue by c, and a positive factor in front
multiplies them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import Literal, TypeAlias

from byhand.analyse.columns import separated
from byhand.analyse.hessian import Hessian
from byhand.analyse.matrix.convert import convert
from byhand.analyse.matrix.definite import of_words
from byhand.analyse.matrix.words import NotWords
from byhand.lang.expr import Add, Contract, Expr, Var, add, contract, is_zero, num, scale, split_factor, var
from byhand.lang.leaves import sqrt
from byhand.lang.sizes import Poly, Size
from byhand.lang.spec import Spec, spec
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope
from byhand.run.bind import Value
from byhand.run.bounds import bounds

End: TypeAlias = Literal["λ_max", "λ_min", "max", "min"]


@dataclass(frozen=True, slots=True)
class Extreme:
    """A number without a formula of its own, standing in formulas as a variable: an eigenvalue of a matrix (of H itself where that is
    ``None``), or an entry of a vector.
    """

    end: End
    of: Expr | None


@dataclass(frozen=True, slots=True)
class Spectrum:
    """λ_max and λ_min of the Hessian as scalar formulas; ``extremes`` says what the variables in them stand for that are nobody's.

    ``small``: the matrix that acts on each column or row of a matrix W, whose eigenvalues come so many ``times``.
    """

    high: Expr
    low: Expr
    extremes: dict[Var, Extreme] = field(default_factory=dict[Var, Extreme])
    small: Expr | None = None
    times: Size = 1


@dataclass(frozen=True, slots=True)
class Finder:
    """``spell`` writes a formula in the sheet's notation: λ_max(X.T @ X) is a name."""

    spell: Callable[[Expr], str]
    data: Mapping[str, Value]
    letter: str = "H"

    def spectrum(self, second: Hessian) -> Spectrum:
        """The ends of the spectrum of a Hessian with symbols in it."""
        blocks = second.matrices
        count = len(blocks)
        if all(is_zero(blocks[i][j]) for i in range(count) for j in range(count) if i != j):
            parts = [self._of_block(second, k) for k in range(count)]
            extremes = {name: one for part in parts for name, one in part.extremes.items()}
            if count == 1:
                return parts[0]
            return Spectrum(_extreme([part.high for part in parts], largest=True), _extreme([part.low for part in parts], largest=False), extremes)
        if count == 2 and not blocks[0][0].shape and not blocks[1][1].shape:
            return _two_by_two(blocks[0][0], blocks[0][1], blocks[1][1])
        return self._without_formula(None)

    def _of_block(self, second: Hessian, position: int) -> Spectrum:
        shown, x = second.matrices[position][position], second.unknowns[position]
        match len(x.shape):
            case 0:
                return Spectrum(shown, shown)
            case 1:
                return self.of_matrix(shown)
            case 2 if (found := separated(second.blocks[position][position])) is not None:
                axis, small = found
                inner = self.of_matrix(small)
                return Spectrum(inner.high, inner.low, inner.extremes, small, x.shape[1 - axis])
            case _:
                return self._without_formula(None)

    def of_matrix(self, matrix: Expr) -> Spectrum:
        """Of one symmetric matrix of any size."""
        parts = taken_apart(matrix)
        if not parts.cores:
            inside = self._of_diagonal(parts.diagonal) if parts.diagonal is not None else Spectrum(num(0), num(0))
            return _moved(num(1), inside, parts.shift)
        front, core = _one_core(parts)
        known = bounds(front, self.data)
        if known.negative:
            front, core = -front, -core
        elif not (known.positive or _is_semidefinite(core)):  # a definite core says itself that only a positive factor will do
            front, core = num(1), _scaled(front, core)
        return _moved(front, self._of_core(core), parts.shift)

    def _of_diagonal(self, entries: Expr) -> Spectrum:
        factor, rest = split_factor(entries)
        constant = factor.constant
        if constant is None or constant <= 0:
            factor, rest = Poly.of(1), entries
        return _moved(num(factor), self._ends("max", "min", rest, rest), num(0))

    def _of_core(self, core: Expr) -> Spectrum:
        match core:
            case Contract(how, (left, right)) if left is right and how == spec("i,j->ij"):
                square = contract("i,i->", left, left)
                return Spectrum(square, square if core.shape[0] == 1 else num(0))
            case _:
                return self._without_formula(core)

    def _without_formula(self, matrix: Expr | None) -> Spectrum:
        return self._ends("λ_max", "λ_min", matrix, None)

    def _ends(self, most: End, least: End, of: Expr | None, entries: Expr | None) -> Spectrum:
        """Both ends by these names, with the facts that the entries are known to have."""
        known = bounds(entries) if entries is not None else None
        facts = ("positive",) if known and known.positive else ("nonnegative",) if known and known.nonnegative else ()
        inside = self.spell(of) if of is not None else self.letter
        high, low = var(f"{most}({inside})", (), facts), var(f"{least}({inside})", (), facts)
        return Spectrum(high, low, {high: Extreme(most, of), low: Extreme(least, of)})


def _is_semidefinite(core: Expr) -> bool:
    try:
        return of_words(convert(core), {}).kind in ("positive definite", "positive semidefinite")
    except NotWords:
        return False


def _extreme(values: Sequence[Expr], largest: bool) -> Expr:
    """The largest or smallest of several, by facts where they decide it."""

    def better(a: Expr, b: Expr) -> Expr:
        apart = bounds(a - b if largest else b - a)
        if a is b or apart.nonnegative:
            return a
        return b if apart.nonpositive else read_formula("maximum(a, b)" if largest else "minimum(a, b)", Scope(names={"a": a, "b": b}))

    shares = [_content(value) for value in values]
    if len(set(shares)) == 1:
        return scale(shares[0], reduce(better, [scale(1 / shares[0], value) for value in values]))
    return reduce(better, values)


def _two_by_two(a: Expr, b: Expr, d: Expr) -> Spectrum:
    """The roots of λ² − (a + d) λ + (ad − b²)."""
    half = Fraction(1, 2)
    middle, apart = pulled(scale(half, a + d)), sqrt(pulled(scale(half, a - d)) ** 2 + b**2)
    return Spectrum(middle + apart, middle - apart)


def _moved(front: Expr, inside: Spectrum, shift: Expr) -> Spectrum:
    """The spectrum of front · M + shift · I."""
    return Spectrum(pulled(front * inside.high + shift), pulled(front * inside.low + shift), inside.extremes)


# ------------------------------------------------------------------------------------------ a matrix taken apart


@dataclass(frozen=True, slots=True)
class Taken:
    """A symmetric matrix as ``shift``·I + diag(``diagonal``) + Σ coefficient·core."""

    shift: Expr
    diagonal: Expr | None
    cores: tuple[tuple[Expr, Expr], ...]


def taken_apart(matrix: Expr, front: Expr | None = None) -> Taken:
    """The parts of a sum of products, numbers and scalars multiplied into each."""
    factor, rest = split_factor(matrix)
    front = scale(factor, num(1) if front is None else front)
    match rest:
        case Add(terms):
            parts = [taken_apart(term, front) for term in terms]
            diagonals = [part.diagonal for part in parts if part.diagonal is not None]
            return Taken(add([part.shift for part in parts]), add(diagonals) if diagonals else None, tuple(core for part in parts for core in part.cores))
        case Contract(how, args) if len(how.output) == 2 and not "".join(how.inputs):
            return Taken(reduce(lambda a, b: a * b, args, front), None, ())
        case Contract(how, args) if len(set(how.output)) == 1:
            return Taken(num(0), front * contract(Spec(how.inputs, how.output[0]), *args), ())
        case Contract(how, (scalar, inner)) if how.inputs[0] == "" and how.inputs[1] == how.output:
            return taken_apart(inner, front * scalar)
        case Contract(how, args) if (found := _scalar_inside(args)) is not None:
            scalar, fresh = found
            return taken_apart(contract(how, *fresh, sizes=dict(zip(how.output, rest.shape))), front * scalar)
        case _:
            return Taken(num(0), None, () if is_zero(matrix) else ((front, rest),))


def _scalar_inside(args: Sequence[Expr]) -> tuple[Expr, list[Expr]] | None:
    """A scalar that multiplies one of the factors, and the factors without it."""
    for k, arg in enumerate(args):
        match arg:
            case Contract(how, (first, second)) if "" in how.inputs and not how.broadcast:
                scalar, inner, word = (first, second, how.inputs[1]) if how.inputs[0] == "" else (second, first, how.inputs[0])
                plain = contract(Spec((word,), how.output), inner)
                return scalar, [plain if place == k else other for place, other in enumerate(args)]
            case _:
                pass
    return None


def _one_core(parts: Taken) -> tuple[Expr, Expr]:
    """What is left as one matrix with one factor in front."""
    cores = list(parts.cores)
    if parts.diagonal is not None:
        cores.append((num(1), contract("i->ii", parts.diagonal)))
    if len({front for front, _ in cores}) == 1:
        return cores[0][0], add([core for _, core in cores])
    return num(1), add([_scaled(front, core) for front, core in cores])


def _scaled(front: Expr, core: Expr) -> Expr:
    return contract(",ij->ij", front, core)


# ------------------------------------------------------------------------------------------------- numbers in front


def pulled(value: Expr) -> Expr:
    """A sum with the largest number in front that leaves whole ones inside: 2 λ + 2 c as 2 (λ + c)."""
    terms = _spread(value)
    share = _content_of(terms)
    return scale(share, add([scale(1 / share, term) for term in terms]))


def _content(value: Expr) -> Fraction:
    return _content_of(_spread(value))


def _spread(value: Expr) -> list[Expr]:
    """The terms of a sum, numbers in front of inner sums multiplied in."""
    factor, rest = split_factor(value)
    if isinstance(rest, Add):
        return [scale(factor, inner) for term in rest.terms for inner in _spread(term)]
    return [value]


def _content_of(terms: Sequence[Expr]) -> Fraction:
    numbers = [coefficient for term in terms for _, coefficient in split_factor(term)[0].terms]
    if not numbers:
        return Fraction(1)
    return Fraction(gcd(*(abs(number.numerator) for number in numbers)), lcm(*(number.denominator for number in numbers)))
