"""The command: forms, files, parts, digits, and what it says and returns when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from byhand.app import cli
from byhand.app.render import FORMATS, TextForm

SHEET = """# Least squares

(a) The values.

```byhand
x = [1, 2]
w = [0.5, 1/3]
L = (x @ w - 3)**2
L
```

(b) The gradient.

```byhand
dL/dw
```
"""
BAD = SHEET.replace("dL/dw", "dL/dv")
ROOT = os.name == "posix" and os.geteuid() == 0


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


class Command:
    """The command in this process, as ``byhand ARGS``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *args: str | Path) -> Run:
        self.monkeypatch.setattr(sys, "argv", ["byhand", *map(str, args)])
        with pytest.raises(SystemExit) as leaving:
            cli.main()
        shown = self.capsys.readouterr()
        return Run(int(leaving.value.code or 0), shown.out, shown.err)

    def complaint(self, *args: str | Path) -> str:
        """The one line of a command that could not be done."""
        run = self(*args)
        assert run.code == 2, run
        assert run.out == ""
        assert run.err.startswith("byhand: ")
        assert run.err.count("\n") == 1
        return run.err.removeprefix("byhand: ").rstrip("\n")


@pytest.fixture
def byhand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


@pytest.fixture
def sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("sheet.md")
    path.write_text(SHEET)
    return path


