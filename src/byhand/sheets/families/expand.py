"""Families at a depth that the sheet gives as a number: every member becomes an ordinary statement, named z[1], z[2], …"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import Poly
from byhand.read.families import Member
from byhand.read.literal import data_of
from byhand.read.rebuild import everywhere, rebuilt
from byhand.read.spread import joined, put_in, whole
from byhand.read.statements import Asked, Declared, Defined, Statement, Task
from byhand.read.syntax import Derivative, Indexed, Listed, Name, Over, Ranged, Tree
from byhand.sheets.families.indices import Env, affine, member

MOST_MEMBERS = 400


@dataclass(slots=True)
class Expansion:
    """``counts``: the letters of ranges and their numbers; ``members``: the indices that each family has; ``sizes``: n[3] and what it is."""

    counts: Env
    lists: Mapping[str, tuple[int, ...]]
    members: dict[str, list[tuple[int, ...]]] = field(default_factory=dict[str, list[tuple[int, ...]]])
    sizes: dict[str, Tree] = field(default_factory=dict[str, Tree])

    # ---------------------------------------------------------------------------------------- statements

    def statement(self, statement: Statement) -> Iterator[Statement]:
        match statement:
            case Member():
                yield from self._members(statement)
            case Defined(_, value):
                yield replace(statement, value=self.tree(value))
            case Declared(_, shape):
                yield replace(statement, shape=tuple(map(self.tree, shape)))
            case Asked(what):
                for one, text in self._every(what, statement.text):
                    yield replace(statement, what=one, text=text)
            case Task(name, args, options):
                settings = tuple((key, self.tree(value)) for key, value in options)
                if name == "show" and len(args) == 1:
                    for claim in self._claims(args[0]):
                        yield replace(statement, args=(claim,), options=settings)
                else:
                    yield replace(statement, args=tuple(self._argument(arg) for arg in args), options=settings)

    def _members(self, statement: Member) -> Iterator[Statement]:
        if statement.name not in self.members:
            return
        for values in self.values(statement.over, {}):
            tree_values = {letter: whole(value, statement.at) for letter, value in values.items()}
            name = member(statement.name, tuple(affine(item, {**self.counts, **_polys(values)}) for item in statement.index))
            if statement.value is not None:
                value = self.tree(_with(statement.value, tree_values))
                yield Defined(name, value, statement.data or data_of(value), statement.text, statement.at)
            else:
                shape = tuple(self.tree(_with(axis, tree_values)) for axis in statement.shape or ())
                yield Declared(name, shape, statement.facts, statement.text, statement.at)

    def values(self, over: Sequence[Over], outer: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """All values of index letters, the first one slowest."""
        if not over:
            yield dict(outer)
            return
        first, *rest = over
        low, high = (_number(affine(end, {**self.counts, **_polys(outer)}), first) for end in (first.low, first.high))
        if high - low >= MOST_MEMBERS:
            raise ByhandError(f"a family with more than {MOST_MEMBERS} members is refused.")
        for value in range(low, high + 1):
            yield from self.values(rest, {**outer, first.letter: value})

    # -------------------------------------------------------------------------------------------- trees

    def tree(self, tree: Tree) -> Tree:
        """A formula with members under their names, and sums and products written out by the reader."""
        match tree:
            case Indexed(Derivative(of, wrt, unsure, awkward, at), items):
                return Derivative(of, self._name(wrt, items), unsure, awkward, at)
            case Indexed(Name(name), items, at) if name in self.members:
                count = len(self.members[name][0]) if self.members[name] else len(items)
                inner = tuple(map(self.tree, items[count:]))
                base = Name(self._name(name, items[:count]), at) if self._is_fixed(items[:count]) else Indexed(Name(name, at), items[:count], at)
                return Indexed(base, inner, at) if inner else base
            case Indexed(Name(name), (item,), at) if self._is_fixed((item,)) and (known := self._size(name, item)) is not None:
                return replace(known, at=at) if isinstance(known, Name) else known
            case Ranged(kind, body, over, at) if all(self._is_fixed((one.low, one.high)) for one in over[:1]):
                first, *more = over
                rest: Tree = Ranged(kind, body, tuple(more), at) if more else body
                values = [values[first.letter] for values in self.values((first,), {})]
                parts = [self.tree(put_in(rest, first.letter, whole(value, at))) for value in values]
                return joined(kind, parts, at)
            case _:
                return rebuilt(tree, self.tree)

    def _is_fixed(self, items: Iterable[Tree]) -> bool:
        return all(affine(item, self.counts).constant is not None for item in items)

    def _name(self, name: str, items: tuple[Tree, ...]) -> str:
        return member(name, tuple(affine(item, self.counts) for item in items))

    def _size(self, name: str, item: Tree) -> Tree | None:
        """n[2]: what the sheet says it is, or a letter of its own."""
        if name in self.lists:
            place = affine(item, self.counts).constant
            numbers = self.lists[name]
            if place is None or not 0 <= place < len(numbers):
                raise ByhandError(f"{name}[{place}] is asked for, and {name} has the entries 0 to {len(numbers) - 1}.", item.at.line, item.at.column)
            return whole(numbers[int(place)], item.at)
        key = self._name(name, (item,))
        return self.sizes.get(key, Name(key, item.at)) if any(known.startswith(f"{name}[") for known in self.sizes) else None

    # -------------------------------------------------------------------------------------- all members

    def _every(self, tree: Tree, text: str) -> Iterator[tuple[Tree, str]]:
        """What is asked of z[l], asked of each member."""
        letters = self._open(tree)
        if not letters:
            yield self.tree(tree), text
            return
        for values in self._assignments(tree, letters):
            found = self.tree(_with(tree, {letter: whole(value, tree.at) for letter, value in values.items()}))
            yield found, _told(found) or text

    def _argument(self, tree: Tree) -> Tree:
        if isinstance(tree, Listed):
            items = [one for item in tree.items for one, _ in self._every(item, "")]
            return Listed(tuple(items), tree.at)
        return self.tree(tree)

    def _claims(self, tree: Tree) -> Iterator[Tree]:
        if isinstance(tree, Ranged) and tree.kind == "all":
            for values in self.values(tree.over, {}):
                yield self.tree(_with(tree.body, {letter: whole(value, tree.at) for letter, value in values.items()}))
        else:
            yield from (one for one, _ in self._every(tree, ""))

    def _open(self, tree: Tree) -> list[str]:
        """The index letters of members that nothing binds."""
        bound = {one.letter for node in everywhere(tree) if isinstance(node, Ranged) for one in node.over}
        found: dict[str, None] = {}
        for node in everywhere(tree):
            if isinstance(node, Indexed) and (isinstance(node.base, Derivative) or (isinstance(node.base, Name) and node.base.name in self.members)):
                found.update({letter: None for item in node.items for letter in sorted(affine(item, self.counts).letters) if letter not in bound})
        return list(found)

    def _assignments(self, tree: Tree, letters: list[str]) -> Iterator[dict[str, int]]:
        """The values of open letters at which the members on the left exist."""
        inside = [node for node in everywhere(tree) if isinstance(node, Indexed)]
        first = min(inside, key=lambda node: (node.at.line, node.at.column))
        name = first.base.wrt if isinstance(first.base, Derivative) else first.base.name if isinstance(first.base, Name) else ""
        known = set(self.members.get(name, []))
        highest = max((max(index, default=0) for index in known), default=0) + 1
        for counts in product(range(-1, highest + 1), repeat=len(letters)):
            values = dict(zip(letters, counts))
            index = tuple(affine(item, {**self.counts, **_polys(values)}).constant for item in first.items)
            if all(one is not None for one in index) and tuple(int(one or 0) for one in index) in known:
                yield values


def _with(tree: Tree, values: Mapping[str, Tree]) -> Tree:
    for letter, value in values.items():
        tree = put_in(tree, letter, value)
    return tree


def _polys(values: Mapping[str, int]) -> dict[str, Poly]:
    return {letter: Poly.of(value) for letter, value in values.items()}


def _number(poly: Poly, over: Over) -> int:
    if poly.constant is None:
        raise ByhandError(f"the range of {over.letter} ends in {poly}, whose value is not given.", over.high.at.line, over.high.at.column)
    return int(poly.constant)


def _told(tree: Tree) -> str:
    match tree:
        case Derivative(of, wrt):
            return f"d{of}/d{wrt}"
        case Name(name):
            return name
        case _:
            return ""


def expanded(blocks: Sequence[list[Statement] | None]) -> list[list[Statement] | None] | None:
    """The blocks of a sheet with every member on its own; ``None`` where the depth is not given as a number."""
    every = [statement for block in blocks for statement in block or []]
    families = [one for one in every if isinstance(one, Member)]
    letters = {o.letter for one in families for o in one.over}
    ends = {node.name for one in families for o in one.over for end in (o.low, o.high) for node in everywhere(end) if isinstance(node, Name)}
    used = {node.name for one in families for item in one.index for node in everywhere(item) if isinstance(node, Name)}
    depths = (ends | used) - letters
    given = {one.name: one.data.integers() for one in every if isinstance(one, Defined) and one.data is not None}
    counts = {name: number for name in depths if isinstance(number := given.get(name), int)}
    odd = next((one for one in every if isinstance(one, Defined) and one.name in depths and one.name not in counts), None)
    if odd is not None:
        raise ByhandError(f"{odd.name} counts members of a family, so it must be a whole number.", odd.at.line, odd.at.column)
    if counts and depths - counts.keys():
        missing = sorted(depths - counts.keys())[0]
        raise ByhandError(f"{sorted(counts)[0]} is given as a number and {missing} is not: give both, or leave both as letters.")
    if depths - counts.keys():
        return None
    lists = {name: numbers for name, numbers in given.items() if isinstance(numbers, tuple) and all(isinstance(n, int) for n in numbers)}
    expansion = Expansion({name: Poly.of(number) for name, number in counts.items()}, {k: tuple(n for n in v if isinstance(n, int)) for k, v in lists.items()})
    _note_members(expansion, families, every)
    return [None if block is None else [one for statement in block for one in expansion.statement(statement)] for block in blocks]


def _note_members(expansion: Expansion, families: list[Member], every: list[Statement]) -> None:
    """Which members there are, and which indexed names stand for sizes."""
    shapes = [axis for one in every if isinstance(one, (Member, Declared)) for axis in one.shape or ()]
    sizes = {node.base.name for axis in shapes for node in everywhere(axis) if isinstance(node, Indexed) and isinstance(node.base, Name)}
    sizes -= expansion.lists.keys()
    for name in sizes:
        expansion.sizes[f"{name}[]"] = Name(name, families[0].at)
    for one in families:
        for values in expansion.values(one.over, {}):
            index = tuple(int(affine(item, {**expansion.counts, **_polys(values)}).constant or 0) for item in one.index)
            if one.name in sizes:
                if one.value is not None:
                    key = member(one.name, tuple(map(Poly.of, index)))
                    expansion.sizes[key] = _with(one.value, {letter: whole(value, one.at) for letter, value in values.items()})
            elif index not in expansion.members.setdefault(one.name, []):
                expansion.members[one.name].append(index)
