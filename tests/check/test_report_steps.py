"""The step that is shown at a mistake is the step: on every example sheet it comes to the true value."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from byhand.app.solving import solve_text
from byhand.check.exercise.build import exercise_of
from byhand.check.mark import Mark, Report
from byhand.check.report.names import in_words
from byhand.check.report.page import document
from byhand.check.report.step import step_at
from byhand.sheets.lines import Writer
from byhand.show import terminal
from byhand.show.unicode import text
from support.sources import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.md"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_steps_come_to_the_true_value(path: Path) -> None:
    sheet = path.read_text(encoding="utf-8")
    exercise = exercise_of(solve_text(sheet, path.stem), sheet)
    for quantity in exercise.quantities.values():
        mark = Mark(quantity.name, "wrong", Fraction(0), Fraction(1), "[1, 2")
        report = Report(path.stem, exercise.title, exercise.digest, "1", "", (mark,))
        line = step_at(exercise, report, mark)
        assert in_words(exercise, quantity.name)
        assert "First mistake" in terminal.render(document(report, exercise))
        if line is not None and quantity.truth is not None:
            assert text(line.links[-1]) == text(Writer(exercise.conventions, quantity.state).array(quantity.truth)), quantity.name
