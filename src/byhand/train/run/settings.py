"""How a network is trained: every choice that is not a formula of the sheet, checked where it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from fractions import Fraction
from math import isfinite
from typing import Any, cast

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.update_rule import UpdateRule
from byhand.rules.updates import BY_NAME, UPDATE_RULES
from byhand.train.schedules import Planned, planned

LARGEST = 2**53
USUAL_BATCH, USUAL_STEPS = 32, 2000
DESCENDING = tuple(rule for rule in UPDATE_RULES if rule.error is None)
"""The rules that go down a loss."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of a run. Raises ``ByhandError``, one sentence, for what cannot be.

    ``epochs`` passes over the samples (as many as make 2000 steps, from 10 to 300) in batches of ``batch`` (32, or all samples if they are
    fewer); ``rule`` with its hyperparameters
    ``options`` and the learning rate ``rate`` (the rule's usual one if ``None``), which ``schedule`` changes in the course, after ``warmup``
    epochs; ``weight_decay`` is the rule's hyperparameter of that name, ``clip_norm`` the longest gradient of all parameters together.
    ``validation`` is the share of the samples that is held back; after ``patience`` epochs in which the loss there (the training loss
    without any) has not fallen by more than ``min_delta``, training stops and the best parameters are taken back.
    ``class_weight`` is ``"balanced"`` (n / (classes · samples of the class)) or a number for each class by its name.
    ``scaling`` is ``"standard"``, ``"minmax"`` or ``"none"``, ``dtype`` the type that is computed with, ``initialiser`` a rule by name,
    ``engine`` what runs the step. The ``seed`` decides the split, the first parameters and the order of samples.
    """

    epochs: int | None = None
    batch: int | None = None
    rule: str = "adam"
    rate: float | None = None
    options: Mapping[str, float] = field(default_factory=dict[str, float])
    schedule: str = "constant"
    warmup: float = 0.0
    weight_decay: float | None = None
    clip_norm: float | None = None
    validation: float = 0.2
    patience: int | None = None
    min_delta: float = 0.0
    class_weight: str | Mapping[Any, float] | None = None
    scaling: str = "standard"
    dtype: str = "float64"
    initialiser: str | None = None
    seed: int = 0
    engine: str = "auto"
    threads: int | None = None

    def __post_init__(self) -> None:
        for name in ("rule", "schedule", "initialiser"):
            _text(name, getattr(self, name))
        _whole("seed", self.seed, 0)
        for name, least in (("epochs", 0), ("batch", 1), ("patience", 1), ("threads", 1)):
            if getattr(self, name) is not None:
                _whole(name, getattr(self, name), least)
        for name in ("rate", "clip_norm"):
            _positive(name, getattr(self, name))
        for name in ("warmup", "min_delta", "weight_decay"):
            _not_negative(name, getattr(self, name))
        if not (_real(self.validation) and 0 <= self.validation < 1):
            raise ByhandError(f"validation={self.validation} is no share of the samples that can be held back: it is a number from 0 up to, not including, 1.")
        _one_of("dtype", self.dtype, ("float64", "float32"))
        _one_of("scaling", self.scaling, ("standard", "minmax", "none"))
        _one_of("engine", self.engine, ("auto", "c", "numpy", "jax"))
        _check_class_weight(self.class_weight)
        _check_options(self.options)
        self.hyperparameters()
        planned(self.schedule)

    def changed(self, **choices: Any) -> Settings:
        """The same settings with some changed; ``ByhandError`` for one there is not."""
        return replace(self, **known(choices))

    def settled(self, rows: int) -> Settings:
        """The same with numbers in the place of what was left open, for so many samples."""
        batch = self.batch_of(rows)
        steps = -(-rows // batch)
        epochs = min(300, max(10, -(-USUAL_STEPS // steps))) if self.epochs is None else self.epochs
        return replace(self, batch=batch, epochs=epochs, rate=self.learning_rate)

    def batch_of(self, rows: int) -> int:
        """The size of a batch; ``ByhandError`` where there are not so many samples."""
        if self.batch is not None and self.batch > rows:
            raise ByhandError(f"a batch of {self.batch} is larger than the {rows} samples to train on: choose a batch of at most {rows}.")
        return min(USUAL_BATCH, rows) if self.batch is None else self.batch

    @property
    def update_rule(self) -> UpdateRule:
        """The rule that steps follow; ``ByhandError`` for one that there is not, or that goes down no loss."""
        found = BY_NAME.get(self.rule.strip().lower().replace("-", "_").replace(" ", "_"))
        if found is None or found not in DESCENDING:
            names = ", ".join(rule.name for rule in DESCENDING)
            why = "it has no loss to go down" if found is not None else "there is none of that name"
            raise ByhandError(f"cannot train with rule={self.rule[:40]}: {why}; the rules are {names}.")
        return found

    @property
    def learning_rate(self) -> float:
        """The rate that was asked for, or the one the rule usually begins with."""
        rule = self.update_rule
        return float(rule.rate or rule.usual_rate) if self.rate is None else float(self.rate)

    @property
    def plan(self) -> Planned:
        """The schedule with its numbers."""
        return planned(self.schedule, self.warmup)

    def hyperparameters(self) -> dict[str, Fraction]:
        """Those that were chosen, by the rule's own names, as the decimals they print as."""
        rule = self.update_rule
        chosen = dict(self.options)
        if self.weight_decay is not None:
            chosen["weight_decay"] = self.weight_decay
        found: dict[str, Fraction] = {}
        for name, value in chosen.items():
            known_one = rule.option(name)
            if known_one is None:
                takes = f"it takes {rule.takes()}" if rule.hyperparameters else "it takes none"
                raise ByhandError(f"the rule {rule.name} has no hyperparameter {name[:40]}: {takes}.")
            if not _real(value):
                raise ByhandError(f"{name}={value!r} is no number: it is {known_one.summary}.")
            if value < 0 or (known_one.below is not None and value >= known_one.below):
                bounds = "of at least 0" if known_one.below is None else f"from 0 up to, not including, {known_one.below}"
                raise ByhandError(f"{name}={value!r} cannot be: it is {known_one.summary}, a number {bounds}.")
            found[known_one.name] = Fraction(repr(float(value)))
        return found


def known(choices: Mapping[str, Any]) -> dict[str, Any]:
    """The choices, each of which is a setting; ``ByhandError`` for one that is not."""
    names = [one.name for one in fields(Settings)]
    for name in choices:
        if name not in names:
            close = get_close_matches(name, names, n=1, cutoff=0.5)
            meant = f"Did you mean {close[0]}?" if close else f"There are {', '.join(names)}."
            raise ByhandError(f"training has no setting {name[:40]!r}. {meant}")
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in choices.items()}


