"""Answers that are right at first sight, found all at once: most are, and nothing else need be asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.check.judge.habit import TELLING, Habit
from byhand.run.arrays import Array

EXACT = 1e-12
"""A number that is nearer to the truth than this part of it is the truth."""


@dataclass(slots=True)
class Glance:
    """``truths`` are the right numbers, one case each. ``ends``: for each set of answers their true entries one after the other, and where each begins."""

    truths: Mapping[str, Array]
    known: dict[tuple[str, ...], tuple[Array, Array]] = field(default_factory=dict[tuple[str, ...], tuple[Array, Array]])

    def right(self, answers: Mapping[str, Numbers], digits: int, habit: Habit | None) -> frozenset[str]:
        """Answers all of whose entries are the truth, or round to it with as many digits as this person and the sheet ask for.

        Everything found here would be found right one by one as well (``numbers.compare``); what is right for a subtler reason is left to that.
        """
        names = tuple(name for name, one in answers.items() if one.values.size and self._alike(name, one))
        if not names:
            return frozenset()
        truth, starts = self._flat(names)
        values, half, significant, decimals = (np.concatenate(column) for column in zip(*(_columns(answers[name]) for name in names)))
        with np.errstate(all="ignore"):
            away = np.abs(values - truth)
            rounded = (away <= half) & (significant >= digits) & ~((values % 1 == 0) & (decimals <= 1) & (half <= 0.5))
            if habit is not None and habit.significant >= TELLING:
                rounded &= (significant >= habit.significant - 1) | (decimals >= habit.decimals - 1)
            right = np.logical_and.reduceat(rounded | (away <= EXACT * np.abs(truth)), starts)
        return frozenset(name for name, one in zip(names, right.tolist()) if one)

    def _alike(self, name: str, one: Numbers) -> bool:
        return name in self.truths and one.values.shape == self.truths[name].shape[1:]

    def _flat(self, names: tuple[str, ...]) -> tuple[Array, Array]:
        if names not in self.known:
            if len(self.known) > 200:
                self.known.clear()
            parts = [np.ravel(self.truths[name]) for name in names]
            self.known[names] = np.concatenate(parts), np.cumsum([0, *(len(part) for part in parts[:-1])])
        return self.known[names]


def _columns(one: Numbers) -> tuple[Array, ...]:
    return one.values.ravel(), one.half.ravel(), one.significant.ravel(), one.decimals.ravel()
