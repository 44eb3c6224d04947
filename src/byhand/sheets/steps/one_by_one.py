"""A unit that answers for many samples, told for one sample after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Named, Var, intern, named
from byhand.lang.walk import postorder
from byhand.run.bind import Value
from byhand.run.evaluate import evaluate
from byhand.sheets.steps.call import Call, whole
from byhand.sheets.steps.retold import SEEN_BY_ITSELF, read_again
from byhand.sheets.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Told:
    """The score for one sample, its target, and the data of both."""

    score: Named
    target: Var
    inputs: Mapping[Var, Value]


ScoreOf = Callable[[Named], Named]


def one_by_one(space: Workspace, call: Call, score_of: ScoreOf, target: Var) -> list[Told]:
    """The scores of a unit, or of a layer of units, sample by sample.

    Which axis the samples lie along is what makes the scores agree; without any, targets and scores of one shape are one sample.
    Raises ``ByhandError`` where neither is so.
    """
    goals, score = space.data[target.name], score_of(call.what)
    if not goals.ndim and not score.shape:
        return [Told(score, target, {})]
    below = postorder(call.what)
    data = [node for node in below if isinstance(node, Var) and node not in call.parameters and node.shape]
    axes = [whole(call.options["axis"], "axis", 0, 1)] if "axis" in call.options else [0, 1]
    for axis, kept in product(axes if goals.ndim else [], (False, True)):
        count = _length(space, target, axis)
        parted = [node for node in data if _length(space, node, axis) == count]
        told = [_one(space, call, score_of, [*parted, target], _Place(axis, kept, k)) for k in range(count)] if parted else []
        found = [one for one in told if one is not None]
        if found and len(found) == len(told) and _agree(space, call, score_of, found, axis):
            return found
    if score.shape == target.shape and goals.ndim == 1:
        return [Told(score, target, {})]
    names = " and ".join(node.name for node in data) or "the data"
    raise ByhandError(
        f"cannot part {call.what.name} into samples: {target.name} has {goals.size} target{'s' if goals.size > 1 else ''}, "
        f"and neither the rows nor the columns of {names} go with them one by one."
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Sample k along an axis; ``kept``: the axis stays, with one place."""

    axis: int
    kept: bool
    k: int

    def of(self, value: Value) -> Value:
        found = np.take(value, [self.k] if self.kept else self.k, axis=min(self.axis, value.ndim - 1))
        return np.asarray(found, dtype=value.dtype)


def _length(space: Workspace, node: Var, axis: int) -> int:
    return space.data[node.name].shape[min(axis, len(node.shape) - 1)]


def _one(space: Workspace, call: Call, score_of: ScoreOf, data: Sequence[Var], place: _Place) -> Told | None:
    """The score of sample k, if it has the shape of its target."""
    fresh: dict[Var, Var] = {}
    inputs: dict[Var, Value] = {}
    for node in data:
        value = space.data[node.name]
        entry = place.of(value)
        fresh[node] = intern(Var, f"{node.name}_{place.k + 1}", entry.shape, node.facts - SEEN_BY_ITSELF)
        inputs[fresh[node]] = entry
    try:
        score = score_of(read_again(space, call.what, fresh, {}))
    except ByhandError:
        return None
    return None if score.shape != fresh[data[-1]].shape else Told(named(f"{score.name}_{place.k + 1}", score.body), fresh[data[-1]], inputs)


def _agree(space: Workspace, call: Call, score_of: ScoreOf, told: Sequence[Told], axis: int) -> bool:
    """Whether the scores one by one are those of all samples, at parameters that have nothing special."""
    random = np.random.default_rng(0)
    data = {**space.data, **{one.name: random.standard_normal(space.data[one.name].shape) for one in call.parameters}}
    data |= {variable.name: value for one in told for variable, value in one.inputs.items()}
    together, *each = evaluate([score_of(call.what), *(one.score for one in told)], data, exact=False).roots
    joined = np.stack if together.ndim == each[0].ndim + 1 else np.concatenate
    stacked = joined(each, axis=min(axis, together.ndim - 1))
    return stacked.shape == together.shape and bool(np.allclose(together, stacked, rtol=1e-9, atol=1e-12))
