"""What is known while a sheet is worked through: names, numbers, derivations, and how often parameters were updated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from byhand.derive import Derivation, Local, derive, local_derivative
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, filled, named
from byhand.lang.names import Grad, Name, Updated
from byhand.lang.walk import postorder
from byhand.read import Ints, Scope, letters_of
from byhand.run import Evaluation, Value, evaluate
from byhand.show import detect


@dataclass(slots=True)
class Workspace:
    """``wanted``: for each loss the names that anything on the sheet asks a gradient for, so that one sweep serves all."""

    wanted: Mapping[str, frozenset[str]]
    names: dict[Name, Expr] = field(default_factory=dict[Name, Expr])
    data: dict[str, Value] = field(default_factory=dict[str, Value])
    integers: dict[str, Ints] = field(default_factory=dict[str, Ints])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    taken: dict[str, int] = field(default_factory=dict[str, int])
    _derivations: dict[Named, Derivation] = field(default_factory=dict[Named, Derivation])
    _locals: dict[tuple[Expr, Expr], Local] = field(default_factory=dict[tuple[Expr, Expr], Local])

    # ------------------------------------------------------------------------------------------- names

    def scope(self) -> Scope:
        """What a formula may refer to now."""
        bodies = [node.body for node in self.names.values() if isinstance(node, Named)]
        return Scope(
            names=self.names,
            sizes=letters_of(*self.names.values()),
            integers=self.integers,
            vectors=detect(bodies),
            gradient=self.gradient_or_none,
            losses=tuple(self.wanted),
        )

    def define(self, name: str, node: Expr, line: int) -> None:
        """A new name; ``ByhandError`` if it has a meaning already."""
        if name in self.names:
            raise ByhandError(f"{name} is defined twice: it already has a meaning from line {self.lines[name]}. Use another name.", line, 1)
        self.names[name] = node
        self.lines[name] = line

    def quantity(self, name: str) -> Named | Var | None:
        node = self.names.get(name)
        return node if isinstance(node, (Named, Var)) else None

    def primed(self, name: Name) -> Name:
        """The name with as many primes as steps have been taken with it or with what it depends on."""
        times = self._times(name)
        return Updated(name, times) if isinstance(name, str) and times else name

    def _times(self, name: Name) -> int:
        node = self.names.get(name)
        if node is None or not self.taken:
            return 0
        return max((self.taken.get(inner.name, 0) for inner in postorder(node) if isinstance(inner, Var)), default=0)

    # ----------------------------------------------------------------------------------------- gradients

    def derivation(self, loss: Named, wrt: Iterable[str]) -> Derivation:
        """The derivation of a scalar that serves these names and whatever else the sheet asks of it."""
        known = self._derivations.get(loss)
        asked = frozenset(wrt) | (self.wanted.get(str(loss.name), frozenset()) & self.names.keys())
        if known is None or not asked <= {str(name) for name in known.gradients}:
            known = derive(loss, [self.names[name] for name in sorted(asked)])
            self._derivations[loss] = known
        return known

    def gradient(self, loss: Named, wrt: Named | Var) -> tuple[Named, Derivation]:
        """The gradient of a scalar; zero, and said so, where the scalar does not depend on the quantity."""
        derivation = self.derivation(loss, [str(wrt.name)])
        missing = named(Grad(str(loss.name), str(wrt.name)), filled(0, wrt.shape))
        return derivation.gradients.get(wrt.name, missing), derivation

    def local(self, y: Named, x: Named | Var) -> Local:
        if (y, x) not in self._locals:
            self._locals[y, x] = local_derivative(y, x)
        return self._locals[y, x]

    def gradient_or_none(self, of: str, wrt: str) -> Expr | None:
        """What a derivative inside a formula or a claim stands for."""
        y, x = self.quantity(of), self.quantity(wrt)
        if not isinstance(y, Named) or x is None:
            return None
        return self.local(y, x).entries if y.shape else self.gradient(y, x)[0]

    # ------------------------------------------------------------------------------------------- numbers

    def computable(self, nodes: Iterable[Expr]) -> list[Expr]:
        """Those of the nodes whose variables all have numbers."""
        known: dict[Expr, bool] = {}

        def has_numbers(root: Expr) -> bool:
            if root not in known:
                known[root] = all(node.name in self.data for node in postorder(root) if isinstance(node, Var))
            return known[root]

        return [node for node in nodes if has_numbers(node)]

    def evaluate(self, nodes: Sequence[Expr]) -> Evaluation:
        """The numbers of those nodes that have some, with the current values of the parameters."""
        return evaluate(self.computable(nodes), self.data)
