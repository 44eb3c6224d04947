"""What the parts of an exercise are to each other: activations, weights with their inputs, biases, batches, steps one after another.

All of it is read off the formulas; no rule is known by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.slips.general.pieces import is_product, is_scalar_multiple, terms_of, variables
from byhand.check.slips.general.roles import Activation, Layer, is_linear_form, is_sum, loss_of, plain_name, split_name, tail_of
from byhand.lang.expr import Add, Call, Contract, Expr, Map, Var, intern
from byhand.lang.leaf import LOG
from byhand.lang.leaves import EXP
from byhand.lang.names import Grad
from byhand.lang.sizes import Size
from byhand.lang.walk import postorder, substitute
from byhand.show.conventions import Conventions


@dataclass(frozen=True)
class Structure:
    """The roles of the quantities of one exercise, looked up by their names."""

    quantities: Mapping[str, Quantity]
    conventions: Conventions
    _reach: dict[str, int] = field(default_factory=dict[str, int])

    @cached_property
    def vars(self) -> dict[str, Var]:
        """The variable that stands for each quantity in formulas."""
        return {name: quantity.variable for name, quantity in self.quantities.items()}

    @cached_property
    def _defined(self) -> list[Quantity]:
        return [q for q in self.quantities.values() if q.kind == "defined" and q.steps]

    @cached_property
    def brief(self) -> dict[str, Expr]:
        """Of the formulas for a quantity the shortest, where a network that is one line on the sheet has its parts under names."""
        return {q.name: min(q.steps, key=lambda step: len(postorder(step))) for q in self._defined}

    def routes(self, quantity: Quantity) -> list[Expr]:
        """The formulas for a quantity; for a gradient the shortest first, in which people make their slips: p − t, however p is written out."""
        return sorted(quantity.steps, key=lambda step: len(postorder(step))) if quantity.kind == "gradient" else [*quantity.steps]

    @cached_property
    def by_step(self) -> dict[Expr, Var]:
        """The quantity that a formula is the step of."""
        return {step: self.vars[q.name] for q in self._defined for step in q.steps}

    @cached_property
    def activations(self) -> tuple[Activation, ...]:
        return tuple(one for q in self._defined for one in self._activation(q))

    def _activation(self, quantity: Quantity) -> Iterator[Activation]:
        match self.brief[quantity.name]:
            case Map(leaf, (arg,)) as body if leaf.exponent is None and leaf is not LOG and leaf is not EXP:
                z = self._as_var(arg)
                if z is not None:
                    h = self.vars[quantity.name]
                    yield Activation(z, h, intern(Map, leaf, (z,), body.shape), leaf.derivative(z, h)[0])
            case Call(_, (arg, *_)) as body if arg.shape == body.shape and body.shape and (z := self._as_var(arg)) is not None:
                yield Activation(z, self.vars[quantity.name], substitute(body, {arg: z}), None)
            case _:
                pass

    def _as_var(self, arg: Expr) -> Var | None:
        return arg if isinstance(arg, Var) else self.by_step.get(arg)

    def activation_into(self, z: Var) -> list[Activation]:
        """The functions that are applied to a quantity."""
        return [one for one in self.activations if one.z is z]

    def activation_of(self, h: Expr) -> Activation | None:
        """The function whose value a quantity is."""
        return next((one for one in self.activations if one.h is h), None)

    # ------------------------------------------------------------------------------------------------ layers

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        return tuple(layer for q in self._defined for layer in self._layers(q))

    def _layers(self, quantity: Quantity) -> Iterator[Layer]:
        output = self.vars[quantity.name]
        for node in postorder(self.brief[quantity.name]):
            if isinstance(node, Contract) and len(node.args) == 2 and (is_product(node) or is_scalar_multiple(node) or not node.shape):
                for k, weight in enumerate(node.args):
                    if isinstance(weight, Var) and self.is_parameter(weight.name):
                        mine, other = node.spec.inputs[k], node.spec.inputs[1 - k]
                        batch = next((axis for c, axis in zip(node.spec.output, node.shape) if c in other and c not in mine), None)
                        yield Layer(weight, node.args[1 - k], output, batch if len(node.shape) > 1 or not set(mine) - set(other) else None)

    def beside(self, weight: Var) -> list[Var]:
        """The other weights between the same two layers: those that go on from the same inputs, or lead to the same outputs, and so on."""
        edges = [layer for layer in self.layers if layer.weight.shape == weight.shape]
        ends: set[Expr] = {end for layer in edges if layer.weight is weight for end in (layer.input, layer.output)}
        for _ in range(2):
            ends |= {end for layer in edges if {layer.input, layer.output} & ends for end in (layer.input, layer.output)}
        return [other for other in dict.fromkeys(layer.weight for layer in edges if layer.output in ends) if other is not weight]

    @cached_property
    def batches(self) -> tuple[Size, ...]:
        """How many samples are worked through at once."""
        return tuple(dict.fromkeys(layer.batch for layer in self.layers if layer.batch is not None and layer.batch != 1))

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Given quantities that are updated, or whose gradient is looked for, or that are like those in other states."""
        found = {self.of_gradient[name] for name in self.of_gradient}
        found |= {str(q.node.name).rstrip("'") for q in self.quantities.values() if q.kind == "updated"}
        return frozenset(found | {q.name for q in self.quantities.values() if q.kind == "updated"})

    def is_parameter(self, name: str) -> bool:
        return self.quantities[name].kind in ("given", "updated") and name in self.parameters

    def is_shrinking(self, node: Var, wrt: Var | None, name: str) -> bool:
        """Whether a parameter in the gradient of ``wrt``, or in a line of an update, is there as the decay of itself."""
        if wrt is not None:
            return node is wrt and self.is_parameter(node.name)
        return bool(self.forward_users(node.name)) and node is not self.earlier(self.vars[name]) and self.is_parameter(node.name)

    @cached_property
    def biases(self) -> frozenset[str]:
        """Given or updated quantities that are added and never multiplied."""
        added: set[str] = set()
        other: set[str] = set()
        for quantity in self._defined:
            for node in postorder(self.brief[quantity.name]):
                self._sort_operands(node, added, other)
        return frozenset(added - other)

    def _sort_operands(self, node: Expr, added: set[str], other: set[str]) -> None:
        parts = terms_of(node) if isinstance(node, Add) else ()
        for part in parts if any(is_linear_form(part) for part in parts) else ():
            name = plain_name(part)
            if name is not None and self.quantities[name].kind in ("given", "updated"):
                added.add(name)
        if isinstance(node, Contract) and len(node.args) == 2:
            other.update(arg.name for arg in node.args if isinstance(arg, Var))
        if isinstance(node, (Map, Call)):
            other.update(arg.name for arg in node.args if isinstance(arg, Var))

    # --------------------------------------------------------------------------------------------- gradients

    @cached_property
    def of_gradient(self) -> dict[str, str]:
        """The quantity that each gradient belongs to."""
        return {name: wrt for name, q in self.quantities.items() if q.kind == "gradient" and (wrt := self._wrt(q)) is not None}

    def _wrt(self, quantity: Quantity) -> str | None:
        name = quantity.node.name
        if not isinstance(name, Grad) or name.twice is not None:
            return None
        tail = quantity.name[len(str(name)) :]
        primes, run = tail[: len(tail) - len(tail.lstrip("'"))], tail.lstrip("'")
        sample = re.search(r"_(\d+)$", name.of)
        names = [name.wrt + primes[:k] + run for k in range(len(primes), -1, -1)] + [name.wrt + primes[:k] for k in range(len(primes), -1, -1)]
        names = ([f"{name.wrt}_s{sample[1]}"] if sample else []) + names
        return next((one for one in names if one in self.quantities), None)

    @cached_property
    def _gradients(self) -> dict[tuple[str, str], Var]:
        return {(loss_of(self.quantities[name]), wrt): self.vars[name] for name, wrt in self.of_gradient.items()}

    def gradient(self, wrt: Var, like: Quantity) -> Var | None:
        """The gradient of a quantity, of the same loss as another gradient."""
        return self._gradients.get((loss_of(like), wrt.name))

    def is_gradient(self, node: Expr) -> bool:
        """Whether a formula mentions a gradient, or what a step made of one."""
        return any(self.quantities[v.name].kind == "gradient" for v in variables(node) if v.name in self.quantities)

    def forward_users(self, name: str) -> list[Quantity]:
        return self._users.get(name, [])

    @cached_property
    def _users(self) -> dict[str, list[Quantity]]:
        found: dict[str, list[Quantity]] = {}
        for quantity in self._defined:
            for parent in variables(self.brief[quantity.name]):
                found.setdefault(parent.name, []).append(quantity)
        return found

    @cached_property
    def losses(self) -> frozenset[str]:
        """The scalars that gradients belong to."""
        own = {name: loss_of(q) for name, q in self.quantities.items() if q.kind == "gradient"}
        names = {self.quantities[name].name[len(str(self.quantities[name].node.name)) :] for name in own}
        return frozenset(of + tail for of in own.values() for tail in names)

    def is_loss(self, name: str) -> bool:
        """Whether a quantity is a loss, or nothing is done with it but adding it to one."""
        users = self.forward_users(name)
        return name in self.losses or (bool(users) and all(is_sum(self.brief[user.name]) and self.is_loss(user.name) for user in users))

    def near_loss(self, name: str, through_activation: bool = True) -> bool:
        """Whether nothing but an activation and a difference lie between a quantity and the loss: then its gradient is an output error."""
        users = self.forward_users(name)
        return all(self._ends(user, through_activation) for user in users)

    def _ends(self, user: Quantity, through_activation: bool) -> bool:
        if self.is_loss(user.name):
            return True
        if isinstance(self.brief[user.name], (Map, Call)):
            return through_activation and self.near_loss(user.name, False)
        return is_sum(self.brief[user.name]) and self.near_loss(user.name, through_activation)

    # ------------------------------------------------------------------------------------- one after another

    def earlier(self, node: Var) -> Var | None:
        """The same quantity one step before."""
        base, run = split_name(node.name)
        if not base.endswith("'"):
            return None
        return self.vars.get(base[:-1] + run) or self.vars.get(base[:-1])

    def later(self, node: Var) -> list[Var]:
        """The same quantity one step later, in this run and in others."""
        base, run = split_name(node.name)
        names = [base + "'" + run, base + "'"] if run else [name for name in self.quantities if name == base + "'" or name.startswith(base + "' (")]
        return [self.vars[name] for name in dict.fromkeys(names) if name in self.vars]

    def may_use(self, name: str, of: str) -> bool:
        """Whether a quantity is known without ``of``."""
        return of != name and not self._mask(name) & self._bit(of)

    def depends(self, name: str, on: str) -> bool:
        """Whether a quantity is worked out from another."""
        return bool(self._mask(name) & self._bit(on))

    def _bit(self, name: str) -> int:
        return 1 << self._place[name]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.quantities)}

    def _mask(self, name: str) -> int:
        if not self._reach:
            for one, quantity in self.quantities.items():
                found = self._bit(one)
                for parent in quantity.parents:
                    found |= self._reach.get(parent, 0)
                self._reach[one] = found
        return self._reach[name]

    def _role(self, node: Var) -> tuple[bool, bool, bool]:
        """Whether something is a parameter, or the gradient of one, or only remembered from step to step."""
        wrt = self.of_gradient.get(node.name)
        parameter = self.is_parameter(node.name)
        return parameter, wrt is not None and self.is_parameter(wrt), parameter and not self.forward_users(node.name)

    def alike(self, node: Var, of: str) -> list[Var]:
        """Other quantities of the same kind and shape that may stand in its place by mistake, near ones first."""
        quantity = self.quantities[node.name]
        kinds = ("given", "updated") if self.is_parameter(node.name) else (quantity.kind,)
        tail = tail_of(node.name)
        found = [
            self.vars[q.name]
            for q in self.quantities.values()
            if q.kind in kinds and q.node.shape == quantity.node.shape and q.name != node.name and tail_of(q.name) == tail and self.may_use(q.name, of)
        ]
        place = self._place[node.name]
        found = [v for v in found if self._role(v) == self._role(node)]
        return sorted(found, key=lambda v: abs(self._place[v.name] - place))


@lru_cache(maxsize=64)
def structure_of(exercise: Exercise) -> Structure:
    """The roles in an exercise, worked out once for each."""
    return Structure(exercise.quantities, exercise.conventions)
