"""The names of an exercise as the reader needs them: for each quantity a variable, under the name that it has where the answer stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from byhand.check.answers.structure import structure_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.formulas.ground import Ground, names_in
from byhand.check.formulas.slopes import is_elementwise
from byhand.derive import local_derivative
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Grad, Name, Updated
from byhand.lang.walk import postorder, substitute
from byhand.read.scope import Ints, Scope, letters_of

MOST_INTEGERS = 4096


@dataclass(frozen=True)
class Scopes:
    """Scopes for the answers to one exercise. They differ where parameters went back to their first values: then primes mean those of the same run."""

    ground: Ground
    _runs: dict[int, Scope] = field(default_factory=dict[int, Scope])
    _newest: dict[str, Scope] = field(default_factory=dict[str, Scope])

    @property
    def exercise(self) -> Exercise:
        return self.ground.exercise

    def of(self, quantity: Quantity) -> Scope:
        """The scope in which a formula for this quantity is read. With other inputs, at(z, x=…), names mean their values with those."""
        if quantity.name.startswith("at("):
            return self.newest(quantity) or self._of_run(quantity.state.run)
        return self._of_run(quantity.state.run)

    def _of_run(self, run: int) -> Scope:
        if run not in self._runs:
            self._runs[run] = self._made(run)
        return self._runs[run]

    def newest(self, quantity: Quantity) -> Scope | None:
        """The same with plain names for what they mean after the steps that the quantity has seen; ``None`` where none was taken."""
        if quantity.kind == "updated" or quantity.name == str(quantity.node.name):
            return None
        if quantity.name not in self._newest:
            scope = self._of_run(quantity.state.run)
            names = dict(scope.names)
            for name in self._reached(quantity):
                one = self.exercise.quantities[name]
                names[one.node.name.name if isinstance(one.node.name, Updated) else one.node.name] = self.ground.variables[name]
            self._newest[quantity.name] = replace(scope, names=names)
        return self._newest[quantity.name]

    def on_batch(self, quantity: Quantity) -> Scope | None:
        """The same with the names of data for the batch that the quantity is made from; ``None`` where it is made from the sheet's own."""
        names: dict[Name, Expr] = {}
        for name in self._reached(quantity):
            one = self.exercise.quantities[name]
            if one.kind == "given" and not isinstance(one.node.name, (Grad, Updated)):
                names[one.node.name] = self.ground.variables[name]
        scope = self._of_run(quantity.state.run)
        return replace(scope, names={**scope.names, **names}) if names else None

    @cached_property
    def layers(self) -> tuple[Grad, ...]:
        """The gradients that parameters' gradients are made of, in the order of the layers: δ₁, δ₂, …"""
        quantities = self.exercise.quantities
        names = {name: one.node.name for name, one in quantities.items() if isinstance(one.node.name, Grad)}
        given = {one.node.name for one in quantities.values() if one.kind == "given"}
        used = [parent for name, grad in names.items() if grad.wrt in given for parent in quantities[name].parents if parent in names]
        found = {names[parent] for parent in used}
        return tuple(sorted(found, key=lambda one: self.exercise.place.get(one.wrt, 0)))

    @cached_property
    def gradients(self) -> tuple[Grad, ...]:
        """The gradients of all quantities that are defined, in their order."""
        quantities = self.exercise.quantities
        defined = {one.node.name for one in quantities.values() if one.kind == "defined"}
        names = {one.node.name for one in quantities.values() if isinstance(one.node.name, Grad)}
        return tuple(sorted((one for one in names if one.wrt in defined), key=lambda one: self.exercise.place.get(one.wrt, 0)))

    @cached_property
    def activations(self) -> dict[str, Expr]:
        """For each quantity what the sheet makes of it elementwise, such as relu(h) of h."""
        found: dict[str, Expr] = {}
        for quantity in self.exercise.quantities.values():
            step = quantity.steps[0] if quantity.steps else None
            if quantity.kind == "defined" and step is not None and len(quantity.parents) == 1 and step.shape and is_elementwise(step):
                found.setdefault(quantity.parents[0], step)
        return found

    @cached_property
    def output(self) -> str | None:
        """What the loss compares with its target."""
        return structure_of(self.exercise).output

    def _reached(self, quantity: Quantity) -> list[str]:
        """What a quantity is made of, down to updated parameters; the nearest ones last, so that they win."""
        found: dict[str, None] = {}
        waiting = list(quantity.parents)
        while waiting:
            name = waiting.pop(0)
            one = self.exercise.quantities[name]
            if name not in found and (one.kind != "given" or name != str(one.node.name)):
                found[name] = None
                waiting += one.parents if one.kind != "updated" else ()
        return list(reversed(found))

    def _made(self, run: int) -> Scope:
        exercise, names = self.exercise, dict[Name, Expr]()
        for name, quantity in exercise.quantities.items():
            key = _key(quantity, run)
            if key is not None:
                names[key] = self.ground.variables[name]
        first = [exercise.conventions.loss] if exercise.conventions.loss is not None else []
        losses = tuple(dict.fromkeys([*first, *_losses(exercise)]))
        return Scope(
            names=names,
            sizes=letters_of(*(quantity.node for quantity in exercise.quantities.values())),
            integers=_integers(exercise),
            vectors=exercise.conventions.vectors,
            gradient=self._local,
            losses=losses,
            loose=True,
        )

    def _local(self, of: str, wrt: str) -> Expr | None:
        """A local derivative such as dp/dz, over the names of quantities."""
        top, below = self.exercise.quantities.get(of), self.exercise.quantities.get(wrt)
        if top is None or below is None or not isinstance(top.node, Named) or top.node.name != of or below.node.name != wrt:
            return None
        try:
            entries = local_derivative(top.node, below.node).entries
        except ByhandError:
            return None
        known = self.ground.variables
        inside = [node for node in postorder(entries, enter_named=False) if isinstance(node, (Named, Var))]
        put: dict[Expr, Expr] = {node: known[str(node.name)] for node in inside if str(node.name) in known}
        found = substitute(entries, put)
        return found if all(name in known for name in names_in(found)) else None


