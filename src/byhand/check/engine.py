"""Steps and slips in numbers: many cases at once, along an axis in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from byhand.check.exercise.quantity import Exercise
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.walk import postorder
from byhand.run.algebra import Measure, Undefined, walk
from byhand.run.arrays import Array
from byhand.run.floats import Floats
from byhand.run.order import in_order, stable

Env = Mapping[str, Array]
"""Numbers by the names of quantities, each with an axis in front that counts cases; where it has the length 1 all cases share it."""


@dataclass(frozen=True)
class Engine:
    """Evaluates formulas over the quantities of one exercise. Entries that are not defined come out as NaN."""

    exercise: Exercise
    measure: Measure = field(init=False)
    orders: dict[tuple[Expr, ...], tuple[list[Expr], list[Var]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "measure", Measure(self.exercise.sizes))

    def values(self, steps: Sequence[Expr], env: Env) -> list[Array] | None:
        """The value of each formula for all cases; ``None`` where one cannot be worked out at all."""
        order, variables = self._order(tuple(steps))
        data = {node: env[node.name] for node in variables}
        cases = max((len(value) for value in data.values()), default=1)
        try:
            with np.errstate(all="ignore"):
                found = walk(order, Floats(data, 1), self.measure, stable)
        except (Undefined, ByhandError):
            return None
        return [np.broadcast_to(found[step], (cases, *found[step].shape[1:])) for step in steps]

    def _order(self, steps: tuple[Expr, ...]) -> tuple[list[Expr], list[Var]]:
        if steps not in self.orders:
            order = list(in_order(steps, stable))
            self.orders[steps] = order, [node for node in order if isinstance(node, Var)]
        return self.orders[steps]

    def truths(self) -> dict[str, Array]:
        """The right numbers, one case."""
        found = {name: quantity.truth for name, quantity in self.exercise.quantities.items()}
        return {name: np.asarray(value, dtype=np.float64)[None] for name, value in found.items() if value is not None}


def variables_of(step: Expr) -> list[str]:
    """The names of the quantities that a formula uses."""
    return [node.name for node in postorder(step) if isinstance(node, Var)]
