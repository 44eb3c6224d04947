"""What a forward formula and its gradients really are at given sizes, and how far rounding may carry a right function from that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal, TypeAlias

import numpy as np

from byhand.check.backward.inputs import Input
from byhand.check.backward.problem import Problem
from byhand.check.engine import Engine, variables_of
from byhand.check.slips.mutation import Mutation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.run.arrays import Array, Dims

Precision: TypeAlias = Literal["float64", "float32"]
EPS: Mapping[Precision, float] = {name: float(np.finfo(name).eps) for name in ("float64", "float32")}
NUDGES = 4
"""How often the inputs are moved by a rounding, to see what it does to a result."""
OF_SCALE, OF_NUDGE = 64.0, 16.0
"""What a right function may be off: so many roundings of the largest entry, and so many times what the nudges did."""
NOTHING = 1e-10
"""A gradient that is so much smaller than the incoming one is zero but for rounding."""

Env: TypeAlias = dict[str, Array]
"""Numbers by the names of quantities, with an axis of cases in front."""


@dataclass(frozen=True)
class Truth:
    """The quantities of a problem at one choice of sizes."""

    problem: Problem
    sizes: Mapping[str, int]
    _engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_engine", Engine(replace(self.problem.exercise, sizes=dict(self.sizes))))

    def dims(self, one: Input) -> Dims:
        return self._engine.measure.dims(one.shape)

    def dims_of(self, name: str) -> Dims:
        return self._engine.measure.dims(self.problem.exercise.quantities[name].node.shape)

    @property
    def out(self) -> Dims:
        """The shape of the output."""
        return self._engine.measure.dims(self.problem.value.shape)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The quantities that lead to the output and to the gradients, operands first."""
        exercise = self.problem.exercise
        roots = [name for name in (self.problem.output, *self.problem.gradients.values()) if name in exercise.quantities]
        below = frozenset(one for root in roots for one in exercise.below(root))
        return tuple(name for name in exercise.quantities if name in below)

    def all(self, data: Mapping[str, Array]) -> Env:
        """Every quantity from the numbers of the inputs and of the incoming gradient."""
        env: Env = {name: np.asarray(value, dtype=np.float64) for name, value in data.items()}
        for name in self.needed:
            if name not in env:
                steps = self.problem.exercise.quantities[name].steps
                env[name] = self.value(steps[0], env) if steps else _no_numbers(name)
        return env

    def value(self, formula: Expr, env: Env) -> Array:
        found = self._engine.values([formula], env)
        if found is None:
            raise ByhandError(f"cannot work out the formula at the sizes {sizes_text(self.sizes) or 'given'}.")
        return found[0]

    def slipped(self, mutation: Mutation, env: Env, wanted: Iterable[str]) -> Env | None:
        """The wanted quantities if this slip is made and everything after it follows; ``None`` where that has no numbers."""
        exercise, targets = self.problem.exercise, frozenset(wanted)
        found = self._engine.values([mutation.step], env) if all(name in env for name in variables_of(mutation.step)) else None
        if found is None or found[0].shape[1:] != env[mutation.of].shape[1:]:
            return {mutation.of: found[0]} if found is not None and mutation.of in targets else None
        fresh, changed = {**env, mutation.of: found[0]}, {mutation.of}
        below = frozenset(one for target in targets for one in exercise.below(target))
        for name in self.needed:
            quantity = exercise.quantities[name]
            if name in below and name not in changed and quantity.steps and changed & set(quantity.parents):
                again = self._engine.values(quantity.steps[:1], fresh)
                if again is None:
                    return None
                fresh[name] = again[0]
                changed.add(name)
        return {name: fresh[name] for name in targets if name in changed}

    def slack(self, data: Mapping[str, Array], env: Env, precision: Precision, moved: Iterable[str]) -> dict[str, float]:
        """For each quantity how far off it may be by rounding alone: from the size of its entries, and from what a rounding of the inputs does to it."""
        generator, eps = np.random.default_rng(0), EPS[precision]
        nudged = {name: _nudged(value, eps, generator) if name in moved else value for name, value in data.items()}
        around = self.all(nudged)
        least = float(np.abs(data[self.problem.incoming]).max(initial=0.0))
        return {name: _reach(env[name], around[name], eps, least) for name in env}


def truth_at(problem: Problem, sizes: Mapping[str, int]) -> Truth:
    """One for each choice of sizes, so that formulas are made ready once."""
    return _truth(problem, tuple(sizes.items()))


@lru_cache(maxsize=64)
def _truth(problem: Problem, sizes: tuple[tuple[str, int], ...]) -> Truth:
    return Truth(problem, dict(sizes))


def _no_numbers(name: str) -> Array:
    raise ByhandError(f"no numbers are known for {name}, which the formula uses: make it an input of the function, such as {name}=(8, 5).")


def _nudged(value: Array, eps: float, generator: np.random.Generator) -> Array:
    return value * (1 + eps * generator.choice((-1.0, 1.0), (NUDGES, *value.shape[1:])))


def _reach(value: Array, around: Array, eps: float, least: float) -> float:
    size = float(np.abs(value).max(initial=0.0))
    moved = float(np.abs(around - value).max(initial=0.0))
    if size < NOTHING * least:
        size = least
    return OF_SCALE * eps * size + OF_NUDGE * moved


def sizes_text(sizes: Mapping[str, int]) -> str:
    """Sizes as people write them: n = 8, d = 5."""
    return ", ".join(f"{letter} = {number}" for letter, number in sizes.items())
