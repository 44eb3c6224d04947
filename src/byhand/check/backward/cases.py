"""The points at which a function is tried: sizes that differ from each other, and random inputs away from kinks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import prod
from random import Random

import numpy as np

from byhand.check.backward.inputs import Input
from byhand.check.backward.problem import Problem
from byhand.check.backward.truth import Env, Precision, Truth, truth_at
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Map, Pick, Var
from byhand.run.algebra import Measure, Undefined
from byhand.run.arrays import Array, Dims
from byhand.run.compiled import compiled
from byhand.run.order import definition, in_order, operands
from byhand.run.sampling import adjusted, chosen

SCALES, FAR_SCALES = (1.0, 0.5, 2.0), (6.0, 30.0)
"""About how large the entries of the inputs are, point by point; and where these do not reach the other side of a kink, such as that of a clip."""
INCOMING = {0.5: 100.0, 2.0: 0.01}
"""How large the incoming gradient is beside ordinary numbers, for these sizes of inputs: gradients are proportional to it, however large it is."""
MARGIN = 1e-3
"""How near to a kink an argument may be, relative to the largest."""
DOMAINS = ("any", "positive", "unit")
"""Where the entries of inputs without facts may lie; the first in which the formula is defined: anywhere, above 0, between 0 and 1."""
TRIES, SIZE_TRIES = 12, 60
MOST_ENTRIES = 1_000_000
SMALL = (3, 5, 4, 7, 6, 2, 8, 9, 10, 11, 12, 13)
_POSITIVE = frozenset(("positive", "nonnegative"))


@dataclass(frozen=True)
class Case:
    """One point. ``data``: the numbers of inputs and incoming gradient, one case in front; ``env``: everything that follows from them.

    ``slack``: how far each quantity may be off by rounding. ``required``: the function must work at these sizes, since the person names them.
    ``given``: with the numbers that somebody gave to begin with.
    """

    truth: Truth
    data: Mapping[str, Array]
    env: Env
    slack: Mapping[str, float]
    required: bool = True
    given: bool = False

    @property
    def sizes(self) -> Mapping[str, int]:
        return self.truth.sizes

    def right(self, name: str) -> Array:
        return self.env[name][0]

    def input(self, name: str) -> Array:
        return self.data[name][0]


# ------------------------------------------------------------------------------------------------------ sizes


def sizes_of(problem: Problem) -> Iterator[tuple[dict[str, int], bool]]:
    """Choices of sizes, and whether the function must work there: those that were given, or two for letters; then others, if the function likes them."""
    own = [letter for letter in problem.letters if letter not in problem.sizes]
    fixed = {axis for one in problem.inputs for axis in one.shape if isinstance(axis, int)} | set(problem.sizes.values())
    first = next(_choices(problem, own, problem.sizes, fixed, 0), None)
    if first is None:
        raise ByhandError("no small sizes were found at which the formula can be worked out; give the shapes as numbers.")
    yield first, True
    if own:
        second = next((one for one in _choices(problem, own, problem.sizes, fixed, 1) if all(one[letter] != first[letter] for letter in own)), None)
        if second is not None:
            yield second, True
    if problem.sizes:
        yield from ((one, False) for one in _varied(problem, first))


def _varied(problem: Problem, first: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Other numbers for letters that are not the person's own: all different, then only as different as those given."""
    found = next(_choices(problem, list(problem.sizes), {k: v for k, v in first.items() if k not in problem.sizes}, set(problem.sizes.values()), 1), None)
    if found is not None:
        yield found
    values = dict(zip(dict.fromkeys(problem.sizes.values()), (n for n in SMALL if n not in problem.sizes.values())))
    if len(set(problem.sizes.values())) < len(problem.sizes):
        same = {**first, **{letter: values[number] for letter, number in problem.sizes.items()}}
        if works(problem, same):
            yield same


