"""What a network says of samples, and how good that is: the same formulas forward, in pieces of bounded size."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from byhand.compile.engines.choose import runner
from byhand.compile.engines.machine import Runner
from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.lang.expr import Expr
from byhand.run.arrays import Array
from byhand.train.model.model import Model
from byhand.train.model.sample import places

PIECE = 2048
"""Samples that are worked out together."""
_KEPT = 4
Arrays: TypeAlias = "Mapping[str, Array]"


@dataclass(slots=True)
class Forward:
    """Some formulas of a model worked out for any number of samples. ``sizes`` are those besides the number of samples.

    An engine has buffers of its own, so that threads take turns.
    """

    model: Model
    roots: tuple[Expr, ...]
    sizes: Mapping[str, int]
    dtype: str
    engine: str = "auto"
    threads: int | None = None
    program: Program = field(init=False)
    _runners: dict[int, Runner] = field(default_factory=dict[int, Runner], init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self.program = lowered(self.roots)

    def __call__(self, values: Arrays, samples: Arrays) -> list[Array]:
        """The results for some samples; ``samples`` are arrays by input name, samples first."""
        inputs = {one.name: values[one.name] if one.name in values else samples[one.name] for one in self.program.inputs}
        rows = next((len(inputs[one.name]) for one in self.program.inputs if places(one.shape, self.model.batch)), 1)
        with self._lock:
            return [np.array(one) for one in self._runner(rows)(inputs)]

    def _runner(self, rows: int) -> Runner:
        found = self._runners.pop(rows, None)
        if found is None:
            found = runner(self.program, {**self.sizes, self.model.batch: rows}, np.dtype(self.dtype), self.engine, self.threads)
        self._runners[rows] = found
        while len(self._runners) > _KEPT:
            del self._runners[next(iter(self._runners))]
        return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """``loss`` of the samples, ``score``: the share of right classes, or R²; ``None`` without a target that can be compared."""

    loss: float
    score: float | None


@dataclass(slots=True)
class Judge:
    """The loss and the score on any samples."""

    model: Model
    forward: Forward

    @classmethod
    def of(cls, model: Model, sizes: Mapping[str, int], dtype: str, engine: str, threads: int | None) -> Judge:
        return cls(model, Forward(model, (model.loss, model.prediction), sizes, dtype, engine, threads))

    def told(self, values: Arrays, pieces: Iterable[Arrays]) -> Told:
        """``pieces`` are samples by input name, the target among them."""
        total, rows = 0.0, 0
        said: list[Array] = []
        wanted: list[Array] = []
        for piece in pieces:
            loss, prediction = self.forward(values, piece)
            count = len(piece[self.model.inputs[0].name])
            total, rows = total + float(loss) * count, rows + count
            said.append(_compact(self.model, prediction))
            wanted += [_compact(self.model, piece[self.model.target.name])] if self.model.target is not None else []
        return Told(total / rows, np.concatenate(said), np.concatenate(wanted) if wanted else None)

    def __call__(self, values: Arrays, pieces: Iterable[Arrays]) -> Verdict:
        """How good the network is on samples."""
        told = self.told(values, pieces)
        return Verdict(told.loss, score_of(self.model, told))


def score_of(model: Model, told: Told) -> float | None:
    """The share of right classes, or R²."""
    if told.wanted is None:
        return None
    return float((told.prediction == told.wanted).mean()) if model.classes is not None else r_squared(told.prediction, told.wanted)


@dataclass(frozen=True, slots=True)
class Told:
    """What a network says of samples, and what is so; samples first. Classes are codes, (samples,), so that millions of samples take little."""

    loss: float
    prediction: Array
    wanted: Array | None


def confusion(model: Model, told: Told) -> Array:
    """How many samples of each class (rows) are taken for which (columns)."""
    assert told.wanted is not None
    count = model.classes or 2
    pairs = told.wanted.astype(np.int64) * count + told.prediction
    return np.bincount(pairs, minlength=count * count).reshape(count, count)


def codes_of(model: Model, told: Array) -> Array:
    """Which class each sample is of, by its target or by what is predicted for it; (samples,)."""
    if model.labels == "one_hot":
        return told.reshape(len(told), -1).argmax(axis=1)
    middle = 0.0 if model.labels == "signs" else 0.5
    return (told.reshape(len(told)) > middle).astype(np.int64)


def _compact(model: Model, told: Array) -> Array:
    """Targets or predictions as they are kept: of classes the codes."""
    return told if model.classes is None else codes_of(model, told).astype(np.int32)


def r_squared(prediction: Array, wanted: Array) -> float | None:
    """1 − Σ(t − y)²/Σ(t − mean)², averaged over several targets; ``None`` where a target is constant or the shapes differ."""
    if prediction.size != wanted.size:
        return None
    y = prediction.reshape(len(prediction), -1).astype(np.float64)
    t = wanted.reshape(len(wanted), -1).astype(np.float64)
    around = np.square(t - t.mean(axis=0)).sum(axis=0)
    if not (around > 0).all():
        return None
    return float((1 - np.square(t - y).sum(axis=0) / around).mean())
