"""A PDF from the command and from Python: bytes to a file or a pipe, never to a terminal, and nothing of it where it is not asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("typst")

import byhand
from byhand.app import cli, files
from byhand.lang.errors import ByhandError
from support.sources import ROOT

SHEET = ROOT / "examples" / "e2-label-smoothing-step.md"


def test_a_file_holds_the_whole_of_it(tmp_path: Path) -> None:
    target = tmp_path / "out.pdf"
    ran = CliRunner().invoke(cli.byhand, ["solve", str(SHEET), "--to", "pdf", "-o", str(target)])
    assert ran.exit_code == 0
    assert ran.output == ""
    assert target.read_bytes().startswith(b"%PDF-")
    assert target.read_bytes().rstrip().endswith(b"%%EOF")
    assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]


def test_a_pipe_gets_the_bytes() -> None:
    ran = subprocess.run([sys.executable, "-m", "byhand", "solve", str(SHEET), "--to", "pdf"], capture_output=True, check=True)
    assert ran.stdout.startswith(b"%PDF-")
    assert ran.stdout.rstrip().endswith(b"%%EOF")


def test_a_terminal_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(ByhandError, match="-o FILE"):
        files.deliver(b"%PDF-", None)


def test_one_formula_and_one_part() -> None:
    ran = CliRunner().invoke(cli.byhand, ["derive", "sum((X @ w - t)**2)", "--wrt", "w", "--shapes", "X:(m,n), w:(n,), t:(m,)", "--to", "pdf"])
    assert ran.exit_code == 0
    assert ran.stdout_bytes.startswith(b"%PDF-")
    solved = byhand.sheet(SHEET).solve()
    assert 0 < len(solved.to("pdf", part="b")) < len(solved.to("pdf"))


def test_without_the_package_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    monkeypatch.delitem(sys.modules, "byhand.show.typst_page", raising=False)
    with pytest.raises(ByhandError) as found:
        byhand.sheet(SHEET).solve().to("pdf")
    assert str(found.value) == 'a PDF is made with the package typst, which is not installed: pip install "byhand[pdf]"'


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ByhandError, match=r"there is no form docx; there are text, md, tex, html, pdf, ipynb, json\."):
        byhand.sheet(SHEET).solve().to("docx")  # pyright: ignore


def test_nothing_of_it_is_imported_for_other_forms() -> None:
    code = f"import byhand, sys; byhand.sheet({str(SHEET)!r}).solve().to('text'); print({{'typst', 'nbformat', 'byhand.sheets.notebook'}} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
