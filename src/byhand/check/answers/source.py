"""The text of a file that a stranger handed in: size, kind of content and encoding are looked at before anything else."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from byhand.check.answers.limits import MAX_FILE
from byhand.lang.errors import ByhandError

_BINARY = {
    b"PK\x03\x04": "a zip archive (or an office document)", b"%PDF": "a PDF", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file", b"7z\xbc\xaf": "an archive", b"\x80\x04": "a pickle", b"\x80\x05": "a pickle", b"\x93NUMPY": "a binary NumPy array",
    b"\x7fELF": "a program",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
OLD_ENCODING = "the file is not in UTF-8; read as Latin-1, in which some letters may be wrong"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is text. ``encoding`` is what its mark says, or UTF-8."""

    path: Path
    size: int
    encoding: str


def source(path: Path) -> Source:
    """The file, looked at from outside; ``ByhandError`` where it cannot be opened or is no text."""
    try:
        with path.open("rb") as file:
            head, size = file.read(4096), path.stat().st_size
    except OSError as problem:
        raise ByhandError(f"cannot read {path}: {problem.strerror or 'it cannot be opened'}.") from None
    return Source(path, size, encoding_of(head))


def encoding_of(head: bytes) -> str:
    """The encoding that the first bytes of a file show; ``ByhandError`` where they show that it is no text."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    found = next((name for start, name in _BINARY.items() if head.startswith(start)), None)
    if found is not None:
        raise ByhandError(f"the file is {found}, and no text; hand in JSON, CSV, YAML, Markdown, LaTeX, plain text or a notebook.")
    if b"\0" in head:
        raise ByhandError("the file is binary, and no text; hand in JSON, CSV, YAML, Markdown, LaTeX, plain text or a notebook.")
    return "utf-8"


def whole(at: Source) -> tuple[str, str | None]:
    """All of a file's text, and what was mended to read it; ``ByhandError`` for a file that is too long."""
    if at.size > MAX_FILE:
        raise ByhandError(f"the file has {at.size:,} bytes; a hand-in may have {MAX_FILE:,}. A class goes into a table or a .jsonl file, a line a person.")
    with at.path.open("rb") as file:
        return decoded(file.read(MAX_FILE + 1), at.encoding)


def decoded(raw: bytes, encoding: str = "utf-8") -> tuple[str, str | None]:
    """Bytes as text, and what was mended."""
    try:
        text, mended = raw.decode(encoding), None
    except UnicodeDecodeError:
        text, mended = raw.decode("latin-1"), OLD_ENCODING
    if "\0" in text:
        raise ByhandError("the file has zero characters in it, so it is no text.")
    return text, mended


def lines(at: Source) -> Iterator[tuple[str, str | None]]:
    """The lines of a file one by one, each with what was mended; a line that is too long comes as ``ByhandError``'s sentence with empty text."""
    if at.encoding not in ("utf-8", "utf-8-sig"):
        text, mended = whole(at)
        yield from ((line, mended) for line in text.splitlines(keepends=True))
        return
    with at.path.open("rb") as file:
        first = True
        while raw := file.readline(MAX_FILE + 1):
            if len(raw) > MAX_FILE:
                raise ByhandError(f"a line is longer than {MAX_FILE:,} bytes; the rest of the file is not read.")
            yield decoded(raw.removeprefix(codecs.BOM_UTF8) if first else raw)
            first = False
