"""How much is read at most, and how much at a time; larger data are refused with a sentence."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]

NPY, ZIP, PARQUET = b"\x93NUMPY", b"PK\x03\x04", b"PAR1"
"""How files of these kinds begin."""

MAX_COLUMNS = 100_000
MAX_LINE = 8 << 20
"""Characters in one line of text."""
MAX_CELL = 131_072
"""Characters in one cell of text; the csv module's own limit."""
BLOCK = 4 << 20
"""Bytes that are looked at together: they fit into a processor's cache."""
SHUFFLED = 1 << 20
"""Bytes in a block that is moved as a whole when data are streamed: large enough to be read fast, small enough that a chunk has many."""
CHUNK = 12 << 20
"""Bytes that are shuffled together when data are streamed; the next ones are read while these are still in use."""
MAX_GROUP = 128 << 20
"""Bytes of a row group of a Parquet file that is streamed."""
IN_MEMORY = 256 << 20
"""Bytes up to which a file that could be streamed is read at once, because then all its rows are shuffled together."""
_UNKNOWN_MEMORY = 64 << 30


def memory() -> int:
    """The bytes of memory of this machine; a generous guess where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return _UNKNOWN_MEMORY


def most(dtype: DTypeLike) -> float:
    """The largest number of a floating-point type."""
    return float(np.finfo(dtype).max)


def size_text(count: float) -> str:
    """A number of bytes as people say it: 1.5 GB."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def quoted(text: str, most_characters: int = 40) -> str:
    """A cell in a message: short, on one line, in quotation marks."""
    line = "".join(sign if sign.isprintable() else "·" for sign in text.strip())
    return f'"{line if len(line) <= most_characters else line[: most_characters - 1] + "…"}"'


def reason(problem: Exception) -> str:
    """What a library says of a file, in a message: its first line, not too long."""
    line = next(iter(str(problem).splitlines()), "").strip() or "it ends early"
    return (line if len(line) <= 100 else line[:99] + "…").rstrip(".")
