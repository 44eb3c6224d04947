"""A class marked on several processes: in order, whoever is done first; interrupted and taken up again; with processes that die and files that are no hand-ins."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.app import cli
from byhand.app.classes import crew as crews
from byhand.app.classes import run as runs
from byhand.app.classes.crew import Crew
from byhand.app.classes.messages import Ended, Marked, Setup, Task
from byhand.app.classes.names import FileNames
from byhand.app.classes.records import from_line, to_line
from byhand.app.classes.schedule import PART, Schedule
from byhand.check.mark import Mark, Report, Tie
from support.crews import Alone
from support.stubborn import stubborn

SHEET = """# Two layers

```byhand
x  = [0, 2]
W1 = [[-5, 2, 2], [-5, 2, -1]]
b1 = [7, -2, -3]
w2 = [3, -4, 1]
t  = 2

h  = W1.T @ x + b1
a  = relu(h)
y  = w2 @ a
L  = (y - t)**2
h, a, y, L, dL/dw2, dL/dh, dL/dW1
```
"""
RIGHT = {"h": [-3, 2, -5], "a": [0, 2, 0], "y": -8, "L": 100, "dL/dw2": [0, -40, 0], "dL/dh": [0, 80, 0], "dL/dW1": [[0, 0, 0], [0, 160, 0]]}
CLASS, SOME = 300, 10
"""How many people the class has that is interrupted, and after how many."""
unix = pytest.mark.skipif(os.name != "posix", reason="needs signals and pipes")


def answers(number: int) -> dict[str, object]:
    """Hand-ins of several kinds, the same for the same number."""
    kinds = ({}, {"L": 50}, {"y": 8, "L": 36, "dL/dw2": [0, 24, 0], "dL/dh": [0, -48, 0], "dL/dW1": [[0, 0, 0], [0, -96, 0]]}, {"dL/dw2": "2*(y - t)*a"})
    return RIGHT | kinds[number % len(kinds)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sheet.md").write_text(SHEET)
    return tmp_path


def hand_in(path: Path, number: int) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"answers": answers(number)}))
    return str(path)


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "byhand", "check", "sheet.md", *map(str, args)]


def byhand(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*args), capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


@dataclass(frozen=True)
class Run:
    returncode: int
    stdout: str
    stderr: str


class AtOnce:
    """The command in this process, a class marked without others."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setattr(runs, "Crew", Alone)
        self.monkeypatch, self.capfd = monkeypatch, capfd

    def __call__(self, *args: object, command: str = "check") -> Run:
        self.monkeypatch.setattr(sys, "argv", ["byhand", command, *(["sheet.md"] if command == "check" else []), *map(str, args)])
        with pytest.raises(SystemExit) as leaving:
            cli.main()
        shown = self.capfd.readouterr()
        return Run(int(leaving.value.code or 0), shown.out, shown.err)


@pytest.fixture
def at_once(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> AtOnce:
    return AtOnce(monkeypatch, capfd)


def rows(path: str | Path) -> list[str]:
    return Path(path).read_bytes().decode().split("\r\n")


# ------------------------------------------------------------------------------------------------ the schedule


@given(st.lists(st.integers(0, 4 * PART), max_size=8), st.integers(1, 4), st.integers(1, 6), st.integers(0, 999))
def test_results_come_in_order_whoever_is_done_first(sizes: list[int], width: int, most: int, seed: int) -> None:
    schedule, draw = Schedule([f"f{k}" for k in range(len(sizes))], width, most), Random(seed)
    under_way: list[Task] = []
    found: list[str] = []
    while not schedule.finished:
        while len(under_way) < 3 and (task := schedule.take()) is not None:
            under_way.append(task)
        assert len(schedule.parts) <= most + 1
        task = under_way.pop(draw.randrange(len(under_way)))
        of_task = range(task.first, min(task.first + task.count, sizes[task.file]))
        for number in of_task:
            schedule.marked(task.key, Marked(f"{task.file}:{number}"))
        schedule.ended(task.key, Ended(len(of_task) == task.count))
        found += [one.person for _, part in schedule.results() for one in part.marked]
    assert found == [f"{file}:{number}" for file, size in enumerate(sizes) for number in range(size)]


def test_a_schedule_begins_where_the_last_one_stopped() -> None:
    schedule = Schedule(["a", "b", "c"], 2, 10, first=(1, 3))
    tasks = [schedule.take() for _ in range(3)]
    assert [task and (task.key, task.first) for task in tasks] == [((1, 3), 3 * PART), ((2, 0), 0), None]


@given(st.lists(st.sampled_from(["a", "A", "a (2)", "../x", "", "é" * 200, "nul\0", "a/b"]), max_size=20))
def test_every_person_gets_a_file_of_a_name_of_its_own(people: list[str]) -> None:
    names = FileNames("html")
    made = [names.of(person) for person in people]
    assert len({name.casefold() for name in made}) == len(people)
    assert all(Path(name).name == name and not name.startswith(".") and len(name) < 100 for name in made)


# ----------------------------------------------------------------------------------------------- the processes


@unix
def test_a_process_that_dies_or_hangs_costs_nobody_else_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "LONGEST", 0.5)
    paths = [str(tmp_path / name) for name in ("fine", "die", "once", "hang", "last")]
    crew = Crew(Setup("", ""), Schedule(paths, 2, 10), 2, stubborn)
    try:
        found = [one.person or one.failure for _, part in crew.results() for one in part.marked]
    finally:
        crew.stop()
    dead, late = "the process that marked it has died, twice.", "this takes longer than 0.5 seconds."
    expected = [f"{Path(path).name}:{number}" for path in paths for number in range(3)]
    expected[4], expected[10] = dead, late
    assert found == expected


