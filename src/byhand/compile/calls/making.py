"""A plan under construction: slots are taken, calls are noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from byhand.compile.calls.plan import Call, Constant, Diagonal, Kind, Shaped, Slot, Spread, Step, Turned, View, Work
from byhand.compile.calls.steps import dims_of
from byhand.run.arrays import Array, Dims

Axis = int | tuple[int, ...] | None


@dataclass(slots=True)
class Making:
    """``line``: the line of the program that calls are made for just now; ``numbers``: constants that are there already."""

    slots: list[Slot] = field(default_factory=list[Slot])
    calls: list[Call] = field(default_factory=list[Call])
    line: int = -1
    numbers: dict[tuple[float, Dims], View] = field(default_factory=dict[tuple[float, Dims], View])

    def slot(self, slot: Slot) -> View:
        self.slots.append(slot)
        return View(len(self.slots) - 1)

    def work(self, dims: Dims, kind: Kind = "real") -> View:
        """Room for what a call makes."""
        return self.slot(Slot(dims, Work(), kind))

    def constant(self, array: Array, kind: Kind = "real", value: int | None = None) -> View:
        return self.slot(Slot(array.shape, Constant(array), kind, value))

    def number(self, value: float, dims: Dims = ()) -> View:
        """This number everywhere."""
        key = (value, dims)
        if key not in self.numbers:
            self.numbers[key] = self.constant(np.full(dims, value))
        return self.numbers[key]

    def dims(self, view: View) -> Dims:
        return dims_of(view, self.slots[view.slot].dims)

    def call(self, function: str, args: Sequence[View], out: View, axis: Axis = None) -> View:
        """Note a call; where its result goes."""
        self.calls.append(Call(function, tuple(map(self.short, args)), self.short(out), axis, self.line))
        return out

    def short(self, view: View) -> View:
        """The same view in as few steps."""
        steps: list[Step] = []
        for step in view.steps:
            if steps and isinstance(step, Shaped) and isinstance(steps[-1], Shaped):
                steps.pop()
            steps.append(step)
        if steps and steps[0] == Shaped(self.slots[view.slot].dims):
            steps.pop(0)
        return View(view.slot, tuple(steps))

    def scaled(self, view: View, factor: float, out: View) -> View:
        """factor · view into ``out``."""
        if factor == 1:
            return self.call("np.copyto", (view,), out)
        if factor == -1:
            return self.call("np.negative", (view,), out)
        return self.call("np.multiply", (view, self.number(factor)), out)

    def shaped(self, view: View, dims: Dims) -> View:
        """The same entries under these dimensions."""
        return view if self.dims(view) == dims else view.then(Shaped(dims))


@dataclass(frozen=True, slots=True)
class Operand:
    """A view with a letter for each of its axes."""

    view: View
    word: str
    dims: Dims

    @property
    def span(self) -> dict[str, int]:
        return dict(zip(self.word, self.dims))

    def turned(self, word: str) -> Operand:
        """The axes in the order of this word, which has the same letters."""
        if word == self.word:
            return self
        order = tuple(self.word.index(letter) for letter in word)
        return Operand(self.view.then(Turned(order)), word, tuple(self.dims[axis] for axis in order))


def plain(making: Making, view: View, word: str, dims: Dims) -> Operand:
    """An array in order as an operand: axes of length one are gone, and so is every letter that stood twice."""
    kept = [(letter, count) for letter, count in zip(word, dims) if count != 1]
    short, counts = "".join(letter for letter, _ in kept), tuple(count for _, count in kept)
    operand = Operand(making.shaped(view, counts), short, counts)
    once = "".join(dict.fromkeys(short))
    if once == short:
        return operand
    size_of = operand.span
    diagonal = operand.view.then(Diagonal(short, once))
    room = making.work(tuple(size_of[letter] for letter in once))
    return Operand(making.call("np.copyto", (diagonal,), room), once, making.dims(room))


def aligned(operand: Operand, word: str) -> View:
    """The operand so that NumPy's broadcasting meets an array with the axes of ``word``."""
    inside = operand.turned("".join(letter for letter in word if letter in operand.word))
    there = [letter in inside.word for letter in word]
    while there and not there[0]:
        there.pop(0)
    if all(there):
        return inside.view
    if inside.view.in_order:
        rest = iter(inside.dims)
        return inside.view.then(Shaped(tuple(next(rest) if one else 1 for one in there)))
    return inside.view.then(Spread(tuple(there)))


def collapsed(operand: Operand, groups: Sequence[str]) -> View | None:
    """The operand with an axis for each group of letters, in this order; nothing where that would take a copy."""
    where = [operand.word.find(group) for group in groups]
    if -1 in where or not operand.view.in_order:
        return None
    order = sorted(range(len(groups)), key=lambda k: where[k])
    dims = tuple(_volume(operand, groups[k]) for k in order)
    view = operand.view if dims == operand.dims else operand.view.then(Shaped(dims))
    back = tuple(order.index(k) for k in range(len(groups)))
    return view if back == tuple(range(len(groups))) else view.then(Turned(back))


def _volume(operand: Operand, group: str) -> int:
    size_of: Any = operand.span
    found = 1
    for letter in group:
        found *= size_of[letter]
    return found
