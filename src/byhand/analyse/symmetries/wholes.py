"""What whole parameters may be multiplied by: all units of a layer at once, or numbers that have no axis."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from byhand.analyse.symmetries.grading import NOTHING, Structure, cannot_change
from byhand.analyse.symmetries.solving import Equations, Form
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var


@dataclass(slots=True)
class Wholes:
    """The power of every node where parameters are multiplied as a whole."""

    structure: Structure
    equations: Equations
    power: dict[Expr, Form] = field(default_factory=dict[Expr, Form])

    def solve(self, parameters: tuple[Var, ...]) -> list[Form]:
        """Independent ways to multiply whole parameters that leave the function alone."""
        for parameter in parameters:
            if cannot_change(parameter, self.equations.signs):
                self.equations.zero({parameter: Fraction(1)})
        for node in self.structure.order():
            self.power[node] = self._of(node, frozenset(parameters))
        self.equations.zero(self.power[self.structure.function.root])
        return self.equations.solutions(parameters)

    def _of(self, node: Expr, parameters: frozenset[Var]) -> Form:
        z = self.structure.argument(node)
        if z is not None:
            return self._activation(node, z)
        match node:
            case Var():
                return {node: Fraction(1)} if node in parameters else NOTHING
            case Num():
                return NOTHING
            case Add(terms):
                for term in terms[1:]:
                    self.equations.zero(self.equations.minus(self.power[term], self.power[terms[0]]))
                return self.power[terms[0]]
            case Map(_, args):
                return self._still(*args)
            case Contract(_, args):
                return self.equations.plus(*(self.power[arg] for arg in args))
            case Index(_, _, arg):
                return self.power[arg]
            case Inverse(arg):
                return self.equations.times(Fraction(-1), self.power[arg])
            case Pick(arg):
                return self._still(arg) if self.equations.signs else NOTHING
            case Named() | Call():
                raise ByhandError("names and rules are opened before their symmetries are looked for.")
            case _:
                assert_never(node)

    def _still(self, *args: Expr) -> Form:
        for arg in args:
            self.equations.zero(self.power[arg])
        return NOTHING

    def _activation(self, node: Expr, z: Expr) -> Form:
        known = self.structure.activations.of(node)
        if self.equations.signs and known.parity is not None:
            return self.power[z] if known.parity == "odd" else NOTHING
        if not self.equations.signs and known.degree is not None:
            return self.equations.times(known.degree, self.power[z])
        return self._still(z)
