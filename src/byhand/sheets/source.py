"""A sheet as a file: its title, its prose, and its fenced blocks marked ``byhand`` with the lines they stand on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from markdown_it import MarkdownIt

from byhand.lang.errors import ByhandError

LARGEST_SHEET = 1_000_000
"""Bytes; a longer sheet is refused before it is read."""

_PART = re.compile(r"\s*(?:#+\s*)?\**\(?([a-z])\)")
_FIELD = re.compile(r"(\w+)\s*:\s*(.*?)\s*$")


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown between two blocks."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Code:
    """The inside of one block; ``line`` is where its first line stands in the file."""

    text: str
    line: int


Piece: TypeAlias = Prose | Code


@dataclass(frozen=True, slots=True)
class Source:
    """A sheet taken apart. ``name`` is the file's name without its folder."""

    name: str
    title: str
    pieces: tuple[Piece, ...]


def read_file(path: Path) -> Source:
    """The sheet in a file; ``ByhandError`` where there is none, or it is too large or not text."""
    if path.is_dir():
        raise ByhandError(f"cannot read {path}: it is a folder; give a Markdown file.")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_SHEET + 1)
    except OSError as error:
        raise ByhandError(f"cannot read {path}: {(error.strerror or 'it cannot be opened').lower()}.") from None
    return take_apart(_decode(data, str(path)), path.name)


def _decode(data: bytes, path: str) -> str:
    if len(data) > LARGEST_SHEET:
        raise ByhandError(f"cannot read {path}: it is larger than {LARGEST_SHEET:,} bytes, more than any sheet a person writes.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ByhandError(f"cannot read {path}: line {line} is not UTF-8 text (byte 0x{data[error.start]:02x}). Save the file as UTF-8.") from None
    if "\0" in text:
        raise ByhandError(f"cannot read {path}: it holds zero bytes, so it is no text file.")
    return text


def take_apart(text: str, name: str = "sheet") -> Source:
    """Title, prose and blocks of a sheet's text.

    Raises ``ByhandError`` for an empty sheet, or one without a ``byhand`` block.
    """
    if len(text) > LARGEST_SHEET:
        raise ByhandError(f"cannot read {name}: it is larger than {LARGEST_SHEET:,} characters.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ByhandError(f"{name} is empty: a sheet needs at least one block marked ```byhand with formulas and a question.")
    fields, start = _front_matter(text)
    lines = text.split("\n")
    pieces = _pieces(lines, start)
    if not any(isinstance(piece, Code) for piece in pieces):
        raise ByhandError(f"{name} has no block marked ```byhand, so there is nothing to solve. Put the formulas between ```byhand and ```.")
    title = fields.get("title")
    if title is None:
        title, pieces = _heading(pieces)
    return Source(name, title or name.removesuffix(".md"), tuple(pieces))


def _front_matter(text: str) -> tuple[dict[str, str], int]:
    """The ``key: value`` lines between two lines ``---`` at the top, and the line where the sheet proper starts."""
    lines = text.split("\n")
    if lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        return {}, 0
    end = next(k for k, line in enumerate(lines[1:], 1) if line.strip() == "---")
    found = (_FIELD.match(line) for line in lines[1:end])
    return {match[1]: match[2].strip("\"'") for match in found if match}, end + 1


def _pieces(lines: list[str], start: int) -> list[Piece]:
    """Prose and blocks in order; a fence that is never closed is an error, not a guess."""
    pieces: list[Piece] = []
    after = start
    body = "\n".join(lines[start:])
    for token in MarkdownIt("commonmark").parse(body):
        if token.type != "fence" or token.map is None or token.info.split()[:1] != ["byhand"] or token.level:
            continue
        first, last = token.map[0] + start, token.map[1] + start
        if lines[last - 1].strip().strip("`~") or last - 1 == first or lines[last - 1].strip()[:3] not in ("```", "~~~"):
            raise ByhandError("the block marked byhand that starts here is never closed; end it with a line ```.", first + 1, 1)
        pieces.append(Prose("\n".join(lines[after:first]).strip("\n"), after + 1))
        pieces.append(Code(token.content, first + 2))
        after = last
    pieces.append(Prose("\n".join(lines[after:]).strip("\n"), after + 1))
    return [piece for piece in pieces if isinstance(piece, Code) or piece.text.strip()]


def _heading(pieces: list[Piece]) -> tuple[str | None, list[Piece]]:
    """The first top heading, and the pieces without it: as a title it stands above everything already."""
    for position, piece in enumerate(pieces):
        lines = piece.text.split("\n") if isinstance(piece, Prose) else []
        for number, line in enumerate(lines):
            if line.startswith("# "):
                rest = Prose("\n".join([*lines[:number], *lines[number + 1 :]]).strip("\n"), piece.line)
                kept = [rest] if rest.text.strip() else []
                return line[2:].strip(), [*pieces[:position], *kept, *pieces[position + 1 :]]
    return None, pieces


def part_label(prose: str) -> str | None:
    """The letter of the part that a piece of prose opens: its first or last paragraph starts with ``(a)``."""
    paragraphs = [paragraph for paragraph in re.split(r"\n\s*\n", prose) if paragraph.strip()]
    for paragraph in reversed(paragraphs):
        match = _PART.match(paragraph)
        if match:
            return match[1]
    return None
