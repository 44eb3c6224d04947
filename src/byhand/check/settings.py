"""What a sheet says of how it is marked, in its front matter under ``check:``; everything has a default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """How answers are marked.

    ``digits``: significant digits, or decimals, that a rounded number must at least have; with fewer it is compared as if it had so many.
    ``tolerance``: an absolute difference that is accepted besides. ``slip_marks``: what part of a quantity's marks an explained mistake leaves.
    ``marks``: the marks of single quantities, 1 where nothing is said. ``same_slip``: whether one slip in several places is charged once or each time.
    ``count``: whether answers count that the sheet does not ask for.
    """

    digits: int = 2
    tolerance: Fraction = Fraction(0)
    slip_marks: Fraction = Fraction(1, 2)
    marks: Mapping[str, Fraction] = field(default_factory=dict[str, Fraction])
    same_slip: Literal["once", "each"] = "once"
    count: Literal["answered", "asked"] = "answered"
