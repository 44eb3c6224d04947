"""A class in one table: a row for each person, the same columns in the same order whoever comes first."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.mark import Mark, Report
from byhand.check.report.answer import number
from byhand.check.report.strangers import harmless
from byhand.check.report.words import percent
from byhand.lang.names import Updated

FIXED = ("person", "total", "max", "percent", "first_wrong", "slips", "look_at")
OTHERS = "others"
BOM = "\ufeff"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
_LONGEST = 200
_ONE_SAMPLE = re.compile(r"_s\d+$|^d\w+_(\d+|sum)/d")
"""Names that byhand gives to what belongs to one sample, or to their sum."""


@dataclass(frozen=True)
class GradeBook:
    """The grade book of an exercise, made row by row as reports come. ``excel``: with the mark that Excel knows UTF-8 by.

    After the fixed columns each quantity has a column with its marks, then each has one with its status; what is marked and has no column of its
    own stands in the last one. ``columns``: the quantities that have one; by default those that the sheet asks for or defines, and their gradients.
    """

    exercise: Exercise
    columns: tuple[str, ...] = ()
    excel: bool = False
    _own: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_own", self.columns or usual_columns(self.exercise))

    @property
    def header(self) -> tuple[str, ...]:
        return (*FIXED, *self._own, *(f"{name}: status" for name in self._own), OTHERS)

    def row(self, report: Report) -> tuple[str, ...]:
        """One person."""
        marks = {mark.name: mark for mark in report.marks}
        share = percent(report)
        slips = dict.fromkeys(f"{mark.slip} in {mark.at or mark.name}" for mark in report.marks if mark.status == "slip" and mark.slip)
        fixed = (
            in_cell(report.person),
            _amount(number(report.total)) if report.marks else "",
            _amount(number(report.most)) if report.marks else "",
            "" if share is None else _amount(share),
            in_cell(report.first_wrong or ""),
            in_cell("; ".join(slips)),
            in_cell("; ".join(_look_at(report))),
        )
        own = [marks.pop(name, None) for name in self._own]
        others = "; ".join(f"{mark.name}: {mark.status} {_amount(number(mark.marks))}/{_amount(number(mark.max))}" for mark in marks.values())
        return (*fixed, *map(_marks, own), *("" if mark is None else mark.status for mark in own), in_cell(others))

    def head(self) -> str:
        """The first line of the file."""
        return (BOM if self.excel else "") + _line(self.header)

    def line(self, report: Report) -> str:
        """One person as a line of the file."""
        return _line(self.row(report))

    def lines(self, reports: Iterable[Report]) -> Iterator[str]:
        """The whole file, line by line."""
        yield self.head()
        yield from map(self.line, reports)


def usual_columns(exercise: Exercise) -> tuple[str, ...]:
    """What people usually hand in: all that the sheet asks for or defines, and gradients on the way, in the order of the exercise; then other questions."""
    return (*(quantity.name for quantity in exercise.quantities.values() if _is_usual(quantity)), *exercise.others)


def _is_usual(quantity: Quantity) -> bool:
    """Not what is given, nor names that a derivation made up, nor what belongs to one sample of many."""
    if quantity.asked:
        return True
    name = quantity.node.name
    other_state = not isinstance(name, Updated) and quantity.name != str(name)
    return quantity.kind != "given" and quantity.own and not other_state and not _ONE_SAMPLE.search(str(name))


def _marks(mark: Mark | None) -> str:
    return "" if mark is None else _amount(number(mark.marks))


def _amount(value: float) -> str:
    """A number with a point, whatever the language of the spreadsheet; no more digits than marks need."""
    return f"{round(value, 4):g}" if isinstance(value, float) else str(value)


def _look_at(report: Report) -> Iterator[str]:
    """Why a person should look at the hand-in."""
    yield from (f"{mark.name}: {mark.review}" for mark in report.marks if mark.review)
    yield from (f"{mark.name}: not read" for mark in report.marks if mark.status == "unread")
    yield from report.problems[:3]


def in_cell(text: str) -> str:
    """Text of strangers as a cell that no spreadsheet takes for a formula."""
    plain = harmless(text, _LONGEST)
    return f"'{plain}" if plain.startswith(_STARTS_A_FORMULA) else plain


def _line(cells: Iterable[str]) -> str:
    made = StringIO()
    csv.writer(made, lineterminator="\r\n").writerow(cells)
    return made.getvalue()
