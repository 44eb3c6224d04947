"""Whether two expressions are equal: exactly where residues can say so, else to very many digits.

Residues at random points decide most claims, and never call a false one true but by a coincidence of odds below
1 : 10¹⁵. The choices in them that real numbers do not have (which side of a kink, which class) are few bits each, so
claims with branches take more trials, and every "holds" is looked at again in floats at many points, far ones too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException, localcontext
from fractions import Fraction
from itertools import chain, islice
from random import Random
from typing import Literal

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, as_number, broadcast
from byhand.lang.sizes import shape_text
from byhand.run import sampling
from byhand.run.algebra import Measure, Undefined, walk
from byhand.run.arrays import Array, from_list
from byhand.run.claim import DRAWS, Certainty, Claim, Counterexample, Verdict, claim
from byhand.run.counterexample import at, differing, smallest
from byhand.run.decimals import Decimals, to_decimals
from byhand.run.evaluate import evaluate
from byhand.run.floats import Floats
from byhand.run.mixed import is_exact
from byhand.run.order import definition
from byhand.run.residues import Redraw
from byhand.run.sampling import Sample

Look = Literal["same", "different", "rounding"]
MOST_WORK = 60_000
MOST_DRAWS = 24
LOOKS = 8
"""How many trials a claim with branches must pass."""
POINTS, MOST_AT_ONCE = 60, 300_000
DIGITS, MORE_DIGITS = 50, 130
CLEARLY = Decimal("1e-25")
ROUNDING = Decimal("1e-9")
"""A difference that so many more digits make smaller by this factor is rounding."""


def prove(left: Expr, right: Expr, *, seed: int = 0) -> Verdict:
    """Decide left == right for all values of the variables that their facts allow, and all sizes."""
    if left.shape != right.shape:
        left, right = _stretched(left, right), _stretched(right, left)
    if left is right:
        return Verdict("holds", "exact")
    if left.shape != right.shape:
        return Verdict("fails", "exact", None, f"the left side has shape {shape_text(left.shape)} and the right side {shape_text(right.shape)}.")
    try:
        return _decided(claim(left, right), seed)
    except ByhandError as error:
        return Verdict("undecided", "float", None, error.message)


def _stretched(side: Expr, other: Expr) -> Expr:
    """A plain number stands for an array filled with it."""
    return broadcast(side, other.shape) if not side.shape and as_number(side) is not None else side


def is_proved(left: Expr, right: Expr, *, seed: int = 0) -> bool:
    """Whether ``prove`` says exactly that they are equal; no counterexample is looked for."""
    if left is right:
        return True
    if left.shape != right.shape:
        return False
    try:
        about = claim(left, right)
        first = next(about.measures(seed), None)
        if first is None or about.work(first) > MOST_WORK or _by_residues(about, seed) != "same":
            return False
        verdict = _looked_at(about, first, seed, equal=True)
    except ByhandError:
        return False
    return verdict.verdict == "holds" and verdict.certainty == "exact"


def _decided(about: Claim, seed: int) -> Verdict:
    first = next(about.measures(seed), None)
    if first is None:
        return Verdict("undecided", "float", None, "no small sizes fit all shapes of the claim.")
    if about.work(first) > MOST_WORK:
        return _by_floats(about, first, seed)
    return _looked_at(about, first, seed, equal=_by_residues(about, seed) == "same")


def _looked_at(about: Claim, first: Measure, seed: int, *, equal: bool) -> Verdict:
    """What residues say, looked at again in numbers."""
    looks = [_again(about, measure, seed) for measure in (first, *about.other_measures())]
    suspects = [point for look in looks for point in look.suspects]
    if equal and not suspects and any(look.finite for look in looks):
        return Verdict("holds", "exact")
    return _by_decimals(about, chain(suspects, _points(about, seed)), "exact" if equal else "float", seed)


# ------------------------------------------------------------------------------------------------------ residues


def _by_residues(about: Claim, seed: int) -> Look | None:
    """``None`` where only made-up roots make a difference, or where every draw divides by zero."""
    trials = 3 if about.discrete or about.roots else 1
    draws, equal = 0, 0
    for draw, measure in enumerate(islice(about.measures(seed), MOST_DRAWS)):
        try:
            drawn = sampling.sample(about.variables, measure.sizes, seed + draw, trials=trials)
            sample = Sample(about.drawn(drawn.data), drawn.sizes, drawn.trials)
            left, right = sampling.field_evaluate((about.left, about.right), sample, about.order)
        except Redraw:
            continue
        same = np.asarray(np.equal(left, right).reshape((trials, -1)).all(axis=1))
        if any(not same[t] and not trial.guessed for t, trial in enumerate(sample.trials)):
            return "different"
        equal, draws = equal + int(same.sum()), draws + bool(same.any())
        if draws >= (DRAWS if about.letters else 2) and equal >= (LOOKS if about.discrete else 2):
            return "same"
    return None


# -------------------------------------------------------------------------------------------------------- floats


@dataclass(frozen=True, slots=True)
class _Point:
    data: Mapping[Var, Array]
    measure: Measure


@dataclass(frozen=True, slots=True)
class _Seen:
    """How many points had a value, and those at which the sides seem to differ."""

    finite: int
    suspects: tuple[_Point, ...]


def _again(about: Claim, measure: Measure, seed: int) -> _Seen:
    """A second look in floats, at many points at once."""
    points = max(3, min(POINTS, MOST_AT_ONCE // about.work(measure)))
    data = sampling.floats(about.variables, measure, points, seed, about.largest)
    try:
        with np.errstate(all="ignore"):
            values = walk(about.order, Floats(about.drawn(data), 1), measure, definition)
            left, right = (np.broadcast_to(values[side], (points, *values[side].shape[1:])).reshape((points, -1)) for side in (about.left, about.right))
            scale = 1 + np.maximum(np.abs(left), np.abs(right)).max(axis=1, initial=0.0)
            finite = np.isfinite(scale)
            apart = finite & (np.abs(left - right).max(axis=1, initial=0.0) > 1e-6 * scale)
    except Undefined:
        return _Seen(0, ())
    suspects = (_Point({node: _rational(array[k], node) for node, array in data.items()}, measure) for k in np.flatnonzero(apart)[:3])
    return _Seen(int(finite.sum()), tuple(suspects))


def _rational(array: Array, node: Var) -> Array:
    """About the same numbers, as short decimals, their sums to one made exact again."""
    exact = from_list([Fraction(f"{x:.3g}") for x in array.ravel().tolist()], array.shape)
    return sampling.adjusted(exact, node.facts - {"symmetric"}, np.divide)


def _by_floats(about: Claim, measure: Measure, seed: int) -> Verdict:
    """For data too large for anything else: floats at a few points."""
    agreed = 0
    for k in range(6):
        data = {node: array[0] for node, array in sampling.floats(about.variables, measure, 1, seed + k).items()}
        try:
            left, right = evaluate((about.left, about.right), {node.name: array for node, array in data.items()}, measure.sizes, exact=False).roots
        except ByhandError:
            continue
        if differing(left, right, 1e-5) is not None:
            return Verdict("fails", "float", at(about, data, measure.sizes, 1e-5)[0])
        agreed += differing(left, right, 1e-9) is None
    return Verdict("holds", "float") if agreed >= 3 else Verdict("undecided", "float", None, "floats do not decide it.")


# ------------------------------------------------------------------------------------------------------ decimals


def _points(about: Claim, seed: int) -> Iterator[_Point]:
    """Short decimals; if those lie outside of the domain, positive ones."""
    random = Random(seed)
    for k, measure in enumerate(islice(about.measures(seed), 40)):
        low = -200 if k < 12 else 1
        yield _Point(sampling.rationals(about.variables, measure, random, lambda low=low: Fraction(random.randint(low, 200), 100)), measure)


def _by_decimals(about: Claim, points: Iterator[_Point], certainty: Certainty, seed: int) -> Verdict:
    agreed = 0
    for point in points:
        look = _look(about, point)
        if look == "different":
            found = smallest(about, seed) or at(about, point.data, point.measure.sizes)[0]
            return Verdict("fails", _certainty(found), found)
        agreed += look == "same" or (look == "rounding" and certainty == "exact")
        if agreed == 6:
            break
    return Verdict("holds", certainty) if agreed else Verdict("undecided", "float", None, "it has no value at any point tried.")


def _certainty(found: Counterexample | None) -> Certainty:
    return "exact" if found is not None and is_exact(found.left) and is_exact(found.right) else "float"


def _look(about: Claim, point: _Point) -> Look | None:
    """Compare to many digits; a difference must survive still more digits, and not be rounding that more of them make smaller."""
    try:
        gap = _gap(about, point, DIGITS)
        rest = _gap(about, point, MORE_DIGITS) if gap else gap
    except (Undefined, DecimalException):
        return None
    if not rest:
        return "same"
    return "different" if rest > gap * ROUNDING else "rounding"


def _gap(about: Claim, point: _Point, digits: int) -> Decimal:
    """How far apart the sides are, 0 where that is as good as nothing."""
    with localcontext() as context:
        context.prec = digits
        data = about.drawn({node: to_decimals(array) for node, array in point.data.items()})
        values = walk(about.order, Decimals(data), point.measure, definition)
        first: list[Decimal] = values[about.left].ravel().tolist()
        second: list[Decimal] = values[about.right].ravel().tolist()
        scale = 1 + max(map(abs, [*first, *second]), default=Decimal(0))
        gap = max((abs(x - y) for x, y in zip(first, second)), default=Decimal(0))
        return gap if gap > CLEARLY * scale else Decimal(0)
