"""Index letters with their ranges: ``for l in 1..L`` behind a statement, a sum or a product, and what stands under a ∏."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from byhand.read.cursor import Cursor, at, fail, shown
from byhand.read.syntax import Applied, Name, Over, Ranged, Tree
from byhand.read.tokens import Token

_KINDS = ("sum", "prod", "product", "show")


class Bounds(Protocol):
    """The parser, as far as it is needed here."""

    @property
    def cursor(self) -> Cursor: ...

    def expression(self, level: int) -> Tree: ...


def is_for(token: Token) -> bool:
    """``for`` is no name: it opens the ranges of index letters."""
    return token.kind == "name" and token.text == "for"


def ranged(parser: Bounds, function: Tree, args: list[Tree]) -> Tree:
    """``sum(… for k in 0..n, i in 1..m)`` from its first ``for`` on."""
    name = function.name if isinstance(function, Name) else ""
    start = parser.cursor.token
    if name not in _KINDS or len(args) != 1:
        raise fail("'for' belongs behind the one formula of a sum, a product or a claim, as in sum(x[i] for i in 1..m).", start)
    over = overs(parser)
    parser.cursor.expect(")", "after the range of an index")
    if name == "show":
        return Applied(function, (Ranged("all", args[0], over, function.at),), (), function.at)
    return Ranged("sum" if name == "sum" else "prod", args[0], over, function.at)


def overs(parser: Bounds) -> tuple[Over, ...]:
    """``for l in 1..L, i in 1..m``, from ``for`` on."""
    cursor = parser.cursor
    found: list[Over] = []
    while is_for(cursor.token) or (found and cursor.token.is_op(",") and cursor.ahead().kind == "name" and _opens(cursor.ahead(2))):
        cursor.next()
        found.append(_over(parser))
    return tuple(found)


def _opens(token: Token) -> bool:
    return (token.kind == "name" and token.text == "in") or token.is_op("=")


def _over(parser: Bounds) -> Over:
    cursor = parser.cursor
    letter = cursor.next()
    if letter.kind != "name" or not _opens(cursor.token):
        raise fail(f"an index and its range are expected after 'for', as in for l in 1..L, but {shown(letter)} stands here.", letter)
    cursor.next()
    low = parser.expression(2)
    if not cursor.take("..", "..."):
        raise fail(f"the range of {letter.text} is written with its first and last value, as in {letter.text} in 1..L.", cursor.token)
    return Over(letter.text, low, parser.expression(2))


def product_sign(token: Token, subscript: str, upper: Tree | None, body: Tree, parse: Callable[[str], Tree]) -> Tree:
    r"""∏_{k=0}^{n} body."""
    letter, mark, low = subscript.partition("=")
    if not mark or upper is None or not letter.isalpha():
        raise fail("a product needs its index with both ends of its range, as in ∏_{k=0}^{n}.", token)
    return Ranged("prod", body, (Over(letter, parse(low), upper),), at(token))
