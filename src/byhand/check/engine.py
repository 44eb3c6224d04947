"""Steps and slips in numbers: many cases at once, along an axis in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from byhand.check.exercise.quantity import Exercise
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.walk import postorder
from byhand.run.algebra import Measure, Undefined
from byhand.run.arrays import Array
from byhand.run.compiled import Program, compiled

Env = Mapping[str, Array]
"""Numbers by the names of quantities, each with an axis in front that counts cases; where it has the length 1 all cases share it."""

MOST_KEPT = 5_000
"""Programs that are kept: those of the exercise itself are some hundred; formulas that people hand in come on top."""


@dataclass(frozen=True)
class Engine:
    """Evaluates formulas over the quantities of one exercise. Entries that are not defined come out as NaN.

    ``programs``: formulas that were asked for together are compiled together, the first time.
    """

    exercise: Exercise
    measure: Measure = field(init=False)
    programs: dict[tuple[Expr, ...], Program | None] = field(init=False, default_factory=dict[tuple[Expr, ...], "Program | None"])

    def __post_init__(self) -> None:
        object.__setattr__(self, "measure", Measure(self.exercise.sizes))

    def values(self, steps: Sequence[Expr], env: Env) -> list[Array] | None:
        """The value of each formula for all cases; ``None`` where one cannot be worked out at all."""
        program = self._program(tuple(steps))
        if program is None:
            return None
        cases = max((len(env[name]) for _, name in program.variables), default=1)
        try:
            with np.errstate(all="ignore"):
                found = program(env)
        except (Undefined, ValueError, IndexError):  # also for an answer of another shape than its quantity
            return None
        return [value if len(value) == cases else np.broadcast_to(value, (cases, *value.shape[1:])) for value in found]

    def _program(self, steps: tuple[Expr, ...]) -> Program | None:
        if steps not in self.programs:
            if len(self.programs) >= MOST_KEPT:
                self.programs.clear()
            self.programs[steps] = self._compiled(steps)
        return self.programs[steps]

    def _compiled(self, steps: tuple[Expr, ...]) -> Program | None:
        try:
            return compiled(steps, self.measure)
        except (Undefined, ByhandError, OverflowError):
            return None

    def truths(self) -> dict[str, Array]:
        """The right numbers, one case."""
        found = {name: quantity.truth for name, quantity in self.exercise.quantities.items()}
        return {name: np.asarray(value, dtype=np.float64)[None] for name, value in found.items() if value is not None}


@lru_cache(maxsize=64)
def engine_of(exercise: Exercise) -> Engine:
    """One engine for each exercise."""
    return Engine(exercise)


@lru_cache(maxsize=64)
def truths_of(exercise: Exercise) -> Mapping[str, Array]:
    """The right numbers of an exercise, one case."""
    return engine_of(exercise).truths()


@lru_cache(maxsize=5_000)
def variables_of(step: Expr) -> tuple[str, ...]:
    """The names of the quantities that a formula uses."""
    return tuple(node.name for node in postorder(step) if isinstance(node, Var))
