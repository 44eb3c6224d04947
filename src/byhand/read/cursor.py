"""A place in the tokens, and the small things that are read without looking deeper."""

from __future__ import annotations

from byhand.lang.errors import ByhandError
from byhand.read.limits import MAX_DEPTH
from byhand.read.syntax import At
from byhand.read.tokens import Token

STARTS = ("(", "[", "{", "√", "Σ", "Π", "∂", "∇", "frac", "‖", "|")
"""What a factor may start with, besides names and numbers."""


def at(token: Token) -> At:
    return At(token.line, token.column)


def fail(message: str, token: Token) -> ByhandError:
    return ByhandError(message, token.line, token.column)


class Cursor:
    """Every method reads from the place on and leaves it behind what it read."""

    __slots__ = ("depth", "pos", "tokens")

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.pos = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.pos]

    def ahead(self, by: int = 1) -> Token:
        return self.tokens[min(self.pos + by, len(self.tokens) - 1)]

    def next(self) -> Token:
        token = self.tokens[self.pos]
        self.pos = min(self.pos + 1, len(self.tokens) - 1)
        return token

    def take(self, *texts: str) -> Token | None:
        """The next token if it is one of these operators."""
        return self.next() if self.token.is_op(*texts) else None

    def expect(self, text: str, after: str) -> Token:
        found = self.take(text)
        if not found:
            raise fail(f"'{text}' is expected {after}, but {shown(self.token)} stands here.", self.token)
        return found

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise fail(f"{shown(self.token)} is not expected here: an operator or the end of the formula should follow.", self.token)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH + 2:
            raise fail(f"the formula is nested more than {MAX_DEPTH} deep.", self.token)

    def separator(self, closing: str, where: str) -> None:
        if not self.token.is_op(closing):
            if not self.token.is_op(","):
                raise fail(f"',' or '{closing}' is expected {where}, but {shown(self.token)} stands here.", self.token)
            self.next()

    def eat_primes(self) -> int:
        opened, count = self.take("{"), 0
        while self.take("'"):
            count += 1
        if opened:
            self.expect("}", "after the primes")
        return count

    def transpose_mark(self) -> bool:
        """Reads ``\\top`` behind ``^``, in braces or not."""
        braced = self.token.is_op("{") and self.ahead().is_op("⊤") and self.ahead(2).is_op("}")
        if not braced and not self.token.is_op("⊤"):
            return False
        self.pos += 3 if braced else 1
        return True

    def primes(self) -> bool:
        """Whether a group of primes alone follows: ``^{\\prime\\prime}`` or ``^\\prime``."""
        pos = self.pos + (1 if self.token.is_op("{") else 0)
        return self.tokens[pos].is_op("'")

    def tight_quotient(self, start: int, bar: str) -> bool:
        """Whether ``/`` and what follows it belong to the factor just read: ``1/N x``, ``m/2 log(y)``, ``λ/2‖w‖²``. ``bar`` is one that is open."""
        slash, below = self.token, self.ahead()
        if not slash.is_op("/") or slash.spaced or below.spaced or (start and self.tokens[start - 1].is_op("/", "@", "**", "^", ".")):
            return False
        end = self.simple_end(self.pos + 1)
        after = self.tokens[end] if end else None
        if after is None or not (after.kind in ("number", "name") or after.is_op(*STARTS)):
            return False
        both_numbers = self.tokens[self.pos - 1].kind == below.kind == "number"
        if after.is_op("|", "‖"):
            return after.text != bar
        return after.spaced or (both_numbers and not after.is_op("[")) or after.is_op("Σ", "Π", "frac")

    def simple_end(self, pos: int) -> int:
        """The position behind a number, a name or a bracket with its postfix signs; 0 if none starts here."""
        token = self.tokens[pos]
        if token.is_op("("):
            depth = 0
            while True:
                depth += {"(": 1, ")": -1}.get(self.tokens[pos].text, 0) if self.tokens[pos].kind == "op" else 0
                pos += 1
                if depth == 0:
                    break
        elif token.kind in ("number", "name"):
            pos += 1
            if self.tokens[pos].is_op("(") and not self.tokens[pos].spaced and token.kind == "name":
                return 0
        else:
            return 0
        while self.tokens[pos].kind in ("sub", "sup") or self.tokens[pos].is_op("'"):
            pos += 1
        return pos


def shown(token: Token) -> str:
    match token.kind:
        case "end":
            return "the end"
        case "newline":
            return "the end of the line"
        case "op" if token.text == "frac":
            return "a fraction"
        case "string":
            return f'"{token.text[:30]}"'
        case _:
            return f"'{token.text[:30]}'"
