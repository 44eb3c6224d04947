"""The numbers of a solution once more, as Python statements that need NumPy alone.

Quantities are told apart by what they are made of, not by when they were met: after a step ``h`` is another quantity than before, with
another identifier, because the parameters below it are others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from byhand.lang.expr import Expr, Named, Var, var
from byhand.lang.names import Name, Updated
from byhand.lang.walk import children, postorder, size_letters
from byhand.run.bind import Value, bind_sizes
from byhand.sheets import solution as s
from byhand.sheets.lines import renamed
from byhand.sheets.notebook.least import found_by
from byhand.sheets.notebook.literals import is_finite, literal
from byhand.sheets.notebook.loop import Loop, loop
from byhand.sheets.notebook.source import Source, broken
from byhand.show.conventions import Conventions
from byhand.show.identifiers import identifier
from byhand.show.notation import notation, unwritable
from byhand.show.unicode import text

LONGEST_CELL = 10
"""Statements in one cell."""
ROUNDS_WRITTEN = 12
"""Of more steps than this the first ones are written, and the others as a loop."""
LONGEST_COMMENT = 110
_IN_ONE_CELL = (s.Given, s.Defined, s.Asked, s.GradientOf)


@dataclass(slots=True)
class Code:
    """``statements``: those since the last cell; ``found``: for each identifier the number that byhand printed.

    ``sizes``: the numbers of size letters that the data of the whole sheet fixes.
    """

    conventions: Conventions
    sizes: Mapping[str, int]
    source: Source = field(default_factory=Source)
    statements: list[str] = field(default_factory=list[str])
    found: dict[str, Value] = field(default_factory=dict[str, Value])
    _data: dict[str, list[tuple[str, Value]]] = field(default_factory=dict[str, "list[tuple[str, Value]]"])
    _named: dict[Name, list[tuple[str, Value]]] = field(default_factory=dict[Name, "list[tuple[str, Value]]"])
    _least_norm: set[Expr] = field(default_factory=set[Expr])
    _made: dict[str, Name] = field(default_factory=dict[str, Name])
    _same: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    _known: dict[tuple[Expr, tuple[str, ...]], str] = field(default_factory=dict[tuple[Expr, "tuple[str, ...]"], str])
    _letters: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    _below: dict[Expr, tuple[Var, ...]] = field(default_factory=dict[Expr, "tuple[Var, ...]"])

    def cells(self, items: Iterable[s.Item]) -> Iterator[str]:
        """The code of these items, in cells that are not long."""
        for kind, group in groupby(items, type):
            for item in group:
                for _ in self._worked(item):
                    if kind not in _IN_ONE_CELL:
                        yield from self._flushed()
            yield from self._flushed()

    def _flushed(self) -> Iterator[str]:
        statements, self.statements = self.statements, []
        for start in range(0, len(statements), LONGEST_CELL):
            yield "\n".join(statements[start : start + LONGEST_CELL])

    def _worked(self, item: s.Item) -> Iterator[object]:
        """Write what an item brings; each pause is a good place for the end of a cell."""
        match item:
            case s.Given(variable, value):
                if value is not None:
                    yield self._give(variable, value)
            case s.Defined(quantity, state) | s.Asked(_, quantity, state) | s.LocalOf(_, quantity, state):
                yield self._have(quantity, state)
            case s.GradientOf(_, _, needed, state):
                for gradient in needed:
                    yield self._have(gradient, state)
            case s.Stepped(_, needed, rounds):
                for gradient in needed if rounds else ():
                    yield self._have(gradient, rounds[0].state)
                yield from self._rounds(rounds)
            case s.At():
                yield self._at(item)
            case s.Answered():
                yield from self._answered(item)
            case s.Prose() | s.Claimed() | s.AskedUpdate():
                pass

    def _answered(self, item: s.Answered) -> Iterator[object]:
        """The gradients and formulas of an analysis, but those whose number it did not find by them: an inverse that does not exist."""
        numbers = {formula.name: item.values[str(formula.name)] for formula in item.formulas if str(formula.name) in item.values}
        state = replace(item.state, numbers={**item.state.numbers, **numbers})
        for one in item.worked.needed if item.worked is not None else ():
            yield self._have(one, item.state)
        data = {name: found[-1][1] for name, found in self._data.items()} | {str(name): number for name, number in state.numbers.items()}
        for formula in item.formulas:
            how = found_by(formula, numbers[formula.name], data, self.sizes) if formula.name in numbers else "formula"
            if how == "pseudo-inverse":
                self._least_norm.add(formula)
            if how is not None:
                yield self._have(formula, state)
        for name, value in item.values.items():
            if name not in map(str, numbers):
                yield self._give(var(name, value.shape), value)  # found by solving equations, which no formula says

    def _rounds(self, rounds: tuple[s.Round, ...]) -> Iterator[object]:
        """All rounds; of many the first ones, and then a loop, or the last one alone where they are not of one kind."""
        if len(rounds) <= ROUNDS_WRITTEN:
            for one in rounds:
                yield self._round(one)
            return
        written: list[list[str]] = []
        for one in rounds[:3]:
            self._round(one)
            written.append([*self.statements])
            yield None
        found = loop(written[1], written[2], len(rounds) - 3, self.source.identifiers.fresh)
        yield self._looped(found, rounds) if found is not None else self._round(rounds[-1])

    def _looped(self, found: Loop, rounds: tuple[s.Round, ...]) -> None:
        """The loop, and the names that its last values have on the sheet."""
        lines = [found.code]
        numbers = {**rounds[-1].state.numbers, **{update.updated.name: update.value for update in rounds[-1].updates if update.value is not None}}
        for third, end in found.ends.items():
            name = self._made.get(third)
            last = Updated(name.name, name.times + len(rounds) - 3) if isinstance(name, Updated) else None
            if last is not None and last in numbers:
                own = self.source.identifiers.fresh(identifier(last))
                lines.append(f"{own} = {end}")
                self._note(last, own, numbers[last])
        self.statements.append("\n".join(lines))

    def _round(self, one: s.Round) -> None:
        for group in (*one.data, *one.then):
            for quantity in group.quantities:
                self._have(quantity, group.state)
        for update in one.updates:
            self._have(update.updated, one.state)

    def _at(self, item: s.At) -> None:
        found = self._have(item.quantity, item.state)
        if item.argmax and found is not None:
            chosen = self.source.identifiers.fresh(f"class_of_{found}")
            self.statements.append(f"# the class, counted from 0\n{chosen} = np.argmax({found}, axis=-1)")
            self.found[chosen] = item.value

    # -------------------------------------------------------------------------------------------- data

    def _give(self, variable: Var, value: Value) -> str:
        found = self.source.identifiers.fresh(identifier(variable.name))
        self.statements.append(f"{found} = {literal(value).replace(chr(10), chr(10) + ' ' * (len(found) + 3))}")
        self._data.setdefault(variable.name, []).append((found, value))
        return found

    def _variable(self, variable: Var, state: s.State) -> str:
        """The identifier with the numbers that this quantity has in this state."""
        known = self._data.get(variable.name, [])
        value = state.numbers.get(variable.name)
        if value is None:
            return known[-1][0]
        key = (variable.name, id(value))  # the solution holds all its numbers while the notebook is made
        if key not in self._same:
            same = next((found for found, other in reversed(known) if np.array_equal(other, value)), None)
            self._same[key] = same or self._give(variable, value)
        return self._same[key]

    def _size(self, letter: str, count: int) -> str:
        """The identifier of a size letter with this value."""
        if (letter, count) not in self._letters:
            found = self._letters[letter, count] = self.source.identifiers.fresh(identifier(letter))
            self.statements.append(f"{found} = {count}")
        return self._letters[letter, count]

    # -------------------------------------------------------------------------------------- quantities

    def _have(self, node: Named | Var, state: s.State) -> str | None:
        """The identifier of a quantity with its number in this state, worked out with all that it is made of; nothing without data."""
        if node.name not in state.numbers:
            return None
        if isinstance(node, Var):
            return self._variable(node, state)
        for one in postorder(node, below=self._unknown(state)):
            if isinstance(one, Named) and self._key(one, state) not in self._known:
                self._work_out(one, state)
        return self._known[self._key(node, state)]

    def _unknown(self, state: s.State) -> Callable[[Expr], tuple[Expr, ...]]:
        return lambda node: () if isinstance(node, Named) and self._key(node, state) in self._known else children(node)

    def _key(self, node: Named, state: s.State) -> tuple[Expr, tuple[str, ...]]:
        return node, tuple(self._variable(variable, state) for variable in self._variables(node))

    def _variables(self, node: Expr) -> tuple[Var, ...]:
        """The given quantities below a node."""
        for one in postorder(node, below=lambda n: () if n in self._below else children(n)):
            if one not in self._below:
                inside = (variable for part in children(one) for variable in self._below[part])
                self._below[one] = (one,) if isinstance(one, Var) else tuple(dict.fromkeys(inside))
        return self._below[node]

    def _work_out(self, node: Named, state: s.State) -> None:
        """One statement, under the formula as mathematics writes it; none for what is there already, from a formula that a derivation took apart."""
        value = state.numbers.get(node.name)
        twin = next((found for found, other in self._named.get(node.name, ()) if value is not None and np.array_equal(other, value)), None)
        if twin is not None:
            self._known[self._key(node, state)] = twin
            return
        inside = postorder(node.body, enter_named=False)
        names: dict[Name, str] = {one.name: self._known[self._key(one, state)] for one in inside if isinstance(one, Named)}
        names |= {one.name: self._variable(one, state) for one in inside if isinstance(one, Var)}
        formula = self._with_sizes(self.source.formula(node.body, names, self.conventions), inside, state)
        if node in self._least_norm:
            formula = self.source.with_pseudo_inverses(formula)
        found = self._known[self._key(node, state)] = self.source.identifiers.fresh(identifier(node.name))
        self.statements.append(f"{self._comment(node, state)}{found} = {broken(formula, f'{found} = ')}")
        if value is not None:
            self._note(node.name, found, value)

    def _note(self, name: Name, found: str, value: Value) -> None:
        if is_finite(value):
            self.found[found] = value
        self._made[found] = name
        self._named.setdefault(name, []).append((found, value))
        if isinstance(name, Updated):
            for spelled in (name.name, str(name)):
                self._data.setdefault(spelled, []).append((found, value))

    def _with_sizes(self, formula: str, inside: Iterable[Expr], state: s.State) -> str:
        """The formula, the size letters in it under identifiers that have their values."""
        letters = sorted({letter for node in inside for letter in size_letters(node)})
        if not letters:
            return formula
        variables = list(dict.fromkeys(variable for node in inside for variable in self._variables(node)))
        bound = {**self.sizes, **bind_sizes(variables, {v.name: state.numbers[v.name] for v in variables if v.name in state.numbers})}
        for letter in letters:
            place = re.compile(rf"(?<![\w.\"']){re.escape(letter)}(?![\w\"'])")
            if letter in bound and place.search(formula):
                formula = place.sub(self._size(letter, bound[letter]), formula)
        return formula

    def _comment(self, node: Named, state: s.State) -> str:
        if unwritable(node.body):
            return ""
        name = text(renamed(self.conventions.sym(node.name), state))
        said = f"{name} = {text(renamed(notation(node.body, self.conventions), state))}"
        short = " ".join((said if len(said) <= LONGEST_COMMENT else name).split())
        return f"# {short}\n"


def code_of(solution: s.Solution, conventions: Conventions) -> Code:
    """Nothing written yet; the sizes are those of all data of the sheet."""
    given = [item for part in solution.parts for item in part.items if isinstance(item, s.Given)]
    data = {item.variable.name: item.value for item in given if item.value is not None}
    return Code(conventions, bind_sizes([item.variable for item in given], data))
