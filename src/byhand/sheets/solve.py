"""Working through a sheet from top to bottom, statement by statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar, assert_never

from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import Expr, Named, Var, intern, named
from byhand.lang.functions import total
from byhand.lang.names import Updated
from byhand.read.elaborate import elaborate
from byhand.read.families import Member
from byhand.read.literal import Data
from byhand.read.statements import Asked, Declared, Defined, Statement, Task, parse_statements, question
from byhand.read.syntax import Derivative, Primed, Tree
from byhand.read.syntax import Name as NameTree
from byhand.run.bind import to_array
from byhand.sheets import solution as s
from byhand.sheets.families.expand import expanded
from byhand.sheets.families.solver import FamilySolver
from byhand.sheets.given import check_facts, declared, facts_of_data
from byhand.sheets.gradients import gradient_item, local_item, second_item
from byhand.sheets.history import passed
from byhand.sheets.length import Length
from byhand.sheets.source import Prose, Source, part_label
from byhand.sheets.tasks import TaskFunction
from byhand.sheets.wanted import wanted_gradients
from byhand.sheets.workspace import Later, Workspace

T = TypeVar("T")
MOST_FORMULAS = 1_000


def solve(source: Source, tasks: Mapping[str, TaskFunction]) -> s.Solution:
    """The solution of a sheet taken apart. ``tasks``: what the words for things to be done mean."""
    stars: set[str] = set()
    blocks = [None if isinstance(piece, Prose) else parse_statements(piece.text, piece.line, stars) for piece in source.pieces]
    layered = any(isinstance(one, Member) for block in blocks for one in block or [])
    if layered:
        blocks = expanded(blocks) or blocks
    statements = [statement for block in blocks for statement in block or []]
    if not any(isinstance(statement, (Asked, Task)) for statement in statements):
        raise ByhandError(f"{source.name} asks for nothing: add a line such as dL/dW, or the names you want to see.")
    formulas = [one for one in statements if isinstance(one, Defined) and one.data is None]
    if len(formulas) > MOST_FORMULAS:
        place = formulas[MOST_FORMULAS].at
        raise ByhandError(f"this sheet defines {len(formulas):,} quantities by formulas; the limit is {MOST_FORMULAS:,}.", place.line, place.column)
    later = {one.name: Later(one.at.line, _words(one)) for one in reversed(statements) if isinstance(one, (Defined, Declared))}
    solver: _Solver | FamilySolver
    if any(isinstance(one, Member) for one in statements):
        solver = FamilySolver.of(statements)
    else:
        solver = _Solver(Workspace(wanted_gradients(statements), later), tasks, layered=layered)
    parts: list[s.Part] = []
    label: str | None = None
    opening: list[s.Item] = []
    for piece, block in zip(source.pieces, blocks):
        if isinstance(piece, Prose):
            opening.append(s.Prose(piece.text))
            label = part_label(piece.text) or label
        else:
            parts.append(solver.part(label, opening, block or []))
            opening = []
    return s.Solution(source.name, source.title, _lettered([*parts, *([s.Part(label, tuple(opening))] if opening else [])]))


def _words(statement: Defined | Declared) -> frozenset[str]:
    """The words of a formula, from which circles of definitions are told."""
    return frozenset(re.findall(r"[^\W\d]\w*", statement.text.partition("=")[2]))


def _lettered(parts: list[s.Part]) -> tuple[s.Part, ...]:
    """Parts without letters of their own get a, b, c, … where they answer something."""
    if any(part.label for part in parts) or sum(part.answers for part in parts) < 2:
        return tuple(parts)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    return tuple(replace(part, label=next(letters, None)) if part.answers else part for part in parts)


@dataclass(slots=True)
class _Solver:
    """``pending``: where in the items definitions stand whose numbers are not worked out yet."""

    space: Workspace
    tasks: Mapping[str, TaskFunction]
    pending: list[tuple[Named, Statement]] = field(default_factory=list[tuple[Named, Statement]])
    length: Length = field(default_factory=Length)
    layered: bool = False

    def part(self, label: str | None, opening: list[s.Item], block: list[Statement]) -> s.Part:
        """One block with the prose before it."""
        items = list(opening)
        self.space.kinks.clear()
        for statement in block:
            if isinstance(statement, (Asked, Task)):
                self._count_definitions()
            items += _placed(lambda st=statement: self._written(st), statement)
        self._count_definitions()
        return s.Part(label, tuple(items), tuple(self.space.kinks))

    def _count_definitions(self) -> None:
        """The numbers of all definitions since the last question at once; one by one if that fails, to say on which line."""
        pending, self.pending = self.pending, []
        try:
            self.space.count([quantity for quantity, _ in pending])
        except ByhandError:
            for quantity, statement in pending:
                _placed(lambda q=quantity: self.space.count([q]), statement)
            raise  # cannot happen: what fails together fails one by one

    def _written(self, statement: Statement) -> list[s.Item]:
        """What a statement comes to, if it is not too long to be shown."""
        items = self._items(statement)
        for item in items:
            self.length.add(item)
        return items

    def _items(self, statement: Statement) -> list[s.Item]:
        match statement:
            case Defined():
                return [self._defined(statement) if statement.data is None else self._given(statement, statement.data)]
            case Declared():
                return [self._declared(statement)]
            case Asked():
                return [self._asked(question(statement.what, self.space.names), statement.text)]
            case Task():
                return self.tasks[statement.name](self.space, statement)
            case Member(name):
                raise ByhandError(f"{name}[…] is a member of a family, which this sheet does not have.")
            case _:
                assert_never(statement)

    def _defined(self, statement: Defined) -> s.Item:
        self.space.defining = statement.name
        value = self._elaborated(statement.value)
        if self.layered and statement.name in self.space.wanted and value.shape and all(axis == 1 for axis in value.shape):
            value = total(value)  # a cost made of an output layer with one unit
        quantity = named(statement.name, value)
        self.space.defining = ""
        self.space.define(statement.name, quantity, statement.at.line, statement.at.column)
        self.space.trees[statement.name] = statement.value
        self.pending.append((quantity, statement))
        return s.Defined(quantity, self.space.state)

    def _elaborated(self, tree: Tree) -> Expr:
        return elaborate(tree, self.space.scope()).expr

    def _given(self, statement: Defined, data: Data) -> s.Item:
        """Numbers for a new name, or for one that was declared and has none yet."""
        space, name = self.space, statement.name
        array = to_array(name, data.nested())
        known = space.names.get(name)
        if isinstance(known, Var) and name not in space.data:
            variable = known
        else:
            variable = intern(Var, name, data.shape, facts_of_data(array))
            space.define(name, variable, statement.at.line, statement.at.column)
        integers = data.integers()
        if integers is not None:
            space.integers[name] = integers
        space.supply(variable, array)
        check_facts(variable, array)
        return s.Given(variable, array)

    def _declared(self, statement: Declared) -> s.Item:
        variable = declared(statement, self.space.sizes())
        self.space.define(statement.name, variable, statement.at.line, statement.at.column)
        return s.Given(variable, None)

    def _asked(self, what: Tree, text: str) -> s.Item:
        match what:
            case Derivative(of, wrt):
                return self._derivative(of, wrt)
            case Primed(NameTree(name), count):
                return self._updated(name, count)
            case _:
                found = self._elaborated(what)
                quantity = found if isinstance(found, (Named, Var)) else named(text, found)
                return s.Asked(text, quantity, self.space.count([quantity]))

    def _derivative(self, of: str, wrt: str) -> s.Item:
        if of[:1] == "2" and of[1:] and of not in self.space.names:
            return second_item(self.space, of[1:], wrt)
        if of[:1].isdigit() and self.space.scope().find(of[1:]) is not None:
            raise NotYetError(f"d{of}/d{wrt}: only first and second derivatives are there, as in d{of[1:]}/dw and d2{of[1:]}/dw2.")
        y, x = self.space.known(of), self.space.known(wrt)
        if isinstance(y, Var):
            raise ByhandError(
                f"d{of}/d{wrt} asks for the derivative of {of}, which is given and not computed from {wrt}. Ask for that of something defined by a formula."
            )
        return local_item(self.space, y, x) if y.shape else gradient_item(self.space, y, x)

    def _updated(self, name: str, count: int) -> s.Item:
        x = self.space.known(name)
        key = Updated(str(x.name), count)
        if isinstance(x, Named) and self.space.state.taken.get(str(x.name), 0) == count:
            return s.Asked(str(key), x, self.space.count([x]))
        past = self.space.history.known.get(key)
        if past is None:
            raise ByhandError(passed(key, x, self.space.state.taken.get(str(x.name), 0)))
        return s.AskedUpdate(past.made, past.value, past.before)


def _placed(work: Callable[[], T], statement: Statement) -> T:
    """Do something for a statement; what goes wrong is said with its line."""
    try:
        return work()
    except ByhandError as error:
        raise error.at(statement.at.line, statement.at.column) from None