# ------------------------------------------------------------------------------------------------- the command


def test_the_rows_are_in_the_order_of_the_arguments(folder: Path) -> None:
    files = [hand_in(folder / "in" / f"{name}.json", k) for k, name in enumerate(("c", "a", "d", "b", "e"))]
    run = byhand(*files, "--out", "marks.csv", "--jobs", 2)
    assert run.returncode == 0
    assert "Where mistakes were made" in run.stdout
    assert run.stderr == "byhand: 5 hand-ins marked, in marks.csv; 2 with something wrong or missing.\n"
    assert [row.split(",")[:3] for row in rows("marks.csv")[1:-1]] == [
        ["c", "7", "7"], ["a", "6.5", "7"], ["d", "6.5", "7"], ["b", "7", "7"], ["e", "7", "7"],
    ]  # fmt: skip
    assert not Path("marks.csv.part").exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The grade book of the class that the tests below interrupt, marked without a break; there it is in files, here in one."""
    at = tmp_path_factory.mktemp("whole")
    (at / "sheet.md").write_text(SHEET)
    lines = [json.dumps({"name": f"p{k:04}", "answers": answers(k)}) for k in range(CLASS)]
    (at / "class.jsonl").write_text("\n".join(lines) + "\n")
    subprocess.run(command("class.jsonl", "--out", "whole.csv", "--jobs", 2), cwd=at, timeout=60, check=True, capture_output=True)
    found = rows(at / "whole.csv")
    assert len(found) == CLASS + 2
    return found


@pytest.fixture
def files(folder: Path) -> list[str]:
    return [hand_in(folder / "in" / f"p{k:04}.json", k) for k in range(CLASS)]


@unix
def test_interrupted_and_taken_up_again(folder: Path, files: list[str], whole: list[str], at_once: AtOnce) -> None:
    kept = interrupted([*files, "--out", "marks.csv", "--jobs", 2], folder / "marks.csv.part", signal.SIGINT)
    assert 0 < kept < CLASS
    assert not Path("marks.csv").exists()
    again = at_once(*files, "--out", "marks.csv", "--jobs", 2)
    assert f"byhand: {kept} hand-ins had been marked already, in marks.csv.part; going on from there." in again.stderr
    assert f"{CLASS} hand-ins marked" in again.stderr
    assert rows("marks.csv") == whole
    assert not Path("marks.csv.part").exists()


@unix
def test_killed_and_taken_up_again_after_a_change(folder: Path, files: list[str], whole: list[str], at_once: AtOnce) -> None:
    """What was not written to its end is dropped, and so is everything from a hand-in on that is another one by now."""
    hand_in(folder / "in" / "p0005.json", 2)
    interrupted([*files, "--out", "marks.csv"], folder / "marks.csv.part", signal.SIGKILL)
    journal = folder / "marks.csv.part"
    journal.write_bytes(journal.read_bytes() + b'{"person": "cut')
    hand_in(folder / "in" / "p0005.json", 5)
    again = at_once(*files, "--out", "marks.csv")
    assert "byhand: 5 hand-ins had been marked already" in again.stderr
    assert rows("marks.csv") == whole


def interrupted(args: list[object], journal: Path, by: signal.Signals) -> int:
    """Start a run, end it once something has been marked; how many are in the journal."""
    with subprocess.Popen(command(*args), stderr=subprocess.PIPE, text=True) as process:
        until(lambda: journal.exists() and journal.read_bytes().count(b'"part"') > SOME)
        process.send_signal(by)
        _, said = process.communicate(timeout=30)
    people = sum(json.loads(line)["people"] for line in journal.read_bytes().splitlines() if b'"part"' in line and line.endswith(b"}"))
    if by is signal.SIGINT:
        assert process.returncode == 130
        assert f"byhand: {people} hand-ins are marked and kept in marks.csv.part; the same command goes on there.\n" in said
    return people


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end
        time.sleep(0.002)


@unix
def test_a_process_that_is_killed_is_replaced(folder: Path, files: list[str], whole: list[str]) -> None:
    with subprocess.Popen(command(*files, "--out", "marks.csv", "--jobs", 2), stderr=subprocess.PIPE, text=True) as process:
        until(lambda: Path("marks.csv.part").exists() and Path("marks.csv.part").read_bytes().count(b'"part"') > SOME)
        os.kill(next(workers(process.pid)), signal.SIGKILL)
        _, said = process.communicate(timeout=60)
    assert f"{CLASS} hand-ins marked" in said
    assert rows("marks.csv") == whole


def workers(parent: int) -> Iterator[int]:
    """The processes that mark, among the children of a run."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    if not children.exists():
        pytest.skip("children are listed on Linux alone")
    for child in map(int, children.read_text().split()):
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            yield child


