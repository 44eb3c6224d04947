"""Arrays with a text beside them in one file, whole or not there: safetensors, the format that other programs read as well.

The library is Rust behind a small Python module: it checks every offset of a file that may come from anybody, and costs a few
milliseconds to import. Nothing in such a file is ever run.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from glob import escape
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as as_bytes

from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array

PART = ".part"


def save(path: Path, arrays: Mapping[str, Array], meta: Mapping[str, str]) -> None:
    """Write arrays and text as a safetensors file, as ``put`` does."""
    put(path, as_bytes({name: np.array(array, order="C") for name, array in arrays.items()}, metadata=dict(meta)))


def put(path: Path, data: bytes) -> None:
    """Write the file beside the one that is meant, to the disk, and put it there once it is whole.

    ``OSError`` where that cannot be; what was there before is then there still.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.{os.getpid()}.", suffix=PART)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(path))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    _settled(path.parent)


def load(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and the text of a file; ``ByhandError`` where there is none, or it is not whole."""
    if path.is_dir():
        raise ByhandError(f"cannot read {path}: it is a folder, not a file that training saved.")
    try:
        with safe_open(path, framework="np") as file:
            meta = file.metadata() or {}
            arrays = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except FileNotFoundError:
        raise ByhandError(f"cannot read {path}: there is no such file.") from None
    except OSError as error:
        raise ByhandError(f"cannot read {path}: {(error.strerror or 'it cannot be opened').lower()}.") from None
    except (SafetensorError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise ByhandError(f"{path} is damaged or no safetensors file ({_short(error)}): take the file from before, or train anew.") from None
    return arrays, meta


def tidy(path: Path) -> None:
    """Remove what runs that were killed left half written beside this file."""
    for part in path.parent.glob(f".{escape(path.name[:100])}.*{PART}"):
        process = part.name.split(".")[-3]
        if sys.platform != "win32" and process.isdecimal() and not _alive(int(process)):
            with contextlib.suppress(OSError):
                part.unlink()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def writable(path: Path) -> None:
    """``ByhandError`` where no file can be made at this place; said before anything is computed."""
    try:
        if path.is_dir():
            raise ByhandError(f"cannot save to {path}: it is a folder; give a file in it.")
        if path.exists() and not path.is_file():
            raise ByhandError(f"cannot save to {path}: it is a device or a pipe; give a file.")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        os.close(handle)
        os.unlink(name)
    except OSError as error:
        raise ByhandError(f"cannot save to {path}: {why(error)}; choose another place.") from None


def check_apart(written: Iterable[Path], read: Iterable[Path]) -> None:
    """``ByhandError`` where a run would write over what it reads, or write two things to one file."""
    taken = {path.resolve() for path in read}
    for path in written:
        if path.resolve() in taken:
            raise ByhandError(f"cannot save to {path}: this run reads it, or saves something else there; take another name.")
        taken.add(path.resolve())


def why(error: OSError) -> str:
    """The system's reason in small letters."""
    return (error.strerror or "no file can be made there").lower()


def _mode(path: Path) -> int:
    """The rights of the file that is replaced, or those that a new one gets."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _settled(folder: Path) -> None:
    """The new name is on the disk too, where the system lets us ask for that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