def _choices(problem: Problem, letters: Sequence[str], known: Mapping[str, int], taken: set[int], seed: int) -> Iterator[dict[str, int]]:
    """Sizes for some letters, no two alike, at which the formula has a meaning; smaller ones first."""
    random = Random(seed)
    pool = [n for n in SMALL if n not in taken][: max(len(letters) + 3, 6)]
    if seed:
        random.shuffle(pool)
    for _ in range(SIZE_TRIES):
        found = {**known, **dict(zip(letters, pool))}
        if len(pool) >= len(letters) and works(problem, found):
            yield {letter: found[letter] for letter in (*problem.letters, *found) if letter in found}
        random.shuffle(pool)


def works(problem: Problem, sizes: Mapping[str, int]) -> bool:
    """Whether the formula has numbers at these sizes."""
    try:
        truth = truth_at(problem, sizes)
        return all(n > 0 for name in truth.needed for n in truth.dims_of(name)) and bool(truth.all(_drawn(truth, 0, 1.0, "any")))
    except (ByhandError, Undefined, ValueError, OverflowError):
        return False


# ------------------------------------------------------------------------------------------------------ numbers


def cases_of(problem: Problem, sizes: Mapping[str, int], precision: Precision, required: bool, *, first: int = 1) -> list[Case]:
    """The points at one choice of sizes; where there are numbers to begin with, these are the first.

    ``ByhandError`` where the formula is defined at none of many random points.
    """
    truth = truth_at(problem, sizes)
    _check_size(truth)
    found = [_case(truth, precision, required, seed, scale) for seed, scale in zip(count(10 * first), SCALES)]
    found += _other_side(found, precision, first)
    begun = _begun(problem, truth, precision)
    return [*([Case(truth, begun, *_followed(truth, begun, precision), required, given=True)] if begun is not None else []), *found]


def _other_side(found: list[Case], precision: Precision, first: int) -> list[Case]:
    """Further points, with larger inputs, if the others are all on one side of some kink."""
    more: list[Case] = []
    for k, scale in enumerate(FAR_SCALES):
        seen = _sides([*found, *more])
        if all(len(sides) > 1 for sides in seen):
            break
        case = _case(found[0].truth, precision, found[0].required, 10 * first + 7 + k, scale)
        if any(len(now) > len(before) for now, before in zip(_sides([*found, *more, case]), seen)):
            more.append(case)
    return more


def _sides(cases: Sequence[Case]) -> list[set[bool]]:
    """On which sides of each kink the points lie."""
    truth = cases[0].truth
    kinked = [node for node, ties in _kinked(truth.problem).items() if not ties]
    found: list[set[bool]] = [set() for _ in kinked]
    for case in cases if kinked else ():
        with np.errstate(all="ignore"):
            values = compiled(kinked, Measure(dict(truth.sizes)))(case.env)
        for sides, value in zip(found, values):
            sides |= set(np.unique(value > 0).tolist())
    return found


def _check_size(truth: Truth) -> None:
    """A check needs few numbers, and works out formulas many times."""
    entries = sum(prod(truth.dims(one)) for one in truth.problem.inputs) + prod(truth.out)
    if entries > MOST_ENTRIES:
        raise ByhandError(f"the inputs and the output have {entries:,} entries together; the limit is {MOST_ENTRIES:,}: mistakes show at small sizes as well.")


def _case(truth: Truth, precision: Precision, required: bool, seed: int, scale: float) -> Case:
    """A random point at which everything is defined, the farthest from kinks of several."""
    best: tuple[float, dict[str, Array]] | None = None
    for domain in DOMAINS:
        for k in range(TRIES):
            data = _rounded(_drawn(truth, 1000 * seed + k, scale, domain), precision)
            far = _distance(truth, data)
            if far is not None and (best is None or far > best[0]):
                best = far, data
            if best is not None and best[0] > MARGIN:
                return Case(truth, best[1], *_followed(truth, best[1], precision), required)
        if best is not None:
            return Case(truth, best[1], *_followed(truth, best[1], precision), required)
    need = "declare what its inputs must be, such as X='(n, d) positive', or give numbers"
    raise ByhandError(f"the formula has no value at any of the random points tried; {need}.")


def _followed(truth: Truth, data: Mapping[str, Array], precision: Precision) -> tuple[Env, Mapping[str, float]]:
    with np.errstate(all="ignore"):
        env = truth.all(data)
        moved = [one.name for one in truth.problem.inputs if one.varies] + [truth.problem.incoming]
        return env, truth.slack(data, env, precision, moved)


