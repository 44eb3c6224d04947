"""Text files of numbers, opened whatever their compression and encoding, and read with a bound on the length of a line."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import MAX_LINE, quoted, reason

GZIP = b"\x1f\x8b"
_SAMPLE = 1 << 16
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file and how its bytes become text."""

    path: Path
    encoding: str
    zipped: bool

    @property
    def name(self) -> str:
        return self.path.name

    @contextmanager
    def lines(self) -> Generator[Lines]:
        """The lines from the first on; ``ByhandError`` on the way where the file is damaged, not in its encoding, or has an endless line."""
        with _bytes(self.path, self.zipped) as raw, io.TextIOWrapper(raw, encoding=self.encoding, newline="") as file:
            yield Lines(self, file)


@dataclass(slots=True)
class Lines(Iterator[str]):
    """Lines with their number: ``count`` have been read."""

    of: TextFile
    file: TextIO
    count: int = 0

    def __next__(self) -> str:
        try:
            line = self.file.readline(MAX_LINE)
        except UnicodeDecodeError as problem:
            raise ByhandError(_undecodable(self.of, problem)) from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise ByhandError(f"{self.of.name} is a damaged gzip file: {reason(problem).lower()}; fetch it again.") from None
        if not line:
            raise StopIteration
        self.count += 1
        if len(line) >= MAX_LINE:
            raise ByhandError(f"line {self.count} of {self.of.name} has more than {MAX_LINE:,} characters: this is no table of samples as rows.")
        return line

    def some(self, size: int, least: int = 1) -> list[str]:
        """Lines of about so many characters together, but not fewer than ``least``; none at the end."""
        found: list[str] = []
        for line in self:
            found.append(line)
            size -= len(line)
            if size <= 0 and len(found) >= least:
                break
        return found


def text_file(path: Path) -> TextFile:
    """How the file is to be read: gzip is known by its first bytes, UTF-16 by its mark, all else is UTF-8."""
    with path.open("rb") as file:
        zipped = file.read(2) == GZIP
    try:
        with _bytes(path, zipped) as raw:
            sample = raw.read(_SAMPLE)
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise ByhandError(f"{path.name} is a damaged gzip file: {reason(problem).lower()}; fetch it again.") from None
    if sample.startswith(_WIDE_MARKS):
        return TextFile(path, "utf-16", zipped)
    if b"\0" in sample:
        raise ByhandError(f"{path.name} is not text: data come as CSV (also gzipped), NPY, NPZ or Parquet.")
    return TextFile(path, "utf-8-sig", zipped)


@contextmanager
def _bytes(path: Path, zipped: bool) -> Generator[BinaryIO]:
    with path.open("rb") as file:
        if not zipped:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as inner:
            yield cast(BinaryIO, io.BufferedReader(inner, 1 << 18))


def _undecodable(of: TextFile, problem: UnicodeDecodeError) -> str:
    """Which line is not in the encoding: found by going through the bytes once more."""
    mends = "save the file as UTF-8"
    if of.encoding == "utf-16":
        return f"{of.name} is not whole UTF-16 text; {mends}."
    with _bytes(of.path, of.zipped) as raw:
        for number, line in enumerate(iter(lambda: raw.readline(MAX_LINE), b""), 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as here:
                around = line[max(0, here.start - 15) : here.start + 5].decode("latin-1")
                return f"line {number} of {of.name} is not UTF-8 text near {quoted(around)}; {mends} (it may be in Latin-1 or Windows-1252)."
    return f"{of.name} is not UTF-8 text ({problem.reason}); {mends}."
