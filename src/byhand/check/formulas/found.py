"""What is found out about a formula that was handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from byhand.check.mark import Status, Tie
from byhand.lang.expr import Expr
from byhand.run.claim import Certainty

Verdict: TypeAlias = Literal["right", "follows", "wrong", "undecided", "unread"]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The verdict on a formula, with how sure it is and why.

    ``message`` is one sentence. ``slip`` explains a wrong formula, ``at`` is the quantity in whose step it lies, ``ties`` are other slips that
    give the same. ``because_of``: the person's own earlier formulas that this one follows from. ``counterexample``: the smallest data found at
    which the formula differs from the right one, as in the JSON answer. ``cells``: for each entry whether the formula is right there.
    ``first_wrong_link``: which link of a chain of equalities is the first wrong one, from 0. ``read_as``: NumPy's spelling of what was
    understood. ``expr``: the formula over variables with the names of quantities, for what follows from it. ``remarks``: in which sense it was
    read. ``review``: why a person should look at it.
    """

    verdict: Verdict
    certainty: Certainty | None = None
    message: str = ""
    slip: str | None = None
    at: str | None = None
    ties: tuple[Tie, ...] = ()
    because_of: tuple[str, ...] = ()
    counterexample: Mapping[str, object] | None = None
    cells: Any = None
    first_wrong_link: int | None = None
    read_as: str | None = None
    expr: Expr | None = None
    remarks: tuple[str, ...] = ()
    review: str = ""

    @property
    def unread(self) -> bool:
        """Whether nothing is said of the formula because it could not be read."""
        return self.verdict == "unread"

    @property
    def status(self) -> Status:
        """The status of the mark: an explained mistake is a slip; what is not decided costs nothing and waits for a person, as what is not read."""
        match self.verdict:
            case "wrong":
                return "slip" if self.slip is not None else "wrong"
            case "undecided":
                return "unread"
            case "right" | "follows" | "unread":
                return self.verdict
