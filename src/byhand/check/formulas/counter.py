"""The smallest data that tell a wrong formula from the right one: many small data at once in floats, then the first that differ exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np

from byhand.check.formulas.ground import Ground
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.run.algebra import Measure, Undefined, walk
from byhand.run.arrays import Array, from_list
from byhand.run.claim import Certainty, Claim, Counterexample, claim
from byhand.run.counterexample import at
from byhand.run.floats import Floats
from byhand.run.mixed import is_exact
from byhand.run.order import definition
from byhand.run.sampling import adjusted, chosen
from byhand.sheets.answer import counterexample_json

POINTS = 12
MOST_EXACT = 3
"""Data that differ in floats and are looked at exactly, for each kind of numbers."""
_CHOICES = (((1, -1), 1), ((1, 2, -1, -2, 3), 1), (range(-20, 21), 10))
"""Numerators to draw from, and the denominator."""
_POSITIVE = frozenset(("positive", "nonnegative"))
_CHOSEN = frozenset(("one_hot", "one_hot_columns", "signs"))


def counterexample(ground: Ground, formula: Expr, right: Expr) -> tuple[Mapping[str, object] | None, Certainty]:
    """The counterexample as in the JSON answer, and how sure the difference is."""
    left, other = ground.spelled(formula), ground.spelled(right)
    if left is None or other is None or left.shape != other.shape:
        return None, "exact"
    found = differing(left, other)
    return (None, "float") if found is None else (counterexample_json(found), certainty(found))


def certainty(found: Counterexample) -> Certainty:
    """Exact where both sides are rationals."""
    return "exact" if is_exact(found.left) and is_exact(found.right) else "float"


def differing(left: Expr, right: Expr, seed: int = 0) -> Counterexample | None:
    """Small data at which two formulas differ: small sizes first, whole numbers before tenths, off the kinks if that is possible."""
    try:
        about = claim(left, right)
    except ByhandError:
        return None
    random, on_kink = Random(seed), None
    for measure in _sizes(about):
        for choice, below in _CHOICES:
            for data in _suspects(about, measure, _draws(about, measure, choice, below, random)):
                found, kinked = at(about, data, measure.sizes)
                if found is not None and not kinked:
                    return found
                on_kink = on_kink or found
        if on_kink is not None:
            return on_kink
    return None


def _sizes(about: Claim) -> Iterator[Measure]:
    """All letters 1, all 2, all different, then larger."""
    distinct = dict(zip(about.letters, range(2, 100)))
    every = (dict.fromkeys(about.letters, 1), dict.fromkeys(about.letters, 2), distinct, {c: n + 3 for c, n in distinct.items()})
    for sizes in every if about.letters else every[:1]:
        measure = Measure(sizes)
        if about.fits(measure):
            yield measure


@dataclass(frozen=True, slots=True)
class _Draws:
    """Whole numbers over one denominator for every variable, at several points."""

    numbers: Mapping[Var, Array]
    below: int

    def floats(self) -> dict[Var, Array]:
        return {node: adjusted(array / self._over(node), _free(node), np.divide) for node, array in self.numbers.items()}

    def exact(self, point: int) -> dict[Var, Array]:
        found: dict[Var, Array] = {}
        for node, array in self.numbers.items():
            entries = [Fraction(n, self._over(node)) for n in array[point].ravel().tolist()]
            found[node] = adjusted(from_list(entries, array.shape[1:]), _free(node), np.divide)
        return found

    def _over(self, node: Var) -> int:
        return 1 if node.facts & _CHOSEN else self.below


def _free(node: Var) -> frozenset[str]:
    return frozenset() if node.facts & _CHOSEN else node.facts


def _draws(about: Claim, measure: Measure, choice: Sequence[int], below: int, random: Random) -> _Draws:
    generator = np.random.default_rng(random.getrandbits(32))
    numbers: dict[Var, Array] = {}
    for node in about.variables:
        dims = (POINTS, *measure.dims(node.shape))
        special = chosen(node.facts, dims, random)
        drawn = generator.choice(np.array(choice), size=dims) if special is None else special
        if special is None and node.facts & _POSITIVE:
            drawn = np.where(drawn == 0, 1, np.abs(drawn))
        numbers[node] = drawn
    return _Draws(numbers, below)


def _suspects(about: Claim, measure: Measure, draws: _Draws) -> Iterator[Mapping[Var, Array]]:
    """Data at which floats differ."""
    try:
        with np.errstate(all="ignore"):
            values = walk(about.order, Floats(about.drawn(draws.floats()), 1), measure, definition)
    except (Undefined, ByhandError, OverflowError):
        return
    sides = [np.broadcast_to(values[side], (POINTS, *values[side].shape[1:])).reshape((POINTS, -1)) for side in (about.left, about.right)]
    with np.errstate(all="ignore"):
        gap = np.abs(sides[0] - sides[1]).max(axis=1, initial=0.0)
        scale = 1.0 + np.maximum(np.abs(sides[0]), np.abs(sides[1])).max(axis=1, initial=0.0)
    apart = np.flatnonzero(np.isfinite(gap) & np.isfinite(scale) & (gap > 1e-6 * scale))
    yield from (draws.exact(int(k)) for k in apart[:MOST_EXACT])
