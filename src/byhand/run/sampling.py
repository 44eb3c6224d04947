"""Random data that respects what is known of the variables: residues for proofs, floats and rationals for second looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from byhand.lang.expr import Expr, Var
from byhand.run.algebra import Measure, walk
from byhand.run.arrays import Array, Dims, from_list, one_hot_of
from byhand.run.field import Field, below_exponentials, tidy
from byhand.run.order import definition, in_order
from byhand.run.residues import MODULI, P, Q, Trial, reciprocal

_POSITIVE = frozenset(("positive", "nonnegative"))


def chosen(facts: frozenset[str], dims: Dims, random: Random) -> Array | None:
    """Entries that facts restrict to finitely many values, as integers; ``None`` for any other variable."""
    if {"one_hot", "one_hot_columns"} <= facts and len(dims) > 1 and dims[-1] == dims[-2]:
        places = [place for _ in range(int(np.prod(dims[:-2]))) for place in random.sample(range(dims[-1]), dims[-1])]
        return one_hot_of(np.array(places, dtype=np.intp).reshape(dims[:-1]), dims[-1])
    if "one_hot" in facts and dims:
        places = [random.randrange(dims[-1]) for _ in range(int(np.prod(dims[:-1])))]
        return one_hot_of(np.array(places, dtype=np.intp).reshape(dims[:-1]), dims[-1])
    if "one_hot_columns" in facts and len(dims) > 1:
        return np.swapaxes(np.asarray(chosen(frozenset(("one_hot",)), (*dims[:-2], dims[-1], dims[-2]), random)), -1, -2)
    if "signs" in facts:
        return np.array([random.choice((-1, 1)) for _ in range(int(np.prod(dims)))]).reshape(dims)
    return None


def adjusted(array: Array, facts: frozenset[str], divide: Callable[[Array, Array], Array]) -> Array:
    """Free entries made symmetric, or made to sum to one along the last axis."""
    if "symmetric" in facts:
        array = np.asarray(array + np.swapaxes(array, -1, -2))
    if "sums_to_one" not in facts:
        return array
    if facts & _POSITIVE:
        return divide(array, np.asarray(np.sum(array, axis=-1, keepdims=True)))
    last = np.asarray(1 - np.sum(array[..., :-1], axis=-1, keepdims=True))
    return np.concatenate([array[..., :-1], last], axis=-1)


# --------------------------------------------------------------------------------------------------- residues


@dataclass(frozen=True, slots=True)
class Sample:
    """Random residues for variables at given sizes, in so many trials; evaluations of one sample agree with each other."""

    data: Mapping[Var, Array]
    sizes: Mapping[str, int]
    trials: tuple[Trial, ...]


def sample(
    variables: Iterable[Var],
    sizes: Mapping[str, int],
    seed: int = 0,
    *,
    trials: int = 1,
    zeros: Mapping[Var, Iterable[Dims]] | None = None,
) -> Sample:
    """Draw every variable, respecting its facts. ``zeros`` are entries to put to 0, so that trials sit on kinks."""
    random = Random(seed)
    made = tuple(Trial(random.getrandbits(256).to_bytes(32)) for _ in range(trials))
    measure = Measure(sizes)
    data = {node: _residues(node.facts, measure.dims(node.shape), made, random) for node in variables}
    for node, entries in (zeros or {}).items():
        for entry in entries:
            data[node][(slice(None), slice(None), *entry)] = 0
    return Sample(data, sizes, made)


def _residues(facts: frozenset[str], dims: Dims, trials: Sequence[Trial], random: Random) -> Array:
    shape = (len(trials), *dims)
    chosen_entries = chosen(facts, shape if dims else (len(trials),), random)
    if chosen_entries is not None:
        return tidy(np.stack([chosen_entries.astype(object)] * 2))
    count = int(np.prod(dims))
    if facts & _POSITIVE:
        pairs = [trial.positive(random) for trial in trials for _ in range(count)]
    else:
        pairs = [(random.randrange(P), random.randrange(Q)) for _ in range(len(trials) * count)]
    array = from_list([p for p, _ in pairs] + [q for _, q in pairs], (2, *shape))
    return tidy(adjusted(array, facts, _squares_that_sum_to_one)) if facts else array


def _squares_that_sum_to_one(array: Array, _sums: Array) -> Array:
    """The squares of a point on the sphere, by its rational parametrisation: squares are the positive residues."""
    free = array[..., :-1]
    norm = np.asarray(tidy(np.asarray(np.sum(free * free, axis=-1, keepdims=True))))
    below = from_list([reciprocal(x + 1, m) for part, m in zip(norm, MODULI) for x in part.ravel().tolist()], norm.shape)
    point = tidy(np.concatenate([2 * free * below, (norm - 1) * below], axis=-1))
    return np.asarray(point * point)


def field_evaluate(roots: Sequence[Expr], at: Sample, order: Sequence[Expr] | None = None) -> list[Array]:
    """The residues modulo P of every root, with one axis of trials in front. Raises ``Redraw`` for a division by zero."""
    steps = in_order(roots, definition) if order is None else order
    algebra = Field(at.data, at.trials, below_exponentials(steps, definition))
    values = walk(steps, algebra, Measure(at.sizes), definition)
    return [_every_trial(values[root][0], len(at.trials)) for root in roots]


def _every_trial(array: Array, trials: int) -> Array:
    return array if len(array) == trials else np.broadcast_to(array, (trials, *array.shape[1:]))


# ------------------------------------------------------------------------------------------------------ reals


def floats(variables: Iterable[Var], measure: Measure, points: int, seed: int, far: float = 1.0) -> dict[Var, Array]:
    """So many points of floats in front of every variable: small numbers, ordinary ones, large ones, and ten times as ``far``."""
    random, generator = Random(seed), np.random.default_rng(seed)
    scale = np.resize(np.array([1.0, 0.3, 3.0, 30.0, 10.0 * far]), points)
    data: dict[Var, Array] = {}
    for node in variables:
        dims = measure.dims(node.shape)
        special = chosen(node.facts, (points, *dims), random)
        entries = generator.standard_normal((points, *dims)) * scale.reshape((points,) + (1,) * len(dims))
        if node.facts & _POSITIVE:
            entries = np.abs(entries) + 1e-3
        data[node] = adjusted(entries, node.facts, np.divide) if special is None else special.astype(np.float64)
    return data


def rationals(variables: Iterable[Var], measure: Measure, random: Random, draw: Callable[[], Fraction]) -> dict[Var, Array]:
    """One point of rationals; ``draw`` gives an entry, of which variables known to be positive get the absolute value."""
    data: dict[Var, Array] = {}
    for node in variables:
        dims = measure.dims(node.shape)
        special = chosen(node.facts, dims, random)
        if special is not None:
            data[node] = from_list([Fraction(x) for x in special.ravel().tolist()], dims)
            continue
        entries: list[Any] = [draw() for _ in range(int(np.prod(dims)))]
        if node.facts & _POSITIVE:
            entries = [abs(x) or Fraction(1) for x in entries]
        data[node] = adjusted(from_list(entries, dims), node.facts, np.divide)
    return data
