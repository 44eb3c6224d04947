"""Sheets that write every sample as a member of a family, x[i] and y[i] for i in 1..m: told for one sample, without the index.

The loss is then a sum over i of the losses of single samples, and m the size letter of the samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from byhand.read.families import Member
from byhand.read.rebuild import everywhere, rebuilt
from byhand.read.statements import Asked, Declared, Defined, Statement, Task
from byhand.read.syntax import Indexed, Name, Ranged, Tree
from byhand.train.model.names import DATA_NAME

Blocks = Sequence[list[Statement] | None]


@dataclass(frozen=True, slots=True)
class Told:
    """The statements for one sample; ``letter`` counts the samples, and what was a sum over them is one term now."""

    blocks: list[list[Statement] | None]
    letter: str


def told_for_one(blocks: Blocks) -> Told | None:
    """The sheet for one sample; ``None`` where no index runs over samples.

    Such an index stands in its families as it is, never as i − 1, in no family that gradients or steps are asked for; those that are declared are called
    as data is; and what runs over it is summed, never multiplied.
    """
    statements = [one for block in blocks for one in block or []]
    families = [one for one in statements if isinstance(one, Member)]
    asked = {letter for one in statements for letter in _asked_letters(one)}
    for letter, end in {over.letter: over.high.name for one in families for over in one.over if isinstance(over.high, Name)}.items():
        mine = _Samples(letter, frozenset(one.name for one in families if any(over.letter == letter for over in one.over)))
        if letter not in asked and mine.fit(statements):
            told = [None if block is None else [new for one in block for new in mine.statement(one) if not _counts(one, end)] for block in blocks]
            first = next(k for k, block in enumerate(told) if block is not None)
            place = families[0].at
            told[first] = [Declared(f"samples {end}", (Name(end, place),), (), "", place), *(told[first] or [])]
            return Told(told, end)
    return None


def _counts(statement: Statement, end: str) -> bool:
    """Whether this is the number of samples on the sheet, m = 3."""
    return isinstance(statement, Defined) and statement.name == end


def _asked_letters(statement: Statement) -> Iterator[str]:
    """The letters in what is differentiated by or stepped on."""
    match statement:
        case Asked(what):
            yield from _letters(what)
        case Task(name, (_, what, *_)) if name != "show":
            yield from _letters(what)
        case _:
            pass


def _letters(tree: Tree) -> Iterator[str]:
    for node in everywhere(tree):
        for item in node.items if isinstance(node, Indexed) else ():
            yield from (part.name for part in everywhere(item) if isinstance(part, Name))


@dataclass(frozen=True, slots=True)
class _Samples:
    letter: str
    families: frozenset[str]

    def fit(self, statements: Iterable[Statement]) -> bool:
        """Whether the index only ever says which sample is meant."""
        trees = [tree for one in statements for tree in _trees(one)]
        families = [one for one in statements if isinstance(one, Member) and one.name in self.families]
        plain = all(self._is_letter(item) or not self._speaks(item) for tree in trees for node in everywhere(tree) for item in _items(node))
        own = all(sum(map(self._is_letter, one.index)) == 1 and any(over.letter == self.letter for over in one.over) for one in families)
        ranged = [node for tree in trees for node in everywhere(tree) if isinstance(node, Ranged) and any(o.letter == self.letter for o in node.over)]
        declared = [one for one in families if one.shape is not None]
        data = bool(declared) and all(len(one.index) == 1 and DATA_NAME.match(one.name) for one in declared)
        return plain and own and data and bool(ranged) and all(node.kind == "sum" for node in ranged)

    def _is_letter(self, tree: Tree) -> bool:
        return isinstance(tree, Name) and tree.name == self.letter

    def _speaks(self, tree: Tree) -> bool:
        return any(self._is_letter(node) for node in everywhere(tree))

    def statement(self, statement: Statement) -> Iterator[Statement]:
        match statement:
            case Member():
                yield self._member(statement)
            case Defined():
                yield replace(statement, value=self.tree(statement.value))
            case Task("show"):
                pass
            case Declared() | Asked() | Task():
                yield statement

    def _member(self, one: Member) -> Statement:
        index = tuple(item for item in one.index if not self._is_letter(item))
        over = tuple(each for each in one.over if each.letter != self.letter)
        value = None if one.value is None else self.tree(one.value)
        if index:
            return replace(one, index=index, over=over, value=value)
        if value is not None:
            return Defined(one.name, value, one.data, one.text, one.at)
        return Declared(one.name, one.shape or (), one.facts, one.text, one.at)

    def tree(self, tree: Tree) -> Tree:
        match tree:
            case Indexed(Name(name), items, at) if name in self.families:
                kept = tuple(self.tree(item) for item in items if not self._is_letter(item))
                return Indexed(Name(name, at), kept, at) if kept else Name(name, at)
            case Ranged(kind, body, over, at):
                rest = tuple(each for each in over if each.letter != self.letter)
                inner = self.tree(body)
                return Ranged(kind, inner, rest, at) if rest else inner
            case _:
                return rebuilt(tree, self.tree)


def _trees(statement: Statement) -> Iterator[Tree]:
    match statement:
        case Member():
            yield from (tree for tree in (statement.value, *statement.index) if tree is not None)
        case Defined(_, value):
            yield value
        case _:
            pass


def _items(node: Tree) -> tuple[Tree, ...]:
    return node.items if isinstance(node, Indexed) else ()
