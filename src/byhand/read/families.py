"""Statements about families: ``W[l] : (n[l], n[l-1]) for l in 1..L`` and ``z[l] = relu(W[l] @ z[l-1]) for l in 1..L-1``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from byhand.read.cursor import Cursor, at, fail, shown
from byhand.read.literal import Data, data_of
from byhand.read.parse import Parser
from byhand.read.ranges import is_for, overs
from byhand.read.rebuild import everywhere
from byhand.read.syntax import At, Indexed, Name, Over, Tree
from byhand.read.tokens import Token


@dataclass(frozen=True, slots=True)
class Member:
    """``z[l] = value`` or ``W[l] : shape facts`` for all indices in ``over``; without a range for one member alone.

    Exactly one of ``value`` and ``shape`` is there. ``data``: the numbers of a value written without names.
    """

    name: str
    index: tuple[Tree, ...]
    value: Tree | None
    shape: tuple[Tree, ...] | None
    facts: tuple[str, ...]
    over: tuple[Over, ...]
    data: Data | None
    text: str
    at: At


def opens_member(cursor: Cursor) -> bool:
    """Whether a line starts with an indexed name that gets a meaning: ``z[l] =`` or ``W[l] :``."""
    if cursor.token.kind != "name" or not cursor.ahead().is_op("[") or cursor.ahead().spaced:
        return False
    depth, pos = 0, cursor.pos + 1
    while cursor.tokens[pos].kind != "end":
        token = cursor.tokens[pos]
        depth += {"[": 1, "]": -1}.get(token.text, 0) if token.kind == "op" else 0
        pos += 1
        if not depth:
            break
    return cursor.tokens[pos].is_op("=", ":")


@dataclass(frozen=True, slots=True)
class Parsing:
    """What the reader of statements lends: its parser, and how it reads the pieces of a declaration."""

    parser: Parser
    shape: Callable[[str], tuple[Tree, ...]]
    fact: Callable[[], str]
    text: Callable[[int], str]


def members(read: Parsing) -> list[Member]:
    """One line of members; several declarations may share a range."""
    cursor = read.parser.cursor
    start, found = cursor.pos, [_member(read)]
    while found[0].value is None and cursor.take(","):
        found.append(_member(read))
    over = overs(read.parser)
    if not over and is_for(cursor.token):
        raise fail("a range is expected after 'for', as in for l in 1..L.", cursor.token)
    cursor.expect_end()
    return [_ranged(one, over, read.text(start)) for one in found]


def _member(read: Parsing) -> Member:
    cursor = read.parser.cursor
    start = cursor.token
    head = read.parser.postfix(Name(start.text, at(cursor.next())))
    if not isinstance(head, Indexed) or not isinstance(head.base, Name):
        raise fail(f"a member of a family such as z[l] is expected, but {shown(start)} stands here.", start)
    name = head.base.name
    mark = cursor.take("=", ":")
    if mark is None:
        raise fail(f"'=' or ':' is expected after {name}[…].", cursor.token)
    if mark.text == "=":
        value = read.parser.expression(1)
        return Member(name, head.items, value, None, (), (), data_of(value), "", at(start))
    shape = read.shape(name)
    facts: list[str] = []
    while cursor.token.kind == "name" and not is_for(cursor.token):
        facts.append(read.fact())
    return Member(name, head.items, None, shape, tuple(facts), (), None, "", at(start))


def _ranged(member: Member, over: tuple[Over, ...], text: str) -> Member:
    """The member with its range; ``ByhandError`` for an index letter without a use."""
    used = {node.name for item in member.index for node in everywhere(item) if isinstance(node, Name)}
    unused = next((one for one in over if one.letter not in used), None)
    if unused is not None:
        head = f"{member.name}[{', '.join(sorted(used)) or '…'}]"
        raise fail(
            f"the range of {unused.letter} says nothing here: {head} has no index {unused.letter}.", Token("name", "", member.at.line, member.at.column, 0)
        )
    return Member(member.name, member.index, member.value, member.shape, member.facts, over, member.data, text, member.at)
