"""A run that is killed, interrupted or saved goes on to the same bits; files that do not fit are refused and stay as they are."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from byhand.lang.errors import ByhandError
from byhand.train.network import Network
from byhand.train.run.checkpoint import read
from byhand.train.run.events import Event, Trouble

SHEET = """---
title: Rings
---
```byhand
X  : (N, 2)
Y  : (N, 2) one_hot
W1 : (2, 16)
b1 : (16,)
W2 : (16, 2)
b2 : (2,)
H = relu(X @ W1 + b1)
Z = H @ W2 + b2
L = cross_entropy(Z, Y)
dL/dW1, dL/db1, dL/dW2, dL/db2
```
"""
rng = np.random.default_rng(1)
X = rng.normal(size=(150, 2))
Y = (np.hypot(X[:, 0], X[:, 1]) > 1.1).astype(int)


def fitted(**choices: Any) -> Network:
    return Network(choices.pop("sheet", SHEET)).fit(X, Y, **{"epochs": 12, "seed": 4, "schedule": "plateau:patience=2", **choices})


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A run in another process that takes a second or two and saves itself all the time."""
    (tmp_path / "rings.md").write_text(SHEET, encoding="utf-8")
    rows = "\n".join(f"{a},{b},{c}" for (a, b), c in zip(X.tolist(), Y.tolist()))
    (tmp_path / "rings.csv").write_text(f"a,b,class\n{rows}\n", encoding="utf-8")
    where = [str(tmp_path / name) for name in ("rings.md", "rings.csv")]
    return [sys.executable, "-m", "byhand", "train", where[0], "--data", where[1], "--epochs", "160", "--patience", "150", "--every", "0.7", "-q"]


def read_position(path: Path) -> tuple[int, int] | None:
    """Which file it is: every save is another one. What is there is whole at any moment."""
    if not path.exists():
        return None
    read(path)
    return path.stat().st_ino, path.stat().st_mtime_ns


