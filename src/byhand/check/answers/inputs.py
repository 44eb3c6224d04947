"""Other inputs that a sheet asks about: what is written below x = [1, 0, 0, 0, 1] is about that x."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from byhand.check.answers.entry import Entry, Numbers
from byhand.check.exercise.quantity import Exercise, Quantity

_AT = re.compile(r"at\((\w+), \1=.+\)")


@dataclass(frozen=True, slots=True)
class Input:
    """An input with other numbers than the sheet gives first, and what each quantity is called with it."""

    quantity: Quantity
    named: Mapping[str, str]


def inputs_of(exercise: Exercise) -> Mapping[str, tuple[Input, ...]]:
    """By the name of each given quantity the other inputs that the sheet has for it: those of ``at``, and the samples of a batch."""
    found: dict[str, list[Input]] = {}
    for quantity in exercise.quantities.values():
        at = _AT.fullmatch(quantity.name)
        if at is not None and quantity.truth is not None:
            rest = quantity.name.removeprefix(f"at({at[1]}")
            named = {name: f"at({name}{rest}" for name in exercise.quantities if f"at({name}{rest}" in exercise.quantities}
            found.setdefault(at[1], []).append(Input(quantity, named))
    for called, name in exercise.aliases.items():
        base, _, sample = called.partition(" ")
        quantity = exercise.quantities[name]
        if quantity.kind == "given" and sample.startswith("(sample ") and quantity.truth is not None:
            named = {other.removesuffix(f" {sample}"): one for other, one in exercise.aliases.items() if other.endswith(f" {sample}")}
            found.setdefault(base, []).append(Input(quantity, named))
    return {name: tuple(some) for name, some in found.items()}


def about(inputs: Mapping[str, tuple[Input, ...]], exercise: Exercise, name: str, entry: Entry, before: Input | None) -> Input | None:
    """Which input an answer and those behind it are about, given what those before it were about; ``None`` for what the sheet gives."""
    if name not in inputs or not isinstance(entry.content, Numbers):
        return before
    if _is(entry.content, exercise.quantities[name]):
        return None
    return next((one for one in inputs[name] if _is(entry.content, one.quantity)), before)


def _is(numbers: Numbers, quantity: Quantity) -> bool:
    truth = np.asarray(quantity.truth, dtype=np.float64)
    return truth.size == numbers.values.size and bool(np.all(np.abs(numbers.values.ravel() - truth.ravel()) <= 1e-9))
