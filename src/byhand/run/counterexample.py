"""The smallest data that a person can follow, at which a false claim fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from random import Random

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var
from byhand.run.algebra import Measure
from byhand.run.arrays import Array, Dims
from byhand.run.claim import Claim, Counterexample
from byhand.run.evaluate import evaluate
from byhand.run.mixed import is_exact
from byhand.run.sampling import rationals


def _whole(*numbers: int) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, numbers))


_TENTHS = tuple(Fraction(n, 10) for n in range(-20, 21))
_TRIES = ((_whole(1, -1), 4), (_whole(1, 2, -1, -2, 3), 8), (_whole(1, 2, 3), 4), (_TENTHS, 4), (_whole(10, -10, 100, -100, 1000, -1000), 4))
"""Entries to draw from, and how often."""


def differing(left: Array, right: Array, tolerance: float = 1e-7) -> Dims | None:
    """The first entry at which two values clearly differ."""
    if is_exact(left) and is_exact(right):
        apart = np.not_equal(left, right)
    else:
        first, second = left.astype(np.float64), right.astype(np.float64)
        scale = 1.0 + max(float(np.abs(first).max(initial=0.0)), float(np.abs(second).max(initial=0.0)))
        apart = np.abs(first - second) > tolerance * scale
    places = np.argwhere(np.asarray(apart, dtype=bool))
    return tuple(int(k) for k in places[0]) if len(places) else None


def smallest(claim: Claim, seed: int = 0) -> Counterexample | None:
    """Small sizes first, whole numbers before tenths, off the kinks if that is possible."""
    random = Random(seed)
    on_kink: Counterexample | None = None
    for measure in _small(claim):
        for numbers, tries in _TRIES:
            for _ in range(tries if claim.variables else 1):
                data = rationals(claim.variables, measure, random, lambda numbers=numbers: random.choice(numbers))
                found, kinked = at(claim, data, measure.sizes)
                if found is not None and not kinked:
                    return found
                on_kink = on_kink or found
    return on_kink


def _small(claim: Claim) -> Iterator[Measure]:
    distinct = dict(zip(claim.letters, range(2, 100)))
    for sizes in (dict.fromkeys(claim.letters, 1), dict.fromkeys(claim.letters, 2), distinct, {c: n + 3 for c, n in distinct.items()}):
        measure = Measure(sizes)
        if claim.fits(measure):
            yield measure
            if not claim.letters:
                return


def at(claim: Claim, data: Mapping[Var, Array], sizes: Mapping[str, int], tolerance: float = 1e-7) -> tuple[Counterexample | None, bool]:
    """The counterexample at this data if it is one, and whether a value sits on a kink there."""
    by_name = {node.name: array for node, array in data.items()}
    try:
        result = evaluate((claim.left, claim.right), by_name, sizes)
    except ByhandError:
        return None, False
    left, right = result.roots
    entry = differing(left, right, tolerance)
    return (Counterexample(sizes, by_name, left, right, entry) if entry is not None else None), bool(result.kinks)
