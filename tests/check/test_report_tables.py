"""What a class becomes: a grade book that no spreadsheet runs, a summary, and what course systems read."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from io import StringIO

import pytest
from reports import MARKS, evil, exercise, flawless, report

from byhand.check.report import gradescope, moodle
from byhand.check.report.summary import ClassSummary
from byhand.check.report.table import BOM, FIXED, GradeBook, in_cell, usual_columns
from byhand.show import terminal

CLASS = (report(), flawless(), evil())


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


# ------------------------------------------------------------------------------------------------- grade book


def test_a_row_for_each_person() -> None:
    rows = table("".join(GradeBook(exercise()).lines(CLASS)))
    assert [row["person"] for row in rows][:2] == ["Ada", "Bob"]
    first = rows[0]
    assert (first["total"], first["max"], first["percent"], first["first_wrong"], first["slips"]) == ("3.5", "7", "50", "a", "S03 in a")
    assert (first["a"], first["a: status"], first["b'"], first["b': status"]) == ("0.5", "slip", "0", "blank")
    assert first["dL/da"] == first["dL/da: status"] == ""
    assert "dL/db: not read" in first["look_at"]
    assert (rows[1]["percent"], rows[1]["first_wrong"], rows[1]["slips"], rows[1]["look_at"]) == ("100", "", "", "")


def test_columns_do_not_depend_on_who_comes_first() -> None:
    book = GradeBook(exercise())
    assert book.head() == next(iter(book.lines(reversed(CLASS))))
    assert book.header[: len(FIXED)] == FIXED
    assert usual_columns(exercise()) == ("h", "a", "L", "dL/da", "dL/dh", "dL/dW", "W'", "dL/db", "b'") or set(usual_columns(exercise())) >= {
        "h",
        "a",
        "L",
        "dL/dW",
        "W'",
        "b'",
    }
    assert all(len(book.row(one)) == len(book.header) for one in CLASS)


def test_what_has_no_column_is_not_lost() -> None:
    given = replace(report(), marks=(replace(MARKS[0], name="W", status="wrong", marks=Fraction(0)), *MARKS))
    (row,) = table("".join(GradeBook(exercise()).lines([given])))
    assert row["others"] == "W: wrong 0/1"
    (few,) = table("".join(GradeBook(exercise(), ("h",)).lines([report()])))
    assert few["h: status"] == "right"
    assert "a: slip 0.5/1" in few["others"]


def test_no_cell_is_a_formula() -> None:
    for cell in GradeBook(exercise()).row(evil()):
        assert cell[:1] not in "=+-@\t\r" or cell == ""
        assert "\x1b" not in cell
    for start in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "\x1b[0m=1"):
        assert in_cell(start).startswith("'"), start
    assert in_cell("Ada-Maria") == "Ada-Maria"


def test_a_cell_cannot_leave_its_row() -> None:
    one = report('Ann "the", line\r\nbreak; x')
    (row,) = table("".join(GradeBook(exercise()).lines([one])))
    assert row["person"] == 'Ann "the", line break; x'


def test_for_excel() -> None:
    assert GradeBook(exercise(), excel=True).head().startswith(BOM)
    assert not GradeBook(exercise()).head().startswith(BOM)


def test_what_has_no_marks_has_no_grade() -> None:
    """A file that cannot be read is no hand-in that is worth nothing."""
    unread = report("Cem", (), ("the JSON cannot be read.",))
    _, line = moodle.grades([unread], exercise())
    assert line == ",Cem,,,,Not marked: the JSON cannot be read.\r\n"


def test_nothing_to_be_had() -> None:
    (row,) = table("".join(GradeBook(exercise()).lines([report(marks=())])))
    assert (row["total"], row["max"], row["percent"]) == ("", "", "")


# ------------------------------------------------------------------------------------------------- a class


def test_the_summary_names_what_went_wrong_most() -> None:
    summary = ClassSummary(exercise())
    for one in (*[report()] * 3, flawless(), evil()):
        summary.add(one)
    text = terminal.render(summary.document())
    assert "One step: 5 hand-ins" in text
    assert "On average 4.2 of 7 marks. 1 of 5 with full marks." in text
    rows = [line.split() for line in text.splitlines()]
    assert ["a", "4", "–", "1", "–", "–"] in rows
    assert ["∂L/∂b", "–", "–", "1", "4", "–"] in rows
    assert ["4", "S03", "a", "the", "activation", "is", "left", "out"] in rows
    assert text.index("  a  ") < text.index("  h  ")
    assert "4 of 5 hand-ins have something that a person should look at" in text


def test_a_class_of_nobody() -> None:
    assert "Nothing was handed in." in terminal.render(ClassSummary(exercise()).document())


# ------------------------------------------------------------------------------------------------- Gradescope

TOP = {
    "score",
    "execution_time",
    "output",
    "output_format",
    "test_output_format",
    "test_name_format",
    "visibility",
    "stdout_visibility",
    "extra_data",
    "tests",
    "leaderboard",
}
TEST = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags", "visibility", "extra_data"}


@pytest.mark.parametrize("one", CLASS)
def test_gradescope_has_only_what_is_documented(one: object) -> None:
    found = gradescope.results(one, exercise())  # type: ignore[arg-type]
    assert found.keys() <= TOP
    for test in found["tests"]:
        assert test.keys() <= TEST
        assert test["status"] in ("passed", "failed")
        assert test["output_format"] == "text"
    json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


def test_gradescope_scores_add_up() -> None:
    found = gradescope.results(report(), exercise())
    assert found["score"] == sum(test["score"] for test in found["tests"]) == 3.5
    assert sum(test["max_score"] for test in found["tests"]) == 7
    assert [test["status"] for test in found["tests"]] == ["passed", "failed", "passed", "failed", "failed", "passed", "failed"]


def test_gradescope_keeps_solutions_back_unless_asked() -> None:
    assert "Expected" not in json.dumps(gradescope.results(report(), exercise()))
    assert "Expected: [1.5, 0]" in json.dumps(gradescope.results(report(), exercise(), answers=True))


# ------------------------------------------------------------------------------------------------- Moodle


def test_grades_to_import() -> None:
    rows = table("".join(moodle.grades((report("Ada Lovelace_4711_assignsubmission_file_x.json"), report("bob@example.org"), evil()), exercise())))
    assert (rows[0]["Identifier"], rows[0]["Full name"], rows[0]["Grade"], rows[0]["Maximum grade"]) == ("Participant 4711", "Ada Lovelace", "3.50", "7.00")
    assert (rows[1]["Email address"], rows[1]["Full name"]) == ("bob@example.org", "")
    assert not any(cell[:1] in ("=", "+", "-", "@") for cell in rows[2].values())
