"""The plan of a program at certain sizes: which NumPy function is called on which arrays, and where each result goes.

An array is a slot, or a view of one. A plan says nothing yet about memory: ``memory.py`` lets slots that never live together share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Literal, TypeAlias

from byhand.lang.expr import Var
from byhand.run.arrays import Array, Dims

# ------------------------------------------------------------------------------------------------- views


@dataclass(frozen=True, slots=True)
class Shaped:
    """The same entries in the same order under other dimensions."""

    dims: Dims


@dataclass(frozen=True, slots=True)
class Turned:
    """The axes in another order."""

    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """An axis of length one in each place where ``there`` says no."""

    there: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Diagonal:
    """The entries whose indices agree where ``word`` repeats a letter, with the axes of ``kept``."""

    word: str
    kept: str


@dataclass(frozen=True, slots=True)
class Part:
    """The entries of a flat array from ``start`` on, ``stop`` excluded."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Strided:
    """Entry o is the flat entry at ``start`` + Σ stride · index; no two need be different entries."""

    start: int
    dims: Dims
    strides: tuple[int, ...]


Step: TypeAlias = Shaped | Turned | Spread | Diagonal | Part | Strided


@dataclass(frozen=True, slots=True)
class View:
    """A slot, seen through these steps one after another."""

    slot: int
    steps: tuple[Step, ...] = ()

    def then(self, *steps: Step) -> View:
        return View(self.slot, (*self.steps, *steps))

    @property
    def in_order(self) -> bool:
        """Whether all entries are there in the order in which they lie."""
        return all(isinstance(step, Shaped) for step in self.steps)


# ------------------------------------------------------------------------------------------------- slots


@dataclass(frozen=True, slots=True)
class Given:
    """An input, or several behind one another: each with the place where its entries begin."""

    variables: tuple[tuple[Var, int], ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """Numbers that are there before the first call and never change."""

    array: Array

    def __hash__(self) -> int:
        return id(self.array)


@dataclass(frozen=True, slots=True)
class Work:
    """What calls write. ``zeroed``: it is zero before the first call, and calls write only part of it, so it shares memory with nothing."""

    zeroed: bool = False


Origin: TypeAlias = Given | Constant | Work
Kind: TypeAlias = Literal["real", "truth", "place"]
"""Numbers of the engine's type, truth values, or positions (integers)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """An array. ``value`` is the value of the program that it holds, if it is one."""

    dims: Dims
    origin: Origin
    kind: Kind = "real"
    value: int | None = None

    @property
    def size(self) -> int:
        return prod(self.dims)


# ------------------------------------------------------------------------------------------------- calls


@dataclass(frozen=True, slots=True)
class Call:
    """``out = function(args)``. ``axis`` is what a reduction runs along. ``line`` is the line of the program that the call is for."""

    function: str
    args: tuple[View, ...]
    out: View
    axis: int | tuple[int, ...] | None = None
    line: int = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """``results`` are the program's results; ``updates`` pairs the view of a result with the view of the input that it replaces."""

    slots: tuple[Slot, ...]
    calls: tuple[Call, ...]
    values: Mapping[int, View]
    results: tuple[View, ...]
    updates: tuple[tuple[View, View], ...]
    inputs: Mapping[Var, View] = field(default_factory=dict[Var, View])
