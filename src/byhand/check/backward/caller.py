"""What a framework must offer, so that a function of it can be checked: one call forward and one back, in NumPy's arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

import numpy as np

from byhand.check.backward.truth import Precision
from byhand.run.arrays import Array

Layout: TypeAlias = Literal["plain", "strided", "turned", "spread", "jit"]
"""How arrays lie in memory: one entry after another; inputs and incoming gradient transposed (``strided``), or the incoming gradient alone (``turned``); it
is one number for all entries (``spread``). ``jit``: compiled."""
Stage: TypeAlias = Literal["forward", "backward"]
Numbers: TypeAlias = "Array | int | float"


@dataclass(frozen=True, slots=True)
class How:
    """``needs``: the inputs that ask for a gradient; the others do not take part. ``twice``: go back a second time, from the same forward call."""

    needs: frozenset[str]
    precision: Precision = "float64"
    layout: Layout = "plain"
    twice: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """The function raised an error: in which stage, in which words, and for which input, where the framework knows it. ``shape``: what was returned for it."""

    stage: Stage
    text: str
    about: str | None = None
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function did. ``gradients``: by the names of inputs, and of intermediates that were exposed; ``None`` for one that it did not make.

    ``types``: the types of the entries as the framework calls them, where they are not those asked for; the value's is under "". ``changed``: inputs, or the
    incoming gradient (""), that hold other numbers after the call, with the stage. ``again``: the gradients of the second time. ``raw``: the shapes of
    gradients before the framework summed them to fit.
    """

    value: Array | None = None
    gradients: Mapping[str, Array | None] = field(default_factory=dict[str, "Array | None"])
    trouble: Trouble | None = None
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    changed: tuple[tuple[str, Stage], ...] = ()
    again: Mapping[str, Array | None] | None = None
    raw: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])


class Caller(Protocol):
    """A function of some framework.

    ``layouts``: those in which it can be tried; ``partly``: whether inputs can be left without a gradient; ``again``: whether it may be asked twice.
    """

    @property
    def title(self) -> str: ...
    @property
    def layouts(self) -> tuple[Layout, ...]: ...
    @property
    def partly(self) -> bool: ...
    @property
    def again(self) -> bool: ...
    def __call__(self, inputs: Mapping[str, Numbers], incoming: Array, how: How) -> Answer: ...


Damage: TypeAlias = tuple[tuple[str, Stage], ...]


def damage(before: Mapping[str, Array], now: Mapping[str, Array], stage: Stage) -> Damage:
    """The arrays that hold other numbers than before."""
    return tuple((name, stage) for name, value in before.items() if not np.array_equal(value, now[name], equal_nan=value.dtype.kind == "f"))


def one_line(error: BaseException) -> str:
    """An error in one sentence: its kind and the first line of what it says."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}"[:300] if first else type(error).__name__
