"""What a class as a whole got wrong: which quantities, and which slips how often. Counted as reports come; nothing else is kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Mark, Report
from byhand.check.report.names import in_notation, in_words
from byhand.check.report.strangers import harmless
from byhand.check.report.words import MATCHES, amount
from byhand.show.document import Block, Document, Note, Prose, Section, Table

MOST_SLIPS = 12
_TENTHS = 10


@dataclass(slots=True)
class ClassSummary:
    """``statuses``: for each quantity how often it was judged how; ``slips``: how often each was met, with what was said of it."""

    exercise: Exercise
    people: int = 0
    total: Fraction = Fraction(0)
    most: Fraction = Fraction(0)
    flawless: int = 0
    to_look_at: int = 0
    statuses: dict[str, Counter[str]] = field(default_factory=dict[str, "Counter[str]"])
    slips: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    said: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    shares: Counter[int] = field(default_factory=Counter[int])

    def add(self, report: Report) -> None:
        """One more person."""
        self.people += 1
        self.total += report.total
        self.most += report.most
        self.flawless += report.first_wrong is None and report.total == report.most
        self.to_look_at += any(mark.review or mark.status == "unread" for mark in report.marks)
        if report.most:
            self.shares[min(int(_TENTHS * report.total / report.most), _TENTHS - 1)] += 1
        for mark in report.marks:
            self._count(mark)

    def _count(self, mark: Mark) -> None:
        if mark.name in self.exercise.quantities or mark.name in self.exercise.others:
            self.statuses.setdefault(mark.name, Counter())[mark.status] += 1
        if mark.status == "slip" and mark.slip is not None:
            key = mark.slip, mark.at or mark.name
            self.slips[key] += 1
            self.said.setdefault(key, mark.message.removeprefix(MATCHES))

    # ------------------------------------------------------------------------------------------------- page

    def document(self) -> Document:
        """The tables of a summary."""
        title = f"{self.exercise.title or self.exercise.name}: {self.people} {'hand-ins' if self.people != 1 else 'hand-in'}"
        blocks: list[Block] = [Prose(self._opening())]
        if self.statuses:
            blocks.append(self._quantities())
        if self.slips:
            blocks.append(self._slips())
        if self.to_look_at:
            blocks.append(Note(f"{self.to_look_at} of {self.people} hand-ins have something that a person should look at"))
        return Document(title, (Section(None, tuple(blocks)),))

    def _opening(self) -> str:
        if not self.people:
            return "Nothing was handed in."
        mean = f"On average {amount(self.total / self.people)} of {amount(self.most / self.people)} marks. "
        return f"{mean}{self.flawless} of {self.people} with full marks."

    def _quantities(self) -> Table:
        """The ones with most mistakes first; a mistake is charged where it was made, not where it is carried along."""
        place = self.exercise.place
        order = sorted(self.statuses, key=lambda name: (-_wrong(self.statuses[name]), place.get(name, len(place))))
        rows = [(in_words(self.exercise, name), *(_count(self.statuses[name], column) for column in _COLUMNS)) for name in order]
        return Table("Where mistakes were made", ("Quantity", *_COLUMNS), tuple(rows))

    def _slips(self) -> Table:
        """The most frequent first."""
        order = sorted(self.slips, key=lambda key: (-self.slips[key], key))
        rows = [(str(self.slips[key]), *self._slip(*key)) for key in order[:MOST_SLIPS]]
        left_out = len(order) - len(rows)
        caption = f"Slips, the {MOST_SLIPS} most frequent of {len(order)}" if left_out else "Slips"
        return Table(caption, ("times", "slip", "in", "matches what you get if"), tuple(rows))

    def _slip(self, slip: str, place: str) -> tuple[str, str, str]:
        """Its number, where it is made, and the mistake in words."""
        return slip, in_words(self.exercise, place), in_notation(self.exercise, harmless(self.said[slip, place]))


_COLUMNS = {"wrong": ("slip", "wrong"), "follows": ("follows",), "right": ("right",), "unread": ("unread",), "blank": ("blank",)}


def _wrong(counts: Counter[str]) -> int:
    return counts["slip"] + counts["wrong"]


def _count(counts: Counter[str], column: str) -> str:
    found = sum(counts[status] for status in _COLUMNS[column])
    return str(found) if found else "–"
