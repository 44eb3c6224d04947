"""Answers in running text: lines of Markdown, LaTeX, plain text and what programs print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice

from byhand.check.answers.chain import tidy
from byhand.check.answers.entry import Entry, Formulas, HandIn, Numbers
from byhand.check.answers.limits import MAX_LINE, MAX_LINES, MAX_NAME, MAX_STATEMENTS, MAX_TEXT, short
from byhand.check.answers.sentences import statements
from byhand.check.answers.tables import rows_of
from byhand.check.answers.written import Written, written


def hand_in(text: str, person: str) -> HandIn:
    """The answers of one person's text."""
    if len(text) > MAX_TEXT:
        return HandIn(person, (), (f"a text of {len(text):,} characters is refused; a hand-in in lines may have {MAX_TEXT:,}.",))
    if text.count("\n") > MAX_LINES:
        return HandIn(person, (), (f"a text of more than {MAX_LINES:,} lines is refused.",))
    text, said = _front_matter(text)
    found = tuple(islice(entries(text), MAX_STATEMENTS + 1))
    if len(found) > MAX_STATEMENTS:
        return HandIn(said or person, (), (f"a text with more than {MAX_STATEMENTS:,} answers is refused.",))
    long = next((number for number, line in enumerate(text.split("\n"), start=1) if len(line) > MAX_LINE), None)
    problems = (f"line {long} is longer than {MAX_LINE:,} characters and is left out.",) if long is not None else ()
    if not found and not problems and _LEFT_OPEN.search(text) is None:
        problems = ("no answers found; each stands on a line of its own as name = value.",)
    return HandIn(said or person, found, problems)


_LEFT_OPEN = re.compile(r"^[^\s=][^=\n]{0,80}=[ \t]*$", re.MULTILINE)
"""A name with nothing behind it: who fills in nothing hands in nothing, which can be marked."""
_FRONT = re.compile(r"\ufeff?\s*---[ \t]*\n(.{0,5000}?)\n---[ \t]*\n", re.DOTALL)
_SAID = re.compile(r"^(?:person|student|name|author)[ \t]*:[ \t]*(.+)$", re.MULTILINE | re.IGNORECASE)


def _front_matter(text: str) -> tuple[str, str]:
    """The text without its front matter, and the person that it names. The lines keep their numbers."""
    front = _FRONT.match(text)
    if front is None:
        return text, ""
    said = _SAID.search(front[1])
    return "\n" * front.group().count("\n") + text[front.end() :], said[1].strip(" \"'")[:MAX_NAME] if said else ""


def entries(text: str, place: str = "") -> Iterator[Entry]:
    """The answers of a text, in order. ``place`` is said before the number of the line."""
    for one in _in_order(statements(text), rows_of(text)):
        found = _entry(one)
        if found is not None:
            yield found if not place else Entry(found.name, found.content, f"{place}, {found.place}", found.repairs, found.links, found.written)


@dataclass(frozen=True, slots=True)
class Said:
    """A name and what is said to be equal to it. ``strict``: only numbers count, since it may be prose."""

    name: str
    value: str
    line: int
    strict: bool = False


def _in_order(*groups: Iterable[tuple[int, str, str, bool]]) -> Iterator[Said]:
    for line, name, value, strict in merge(*groups, key=lambda one: one[0]):
        yield Said(name, value, line, strict)


def _entry(said: Said) -> Entry | None:
    name = tidy(said.name)
    if not name or len(name) > MAX_NAME:
        return None
    read = written(said.value)
    if read is not None and isinstance(read.content, Formulas):
        read = _before_prose(said.value) or _before_reason(said.value) or read
    if read is None or (said.strict and not isinstance(read.content, Numbers)):
        return None
    return Entry(name, read.content, f"line {said.line}", read.repairs, read.links, said.value.strip()[:2000])


_PROSE = re.compile(r"(?:[.,;]?\s+[A-Za-zäöüß]+(?:[ -][A-Za-zäöüß]+)+[.!]?|[.,;]?\s+\([A-Za-z ,.]{3,60}\)[.!]?|[.;,]\s+[A-Z][^=]*)\s*\$?$")


_REASON = re.compile(r":\s+[^\W\d_]+(?:\s+[^\W\d_]+){2}.*$", re.DOTALL)


def _before_reason(value: str) -> Written | None:
    """What a colon and a sentence stand behind."""
    found = _REASON.search(value) if len(value) < 2000 else None
    read = written(value[: found.start()]) if found is not None else None
    return None if found is None or read is None else replace(read, repairs=(*read.repairs, f"'{short(found.group()[1:].strip(), 30)}' left out"))


def _before_prose(value: str) -> Written | None:
    """Numbers that a sentence goes on behind."""
    found = _PROSE.search(value) if len(value) < 2000 else None
    read = written(value[: found.start()]) if found is not None else None
    if found is None or read is None or not isinstance(read.content, Numbers):
        return None
    return Written(read.content, (*read.repairs, f"'{short(found.group().strip(), 30)}' behind the number left out"), read.links)
