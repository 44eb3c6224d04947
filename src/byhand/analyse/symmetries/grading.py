"""How a formula answers when parameters are multiplied: unit by unit along one axis, or as a whole.

Multiply the entries of parameters that belong to hidden unit j by powers of a number c_j. Then every node of the
formula has its entries of unit j multiplied by some power of c_j too, or else it is no such symmetry. The powers of the
parameters are unknowns, those of the nodes are sums of them, and the formula gives linear equations: terms of a
sum have equal powers, a sum over the units has power 0, an odd function keeps a sign and an even one forgets it, a
homogeneous function multiplies the power by its degree. For signs powers count modulo 2, for positive factors they are rational.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, assert_never

from byhand.analyse.symmetries.activations import Activations
from byhand.analyse.symmetries.axes import Axis, leaves, pieces
from byhand.analyse.symmetries.letters import Letters
from byhand.analyse.symmetries.opened import Opened
from byhand.analyse.symmetries.solving import Equations, Form
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.index import Gather, Reshape, Window
from byhand.lang.sizes import Poly, Size, size
from byhand.lang.walk import children, postorder

Place: TypeAlias = tuple[int, int]
"""Which axis of a node, and which of the leaves that the axis is made of."""
Slot: TypeAlias = tuple[Var, int, int]
"""A place of a parameter."""
Powers: TypeAlias = Mapping[Place, Form]
NOTHING: Form = {}


@dataclass(frozen=True, slots=True)
class Structure:
    """A function taken apart: its nodes, their axes, its elementwise functions."""

    function: Opened
    letters: Letters
    activations: Activations

    def argument(self, node: Expr) -> Expr | None:
        """The z of which a node is an elementwise function."""
        z = self.activations.argument(node) if node in self.function.moving else node
        return None if z is node else z

    def below(self, node: Expr) -> tuple[Expr, ...]:
        """What a node is made of; an elementwise function of one thing only of that."""
        z = self.argument(node)
        return children(node) if z is None else (z,)

    def order(self) -> list[Expr]:
        return postorder(self.function.root, below=self.below)

    def leaves(self, node: Expr, axis: int) -> list[Axis]:
        return leaves(self.letters[node][axis])

    def places(self, node: Expr, unit: Axis) -> list[Place]:
        """Where a node has this axis."""
        return [(k, at) for k in range(len(node.shape)) for at, leaf in enumerate(self.leaves(node, k)) if leaf is unit]


def slots(parameters: tuple[Var, ...], structure: Structure, unit: Axis) -> list[Slot]:
    return [(parameter, *place) for parameter in parameters for place in structure.places(parameter, unit)]


# ------------------------------------------------------------------------------------------------ unit by unit


@dataclass(slots=True)
class UnitByUnit:
    """The powers of every node along one axis. ``odd``: elementwise functions that are taken to be odd."""

    structure: Structure
    unit: Axis
    equations: Equations
    odd: frozenset[Expr] = frozenset()
    powers: dict[Expr, Powers] = field(default_factory=dict[Expr, Powers])

    def solve(self, parameters: tuple[Var, ...]) -> list[Form]:
        """Independent ways to change parameters, unit by unit, that leave the function alone: a power for each slot."""
        unknowns = slots(parameters, self.structure, self.unit)
        for parameter, *place in unknowns:
            self._limit({(parameter, *place): Fraction(1)}, parameter)
        for node in self.structure.order():
            self.powers[node] = self._of(node, frozenset(parameters))
        for power in self.powers[self.structure.function.root].values():
            self.equations.zero(power)
        return self.equations.solutions(unknowns)

    def _limit(self, power: Form, parameter: Var) -> None:
        if cannot_change(parameter, self.equations.signs):
            self.equations.zero(power)

    def _of(self, node: Expr, parameters: frozenset[Var]) -> Powers:
        places = self.structure.places(node, self.unit)
        z = self.structure.argument(node)
        if z is not None:
            return self._activation(node, z, places)
        match node:
            case Var():
                return {place: {(node, *place): Fraction(1)} if node in parameters else NOTHING for place in places}
            case Num():
                return {}
            case Add(terms):
                return self._sum(terms, places)
            case Map(_, args):
                return self._still(args, places)
            case Contract():
                return self._contract(node)
            case Index(by, scatter, arg):
                return self._index(node, arg, by, scatter, places)
            case Inverse(arg):
                return self._inverse(arg, len(node.shape))
            case Pick(arg):
                stays = {place: power for place, power in self.powers[arg].items() if self.equations.signs or place[0] == len(node.shape) - 1}
                for power in stays.values():
                    self.equations.zero(power)
                return dict.fromkeys(places, NOTHING)
            case Named() | Call():
                raise ByhandError("names and rules are opened before their symmetries are looked for.")
            case _:
                assert_never(node)

    def _still(self, args: tuple[Expr, ...], places: list[Place]) -> Powers:
        """Nothing here may be multiplied."""
        for arg in args:
            for power in self.powers[arg].values():
                self.equations.zero(power)
        return dict.fromkeys(places, NOTHING)

    def _activation(self, node: Expr, z: Expr, places: list[Place]) -> Powers:
        known = self.structure.activations.of(node)
        powers = self.powers[z]
        if self.equations.signs and (known.parity == "odd" or node in self.odd):
            return powers
        if not self.equations.signs and known.degree is not None:
            return {place: self.equations.times(known.degree, power) for place, power in powers.items()}
        return dict.fromkeys(places, NOTHING) if self.equations.signs and known.parity == "even" else self._still((z,), places)

    def _sum(self, terms: tuple[Expr, ...], places: list[Place]) -> Powers:
        for place in places:
            for term in terms[1:]:
                self.equations.zero(self.equations.minus(self.powers[term][place], self.powers[terms[0]][place]))
        return self.powers[terms[0]]

    def _contract(self, node: Contract) -> Powers:
        of_letter: dict[tuple[str, int], Form] = {}
        for word, arg in zip(node.spec.inputs, node.args):
            for (axis, at), power in self.powers[arg].items():
                key = word[axis], at
                of_letter[key] = self.equations.plus(of_letter.get(key, NOTHING), power)
        for (letter, _), power in of_letter.items():
            if letter not in node.spec.output:
                self.equations.zero(power)
        powers: dict[Place, Form] = {}
        for axis, at in self.structure.places(node, self.unit):
            letter = node.spec.output[axis]
            left = of_letter.get((letter, at), NOTHING)
            if letter in node.spec.output[axis + 1 :]:  # off the diagonal there is nothing, so each axis may have its own
                powers[axis, at] = self.equations.unknown()
                of_letter[letter, at] = self.equations.minus(left, powers[axis, at])
            else:
                powers[axis, at] = left
        return powers

    def _inverse(self, arg: Expr, rank: int) -> Powers:
        turned = {rank - 1: rank - 2, rank - 2: rank - 1}
        return {(turned.get(axis, axis), at): self.equations.times(Fraction(-1), power) for (axis, at), power in self.powers[arg].items()}

    def _index(self, node: Expr, arg: Expr, by: Window | Reshape | Gather, scatter: bool, places: list[Place]) -> Powers:
        came_from = moved(self.structure, node, arg, by, scatter)
        return {place: self.powers[arg][came_from[place]] if place in came_from else self.equations.unknown() for place in places}


def moved(structure: Structure, node: Expr, arg: Expr, by: Window | Reshape | Gather, scatter: bool) -> dict[Place, Place]:
    """Which place of the argument each place of a re-indexed node comes from; zeros come from nowhere."""
    match by:
        case Reshape():
            return dict(zip(_in_a_row(structure, node), _in_a_row(structure, arg)))
        case Gather():
            return {(k, at): (k, at) for k in range(1, len(node.shape)) for at in range(len(structure.leaves(node, k)))}
        case Window(axes):
            pairs = [(k, one.strides[0][0], one.offset) for k, one in enumerate(axes) if len(one.strides) == 1]
            found_at: dict[Place, Place] = {}
            for source, target, offset in pairs:
                mine, other = (source, target) if scatter else (target, source)
                shift = -_before(structure.letters[arg][other], size(-Poly.of(offset) if scatter else offset))
                shift += _before(structure.letters[node][mine], size(Poly.of(offset) if scatter else -Poly.of(offset)))
                for at in range(len(structure.leaves(arg, other))):
                    found_at[mine, at + shift] = other, at
            return found_at
        case _:
            assert_never(by)


def _in_a_row(structure: Structure, node: Expr) -> list[Place]:
    """All places of a node but those of size 1, in the order of its entries."""
    return [(k, at) for k in range(len(node.shape)) for at, leaf in enumerate(structure.leaves(node, k)) if leaf.size != 1]


def _before(axis: Axis, place: Size) -> int:
    """How many leaves lie before a place of an axis; none where the place is before its start."""
    at: Size = 0
    count = 0
    for piece in pieces(axis, "sum"):
        if at == place:
            return count
        at = size(Poly.of(at) + piece.size)
        count += len(leaves(piece))
    return 0


def cannot_change(parameter: Var, signs: bool) -> bool:
    """Whether what is declared of a parameter would be broken by a factor."""
    fixed = {"sums_to_one"} | ({"positive", "nonnegative"} if signs else {"signs"})
    return bool(parameter.facts & fixed)
