"""Training on several processes: the same parameters as on one, one clear message where a process is gone, and a run that goes on."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.app import cli
from byhand.lang.errors import ByhandError
from byhand.train.distributed import start as start_module
from byhand.train.distributed.news import Joined, from_line, line_of
from byhand.train.distributed.several import Several
from byhand.train.distributed.start import run_distributed
from byhand.train.distributed.watch import Watch
from byhand.train.model.text import network_text
from byhand.train.opening import opened
from byhand.train.run.checkpoint import read
from byhand.train.run.events import Event, Going, Saved
from byhand.train.run.fitting import Diverged, Fitted, fit
from byhand.train.run.history import Epoch
from byhand.train.run.settings import Settings

LONGEST = 90
TEXT = network_text([5, 64, 64, 3], "tanh")
CHOICES: Mapping[str, Any] = {"epochs": 2, "batch": 16, "rule": "momentum", "rate": 0.05, "engine": "numpy"}


@pytest.fixture(autouse=True)
def ends_in_time() -> Iterator[None]:
    """No test hangs, whatever processes do to each other."""
    pytest.importorskip("jax")

    def late(*_: object) -> None:
        raise TimeoutError("a run on several processes hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def samples(rows: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Three classes around three points; the rows do not divide by the batch."""
    rng = np.random.default_rng(4)
    classes = rng.integers(3, size=rows)
    return rng.normal(size=(rows, 5)) + classes[:, None], classes


def alone(**choices: Any) -> Fitted:
    model, table = opened(TEXT, "net.md", samples())
    return fit(model, table, Settings(**{**CHOICES, **choices}))


def agree(found: Fitted | None, wanted: Fitted, digits: float = 1e-12) -> None:
    assert found is not None
    for name, array in wanted.values.items():
        np.testing.assert_allclose(found.values[name], array, rtol=digits, atol=digits)
    for one, other in zip(found.history, wanted.history, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-12)
        assert one.score == other.score


def test_two_processes_come_to_the_parameters_of_one() -> None:
    met: list[Joined] = []
    heard: list[Event] = []
    found = run_distributed(TEXT, "net.md", samples(), CHOICES, Several(2), joined=met.append, report=heard.append)
    agree(found, alone())
    assert found is not None
    assert found.engine == "jax"
    assert found.stopped == "done"
    assert {one.process for one in met} == {0, 1}
    assert {one.mesh for one in met} == {"data=2,model=1"}
    assert [one.number for one in heard if isinstance(one, Epoch)] == [1, 2]


@pytest.mark.skipif((os.cpu_count() or 1) < 4, reason="four processes want four cores")
@pytest.mark.parametrize("mesh", ["data=4", "data=2,model=2"])
def test_four_processes_come_to_the_parameters_of_one(mesh: str) -> None:
    agree(run_distributed(TEXT, "net.md", samples(), CHOICES, Several(4, mesh)), alone())


def test_two_hosts_share_the_layers_and_the_first_one_has_the_result() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        meeting = f"127.0.0.1:{one.getsockname()[1]}"
    found: dict[int, Fitted | None] = {}
    met: list[Joined] = []

    def host(number: int) -> None:
        found[number] = run_distributed(TEXT, "net.md", samples(), CHOICES, Several(2, "model=2", meeting, number), joined=met.append)

    hosts = [threading.Thread(target=host, args=(number,), daemon=True) for number in (0, 1)]
    for thread in hosts:
        thread.start()
    for thread in hosts:
        thread.join(LONGEST)
    agree(found[0], alone())
    assert found[1] is None
    assert {one.cuts for one in met} == {"W1 along axis 1, b1 along axis 0, W2 along axis 0"}


def test_a_process_that_is_killed_ends_the_run_which_goes_on_with_another_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watches: list[Watch] = []

    class Seen(Watch):
        def start(self, *args: Any) -> None:
            watches.append(self)
            super().start(*args)

    monkeypatch.setattr(start_module, "Watch", Seen)
    killed: list[float] = []

    def report(event: Event) -> None:
        if isinstance(event, Epoch) and event.number == 2:
            killed.append(time.monotonic())
            watches[0].processes[1].running.kill()

    path = tmp_path / "run.safetensors"
    with pytest.raises(ByhandError) as error:
        run_distributed(TEXT, "net.md", samples(), {**CHOICES, "epochs": 2000}, Several(2), checkpoint=path, every=1.0, report=report)
    assert time.monotonic() - killed[0] < 8
    message = str(error.value)
    assert message.startswith("process 1 of 2 was ended by SIGKILL, which the system also sends where memory runs out, in epoch ")
    assert f"The last checkpoint, {path}, was saved " in message
    assert message.endswith("resume goes on from it, with any number of processes.")
    assert all(process.running.poll() is not None for process in watches[0].processes)
    done = len(read(path).history)
    found = run_distributed(TEXT, "net.md", samples(), {"epochs": done + 2}, Several(1), checkpoint=path, resume=True)
    agree(found, alone(epochs=done + 2), digits=1e-10)


