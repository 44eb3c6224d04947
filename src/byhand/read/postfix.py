"""What has brackets of its own: the arguments of a function, the indices of an array, the parts of a fraction."""

from __future__ import annotations

from typing import Protocol

from byhand.read.cursor import Cursor, at, fail, shown
from byhand.read.derivatives import derivative_fraction
from byhand.read.pieces import number
from byhand.read.ranges import is_for, ranged
from byhand.read.syntax import Applied, Chain, Indexed, Range, Text, Tree
from byhand.read.tokens import Token


class Expressions(Protocol):
    """The parser, as far as it is needed here."""

    @property
    def cursor(self) -> Cursor: ...

    def inner(self) -> Tree: ...

    def primary(self) -> Tree: ...

    def expression(self, level: int) -> Tree: ...


def call(parser: Expressions, function: Tree) -> Tree:
    opened = parser.cursor.next()
    args: list[Tree] = []
    options: list[tuple[str, Tree]] = []
    while not parser.cursor.take(")", "}"):
        if parser.cursor.token.kind == "name" and parser.cursor.ahead().is_op("="):
            name = parser.cursor.next()
            parser.cursor.next()
            options.append((name.text, parser.inner()))
        elif options:
            raise fail("an argument without a name cannot follow one with a name.", parser.cursor.token)
        else:
            args.append(parser.inner())
            if is_for(parser.cursor.token):
                return ranged(parser, function, args)
        parser.cursor.separator(")" if opened.text == "(" else "}", "between arguments")
    return Applied(function, tuple(args), tuple(options), function.at)


def indexed(parser: Expressions, base: Tree) -> Tree:
    opened = parser.cursor.next()
    items: list[Tree] = []
    while not parser.cursor.take("]"):
        items.append(index_item(parser))
        parser.cursor.separator("]", "between indices")
    if not items:
        raise fail("there is no index between these brackets.", opened)
    return Indexed(base, tuple(items), at(opened))


def index_item(parser: Expressions) -> Tree:
    start = parser.cursor.token
    if parser.cursor.take("..."):
        return Text("...", at(start))
    parts: list[Tree | None] = []
    while len(parts) < 3:
        parts.append(None if parser.cursor.token.is_op(":", ",", "]") else parser.inner())
        if not parser.cursor.take(":"):
            break
    else:
        raise fail("a slice has at most three parts, start:stop:step.", parser.cursor.token)
    if len(parts) == 1 and parts[0] is not None:
        return parts[0]
    if parser.cursor.tokens[parser.cursor.pos - 1].is_op(":") and len(parts) < 3:
        parts.append(None)
    if len(parts) == 1:
        raise fail(f"an index is expected, but {shown(start)} stands here.", start)
    first, second, third = [*parts, None, None][:3]
    return Range(first, second, third, at(start))


def fraction(parser: Expressions, token: Token) -> Tree:
    r"""\frac{a}{b}, \frac12, and \frac{\partial L}{\partial W}."""
    start = parser.cursor.pos
    found = derivative_fraction(parser.cursor, token)
    if found is not None:
        return found
    parser.cursor.pos = start
    parser.cursor.deeper()
    above, below = _fraction_part(parser), _fraction_part(parser)
    parser.cursor.depth -= 1
    return Chain(above, (("/", below, at(token)),), at(token))


def _fraction_part(parser: Expressions) -> Tree:
    """A group in braces, or a single digit or letter."""
    token = parser.cursor.token
    if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
        rest = Token("number", token.text[1:], token.line, token.column + 1, token.start + 1)
        parser.cursor.tokens[parser.cursor.pos] = rest
        return number(Token("number", token.text[0], token.line, token.column, token.start))
    return parser.primary()
