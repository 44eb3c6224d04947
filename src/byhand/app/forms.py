"""The report on one person in the form that was asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, TypeAlias

from byhand.app.render import page
from byhand.check.answers.entry import HandIn
from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Report
from byhand.check.report.answer import to_json
from byhand.check.report.gradescope import results
from byhand.check.report.moodle import grades
from byhand.check.report.page import document, summary_line
from byhand.check.report.table import GradeBook
from byhand.lang.errors import ByhandError

PAGES = ("text", "md", "tex", "html", "pdf")
TABLES = ("csv", "moodle")
FORMS = (*PAGES, "json", "gradescope", *TABLES)
ENDINGS = {"text": "txt", "gradescope": "json"}
"""What a file is called where that is not the name of its form."""
TextForm: TypeAlias = Literal["text", "md", "tex", "html", "json", "gradescope", "csv", "moodle"]
BinaryForm: TypeAlias = Literal["pdf"]


def made_of(
    report: Report, exercise: Exercise, hand_in: HandIn | None, form: str, answers: bool = True, path: str = "", *, width: int = 80, color: bool = False
) -> str | bytes:
    """The report as a page, as JSON, or as a table of one person.

    ``answers``: with what was expected; ``path``: the file that was handed in. ``ByhandError`` for a form that there is not.
    """
    match form:
        case "json":
            return json.dumps(to_json(report, hand_in, Path(path).name, answers=answers), ensure_ascii=False, indent=1, allow_nan=False)
        case "gradescope":
            return json.dumps(results(report, exercise, answers), ensure_ascii=False, indent=1, allow_nan=False)
        case "line":
            return summary_line(report, exercise)
        case "csv":
            return "".join(GradeBook(exercise).lines([report]))
        case "moodle":
            return "".join(grades([report], exercise))
        case _ if form in PAGES:
            return page(document(report, exercise, answers), form, width, color)
        case _:
            raise ByhandError(f"there is no form {form}; there are {', '.join(FORMS)}.")


def ending(form: str) -> str:
    return ENDINGS.get(form, form)
