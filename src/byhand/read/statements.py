"""The statements of a byhand block: what is given, declared, defined, asked for, and to be done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeAlias

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.lang.names import Name as Quantity
from byhand.lang.sizes import Poly, Shape, Size, size
from byhand.read.cursor import at, fail, shown
from byhand.read.derivatives import joined
from byhand.read.families import Member, Parsing, members, opens_member
from byhand.read.functions import SOLVERS, TASKS
from byhand.read.latex import tokenise
from byhand.read.limits import MAX_BLOCK, MAX_FORMULA, check_axes, check_length
from byhand.read.literal import Data, data_of
from byhand.read.parse import COMPARE, Parser
from byhand.read.static import size_of, sizes_only
from byhand.read.syntax import Applied, At, Chain, Comparison, Derivative, Grouped, Juxtaposed, Listed, Name, Tree, parts
from byhand.read.tokens import Token

_COMMENT = re.compile(r"#[^\n]*")
FACTS = ("positive", "nonnegative", "one_hot", "sums_to_one", "signs", "full_column_rank", "symmetric")


@dataclass(frozen=True, slots=True)
class Defined:
    """``name = value``. ``data``: the exact numbers, where the right side is written without names."""

    name: str
    value: Tree
    data: Data | None
    text: str
    at: At


@dataclass(frozen=True, slots=True)
class Declared:
    """``X : (m, n) facts``."""

    name: str
    shape: tuple[Tree, ...]
    facts: tuple[str, ...]
    text: str
    at: At


@dataclass(frozen=True, slots=True)
class Asked:
    """Something to be shown: a name, a derivative, an updated value, a formula."""

    what: Tree
    text: str
    at: At


@dataclass(frozen=True, slots=True)
class Task:
    """``step(L, [W], rate=0.1)`` and the like."""

    name: str
    args: tuple[Tree, ...]
    options: tuple[tuple[str, Tree], ...]
    text: str
    at: At


Statement: TypeAlias = Defined | Declared | Asked | Task | Member


def parse_statements(text: str, first_line: int = 1, stars: set[str] | None = None) -> list[Statement]:
    """The statements of a block, in order; ``ByhandError`` with its place at the first that is none. ``stars`` gathers names such as w* over blocks."""
    check_length(text, MAX_BLOCK, "the block")
    stars = set() if stars is None else stars
    found: list[Statement] = []
    try:
        for line in _lines(tokenise(text, first_line)):
            _check_formula(line)
            found += _Reader(line, text, stars).statements()
            stars.update(_solutions(found[-1]))
    except RecursionError:
        raise ByhandError("this block is nested too deeply.", first_line) from None
    return found


def _solutions(statement: Statement) -> set[str]:
    """w* and w_L* for minimise(L, w)."""
    if not isinstance(statement, Task) or statement.name not in SOLVERS or len(statement.args) != 2:
        return set()
    loss, what = statement.args
    tags = ("", f"_{loss.name}") if isinstance(loss, Name) else ("",)
    return {f"{x.name}{tag}*" for x in (what.items if isinstance(what, Listed) else (what,)) if isinstance(x, Name) for tag in tags}


def _check_formula(tokens: list[Token]) -> None:
    """Data may be long; a formula may not."""
    length = tokens[-1].start - tokens[0].start
    if length > MAX_FORMULA and (len(tokens) < 2 or not tokens[1].is_op("=") or sum(token.kind == "name" for token in tokens) > 100):
        raise fail(f"the formula has {length:,} characters; the limit is {MAX_FORMULA:,}.", tokens[0])


def parse_shapes(text: str) -> list[Declared]:
    """Declarations on their own: ``X : (m, n), t : (K,) one_hot``."""
    found: list[Declared] = []
    for statement in parse_statements(text):
        if not isinstance(statement, Declared):
            raise ByhandError("a declaration such as X : (m, n) is expected.", statement.at.line, statement.at.column)
        found.append(statement)
    return found


def declared_shape(statement: Declared, sizes: Mapping[str, Size] | None = None) -> Shape:
    """The shape that a declaration gives; letters without a known size stand for themselves."""
    known = dict(sizes or {})
    reader = sizes_only({letter: known.get(letter, size(Poly.letter(letter))) for letter in _letters(statement.shape)})
    check_axes(len(statement.shape))
    shape = tuple(size_of(reader, axis) for axis in statement.shape)
    for axis, tree in zip(shape, statement.shape):
        if isinstance(axis, int) and axis < 1:
            raise ByhandError(f"{statement.name} cannot have an axis of size {axis}.", tree.at.line, tree.at.column)
    return shape


def _letters(trees: tuple[Tree, ...]) -> list[str]:
    """The names in size expressions."""
    names: list[str] = []
    stack = list(trees)
    while stack:
        tree = stack.pop()
        if isinstance(tree, Name):
            names.append(tree.name)
        stack.extend(parts(tree))
    return names


def question(tree: Tree, names: Mapping[Quantity, Expr]) -> Tree:
    """What is asked for: dL/dW in a question is a derivative, with spaces around the line too."""
    if isinstance(tree, Derivative):
        return replace(tree, unsure=False)
    if isinstance(tree, Chain) and isinstance(tree.first, Name) and len(tree.rest) == 1 and tree.rest[0][0] == "/" and isinstance(tree.rest[0][1], Name):
        above, below = tree.first.name, tree.rest[0][1].name
        if above[0] == below[0] == "d" and above not in names and below not in names and above[1:] and below[1:]:
            return Derivative(above[1:], below[1:], False, False, tree.first.at)
    return tree


def _is_elementwise(tree: Applied) -> bool:
    """Whether this is step of one array, the function, and no gradient descent."""
    return isinstance(tree.function, Name) and tree.function.name == "step" and len(tree.args) == 1 and not tree.options


# ------------------------------------------------------------------------------------------- reading lines


def _lines(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each statement, each with an end of its own; ``;`` outside brackets parts statements too."""
    found: list[list[Token]] = []
    line: list[Token] = []
    depth = 0
    for token in tokens:
        if token.kind == "op":
            depth += (token.text in "([{") - (token.text in ")]}")
        if token.kind in ("newline", "end") or (depth == 0 and token.is_op(";")):
            if line:
                found.append([*line, token._replace(kind="end", text="")])
            line = []
        else:
            line.append(token)
    return found


