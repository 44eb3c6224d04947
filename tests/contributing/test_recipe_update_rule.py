"""The recipe for an update rule: one file with the declared formulas, one line where rules are listed, and everything else follows."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
import update_page

from byhand.app.solving import solve_text
from byhand.lang.update_rule import UpdateRule
from byhand.rules.updates import BY_NAME, UPDATE_RULES
from byhand.sheets.answer import answer
from support.documentation import build
from support.sources import ROOT, SOURCE, files, module, said

FOLDER = SOURCE / "rules" / "updates"
MODULES = sorted(path for path in FOLDER.glob("*.py") if path.stem not in {"__init__", "shared"})
LISTED = (FOLDER / "__init__.py").read_text(encoding="utf-8")
LONGEST = 90


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_an_update_rule_is_one_file_and_one_line(path: Path) -> None:
    """Its name is the file's and the constant's; nothing runs on import but the declaration."""
    made = import_module(f"byhand.rules.updates.{path.stem}")
    rule = getattr(made, path.stem.upper())
    assert isinstance(rule, UpdateRule)
    assert rule.name == path.stem
    assert rule in UPDATE_RULES
    assert LISTED.count(f"from byhand.rules.updates.{path.stem} import {path.stem.upper()}\n") == 1
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
    for node in module(path).body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert docstring or isinstance(node, (ast.ImportFrom, ast.FunctionDef, ast.Assign)), f"line {node.lineno}"


def test_every_update_rule_has_a_file() -> None:
    assert {rule.name for rule in UPDATE_RULES} == {path.stem for path in MODULES}


@pytest.mark.parametrize("rule", UPDATE_RULES, ids=lambda rule: rule.name)
def test_it_says_what_it_is(rule: UpdateRule) -> None:
    assert rule.summary.endswith(".")
    assert re.search(r"\b(1[89]|20)\d\d\b|Optimization", rule.source), "who published it, and when"
    names = [one.name for one in rule.hyperparameters] + [other for one in rule.hyperparameters for other in one.others]
    assert len(names) == len(set(names))
    assert all(one.summary for one in (*rule.hyperparameters, *rule.states))
    assert all(BY_NAME[name] is rule for name in (rule.name, *rule.others))


@pytest.mark.parametrize("rule", UPDATE_RULES, ids=lambda rule: rule.name)
def test_sheets_can_use_it(rule: UpdateRule) -> None:
    sheet = "x = [1, 2]\nt = 0\nw = [1, 1]\ny = w @ x\nL = (y - t)**2 + 0.1 * sum(w**2)\n"
    what, target = ("y", ", target=t") if rule.error is not None else ("L", "")
    got = answer(solve_text(f"```byhand\n{sheet}step({what}, [w], rate=0.1, rule={rule.name}{target})\n```\n"))
    assert got["values"]["w'"] != [1, 1]
    assert [step["rule"] for step in got["steps"] if step["of"] == "w'"] == [rule.name]


def test_the_page_of_update_rules_is_up_to_date() -> None:
    """If this fails: python3 dev.py docs."""
    assert build.UPDATES.read_text(encoding="utf-8") == build.GENERATED.format("src/byhand/rules/updates") + update_page.update_page()


def test_the_language_page_names_every_rule() -> None:
    told = (ROOT / "docs" / "sheets.md").read_text(encoding="utf-8")
    assert [rule.name for rule in UPDATE_RULES[1:] if f"`{rule.name}`" not in told] == []


def test_no_consumer_knows_an_update_rule() -> None:
    """Outside the folder nobody imports one, and nobody asks for one by name."""
    for path in files(".py"):
        if not path.is_relative_to(SOURCE) or path.is_relative_to(FOLDER):
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"from byhand\.rules\.updates\.\w+ import", text), said(path)
        for match in re.finditer(r"from byhand\.rules\.updates import (.+)", text):
            assert set(re.findall(r"\w+", match[1])) <= {"BY_NAME", "UPDATE_RULES"}, said(path)
        if "sheets" in path.parts and "steps" in path.parts:
            words = {node.value for node in ast.walk(module(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
            assert not words & set(BY_NAME), f"{said(path)} knows {sorted(words & set(BY_NAME))} by name"
