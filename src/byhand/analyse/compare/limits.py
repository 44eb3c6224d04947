"""What an output error tends to as one score runs away, with the target right and wrong.

Read off the leading terms where the formula has such a form (``germs.py``), at several random choices of all other quantities and sizes; a
limit is what all of them have in common. Elsewhere found by evaluation: at scores of 40, 80 and 160 in 200 digits, where e⁻ᶻ is far
below everything that is not zero. There a value counts as the limit where it no longer moves and is a simple fraction, as infinite where it
grows with the score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException, localcontext
from enum import Enum
from fractions import Fraction
from random import Random
from typing import Any, Literal, TypeAlias

import numpy as np

from byhand.analyse.compare.germs import Growing, logarithm, number, running
from byhand.analyse.compare.growth import Germs, germs_of
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.sizes import Poly, Shape
from byhand.lang.walk import size_letters
from byhand.run.algebra import Measure, Undefined, walk
from byhand.run.arrays import Array, from_list
from byhand.run.bind import Value
from byhand.run.decimals import Decimals, to_decimals
from byhand.run.floats import Floats
from byhand.run.order import definition, in_order, stable
from byhand.run.sampling import rationals

Target: TypeAlias = Literal["right", "wrong", "any"]


class Beyond(Enum):
    """What is no number: growth without bound, and a finite limit that is another one for other values of the rest."""

    UP = "inf"
    DOWN = "-inf"
    FINITE = "finite"


Limit: TypeAlias = Poly | Beyond | None
"""A number, perhaps over sizes; something beyond; or none that was found."""

REACH = (40, 80, 160)
DIGITS = 200
SETTLED = Decimal("1e-12")
DRAWS = 3
MOST_ENTRIES = 150
"""A larger output is not followed."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way to run away: the score to +∞ or −∞, its target right, wrong, or whatever it is. ``label`` is the target's entry."""

    up: bool
    target: Target
    label: int | None


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a score is varied: which entry of ``at``, and which given quantity holds its target, if one does."""

    at: Var
    target: Var | None
    data: Mapping[str, Value]
    sizes: Mapping[str, int]

    def cases(self) -> tuple[Case, ...]:
        if self.target is None:
            return (Case(True, "any", None), Case(False, "any", None))
        low, high = self.labels()
        return (Case(True, "right", high), Case(True, "wrong", low), Case(False, "right", low), Case(False, "wrong", high))

    def labels(self) -> tuple[int, int]:
        """The target's lowest and highest value."""
        assert self.target is not None
        known = self.data.get(self.target.name)
        signs = "signs" in self.target.facts or (known is not None and np.all(np.abs(known) == 1) and np.any(known < 0))
        return (-1, 1) if signs else (0, 1)


def is_label(target: Var, data: Mapping[str, Value]) -> bool:
    """Whether a target says which of two things is meant: 0 or 1, −1 or 1."""
    known = data.get(target.name)
    return known is None or bool(np.all((known == 0) | (known == 1)) or np.all(np.abs(known) == 1))


@dataclass(frozen=True, slots=True)
class Followed:
    """For every case the limit of each root; ``exact``: all were read off leading terms, none off numbers."""

    limits: Mapping[Case, tuple[Limit, ...]]
    exact: bool


def limits(roots: Sequence[tuple[Expr, bool]], setting: Setting) -> Followed:
    """For every case the limit of each root: of the entry of the score, or (``False``) of the single number that it is."""
    found = {case: [_of_root(root, per_entry, setting, case) for root, per_entry in roots] for case in setting.cases()}
    return Followed({case: tuple(limit for limit, _ in one) for case, one in found.items()}, all(exact for one in found.values() for _, exact in one))


def _of_root(root: Expr, per_entry: bool, setting: Setting, case: Case) -> tuple[Limit, bool]:
    order = in_order([root], definition)
    exact = [_grown(order, root, per_entry, setting, case, draw) for draw in range(DRAWS)]
    limit = _agreed(exact)
    if limit is not None:
        return limit, True
    return _agreed([_draw(order, root, per_entry, setting, case, draw) for draw in range(DRAWS)]), False