def test_a_run_killed_at_any_moment_goes_on_to_the_same_bits(command: list[str], tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    subprocess.run([*command, "--checkpoint", str(whole)], check=True, stdout=subprocess.DEVNULL, timeout=60)
    moments = random.Random(0)
    for saves in (1, 6, 20):
        process = subprocess.Popen([*command, "--checkpoint", str(cut), "--resume"], stdout=subprocess.DEVNULL)
        seen, last = 0, read_position(cut)
        while seen < saves and process.poll() is None:
            now = read_position(cut)
            seen, last = seen + (now != last), now
            time.sleep(moments.uniform(0, 0.004))
        assert process.poll() is None, "the run was over before it could be killed"
        process.kill()
        process.wait()
        assert read(cut).position.step or read(cut).history or saves == 1
    subprocess.run([*command, "--checkpoint", str(cut), "--resume"], check=True, stdout=subprocess.DEVNULL, timeout=60)
    one, other = load_file(whole), load_file(cut)
    assert one.keys() == other.keys()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)
    assert [(epoch.loss, epoch.validation_loss, epoch.rate) for epoch in read(whole).history] == [
        (epoch.loss, epoch.validation_loss, epoch.rate) for epoch in read(cut).history
    ]
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".cut*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_ctrl_c_keeps_what_there_is_and_says_how_to_go_on(command: list[str], tmp_path: Path) -> None:
    cut = tmp_path / "cut.safetensors"
    process = subprocess.Popen(
        [*(word if word != "160" else "1000000" for word in command), "--checkpoint", str(cut), "--save", str(tmp_path / "net.safetensors")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not cut.exists() or not read(cut).history:
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"--checkpoint {cut} --resume" in said
    assert Network.load(tmp_path / "net.safetensors").score(X, Y) > 0.4
    assert read(cut).history


def test_a_run_goes_on_in_python(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    whole = fitted(rule="momentum", patience=11)
    fitted(rule="momentum", patience=11, epochs=5, checkpoint=path, every=0.5)
    on = fitted(rule="momentum", patience=11, checkpoint=path, resume=True)
    assert all((whole.parameters[name] == on.parameters[name]).all() for name in whole.parameters)
    assert [one.loss for one in whole.history] == [one.loss for one in on.history]


def test_the_settings_of_the_file_hold_where_none_are_given(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    fitted(checkpoint=path, rule="rmsprop", batch=7)
    on = Network(SHEET).fit(X, Y, checkpoint=path, resume=True, epochs=14)
    assert (on.trained.settings.rule, on.trained.settings.batch, len(on.history)) == ("rmsprop", 7, 14)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sheet": SHEET.replace("relu", "tanh")}, "is of another sheet (Rings), or of this one before it was changed"),
        ({"batch": 9}, "was trained with batch=32, and batch=9 is asked for now"),
        ({"dtype": "float32"}, "was trained with dtype=float64, and dtype=float32"),
        ({"seed": 5}, "was trained with seed=4, and seed=5"),
        ({"rule": "momentum"}, "was trained with rule=adam, and rule=momentum"),
        ({"schedule": "cosine"}, "was trained with schedule=plateau:patience=2"),
    ],
)
def test_what_does_not_fit_is_refused_and_stays(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    path = tmp_path / "run.safetensors"
    fitted(checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(ByhandError) as caught:
        fitted(checkpoint=path, resume=True, **changed)
    assert said in str(caught.value)
    assert path.read_bytes() == before


def test_other_data_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    fitted(checkpoint=path)
    with pytest.raises(ByhandError, match="was trained on other data: its rows were 150, and are 149 now"):
        Network(SHEET).fit(X[1:], Y[1:], checkpoint=path, resume=True)


def test_a_schedule_with_a_fixed_end_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    fitted(checkpoint=path, schedule="cosine")
    with pytest.raises(ByhandError, match="epochs=13 would be another run"):
        fitted(checkpoint=path, schedule="cosine", resume=True, epochs=13)


def test_nothing_is_written_over_without_being_asked(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    path.write_bytes(b"somebody's")
    with pytest.raises(ByhandError, match="is there already: go on with that run"):
        fitted(checkpoint=path)
    with pytest.raises(ByhandError, match="damaged or no safetensors file"):
        fitted(checkpoint=path, resume=True)
    assert path.read_bytes() == b"somebody's"


def test_a_damaged_file_is_refused_wherever_it_is_damaged(tmp_path: Path) -> None:
    """Cut off or with a byte changed anywhere, in the arrays or in what is said of them: a sentence, never a crash, never other numbers."""
    path = tmp_path / "run.safetensors"
    fitted(checkpoint=path, epochs=2)
    whole = path.read_bytes()
    header = 8 + int.from_bytes(whole[:8], "little")
    for cut in [*range(0, header, 97), header, len(whole) - 1]:
        path.write_bytes(whole[:cut])
        with pytest.raises(ByhandError):
            Network.load(path)
    for place in range(0, len(whole), 31):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])
        with pytest.raises(ByhandError):
            Network.load(path)


def test_files_of_others_are_told_apart(tmp_path: Path) -> None:
    net = fitted(epochs=1)
    net.to_safetensors(tmp_path / "weights.safetensors")
    with pytest.raises(ByhandError, match="is a safetensors file that byhand did not write"):
        Network.load(tmp_path / "weights.safetensors")
    with pytest.raises(ByhandError, match="there is no such file"):
        Network.load(tmp_path / "none.safetensors")
    with pytest.raises(ByhandError, match="it is a folder"):
        Network.load(tmp_path)


def test_a_full_disk_ends_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file from before stays, training goes on and says what it could not save."""
    path, told = tmp_path / "run.safetensors", list[Event]()
    count = 0

    def full(*_: Any) -> None:
        nonlocal count
        count += 1
        if count > 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("byhand.train.run.files.os.fsync", full)
    net = fitted(checkpoint=path, every=1, report=told.append)
    assert len(net.history) == 12
    assert any(isinstance(one, Trouble) and "no space left on device" in one.message for one in told)
    assert len(read(path).history) < 12
    assert [one.name for one in tmp_path.iterdir()] == ["run.safetensors"]


def test_a_folder_that_cannot_be_written_to_is_said_before_training(tmp_path: Path) -> None:
    with pytest.raises(ByhandError, match=r"cannot save to .*run.safetensors: no such file or directory; choose another place"):
        fitted(checkpoint=tmp_path / "nowhere" / "run.safetensors")
