"""Small networks for tests of what trains them: formulas, data, and the reference run step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from byhand.compile.reference import run_program
from byhand.compile.step import TrainingStep, training_step
from byhand.derive import derive
from byhand.lang.build import call
from byhand.lang.expr import Expr, Named, Var, named, num, var
from byhand.lang.leaves import tanh
from byhand.lang.update_rule import UpdateRule
from byhand.rules.cross_entropy import CROSS_ENTROPY

Arrays = dict[str, Any]
ROWS = 20


def network(sizes: Sequence[int], seed: int, activation: Callable[[Expr], Expr] = tanh, rows: int = ROWS) -> tuple[Named, list[Var], Arrays]:
    """A classifier with samples as rows, its parameters, and random data of so many rows."""
    rng = np.random.default_rng(seed)
    x, t = var("X", ("N", sizes[0])), var("Y", ("N", sizes[-1]), ("one_hot",))
    parameters: list[Var] = []
    layer: Expr = x
    for k, (before, after) in enumerate(pairwise(sizes), 1):
        w, b = var(f"W{k}", (before, after)), var(f"b{k}", (after,))
        parameters += [w, b]
        layer = named(f"Z{k}", layer @ w + b)
        layer = named(f"A{k}", activation(layer)) if k < len(sizes) - 1 else layer
    data = {"X": rng.normal(size=(rows, sizes[0])), "Y": np.eye(sizes[-1])[rng.integers(sizes[-1], size=rows)]}
    return named("L", call(CROSS_ENTROPY, layer, t, num(0))), parameters, data


def step_of(loss: Named, parameters: Sequence[Var], rule: UpdateRule, options: Mapping[str, Fraction] | None = None) -> TrainingStep:
    return training_step(loss, derive(loss, parameters), parameters, rule, options)


def started(step: TrainingStep, seed: int) -> Arrays:
    """Random parameters, and states as they begin."""
    rng = np.random.default_rng(seed)
    found = {one.name: rng.normal(size=tuple(int(str(axis)) for axis in one.shape)) * 0.3 for one in step.parameters}
    return found | {state.variable.name: np.full(found[state.parameter.name].shape, float(state.start)) for state in step.states}


def trained(step: TrainingStep, values: Arrays, data: Arrays, order: Any, rate: float, first: int = 1) -> tuple[Arrays, list[float]]:
    """The reference: the same steps by the slow interpreter."""
    losses: list[float] = []
    for count, rows in enumerate(order, first):
        numbers = {step.rate.name: np.array(rate), step.count.name: np.array(float(count))}
        loss, *kept = run_program(step.program, values | {name: array[rows] for name, array in data.items()} | numbers)
        values = dict(zip([one.name for one in step.kept], kept))
        losses.append(float(loss))
    return values, losses
