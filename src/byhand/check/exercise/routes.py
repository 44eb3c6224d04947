"""Other formulas for a quantity: they lead to the same, but start from other quantities, as people do who simplify less or later.

They are steps of the derivation itself, definitions put in for names, or proved: a mask such as step(z) is the same at z and at relu(z).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from byhand.check.exercise.quantity import Quantity
from byhand.derive import Derivation
from byhand.lang.expr import Add, Call, Contract, Expr, Map, Named, Num, Var, apply
from byhand.lang.leaf import LOG
from byhand.lang.walk import children, postorder, substitute
from byhand.run.prove import is_proved

MOST_ROUTES = 6


def routes_of(derivation: Derivation, gradient: Named) -> tuple[Expr, ...]:
    """Other formulas for a gradient that its derivation went through: each is equal to the one shown."""
    identities = [step for step in derivation.steps_of(gradient.name) if step.through is None or step.rule == "insert"]
    return tuple(dict.fromkeys(side for step in identities for side in _sides(step.before, step.after, gradient)))


def _sides(before: Expr, after: Expr, gradient: Named) -> Iterator[Expr]:
    yield from (side for side in (after, before) if side.shape == gradient.shape and side is not gradient.body)


def through_asked(found: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Gradients that are the same as a formula that the sheet asks for, such as W3.T @ dE/dz3, are made of that: who answers it goes on with it."""
    asked = {one.steps[0]: one for one in found.values() if one.asked and one.kind == "defined" and one.steps and not one.name.isidentifier()}
    fresh = dict(found)
    for name, one in found.items():
        same = asked.get(one.steps[0]) if one.kind == "gradient" and one.steps and not one.asked else None
        if same is not None:
            fresh[name] = replace(one, steps=(same.variable, *one.steps), parents=(same.name, *one.parents))
    return fresh


@dataclass(frozen=True)
class Forms:
    """Which quantities are a function of one other, elementwise or not: ``applied`` by name, ``values`` by what the function is applied to."""

    applied: Mapping[str, Map | Call]
    values: Mapping[Var, Sequence[Var]]

    @classmethod
    def of(cls, quantities: Iterable[Quantity]) -> Forms:
        applied: dict[str, Map | Call] = {}
        values: dict[Var, list[Var]] = {}
        for quantity in quantities:
            for body in quantity.steps if quantity.kind == "defined" else ():
                if isinstance(body, (Map, Call)) and len(body.args) == 1 and isinstance(body.args[0], Var) and body.shape == body.args[0].shape:
                    applied[quantity.name] = body
                    values.setdefault(body.args[0], []).append(quantity.variable)
                    break
        return cls(applied, values)

    def with_others(self, quantity: Quantity) -> Quantity:
        """A quantity with the routes besides: through the value of a function where it is written with its argument, and in slopes the other way round."""
        if quantity.kind not in ("gradient", "defined") or not quantity.steps or quantity.name in self.applied:
            return quantity
        fresh = dict.fromkeys(quantity.steps)
        for step in quantity.steps:
            if quantity.kind == "gradient":
                fresh |= dict.fromkeys(self._others(step, str(quantity.node.name).rpartition("/d")[2]))
            elif isinstance(step, Call) and not step.shape:
                fresh |= dict.fromkeys(self._opened(step))
        if len(fresh) == len(quantity.steps):
            return quantity
        steps = tuple(fresh)[: max(MOST_ROUTES, len(quantity.steps))]
        parents = dict.fromkeys(below.name for step in steps for below in postorder(step) if isinstance(below, Var))
        return replace(quantity, steps=steps, parents=tuple(parents))

    def _opened(self, step: Call) -> Iterator[Expr]:
        """A loss of scores, as a rule, over the probabilities that the sheet has a name for: −Σ t log p for the cross-entropy of z."""
        for argument in step.args:
            for value in self.values.get(argument, ()) if isinstance(argument, Var) else ():
                parts = [node for node in postorder(step.body) if isinstance(node, (Map, Call)) and {*postorder(node)} & {argument, *step.args} == {argument}]
                said: dict[Expr, Expr] = {node: known for node in parts if (known := _in_terms_of(node, value, self.applied[value.name])) is not None}
                if said:
                    yield substitute(step.body, said)

    def _others(self, step: Expr, wrt: str) -> Iterator[Expr]:
        """The step with f(z) for a quantity that is f of z, where it is the gradient at z; and with f(z) for z in slopes that are the same at both."""
        nodes = postorder(step)
        known: dict[Expr, Expr] = {body: value for body in nodes if isinstance(body, (Map, Call)) for value in self._named(body)}
        if known:
            yield substitute(step, known)
        for variable in [node for node in nodes if isinstance(node, Var) and isinstance(self.applied.get(node.name), Map)]:
            if _means(_argument(self.applied[variable.name]).name, wrt) and _only_elementwise(nodes, variable):
                yield substitute(step, {variable: self.applied[variable.name]})
        for node in [node for node in nodes if isinstance(node, Map) and node.leaf.kinked and isinstance(node.args[0], Var)]:
            argument = node.args[0]
            for value in self.values.get(argument, ()) if isinstance(argument, Var) else ():
                if _same_slope(node, self.applied[value.name]):
                    yield substitute(step, {node: apply(node.leaf, value)})

    def _named(self, body: Map | Call) -> Iterator[Var]:
        """The quantity that is this function of its argument."""
        for argument in body.args[:1]:
            values = self.values.get(argument, ()) if isinstance(argument, Var) else ()
            yield from (value for value in values if self.applied[value.name] is body)


def _argument(applied: Map | Call) -> Var:
    (argument,) = applied.args
    assert isinstance(argument, Var)
    return argument


def _means(name: str, stem: str) -> bool:
    """Whether this is the sheet's quantity of that name, perhaps of one sample, after some steps, on a batch or with other inputs."""
    inside = re.match(r"at\(([^,]*),", name)
    return re.fullmatch(rf"{re.escape(stem)}(_s?\d+)?'*( \(.*\))?", inside[1] if inside else name) is not None


def _only_elementwise(nodes: Iterable[Expr], variable: Var) -> bool:
    """Whether a variable stands only under elementwise operations, as a slope does, and not as an operand of a product of matrices."""
    for node in nodes:
        match node:
            case Contract(how, args) if any(arg is variable and word != how.output for word, arg in zip(how.inputs, args)):
                return False
            case Map() | Add() | Contract() | Var() | Num():
                pass
            case _ if variable in children(node):
                return False
            case _:
                pass
    return True


@lru_cache(maxsize=4096)
def _same_slope(slope: Map, function: Map | Call) -> bool:
    """Whether a mask such as step(z) is the same at the function's value, as step(relu(z)) is."""
    return is_proved(slope, apply(slope.leaf, function))


@lru_cache(maxsize=1024)
def _in_terms_of(node: Map | Call, value: Var, function: Map | Call) -> Expr | None:
    """The value of a function, or its logarithm, that a formula over the argument is."""
    logs = (apply(LOG, value), apply(LOG, 1 - value)) if node.shape == value.shape else ()
    return next((one for log in logs for one in (log, -log) if is_proved(node, substitute(one, {value: function}))), None)
