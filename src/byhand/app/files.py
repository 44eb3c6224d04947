"""Writing what was made: to the terminal, or to a file that is whole or not there."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, TextIO

import click

from byhand.lang.errors import ByhandError


def deliver(made: str | bytes, output: Path | None) -> None:
    """To the terminal or a pipe, or to a file; ``ByhandError`` where that cannot be."""
    if isinstance(made, bytes) and output is None and sys.stdout.isatty():
        raise ByhandError("this is no text that a terminal could show; say which file it goes to, with -o FILE.")
    data = made if isinstance(made, bytes) else (made if made.endswith("\n") else made + "\n")
    try:
        if output is None:
            click.echo(data, nl=False)
        elif output.exists() and not output.is_file():
            output.write_bytes(_bytes(data))
        else:
            replace(output.resolve(), _bytes(data))
    except BrokenPipeError:  # the reader has seen enough
        _leave_alone(sys.stdout)
    except (OSError, RuntimeError) as error:
        if output is None:
            _leave_alone(sys.stdout)
        reason = error.strerror if isinstance(error, OSError) else None
        raise ByhandError(f"cannot write {output or 'the solution'}: {(reason or 'no file can be made there').lower()}.") from None


def _leave_alone(stream: TextIO) -> None:
    """What is still to be written goes nowhere, so that Python does not try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _bytes(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode("utf-8")


def replace(output: Path, data: bytes) -> None:
    """Write a file beside the one that is meant, and put it there once it is whole."""
    with replacing(output) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(output: Path) -> Generator[BinaryIO]:
    """A file to write to that takes the place of another once it is whole, and is gone if anything went wrong."""
    handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name[:100]}.")
    try:
        with open(handle, "wb") as file:
            yield file
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, stat.S_IMODE(output.stat().st_mode) if output.exists() else 0o666 & ~mask)
        os.replace(name, output)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
