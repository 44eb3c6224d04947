"""Grades for Moodle: a table for its grade import, and its own table for grading offline filled in.

Moodle's assignment (mod/assign/feedback/offline) reads the columns Identifier, Grade, Last modified (grade) and Feedback comments of a table
that it wrote itself, and finds people by the number in Identifier; that number stands in the names of downloaded files too:
``Ada Lovelace_4711_assignsubmission_file_…``. Its grade import (docs.moodle.org, "Grade import") takes any table with a column that tells people apart.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO

from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Report
from byhand.check.report.page import summary_line
from byhand.check.report.table import in_cell
from byhand.check.report.words import percent
from byhand.lang.errors import ByhandError

IMPORT = ("Identifier", "Full name", "Email address", "Grade", "Maximum grade", "Feedback comments")
IDENTIFIER, GRADE, FEEDBACK = "Identifier", "Grade", "Feedback comments"
MOST = ("Maximum Grade", "Maximum grade")
PEOPLE = ("Full name", "Email address", "ID number", "Username")
_DOWNLOADED = re.compile(r"(?P<name>.*)_(?P<number>\d+)_assignsubmission_.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Filled:
    """Moodle's table with grades. ``missing``: marked people whom it does not have; ``without``: rows of it that nothing was handed in for."""

    text: str
    missing: tuple[str, ...]
    without: tuple[str, ...]


def grades(reports: Iterable[Report], exercise: Exercise) -> Iterator[str]:
    """Lines of a table for Moodle's grade import, as the reports come. People go by the name of their hand-in, and by mail address if that is one."""
    yield _line(IMPORT)
    for report in reports:
        number, name = person(report.person)
        mail = name if "@" in name and " " not in name else ""
        identifier = f"Participant {number}" if number else ""
        grade, most = (_grade(report.total), _grade(report.most)) if report.marks else ("", "")
        row = (identifier, "" if mail else name, mail, grade, most, summary_line(report, exercise))
        yield _line(map(in_cell, row))


def filled(offline: str, reports: Iterable[Report], exercise: Exercise) -> Filled:
    """Moodle's table for grading offline with grades and comments in it and all else as it was, grades scaled to the maximum that it states.

    Raises ``ByhandError`` for any other table.
    """
    rows = list(csv.reader(StringIO(offline.removeprefix("\ufeff"))))
    head = rows[0] if rows else []
    if IDENTIFIER not in head or GRADE not in head:
        raise ByhandError(
            f'cannot fill in the grades: the first line of Moodle\'s table has no columns "{IDENTIFIER}" and "{GRADE}"; download it again from the assignment.'
        )
    people = {key: report for report in reports for key in _keys(report.person)}
    used, without = set[str](), list[str]()
    for row in rows[1:]:
        cells = dict(zip(head, row))
        report = next((people[key] for key in _row_keys(cells) if key in people), None)
        if report is None:
            without.append(cells.get("Full name") or cells[IDENTIFIER])
            continue
        used.add(report.person)
        cells |= {GRADE: _scaled(report, cells)} | ({FEEDBACK: in_cell(summary_line(report, exercise))} if FEEDBACK in cells else {})
        row[:] = [cells.get(name, cell) for name, cell in zip(head, row)]
    missing = tuple(dict.fromkeys(report.person for report in people.values() if report.person not in used))
    return Filled("".join(map(_line, rows)), missing, tuple(without))


def person(name: str) -> tuple[str, str]:
    """The number that Moodle has for a person, where the name is that of a downloaded file, and the name itself."""
    found = _DOWNLOADED.fullmatch(name)
    return (found["number"], found["name"].strip()) if found else ("", name)


def _keys(name: str) -> Iterator[str]:
    number, plain = person(name)
    if number:
        yield f"participant {number}"
    yield plain.strip().casefold()


def _row_keys(cells: dict[str, str]) -> Iterator[str]:
    yield cells[IDENTIFIER].strip().casefold()
    yield from (cells[column].strip().casefold() for column in PEOPLE if cells.get(column))


def _scaled(report: Report, cells: dict[str, str]) -> str:
    if not report.marks:
        return ""
    stated = next((cells[column] for column in MOST if cells.get(column)), "")
    share = percent(report)
    if share is None or not re.fullmatch(r"\d+(?:\.\d+)?", stated):
        return _grade(report.total)
    return _grade(report.total / report.most * Fraction(stated))


def _grade(value: Fraction) -> str:
    """Moodle keeps five decimals and shows two."""
    return f"{float(value):.2f}"


def _line(cells: Iterable[str]) -> str:
    made = StringIO()
    csv.writer(made, lineterminator="\r\n").writerow(list(cells))
    return made.getvalue()
