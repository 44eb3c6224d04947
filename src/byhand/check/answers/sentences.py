"""Statements name = value in running text, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from byhand.check.answers.chain import links_of
from byhand.check.answers.limits import MAX_LINE
from byhand.check.answers.tall import flat

Statement = tuple[int, str, str, bool]
"""The line it begins on, the name, the value, and whether only numbers count."""

_FENCE = re.compile(r"^\s*(?:```|~~~)")
_LEAD = re.compile(r"^\s*(?:>\s*|#{1,6}\s+|[-*+•]\s+|\(?(?:[0-9]{1,2}|[a-z]|[ivx]{1,4})[.)]\s+|\\item(?:\[[^\]]*\])?\s*)*")
_DROPPED = re.compile(
    r"\\(?:begin|end)\{(?:align|aligned|equation|gather|gathered|eqnarray|split|document|enumerate|itemize|multline|displaymath|math)\*?\}"
    r"|\\(?:nonumber|notag|maketitle)(?![a-zA-Z])|\\label\{[^{}]*\}|\\\[(?=\s|$)|\\\]|\\\(|\\\)"
)
_COMMENT = re.compile(r"(?:(?<=\s)#(?=\s)|(?<!\\)%).*$")
_NUMERAL = r"[-−+]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][-−+]?[0-9]+)?"
_NUMBERS = re.compile(rf"\s*{_NUMERAL}(?:\s+{_NUMERAL})*\s*")
"""A row of a matrix without brackets, as MATLAB prints it."""
_STRONG = re.compile(r"(?<![^\s=≈])\*\*([^*\n]+)\*\*(?![^\s.,;])")
_UPDATES = re.compile(r"(?<!\S)([^\s=]{1,40})\s{0,3}-=")
_BECOMES = re.compile(r"(?:←|⟵|\\(?:leftarrow|gets|longleftarrow)(?![a-zA-Z])|<-+(?=\s))")
_STARTS = re.compile(r"^\W{0,8}[\w\\][^=\[\](){}]{0,40}(?:[({][^=()]{0,20}[)}]\W{0,3}){0,3}\s*&?(?:=|:=)(?!=)")
_GOES_ON = re.compile(r"^\s*&?\s*(?:=(?!=)|\\approx|≈|\\equiv)")
_OPEN = re.compile(r"\\begin\{[a-z]*(?:matrix|array)\*?\}|\\end\{[a-z]*(?:matrix|array)\*?\}|\\[{}\\]|[\[({\])}]")
_EQUALS = re.compile(r"(?<![<>!=:])=(?!=)|:=|\\approx(?![a-zA-Z])|≈|\\coloneqq")
_LETTER = r"(\\?eta|η|\\?alpha|α|lr|learning rate)"
_SIGN = r"(?:<=?|>=?|≤|≥|\\[lg](?:t|eq?)|\\?in|∈)"
_RATE = re.compile(rf"{_SIGN}\s*{_LETTER}(?![\w])|(?<![\w]){_LETTER}\s*{_SIGN}(?![\w])")
_COLON = re.compile(r"^([^\s:=|][^:=|]{0,40}?)\s*:(?![=/])\s*(.+)$", re.DOTALL)
_MOST_EMPTY = 20
"""Lines before one that begins with an equals sign; drawn matrices leave some."""
_MOST_LINES = 1000
"""Of one statement."""


def statements(text: str) -> Iterator[Statement]:
    """All that looks like name = value or name: value, in the order in which it stands."""
    for number, line in _joined(flat(text)):
        for part in _parts(line):
            found = _split(part)
            if found is not None:
                yield (number, *found)


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines that belong together: an open bracket or matrix, a right side that is still to come, a chain that goes on."""
    held: list[str] = []
    start, depth, gap = 0, 0, 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = _cleaned(raw)
        if not line.strip():
            gap += 1
            continue
        if held and not (len(held) < _MOST_LINES and _belongs(held, depth, line, gap)):
            yield start, "\n".join(held)
            held, depth = [], 0
        start = start if held else number
        held.append(line)
        depth, gap = _depth(line, depth), 0
    if held:
        yield start, "\n".join(held)


def _cleaned(line: str) -> str:
    """Without what only lays out: fences, bullets, environments, comments."""
    if _FENCE.match(line) or len(line) > MAX_LINE or (line.lstrip()[:1] == "|" and line.rstrip()[-1:] == "|"):
        return ""
    line = _DROPPED.sub(" ", _COMMENT.sub("", _unmarked(line).rstrip("\r")))
    line = _UPDATES.sub(r"\1 := \1 - ", _BECOMES.sub(" := ", line)) if "-" in line or not line.isascii() or "\\" in line else line
    return _LEAD.sub("", line, count=1) if line[:1] != " " or line.lstrip()[:1] in "-*+•>\\" else line


def _unmarked(line: str) -> str:
    """Without the signs of Markdown around formulas, and those that keep it from reading others."""
    bare = line.replace("$$", " ").replace("`", "").replace("\\_", "_")
    return _STRONG.sub(r"\1", bare) if "**" in bare else bare