@unix
def test_what_is_no_hand_in_is_said_and_costs_nobody_else_anything(folder: Path, at_once: AtOnce) -> None:
    hand_in(folder / "in" / "a.json", 0)
    hand_in(folder / "in" / "z.json", 1)
    os.mkfifo("in/fifo.json")
    Path("in/zero.json").symlink_to("/dev/zero")
    Path("in/loop.json").symlink_to("loop.json")
    Path("in/empty.json").touch()
    Path("in/binary.json").write_bytes(os.urandom(3000) + b"\0")
    Path("in/deep.json").write_text('{"answers": {"h": ' + "[" * 100_000 + "]" * 100_000 + "}}")
    Path("in/power.json").write_text(json.dumps({"answers": {"L": "9^9^9^9", "y": "().__class__.__mro__", "h": RIGHT["h"]}}))
    run = at_once("in", "gone.json", "--out", "marks.csv", "--jobs", 2)
    table = {row.split(",")[0]: row.split(",")[1] for row in rows("marks.csv")[1:-1]}
    assert run.returncode == 0
    assert (table["a"], table["z"], table["power"], table["fifo"]) == ("7", "6.5", "1", "")
    assert len(table) == 10
    assert "byhand: 3 hand-ins marked, in marks.csv" in run.stderr
    assert ": 3 hand-ins\n" in run.stdout  # the average is theirs alone
    for said in (
        "fifo.json: it is a pipe and no file.",
        "zero.json: it is a device",
        "loop.json: it cannot be read",
        "gone.json: it cannot be read: no such file",
    ):
        assert said in run.stderr


def test_nothing_that_can_be_read(folder: Path, at_once: AtOnce) -> None:
    Path("a.json").touch()
    run = at_once("a.json", "gone.json", "--out", "marks.csv")
    assert run.returncode == 2
    assert "byhand: none of the 2 hand-ins could be read; the first, a.json: " in run.stderr


def test_a_file_for_each_person(folder: Path, at_once: AtOnce) -> None:
    files = [hand_in(folder / "in" / f"{name}.json", k) for k, name in enumerate("abc")]
    run = at_once(*files, "--to", "html", "-o", "pages", "--out", "marks.csv", "--hide-answers")
    assert "byhand: 3 hand-ins marked, in marks.csv and pages/" in run.stderr
    assert sorted(path.name for path in Path("pages").iterdir()) == ["a.html", "b.html", "c.html"]
    assert "<!DOCTYPE html>" in Path("pages/b.html").read_text()
    assert len(rows("marks.csv")) == 5


