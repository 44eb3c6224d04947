"""How a run on several processes ends, without starting any: who is to blame, what is left behind, and what Ctrl-C does."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from byhand.lang.errors import ByhandError
from byhand.train.distributed import course as course_module
from byhand.train.distributed.course import Course
from byhand.train.distributed.job import Seat
from byhand.train.distributed.news import Joined
from byhand.train.distributed.watch import Process, Watch
from byhand.train.run.events import silent

ABORTED = "Terminating process because the JAX distributed service detected fatal errors. RPC: /xla.coordination.CoordinationService/Heartbeat"
JOINED = Joined(0, 2, "2 × cpu", "data=2,model=1", "")


class Ended:
    """What is looked at of a process that is over."""

    def __init__(self, returncode: int | None) -> None:
        self.returncode = returncode

    def poll(self) -> int | None:
        return self.returncode


def course(folder: Path, *codes: int | None, printed: str = "", local: bool = True) -> Course:
    """A run of which these processes ended with these codes, ``None``: not at all; those that ended printed this."""
    watch = Watch(folder)
    for number, code in enumerate(codes):
        log = folder / f"process-{number}.log"
        log.write_text(printed if code is not None else "")
        watch.processes.append(Process(Seat(number, len(codes), "127.0.0.1:1234", local), cast("subprocess.Popen[bytes]", Ended(code)), log))
    return Course(watch, silent)


@pytest.mark.parametrize(
    ("codes", "printed", "said"),
    [
        ((None, -6), ABORTED, "process 0 of 2 does not answer any more, in epoch 1"),
        ((-6, None), "heartbeat timeout", "process 1 of 2 does not answer any more, in epoch 1"),
        ((-6, -9), ABORTED, "process 1 of 2 was ended by SIGKILL"),
        ((-6, None), "free(): invalid pointer", "process 0 of 2 was ended by SIGABRT"),
        ((None, 1), "Traceback\nImportError: no such library\n", "process 1 of 2 ended with exit code 1 (ImportError: no such library), in epoch 1"),
        ((-6, -6), ABORTED, "a process of another host is gone"),
    ],
)
def test_who_is_to_blame(codes: tuple[int | None, ...], printed: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course_module, "AFTERMATH", 0.05)
    run = course(tmp_path, *codes, printed=printed)
    run.watch.heard.put((run.watch.processes[0], JOINED))
    for process in run.watch.processes:
        if process.running.returncode is not None:
            run.watch.heard.put((process, None))
    with pytest.raises(ByhandError) as caught:
        run.followed()
    assert str(caught.value).startswith(said)


class Pressed:
    """Ctrl-C instead of news."""

    def get(self, timeout: float | None = None) -> Any:
        raise KeyboardInterrupt


def test_ctrl_c_ends_a_run_whose_processes_have_not_met(tmp_path: Path) -> None:
    run = course(tmp_path, None)
    run.watch.heard = cast("Any", Pressed())
    with pytest.raises(KeyboardInterrupt):
        run.followed()


def test_the_folder_of_a_run_is_taken_away_when_nobody_listens_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jax")
    from byhand.train.distributed import worker

    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "process-0.log").write_text("")
    codes: list[int] = []
    monkeypatch.setattr(worker.os, "_exit", codes.append)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO()))
    worker._end_with_parent(folder)
    assert codes == [worker.LOST]
    assert not folder.exists()


def test_without_a_cluster_s_manager_it_is_said_what_to_name(monkeypatch: pytest.MonkeyPatch) -> None:
    jax = pytest.importorskip("jax")
    from byhand.train.distributed import worker

    def nobody(**timing: Any) -> None:
        raise ValueError("coordinator_address should be defined.")

    monkeypatch.setattr(jax.distributed, "initialize", nobody)
    with pytest.raises(ByhandError, match="no cluster's manager says where the processes meet"):
        worker._meet_in_cluster({})


def test_a_port_that_is_in_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    jax = pytest.importorskip("jax")
    from byhand.train.distributed import worker

    def taken(*_: Any, **__: Any) -> None:
        raise jax.errors.JaxRuntimeError("UNKNOWN: Failed to start RPC server")

    monkeypatch.setattr(jax.distributed, "initialize", taken)
    monkeypatch.setattr(jax.config, "update", lambda *_: None)
    with pytest.raises(ByhandError, match=r"cannot be met at 127\.0\.0\.1:1234: the port is in use"):
        worker.meet(Seat(0, 2, "127.0.0.1:1234", False))
