"""The recipe for a renderer: one function from documents to text or bytes, one line where formats are listed."""

from __future__ import annotations

import ast
import typing

import pytest
from click.testing import CliRunner

from byhand.app import cli, render
from byhand.app.solving import solve
from byhand.sheets.source import read_file
from byhand.show import document
from support.sources import ROOT, SOURCE, module

EXAMPLES = sorted((ROOT / "examples").glob("*.md"))
BLOCKS = typing.get_args(document.Block)
SHEET = EXAMPLES[-1]


def test_formats_are_listed_once_and_for_all() -> None:
    """The command lists them too, so that it starts without NumPy."""
    assert cli.FORMATS == render.FORMATS
    assert set(render._PAGES) | {"ipynb", "json"} == set(render.FORMATS)
    assert {*typing.get_args(render.TextForm), *typing.get_args(render.BinaryForm)} == set(render.FORMATS)


@pytest.mark.parametrize("form", render.FORMATS)
@pytest.mark.parametrize("sheet", EXAMPLES, ids=lambda path: path.stem)
def test_every_format_renders_every_example(form: str, sheet: str) -> None:
    page = render.render(solve(read_file(sheet)), form)
    assert len(page) > 200
    assert isinstance(page, bytes) is (form in typing.get_args(render.BinaryForm))
    assert isinstance(page, bytes) or page.endswith("\n") or form == "json"


@pytest.mark.parametrize("form", render.FORMATS)
def test_the_command_knows_it(form: str) -> None:
    ran = CliRunner().invoke(cli.byhand, ["solve", str(SHEET), "--to", form])
    assert ran.exit_code == 0, ran.output
    assert ran.output.strip()


@pytest.mark.parametrize("form", render.FORMATS)
def test_the_readme_names_it(form: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"--to {form}`" in readme or form == "text"


@pytest.mark.parametrize("name", sorted(render._PAGES.values()))
def test_every_kind_of_block_is_drawn(name: str) -> None:
    """Each renderer has a case for each kind, and says so to the type checker."""
    source = module(SOURCE / "show" / f"{name}.py")
    cases = {
        case.pattern.cls.id
        for node in ast.walk(source)
        if isinstance(node, ast.Match)
        for case in node.cases
        if isinstance(case.pattern, ast.MatchClass) and isinstance(case.pattern.cls, ast.Name)
    }
    assert {kind.__name__ for kind in BLOCKS} <= cases


def test_renderers_know_documents_alone() -> None:
    """No page is made from an expression or from a solution: what is shown has one source."""
    for name in render._PAGES.values():
        for node in ast.walk(module(SOURCE / "show" / f"{name}.py")):
            assert not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("byhand.lang", "byhand.derive", "byhand.sheets"))), name
