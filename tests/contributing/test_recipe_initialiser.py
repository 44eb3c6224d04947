"""The recipe for an initialiser: one file with the declared spread, one line where they are listed, and everything else follows."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import initialiser_page
import numpy as np
import pytest

from byhand.lang.expr import Var, var
from byhand.lang.initialiser import FAN_IN, FAN_OUT, GAIN, Initialiser
from byhand.lang.walk import postorder
from byhand.rules.initialisers import BY_NAME, INITIALISERS
from byhand.train.model import initial_values, model_of, network_text
from support.documentation import build
from support.sources import SOURCE, files, module, said

FOLDER = SOURCE / "rules" / "initialisers"
MODULES = sorted(path for path in FOLDER.glob("*.py") if path.stem != "__init__")
LISTED = (FOLDER / "__init__.py").read_text(encoding="utf-8")
LONGEST = 40


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_an_initialiser_is_one_file_and_one_line(path: Path) -> None:
    """Its name is the file's and the constant's; nothing runs on import but the declaration."""
    one = getattr(import_module(f"byhand.rules.initialisers.{path.stem}"), path.stem.upper())
    assert isinstance(one, Initialiser)
    assert one.name == path.stem
    assert one in INITIALISERS
    assert LISTED.count(f"from byhand.rules.initialisers.{path.stem} import {path.stem.upper()}\n") == 1
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
    for node in module(path).body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert docstring or isinstance(node, (ast.ImportFrom, ast.FunctionDef, ast.Assign)), f"line {node.lineno}"


def test_every_initialiser_has_a_file() -> None:
    assert {one.name for one in INITIALISERS} == {path.stem for path in MODULES}


@pytest.mark.parametrize("one", INITIALISERS, ids=lambda one: one.name)
def test_it_says_what_it_is(one: Initialiser) -> None:
    assert one.summary.endswith(".")
    assert one.because
    assert not one.because.endswith(".")
    assert re.search(r"\b(19|20)\d\d\b", one.source), "who published it, and when"
    assert all(BY_NAME[name] is one for name in (one.name, *one.others))
    spread = one.spread({name: var(name) for name in (FAN_IN, FAN_OUT, GAIN)})
    assert not spread.shape
    assert {node.name for node in postorder(spread) if isinstance(node, Var)} <= {FAN_IN, FAN_OUT, GAIN}


@pytest.mark.parametrize("one", INITIALISERS, ids=lambda one: one.name)
def test_networks_can_begin_with_it(one: Initialiser) -> None:
    values = initial_values(model_of(network_text([6, 5, 4])), {}, 1, initialiser=one.name)
    assert values["W1"].shape == (6, 5)
    assert np.all(np.isfinite(values["W1"]))
    assert (values["W1"].std() == 0) == (one.distribution == "constant")
    np.testing.assert_array_equal(values["b1"], np.zeros(5))


def test_the_page_of_initialisers_is_up_to_date() -> None:
    """If this fails: python3 dev.py docs."""
    assert build.INITIALISERS.read_text(encoding="utf-8") == build.GENERATED.format("src/byhand/rules/initialisers") + initialiser_page.initialiser_page()


def test_no_consumer_knows_an_initialiser() -> None:
    """Outside the folder nobody imports one, and nobody asks for one by name."""
    for path in files(".py"):
        if not path.is_relative_to(SOURCE) or path.is_relative_to(FOLDER):
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"from byhand\.rules\.initialisers\.\w+ import", text), said(path)
        for match in re.finditer(r"from byhand\.rules\.initialisers import (.+)", text):
            known = {"BY_NAME", "INITIALISERS", "BIAS", "SCALE", "WEIGHT", "WEIGHT_BEFORE_GAIN"}
            assert set(re.findall(r"\w+", match[1])) <= known, said(path)
