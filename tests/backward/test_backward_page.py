"""The page for engineers: its programs run, and print what it says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from support.documentation import build
from support.sources import ROOT

PAGE = ROOT / "docs" / "engineers.md"


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_the_programs_of_the_page(library: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip(library)
    first, _, second = PAGE.read_text(encoding="utf-8").partition("## JAX")
    found = list(build.fences(second if library == "jax" else first))
    program = "\n".join(body for info, body in found if info == "python")
    (tmp_path / "page.py").write_text(program, encoding="utf-8")
    runpy.run_path(str(tmp_path / "page.py"))
    said = "".join(body for info, body in found if info == "text")
    assert build.agrees(said, capsys.readouterr().out)
