"""Up to which learning rate the steps of an update rule die out on a quadratic: the linear stability of its own lines.

On a loss w·λw/2 the gradient is λw, and a step of the rule maps (w, its states) linearly; errors die out exactly while the spectral
radius of that map is below 1. For gradient descent that is η < 2/λ, for heavy ball η < 2(1 + β)/λ (Polyak 1964). States that only
measure how large gradients are stand still here, and divide each entry by their root: so the curvature that counts is that of
P½HP½, P being what the rule makes of a gradient entry by entry, and Adam allows η < 2(1 + β₁)/((1 − β₁)λ).
Source: Cohen et al., Adaptive gradient methods at the edge of stability, 2022, section 3 and equation 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import inf

import numpy as np

from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.compile.reference import run_program
from byhand.lang.expr import Expr, num, var
from byhand.lang.update_rule import COUNT, GRADIENT, PARAMETER, RATE, UpdateRule
from byhand.run.arrays import Array

_HALVINGS, _LARGEST = 60, 1e9
_STABLE = 1 + 1e-9
"""With rounding: a parameter that nothing moves has a spectral radius of 1."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A rule whose measuring states stand still, on vectors of any length; what its program gives is the parameter, then the other states."""

    rule: UpdateRule
    program: Program
    states: tuple[str, ...]

    @classmethod
    def of(cls, rule: UpdateRule, options: Mapping[str, Fraction]) -> Frozen:
        """``options`` are the hyperparameters that were chosen."""
        values = {one.name: options.get(one.name, one.default) for one in rule.hyperparameters}
        q: dict[str, Expr] = {name: var(name, ("k",)) for name in (PARAMETER, GRADIENT, *(one.name for one in rule.states))}
        q |= {RATE: var(RATE), COUNT: var(COUNT)} | {one.symbol: num(values[one.name]) for one in rule.hyperparameters}
        still = {one.name for one in rule.states if one.measures}
        for line in (line for line in rule.lines if not line.only_with or values[line.only_with]):
            q[f"{line.of}'"] = q[line.of] if line.of in still else line.build(q)
            if line.of == GRADIENT:
                q[GRADIENT] = q[f"{line.of}'"]
        states = tuple(one.name for one in rule.states if not one.measures)
        return cls(rule, lowered([q[f"{name}'"] for name in (PARAMETER, *states)]), states)

    def step(self, inputs: Mapping[str, Array], rate: float, count: int) -> list[Array]:
        """The parameter and the states after one step; measuring states that are not handed in are 1."""
        given = {name: np.zeros(1) for name in (PARAMETER, GRADIENT, *self.states)} | {one.name: np.ones(1) for one in self.rule.states if one.measures}
        given |= {RATE: np.array(rate), COUNT: np.array(float(count))}
        given |= inputs
        length = max(np.size(one) for one in given.values())
        spread = {one.name: np.broadcast_to(given[one.name], (length,)) if one.shape else given[one.name] for one in self.program.inputs}
        return run_program(self.program, spread, {"k": length})

    def scale(self, measured: Mapping[str, Array], count: int) -> Array:
        """P: how much further each entry moves along its gradient than it would with measuring states of 1, (entries,)."""
        unit = -self.step({GRADIENT: np.ones(1)}, 1.0, count)[0]
        return -self.step({GRADIENT: np.ones(1), **measured}, 1.0, count)[0] / unit if unit[0] else np.ones(1)

    def radius(self, rate: float, curvature: float, count: int) -> float:
        """The spectral radius of a step on a quadratic with this curvature."""
        basis = np.eye(1 + len(self.states))
        inputs = dict(zip((PARAMETER, *self.states), basis)) | {GRADIENT: curvature * basis[0]}
        matrix = np.stack(self.step(inputs, rate, count))
        return float(np.abs(np.linalg.eigvals(matrix)).max()) if np.isfinite(matrix).all() else inf


def stable_below(rule: Frozen, curvature: float, count: int) -> float:
    """The learning rate from which steps no longer die out; ``inf`` where the curvature sets no bound."""
    if not curvature >= 0:
        return inf
    low, high = 0.0, 1e-3 / max(curvature, 1.0)
    while rule.radius(high, curvature, count) <= _STABLE:
        low, high = high, 1.5 * high
        if high * max(curvature, 1.0) > _LARGEST:
            return inf
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rule.radius(middle, curvature, count) <= _STABLE else (low, middle)
    return high
