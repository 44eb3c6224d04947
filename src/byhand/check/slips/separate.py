"""Which slips the numbers of a sheet tell apart: from the right answer, and from each other.

Two answers are told apart where they differ in some entry once both are rounded to three significant digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from byhand.check.engine import Engine, variables_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.slips.agreement import fingerprint
from byhand.check.slips.catalogue import catalogue_of, values_of
from byhand.check.slips.draws import tried
from byhand.check.slips.mutation import Mutation
from byhand.run.arrays import Array
from byhand.run.bind import Value

DIGITS = 3
"""Significant digits to which answers are compared."""
USUAL = 5
"""Slips of a higher rank are hardly ever made on purpose of understanding: they are left out here."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Slips that give the same numbers with whatever data: the likeliest first."""

    slips: tuple[Mutation, ...]

    @property
    def first(self) -> Mutation:
        return self.slips[0]


@dataclass(frozen=True, slots=True)
class Separation:
    """What one quantity's number tells. ``unseen``: slips that give the right number; ``same``: groups of slips that give one number, a wrong one.

    ``told`` of ``pairs`` are told apart: each slip from the right number, and each two slips.
    """

    quantity: Quantity
    kinds: tuple[Kind, ...]
    unseen: tuple[Kind, ...]
    same: tuple[tuple[Kind, ...], ...]
    told: int
    pairs: int

    @property
    def seen(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in self.kinds if kind not in self.unseen)


@dataclass(frozen=True)
class Separating:
    """The slips of an exercise, made ready for many data: only numbers change."""

    exercise: Exercise
    kinds: Mapping[str, tuple[Kind, ...]]
    engine: Engine

    @cached_property
    def order(self) -> tuple[Quantity, ...]:
        """What is worked out, operands first."""
        return tuple(one for one in self.exercise.quantities.values() if one.steps)

    @cached_property
    def names(self) -> frozenset[str]:
        """The quantities that slips are made of."""
        return frozenset(name for kinds in self.kinds.values() for kind in kinds for name in variables_of(kind.first.step))

    def here(self) -> Iterator[Separation]:
        """With the data of the sheet, quantity by quantity."""
        yield from self.with_numbers(self.engine.truths())

    def score(self, data: Mapping[str, Value]) -> float:
        """The share of pairs told apart with other data, from 0 to 1; 0 where something cannot be worked out."""
        found = list(self.with_numbers(self._worked_out(data)))
        return share(found) if len(found) == len(self.kinds) else 0.0

    def with_numbers(self, numbers: Mapping[str, Array]) -> Iterator[Separation]:
        """With these numbers of all quantities, one case."""
        values = self._values(numbers)
        known = [name for name in self.kinds if name in numbers]
        marks = iter(_marks([*values, *(numbers[name] for name in known)]))
        own = {name: [next(marks) for _ in kinds] for name, kinds in self.kinds.items()}
        for name in known:
            yield _separation(self.exercise.quantities[name], self.kinds[name], own[name], next(marks))

    def _values(self, numbers: Mapping[str, Array]) -> list[Array | None]:
        """What each kind of slip comes to, in the order of the quantities."""
        steps = [kind.first.step for kinds in self.kinds.values() for kind in kinds]
        found = self.engine.values(steps, numbers) if self.names <= numbers.keys() else None
        return [*found] if found is not None else values_of(self.engine, steps, numbers)

    def _worked_out(self, data: Mapping[str, Value]) -> dict[str, Array]:
        env = {**self.engine.truths(), **{name: np.asarray(value, dtype=np.float64)[None] for name, value in data.items()}}
        for quantity in self.order:
            found = self.engine.values([quantity.steps[0]], env) if all(parent in env for parent in quantity.parents) else None
            if found is not None:
                env[quantity.name] = found[0]
        return env


def separating(exercise: Exercise) -> Separating:
    """The usual slips of everything that the sheet has a name for, those that are the same with whatever numbers taken together."""
    engine = Engine(exercise)
    env = tried(exercise, engine)
    found: dict[str, tuple[Kind, ...]] = {}
    for name, mutations in catalogue_of(exercise).mutations.items():
        quantity = exercise.quantities[name]
        usual = [one for one in mutations if one.rank <= USUAL]
        if usual and (quantity.asked or quantity.own) and quantity.truth is not None:
            found[name] = _kinds(usual, values_of(engine, [one.step for one in usual], env))
    return Separating(exercise, found, engine)


def _kinds(slips: Sequence[Mutation], values: Sequence[Array | None]) -> tuple[Kind, ...]:
    """Slips with the same numbers in every random case are of one kind."""
    groups: dict[object, list[Mutation]] = {}
    for slip, value in zip(slips, values):
        groups.setdefault(id(slip) if value is None else (value.shape[1:], fingerprint(value[1:])), []).append(slip)
    return tuple(Kind(tuple(group)) for group in groups.values())


def share(separations: Sequence[Separation]) -> float:
    """The share of pairs told apart, of all quantities together."""
    pairs = sum(one.pairs for one in separations)
    return sum(one.told for one in separations) / pairs if pairs else 1.0


def _separation(quantity: Quantity, kinds: tuple[Kind, ...], marks: Sequence[bytes], right: bytes) -> Separation:
    groups: dict[bytes, list[Kind]] = {}
    for kind, mark in zip(kinds, marks):
        if mark:
            groups.setdefault(mark, []).append(kind)
    unseen = tuple(groups.pop(right, ()))
    same = tuple(tuple(group) for group in groups.values() if len(group) > 1)
    count = len(kinds) + 1
    untold = sum(_two_of(len(group)) for group in (*same, (*unseen, None)))
    return Separation(quantity, kinds, unseen, same, _two_of(count) - untold, _two_of(count))


def _two_of(count: int) -> int:
    return count * (count - 1) // 2


def _marks(values: Sequence[Array | None]) -> list[bytes]:
    """For each array of one case its entries rounded to so many significant digits, with its shape; nothing for what has no value."""
    flat = np.concatenate([np.asarray(value[0], dtype=np.float64).ravel() for value in values if value is not None] or [np.zeros(0)])
    with np.errstate(all="ignore"):
        power = np.where((flat == 0) | ~np.isfinite(flat), 0.0, np.floor(np.log10(np.abs(flat)))) - (DIGITS - 1)
        digits = np.round(flat / 10.0**power)
        carried = np.abs(digits) == 10**DIGITS
        digits, power = np.where(carried, digits / 10, digits) + 0.0, np.where(digits == 0, 0.0, power + carried)
    rows, start = np.stack([digits, power], axis=1), 0
    found: list[bytes] = []
    for value in values:
        size = 0 if value is None else value[0].size
        found.append(b"" if value is None or not np.isfinite(value[0]).all() else str(value.shape[1:]).encode() + rows[start : start + size].tobytes())
        start += size
    return found
