"""The recipe for a slip: a formula beside what it is a slip of, a number, half a sentence, and a wrong number worked out by somebody else."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module

import pytest

from byhand.check.slips.general import GENERAL_SLIPS, UNNUMBERED
from byhand.lang.leaves import LEAVES
from byhand.rules import BY_NAME, RULES
from byhand.rules.updates import BY_NAME as UPDATES_BY_NAME
from byhand.rules.updates import UPDATE_RULES
from support.sources import ROOT, SOURCE, module, package, said

CATALOGUED = {f"S{number:02}" for number in range(1, 52)}
OF_RULES = [slip for rule in RULES for slip in (*rule.slips, *rule.value_slips)]
OF_LEAVES = [slip for leaf in LEAVES for slip in leaf.slips]
OF_LINES = [slip for rule in UPDATE_RULES for line in rule.lines for slip in line.slips]
DECLARED = [*OF_RULES, *OF_LEAVES, *OF_LINES]
FOLDER = SOURCE / "check" / "slips" / "general"
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if "\nSLIPS = (" in path.read_text(encoding="utf-8"))
LARGEST_RANK = 9


def test_numbers_are_of_the_catalogue_or_say_what_they_are_of() -> None:
    assert {slip.id for slip in DECLARED if not re.fullmatch(r"R\d\d", slip.id)} <= CATALOGUED
    own = {slip.id for slip in GENERAL_SLIPS} - CATALOGUED
    assert sorted(own) == [f"{UNNUMBERED}{number:02}" for number in range(1, len(own) + 1)], "without a gap"


@pytest.mark.parametrize("words", sorted({slip.message for slip in DECLARED} | {slip.what for slip in GENERAL_SLIPS}))
def test_words_end_a_sentence(words: str) -> None:
    assert words == words.strip()
    assert not words.endswith(".")
    assert not re.match(r"[A-Z][a-z]", words), "they stand in the middle of a sentence"
    assert not re.match(r"(this|it|here|you)\b", words)


@pytest.mark.parametrize("name", MODULES)
def test_a_general_slip_is_a_line_of_its_module(name: str) -> None:
    made = import_module(f"byhand.check.slips.general.{name}")
    assert set(made.SLIPS) <= set(GENERAL_SLIPS), "a new module has a line in table.py"
    for slip in made.SLIPS:
        assert list(inspect.signature(slip.make).parameters) == ["site"]
        assert 0 <= slip.rank <= LARGEST_RANK


def test_all_general_slips_are_lines_of_modules() -> None:
    assert sum(len(import_module(f"byhand.check.slips.general.{name}").SLIPS) for name in MODULES) == len(GENERAL_SLIPS)


def test_each_leads_to_a_number_worked_out_by_hand() -> None:
    """Those of rules are many, and much alike: that they are wrong is proved by ``test_claims.py``, and numbers of some are enough."""
    general, declared = (_cases(f"test_slips_{name}.py") for name in ("general", "rules"))
    assert {slip.id for slip in GENERAL_SLIPS} <= general
    assert {slip.id for slip in (*OF_LEAVES, *OF_LINES)} <= declared


def _cases(name: str) -> set[str]:
    text = (ROOT / "tests" / "check" / name).read_text(encoding="utf-8")
    return {found for line in re.findall(r"^    \((.+), lambda", text, re.MULTILINE) for found in re.findall(r'"([SRG]\d\d)"', line)}


def test_slips_know_nothing_by_name() -> None:
    """Roles are read off formulas: no module asks for a rule, an update rule or a quantity by what it is called."""
    for path in package("check/slips"):
        words = {node.value for node in ast.walk(module(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        assert not words & (set(BY_NAME) | set(UPDATES_BY_NAME)), said(path)


def test_the_rooms_of_check_are_on_the_map() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## The rooms of `check/`")[2].partition("\n## ")[0]
    rooms = {path.name for path in (SOURCE / "check").iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert set(re.findall(r"^\| `(\w+)/` \|", told, re.MULTILINE)) == rooms
    beside = {path.name for path in (SOURCE / "check").glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"`(\w+\.py)`", told)) == beside
