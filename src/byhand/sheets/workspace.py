"""What is known while a sheet is worked through: names, numbers, derivations, and how often parameters were updated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from byhand.derive import Derivation, Local, derive, local_derivative
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, filled, named
from byhand.lang.names import Grad, Name, Updated
from byhand.lang.sizes import Size
from byhand.lang.walk import postorder
from byhand.read.scope import Ints, Scope, letters_of
from byhand.run.bind import Value
from byhand.run.evaluate import evaluate
from byhand.run.kinks import Kink
from byhand.sheets.solution import State
from byhand.show.conventions import detect


@dataclass(slots=True)
class Workspace:
    """``wanted``: for each loss the names that anything on the sheet asks a gradient for, so that one sweep serves all.

    ``later``: the lines on which names get their meaning, to tell "unknown" from "not yet".
    """

    wanted: Mapping[str, frozenset[str]]
    later: Mapping[str, int]
    names: dict[Name, Expr] = field(default_factory=dict[Name, Expr])
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    integers: dict[str, Ints] = field(default_factory=dict[str, Ints])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    updates: dict[Updated, tuple[Named, Value | None]] = field(default_factory=dict[Updated, tuple[Named, "Value | None"]])
    state: State = field(default_factory=State)
    kinks: dict[Kink, None] = field(default_factory=dict[Kink, None])
    _counted: set[Expr] = field(default_factory=set[Expr])
    _complete: dict[Expr, bool] = field(default_factory=dict[Expr, bool])
    _derivations: dict[Named, Derivation] = field(default_factory=dict[Named, Derivation])
    _locals: dict[tuple[Expr, Expr], Local] = field(default_factory=dict[tuple[Expr, Expr], Local])

    # ------------------------------------------------------------------------------------------- names

    def scope(self) -> Scope:
        """What a formula may refer to now."""
        bodies = [node.body for node in self.names.values() if isinstance(node, Named)]
        return Scope(
            names=self.names,
            sizes=self.sizes(),
            integers=self.integers,
            vectors=detect(bodies),
            gradient=self.gradient_or_none,
            losses=tuple(self.wanted),
        )

    def sizes(self) -> dict[str, Size]:
        return letters_of(*self.names.values())

    def define(self, name: str, node: Expr, line: int, column: int) -> None:
        """A new name; ``ByhandError`` if it has a meaning already."""
        if name in self.names:
            raise ByhandError(f"{name} is defined twice: it has its meaning from line {self.lines[name]} already. Use another name.", line, column)
        self.names[name] = node
        self.lines[name] = line

    def known(self, name: str) -> Named | Var:
        """The quantity of this name (any spelling of it), or ``ByhandError``."""
        scope = self.scope()
        found = scope.find(name)
        if found is None or not isinstance(found[1], (Named, Var)):
            raise ByhandError(self.unknown(name, scope))
        return found[1]

    def unknown(self, name: str, scope: Scope) -> str:
        if name in self.later:
            return f"{name} is used before it is defined: its formula stands on line {self.later[name]}. Put that line first."
        return f"{name} is not defined on this sheet.{scope.nearest(name)}"

    # ----------------------------------------------------------------------------------------- gradients

    def derivation(self, loss: Named, wrt: Iterable[str]) -> Derivation:
        """The derivation of a scalar that serves these names and whatever else the sheet asks of it."""
        known = self._derivations.get(loss)
        asked = frozenset(wrt) | frozenset(name for name in self.wanted.get(str(loss.name), ()) if name in self.names)
        if known is None or not asked <= {str(name) for name in known.gradients}:
            known = derive(loss, [self.names[name] for name in sorted(asked)], taken=self._taken(loss))
            self._derivations[loss] = known
        return known

    def _taken(self, loss: Named) -> set[str]:
        """The names that intermediates of this loss may not get: all of the sheet's, and those made up for others."""
        others = [known.forward for other, known in self._derivations.items() if other is not loss]
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

    def gradient_or_none(self, of: str, wrt: str) -> Expr | None:
        """What a derivative inside a formula or a claim stands for."""
        y, x = self.names.get(of), self.names.get(wrt)
        if not isinstance(y, Named) or not isinstance(x, (Named, Var)):
            return None
        return self.local(y, x).entries if y.shape else self.gradient(y, x)[0]

    # ------------------------------------------------------------------------------------------- numbers

    def supply(self, variable: Var, value: Value) -> None:
        """Numbers for a quantity that had none."""
        self.data[variable.name] = value
        self._complete.clear()

    def has_numbers(self, root: Expr) -> bool:
        """Whether all variables below have data."""
        for node in postorder(root):
            if node not in self._complete:
                self._complete[node] = node.name in self.data if isinstance(node, Var) else True
            if not self._complete[node]:
                return False
        return True

    def count(self, roots: Sequence[Named | Var]) -> State:
        """Work out the numbers of those roots that have some; the state then holds them and all they are made of."""
        fresh = [root for root in roots if root not in self._counted and self.has_numbers(root)]
        if fresh:
            evaluation = evaluate(fresh, self.data)
            self.state.numbers.update({node.name: value for node, value in evaluation.values.items() if isinstance(node, (Named, Var))})
            self.kinks.update(dict.fromkeys(evaluation.kinks))
            self._counted.update(fresh)
        return self.state

    def update(self, fresh: Mapping[Var, tuple[Named, Value | None]]) -> None:
        """After a step: the parameters' names mean their new values, and all numbers are to be worked out anew."""
        taken = dict(self.state.taken)
        for parameter, (updated, value) in fresh.items():
            assert isinstance(updated.name, Updated)
            taken[parameter.name] = updated.name.times
            self.names[updated.name] = parameter
            self.updates[updated.name] = updated, value
            if value is not None:
                self.data[parameter.name] = value
        self.state = State(taken)
        self._counted.clear()
