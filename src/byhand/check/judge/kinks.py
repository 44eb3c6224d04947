"""Gradients where a value is exactly on a kink: every derivative from one side to the other is right there, not only the one that the sheet takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.engine import Engine, Env
from byhand.check.judge.follow import mixtures
from byhand.check.judge.person import Person
from byhand.check.judge.turns import Turn, Turning
from byhand.check.numbers.compare import fits
from byhand.check.numbers.pattern import place
from byhand.check.settings import Settings
from byhand.lang.english import listed
from byhand.run.arrays import Array, Dims

TINY = 1e-300
"""Added to 0 it makes a number of a certain sign, and changes nothing else."""
ULPS = 8 * float(np.finfo(np.float64).eps)
"""The part of itself by which one of several equal numbers becomes the largest."""
NOISE = 1e-13
"""What is nearer to 0 than this part of the largest entry is 0 but for what floats lose."""
MOST_PLACES = 60
"""Of more kinks than these only those derivatives are tried that are the same at all of them."""
MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A kink: of which turn, at which entry, and for a tie the row in which it is. ``much``: what leads to the other side."""

    turn: int
    entry: Dims
    row: Dims | None
    much: float


@dataclass(frozen=True, slots=True, eq=False)
class Bent:
    """An answer that comes out with another derivative at a kink. ``used``: the deviating answers it was made with, ``remarks`` say why it is right."""

    numbers: Numbers
    remarks: tuple[str, ...]
    used: tuple[str, ...]
    value: Array


def at_kink(person: Person, name: str, readings: Sequence[tuple[Numbers, str]], settings: Settings) -> Bent | None:
    """How an answer comes out with other derivatives at kinks, of the true values first; ``None`` where it does not."""
    turning = person.reaches.turning(name)
    if turning is None:
        return None
    frontier = person.reach(name).frontier
    deviating = person.deviating(frontier)
    for subset in (frozenset[str](), *mixtures(deviating)[:4]):
        env = person.env(frontier, [subset])
        found = None if env is None else _found(person.engine, turning, env, readings, settings)
        if found is not None:
            (numbers, remark), value, why = found
            return Bent(numbers, (remark, why), tuple(one for one in deviating if one in subset), value)
    return None


def has_kink(person: Person, name: str) -> bool:
    """Whether the right value is only one of several."""
    turning = person.reaches.turning(name)
    return turning is not None and bool(_where(person.engine, turning, person.truths)[1])


def _found(
    engine: Engine, turning: Turning, env: Env, readings: Sequence[tuple[Numbers, str]], settings: Settings
) -> tuple[tuple[Numbers, str], Array, str] | None:
    args, places = _where(engine, turning, env)
    found = engine.values([turning.step], {**env, **_beside(turning.turns, args, places)}) if places else None
    for reading in readings if found is not None else ():
        for value in _between(found[0], places, reading[0]) if found is not None else ():
            if fits(reading[0], value[None], 0.0, settings)[0]:
                return reading, value[None], _why(turning, args, places)
    return None


def _where(engine: Engine, turning: Turning, env: Env) -> tuple[list[Array], list[Place]]:
    """What the kinked functions are applied to, and which entries of it are on kinks."""
    args = [arg[0] for arg in engine.values([turn.arg for turn in turning.turns], env) or ()]
    return args, [place for k, arg in enumerate(args) for place in _places(k, arg, turning.turns[k].ties)]


def _places(turn: int, arg: Array, ties: bool) -> Iterator[Place]:
    """Where an argument is 0; or which entries are the largest of a row together with others, but for the first of them."""
    if not ties:
        for entry in np.argwhere(np.abs(arg) <= NOISE * np.abs(arg).max(initial=0.0)).tolist():
            yield Place(turn, tuple(entry), None, TINY + 2 * abs(float(arg[tuple(entry)])))
        return
    largest = arg == arg.max(axis=-1, keepdims=True)
    for entry in np.argwhere(largest & (np.cumsum(largest, axis=-1) > 1)).tolist():
        yield Place(turn, tuple(entry), tuple(entry[:-1]), TINY + ULPS * abs(float(arg[tuple(entry)])))


def _beside(turns: Sequence[Turn], args: Sequence[Array], places: Sequence[Place]) -> dict[str, Array]:
    """What is added, case by case: everything below its kink, then all of it above, then, of few, one after the other above."""
    cases = 2 + (len(places) if len(places) <= MOST_PLACES else 0)
    found = [np.zeros((cases, *arg.shape)) for arg in args]
    for case, one in enumerate(places, 2):
        below = -one.much if one.row is None else 0.0
        found[one.turn][(slice(None), *one.entry)] = below
        found[one.turn][(1, *one.entry)] = -below
        if case < cases:
            found[one.turn][(case, *one.entry)] = one.much
    return {turn.added.name: value for turn, value in zip(turns, found)}


def _between(found: Array, places: Sequence[Place], written: Numbers) -> Iterator[Array]:
    """What comes out with one derivative or another: the same at all kinks, then what is nearest to the answer."""
    below, above, *single = found
    yield from (below, above, (below + above) / 2)
    if single and below.shape == written.values.shape:
        ways = np.stack([one - below for one in single])
        yield from (below + np.tensordot(parts, ways, axes=1) for parts in _parts(places, ways, written.values - below))


def _parts(places: Sequence[Place], ways: Array, away: Array) -> Iterator[Array]:
    """How far to go at each kink from one side to the other."""
    rows = [(one.turn, one.row) for one in places]
    shared = [0.0 if one.row is None else 1 / (1 + rows.count((one.turn, one.row))) for one in places]
    for part in (0.0, 0.5, 1.0):
        yield np.array([part if one.row is None else share for one, share in zip(places, shared)])
    nearest = np.linalg.lstsq(ways.reshape(len(places), -1).T, away.ravel(), rcond=None)[0].clip(0.0, 1.0).tolist()
    of_row = {one: max(1.0, sum(part for other, part in zip(rows, nearest) if other == one)) for one in rows}
    yield np.array([part if one.row is None else part / of_row[one.turn, one.row] for one, part in zip(places, nearest)])


def _why(turning: Turning, args: Sequence[Array], places: Sequence[Place]) -> str:
    """Which values are on kinks, in words."""
    said: list[str] = []
    for k, turn in enumerate(turning.turns):
        where = [place(one.entry, args[k].shape) for one in places if one.turn == k]
        if where:
            said.append(f"{turn.what} is exactly 0{_in(where, args[k].ndim)}" if not turn.ties else f"the largest entries of {turn.what} are equal")
    return f"{listed(list(dict.fromkeys(said)))}, where every subgradient is right"


def _in(where: Sequence[str], rank: int) -> str:
    if not rank:
        return ""
    more = [f"{len(where) - MOST_TOLD} more"] if len(where) > MOST_TOLD else []
    return f" in {listed([*where[:MOST_TOLD], *more])}"
