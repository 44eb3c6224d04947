"""``byhand check`` and ``byhand recheck``: forms, exit statuses, standard input, and what is said of what cannot be marked."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import byhand
from byhand.app import cli
from byhand.lang.errors import ByhandError

SHEET = """# Least squares

```byhand
x = [1, 2]
w = [0.5, 0.25]
y = x @ w - 3
L = y**2
y, L, dL/dw
step(L, [w], rate=0.1)
```
"""
RIGHT = {"y": -2, "L": 4, "dL/dw": [-4, -8], "w'": [0.9, 1.05]}


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


class Command:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capfd = monkeypatch, capfd

    def __call__(self, *args: object, stdin: str = "") -> Run:
        self.monkeypatch.setattr(sys, "argv", ["byhand", *map(str, args)])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as leaving:
            cli.main()
        shown = self.capfd.readouterr()
        return Run(int(leaving.value.code or 0), shown.out, shown.err)

    def complaint(self, *args: object) -> str:
        run = self(*args)
        assert (run.code, run.out) == (2, ""), run
        assert run.err.startswith("byhand: ")
        assert run.err.count("\n") == 1
        return run.err.removeprefix("byhand: ").rstrip("\n")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    Path("sheet.md").write_text(SHEET)
    Path("right.json").write_text(json.dumps({"answers": RIGHT}))
    Path("wrong.json").write_text(json.dumps({"name": "Ada", "answers": RIGHT | {"dL/dw": [4, 8]}}))
    return Command(monkeypatch, capfd)


# ------------------------------------------------------------------------------------------------- one hand-in


def test_a_page_for_one_hand_in(command: Command) -> None:
    run = command("check", "sheet.md", "wrong.json")
    assert (run.code, run.err) == (0, "")
    assert "Ada" in run.out
    assert "First mistake" in run.out


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("text", "Least squares"),
        ("md", "# "),
        ("tex", "\\documentclass"),
        ("html", "<!DOCTYPE html>"),
        ("json", "{"),
        ("gradescope", "{"),
        ("csv", "person,"),
        ("moodle", "Identifier,"),
    ],
)
def test_every_form(command: Command, form: str, begins: str) -> None:
    run = command("check", "sheet.md", "wrong.json", "--to", form)
    assert (run.code, run.err) == (0, "")
    assert run.out.lstrip("\ufeff").startswith(begins)
    assert command("check", "sheet.md", "wrong.json", "--to", form, "-o", "made") == Run(0, "", "")
    assert Path("made").read_bytes().decode().replace("\r\n", "\n") == run.out.replace("\r\n", "\n")


def test_json_says_what_the_contract_says(command: Command) -> None:
    found = json.loads(command("check", "sheet.md", "wrong.json", "--to", "json").out)
    assert found["answers"]["y"]["status"] == "right"
    assert found["answers"]["dL/dw"]["status"] == "slip"
    assert found["first_wrong"] == "dL/dw"
    assert found["max"] == 4
    assert found["digest"]
    assert found["version"] == byhand.__version__


def test_standard_input(command: Command) -> None:
    run = command("check", "sheet.md", "-", "--to", "json", stdin="y = -2\nL = 4\n")
    assert {name: one["status"] for name, one in json.loads(run.out)["answers"].items()} == {"y": "right", "L": "right", "dL/dw": "blank", "w'": "blank"}


def test_without_the_solution(command: Command) -> None:
    shown, hidden = (command("check", "sheet.md", "wrong.json", option).out for option in ("--show-answers", "--hide-answers"))
    assert "-4" in shown
    assert "-4" not in hidden


@pytest.mark.parametrize(("file", "code"), [("right.json", 0), ("wrong.json", 1)])
def test_a_strict_run_ends_with_1_if_anything_is_wrong(command: Command, file: str, code: int) -> None:
    assert command("check", "sheet.md", file).code == 0
    assert command("check", "sheet.md", file, "--strict").code == code


# -------------------------------------------------------------------------------------------- what cannot be done


def test_bad_input_is_one_sentence(command: Command) -> None:
    Path("empty.json").touch()
    Path("broken.json").write_text('{"answers": {"y": ')
    Path("binary.json").write_bytes(bytes(range(256)))
    Path("folder").mkdir()
    assert "gone.md" in command.complaint("check", "gone.md", "right.json")
    assert "gone.json: no such file" in command.complaint("check", "sheet.md", "gone.json")
    assert "empty.json" in command.complaint("check", "sheet.md", "empty.json")
    assert "broken.json" in command.complaint("check", "sheet.md", "broken.json")
    assert "binary" in command.complaint("check", "sheet.md", "binary.json")
    assert "no hand-ins in folder" in command.complaint("check", "sheet.md", "folder")
    assert "-o" in command.complaint("check", "sheet.md", "right.json", "wrong.json", "--to", "html")
    assert "not both" in command.complaint("check", "sheet.md", "right.json", "wrong.json", "--to", "csv", "--out", "a.csv", "-o", "b.csv")
    assert "standard input" in command.complaint("check", "sheet.md", "-", "right.json")
    assert "hand-in itself" in command.complaint("check", "sheet.md", "right.json", "wrong.json", "--out", "wrong.json")
    assert Path("wrong.json").read_text().startswith("{")


@pytest.mark.skipif(os.name != "posix", reason="needs pipes and devices")
def test_no_file_to_read_from_beginning_to_end(command: Command) -> None:
    os.mkfifo("pipe.json")
    Path("zero.json").symlink_to("/dev/zero")
    Path("loop.json").symlink_to("loop.json")
    assert "pipe.json: it is a pipe and no file" in command.complaint("check", "sheet.md", "pipe.json")
    assert "zero.json: it is a device and no file" in command.complaint("check", "sheet.md", "zero.json")
    assert "loop.json: too many levels of symbolic links" in command.complaint("check", "sheet.md", "loop.json")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk(command: Command) -> None:
    assert command.complaint("check", "sheet.md", "right.json", "-o", "/dev/full") == "cannot write /dev/full: no space left on device."


def test_nothing_that_was_handed_in_is_run(command: Command) -> None:
    answers = {"y": "__import__('pathlib').Path('pwned').touch()", "L": "9^9^9^9", "dL/dw": "(lambda: 1).__class__"}
    Path("bad.json").write_text(json.dumps({"answers": answers | {"w'": [0.9, 1.05]}}))
    found = json.loads(command("check", "sheet.md", "bad.json", "--to", "json").out)["answers"]
    assert [found[name]["status"] for name in answers] == ["unread"] * 3
    assert found["w'"]["status"] == "right"
    assert not Path("pwned").exists()


# ------------------------------------------------------------------------------------------------ marked again


def test_marked_again_after_the_sheet_changed(command: Command) -> None:
    command("check", "sheet.md", "right.json", "--to", "json", "-o", "marks.json")
    same = command("recheck", "marks.json", "--diff", "sheet.md")
    assert (same.code, same.err) == (0, "")
    assert "Nothing is judged differently" in same.out
    Path("sheet.md").write_text(SHEET.replace("rate=0.1", "rate=0.2"))
    changed = command("recheck", "marks.json", "--diff", "sheet.md")
    assert "The sheet has changed" in changed.out
    assert "w'" in changed.out


def test_nothing_to_mark_again(command: Command) -> None:
    Path("other.json").write_text("[1]")
    assert "no result of byhand check" in command.complaint("recheck", "other.json", "--diff", "sheet.md")
    assert "no JSON" in command.complaint("recheck", "sheet.md", "--diff", "sheet.md")
    assert "no such file" in command.complaint("recheck", "gone.json", "--diff", "sheet.md")


# --------------------------------------------------------------------------------------------------- in Python


def test_in_python() -> None:
    found = byhand.check(SHEET, {"y": np.float64(-2), "L": Fraction(4), "dL/dw": np.array([-4.0, 8.0]), "w'": (0.9, 1.05)})
    assert [found[name].status for name in ("y", "L", "w'")] == ["right"] * 3
    assert found.first_wrong == "dL/dw"
    assert found.max == 4
    assert found.json["answers"]["y"]["status"] == "right"
    assert str(found) == found.to("text")
    assert found.to("html").startswith("<!DOCTYPE html>")


def test_expressions_as_answers() -> None:
    x, w = byhand.var("x", 2), byhand.var("w", 2)
    found = byhand.sheet(SHEET).check({"dL/dw": 2 * (x @ w - 3) * x})
    assert found["dL/dw"].status == "right"


def test_files_and_texts_in_python(tmp_path: Path) -> None:
    (tmp_path / "sheet.md").write_text(SHEET)
    (tmp_path / "a.md").write_text("y = -2\n")
    assert byhand.check(tmp_path / "sheet.md", tmp_path / "a.md")["y"].status == "right"
    assert byhand.check(str(tmp_path / "sheet.md"), "y = -2\nL = 5\n").first_wrong == "L"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"y": {}}, "a dict"),
        ({"y": print}, "give a number"),
        ("gone.json", "no such file"),
        ('{"answers": ', "cannot read the answers"),
        ('[{"name": "a", "answers": {}}, {"name": "b", "answers": {}}]', "several hand-ins"),
    ],
)
def test_no_answers_in_python(answers: object, said: str) -> None:
    with pytest.raises(ByhandError, match=said):
        byhand.check(SHEET, answers)  # type: ignore[arg-type]


def test_importing_byhand_does_not_import_marking() -> None:
    code = "import sys, byhand; byhand.derive; assert not [name for name in sys.modules if name.startswith('byhand.check')]"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
