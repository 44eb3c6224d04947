"""The recipe for a rule: one file with the declared parts, one line where rules are listed, and everything else follows."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.lang.expr import Call
from byhand.lang.rule import Rule
from byhand.read.functions import FUNCTIONS
from byhand.rules import BY_NAME, RULES
from laws import expressions
from support.sources import ROOT, SOURCE, files, module, package, said

FOLDER = SOURCE / "rules"
SHARED = {"__init__", "loss_slips", "shaping"}
MODULES = sorted(path for path in FOLDER.glob("*.py") if path.stem not in SHARED)
LISTED = (FOLDER / "__init__.py").read_text(encoding="utf-8")
LONGEST = 180


def declared_in(path: Path) -> dict[str, Rule]:
    """The rules that a module makes, by the names of their constants."""
    made = vars(import_module(f"byhand.rules.{path.stem}"))
    constants = {target.id for node in module(path).body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}
    return {name: value for name, value in made.items() if isinstance(value, Rule) and name in constants}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_rule_is_one_file(path: Path) -> None:
    """Functions, private tables, and the rules: nothing else, and nothing that runs on import but these."""
    assert declared_in(path), "no rule is declared here"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
    for node in module(path).body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert docstring or isinstance(node, (ast.ImportFrom, ast.FunctionDef, ast.Assign, ast.AnnAssign)), f"line {node.lineno}"
    for constant, rule in declared_in(path).items():
        assert constant == rule.name.upper()
        assert rule.examples


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_it_is_one_line_in_the_list(path: Path) -> None:
    lines = [line for line in LISTED.splitlines() if line.startswith(f"from byhand.rules.{path.stem} import ")]
    assert len(lines) == 1
    assert set(re.findall(r"\w+", lines[0].partition(" import ")[2])) == set(declared_in(path))
    assert all(BY_NAME[rule.name] is rule for rule in declared_in(path).values()), "imported, but in no group"


def test_functions_take_what_the_rule_declares() -> None:
    """The definition, the stable form and wrong values the arguments and options; messages and slips g and the value before them."""
    for rule in RULES:
        arguments, options = [one.name for one in rule.arguments], {one.name: one.default for one in rule.options}
        for build in (rule.definition, rule.stable or rule.definition, *(slip.formula for slip in rule.value_slips)):
            inspect.signature(build).bind(*arguments, **options)
        for formula in [message.formula for message in rule.messages.values()] + [slip.formula for slip in rule.slips]:
            inspect.signature(formula).bind("g", "value", *arguments, **options)


@pytest.mark.parametrize("rule", RULES, ids=str)
@settings(max_examples=3)
@given(data=st.data())
def test_it_is_in_the_law_strategy(rule: Rule, data: st.DataObject) -> None:
    builder = expressions.Builder(data.draw, expressions.NUMBERS)
    builder.pool.append(builder.given())
    made = expressions.applied(builder, rule, builder.one_of(rule.examples))
    assert isinstance(made, Call)
    assert made.rule is rule


def test_the_law_strategy_draws_rules_from_the_list() -> None:
    assert expressions.RULES is RULES
    assert expressions._rule in expressions.OPERATIONS


def test_sheets_can_call_it() -> None:
    assert set(BY_NAME) <= set(FUNCTIONS)


def test_every_rule_has_a_page() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "rules").glob("*.md")} - {"README"}
    assert pages == set(BY_NAME)


def test_every_rule_has_a_reference() -> None:
    """Values and gradients of each are compared with an implementation that nobody here wrote."""
    text = (ROOT / "tests" / "rules" / "test_against_torch.py").read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if f'"{rule.name}":' not in text] == []


def test_no_consumer_knows_a_rule() -> None:
    """Outside the rules nobody imports one, and nobody asks for one by name."""
    rules = re.compile(r"from byhand\.rules(\.\w+)? import (.+)")
    allowed = {"RULES", "BY_NAME", "ACTIVATIONS", "SOFTMAXES", "LOSSES", "TARGETS_AND_PENALTIES", "LAYERS", "UPDATE_RULES"}
    allowed |= {"INITIALISERS", "BIAS", "SCALE", "WEIGHT", "WEIGHT_BEFORE_GAIN"}
    for path in files(".py"):
        if path.is_relative_to(SOURCE) and not path.is_relative_to(FOLDER):
            for match in rules.finditer(path.read_text(encoding="utf-8")):
                assert match[1] in (None, ".updates", ".initialisers"), f"{said(path)} imports the rule module{match[1]}"
                assert set(re.findall(r"\w+", match[2])) <= allowed, said(path)
    for name in ("derive", "show", "run", "sheets", "app"):
        for path in package(name):
            words = {node.value for node in ast.walk(module(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
            assert not words & set(BY_NAME), f"{said(path)} knows {sorted(words & set(BY_NAME))} by name"