def _key(quantity: Quantity, run: int) -> Name | None:
    """The name of a quantity in formulas; ``None`` where it belongs to another run."""
    name = quantity.name
    if name.endswith(")") and " (run " in name:
        if quantity.state.run != run:
            return None
        name = name[: name.rindex(" (run ")]
    elif name.endswith("'") and quantity.state.run != run:
        return None
    stem = name.rstrip("'")
    times = len(name) - len(stem)
    node = quantity.node.name
    if stem != str(node).rstrip("'"):  # with other inputs, or on a batch
        return None
    match node:
        case Grad(of, wrt):
            return Grad(of, wrt + "'" * times)
        case Updated():
            return node
        case str():
            return Updated(node, times) if times else node


def _losses(exercise: Exercise) -> list[str]:
    return [quantity.node.name.of for quantity in exercise.quantities.values() if isinstance(quantity.node.name, Grad)]


def _integers(exercise: Exercise) -> dict[str, Ints]:
    """The given quantities that hold whole numbers, which may stand where only those can."""
    found: dict[str, Ints] = {}
    for name, quantity in exercise.quantities.items():
        value = quantity.truth
        if quantity.kind != "given" or value is None or not value.size or value.size > MOST_INTEGERS:
            continue
        if bool(np.all(np.equal(np.asarray(value % 1), 0))):
            found[name] = _tuples(np.asarray(value, dtype=object).tolist())
    return found


def _tuples(nested: object) -> Ints:
    return tuple(map(_tuples, nested)) if isinstance(nested, list) else int(str(nested)) if not isinstance(nested, float) else int(nested)
