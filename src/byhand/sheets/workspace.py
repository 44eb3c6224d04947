"""What is known while a sheet is worked through: names, numbers, derivations, and how often parameters were updated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from byhand.derive import Derivation, Local, derive, local_derivative
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, filled, named
from byhand.lang.names import Grad, Name, Updated
from byhand.lang.sizes import Size
from byhand.lang.walk import children, postorder, size_letters
from byhand.read.alphabet import looks, odd_ones
from byhand.read.scope import Ints, Scope, letters_of
from byhand.read.syntax import Tree
from byhand.run.bind import Value, bind_sizes
from byhand.run.evaluate import evaluate
from byhand.run.kinks import Kink
from byhand.sheets.derivatives import derivative_or_none
from byhand.sheets.history import History, Past
from byhand.sheets.solution import State
from byhand.show.conventions import sides, vectors_of

MOST_NUMBERS = 2_000_000
"""Entries of all arrays of a sheet together, each once for every step."""


@dataclass(frozen=True, slots=True)
class Later:
    """Where a name gets its meaning, and the words that its formula is made of."""

    line: int
    words: frozenset[str]


@dataclass(slots=True)
class Memory:
    """What an update rule remembers of one parameter: its states, and how many steps it has taken."""

    rule: str
    states: Mapping[str, Var]
    count: int = 0


@dataclass(slots=True)
class Workspace:
    """``wanted``: for each loss the names that anything on the sheet asks a gradient for, so that one sweep serves all.

    ``later``: where names get their meaning, to tell "unknown" from "not yet"; ``defining``: whose formula is being read.
    ``trees``: the formulas as they were written; ``initial``: the numbers, and whole numbers, that parameters had before their first step;
    ``made``: the names that update rules gave to their states.
    """

    wanted: Mapping[str, frozenset[str]]
    later: Mapping[str, Later]
    defining: str = ""
    names: dict[Name, Expr] = field(default_factory=dict[Name, Expr])
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    integers: dict[str, Ints] = field(default_factory=dict[str, Ints])
    counted: set[str] = field(default_factory=set[str])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    history: History = field(default_factory=History)
    state: State = field(default_factory=State)
    trees: dict[str, Tree] = field(default_factory=dict[str, Tree])
    memory: dict[str, Memory] = field(default_factory=dict[str, Memory])
    made: set[str] = field(default_factory=set[str])
    initial: dict[str, tuple[Value | None, Ints | None]] = field(default_factory=dict[str, tuple["Value | None", "Ints | None"]])
    kinks: dict[Kink, None] = field(default_factory=dict[Kink, None])
    held: int = 0
    _counted: set[Expr] = field(default_factory=set[Expr])
    _complete: dict[Expr, bool] = field(default_factory=dict[Expr, bool])
    _bound: dict[str, int] | None = None
    _twins: dict[str, str] = field(default_factory=dict[str, str])
    _sides: set[str] = field(default_factory=set[str])
    _letters: dict[str, Size] = field(default_factory=dict[str, Size])
    _derivations: dict[Named, Derivation] = field(default_factory=dict[Named, Derivation])
    _derived: dict[Named, frozenset[str]] = field(default_factory=dict[Named, frozenset[str]])
    _locals: dict[tuple[Expr, Expr], Local] = field(default_factory=dict[tuple[Expr, Expr], Local])

    # ------------------------------------------------------------------------------------------- names

    def scope(self) -> Scope:
        """What a formula may refer to now."""
        return Scope(
            names=self.names,
            sizes=self._letters,
            integers=self.integers,
            vectors=vectors_of(self._sides),
            gradient=lambda of, wrt: derivative_or_none(self, of, wrt),
            losses=tuple(self.wanted),
            explain=self.not_yet,
            counted=self.counted,
            past=self.past,
            has_numbers=self.has_numbers,
        )

    def past(self, name: Updated) -> Named | Var | None:
        """What a primed name stands for in a formula, if steps have been taken."""
        return self.history.variable(name, self.data) or self.history.computed(name, self.names.get(name.name), self.state.taken.get(name.name, 0))

    def sizes(self) -> dict[str, Size]:
        """What the size letters met so far stand for, and the names given as whole numbers."""
        return {**self._letters, **self._given_sizes(self.integers)}

    def _given_sizes(self, names: Iterable[str]) -> dict[str, int]:
        numbers = {name: self.integers.get(name) for name in names}
        return {name: number for name, number in numbers.items() if isinstance(number, int)}

    def define(self, name: str, node: Expr, line: int, column: int) -> None:
        """A new name; ``ByhandError`` if it has a meaning already."""
        if name in self.names:
            raise ByhandError(f"{name} is defined twice: it has its meaning from line {self.lines[name]} already. Use another name.", line, column)
        twin = self._twins.setdefault(looks(name), name)
        if twin != name:
            differ = f"they look the same, but are made of other characters ({odd_ones(name, twin)})"
            raise ByhandError(f"{name} is confusing beside the {twin} of line {self.lines[twin]}: {differ}. Use another name.", line, column)
        self.names[name] = node
        self.lines[name] = line
        if isinstance(node, Named):
            self._sides |= sides(node.body)
        elif letters := letters_of(node):
            self._letters.update(letters)
            self._bound = None

    def known(self, name: str) -> Named | Var:
        """The quantity of this name (any spelling of it), or ``ByhandError``."""
        scope = self.scope()
        found = scope.find(name)
        if found is None or not isinstance(found[1], (Named, Var)):
            raise ByhandError(self.unknown(name, scope))
        return found[1]

    def unknown(self, name: str, scope: Scope) -> str:
        return self.not_yet(name) or f"{name} is not defined on this sheet.{scope.nearest(name)}"

    def not_yet(self, name: str) -> str:
        """What to say of a name that gets its meaning further down; nothing for any other."""
        if name not in self.later or name in self.names:
            return ""
        line = self.later[name].line
        if name == self.defining:
            return f"{name} is defined by itself: a formula uses what stands above it. Give the new value a name of its own."
        if self.defining and self.mentions(name, self.defining):
            return f"{self.defining} and {name} (line {line}) are defined by each other; one of them needs a formula without the other."
        return f"{name} is used before it is defined: its meaning stands on line {line}. Put that line first."

    def mentions(self, name: str, other: str) -> bool:
        """Whether the formula of one name uses another one, directly or through names in between."""
        seen, waiting = set[str](), [name]
        while waiting:
            one = waiting.pop()
            if one in self.later and one not in seen:
                seen.add(one)
                waiting += self.later[one].words
        return other in {word for one in seen for word in self.later[one].words}

    # ----------------------------------------------------------------------------------------- gradients

    def derivation(self, loss: Named, wrt: Iterable[str]) -> Derivation:
        """The derivation of a scalar that serves these names and whatever else the sheet asks of it."""
        known = self._derivations.get(loss)
        asked = frozenset(wrt) | frozenset(name for name in self.wanted.get(str(loss.name), ()) if name in self.names)
        if known is None or not asked <= self._derived[loss]:
            known = derive(loss, [self.names[name] for name in sorted(asked)], taken=self._taken(loss))
            self._derivations[loss], self._derived[loss] = known, asked
        return known

    def _taken(self, loss: Named) -> set[str]:
        """The names that intermediates of this loss may not get: all of the sheet's, and those made up for others."""
        others = [known.forward for other, known in self._derivations.items() if other.name != loss.name]
        others += [known.derivation.forward for (y, _), known in self._locals.items() if y is not loss]
        return {str(node.name) for nodes in others for node in nodes} | {str(name) for name in self.names} | set(self.later)

    def gradient(self, loss: Named, wrt: Named | Var) -> tuple[Named, Derivation]:
        """The gradient of a scalar; zero where the scalar does not depend on the quantity."""
        derivation = self.derivation(loss, [str(wrt.name)])
        missing = named(Grad(str(loss.name), str(wrt.name)), filled(0, wrt.shape))
        return derivation.gradients.get(wrt.name, missing), derivation

    def local(self, y: Named, x: Named | Var) -> Local:
        if (y, x) not in self._locals:
            self._locals[y, x] = local_derivative(y, x, self._taken(y))
        return self._locals[y, x]

    # ------------------------------------------------------------------------------------------- numbers

    def supply(self, variable: Var, value: Value) -> None:
        """Numbers for a quantity that had none; ``ByhandError`` where they contradict a size that is known otherwise."""
        self.data[variable.name] = value
        self.hold(value.size)
        self._complete.clear()
        if variable.name in self._letters or variable.shape != value.shape:
            self._bound = None
            self.bound()

    def bound(self) -> dict[str, int]:
        """The size letters whose values data or given whole numbers fix."""
        if self._bound is None:
            variables = [node for node in self.names.values() if isinstance(node, Var)]
            self._bound = bind_sizes(variables, self.data, self._given_sizes(self._letters))
        return self._bound

    def has_numbers(self, root: Expr) -> bool:
        """Whether all variables below have data, and all sizes are known."""
        for node in postorder(root, below=lambda node: () if node in self._complete else children(node)):
            if node not in self._complete:
                known = node.name in self.data if isinstance(node, Var) else size_letters(node) <= self.bound().keys()
                self._complete[node] = known and all(self._complete[part] for part in children(node))
        return self._complete[root]

    def count(self, roots: Sequence[Named | Var]) -> State:
        """Work out the numbers of those roots that have some; the state then holds them and all they are made of."""
        fresh = [root for root in roots if root not in self._counted and self.has_numbers(root)]
        if fresh:
            evaluation = evaluate(fresh, self.data, self.bound())
            found = {node.name: value for node, value in evaluation.values.items() if isinstance(node, (Named, Var))}
            self.hold(sum(value.size for name, value in found.items() if name not in self.state.numbers))
            self.state.numbers.update(found)
            self.kinks.update(dict.fromkeys(evaluation.kinks))
            self._counted.update(fresh)
        return self.state

    def hold(self, count: int, book: bool = True) -> None:
        """Keep account of the numbers of the whole sheet, of which there may not be too many."""
        if self.held + count > MOST_NUMBERS:
            raise ByhandError(f"this sheet would hold more than {MOST_NUMBERS:,} numbers from here on; take smaller arrays, or fewer steps.")
        self.held += count if book else 0

    def _with_dependents(self, parameters: Iterable[Var]) -> dict[str, int]:
        """How many steps each quantity has seen once these parameters are updated: one more for all that depends on them."""
        changed: set[Expr] = set(parameters)
        for node in postorder(*self.names.values()):
            if any(part in changed for part in children(node)):
                changed.add(node)
        touched = {name for name, node in self.names.items() if isinstance(name, str) and node in changed}
        return {name: self.state.taken.get(name, 0) + (name in touched) for name in touched | self.state.taken.keys()}

    def update(self, fresh: Mapping[Var, tuple[Named, Value | None]]) -> None:
        """After a step: the parameters' names mean their new values, and all numbers are to be worked out anew."""
        taken = self._with_dependents(fresh)
        for parameter, (updated, value) in fresh.items():
            assert isinstance(updated.name, Updated)
            self.history.known[updated.name] = Past(updated, value, self.state)
            self.initial.setdefault(parameter.name, (self.data.get(parameter.name), self.integers.get(parameter.name)))
            self.integers.pop(parameter.name, None)
            if value is not None:
                self.data[parameter.name] = value
        self._at(taken)

    def _at(self, taken: Mapping[str, int], run: int | None = None) -> None:
        """All numbers are to be worked out anew."""
        self.state = State(taken, run=self.state.run if run is None else run)
        self._counted.clear()

    def remember(self, parameter: Var, memory: Memory) -> None:
        """A rule's states of a parameter become quantities of their own, which have seen the same steps as the parameter."""
        self.memory[parameter.name] = memory
        seen = self.state.taken.get(parameter.name, 0)
        for state in memory.states.values():
            self.names[state.name] = state
            self.made.add(state.name)
            self.lines.setdefault(state.name, 0)
        self._complete.clear()
        if seen:
            taken = {**self.state.taken, **{state.name: seen for state in memory.states.values()}}
            self.state = State(taken, self.state.numbers, self.state.run)

    def reset(self, parameters: Iterable[Var]) -> None:
        """The names of these parameters mean their first values again, as before any step; the steps are counted from the start."""
        for parameter in parameters:
            value, integers = self.initial.pop(parameter.name)
            if value is not None:
                self.data[parameter.name] = value
            if integers is not None:
                self.integers[parameter.name] = integers
            forgotten = self.memory.pop(parameter.name, None)
            states = [state.name for state in (forgotten.states.values() if forgotten is not None else ())]
            for name in [one for stem in (parameter.name, *states) for one in self.history.forget(stem)]:
                self.data.pop(name, None)
            for name in states:
                del self.names[name]
                self.data.pop(name, None)
                self.initial.pop(name, None)
        self._complete.clear()
        self._at(self._still_taken(), self.state.run + 1)

    def _still_taken(self) -> dict[str, int]:
        """The steps that are left to count after a reset: those of the other parameters, and of what depends on them."""
        steps = {name: self.state.taken[name] for name in self.initial if name in self.state.taken}
        seen: dict[Expr, int] = {}
        for node in postorder(*self.names.values()):
            own = steps.get(node.name, 0) if isinstance(node, Var) else 0
            seen[node] = max([own, *(seen[part] for part in children(node))])
        return {name: seen[node] for name, node in self.names.items() if isinstance(name, str) and seen[node]}
