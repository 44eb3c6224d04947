"""The step of a quantity with the rules in it seen: those it has, those written out by hand, those that it makes up with the quantities before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from byhand.check.exercise.over_names import put_in
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.slips.disguise import disguised
from byhand.lang.expr import Call, Expr, Map, Var
from byhand.lang.walk import children, postorder, rebuild, substitute

MOST_ABSORBED = 3


@dataclass(frozen=True, slots=True)
class Rewritten:
    """An equal step in which a rule stands applied. ``absorbed``: the quantities whose formulas are put in for their names."""

    body: Expr
    node: Call
    absorbed: tuple[str, ...] = ()


def rewritten(exercise: Exercise, quantity: Quantity) -> Iterator[Rewritten]:
    """The step with every rule in it, in the open or in disguise, as a call."""
    step = quantity.steps[0]
    for node in postorder(step):
        if isinstance(node, Call):
            yield Rewritten(step, node)
    for found in disguised(step):
        yield Rewritten(substitute(step, {found.part: found.as_rule}), found.as_rule)
    for name in _functions_before(exercise, quantity):
        inside = put_in(step, {name: exercise.quantities[name].steps[0]})
        for found in disguised(inside, within=False):
            yield Rewritten(substitute(inside, {found.part: found.as_rule}), found.as_rule, (name,))


def _functions_before(exercise: Exercise, quantity: Quantity) -> list[str]:
    """The operands that are some function of others: p = softmax(z) in the loss."""
    parents = dict.fromkeys(node.name for node in postorder(quantity.steps[0]) if isinstance(node, Var))
    found = [name for name in parents if (before := exercise.quantities[name]).kind == "defined" and before.steps and _is_function(before.steps[0])]
    return found[:MOST_ABSORBED]


def _is_function(step: Expr) -> bool:
    return any(isinstance(node, Call) or (isinstance(node, Map) and node.leaf.exponent is None and not node.leaf.kinked) for node in postorder(step))


def under_names(exercise: Exercise, step: Expr, names: tuple[str, ...]) -> Expr:
    """The formula with the names of quantities where their steps stand in it, rules opened for it where that is needed."""
    known: dict[Expr, Expr] = {exercise.quantities[name].steps[0]: exercise.quantities[name].variable for name in names}
    return _under(step, known)


def _under(step: Expr, known: dict[Expr, Expr]) -> Expr:
    """The formula with names for the formulas that are ``known``, wherever they stand in it."""
    done: dict[Expr, Expr] = {}
    for node in postorder(step):
        done[node] = known[node] if node in known else _renamed(node, done, known)
    return done[step]


def _renamed(node: Expr, done: dict[Expr, Expr], known: dict[Expr, Expr]) -> Expr:
    if isinstance(node, Call) and any(inner in known for inner in postorder(node.body, below=_opened)):
        return _under(node.body, known)
    parts = children(node)
    fresh = tuple(done[part] for part in parts)
    return node if fresh == parts else rebuild(node, fresh)


def _opened(node: Expr) -> tuple[Expr, ...]:
    return (*node.args, node.body) if isinstance(node, Call) else children(node)