@dataclass(frozen=True, slots=True)
class _Found:
    limit: Fraction | Beyond
    sizes: Mapping[str, int]


def _grown(order: list[Expr], root: Expr, per_entry: bool, setting: Setting, case: Case, draw: int) -> _Found | None:
    """The limit read off the leading terms, with the exponential of the score as a symbol and rational ones of all others."""
    sizes = _sizes(order, setting, draw)
    measure = Measure(sizes)
    entry = (0,) * len(setting.at.shape)
    random = Random(draw)
    data = {node: germs_of(array) for node, array in _data(order, setting, case, measure, draw).items()}
    if setting.at in data:
        count = data[setting.at].size
        scores = [number(Fraction(12)) * logarithm(Fraction(random.randint(1, 9), random.randint(1, 9))) for _ in range(count)]
        data[setting.at] = from_list([running(case.up), *scores[1:]], data[setting.at].shape)
    try:
        value = walk(order, Germs(data), measure, definition)[root]
        limit = value[entry if per_entry else ()].limit()
    except Growing as growing:
        return _Found(Beyond.UP if growing.up else Beyond.DOWN, sizes)
    except (Undefined, ByhandError):
        return None
    return _Found(Beyond.FINITE if limit is None else limit, sizes)


def _draw(order: list[Expr], root: Expr, per_entry: bool, setting: Setting, case: Case, draw: int) -> _Found | None:
    """The limit read off the values at far scores, for one choice of everything that is not the score or its target."""
    sizes = _sizes(order, setting, draw)
    measure = Measure(sizes)
    data = _data(order, setting, case, measure, draw)
    try:
        values = [_at(order, root, per_entry, data, measure, setting.at, Fraction(reach if case.up else -reach)) for reach in REACH]
    except (Undefined, DecimalException, ByhandError):
        return None
    limit = _limit(values)
    return None if limit is None else _Found(limit, sizes)


def _data(order: Sequence[Expr], setting: Setting, case: Case, measure: Measure, draw: int) -> dict[Var, Array]:
    """Numbers for everything: the sheet's, the other scores drawn anew after the first time, the target as the case has it."""
    variables = [node for node in order if isinstance(node, Var)]
    random = Random(draw)
    data = rationals(variables, measure, random, lambda: Fraction(random.randint(-200, 200), 100))
    data |= {node: from_list([Fraction(random.randint(1, 99), 100)], ()) for node in variables if not node.shape and not node.facts}  # shares, rates
    data |= {node: _rational(setting.data[node.name]) for node in variables if node.name in setting.data and not (draw and node is setting.at)}
    if setting.target is not None and setting.target in data and case.label is not None:
        data[setting.target] = _labelled(data[setting.target], setting.target, case.label, (0,) * len(setting.at.shape))
    return data


def _sizes(order: list[Expr], setting: Setting, draw: int) -> dict[str, int]:
    """Sizes that data fixes, and small different ones for all others."""
    letters = sorted({letter for node in order for letter in size_letters(node)} - {*setting.sizes})
    return {**setting.sizes} | {letter: 3 + (k + draw) % (len(letters) + 2) for k, letter in enumerate(letters)}


def _rational(value: Value) -> Array:
    return from_list([Fraction(entry) for entry in value.ravel().tolist()], value.shape)


def _labelled(value: Array, target: Var, label: int, entry: tuple[int, ...]) -> Array:
    """The target with this label at an entry; of classes that exclude each other one stays chosen."""
    fresh = value.copy()
    axis = 0 if "one_hot_columns" in target.facts and "one_hot" not in target.facts else -1
    if entry and target.facts & {"one_hot", "one_hot_columns", "sums_to_one"}:
        along = [*entry]
        for place in range(fresh.shape[axis]):
            along[axis] = place
            fresh[tuple(along)] = Fraction(0)
        along[axis] = min(1 - label, fresh.shape[axis] - 1)
        fresh[tuple(along)] = Fraction(1)
    else:
        fresh[entry] = Fraction(label)
    return fresh


