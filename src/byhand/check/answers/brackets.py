"""Arrays as text: lists of Python, NumPy's print, Matlab's rows, matrices of LaTeX (whose entries ``signs`` puts between &)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from byhand.check.answers.entry import Unread
from byhand.check.answers.limits import MAX_AXES, MAX_ENTRIES, short
from byhand.check.answers.scalar import NO_NUMBER, not_finite, scalar

Comma: TypeAlias = Literal["point", "between"]
Nested: TypeAlias = Any
"""Digits, or lists of them, or of lists."""

_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_TOKEN = re.compile(rf"\s*(?:({_NUMBER}(?:\s?/\s?{_NUMBER}|\.\.\.)?)|([\[({{])|([\])}}])|([,;&|\n])|(nan|inf|-inf|None|null|NaN|∞)(?![a-zA-Z])|(\.\.\.))")
_GAP = re.compile(r"[ \t\r\f\v]*(\n?)")
_PAIRS = {"[": "]", "(": ")", "{": "}"}
_LOOSE_SIGN = re.compile(r"(^|[\[({,;&|]\s*)([+-])\s+(?=[0-9.])")
_TIGHT = re.compile(r"[0-9],[0-9]")
_POINT = re.compile(r"[0-9]\.[0-9]|[\[( ,;&]\.[0-9]|[0-9]\.[\s,;\])]")
_APART = re.compile(r"[0-9\]]\s*&|&\s*[+-]?[0-9]|[0-9]\s*,\s+[+-]?[0-9]|[0-9]\s+[+-]?[0-9]")
_LONG_LINE = 60


def commas(text: str) -> Comma:
    """Whether commas between digits are decimal points; only where something else stands between the entries."""
    if not _TIGHT.search(text) or _POINT.search(text):
        return "between"
    return "point" if _APART.search(text) else "between"


@dataclass(slots=True)
class _Frame:
    """An open bracket. ``rows``: those that a semicolon ended; ``lines``: how many items each line began with; ``waits``: a separator stands last."""

    opened: str
    items: list[Nested] = field(default_factory=list[Nested])
    rows: list[list[Nested]] = field(default_factory=list[list[Nested]])
    breaks: list[int] = field(default_factory=list[int])
    commas: int = 0
    waits: bool = False


def nested(text: str, comma: Comma | None, repairs: list[str]) -> Nested | Unread | None:
    """The nested lists that a text is, ``None`` where it is something else."""
    if comma is None:
        comma = commas(text)
    if comma == "point" and _TIGHT.search(text):
        text = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", text)
        repairs.append("commas between digits read as decimal points")
    return _Parser(_LOOSE_SIGN.sub(r"\1\2", text), repairs).whole()


@dataclass(slots=True)
class _Parser:
    text: str
    repairs: list[str]
    stack: list[_Frame] = field(default_factory=lambda: [_Frame("")])
    count: int = 0
    ended: int = -1
    bad: Unread | None = None

    def whole(self) -> Nested | Unread | None:
        place = 0
        while place < len(self.text):
            gap = _GAP.match(self.text, place)
            if gap is not None and gap[1]:
                self._line_break()
                place = gap.end()
                continue
            found = _TOKEN.match(self.text, place)
            if found is None:
                return None if self.text[place:].strip() else self._end()
            if not self._take(found) or self.count > MAX_ENTRIES:
                return Unread(f"an answer with more than {MAX_ENTRIES:,} numbers is refused.") if self.count > MAX_ENTRIES else self.bad
            place = found.end()
        return self._end()

    def _line_break(self) -> None:
        frame = self.stack[-1]
        if frame.items and not frame.waits:
            frame.breaks.append(len(frame.items))

    def _take(self, found: re.Match[str]) -> bool:
        """Whether the text goes on being an array."""
        number, opened, closed, mark, word, dots = found.groups()
        if number:
            apart, self.ended = self.ended != found.start(1), found.end()
            return apart and self._number(number)
        if opened:
            self.stack.append(_Frame(opened))
            if len(self.stack) > MAX_AXES + 1:
                self.bad = Unread(f"brackets nested more than {MAX_AXES} deep are refused.")
            return self.bad is None
        if closed:
            return self._close(closed)
        if mark:
            return self._mark(mark)
        self.bad = Unread("entries are left out with …; all of them are needed.") if dots else not_finite(word) if NO_NUMBER.fullmatch(word) else _missing()
        return False

    def _number(self, text: str) -> bool:
        digits = scalar("".join(text.split()), self.repairs)
        if isinstance(digits, Unread):
            self.bad = digits
            return False
        if digits is None:
            return False
        self.count += 1
        return self._add(digits)

    def _add(self, item: Nested) -> bool:
        """Whether the item may stand there: beside a list, and outside all brackets, it would be a product."""
        frame = self.stack[-1]
        beside = bool(frame.items) and not frame.waits and not frame.opened and (isinstance(item, list) or isinstance(frame.items[-1], list))
        frame.items.append(item)
        frame.waits = False
        return not beside

    def _mark(self, mark: str) -> bool:
        frame = self.stack[-1]
        if mark == ";":
            if frame.items:
                frame.rows.append(frame.items)
                frame.items, frame.breaks = [], []
            frame.waits = True
            return True
        if frame.waits or not (frame.items or frame.rows):
            self.bad = _missing() if mark != "|" else None  # the bars of a norm
            return False
        frame.commas += 1
        frame.waits = True
        return True

    def _close(self, closed: str) -> bool:
        frame = self.stack.pop()
        if not self.stack or _PAIRS[frame.opened] != closed:
            self.bad = Unread(f"the brackets in {short(self.text)} do not match.", short(self.text))
            return False
        made = _made(frame, self.text)
        if made is None:
            self.bad = Unread("a list without entries is no answer.", short(self.text))
            return False
        return self._add(made)

    def _end(self) -> Nested | Unread | None:
        if len(self.stack) > 1:
            return Unread(f"a bracket is not closed in {short(self.text)}.", short(self.text))
        frame = self.stack[0]
        if len(frame.items) == 1 and not frame.rows:
            return frame.items[0]
        made = _made(frame, self.text)
        if made is not None:
            self.repairs.append("several entries without brackets read as a list")
        return made


def _missing() -> Unread:
    return Unread("an entry is missing.")


def _made(frame: _Frame, text: str) -> Nested | None:
    """What a bracket holds: a row, or the rows that semicolons or the ends of lines make."""
    if frame.rows:
        return [*frame.rows, *([frame.items] if frame.items else [])]
    if not frame.items:
        return None
    if frame.opened == "(" and len(frame.items) == 1 and not frame.commas and isinstance(frame.items[0], tuple):
        return frame.items[0]
    return _lines(frame, text) or frame.items


def _lines(frame: _Frame, text: str) -> list[list[Nested]] | None:
    """Lines of numbers under each other are rows, unless a long row was only wrapped."""
    if not frame.breaks or not all(isinstance(item, tuple) for item in frame.items) or len(frame.breaks) == len(frame.items):
        return None
    ends = [*frame.breaks, len(frame.items)] if frame.breaks[-1] != len(frame.items) else frame.breaks
    widths = {end - start for start, end in zip([0, *ends], ends)}
    if len(widths) > 1 or len(ends) < 2 or max(map(len, text.split("\n"))) > _LONG_LINE:
        return None
    return [frame.items[start:end] for start, end in zip([0, *ends], ends)]
