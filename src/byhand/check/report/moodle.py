"""Grades for Moodle: a table for its grade import (docs.moodle.org, "Grade import"), which takes any table with a column that tells people apart.

The number that Moodle has for a person stands in the names of downloaded files: ``Ada Lovelace_4711_assignsubmission_file_…``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from io import StringIO

from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Report
from byhand.check.report.page import summary_line
from byhand.check.report.table import in_cell

IMPORT = ("Identifier", "Full name", "Email address", "Grade", "Maximum grade", "Feedback comments")
_DOWNLOADED = re.compile(r"(?P<name>.*)_(?P<number>\d+)_assignsubmission_.*", re.DOTALL)


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


def person(name: str) -> tuple[str, str]:
    """The number that Moodle has for a person, where the name is that of a downloaded file, and the name itself."""
    found = _DOWNLOADED.fullmatch(name)
    return (found["number"], found["name"].strip()) if found else ("", name)


def _grade(value: Fraction) -> str:
    """Moodle keeps five decimals and shows two."""
    return f"{float(value):.2f}"


def _line(cells: Iterable[str]) -> str:
    made = StringIO()
    csv.writer(made, lineterminator="\r\n").writerow(list(cells))
    return made.getvalue()