def _at(order: list[Expr], root: Expr, per_entry: bool, data: Mapping[Var, Array], measure: Measure, at: Var, score: Fraction) -> Decimal:
    """The value of a root with the score put in."""
    entry = (0,) * len(at.shape)
    with localcontext() as context:
        context.prec = DIGITS
        varied = dict(data)
        if at in data:
            varied[at] = data[at].copy()
            varied[at][entry] = score
        values = walk(order, Decimals({node: to_decimals(array) for node, array in varied.items()}), measure, definition)
        found: Any = values[root][entry] if per_entry else values[root][()]
        return Decimal(found)


def _limit(values: Sequence[Decimal]) -> Fraction | Beyond | None:
    first, second, third = values
    if abs(third - second) <= SETTLED * (1 + abs(third)):
        near = Fraction(third).limit_denominator(10_000)
        return near if abs(Fraction(third) - near) < Fraction(SETTLED) else Beyond.FINITE
    grows = abs(third) > abs(second) * Decimal("1.5") and abs(second) > abs(first) * Decimal("1.3")
    return (Beyond.UP if third > 0 else Beyond.DOWN) if grows else None


def _agreed(found: list[_Found | None]) -> Limit:
    """The limit that all draws have, as a number over sizes if need be."""
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    words = {one.limit for one in known if not isinstance(one.limit, Fraction)}
    if words & {Beyond.UP, Beyond.DOWN}:
        return words.pop() if len(words) == 1 and not any(isinstance(one.limit, Fraction) for one in known) else None
    for unit in _units(known[0].sizes) if not words else ():
        amounts = {one.limit / unit.at(one.sizes) for one in known if isinstance(one.limit, Fraction)}
        if len(amounts) == 1:
            return unit * amounts.pop()
    return Beyond.FINITE


def _units(sizes: Mapping[str, int]) -> Iterator[Poly]:
    """1, 1/N, 1/(N·K): what means divide by."""
    yield Poly.of(1)
    inverses = [inverse for letter in sorted(sizes) if (inverse := Poly.letter(letter).inverse()) is not None]
    yield from inverses
    yield from (first * second for k, first in enumerate(inverses) for second in inverses[k + 1 :])


def is_small(shape: Shape, sizes: Mapping[str, int]) -> bool:
    """Whether an output has few enough entries to be followed."""
    count = 1
    for axis in shape:
        letters = Poly.of(axis).letters
        count *= int(Poly.of(axis).at({letter: sizes.get(letter, 3) for letter in letters}))
    return count <= MOST_ENTRIES


# ------------------------------------------------------------------------------------------------- curves


def follow(roots: Sequence[Expr], setting: Setting, case: Case, scores: Sequence[float]) -> list[list[float]] | None:
    """The score's entry of each root at so many scores, in floats; ``None`` where something else has no numbers."""
    order = in_order(roots, stable)
    given = [node for node in order if isinstance(node, Var) and node is not setting.target and (node is not setting.at or node.shape)]
    if any(node.name not in setting.data for node in given) or not all(size_letters(node) <= setting.sizes.keys() for node in order):
        return None
    measure = Measure(setting.sizes)
    data = {node: np.asarray([array.astype(np.float64)]) for node, array in _data(order, setting, case, measure, 0).items()}
    varied = np.repeat(data.get(setting.at, np.zeros((1,))), len(scores), axis=0)
    entry = (0,) * len(setting.at.shape)
    varied[(slice(None), *entry)] = scores
    with np.errstate(all="ignore"):
        values = walk(order, Floats(data | {setting.at: varied}, 1), measure, stable)
    return [np.broadcast_to(values[root], (len(scores), *values[root].shape[1:]))[(slice(None), *entry)].tolist() for root in roots]
