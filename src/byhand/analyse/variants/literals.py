"""Where the numbers of a sheet stand in its text, and the same text with other numbers in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from byhand.lang.errors import ByhandError
from byhand.read.latex import tokenise
from byhand.read.literal import Data, Nested
from byhand.read.statements import Defined, parse_statements
from byhand.read.tokens import Token
from byhand.sheets.source import Code, Source

MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Spot:
    """One number in the text, its sign included, and how many decimals it was written with."""

    start: int
    end: int
    decimals: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A name that is given as numbers. ``spots``: each of them, where they are written one by one; else the whole is replaced."""

    name: str
    data: Data
    start: int
    end: int
    spots: tuple[Spot, ...]

    @property
    def decimals(self) -> tuple[int, ...]:
        """Of each entry; where the numbers are not written one by one, as many as they need."""
        return tuple(spot.decimals for spot in self.spots) if self.spots else tuple(map(_needed, self.data.entries))


def literals(source: Source, text: str) -> list[Literal]:
    """Every name given as numbers, in the order of the sheet."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found: list[Literal] = []
    for piece in source.pieces:
        if isinstance(piece, Code):
            found += _in_block(piece, text, starts)
    return found


def _in_block(block: Code, text: str, starts: Sequence[int]) -> Iterable[Literal]:
    tokens = tokenise(block.text, block.line)
    places = {(token.line, token.column): k for k, token in enumerate(tokens)}
    for statement in parse_statements(block.text, block.line):
        if isinstance(statement, Defined) and statement.data is not None:
            value = _value(tokens, places[statement.at.line, statement.at.column])
            yield _literal(statement.name, statement.data, value, text, starts)


def _value(tokens: Sequence[Token], first: int) -> list[Token]:
    """The tokens behind the sign = of a statement, up to its end."""
    start = next(k for k in range(first, len(tokens)) if tokens[k].is_op("=")) + 1
    end, depth = start, 0
    while tokens[end].kind not in ("newline", "end") and not (depth == 0 and tokens[end].is_op(";")):
        depth += tokens[end].is_op("(", "[", "{") - tokens[end].is_op(")", "]", "}")
        end += 1
    return [token for token in tokens[start:end] if token.kind != "newline"]


def _literal(name: str, data: Data, value: Sequence[Token], text: str, starts: Sequence[int]) -> Literal:
    def offset(token: Token) -> int:
        return starts[token.line - 1] + token.column - 1

    last = value[-1]
    start, end = offset(value[0]), offset(last) + len(last.text)
    if text[offset(last) : end] != last.text:
        raise ByhandError(f"cannot put other numbers in for {name}: its block is indented. Start the block at the left margin.", last.line, 1)
    spots: list[Spot] = []
    for k, token in enumerate(value):
        if token.kind == "number":
            signed = k > 0 and value[k - 1].is_op("-") and (k == 1 or value[k - 2].is_op("[", ",", "("))
            spots.append(Spot(offset(value[k - 1] if signed else token), offset(token) + len(token.text), _decimals(token.text)))
    plain = all(token.kind == "number" or token.is_op("[", "]", ",", "-") for token in value)
    written = [_read(text[spot.start : spot.end]) for spot in spots] if plain else []
    return Literal(name, data, start, end, tuple(spots) if tuple(written) == data.entries else ())


def _decimals(text: str) -> int:
    digits = text.lower().partition("e")[0].partition(".")[2]
    return min(max(len(digits), _needed(_read(text))), MOST_DIGITS)


def _read(text: str) -> Fraction:
    sign = -1 if text[:1] in "-−" else 1
    return sign * Fraction(text.lstrip("-− \t\n"))


def _needed(entry: Fraction) -> int:
    """How many decimals an entry has; a fraction without end counts as having a few."""
    return next((digits for digits in range(MOST_DIGITS) if (entry * 10**digits).denominator == 1), 3)


# ------------------------------------------------------------------------------------------------ writing


def written(text: str, changes: Iterable[tuple[Literal, Sequence[Fraction]]]) -> str:
    """The text with other entries for some of its literals."""
    edits: list[tuple[int, int, str]] = []
    for literal, entries in changes:
        if literal.spots:
            edits += [(spot.start, spot.end, number(entry, spot.decimals)) for spot, entry in zip(literal.spots, entries)]
        else:
            whole = Data(literal.data.shape, tuple(entries)).nested()
            edits.append((literal.start, literal.end, _listed(whole, iter(literal.decimals))))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def number(entry: Fraction, decimals: int) -> str:
    """An entry with as many decimals as the number it replaces."""
    digits = f"{abs(round(entry * 10**decimals)):0{decimals + 1}d}"
    whole, part = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    return ("-" if entry < 0 else "") + whole + (f".{part}" if part else "")


def _listed(nested: Nested, decimals: Iterator[int]) -> str:
    return f"[{', '.join(_listed(part, decimals) for part in nested)}]" if isinstance(nested, tuple) else number(nested, next(decimals))