def process(*args: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    return subprocess.run([sys.executable, "-m", "byhand", *args], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


# ------------------------------------------------------------------------------------------------ what it shows


@pytest.mark.parametrize("form", get_args(TextForm))
def test_every_form_of_text(byhand: Command, sheet: Path, form: str) -> None:
    run = byhand("solve", sheet, "--to", form)
    assert (run.code, run.err) == (0, "")
    assert "Least squares" in run.out
    assert run.out.endswith("\n")
    assert not run.out.endswith("\n\n")
    begins = {"text": "Least squares\n", "md": "# ", "tex": "\\documentclass", "html": "<!DOCTYPE html>", "ipynb": "{", "json": "{"}[form]
    assert run.out.startswith(begins)


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_as_a_file(byhand: Command, sheet: Path, form: str) -> None:
    assert byhand("solve", sheet, "--to", form, "-o", "solution") == Run(0, "", "")
    assert Path("solution").stat().st_size > 200


def test_json_is_the_contract(byhand: Command, sheet: Path) -> None:
    found = json.loads(byhand("solve", sheet, "--to", "json").out)
    assert list(found) == ["sheet", "title", "values", "exact", "formulas", "steps", "claims", "answers", "problems"]
    assert found["sheet"] == "sheet.md"
    assert found["exact"]["L"] == "121/36"
    assert found["values"]["dL/dw"] == pytest.approx([-11 / 3, -22 / 3])


def test_parts(byhand: Command, sheet: Path) -> None:
    first, second = (byhand("solve", sheet, "--part", part).out for part in ("a", "(B)"))
    assert "The values" in first
    assert "The gradient" not in first
    assert "The gradient" in second
    assert byhand.complaint("solve", sheet, "--part", "z") == "sheet.md has no part z; it has a, b."


def test_digits(byhand: Command, sheet: Path) -> None:
    assert "3.36111" in byhand("solve", sheet).out
    assert "3.4" in byhand("solve", sheet, "--digits", "2").out
    assert byhand.complaint("solve", sheet, "--digits", "0").startswith("Invalid value for '--digits'")
    assert byhand.complaint("solve", sheet, "--digits", "18").startswith("Invalid value for '--digits'")
    assert byhand.complaint("solve", sheet, "--digits", "many").startswith("Invalid value for '--digits'")


def test_help(byhand: Command) -> None:
    for args in ((), ("--help",), ("solve", "-h"), ("derive", "--help")):
        run = byhand(*args)
        assert run.code == 0
        assert run.out.startswith("Usage: byhand")
    assert byhand("--version").out.startswith("byhand")


def test_no_color_where_nobody_looks(sheet: Path) -> None:
    run = process("solve", "sheet.md")
    assert run.returncode == 0
    assert "\x1b" not in run.stdout
    assert "∂L/∂w" in run.stdout


# ------------------------------------------------------------------------------------------------------ files


def test_output(byhand: Command, sheet: Path) -> None:
    assert byhand("solve", sheet, "--to", "html", "-o", "out.html") == Run(0, "", "")
    assert Path("out.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(os.listdir()) == ["out.html", "sheet.md"]


def test_output_is_whole_or_as_it_was(byhand: Command, sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out.txt").write_text("before")
    sheet.write_text(BAD)
    byhand.complaint("solve", sheet, "-o", "out.txt")
    sheet.write_text(SHEET)

    def full(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert byhand.complaint("solve", sheet, "-o", "out.txt") == "cannot write out.txt: no space left on device."
    assert Path("out.txt").read_text() == "before"
    assert sorted(os.listdir()) == ["out.txt", "sheet.md"]


def test_output_where_none_can_be(byhand: Command, sheet: Path) -> None:
    assert byhand.complaint("solve", sheet, "-o", "nowhere/out.txt") == "cannot write nowhere/out.txt: no such file or directory."
    assert "is a directory" in byhand.complaint("solve", sheet, "-o", ".")
    assert byhand.complaint("solve", sheet, "-o", sheet) == "cannot write the solution to sheet.md: that is the sheet itself."
    assert sheet.read_text() == SHEET


@pytest.mark.skipif(ROOT, reason="root writes everywhere")
def test_output_into_a_locked_folder(byhand: Command, sheet: Path) -> None:
    Path("locked").mkdir(mode=0o500)
    assert byhand.complaint("solve", sheet, "-o", "locked/out.txt") == "cannot write locked/out.txt: permission denied."


def test_output_through_a_link(byhand: Command, sheet: Path) -> None:
    Path("real.txt").write_text("before")
    Path("link.txt").symlink_to("real.txt")
    assert byhand("solve", sheet, "-o", "link.txt").code == 0
    assert Path("link.txt").is_symlink()
    assert Path("real.txt").read_text().startswith("Least squares")


@pytest.mark.skipif(not os.path.exists(os.devnull) or os.name != "posix", reason="needs a device")
def test_output_to_a_device(byhand: Command, sheet: Path) -> None:
    assert byhand("solve", sheet, "-o", os.devnull) == Run(0, "", "")
    assert not Path(os.devnull).is_file()


def test_files_that_are_no_sheets(byhand: Command, sheet: Path) -> None:
    assert byhand.complaint("solve", "missing.md") == "cannot read missing.md: no such file or directory."
    assert byhand.complaint("solve", ".") == "cannot read .: it is a folder; give a Markdown file."
    assert byhand.complaint("solve", "a" * 300).endswith("file name too long.")
    for data, said in [
        (b"", "sheet.md is empty: a sheet needs at least one block marked ```byhand with formulas and a question."),
        (b"ok\n\xff\xfe\x00", "cannot read sheet.md: line 2 is not UTF-8 text (byte 0xff). Save the file as UTF-8."),
        (bytes(range(128)), "line 1, column 1: the invisible control character U+0000 stands here; delete it, or save the file as plain text."),
        (b"x" * 10_000_000, "cannot read sheet.md: it is larger than 1,000,000 bytes, more than any sheet a person writes."),
    ]:
        sheet.write_bytes(data)
        assert byhand.complaint("solve", sheet) == said


@pytest.mark.skipif(ROOT, reason="root reads everything")
def test_unreadable_file(byhand: Command, sheet: Path) -> None:
    sheet.chmod(0)
    assert byhand.complaint("solve", sheet) == "cannot read sheet.md: permission denied."


def test_names_that_terminals_obey(byhand: Command) -> None:
    assert byhand.complaint("solve", "\x1b[31m.md") == "cannot read �[31m.md: no such file or directory."


# ------------------------------------------------------------------------------------------------ what it returns


def test_a_bad_sheet(sheet: Path) -> None:
    sheet.write_text(BAD)
    run = process("solve", "sheet.md", "--to", "json")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "byhand: line 15, column 1: v is not defined on this sheet.\n"


def test_unknown_commands_and_options(byhand: Command, sheet: Path) -> None:
    assert byhand.complaint("slove", sheet).startswith("No such command 'slove'.")
    assert byhand.complaint("solve", sheet, "--too", "json").startswith("No such option")
    assert byhand.complaint("solve", sheet, "--to", "docx").startswith("Invalid value for '--to'")
    assert byhand.complaint("solve") == "Missing argument 'SHEET'."
    assert byhand.complaint("derive", "x") == "Missing option '--wrt'."


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("sum(x", "--wrt", "x"), "line 1, column 4: the bracket '(' opened here is never closed."),
        (("sum(x)", "--wrt", "y", "--shapes", "x:(n,)"), "--wrt names y, which does not occur in the formula."),
        (("sum(x)", "--wrt", " , "), "--wrt names nothing; give the names to differentiate with respect to, such as W1,b1."),
        (("x**2", "--wrt", "x,x"), "--wrt names x twice."),
        (("x = x**2", "--wrt", "x"), "the formula is called x, and x occurs in it; give it another name."),
        (("x", "--wrt", "x", "--shapes", "x:(n,)"), "cannot differentiate L: a gradient needs a scalar, and its shape is (n,). Sum or average it first."),
        (("sum(x)", "--wrt", "x", "--shapes", "x:(n,), x:(m,)"), "x is declared twice in the shapes."),
        (("sum(x)", "--wrt", "x", "--shapes", "x = 3"), "line 1, column 1: a declaration such as X : (m, n) is expected."),
        (("x / 0", "--wrt", "x"), "line 1, column 3: cannot divide x by zero."),
        (("nan * x", "--wrt", "x"), "line 1, column 1: nan is not a number that byhand computes with: every entry must be finite."),
        (("9^9^9^9 * x", "--wrt", "x"), "line 1, column 4: an exponent of 387420489 is refused: exponents go from -1000 to 1000."),
        (("", "--wrt", "x"), "line 1, column 1: a name, a number or a bracket is expected, but the end stands here."),
    ],
)
def test_bad_formulas(byhand: Command, args: tuple[str, ...], said: str) -> None:
    assert byhand.complaint("derive", *args) == said


def test_derive(byhand: Command) -> None:
    run = byhand("derive", "0.5*sum((X@w - t)**2)", "--wrt", "w", "--shapes", "X:(m,n), w:(n,), t:(m,)", "--to", "json")
    assert run.code == 0
    assert json.loads(run.out)["formulas"]["dL/dw"]["shape"] == ["n"]


def test_a_reader_that_goes_away(sheet: Path) -> None:
    """As in ``byhand solve sheet.md | head -1``."""
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run([sys.executable, "-m", "byhand", "solve", "sheet.md"], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert (run.returncode, run.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_a_full_disk(sheet: Path) -> None:
    with open("/dev/full", "w") as full:
        run = subprocess.run([sys.executable, "-m", "byhand", "solve", "sheet.md"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (2, "byhand: cannot write the solution: no space left on device.\n")


def test_a_mistake_of_ours_is_no_bad_input(byhand: Command, sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> str:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("byhand.app.render.render", broken)
    run = byhand("solve", sheet)
    assert run.code == 70
    assert run.err.startswith("byhand: an error in byhand itself (ZeroDivisionError: oops).")


@pytest.mark.skipif(os.name != "posix", reason="needs an alarm clock")
def test_what_takes_too_long_is_given_up(byhand: Command, sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*args: object, **options: object) -> str:
        while True:
            pass

    monkeypatch.setattr("byhand.app.render.render", endless)
    monkeypatch.setattr(cli, "LONGEST", 1)
    assert byhand.complaint("solve", sheet) == "this takes longer than 1 seconds; ask for less at a time, or take smaller arrays and fewer layers."
