"""Numbers with factorials and powers: 48, M! 2^M, 2^M · M!, 3!·2³. They are equal if they are at all sizes tried, worked out exactly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import factorial

from byhand.lang.errors import ByhandError

MOST_CHARACTERS, MOST_FACTORIAL, MOST_POWER, MOST_DEPTH = 200, 2_000, 20_000, 20
LEAST, MOST_POINTS = 5, 400
INFINITE = re.compile(r".*(infinit|∞|\\infty|unendlich|continu|kontinu|uncount).*", re.IGNORECASE | re.DOTALL)
RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ]+")
TOKEN = re.compile(r"\s*(\d+|[^\W\d]\w*|\*\*|[!^*/+\-(){}\[\]·×⋅])")
Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Formula:
    """A count as a function of sizes, with the letters in it."""

    letters: frozenset[str]
    at: Callable[[Sizes], Fraction]


def is_infinite(text: str) -> bool:
    """Whether an answer says that there is no end of them."""
    return INFINITE.fullmatch(text) is not None


def formula(text: str) -> Formula:
    """A count as written; ``ByhandError`` where it is none, or too large."""
    if len(text) > MOST_CHARACTERS:
        raise ByhandError(f"a number of symmetries has at most {MOST_CHARACTERS} characters.")
    plain = text.strip().strip("$").replace("\\cdot", "*").replace("\\times", "*").replace("\\,", " ").replace("\\!", "").replace("\\ ", " ")
    plain = re.sub(r"(\d)\.0+(?!\d)", r"\1", plain)
    plain = RAISED.sub(lambda match: f"^({unicodedata.normalize('NFKC', match[0])})", plain)
    return _Parser(_tokens(plain)).whole()


def same(left: Formula, right: Formula) -> bool:
    """Whether two counts agree at every choice of small sizes."""
    letters = sorted(left.letters | right.letters)
    sizes = range(1, LEAST + 1) if len(letters) <= 3 else range(1, 3)
    for point in list(product(sizes, repeat=len(letters)))[:MOST_POINTS]:
        at = dict(zip(letters, point))
        if left.at(at) != right.at(at):
            return False
    return True


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    place = 0
    while text[place:].strip():
        match = TOKEN.match(text, place)
        if match is None:
            raise ByhandError(f"cannot read {text[place:].strip()[:20]!r} in a number of symmetries; one is written M! * 2**M.")
        found.append({"**": "^", "·": "*", "×": "*", "⋅": "*", "{": "(", "[": "(", "}": ")", "]": ")"}.get(match[1], match[1]))
        place = match.end()
    return found


@dataclass(slots=True)
class _Parser:
    tokens: list[str]
    place: int = 0
    depth: int = 0

    def whole(self) -> Formula:
        found = self._sum()
        if self.place < len(self.tokens):
            raise ByhandError(f"cannot read {self.tokens[self.place]} there in a number of symmetries; one is written M! * 2**M.")
        return found

    def _next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def _take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1]

    def _sum(self) -> Formula:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise ByhandError("this number of symmetries is nested too deeply.")
        found = self._product()
        while self._next() in ("+", "-"):
            found = _joined(found, self._product_after(sign := self._take()), (lambda a, b: a + b) if sign == "+" else (lambda a, b: a - b))
        self.depth -= 1
        return found

    def _product_after(self, _: str) -> Formula:
        return self._product()

    def _product(self) -> Formula:
        found = self._power()
        while self._next() and self._next() not in "+-)":
            sign = self._take() if self._next() in ("*", "/") else "*"
            found = _joined(found, self._power(), _over if sign == "/" else (lambda a, b: a * b))
        return found

    def _power(self) -> Formula:
        found = self._factor()
        if self._next() == "^":
            self._take()
            found = _joined(found, self._power(), _raised)
        return found

    def _factor(self) -> Formula:
        token = self._take() if self.place < len(self.tokens) else ""
        if token == "(":
            found = self._sum()
            if self._next() != ")":
                raise ByhandError("a bracket is not closed in this number of symmetries.")
            self._take()
        elif token.isdigit():
            found = Formula(frozenset(), lambda _, value=Fraction(token): value)
        elif token and token not in "!^*/+-)":
            found = Formula(frozenset((token,)), lambda sizes, name=token: Fraction(sizes[name]))
        else:
            raise ByhandError("this number of symmetries is not complete; one is written M! * 2**M.")
        while self._next() == "!":
            self._take()
            found = Formula(found.letters, lambda sizes, inner=found.at: _factorial(inner(sizes)))
        return found


def _joined(left: Formula, right: Formula, how: Callable[[Fraction, Fraction], Fraction]) -> Formula:
    return Formula(left.letters | right.letters, lambda sizes: how(left.at(sizes), right.at(sizes)))


def _over(top: Fraction, below: Fraction) -> Fraction:
    if not below:
        raise ByhandError("this number of symmetries divides by zero.")
    return top / below


def _raised(base: Fraction, exponent: Fraction) -> Fraction:
    size = max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(exponent)
    if exponent.denominator != 1 or size > MOST_POWER or (not base and exponent < 0):
        raise ByhandError("a power in this number of symmetries is too large, or no whole number.")
    return base ** int(exponent)


def _factorial(number: Fraction) -> Fraction:
    if number.denominator != 1 or not 0 <= number <= MOST_FACTORIAL:
        raise ByhandError("a factorial in this number of symmetries is too large, or not of a whole number.")
    return Fraction(factorial(int(number)))