def test_a_loss_that_diverges_is_said_as_on_one_process() -> None:
    choices = {**CHOICES, "rule": "gradient_descent", "rate": 1e6, "epochs": 5}
    with pytest.raises(Diverged) as wanted:
        alone(**{name: value for name, value in choices.items() if name not in CHOICES or value != CHOICES[name]})
    with pytest.raises(Diverged) as found:
        run_distributed(TEXT, "net.md", samples(), choices, Several(1))
    assert str(found.value).split(":")[0].split("(")[0] == str(wanted.value).split(":")[0].split("(")[0]
    assert found.value.fitted.stopped == "diverged"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"processes": 0}, "cannot train on 0 processes"),
        ({"processes": 10**6}, "cannot train on 1000000 processes"),
        ({"processes": 2, "mesh": "data=3"}, "the mesh data=3 has 3 places, and there are 2 devices"),
        ({"processes": 2, "process": 1}, "is for runs on several hosts"),
        ({"processes": 2, "coordinator": "node0", "process": 1}, "is written host:port"),
        ({"processes": 2, "coordinator": "node0:99999", "process": 1}, "is written host:port"),
        ({"coordinator": "node0:1234", "process": 0}, "how many processes meet at node0:1234"),
        ({"processes": 2, "coordinator": "node0:1234"}, "which of the 2 processes is this one"),
        ({"processes": 2, "coordinator": "node0:1234", "process": 2}, "which of the 2 processes is this one"),
    ],
)
def test_what_cannot_be_is_said_before_a_process_is_started(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ByhandError, match=message):
        run_distributed(TEXT, "net.md", samples(), CHOICES, Several(**given))


def test_without_jax_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_module, "find_spec", lambda name: None)
    with pytest.raises(ByhandError, match=r"pip install byhand\[jax\]"):
        run_distributed(TEXT, "net.md", samples(), CHOICES, Several(2))


def test_what_is_wrong_with_the_settings_is_said_by_the_first_process() -> None:
    with pytest.raises(ByhandError, match="a batch of 15 samples cannot be shared evenly by 2 devices: take a batch of 14 or 16"):
        run_distributed(TEXT, "net.md", samples(), {**CHOICES, "batch": 15}, Several(2))


def test_words_come_back_with_their_arrays_scalars_among_them() -> None:
    talk = pytest.importorskip("byhand.train.distributed.talk")
    arrays = {"b": np.array(2.5), "W": np.arange(6.0).reshape(2, 3).T, "none": np.zeros((0, 3), dtype=np.float32), "order": np.arange(4)}
    found = talk.unpacked(talk.packed(talk.Word("values", "text\n", {"first": 3}, arrays)))
    assert (found.kind, found.text, found.numbers) == ("values", "text\n", {"first": 3})
    for name, array in arrays.items():
        assert (found.arrays[name].shape, found.arrays[name].dtype) == (array.shape, array.dtype)
        np.testing.assert_array_equal(found.arrays[name], array)


@pytest.mark.parametrize("news", [Going(1, 2, 3, 0.5, 10), Epoch(1, 0.5, None, 0.9, 0.1, 1.0, 10), Saved(Path("run.safetensors"))])
def test_news_comes_back_as_it_was_said(news: Any) -> None:
    assert from_line(line_of(news)) == news


def test_what_is_no_news_is_passed_over() -> None:
    for line in (b"", b"{}", b"[1]", b"\xff", b'{"kind": "Epoch"}', b'{"kind": "Popen"}'):
        assert from_line(line) is None


def command(line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    """The status of ``byhand train`` with these arguments, and what it prints."""
    monkeypatch.setattr(sys, "argv", ["byhand", "train", *line.split()])
    with pytest.raises(SystemExit) as left:
        cli.main()
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_the_command_prints_what_it_prints_on_one_process(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.md").write_text(TEXT, encoding="utf-8")
    x, y = samples()
    np.savez("data.npz", X=x, y=y)
    line = "net.md --data data.npz --epochs 2 --batch 16 --json"
    answers = []
    for more in ("", " --processes 1 --checkpoint run.safetensors"):
        status, out, _ = command(line + more, capsys, monkeypatch)
        assert status == 0
        answers.append(json.loads(out))
    one, other = answers
    assert (one["engine"] != "jax", other["engine"]) == (True, "jax")
    assert one["confusion"] == other["confusion"]
    assert [epoch["loss"] for epoch in one["history"]] == pytest.approx([epoch["loss"] for epoch in other["history"]], rel=1e-12)
    assert len(read(Path("run.safetensors")).history) == 2


@pytest.mark.parametrize("more", ["--mesh data=2", "--process-id 1", "--products bfloat16"])
def test_options_for_several_processes_need_several(more: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.md").write_text(TEXT, encoding="utf-8")
    status, _, said = command(f"{tmp_path / 'net.md'} --data digits {more}", capsys, monkeypatch)
    assert status == 2
    assert f"{more.split()[0]} is for training on several processes: say how many with --processes." in said
