"""The habits that CONTRIBUTING.md lists, held by reading the source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from support.sources import ROOT, SOURCE, files, module, package, said

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_CASE = 300, 40, 8
REFUSED = {"eval", "exec", "hasattr", "compile", "__import__"}
MACHINE = re.compile("|".join(("/" + r"(?:home|root|tmp|work|Users)/\w", "[A-Z]:" + r"\\\\?Users")))
OURS = [path for path in files(".py") if path.is_relative_to(SOURCE) or path.parts[len(ROOT.parts)] in ("benchmarks", "docs", "dev.py")]


@pytest.mark.parametrize("path", OURS, ids=said)
def test_file(path: Path) -> None:
    """Short, with a docstring, annotations read late, and imports at the top."""
    text, tree = path.read_text(encoding="utf-8"), module(path)
    if text.strip():
        assert ast.get_docstring(tree), "no docstring says what the module is"
    lines = len(text.splitlines())
    assert lines <= LONGEST_FILE or _excused(path), f"{lines} lines: cut it, or say in a decision record why not"
    for function in _functions(tree):
        assert _length(function) <= LONGEST_FUNCTION or _is_table(function), f"{function.name} has {_length(function)} lines"
    assert not [node.lineno for node in _calls(tree, REFUSED)], "eval, exec and hasattr are not used"


def test_imports_stand_at_the_top() -> None:
    """But for the command, which would otherwise start slowly."""
    found = {
        said(path) for path in OURS for function in _functions(module(path)) for node in ast.walk(function) if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert found <= {said(path) for path in package("app")}


def test_dataclasses_are_frozen_or_say_why() -> None:
    """What is not frozen gathers something; floors below the sheets have slots too."""
    for path in OURS:
        for node in ast.walk(module(path)):
            if isinstance(node, ast.ClassDef) and (settings := _dataclass(node)) is not None:
                assert settings & {"frozen", "slots"}, f"{said(path)}: {node.name} is neither frozen nor slotted"


@pytest.mark.parametrize("path", files(), ids=said)
def test_no_machine_is_mentioned(path: Path) -> None:
    found = MACHINE.search(path.read_text(encoding="utf-8"))
    assert found is None, f"{found[0]} is a place on somebody's machine" if found else ""


def _excused(path: Path) -> bool:
    """Whether a decision record names the file."""
    name = path.relative_to(SOURCE).as_posix() if path.is_relative_to(SOURCE) else said(path)
    return any(name in record.read_text(encoding="utf-8") for record in (ROOT / "docs" / "decisions").glob("*.md"))


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _length(function: ast.FunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _is_table(function: ast.FunctionDef) -> bool:
    """One case for each kind of something, each case short: such a list may be long."""
    last = function.body[-1]
    return isinstance(last, ast.Match) and all((case.body[-1].end_lineno or 0) - case.pattern.lineno <= LONGEST_CASE for case in last.cases)


def _calls(tree: ast.Module, names: set[str]) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names]


def _dataclass(node: ast.ClassDef) -> set[str] | None:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Name) and decorator.id == "dataclass":
            return set()
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "dataclass":
            return {str(keyword.arg) for keyword in decorator.keywords}
    return None
