"""Text into tokens: NumPy's spelling, Unicode mathematics and LaTeX give one and the same stream."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from byhand.lang.errors import ByhandError
from byhand.read.alphabet import FRACTIONS, SUPERSCRIPTS, SYMBOLS, is_name_part, is_name_start, normal_name
from byhand.read.limits import MAX_DEPTH, MAX_NAME

Kind: TypeAlias = Literal["number", "name", "op", "sub", "sup", "string", "newline", "end"]
CLOSING = {"(": ")", "[": "]", "{": "}"}
_NUMBER = re.compile(r"(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_OPERATOR = re.compile(r"\*\*|==|!=|<=|>=|->|\.\.\.?|[-+*/@^=<>:,;()\[\]{}|.]")


class Token(NamedTuple):
    """``spaced``: white space stands before it. ``text`` of a sub- or superscript is what stands in it."""

    kind: Kind
    text: str
    line: int
    column: int
    start: int
    spaced: bool = False

    def is_op(self, *texts: str) -> bool:
        return self.kind == "op" and self.text in texts


@dataclass(slots=True)
class Scanner:
    """A place in a text, and the tokens found before it."""

    text: str
    line: int = 1
    column: int = 1
    pos: int = 0
    spaced: bool = False
    tokens: list[Token] = field(default_factory=list[Token])
    open: list[Token] = field(default_factory=list[Token])
    lines: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.lines = [0, *(k + 1 for k, c in enumerate(self.text) if c == "\n")]

    def place(self, pos: int) -> tuple[int, int]:
        row = bisect_right(self.lines, pos) - 1
        return self.line + row, pos - self.lines[row] + (self.column if row == 0 else 1)

    def error(self, message: str, pos: int) -> ByhandError:
        return ByhandError(message, *self.place(pos))

    def put(self, kind: Kind, text: str, start: int) -> None:
        """Add a token and keep count of brackets."""
        line, column = self.place(start)
        token = Token(kind, text, line, column, start, self.spaced)
        self.spaced = False
        self.tokens.append(token)
        if kind == "op" and text in "([{":
            self.open.append(token)
            if len(self.open) > MAX_DEPTH:
                raise self.error(f"brackets are nested more than {MAX_DEPTH} deep.", start)
        elif kind == "op" and text in ")]}":
            self._close(token)

    def _close(self, token: Token) -> None:
        if not self.open:
            raise self.error(f"'{token.text}' closes no bracket.", token.start)
        opened = self.open.pop()
        if CLOSING[opened.text] != token.text:
            raise self.error(f"'{token.text}' does not close the '{opened.text}' opened at line {opened.line}, column {opened.column}.", token.start)

    def last(self) -> Token | None:
        return self.tokens[-1] if self.tokens else None

    def after_operand(self) -> bool:
        """Whether the token before is the end of an operand: a quote is then a prime."""
        last = self.last()
        return last is not None and (last.kind in ("number", "name", "sub", "sup") or last.is_op(")", "]", "}", "'", "⊤"))

    def group_end(self, start: int) -> int:
        """The position of the brace that closes the one at ``start``."""
        depth = 0
        for pos in range(start, len(self.text)):
            if self.text[pos] == "\\":
                continue
            if self.text[pos] in "{}" and self.text[pos - 1] != "\\":
                depth += 1 if self.text[pos] == "{" else -1
                if depth == 0:
                    return pos
        raise self.error("this '{' is never closed.", start)

    def finish(self) -> list[Token]:
        if self.open:
            opened = self.open[-1]
            raise self.error(f"the bracket '{opened.text}' opened here is never closed.", opened.start)
        self.put("end", "", len(self.text))
        return self.tokens


_COMMON = re.compile(
    r"(?P<blank>[ \t]+)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?(?![\w.]))"
    r"|(?P<op>[-+,()\[\]])"
    r"|(?P<name>[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*(?![A-Za-z0-9]|[^\x00-\x7f]|_(?![{\\])))",
    re.ASCII,
)


def common(scanner: Scanner) -> bool:
    """What most sheets are made of, found in one go: blanks, plain numbers, ASCII names, the commonest signs."""
    found = _COMMON.match(scanner.text, scanner.pos)
    if found is None:
        return False
    scanner.pos = found.end()
    match found.lastgroup:
        case "number":
            scanner.put("number", found[0], found.start())
        case "op":
            scanner.put("op", found[0], found.start())
        case "name" if len(found[0]) <= MAX_NAME:
            scanner.put("name", found[0], found.start())
        case "name":
            scanner.pos = found.start()
            return False
        case _:
            scanner.spaced = True
    return True


def spaces(scanner: Scanner) -> bool:
    """White space, line ends outside brackets, comments."""
    char = scanner.text[scanner.pos]
    if char == "#":
        end = scanner.text.find("\n", scanner.pos)
        scanner.pos = len(scanner.text) if end < 0 else end
        return True
    if char == "\n" and not scanner.open:
        scanner.put("newline", "\n", scanner.pos)
    elif not char.isspace() and char not in "\u200b\u2061\u2062\ufeff":
        return False
    scanner.pos += 1
    scanner.spaced = True
    return True


def number(scanner: Scanner) -> bool:
    start = scanner.pos
    if scanner.text[start] in FRACTIONS:
        scanner.put("number", FRACTIONS[scanner.text[start]], start)
        scanner.pos += 1
        return True
    found = _NUMBER.match(scanner.text, start)
    last = scanner.last()
    if not found or (found[0].startswith(".") and scanner.after_operand() and last is not None and not scanner.spaced):
        return False
    scanner.pos = found.end()
    scanner.put("number", found[0], start)
    return True


def name(scanner: Scanner) -> bool:
    """Letters, digits, subscript digits and underscores; an underscore before a brace starts a subscript."""
    text, start = scanner.text, scanner.pos
    if not is_name_start(text[start]):
        return False
    pos = start + 1
    while pos < len(text) and (is_name_part(text[pos]) or (text[pos] == "_" and text[pos + 1 : pos + 2] not in ("{", "\\"))):
        pos += 1
    if pos - start > MAX_NAME:
        raise scanner.error(f"a name of {pos - start} characters is refused; the limit is {MAX_NAME}.", start)
    scanner.pos = pos
    scanner.put("name", normal_name(text[start:pos]), start)
    return True


def superscript(scanner: Scanner) -> bool:
    start = pos = scanner.pos
    while pos < len(scanner.text) and scanner.text[pos] in SUPERSCRIPTS:
        pos += 1
        if scanner.text[pos - 1] == "ᵀ":
            break
    if pos == start:
        return False
    scanner.put("sup", "".join(SUPERSCRIPTS[c] for c in scanner.text[start:pos]), start)
    scanner.pos = pos
    return True


def quote(scanner: Scanner) -> bool:
    """A prime after an operand; elsewhere a string."""
    start, char = scanner.pos, scanner.text[scanner.pos]
    if char not in "'\"":
        return False
    if char == "'" and scanner.after_operand() and not scanner.spaced:
        scanner.put("op", "'", start)
        scanner.pos += 1
        return True
    end = scanner.text.find(char, start + 1)
    if end < 0 or "\n" in scanner.text[start:end]:
        raise scanner.error("this quotation mark is never closed.", start)
    scanner.put("string", scanner.text[start + 1 : end], start)
    scanner.pos = end + 1
    return True


_NORM = re.compile(r"\|\|[^|]*\|\|")


def _is_double_bar(scanner: Scanner) -> bool:
    """Whether || is one bar of a norm: nothing between it and its partner has bars, and no single bar is open."""
    if not scanner.text.startswith("||", scanner.pos):
        return False
    bars = [token.text for token in scanner.tokens if token.kind == "op" and token.text in ("|", "‖")]
    return bars.count("‖") % 2 == 1 or (bars.count("|") % 2 == 0 and _NORM.match(scanner.text, scanner.pos) is not None)


def operator(scanner: Scanner) -> bool:
    start, char = scanner.pos, scanner.text[scanner.pos]
    if char in SYMBOLS:
        for sign in [*SYMBOLS[char]] if "'" in SYMBOLS[char] else [SYMBOLS[char]]:
            scanner.put("op", sign, start)
        scanner.pos += 1
        return True
    if _is_double_bar(scanner):
        scanner.pos += 2
        scanner.put("op", "‖", start)
        return True
    found = _OPERATOR.match(scanner.text, start)
    if found:
        scanner.pos = found.end()
        scanner.put("op", found[0], start)
    return found is not None
