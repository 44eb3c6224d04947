"""For which learning rates gradient descent converges to the minimum from every start: 0 < η < 2/λ_max where f is quadratic.

The error eₙ = xₙ − x* of a quadratic f obeys eₙ₊₁ = (I − ηH) eₙ, so each component along an eigenvector of H is multiplied by 1 − ηλ
(Boyd, Vandenberghe, Convex Optimization, 9.3; Polyak, Introduction to Optimization, 1.4 and 3.2). Elsewhere the same holds near x*, with H(x*).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from byhand.analyse.hessian import Hessian
from byhand.analyse.rates import curvature, reasons
from byhand.analyse.rates.eigenvalues import LARGEST, Eigenvalues, Number, check_size, eigenvalues, of_ends, solved
from byhand.analyse.rates.local import Point, Search, around, found_minimum, given_point
from byhand.analyse.rates.method import best, best_found, bound, contraction
from byhand.analyse.rates.quotients import over
from byhand.analyse.rates.setting import Setting, sized
from byhand.analyse.rates.spectrum import Finder, Spectrum, pulled
from byhand.derive.simplify import cost, simplify
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, is_zero, num
from byhand.lang.leaves import sqrt
from byhand.lang.walk import postorder, substitute
from byhand.run.bind import Value
from byhand.run.evaluate import evaluate
from byhand.run.mixed import is_exact

WHOLE, SOLVED = 100, 400
"""Rows from which a Hessian is not looked at as a whole where its parts do, and up to which the minimum is worked out."""
DIGITS = 12
"""Of numbers inside formulas that are rounded."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The interval 0 < η < ``high``, the best rate in it and its factor, as scalar formulas; a number is a formula too. ``exact``: none is rounded."""

    high: Expr
    best: Expr | None
    factor: Expr | None
    most: Expr
    least: Expr
    exact: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The same in numbers: fractions where they are exact. ``matrix`` is the Hessian, where it is not too large to be written down."""

    matrix: Value | None
    eigenvalues: Eigenvalues
    high: Number | None
    best: Number | None
    factor: Number | None
    beta: Number | None


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """What was found. ``reason`` says why there is no interval of rates; without it the interval is that of ``numbers`` or ``formula``.

    ``needs``: what has to hold besides. ``unique``: what makes the minimum the only one; ``None`` where there are many. ``formula`` is there where symbols are;
    ``known`` is the same with numbers for all eigenvalues that have some. ``point``: x*, where it has numbers. ``local``: for starts near x* only.
    """

    setting: Setting
    reason: reasons.Reason | None
    needs: tuple[str, ...] = ()
    unique: tuple[str, ...] | None = ()
    formula: Bounds | None = None
    known: Bounds | None = None
    spectrum: Spectrum | None = None
    numbers: Numbers | None = None
    point: Point | None = None
    local: bool = False

    @property
    def second(self) -> Hessian:
        return self.setting.second


def analysed(setting: Setting, at: tuple[Value, ...] | None = None) -> Rates:
    """The analysis; ``at`` is a stationary point to look at where f is not quadratic."""
    beta = setting.number(setting.method.momentum)
    if beta is not None and beta < 0:
        raise ByhandError(f"the momentum {float(beta):.6g} is negative; it has to be at least 0 and less than 1, as in rates(f, x, momentum=0.9).")
    if not setting.second.quadratic:
        return _with_momentum(_near_a_point(setting, at), beta)
    return _with_momentum(_of_numbers(setting) if setting.has_hessian() else _of_symbols(setting), beta)


def _with_momentum(found: Rates, beta: Number | None) -> Rates:
    """No rate converges if errors do not fade; a momentum without a number has to be below one."""
    method = found.setting.method
    if found.reason or method.momentum is None:
        return found
    if beta is not None and beta >= 1:
        what = "the product of the two roots of its recursion is β" if not method.nesterov else "the flattest directions keep their momentum"
        why = reasons.Reason(f"with the momentum β = {float(beta):.6g} errors do not die out: {what}, which has to be less than 1")
        return replace(found, reason=why, needs=(), unique=())
    if beta is not None:
        return found
    return replace(found, needs=(f"0 <= {found.setting.spell(method.momentum)} < 1", *found.needs))


# ------------------------------------------------------------------------------------------- quadratic, in numbers


def _of_numbers(setting: Setting) -> Rates:
    count = setting.count or 0
    symbols = _has_symbols(setting)
    formula, spectrum = _formula(setting) if symbols or count > WHOLE else (None, None)
    found, matrix = (ends, None) if spectrum is not None and count > WHOLE and (ends := _ends(setting, spectrum)) is not None else _whole(setting, count)
    point, bounded = _minimum(setting, matrix) if matrix is not None else (None, None)
    formula, spectrum = (formula, spectrum) if symbols else (None, None)
    reason = reasons.in_numbers(setting, found, bounded)
    numbers = Numbers(matrix, found, None, None, None, None) if reason else _numbers(setting, matrix, found)
    known = _known_exactly(setting, found)
    unique = () if found.definite == "positive definite" else None
    needs = () if bounded is not None or not found.singular or curvature.is_bounded(setting) else (f"{setting.second.f.name} is bounded below",)
    return Rates(setting, reason, () if reason else needs, unique, formula, known, spectrum, numbers, None if reason else point)


def _whole(setting: Setting, count: int) -> tuple[Eigenvalues, Value]:
    """The eigenvalues of the Hessian as one matrix."""
    check_size(count)
    matrix = setting.hessian_in_numbers()
    return eigenvalues(matrix), matrix


def _ends(setting: Setting, spectrum: Spectrum) -> Eigenvalues | None:
    """The ends of the spectrum by its formulas, where the matrices in them are smaller than the Hessian; ``None`` where they are not."""
    numbers: dict[str, Value] = {}
    for name, one in spectrum.extremes.items():
        if one.of is None:
            return None
        numbers[name.name] = np.array(_end(one.end, setting.value(one.of)), dtype=object)
    exact = all(isinstance(value.item(), Fraction) for value in numbers.values())
    found = evaluate([spectrum.high, spectrum.low], {**setting.data, **numbers}, setting.sizes, exact=exact)
    high, low = (root.item() for root in found.roots)
    found = of_ends(high, low)
    return found if found.low > 0 or (setting.count or 0) > LARGEST else None


def _has_symbols(setting: Setting) -> bool:
    """Whether the Hessian is more than numbers as it stands."""
    below = postorder(*(block for row in setting.second.matrices for block in row))
    return any(isinstance(node, Var) for node in below)


def _minimum(setting: Setting, matrix: Value) -> tuple[Point | None, bool | None]:
    """x* from H x* = −∇f(0), and whether there is one; ``None`` where the gradient has no numbers."""
    shapes = [sized(x, setting.sizes) for x in setting.unknowns]
    if setting.missing() or None in shapes or len(matrix) > SOLVED:
        return None, None
    search = Search(setting, tuple(shape for shape in shapes if shape is not None))
    zero = np.full(len(matrix), Fraction(0), dtype=object)
    try:
        _, gradient, _ = search.at(search.split(zero), exact=True)
    except ByhandError:
        return None, None
    found = solved(matrix, -gradient)
    if found is None:
        return None, False
    return Point(search.split(found), is_exact(found), asked=False), True


def _numbers(setting: Setting, matrix: Value | None, found: Eigenvalues) -> Numbers:
    """The interval in numbers; without one where the momentum has no number, or no eigenvalue is positive."""
    kind, beta = setting.method.kind, setting.number(setting.method.momentum)
    if (kind != "plain" and beta is None) or found.high <= 0 or (beta is not None and not 0 <= beta < 1):
        return Numbers(matrix, found, None, None, None, beta)
    least, most, given = _of_one_kind(found.least, found.high, Fraction(0) if beta is None else beta)
    high = bound(kind, given, most)
    if not least:
        return Numbers(matrix, found, high, None, None, beta)
    if kind == "nesterov" and least == most:
        return Numbers(matrix, found, high, 1 / most, most - least, beta)
    if kind == "plain":
        return Numbers(matrix, found, high, best(kind, given, least, most), contraction(least, most), None)
    rate, factor = best_found(kind, float(given), float(least), float(most))
    closed = best(kind, given, least, most)
    return Numbers(matrix, found, high, rate if closed is None else closed, factor, beta)


def _of_one_kind(*values: Number) -> tuple[Any, ...]:
    """Fractions if all are, else floats."""
    return values if all(isinstance(value, Fraction) for value in values) else tuple(map(float, values))


# ----------------------------------------------------------------------------------------- quadratic, with symbols


def _of_symbols(setting: Setting) -> Rates:
    formula, spectrum = _formula(setting)
    shape = curvature.by_structure(setting, spectrum)
    reason = reasons.by_shape(setting, shape)
    unique = () if shape.kind == "positive definite" else shape.unique
    known = _with_eigenvalues(setting, spectrum)
    return Rates(setting, reason, () if reason else shape.needs, unique, formula, known, spectrum)


def _formula(setting: Setting) -> tuple[Bounds, Spectrum]:
    spectrum = Finder(setting.spell, setting.data, setting.letter).spectrum(setting.second)
    return bounds_of(setting, spectrum.high, spectrum.low), spectrum


def bounds_of(setting: Setting, most: Expr, least: Expr) -> Bounds:
    """The interval for these ends of the spectrum, each formula in its shorter form."""
    kind, beta = setting.method.kind, setting.method.momentum or num(0)
    if is_zero(most):
        return Bounds(most, None, None, most, least)
    high, one, both = _short(over(bound(kind, beta, num(1)), most)), most is least, pulled(most + least)
    if kind == "nesterov":
        return Bounds(high, _short(over(num(1), most)) if one else None, num(0) if one else None, most, least)
    if is_zero(both):
        return Bounds(high, None, None, most, least)
    plain = _short(over(pulled(most - least), both)) if kind == "plain" else None
    return Bounds(high, _short(over(2 * (1 + beta), both)), sqrt(beta) if one and plain is None else plain, most, least)


def _short(formula: Expr) -> Expr:
    shorter = simplify(formula)
    return shorter if cost(shorter) < cost(formula) else formula


def _with_eigenvalues(setting: Setting, spectrum: Spectrum) -> Bounds | None:
    """The same with numbers for the eigenvalues of matrices that have them."""
    found = {name: _end(one.end, setting.value(one.of)) for name, one in spectrum.extremes.items() if one.of is not None and setting.has_numbers(one.of)}
    if not found:
        return None
    numbers: dict[Expr, Expr] = {name: num(value if isinstance(value, Fraction) else Fraction(f"{value:.{DIGITS}g}")) for name, value in found.items()}
    exact = all(isinstance(one, Fraction) for one in found.values())
    formula = bounds_of(setting, spectrum.high, spectrum.low)
    inside = [one if one is None else substitute(one, numbers) for one in (formula.high, formula.best, formula.factor)]
    middle, factor = inside[1:] if exact else (None, None)  # sums of rounded numbers show more digits than there are
    assert inside[0] is not None
    return Bounds(inside[0], middle, factor, substitute(spectrum.high, numbers), substitute(spectrum.low, numbers), exact)


def _end(end: str, value: Value) -> Number:
    if end in ("max", "min"):
        entries = value.ravel().tolist()
        return max(entries) if end == "max" else min(entries)
    found = eigenvalues(value)
    return found.high if end == "λ_max" else found.low


# --------------------------------------------------------------------------------------------------- not quadratic


def _near_a_point(setting: Setting, at: tuple[Value, ...] | None) -> Rates:
    """The same with the Hessian at a stationary point, for starts near it."""
    f, x = setting.second.f.name, reasons.names_of(setting)
    point = found_minimum(setting) if at is None else given_point(setting, at)
    if point is None:
        return Rates(setting, reasons.nowhere(f"{f}", setting.second.smooth), local=True)
    search = Search.of(setting)
    across = "smooth" if not point.kinks else around(search, point)
    if across != "smooth":
        what = ", ".join(dict.fromkeys(kink.leaf for kink in point.kinks))
        return Rates(setting, reasons.at_kink(f"{f}", x, what, across), point=point, local=True)
    _, _, matrix = search.at(point.values, exact=point.exact)
    found = eigenvalues(matrix)
    reason = reasons.near(found, x, setting.letter)
    unique = () if found.definite == "positive definite" else None
    return Rates(setting, reason, (), unique, None, _known_exactly(setting, found), None, _numbers(setting, matrix, found), point, local=True)


def _known_exactly(setting: Setting, found: Eigenvalues) -> Bounds | None:
    """The interval as formulas over a momentum without a number."""
    if setting.method.momentum is None or setting.has_numbers(setting.method.momentum) or found.high <= 0:
        return None
    ends = [num(one if isinstance(one, Fraction) else Fraction(f"{one:.{DIGITS}g}")) for one in (found.high, found.least)]
    return replace(bounds_of(setting, *ends), exact=found.exact)