def _real(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _whole(name: str, value: object, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < LARGEST:
        bounds = "below 2**53" if isinstance(value, int) and value >= LARGEST else f"of at least {least}"
        raise ByhandError(f"{name}={value!r} cannot be: it is a whole number {bounds}.")


def _positive(name: str, value: object) -> None:
    if value is not None and not (_real(value) and isinstance(value, (int, float)) and value > 0):
        raise ByhandError(f"{name}={value!r} cannot be: it is a number above 0.")


def _not_negative(name: str, value: object) -> None:
    if value is not None and not (_real(value) and isinstance(value, (int, float)) and value >= 0):
        raise ByhandError(f"{name}={value!r} cannot be: it is a number of at least 0.")


def _text(name: str, value: object) -> None:
    if not isinstance(value, str) and not (value is None and name == "initialiser"):
        raise ByhandError(f"{name}={value!r} cannot be: it is given by its name.")


def _one_of(name: str, value: str, those: tuple[str, ...]) -> None:
    if value not in those:
        raise ByhandError(f"{name}={value!r} is not known: it is one of {', '.join(those)}.")


def _check_options(options: object) -> None:
    if not isinstance(options, Mapping):
        raise ByhandError(f'options={options!r} cannot be: they are numbers by name, such as {{"beta": 0.8}}.')


def _check_class_weight(weights: object) -> None:
    if weights is None or weights == "balanced":
        return
    if isinstance(weights, str):
        raise ByhandError(f'class_weight={weights!r} is not known: it is "balanced", or a number for each class by its name.')
    if not isinstance(weights, Mapping):
        raise ByhandError(f'class_weight={weights!r} cannot be: it is "balanced", or a number for each class by its name, such as {{"cat": 2}}.')
    for label, weight in cast("Mapping[Any, Any]", weights).items():
        if not (_real(weight) and weight >= 0):
            raise ByhandError(f"the class weight of {label} is {weight!r}: it has to be a number of at least 0.")