class _Reader:
    """Reads the statements of one line."""

    __slots__ = ("cursor", "parser", "source")

    def __init__(self, tokens: list[Token], source: str, stars: set[str]) -> None:
        self.parser = Parser(tokens, stars)
        self.cursor = self.parser.cursor
        self.source = source

    def statements(self) -> list[Statement]:
        if opens_member(self.cursor):
            return [*members(Parsing(self.parser, self._shape, self._fact, self._text))]
        name, mark = self._head()
        if mark is not None and mark.is_op("="):
            return [self._defined(name, mark)]
        if mark is not None and mark.is_op(":"):
            return self._declarations()
        return self._asked()

    def _head(self) -> tuple[str, Token | None]:
        """The name that a line starts with and the sign after it, if that makes a definition or a declaration."""
        cursor = self.cursor
        first = cursor.token
        if first.kind != "name":
            return "", None
        name, steps = first.text, 1
        while cursor.ahead(steps).kind == "sub":
            name, steps = joined(name, cursor.ahead(steps).text), steps + 1
        return name, cursor.ahead(steps)

    def _text(self, start: int) -> str:
        """The source from one token up to the place, without a comment at its end."""
        tokens, last = self.cursor.tokens, self.cursor.tokens[max(self.cursor.pos - 1, start)]
        end = self.cursor.token.start
        comment = self.source.find("#", last.start + (len(last.text) + 1 if last.kind == "string" else 0), end)
        text = self.source[tokens[start].start : end if comment < 0 else comment]
        return " ".join(_COMMENT.sub(" ", text).split()) if "\n" in text else text.strip()

    def _quoted(self, start: int) -> str:
        text = self._text(start)
        return text if len(text) <= 40 else f"{text[:37]}..."

    def _defined(self, name: str, mark: Token) -> Defined:
        start = self.cursor.token
        while self.cursor.token is not mark:
            self.cursor.next()
        self.cursor.next()
        value = self.parser.expression(COMPARE)
        if self.cursor.token.is_op("="):
            raise fail("one statement defines one name; write each on a line of its own.", self.cursor.token)
        if self.cursor.token.is_op(","):
            raise fail(f"a comma ends this definition of {name}; put a list into brackets [ ].", self.cursor.token)
        self.cursor.expect_end()
        return Defined(name, value, data_of(value), self._text(0), at(start))

    # ------------------------------------------------------------------------------------ declarations

    def _declarations(self) -> list[Statement]:
        found: list[Statement] = [self._declared()]
        while self.cursor.take(","):
            found.append(self._declared())
        self.cursor.expect_end()
        return found

    def _declared(self) -> Declared:
        start = self.cursor.pos
        name, mark = self._head()
        if mark is None or not mark.is_op(":"):
            raise fail(f"a declaration such as X : (m, n) is expected, but {shown(self.cursor.token)} stands here.", self.cursor.token)
        while self.cursor.token is not mark:
            self.cursor.next()
        self.cursor.next()
        shape = self._shape(name)
        facts: list[str] = []
        while self.cursor.token.kind == "name":
            facts.append(self._fact())
        first = self.cursor.tokens[start]
        return Declared(name, shape, tuple(facts), self._text(start), at(first))

    def _shape(self, name: str) -> tuple[Tree, ...]:
        token = self.cursor.token
        if not token.is_op("(", "["):
            raise fail(f"the shape of {name} is expected in brackets, as in {name} : (m, n), but {shown(token)} stands here.", token)
        found = self.parser.primary()
        sizes = found.items if isinstance(found, (Grouped, Listed)) else (found,)
        beside = next((one for one in sizes if isinstance(one, Juxtaposed) and all(isinstance(factor, Name) for factor in one.factors)), None)
        if beside is not None:
            raise ByhandError(f"two sizes of {name} stand side by side; a comma is missing between them.", beside.at.line, beside.at.column)
        return sizes

    def _fact(self) -> str:
        token = self.cursor.next()
        if token.text not in FACTS:
            close = get_close_matches(token.text, FACTS, n=1, cutoff=0.5)
            hint = f" Did you mean {close[0]}?" if close else f" The facts are {', '.join(FACTS)}."
            raise fail(f"{token.text[:40]} is no fact that can be declared.{hint}", token)
        return token.text

    # --------------------------------------------------------------------------------- questions and tasks

    def _asked(self) -> list[Statement]:
        found: list[Statement] = []
        while True:
            start = self.cursor.pos
            tree = self.parser.expression(COMPARE)
            token = self.cursor.token
            if token.is_op("="):
                raise fail(f"what stands left of '=' must be one name, and {self._quoted(0)} is none; a claim is written show(… == …).", token)
            if token.is_op(":"):
                raise fail(f"what stands left of ':' must be one name, and {self._quoted(0)} is none.", token)
            found.append(self._statement(tree, start))
            if not self.cursor.take(",") or self.cursor.token.kind == "end":
                break
        self.cursor.expect_end()
        return found

    def _statement(self, tree: Tree, start: int) -> Statement:
        text, place = self._text(start), at(self.cursor.tokens[start])
        if isinstance(tree, Applied) and isinstance(tree.function, Name) and tree.function.name in TASKS and not _is_elementwise(tree):
            return Task(tree.function.name, tree.args, tree.options, text, place)
        if isinstance(tree, Comparison) and tree.op in ("==", "!=", "<=", ">="):
            raise fail(f"a claim is written show({text[:60]}).", self.cursor.tokens[start])
        return Asked(question(tree, {}), text, place)