def test_all_results_as_json_and_marked_again(folder: Path, at_once: AtOnce) -> None:
    files = [*(hand_in(folder / "in" / f"{name}.json", k) for k, name in enumerate("abc")), "gone.json"]
    assert at_once(*files, "--to", "json", "-o", "marks.json").returncode == 0
    shown = at_once(*files, "--to", "json")
    found = json.loads(shown.stdout)
    assert found == json.loads(Path("marks.json").read_text())
    assert [one["person"] for one in found["people"]] == ["a", "b", "c", "gone"]
    Path("sheet.md").write_text(SHEET.replace("t  = 2", "t  = 3"))
    again = at_once("marks.json", "--diff", "sheet.md", command="recheck")
    assert again.returncode == 0, again.stderr
    assert "The sheet has changed" in again.stdout


@unix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_is_said_once_and_nothing_is_lost(folder: Path, at_once: AtOnce) -> None:
    files = [hand_in(folder / "in" / f"{name}.json", k) for k, name in enumerate("abc")]
    Path("marks.csv.part").symlink_to("/dev/full")
    run = at_once(*files, "--out", "marks.csv")
    assert run.returncode == 2
    assert run.stderr.count("byhand: ") == 1
    assert "no space left on device" in run.stderr


def test_nothing_that_can_be_read_replaces_no_grade_book(folder: Path, at_once: AtOnce) -> None:
    Path("marks.csv").write_text("earlier")
    run = at_once("gone/*.json", "--out", "marks.csv")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "byhand: the hand-in could not be read: gone/*.json: it cannot be read: no such file or directory.\n"
    assert [path.name for path in Path().iterdir() if path.name.startswith("marks")] == ["marks.csv"]
    assert Path("marks.csv").read_text() == "earlier"


def test_a_folder_with_the_sheet_and_the_grade_book_in_it(folder: Path, at_once: AtOnce) -> None:
    """The same command again finds the same hand-ins; folders in it are passed over, and that is said."""
    for name in "ab":
        hand_in(folder / f"{name}.json", 0)
        hand_in(folder / f"{name} late" / "answers.json", 0)
    for _ in range(2):
        run = at_once(".", "--out", "marks.csv", "--to", "html", "-o", "pages")
        assert run.returncode == 0
        assert "byhand: folders in folders are passed over: a late and 1 more; name them to have their files marked too.\n" in run.stderr
        assert "byhand: 2 hand-ins marked, in marks.csv and pages/; 0 with something wrong or missing.\n" in run.stderr


def test_a_hand_in_without_a_mark_is_missing_and_not_wrong(folder: Path, at_once: AtOnce) -> None:
    hand_in(folder / "a.json", 0)
    run = at_once("a.json", "gone.json", "--out", "marks.csv", "--strict")
    assert run.returncode == 1
    assert "byhand: 1 hand-in marked, in marks.csv; 0 with something wrong or missing.\n" in run.stderr


def test_where_nothing_can_be_written(folder: Path, at_once: AtOnce) -> None:
    files = [hand_in(folder / f"{name}.json", k) for k, name in enumerate("ab")]
    both = at_once(*files, "--out", "x.json", "--to", "json", "-o", "./x.json")
    assert both.stderr == "byhand: cannot write two things to x.json: give --out and -o different names.\n"
    inside = at_once(*files, "--to", "html", "-o", "a.json/pages")
    assert inside.stderr == "byhand: cannot write a.json/pages: not a directory.\n"
    assert (both.returncode, inside.returncode) == (2, 2)


def test_a_report_is_kept_as_a_line() -> None:
    ties = (Tie("S01", "the weights are transposed", "h"),)
    mark = Mark("h", "slip", Fraction(1, 3), Fraction(1), message="matches", slip="S02", at="h", ties=ties, because_of=("W1",), first_wrong_link=0)
    report = Report("s.md", "t", "d", "v", "Zoë\n", (mark, Mark("L", "blank", Fraction(0), Fraction(2))), ("p",))
    assert from_line(to_line(report)) == report
    assert "\n" not in to_line(report)
    for broken in ("{}", "[]", '{"marks": 3}'):
        with pytest.raises(ValueError, match="no report"):
            from_line(broken)
