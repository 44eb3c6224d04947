"""A sheet's formulas without its questions: what is given, declared and defined, and what the questions say of losses and parameters.

The formulas can be read again with other shapes for the data, so that a batch of four given samples becomes a batch of any
number. A formula that cannot be read matters only if the loss needs it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, intern, named
from byhand.lang.functions import total
from byhand.lang.sizes import Size
from byhand.read.elaborate import elaborate
from byhand.read.families import Member
from byhand.read.functions import SOLVERS
from byhand.read.literal import Data
from byhand.read.scope import Ints
from byhand.read.statements import Asked, Declared, Defined, Statement, Task, parse_statements, question
from byhand.read.syntax import Derivative, Listed, Name, Tree
from byhand.run.bind import Value, to_array
from byhand.sheets.families.expand import expanded
from byhand.sheets.given import check_facts, declared, facts_of_data
from byhand.sheets.source import Prose, Source, take_apart
from byhand.sheets.wanted import wanted_gradients
from byhand.sheets.workspace import Later, Workspace
from byhand.train.model.labels import with_label_rows
from byhand.train.model.told import told_for_one


@dataclass(frozen=True, slots=True)
class Asking:
    """What the questions of a sheet ask: for each loss the names it is differentiated by, and of these what steps and minima change."""

    gradients: Mapping[str, tuple[str, ...]]
    changed: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet taken apart into statements, families written out. ``samples``: the letter of an index over samples, which was taken out."""

    name: str
    title: str
    statements: tuple[Statement, ...]
    samples: str | None = None

    @property
    def asking(self) -> Asking:
        return _asking(self.statements)


@dataclass(slots=True)
class Reading:
    """The names of a sheet with their meaning. ``data``: the numbers it gives; ``integers``: those that are whole.

    ``lines`` say where a name has its meaning; ``failed``: what could not be read, and why; ``seen``: variables whose facts were seen in
    their numbers and not declared; ``labels``: variables that the sheet has as class labels and the formulas now have as one-hot rows.
    """

    names: dict[str, Expr] = field(default_factory=dict[str, Expr])
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    integers: dict[str, Ints] = field(default_factory=dict[str, Ints])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    failed: dict[str, ByhandError] = field(default_factory=dict[str, ByhandError])
    seen: set[str] = field(default_factory=set[str])
    labels: dict[str, Size] = field(default_factory=dict[str, Size])
    trees: dict[str, Tree] = field(default_factory=dict[str, Tree])

    def variables(self) -> list[Var]:
        return [node for node in self.names.values() if isinstance(node, Var)]


def sheet_of(text: str, name: str) -> Sheet:
    """The statements of a sheet's text; ``ByhandError`` with its line for what cannot be read."""
    source = take_apart(text, name)
    blocks = _blocks(source)
    told = told_for_one(blocks)
    blocks = told.blocks if told is not None else blocks
    if any(isinstance(one, Member) for block in blocks for one in block or []):
        found = expanded(blocks)
        if found is None:
            raise ByhandError(_no_depth(blocks))
        blocks = found
    statements = tuple(statement for block in blocks for statement in block or [])
    return Sheet(source.name, source.title, statements, told.letter if told is not None else None)


def _blocks(source: Source) -> list[list[Statement] | None]:
    stars: set[str] = set()
    return [None if isinstance(piece, Prose) else parse_statements(piece.text, piece.line, stars) for piece in source.pieces]


def _no_depth(blocks: Sequence[list[Statement] | None]) -> str:
    families = [one for block in blocks for one in block or [] if isinstance(one, Member)]
    ends = {over.high.name: None for one in families for over in one.over if isinstance(over.high, Name)}
    letters = " and ".join(ends) or "the depth"
    example = " and ".join(f"{letter} = 3" for letter in ends) or "L = 3"
    return f"cannot train a network of unknown depth: {letters} has no number here; give it above the family, as in {example}."


