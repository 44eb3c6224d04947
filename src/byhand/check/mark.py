"""What is said of each answer, and of a hand-in as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["right", "follows", "slip", "wrong", "unread", "blank"]


@dataclass(frozen=True, slots=True)
class Tie:
    """Another slip that would give the same answer. ``of``: in which quantity's step it would lie."""

    id: str
    message: str
    of: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of one answer.

    ``message`` is one sentence; ``slip`` the identifier of the slip that explains it, ``at`` the quantity in whose step that slip lies
    (not always the one that was answered), ``ties`` the other slips that would give the same. ``because_of``: the earlier answers
    that this one follows from. ``cells``: for each entry whether it is right. ``accepted``: the interval of numbers that are right, for each entry.
    ``broken``: what must hold and does not. ``review``: why a person should look at it. ``remarks``: how it was read, and in which layout.
    ``certainty`` and ``counterexample`` belong to formulas, ``first_wrong_link`` to a chain of them.
    """

    name: str
    status: Status
    marks: Fraction
    max: Fraction
    read_as: str | None = None
    message: str = ""
    slip: str | None = None
    at: str | None = None
    ties: tuple[Tie, ...] = ()
    because_of: tuple[str, ...] = ()
    cells: Any = None
    expected: str | None = None
    accepted: Any = None
    broken: tuple[str, ...] = ()
    review: str = ""
    remarks: tuple[str, ...] = ()
    certainty: Literal["exact", "float"] | None = None
    counterexample: Mapping[str, object] | None = None
    first_wrong_link: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A marked hand-in: a mark for each quantity that was asked for or answered, in the order in which they depend on each other.

    ``digest`` tells which version of the sheet it was marked against, ``version`` which byhand marked it.
    """

    sheet: str
    title: str
    digest: str
    version: str
    person: str
    marks: tuple[Mark, ...]
    problems: tuple[str, ...] = field(default=())

    @property
    def first_wrong(self) -> str | None:
        """The earliest quantity that is wrong, explained or not."""
        return next((mark.name for mark in self.marks if mark.status in ("slip", "wrong")), None)

    @property
    def total(self) -> Fraction:
        """The marks of all answers."""
        return sum((mark.marks for mark in self.marks), Fraction(0))

    @property
    def most(self) -> Fraction:
        """The marks that all answers could have."""
        return sum((mark.max for mark in self.marks), Fraction(0))
