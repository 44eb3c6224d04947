"""A marked hand-in as the ``results.json`` of a Gradescope autograder.

The format is the one that Gradescope documents (gradescope-autograders.readthedocs.io, "Autograder Specifications"): a score for each test, its
largest score, a status, and plain text.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Mark, Report
from byhand.check.report.answer import number
from byhand.check.report.names import in_words
from byhand.check.report.page import plain_text, summary_line
from byhand.check.report.strangers import harmless

Visibility: TypeAlias = Literal["visible", "hidden", "after_due_date", "after_published"]


def results(report: Report, exercise: Exercise, answers: bool = False, visibility: Visibility = "visible") -> dict[str, Any]:
    """One hand-in. ``answers``: with what was expected, which people see who may hand in again."""
    tests = [_test(report, exercise, mark, answers) for mark in report.marks if mark.max or mark.status != "blank"]
    said = [summary_line(report, exercise), *(f"Not marked: {harmless(problem)}" for problem in report.problems[:20])]
    return {
        "score": number(report.total),
        "output": "\n".join(said),
        "output_format": "text",
        "visibility": visibility,
        "tests": tests,
        "extra_data": {"sheet": report.sheet, "digest": report.digest, "byhand": report.version},
    }


def _test(report: Report, exercise: Exercise, mark: Mark, answers: bool) -> dict[str, Any]:
    return {
        "name": in_words(exercise, mark.name),
        "name_format": "text",
        "score": number(mark.marks),
        "max_score": number(mark.max),
        "status": "passed" if mark.status in ("right", "follows") else "failed",
        "output": plain_text(report, exercise, mark, answers),
        "output_format": "text",
    }