def _asking(statements: Sequence[Statement]) -> Asking:
    gradients: dict[str, dict[str, None]] = {}
    changed: dict[str, dict[str, None]] = {}
    rules: dict[str, str] = {}
    for statement in statements:
        match statement:
            case Asked(what):
                asked = question(what, {})
                if isinstance(asked, Derivative):
                    gradients.setdefault(asked.of, {})[asked.wrt] = None
            case Task(name, (Name(loss), what, *_), options) if name in ("step", *SOLVERS):
                listed = what.items if isinstance(what, Listed) else (what,)
                changed.setdefault(loss, {}).update({one.name: None for one in listed if isinstance(one, Name)})
                rules |= [(loss, value.name) for key, value in options if key == "rule" and isinstance(value, Name)]
            case _:
                pass
    return Asking({of: tuple(wrt) for of, wrt in gradients.items()}, {of: tuple(wrt) for of, wrt in changed.items()}, rules)


# ------------------------------------------------------------------------------------------------- reading


def read(sheet: Sheet, instead: Mapping[str, Var] | None = None, without: frozenset[str] = frozenset()) -> Reading:
    """The meaning of every name. ``instead``: variables that stand for given or declared ones; ``without``: given numbers that become size letters."""
    later = {one.name: Later(one.at.line, frozenset()) for one in reversed(sheet.statements) if isinstance(one, (Defined, Declared))}
    reader = _Reader(Workspace(wanted_gradients(sheet.statements), later), instead or {}, without)
    for statement in sheet.statements:
        reader.take(statement)
    return reader.found


@dataclass(slots=True)
class _Reader:
    space: Workspace
    instead: Mapping[str, Var]
    without: frozenset[str]
    found: Reading = field(default_factory=Reading)

    def take(self, statement: Statement) -> None:
        if not isinstance(statement, (Defined, Declared)) or statement.name in self.without:
            return
        try:
            self._take(statement)
        except ByhandError as error:
            self.found.failed.setdefault(statement.name, self._cause(statement, error.at(statement.at.line, statement.at.column)))

    def _cause(self, statement: Defined | Declared, error: ByhandError) -> ByhandError:
        """Of formulas that fail one after another the first is to blame."""
        words = re.findall(r"[^\W\d]\w*", statement.text.partition("=")[2])
        return next((self.found.failed[word] for word in words if word in self.found.failed and word not in self.space.names), error)

    def _take(self, statement: Defined | Declared) -> None:
        match statement:
            case Declared():
                self._define(statement, self.instead.get(statement.name) or declared(statement, self.space.sizes()))
            case Defined():
                self._defined(statement) if statement.data is None else self._given(statement, statement.data)

    def _define(self, statement: Defined | Declared, node: Expr) -> None:
        self.space.define(statement.name, node, statement.at.line, statement.at.column)
        self.found.names[statement.name] = node
        self.found.lines[statement.name] = statement.at.line

    def _defined(self, statement: Defined) -> None:
        self.space.defining = statement.name
        try:
            tree = with_label_rows(statement.value, self.space, self._become_rows)
            value = elaborate(tree, self.space.scope()).expr
        finally:
            self.space.defining = ""
        if statement.name in self.space.wanted and value.shape and all(axis == 1 for axis in value.shape):
            value = total(value)
        self._define(statement, named(statement.name, value))
        self.space.trees[statement.name] = self.found.trees[statement.name] = statement.value

    def _become_rows(self, variable: Var, rows: Var) -> None:
        """Class labels become one-hot rows, for all formulas from here on."""
        self.space.names[variable.name] = self.found.names[variable.name] = rows
        self.space.integers.pop(variable.name, None)
        self.found.labels[variable.name] = rows.shape[-1]

    def _given(self, statement: Defined, data: Data) -> None:
        name = statement.name
        array = to_array(name, data.nested())
        known = self.space.names.get(name)
        if isinstance(known, Var) and name not in self.found.data:
            variable = known
            check_facts(variable, array) if name not in self.found.labels else None
        else:
            facts = facts_of_data(array)
            variable = self.instead.get(name) or intern(Var, name, data.shape, facts)
            self.found.seen.update({name} if facts else ())
            self._define(statement, variable)
        integers = data.integers()
        if integers is not None and name not in self.found.labels:
            self.space.integers[name] = self.found.integers[name] = integers
        self.found.data[name] = array


def loss_named(reading: Reading, name: str) -> Named:
    """The scalar of this name; ``ByhandError`` says why there is none."""
    found = reading.names.get(name)
    if name in reading.failed:
        raise reading.failed[name]
    if isinstance(found, Named) and not found.shape:
        return found
    raise ByhandError(f"cannot train on {name}: a loss is a single number defined by a formula, and {name} is {'not defined' if found is None else 'none'}.")
