"""The recipe for a task: one function, one line in the table, one paragraph for people."""

from __future__ import annotations

import inspect
import re

import pytest

from byhand.app.solving import TASKS, solve_text
from byhand.read import functions
from support.sources import ROOT, files

LANGUAGE = (ROOT / "docs" / "sheets.md").read_text(encoding="utf-8")
DONE = sorted(TASKS)


def test_the_reader_and_the_solver_have_the_same_tasks() -> None:
    assert set(functions.TASKS) == set(TASKS)
    assert len(functions.TASKS) == len(set(functions.TASKS))


@pytest.mark.parametrize("name", DONE)
def test_it_is_a_function_that_says_what_it_does(name: str) -> None:
    assert list(inspect.signature(TASKS[name]).parameters) == ["space", "task"]
    assert inspect.getdoc(TASKS[name])


@pytest.mark.parametrize("name", DONE)
def test_it_is_documented_with_an_example(name: str) -> None:
    section = LANGUAGE.partition("### Tasks")[2].partition("\n## ")[0]
    assert re.search(rf"\*\*`{name}\(", section), "docs/sheets.md has a paragraph that starts with it"
    assert re.search(rf"^{name}\(", section, re.MULTILINE), "and an example"


@pytest.mark.parametrize("name", DONE)
def test_it_is_used_by_a_test(name: str) -> None:
    asked = re.compile(rf"\b{name}\(")
    tests = [path for path in files(".py", ".md") if path.parts[len(ROOT.parts)] in ("tests", "examples") and "contributing" not in path.parts]
    assert any(asked.search(path.read_text(encoding="utf-8")) for path in tests)


@pytest.mark.parametrize("name", DONE)
def test_a_wrong_call_is_answered_with_the_right_one(name: str) -> None:
    with pytest.raises(ValueError, match=r"as in|takes"):
        solve_text(f"```byhand\nx = [1, 2]\nL = sum(x)\n{name}()\n```\n")
