"""One person's values while a hand-in is marked: what was written, what follows from it where nothing was written, and who is to blame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.engine import Engine
from byhand.check.exercise.quantity import Exercise
from byhand.check.judge.habit import Habit
from byhand.check.judge.reach import Reach, Reaches
from byhand.lang.expr import Expr
from byhand.run.arrays import Array

SAME = 1e-9
"""A value that is nearer to the truth than this, relative to the largest entry, is the truth."""


@dataclass(slots=True)
class Person:
    """``numbers``: the answers in numbers, by quantity; ``written`` their values, one case each.
    ``halves``: how far those that are right may be off by rounding; ``usual``: how many digits they have.

    ``off``: quantities whose own value is not the true one, each with the answers to blame. ``unrounded``: what they come to before they
    are rounded, where known. ``early``: in which ways numbers can be rounded before a quantity is worked out, in words, and what it is then.
    """

    engine: Engine
    truths: Mapping[str, Array]
    reaches: Reaches
    numbers: Mapping[str, Numbers]
    written: dict[str, Array]
    early: Callable[[str], Sequence[tuple[str, Array]]]
    halves: dict[str, Array] = field(default_factory=dict[str, Array])
    off: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    usual: Habit | None = None
    unrounded: dict[str, Array] = field(default_factory=dict[str, Array])
    _own: dict[str, Array | None] = field(default_factory=dict[str, "Array | None"])

    @property
    def exercise(self) -> Exercise:
        return self.engine.exercise

    def reach(self, name: str) -> Reach:
        return self.reaches.of(name)

    def deviating(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those whose value is not the true one."""
        return tuple(name for name in names if name in self.off)

    def assume(self, values: Mapping[str, Array], blame: tuple[str, ...]) -> None:
        """Blank quantities have these values from now on, since a slip in them explains an answer."""
        for name, value in values.items():
            self.written[name] = value
            self.off[name] = blame
            self.reaches = self.reaches.stopped_at(name)
        self._own.clear()

    def own(self, name: str) -> Array | None:
        """The value of a quantity as it follows from what the person wrote; ``None`` where that cannot be worked out."""
        if name in self.written:
            return self.written[name]
        if name not in self._own:
            reach = self.reach(name)
            self._own[name] = self.truths.get(name)
            if reach.steps and self.deviating(reach.frontier):
                found = self.values(reach.steps[:1], reach.frontier, [frozenset(reach.frontier)])
                self._own[name] = None if found is None else found[0]
        return self._own[name]

    def env(self, frontier: Sequence[str], subsets: Sequence[frozenset[str]], own: Iterable[str] = ()) -> dict[str, Array] | None:
        """Numbers for all quantities, in each case the person's own ones for one subset of the frontier; ``own``: more names with own values."""
        env = dict(self.truths)
        for name in self.deviating(frontier):
            chosen = [self.written[name] if name in subset else env[name] for subset in subsets]
            if len({one.shape for one in chosen}) > 1:
                return None
            env[name] = chosen[0] if len(chosen) == 1 else np.concatenate(chosen)
        for name in own:
            value = self.own(name)
            if value is not None:
                env[name] = value
        return env

    def values(self, steps: Sequence[Expr], frontier: Sequence[str], subsets: Sequence[frozenset[str]], own: Iterable[str] = ()) -> list[Array] | None:
        """Formulas over the frontier, for several cases."""
        env = self.env(frontier, subsets, own)
        return None if env is None else self.engine.values(steps, env)


def is_same(value: Array, truth: Array) -> bool:
    """Whether two values are the same but for the noise of floats."""
    return value.shape == truth.shape and bool(np.all(np.abs(value - truth) <= SAME * max(float(np.abs(truth).max(initial=0.0)), 1e-30)))
