"""A sheet as a file: its title, its prose, and its fenced blocks marked ``byhand`` with the lines they stand on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token

from byhand.lang.errors import ByhandError

LARGEST_SHEET = 1_000_000
"""Bytes; a longer sheet is refused before it is read."""
LONGEST_PROSE = 100_000
"""Characters outside the blocks."""

_PART = re.compile(r"\s*(?:#+\s*)?\**\(?([a-z])\)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
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
    return take_apart(*read_text(path))


def read_text(path: Path) -> tuple[str, str]:
    """The text of a sheet's file, and the sheet's name."""
    try:
        if path.is_dir():
            raise ByhandError(f"cannot read {path}: it is a folder; give a Markdown file.")
        with path.open("rb") as file:
            data = file.read(LARGEST_SHEET + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ByhandError):
            raise
        reason = error.strerror if isinstance(error, OSError) else None
        raise ByhandError(f"cannot read {path}: {(reason or 'it cannot be opened').lower()}.") from None
    return _decode(data, str(path)), path.name.encode("utf-8", "replace").decode()


def _decode(data: bytes, path: str) -> str:
    if len(data) > LARGEST_SHEET:
        raise ByhandError(f"cannot read {path}: it is larger than {LARGEST_SHEET:,} bytes, more than any sheet a person writes.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ByhandError(f"cannot read {path}: line {line} is not UTF-8 text (byte 0x{data[error.start]:02x}). Save the file as UTF-8.") from None
    return text


def take_apart(text: str, name: str = "sheet") -> Source:
    """Title, prose and blocks of a sheet's text.

    Raises ``ByhandError`` for an empty sheet, or one without a ``byhand`` block.
    """
    if len(text) > LARGEST_SHEET:
        raise ByhandError(f"cannot read {name}: it is larger than {LARGEST_SHEET:,} characters.")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    _check_characters(text)
    if not text.strip():
        raise ByhandError(f"{name} is empty: a sheet needs at least one block marked ```byhand with formulas and a question.")
    fields, start = _front_matter(text)
    lines = text.split("\n")
    pieces = _pieces(lines, start)
    if not any(isinstance(piece, Code) for piece in pieces):
        raise ByhandError(f"{name} has no block marked ```byhand, so there is nothing to solve. Put the formulas between ```byhand and ```.")
    words = sum(len(piece.text) for piece in pieces if isinstance(piece, Prose))
    if words > LONGEST_PROSE:
        raise ByhandError(f"{name} has {words:,} characters of text between its blocks; the limit is {LONGEST_PROSE:,}.")
    title = fields.get("title")
    if title is None:
        title, pieces = _heading(pieces)
    return Source(name, title or name.removesuffix(".md"), tuple(pieces))


def _check_characters(text: str) -> None:
    """No control characters: nobody sees them, and terminals obey them."""
    found = _CONTROL.search(text)
    if found:
        line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
        raise ByhandError(f"the invisible control character U+{ord(found[0]):04X} stands here; delete it, or save the file as plain text.", line, column)


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
    for token in MarkdownIt("commonmark").disable("inline").parse("\n".join(lines[start:])):
        if token.map is None or not _is_block(token, token.map[0] + start + 1):
            continue
        first, last = token.map[0] + start, token.map[1] + start
        _check_end(lines, first, last, token.content)
        pieces.append(Prose("\n".join(lines[after:first]).strip("\n"), after + 1))
        pieces.append(Code(token.content, first + 2))
        after = last
    pieces.append(Prose("\n".join(lines[after:]).strip("\n"), after + 1))
    return [piece for piece in pieces if isinstance(piece, Code) or piece.text.strip()]


def _is_block(token: Token, line: int) -> bool:
    """Whether this is one of byhand's blocks; ``ByhandError`` for what was meant as one and is none."""
    if token.type == "code_block" and token.content.lstrip("`~").startswith("byhand\n"):
        raise ByhandError("this block is indented by four spaces or more, which makes it prose; start its ```byhand at the left margin.", line, 1)
    if token.type != "fence":
        return False
    mark = (token.info.split() or [""])[0]
    if mark != "byhand":
        if get_close_matches(mark.strip("{}.").lower(), ["byhand"], n=1, cutoff=0.8):
            raise ByhandError(f"this block is marked {mark[:40]}, and byhand reads blocks marked byhand; start it with ```byhand.", line, 1)
        return False
    if token.level:
        raise ByhandError("this block stands inside a list or a quotation; start its ```byhand at the left margin.", line, 1)
    return True


def _check_end(lines: list[str], first: int, last: int, content: str) -> None:
    """``ByhandError`` for a block that runs on to the end of the sheet, or into the next block."""
    end = lines[last - 1].strip()
    another = next((k for k, line in enumerate(content.split("\n"), first + 2) if line.strip().startswith(("```byhand", "~~~byhand"))), None)
    if another is not None:
        raise ByhandError(f"the block that starts here is not closed before the next one starts on line {another}; end it with a line ```.", first + 1, 1)
    if last - 1 == first or end.strip("`~") or end[:3] not in ("```", "~~~"):
        raise ByhandError("the block marked byhand that starts here is never closed; end it with a line ```.", first + 1, 1)


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
