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
from byhand.lang.expr import Add, Call, Contract, Expr, Map, Named, Num, Var, apply, intern
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
            step = intern(Var, same.name, same.node.shape, frozenset[str]())
            fresh[name] = replace(one, steps=(step, *one.steps), parents=(same.name, *one.parents))
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
            body = quantity.steps[0] if quantity.kind == "defined" and quantity.steps else None
            if isinstance(body, (Map, Call)) and len(body.args) == 1 and isinstance(body.args[0], Var) and body.shape == body.args[0].shape:
                applied[quantity.name] = body
                values.setdefault(body.args[0], []).append(intern(Var, quantity.name, body.shape, _facts(quantity)))
        return cls(applied, values)

    def with_others(self, quantity: Quantity) -> Quantity:
        """A gradient with the routes besides: slopes through the argument of a function where its value was used, and the other way round."""
        if quantity.kind != "gradient" or not quantity.steps:
            return quantity
        fresh = dict.fromkeys(quantity.steps)
        for step in quantity.steps:
            fresh |= dict.fromkeys(self._others(step, str(quantity.node.name).rpartition("/d")[2]))
        if len(fresh) == len(quantity.steps):
            return quantity
        steps = tuple(fresh)[: max(MOST_ROUTES, len(quantity.steps))]
        parents = dict.fromkeys(below.name for step in steps for below in postorder(step) if isinstance(below, Var))
        return replace(quantity, steps=steps, parents=tuple(parents))

    def _others(self, step: Expr, wrt: str) -> Iterator[Expr]:
        """The step with f(z) for a quantity that is f of z, where it is the gradient at z; and with f(z) for z in slopes that are the same at both."""
        nodes = postorder(step)
        for variable in [node for node in nodes if isinstance(node, Var) and isinstance(self.applied.get(node.name), Map)]:
            if _means(_argument(self.applied[variable.name]).name, wrt) and _only_elementwise(nodes, variable):
                yield substitute(step, {variable: self.applied[variable.name]})
        for node in [node for node in nodes if isinstance(node, Map) and node.leaf.kinked and isinstance(node.args[0], Var)]:
            argument = node.args[0]
            for value in self.values.get(argument, ()) if isinstance(argument, Var) else ():
                if _same_slope(node, self.applied[value.name]):
                    yield substitute(step, {node: apply(node.leaf, value)})


def _argument(applied: Map | Call) -> Var:
    (argument,) = applied.args
    assert isinstance(argument, Var)
    return argument


def _means(name: str, stem: str) -> bool:
    """Whether this is the sheet's quantity of that name, perhaps of one sample, after some steps, on a batch or with other inputs."""
    inside = re.match(r"at\(([^,]*),", name)
    return re.fullmatch(rf"{re.escape(stem)}(_s?\d+)?'*( \(.*\))?", inside[1] if inside else name) is not None


def _facts(quantity: Quantity) -> frozenset[str]:
    """What is known of the entries of a given quantity; of others their formula says it."""
    return quantity.node.facts if isinstance(quantity.node, Var) else frozenset()


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