def _belongs(held: list[str], depth: int, line: str, gap: int) -> bool:
    """Whether a line goes on with those before it; ``gap``: how many empty ones stand between."""
    if _GOES_ON.match(line):
        return gap <= _MOST_EMPTY
    if gap:
        return gap <= 2 and len(held) < 3 and _waits(held[-1]) and not _STARTS.match(line)
    if depth > 0:
        return not _STARTS.match(line)
    below = len(held) > 1 and _waits(held[0]) and _NUMBERS.fullmatch(held[-1]) is not None and _NUMBERS.fullmatch(line) is not None
    return below or (_waits(held[-1]) and not _STARTS.match(line))


def _waits(line: str) -> bool:
    """Whether a line ends where its value should begin."""
    bare = line.rstrip().removesuffix("\\\\").rstrip(" &$")
    return bare[-1:] in ("=", ":", "≈") or bare.endswith("\\approx")


def _depth(line: str, depth: int) -> int:
    """How many brackets are open after the line."""
    for found in _OPEN.finditer(line):
        mark = found.group()
        if mark in "([{" or mark.startswith("\\begin"):
            depth += 1
        elif mark in ")]}" or mark.startswith("\\end"):
            depth = max(0, depth - 1)
    return depth


# --------------------------------------------------------------------------------------------- statements of a line

_MATH = re.compile(r"(?<!\\)\$([^$]+)\$")
_NAMED = r"(?=\\?[A-Za-z∂∇δα-ωΑ-Ω][\w\\/'^{}()\[\]∂∇₀-₉]{0,40}\s?(?:=(?!=)|:=))"
_NEXT = re.compile(rf"[,;]\s+{_NAMED}|(?<=\S)\s{{3,}}{_NAMED}|\s(?:and|und|so|thus|also)\s+{_NAMED}")


_WRAPPED = re.compile(r"\s*\\[a-zA-Z]{2,20}\{(.*)\}[\s.]*$", re.DOTALL)


def _unwrapped(line: str) -> str:
    r"""The statement in \boxed{z = 3}, and in any other command that goes around all of a line."""
    found = _WRAPPED.match(line)
    inner = found[1] if found is not None else ""
    return inner if "=" in inner and "}" not in inner.partition("{")[0] and _depth(inner, 0) == 0 else line


def _parts(line: str) -> Iterator[str]:
    """The statements of a line: its formulas between dollars, or its parts between line ends and commas."""
    line = _unwrapped(line)
    inside = [found for found in _MATH.findall(line) if _EQUALS.search(found)] if "$" in line else []
    for piece in inside or [line]:
        for row in _rows(piece):
            yield from _comma_parts(row)


_SKIP = re.compile(r"\s*\[-?[0-9.]+\s*[a-z]{2}\]")


def _rows(text: str) -> list[str]:
    r"""Parted at \\ outside matrices."""
    if "\\\\" not in text:
        return [text]
    rows, start, depth = list[str](), 0, 0
    for found in _OPEN.finditer(text):
        mark = found.group()
        depth += mark.startswith("\\begin") - mark.startswith("\\end")
        if mark == "\\\\" and depth <= 0:
            rows.append(text[start : found.start()])
            skip = _SKIP.match(text, found.end())
            start = skip.end() if skip is not None else found.end()
    rows.append(text[start:])
    return _chained(rows)


def _chained(rows: list[str]) -> list[str]:
    """Rows that begin with an equals sign go on with the chain of the row before."""
    found: list[str] = []
    for row in rows:
        if found and _GOES_ON.match(row):
            found[-1] += row
        elif row.strip():
            found.append(row)
    return found


def _comma_parts(row: str) -> Iterator[str]:
    start = 0
    for found in _NEXT.finditer(row):
        if _depth(row[start : found.start()], 0) == 0:
            yield row[start : found.start()]
            start = found.end()
    yield row[start:]


def _split(part: str) -> tuple[str, str, bool] | None:
    """The name, the value, and whether only numbers count."""
    found = _EQUALS.search(part)
    links = links_of(part) if found is not None else ()
    if found is not None and len(links) > 1:
        return _bare(links[0].rpartition(": ")[2]), " = ".join(links[1:]), False
    colon = _COLON.match(part.strip())
    if colon is None:
        rate = _RATE.search(part) if len(part) < 300 else None
        return None if rate is None else (rate[1] or rate[2], part.strip(" $."), False)
    return _bare(colon[1]), colon[2], not _NAME.fullmatch(_bare(colon[1]))


_NAME = re.compile(r"[A-Za-zα-ωΑ-Ω∂∇]|[\w∂∇\\{}^/'()\[\], ]*[0-9_/∂∇\\'][\w∂∇\\{}^/'()\[\],]*")


def _bare(name: str) -> str:
    """A name without the marks of Markdown around it."""
    name = name.strip().strip("$").strip()
    if name[:1] == name[-1:] == "*":
        name = name.strip("*")
    if name[:2] in ("**", "__") and not name.startswith("__class"):
        name = name.replace(name[:2], "")
    return name.strip(" :$")
