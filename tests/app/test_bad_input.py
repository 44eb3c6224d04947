"""Bad input: one clear sentence each, with its place, on exit code 2, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from byhand.app import cli
from byhand.app.cli import BAD_INPUT, byhand
from byhand.lang.errors import ByhandError
from byhand.sheets.solve import solve_text

REFUSED = [
    (
        "x = [1, 2]\nW = [[1, 2, 3], [4, 5, 6]]\ny = W @ x\ny",
        "line 4, column 7: cannot form the matrix product W @ x: their shapes are (2, 3) and (2,), so the last axis of the left has 3 entries and the axis it meets on the right 2. A transpose (.T) on one of them usually mends it.",
    ),
    ("x = 2\ny = x + weigth\ny", "line 3, column 9: the name weigth is not known here."),
    ("weight = 2\ny = weigth**2\ny", "line 3, column 5: the name weigth is not known here. Did you mean weight?"),
    ("x = [1, 2]\np = softmax(x, x, x)\np", "line 3, column 5: softmax takes 1 argument and the option axis; it was given 3."),
    ("x = 2\nx = 3\nx", "line 3, column 1: x is defined twice: it has its meaning from line 2 already. Use another name."),
    ("y = x + 1\nx = 2\ny", "line 2, column 5: x is used before it is defined: its meaning stands on line 3. Put that line first."),
    ("a = b + 1\nb = a + 1\na", "line 2, column 5: a and b (line 3) are defined by each other; one of them needs a formula without the other."),
    ("x = 2", "sheet asks for nothing: add a line such as dL/dW, or the names you want to see."),
    ("x : (2,)\ny = sum(x)\nat(y, z=[1, 2])", "line 4, column 1: z is not defined on this sheet."),
    ("x : (2,)\nw : (2,)\ny = w @ x\nat(y, x=[1, 2])", "line 5, column 1: cannot give a number for y: no numbers are given for w."),
    ("x = nan\nx", "line 2, column 5: nan is not a number that byhand computes with: every entry must be finite."),
    ("x = 1e400\nx", "line 2, column 5: the number 1e400 is out of range: decimal exponents go from -308 to 308."),
    ("x = 9^9^9^9\nx", "line 2, column 8: an exponent of 387420489 is refused: exponents go from -1000 to 1000."),
    ("x = " + "(" * 10000 + "\nx", "line 2, column 105: brackets are nested more than 100 deep."),
    ("X = [[1, 2], [3]]\nX", "line 2, column 14: this list is ragged: its first entry has 2 entries, and entry 2 has 1 entry."),
    ("x = [1, 0]\ny = 1 / x\ny", "line 3, column 1: cannot divide in y: entry [1] of x is 0; a divisor must not be zero."),
    ("p = [0.5, -0.5]\nL = sum(log(p))\nL", "line 3, column 1: cannot take the logarithm in L: entry [1] of p is -0.5; log needs positive numbers."),
    (
        "x = 2\nf = x**2\nrates(f, x)",
        "line 4, column 1: rates(…) is not there yet: byhand reads it but cannot do it so far. Take the line out to solve the rest of the sheet.",
    ),
    (
        "x = 2\nf = x**2\ndraw(f)",
        "line 4, column 1: draw(…) is not there yet: byhand reads it but cannot do it so far. Take the line out to solve the rest of the sheet.",
    ),
    ("x = 2\nf = x**2\nstep(f, [x], rate=0.1, rule=adam)", "line 4, column 1: step with rule=adam is not there yet: so far step does plain gradient descent."),
    (
        "x = [1, 2]\ny = x**2\nstep(y, [x], rate=1)",
        "line 4, column 1: cannot take a step on y: a step goes down a scalar defined by a formula, and y is of shape (2,).",
    ),
    ("x = 2\nf = x**2\nstep(f, [x])", "line 4, column 1: step needs a learning rate, as in step(L, [W, b], rate=0.1)."),
    (
        "x = 2\ny = 3\nf = x*y\ndx/dy",
        "line 5, column 1: dx/dy asks for the derivative of x, which is given and not computed from y. Ask for that of something defined by a formula.",
    ),
    ("x = 2\nf = x**2\nx'", "line 4, column 1: x' is x after 1 step, but no step so far changed it; put step(…, [x], rate=…) before."),
    ("W = [[1, 2], [3, 4]]\ny = W[[0, 5]]\ny", "line 3, column 6: cannot pick row 5 of W: it has 2 rows, numbered from 0 to 1."),
]


@pytest.mark.parametrize(("block", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_wrong_with_a_sheet(block: str, message: str) -> None:
    with pytest.raises(ByhandError) as caught:
        solve_text(f"```byhand\n{block}\n```\n")
    assert str(caught.value) == message


FILES: list[tuple[str, bytes, str]] = [
    ("empty", b"  \n", "is empty"),
    ("no block", b"# Title\n\nWords.\n", "has no block marked ```byhand"),
    ("no questions", b"```byhand\nx = 2\n```\n", "asks for nothing"),
    ("open fence", b"Words.\n\n```byhand\nx = 2\nx\n", "line 3, column 1: the block marked byhand that starts here is never closed"),
    ("not UTF-8", b"```byhand\nx = \xff\n```\n", "line 2 is not UTF-8 text (byte 0xff)"),
    ("binary", bytes(range(256)) * 4, "not UTF-8"),
    ("zero bytes", b"```byhand\nx = 2\0\n```\n", "line 2, column 6: the invisible control character U+0000 stands here"),
    ("10 MB", b"a" * 10_000_000, "larger than 1,000,000 bytes"),
]


@pytest.mark.parametrize(("name", "content", "message"), FILES, ids=[name for name, _, _ in FILES])
def test_files_that_are_no_sheets(
    tmp_path: Path, name: str, content: bytes, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.md"
    sheet.write_bytes(content)
    assert run(["solve", str(sheet)], monkeypatch) == BAD_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert printed.err.count("\n") == 1


def run(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """The command as a terminal would run it; its exit code."""
    monkeypatch.setattr("sys.argv", ["byhand", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["solve", "nowhere.md"], "cannot read nowhere.md: no such file or directory."),
        (["solve", "."], "cannot read .: it is a folder; give a Markdown file."),
        (["solve", "first.md", "--part", "z"], "first.md has no part z; it has a, b."),
        (["solve", "first.md", "--digits", "99"], "99 is not in the range 1<=x<=17."),
        (["solve", "first.md", "--to", "docx"], "is not one of"),
        (["solve", "first.md", "-o", "no/such/folder/x.html"], "cannot write no/such/folder/x.html"),
        (["derive", "sum(x", "--wrt", "x"], "never closed"),
        (["derive", "x**2", "--wrt", "y"], "--wrt names y, which does not occur in the formula."),
        (["derive", "W @ x", "--wrt", "x", "--shapes", "W:(2,3), x:(3,)"], "a gradient needs a scalar, and its shape is (2,)"),
        (["frobnicate"], "No such command"),
    ],
)
def test_commands_that_cannot_be_done(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("first.md").write_text("(a) One.\n\n```byhand\nx = 2\nx\n```\n\n(b) Two.\n\n```byhand\ny = x**2\ny\n```\n", encoding="utf-8")
    assert run(arguments, monkeypatch) == BAD_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert "Traceback" not in printed.err


def test_a_solution_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    sheet, page = tmp_path / "sheet.md", tmp_path / "page.html"
    sheet.write_text("```byhand\nx = 2\nx\n```\n", encoding="utf-8")
    page.write_text("what was there", encoding="utf-8")
    bad = tmp_path / "bad.md"
    bad.write_text("```byhand\nx = y\nx\n```\n", encoding="utf-8")
    assert CliRunner().invoke(byhand, ["solve", str(bad), "--to", "html", "-o", str(page)]).exit_code != 0
    assert page.read_text(encoding="utf-8") == "what was there"
    assert CliRunner().invoke(byhand, ["solve", str(sheet), "--to", "html", "-o", str(page)]).exit_code == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.md", "page.html", "sheet.md"]


def test_one_part_alone(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.md"
    sheet.write_text("(a) One.\n\n```byhand\nx = 2\nx\n```\n\n(b) Two.\n\n```byhand\ny = x**2\ny\n```\n", encoding="utf-8")
    page = CliRunner().invoke(byhand, ["solve", str(sheet), "--part", "b"]).output
    assert "Two." in page
    assert "One." not in page
    assert "\x1b" not in page
