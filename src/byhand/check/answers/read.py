"""Hand-ins from files of any kind: the kind is told by the name of the file, or else by what stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

from byhand.check.answers import json_file, lines, notebook, table, yaml_file
from byhand.check.answers.entry import HandIn
from byhand.check.answers.limits import MAX_FILE
from byhand.check.answers.source import Source, source, whole
from byhand.check.answers.source import lines as lines_of
from byhand.lang.errors import ByhandError

Kind: TypeAlias = Literal["json", "jsonl", "csv", "yaml", "lines", "notebook"]
_KINDS: dict[str, Kind] = {
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".yaml": "yaml", ".yml": "yaml", ".ipynb": "notebook",
    ".md": "lines", ".markdown": "lines", ".tex": "lines", ".txt": "lines", ".text": "lines",
}  # fmt: skip


def hand_ins(path: Path) -> Iterator[HandIn]:
    """The hand-ins of a file, one person's or a class's, as a stream.

    A person is called as the file says, or else as the file is called. Raises ``ByhandError`` where there is no such file; whatever is
    wrong with what stands in it is said in ``problems``, so that it costs nobody else anything.
    """
    try:
        at = source(path)
    except ByhandError as problem:
        if not path.is_file():
            raise
        yield HandIn(path.stem, (), (problem.message,))
        return
    try:
        yield from _read(at)
    except ByhandError as problem:
        yield HandIn(path.stem, (), (problem.message,))


def _read(at: Source) -> Iterator[HandIn]:
    """Tables and lines of JSON are streamed, everything else is one person's and read whole."""
    kind, stem = _KINDS.get(at.path.suffix.lower()), at.path.stem
    if kind == "jsonl":
        yield from json_file.hand_ins_of_lines(lines_of(at), stem)
    elif kind == "csv":
        yield from table.hand_ins(lines_of(at), stem)
    else:
        text, mended = whole(at)
        for one in from_text(text, stem, kind or kind_of(text)):
            yield one if mended is None else replace(one, problems=(*one.problems, mended))


def from_text(text: str, name: str, kind: Kind) -> Iterator[HandIn]:
    """The hand-ins of a text of a kind; ``name`` is what its person is called where the text does not say."""
    if len(text) > MAX_FILE:
        yield HandIn(name, (), (f"a text of {len(text):,} characters is refused; a hand-in may have {MAX_FILE:,}.",))
        return
    text = text.removeprefix("\ufeff")
    match kind:
        case "json":
            yield from json_file.hand_ins(text, name)
        case "jsonl":
            yield from json_file.hand_ins_of_lines(((line, None) for line in text.splitlines()), name)
        case "csv":
            yield from table.hand_ins(((line, None) for line in text.splitlines(keepends=True)), name)
        case "yaml":
            yield from yaml_file.hand_ins(text, name)
        case "lines":
            yield lines.hand_in(text, name)
        case "notebook":
            yield notebook.hand_in(text, name)


def kind_of(text: str) -> Kind:
    """What a text is likely to be, by its first line."""
    start = text.lstrip("\ufeff \t\r\n")[:2000]
    first = start.partition("\n")[0]
    if start[:1] in "{[":
        return "notebook" if '"cells"' in start else "json"
    if "=" not in first and (";" in first or "\t" in first or table.is_head(first)):
        return "csv"
    return "yaml" if start.startswith("---") and ":" in start and "=" not in start else "lines"