def _rounded(data: Mapping[str, Array], precision: Precision) -> dict[str, Array]:
    """The numbers as the function gets them, so that they are the same for the formula."""
    return {name: value.astype(precision).astype(np.float64) for name, value in data.items()}


def _begun(problem: Problem, truth: Truth, precision: Precision) -> dict[str, Array] | None:
    """The numbers that somebody gave to begin with, if they are for these sizes and no kink is near."""
    given = {one.name: one.example for one in problem.inputs if one.kind == "drawn" and one.example is not None}
    if not given or any(value.shape != truth.dims(one) for one in problem.inputs if (value := given.get(one.name)) is not None):
        return None
    numbers = {name: np.asarray(value, dtype=np.float64)[None] for name, value in given.items()}
    for domain in DOMAINS:
        data = _rounded({**_drawn(truth, 1, 1.0, domain), **numbers}, precision)
        far = _distance(truth, data)
        if far is not None and far > MARGIN:
            return data
    return None


def _drawn(truth: Truth, seed: int, scale: float, domain: str) -> dict[str, Array]:
    """Random numbers for all inputs and the incoming gradient."""
    generator, random = np.random.default_rng(seed), Random(seed)
    data = {one.name: _numbers(one, truth.dims(one), generator, random, scale, domain)[None] for one in truth.problem.inputs}
    for name in truth.needed:
        quantity = truth.problem.exercise.quantities[name]
        if quantity.kind == "given" and name not in data and quantity.truth is not None:
            data[name] = np.asarray(quantity.truth, dtype=np.float64)[None]
    return {**data, truth.problem.incoming: INCOMING.get(scale, 1.0) * generator.standard_normal((1, *truth.out))}


def _numbers(one: Input, dims: Dims, generator: np.random.Generator, random: Random, scale: float, domain: str) -> Array:
    if one.kind != "drawn":
        return np.asarray(one.example if one.example is not None else float(one.number or 0), dtype=np.float64)
    facts = frozenset(one.facts)
    special = chosen(facts, dims, random)
    if special is not None:
        return special.astype(np.float64)
    entries = scale * generator.standard_normal(dims)
    if domain == "unit" and not facts:
        return generator.uniform(0.05, 0.95, dims)
    if facts & _POSITIVE or domain == "positive":
        entries = np.abs(entries) + 0.05
    return adjusted(entries, facts, np.divide)


def _distance(truth: Truth, data: Mapping[str, Array]) -> float | None:
    """How far the nearest kink is, relative to the largest argument there; ``None`` where something is not defined."""
    with np.errstate(all="ignore"):
        env = truth.all(data)
    if not all(np.isfinite(value).all() for value in env.values()):
        return None
    kinked = _kinked(truth.problem)
    if not kinked:
        return np.inf
    with np.errstate(all="ignore"):
        values = compiled(list(kinked), Measure(dict(truth.sizes)))(env)
    return min(_margin(value, ties) for value, ties in zip(values, kinked.values()))


def _kinked(problem: Problem) -> dict[Expr, bool]:
    """The arguments that must not be zero, and those whose largest entries must not be tied; those that do not vary may be what they are."""
    moving = {one.name for one in problem.inputs if one.varies or one.name in problem.wanted}
    alive: set[Expr] = set()
    found: dict[Expr, bool] = {}
    for node in in_order((problem.value,), definition):
        if any(part in alive for part in operands(node, definition)) or (isinstance(node, Var) and node.name in moving):
            alive.add(node)
        match node:
            case Pick(arg) if arg in alive:
                found[arg] = True
            case Map(leaf, (arg, *_)) if leaf.kinked and arg in alive:
                found[arg] = False
            case _:
                pass
    return found


def _margin(value: Array, ties: bool) -> float:
    if not value.size or (ties and value.shape[-1] < 2):
        return np.inf
    size = float(np.abs(value).max()) or 1.0
    if ties:
        top = np.sort(value, axis=-1)
        return float((top[..., -1] - top[..., -2]).min()) / size
    return float(np.abs(value).min()) / size
