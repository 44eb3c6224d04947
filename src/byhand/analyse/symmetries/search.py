"""The symmetries of a formula, found from its structure and each proved by putting the changed parameters in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias, cast

from byhand.analyse.symmetries.activations import Activation, Activations
from byhand.analyse.symmetries.axes import Axis, blocks
from byhand.analyse.symmetries.exchanges import exchanges
from byhand.analyse.symmetries.found import Continuous, Generator, Layer, Symmetries
from byhand.analyse.symmetries.generators import generators, upwards
from byhand.analyse.symmetries.grading import Slot, Structure, UnitByUnit, slots
from byhand.analyse.symmetries.jacobian import directions
from byhand.analyse.symmetries.known import is_tanh_network
from byhand.analyse.symmetries.letters import letters_of
from byhand.analyse.symmetries.linear import is_linear
from byhand.analyse.symmetries.opened import opened
from byhand.analyse.symmetries.proving import plain_verdict
from byhand.analyse.symmetries.solving import Equations, Form, independent
from byhand.analyse.symmetries.wholes import Wholes
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Operators, Var, describe, scale, var
from byhand.lang.walk import postorder, substitute

Block: TypeAlias = tuple[Var, int]
FROM_DATA = frozenset(("one_hot", "one_hot_columns"))
"""Facts that numbers show by chance; nothing that a parameter has to keep."""


def symmetries(y: Expr, parameters: Var | Sequence[Var]) -> Symmetries:
    """The settings of the parameters that give the same function of everything else in ``y``, by permuting hidden units and flipping signs.

    ``y`` has any shape; its axes and those of the inputs stay as they are. Every generator is proved. Raises ``ByhandError``
    for a parameter that is no variable, is named twice, or is not in ``y``.

    Sources: Sussmann 1992, Uniqueness of the weights for minimal feedforward nets with a given input-output map; Chen, Lu and
    Hecht-Nielsen 1993, On the geometry of feedforward neural network error surfaces.
    """
    wanted = (parameters,) if isinstance(parameters, Operators) else tuple(parameters)
    _check(y, wanted)
    free = {one: var(one.name, one.shape, one.facts - FROM_DATA) for one in wanted}
    bare = substitute(y, {**free}, enter_named=True)
    return _Search.over(bare, tuple(free.values())).found(y, wanted)


def _check(y: Expr, parameters: Sequence[object]) -> None:
    below = frozenset(postorder(y))
    for k, one in enumerate(parameters):
        if not isinstance(one, Var):
            what = describe(cast(Expr, one)) if isinstance(one, Operators) else repr(one)
            raise ByhandError(f"symmetries changes parameters that are given or declared; {what} is not one.")
        if one in parameters[:k]:
            raise ByhandError(f"symmetries names {one.name} twice.")
        if one not in below:
            raise _idle(y, one)
    if not parameters:
        raise ByhandError("symmetries names no parameters; list them, as in symmetries(y, [W1, W2]).")


def _idle(y: Expr, parameter: Var) -> ByhandError:
    return ByhandError(f"{describe(y)} does not depend on {parameter.name}, so any setting of it gives the same function; leave it out of the list.")


@dataclass(slots=True)
class _Search:
    structure: Structure
    parameters: tuple[Var, ...]

    @classmethod
    def over(cls, y: Expr, parameters: tuple[Var, ...]) -> _Search:
        function = opened(y, parameters)
        gone = next((one for one in parameters if one not in function.order), None)
        if gone is not None:  # what it does in the formula cancels
            raise _idle(y, gone)
        return cls(Structure(function, letters_of(function, parameters), Activations(function)), parameters)

    def found(self, y: Expr, parameters: tuple[Var, ...]) -> Symmetries:
        axes = self._units()
        flips = {unit: UnitByUnit(self.structure, unit, Equations(signs=True)).solve(self.parameters) for unit in axes}
        scalings = {unit: UnitByUnit(self.structure, unit, Equations(signs=False)).solve(self.parameters) for unit in axes}
        units = [unit for unit in axes if not unit.fixed or flips[unit] or scalings[unit]]
        layers = tuple(self._layer(unit, flips[unit], scalings[unit]) for unit in units)
        more_flips, flip_wholes = self._wholes(flips, signs=True)
        more_scalings, scale_wholes = self._wholes(scalings, signs=False)
        complete = is_tanh_network(self.structure, self.parameters)
        others = exchanges(self.structure, self.parameters, layers)
        wholes = (*others.generators, *flip_wholes, *scale_wholes)
        found = Symmetries(y, parameters, self.structure, layers, others.pools, others.order, more_flips, more_scalings, wholes, complete, None)
        if complete or any(layer.continuous in ("linear", "rotations") for layer in layers):
            return found
        return replace(found, more_directions=directions(y, parameters, self.structure, found.dimension))

    def _units(self) -> list[Axis]:
        """The axes that parameters have and that can be followed, in the order in which the function computes with them."""
        owned = {leaf for one in self.parameters for axis in range(len(one.shape)) for leaf in self.structure.leaves(one, axis)}
        computed = [node for node in self.structure.function.order if not isinstance(node, Var)]
        met = dict.fromkeys(leaf for node in (*computed, *self.parameters) for axis in range(len(node.shape)) for leaf in self.structure.leaves(node, axis))
        return [leaf for leaf in met if leaf in owned and not leaf.tangled and leaf.size != 1]

    # ------------------------------------------------------------------------------------------------ one layer

    def _layer(self, unit: Axis, flips: list[Form], scalings: list[Form]) -> Layer:
        places = tuple(slots(self.parameters, self.structure, unit))
        linear = not unit.fixed and is_linear(self.structure, unit)
        continuous: Continuous = ("linear" if scalings else "rotations") if linear else "scalings" if scalings else ""
        made = tuple(generators(self.structure, unit, places, flips, scalings, continuous))
        return Layer(unit, places, len(flips), len(scalings), continuous, tuple(dict.fromkeys(self._activations(unit))), made)

    def _activations(self, unit: Axis) -> Iterable[Activation]:
        for node in self.structure.order():
            if self.structure.argument(node) is not None and self.structure.places(node, unit):
                yield self.structure.activations.of(node)

    # --------------------------------------------------------------------------------------- whole parameters

    def _wholes(self, by_unit: Mapping[Axis, list[Form]], signs: bool) -> tuple[int, list[Generator]]:
        """How many more independent ways there are to multiply all units alike than those found unit by unit, and the ways."""
        alike = [self._in_blocks(form) for forms in by_unit.values() for form in forms]
        ways = Wholes(self.structure, Equations(signs)).solve(self.parameters)
        known = len(independent(alike, signs))
        fresh: list[Generator] = []
        for way in ways:
            alike.append({block: way[block[0]] for block, _ in self._blocks() if block[0] in way})
            now = len(independent(alike, signs))
            if now > known:
                fresh.append(self._whole(way, signs))
                known = now
        return known - sum(map(len, by_unit.values())), fresh

    def _blocks(self) -> Iterable[tuple[Block, list[Slot]]]:
        """Every parameter in blocks, which are what its axes are sums of; with the places that each block has."""
        for parameter in self.parameters:
            choices: list[list[Slot]] = [[]]
            for axis in range(len(parameter.shape)):
                stretches = blocks(self.structure.letters[parameter][axis])
                choices = [[*choice, *((parameter, axis, leaf) for leaf in stretch)] for choice in choices for stretch in stretches]
            yield from (((parameter, k), choice) for k, choice in enumerate(choices))

    def _in_blocks(self, form: Form) -> Form:
        """What multiplying all units of a layer alike does to each block."""
        total = {block: sum((form.get(slot, Fraction(0)) for slot in inside), start=Fraction(0)) for block, inside in self._blocks()}
        return {block: power for block, power in total.items() if power}

    def _whole(self, way: Form, signs: bool) -> Generator:
        powers = upwards({parameter: way[parameter] for parameter in self.parameters if parameter in way})
        factor = var(self.structure.activations.fresh("c"), (), ("positive",))
        after = {one: scale(-1, one) if signs else factor**power * one for one, power in powers.items()}
        return Generator("whole flip" if signs else "whole scale", {}, powers, after, plain_verdict(self.structure, after))
