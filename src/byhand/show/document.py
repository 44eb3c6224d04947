"""A worked solution as a document, before any page: prose, lines of mathematics, steps that hold inner steps.

``sheets.report`` makes documents, and ``check.report`` of marked answers; ``terminal.py``, ``markdown.py``, ``tex.py`` and ``html.py`` render them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.show.picture import Picture
from byhand.show.tree import Tree

Sign: TypeAlias = Literal["=", "≈", "<", "≤", ">", "≥", "⇔"]


@dataclass(frozen=True, slots=True)
class Line:
    """A chain of equalities as a person writes it: name = formula = numbers put in = result.

    ``rounded``: the last link is rounded, so a ≈ stands before it. ``signs`` stand between the links where they are
    not all equal: 0 < η < 2/λ.
    """

    links: tuple[Tree, ...]
    rounded: bool = False
    signs: tuple[Sign, ...] = ()

    @property
    def between(self) -> tuple[Sign, ...]:
        """The sign before each link but the first."""
        signs = self.signs or ("=",) * (len(self.links) - 1)
        return (*signs[:-1], "≈") if self.rounded and signs else signs


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a derivation: what it is called, why it holds, the line it makes, the steps inside it.

    ``through`` is the equality that the step uses, such as p = softmax(z), shown before the reason.
    """

    rule: str
    because: str
    line: Line
    inner: tuple[StepLine, ...] = ()
    through: Line | None = None


@dataclass(frozen=True, slots=True)
class Prose:
    """A piece of the sheet's own Markdown. Everything else that is text in a document is plain text."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of mathematics under a short caption: what is given, the forward pass, the updated parameters."""

    caption: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Worked:
    """One quantity that was derived: its steps, and the line that sums it up. ``anchor`` is for links to it."""

    anchor: str
    title: Tree
    line: Line
    steps: tuple[StepLine, ...]
    more: tuple[Lines, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with its verdict; ``explanation`` says which certainty was reached, or gives the counterexample."""

    left: Tree
    right: Tree
    verdict: Literal["holds", "fails", "undecided"]
    explanation: str
    counterexample: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A remark for the reader: a value exactly on a kink, a convention used."""

    text: str


Cell: TypeAlias = Tree | str
"""Mathematics, or words."""


@dataclass(frozen=True, slots=True)
class Table:
    """Things side by side; each row has as many cells as the head."""

    caption: str
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


Status: TypeAlias = Literal["right", "follows", "slip", "wrong", "unread", "blank"]
"""How an answer was judged; ``follows``: right from here, with earlier answers that are not."""


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of an answer as they were written, row by row; ``right`` says of each whether it is, where that is known."""

    rows: tuple[tuple[str, ...], ...]
    right: tuple[tuple[bool, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer and what is said of it.

    ``read``: what was written, on one line; ``entries``: the same as a matrix, where single entries are wrong. ``verdict`` is a sentence,
    ``score`` its marks, ``more`` are remarks below it.
    """

    status: Status
    name: tuple[Cell, ...]
    read: str
    verdict: str
    score: str
    entries: Entries | None = None
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """Answers with what is said of them, one below the other."""

    caption: str
    answers: tuple[Judged, ...]


Block: TypeAlias = Prose | Lines | Worked | Claim | Note | Table | Marks | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the exercise, with the letter it goes by if it has one."""

    label: str | None
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    sections: tuple[Section, ...]
