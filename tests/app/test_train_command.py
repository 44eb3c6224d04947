"""``byhand train``: what it prints and writes, and one sentence for everything that cannot be."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from byhand import Network
from byhand.app import cli, train_files
from byhand.app.train_echo import WIDTH, table_lines
from byhand.app.train_progress import figures
from byhand.train.run import loop

SHEET = """---
title: Three kinds
---
```byhand
X : (N, 2)
Y : (N, 3) one_hot
W : (2, 3)
b : (3,)
Z = X @ W + b
L = cross_entropy(Z, Y)
dL/dW, dL/db
```
"""
rng = np.random.default_rng(0)
ROWS = [f"{a:.3f},{b:.3f},{'abc'[k % 3]}" for k, (a, b) in enumerate(rng.normal(size=(60, 2)) + np.array([[3, 0], [0, 3], [-3, -3]] * 20))]
HEAD = "u,v,class\n"
FILES = {
    "s.md": SHEET,
    "ok.csv": HEAD + "\n".join(ROWS),
    "text.csv": HEAD + "\n".join([*ROWS, "1.0,two,a"]),
    "nan.csv": HEAD + "\n".join([*ROWS, "1.0,nan,a", "2.0,,b"]),
    "empty.csv": "",
    "header.csv": HEAD,
    "alike.csv": HEAD + "1,2,a\n2,3,a\n3,4,a\n4,5,a\n",
    "wide.csv": "u,v,w,class\n" + "\n".join(row.replace(",", ",0.5,", 1) for row in ROWS),
    "four.csv": HEAD + "\n".join([*ROWS, "1,1,d"]),
    "unseen.csv": HEAD + "1,2,a\n1,2,zebra\n",
    "narrow.csv": "u,class\n1,a\n2,b\n3,c\n",
    "ragged.csv": HEAD + "\n".join([*ROWS, "1,2"]),
    "noloss.md": "```byhand\nX : (N, 2)\nW : (2, 3)\nZ = X @ W\nZ\n```\n",
    "bad.safetensors": "hello",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], line: str, command: str = "train") -> tuple[int, str, str]:
    """The command's status, and what it prints on both streams."""
    before, sys.argv = sys.argv, ["byhand", command, *line.split()]
    try:
        with pytest.raises(SystemExit) as left:
            cli.main()
    finally:
        sys.argv = before
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_predict(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert run(capsys, "s.md --data ok.csv --epochs 40 --rate 0.05 -q --save n.safetensors")[0] == 0
    (folder / "new.csv").write_text("v,u\n0,3\n3,0\n-3,-3\n", encoding="utf-8")
    assert run(capsys, "n.safetensors --data new.csv", "predict") == (0, "class\na\nb\nc\n", "")
    assert run(capsys, "n.safetensors --data new.csv --probabilities -o p.csv", "predict")[0] == 0
    lines = (folder / "p.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "a,b,c"
    assert sum(map(float, lines[1].split(","))) == pytest.approx(1)
    assert "narrow.csv has no column called" in run(capsys, "n.safetensors --data narrow.csv", "predict")[2]


def test_predictions_do_not_take_the_place_of_samples(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    before = (folder / "ok.csv").read_bytes()
    status, _, err = run(capsys, "n.safetensors --data ok.csv -o ok.csv", "predict")
    assert (status, err) == (2, "byhand: cannot save to ok.csv: this run reads it, or saves something else there; take another name.\n")
    assert (folder / "ok.csv").read_bytes() == before


def test_what_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "s.md --data ok.csv --epochs 40 --rate 0.05 --test ok.csv")
    assert (status, err) == (0, "")
    for part in (
        "sheet       Three kinds",
        "ok.csv: 60 rows, 2 features, 3 classes: a, b, c",
        "48 to train on, 12 held back; features standardised",
        "learned     W : (2, 3), b : (3,) – 9 numbers",
        "rule        Adam, rate 0.05, batches of 32, 40 epochs",
        "W′ = W − η d_W′",
        "epoch 40/40",
        "Confusion matrix (test)",
        "a 20  ·  ·",
    ):
        assert part in out, part
    assert max(map(len, out.splitlines())) <= WIDTH
    assert len([line for line in out.splitlines() if line.startswith("epoch")]) == 10


def test_files_that_are_written(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status, out, _ = run(capsys, "s.md --data ok.csv --epochs 5 -q --save n.safetensors --plot c.svg --report r.html")
    assert status == 0
    assert out.count(" is in ") == 3
    assert Network.load(folder / "n.safetensors").predict([[3, 0], [-3, -3]]).shape == (2,)
    assert "Learning curve" in (folder / "c.svg").read_text(encoding="utf-8")
    page = (folder / "r.html").read_text(encoding="utf-8")
    assert all(part in page for part in ("What was decided", "Gradients", "The update of W", "The course", "Confusion matrix", "<svg"))


def test_a_picture_of_the_curve(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    pytest.importorskip("typst")
    assert run(capsys, "s.md --data ok.csv --epochs 5 -q --plot c.png")[0] == 0
    assert (folder / "c.png").read_bytes().startswith(b"\x89PNG")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "s.md --data ok.csv --epochs 30 --rate 0.1 --json --seed 3")
    answer = json.loads(out)
    assert status == 0
    assert answer["parameters"] == {"W": [2, 3], "b": [3]}
    assert answer["settings"]["seed"] == 3
    assert len(answer["history"]) == 30
    assert answer["results"]["validation"]["loss"] == answer["history"][-1]["validation_loss"]
    assert np.sum(answer["confusion"]) == 12
    assert np.trace(answer["confusion"]) / 12 == answer["results"]["validation"]["score"]


def test_a_run_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    first = run(capsys, "s.md --data ok.csv --epochs 4 --checkpoint k.safetensors --resume")
    assert "There is no k.safetensors yet: this run begins at the start." in first[1]
    on = run(capsys, "s.md --data ok.csv --epochs 6 --checkpoint k.safetensors --resume")
    assert "resumed     after 4 epochs and 0 steps" in on[1]
    assert on[1].count("\nepoch ") == 2
    again = run(capsys, "s.md --data ok.csv --epochs 6 --checkpoint k.safetensors")
    assert (again[0], again[2]) == (2, "byhand: k.safetensors is there already: go on with that run (resume), or take another name for a new one.\n")


BAD = """
s.md --data text.csv => line 62 of text.csv, column 2 (v): "two" is not a number
s.md --data nan.csv => 2 cells of nan.csv have no number; the first is in line 62
s.md --data empty.csv => empty.csv is empty
s.md --data header.csv => header.csv has names of columns and no rows
s.md --data alike.csv => all 4 rows of alike.csv are of the class a: there is nothing to tell apart
s.md --data wide.csv => wide.csv has 3 columns of features (u, v, w), but X takes 2 numbers a sample
s.md --data four.csv => four.csv has 4 classes (a, b, c, d), but Y on the sheet has 3
s.md --data ok.csv --test unseen.csv => line 3 of unseen.csv has the class "zebra", which is unknown: the classes trained on are a, b, c
s.md --data ok.csv --test narrow.csv => narrow.csv has no column called "v"
s.md --data narrow.csv => narrow.csv has 1 column of features
s.md --data ragged.csv => line 62 of ragged.csv has 2 cells
s.md --data folder => folder is a folder
s.md --data none.csv => there is no file none.csv
none.md --data ok.csv => cannot read none.md: no such file or directory
noloss.md --data ok.csv => no loss is found on this sheet
s.md --data ok.csv --target species => ok.csv has no column called "species"
s.md --data ok.csv --batch 100 => a batch of 100 is larger than the 48 samples to train on: choose a batch of at most 48
s.md --data ok.csv --checkpoint bad.safetensors --resume => bad.safetensors is damaged or no safetensors file
s.md --data ok.csv --checkpoint bad.safetensors => bad.safetensors is there already
s.md --data ok.csv --resume => cannot go on with a run: say which file it was saved to
s.md --data ok.csv --every 1 => cannot save every so many epochs: say to which file
s.md --data ok.csv --save ok.csv => cannot save to ok.csv: this run reads it, or saves something else there
s.md --data ok.csv --report s.md => cannot save to s.md: this run reads it
s.md --data ok.csv --save q.safetensors --checkpoint q.safetensors => cannot save to q.safetensors: this run reads it, or saves something else there
s.md --data ok.csv --plot /dev/null => cannot save to /dev/null: it is a device or a pipe
s.md --data ok.csv --every 0 --checkpoint q.safetensors => a checkpoint after every 0.0 epochs cannot be
s.md --data ok.csv --save nowhere/x.safetensors => cannot save to nowhere/x.safetensors: no such file or directory; choose another place
s.md --data ok.csv --plot curve.gif => cannot draw the learning curve to curve.gif: its name ends in .svg or .png
s.md --data ok.csv --report page.doc => cannot write a report to page.doc
s.md --data ok.csv --rule perceptron => cannot train with rule=perceptron: it has no loss to go down; the rules are gradient_descent
s.md --data ok.csv --rule foo => there is none of that name
s.md --data ok.csv --option momentum=1 => the rule adam has no hyperparameter momentum: it takes beta1=0.9
s.md --data ok.csv --option beta1=1 => beta1=1.0 cannot be: it is how much of the mean gradient is kept at each step, a number from 0 up to, not including, 1
s.md --data ok.csv --option beta1 => --option 'beta1' is no name with a number: it is written like beta1=0.95
s.md --data ok.csv --class-weight a:2 => --class-weight 'a:2' is no name with a number
s.md --data ok.csv --class-weight d=1 => class_weight speaks of the class 'd'; the classes are a, b, c
s.md --data ok.csv --epochs -1 => epochs=-1 cannot be: it is a whole number of at least 0
s.md --data ok.csv --validation 1 => validation=1.0 is no share of the samples
s.md --data ok.csv --validation 0.001 => a share of 0.001 of 60 rows leaves none for holding back
s.md --data ok.csv --rate nan => rate=nan cannot be: it is a number above 0
s.md --data ok.csv --rate fast => is not a valid float
s.md --data ok.csv --seed 99999999999999999999 => it is a whole number below 2**53
s.md --data ok.csv --seed -3 => seed=-3 cannot be
s.md --data ok.csv --init foo => there is no initialiser 'foo'
s.md --data ok.csv --schedule cos => there is no schedule 'cos'
s.md --data ok.csv --rule gd --rate 1e9 --weight-decay 1 => needs a learning rate below
s.md => Missing option '--data'
"""


@pytest.mark.parametrize("case", BAD.strip().split("\n"))
def test_one_sentence_for_what_cannot_be(case: str, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    line, said = case.split(" => ")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    status, _, err = run(capsys, line)
    assert status == 2
    assert err.startswith("byhand: ")
    assert said in err
    assert err.count("\n") == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_disk_that_is_full_at_the_end_loses_no_network(capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is saved where there is room, and said where."""
    real = train_files.write

    def full(path: Path, run: object) -> None:
        if path.name == "n.safetensors":
            raise OSError(28, "No space left on device")
        real(path, run)  # type: ignore[arg-type]

    monkeypatch.setattr(train_files, "write", full)
    status, out, _ = run(capsys, "s.md --data ok.csv --epochs 2 -q --save n.safetensors")
    assert status == 0
    assert f"cannot save the network to n.safetensors: no space left on device. It is in {Path.cwd() / 'byhand-n-saved.safetensors'} instead." in out
    assert Network.load(folder / "byhand-n-saved.safetensors").classes == ("a", "b", "c")


def test_a_disk_that_stays_full_is_said_once(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, run: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loop, "write", full)
    status, out, err = run(capsys, "s.md --data ok.csv --epochs 4 -q --checkpoint c.safetensors --every 0.5")
    assert (status, err) == (
        0,
        "byhand: cannot save the checkpoint to c.safetensors: no space left on device; what it had before is there still, and training goes on.\n",
    )
    assert out.startswith("4 epochs in ")


def test_one_epoch_is_no_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    assert "1 epoch in " in run(capsys, "s.md --data ok.csv --epochs 1")[1]


def test_losses_line_up() -> None:
    assert [figures(one) for one in (0.5, 0.00123456, 12.0, 1234.0, 2e7)] == ["0.5000", "0.001235", "12.00", "1234", "2.000e+07"]


def test_many_classes_are_told_by_their_mistakes() -> None:
    matrix = np.diag(np.full(40, 5))
    matrix[3, 7] = 4
    assert table_lines(matrix, tuple(range(40))) == ["4 of 3 taken for 7"]
    assert table_lines(np.eye(40), tuple(range(40))) == ["no sample is taken for another class"]


def test_digits_as_a_first_run(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sklearn")
    sheet = Path(__file__).parents[2] / "examples" / "f1-digits.md"
    status, out, _ = run(capsys, f"{sheet} --data digits --json")
    answer = json.loads(out)
    assert status == 0
    assert answer["results"]["validation"]["score"] > 0.95
    assert answer["seconds"] < 5
