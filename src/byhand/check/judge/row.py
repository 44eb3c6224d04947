"""The numbers of many answers one after the other, so that they can be looked at all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from byhand.check.answers.entry import Numbers
from byhand.run.arrays import Array

EXACT = 1e-12
"""A number that is nearer to another than this part of it is the other."""


@dataclass(frozen=True, slots=True)
class Row:
    """The entries of the answers ``names``. ``integral``: it is a whole number; ``whole``: one whose digits may be more than they look."""

    names: tuple[str, ...]
    values: Array
    half: Array
    significant: Array
    decimals: Array
    integral: Array
    whole: Array

    @classmethod
    def of(cls, answers: Mapping[str, Numbers]) -> Row:
        if not answers:
            return cls((), *[np.zeros(0)] * 6)
        columns = zip(*((one.values.ravel(), one.half.ravel(), one.significant.ravel(), one.decimals.ravel()) for one in answers.values()))
        values, half, significant, decimals = map(np.concatenate, columns)
        integral = values % 1 == 0
        return cls(tuple(answers), values, half, significant, decimals, integral, integral & (decimals <= 1) & (half <= 0.5))

    def rounded(self, to: Array, digits: int) -> Array:
        return (np.abs(self.values - to) <= self.half) & (self.significant >= digits) & ~self.whole

    def exact(self, to: Array) -> Array:
        return np.isfinite(to) & (np.abs(self.values - to) <= EXACT * np.abs(to))
