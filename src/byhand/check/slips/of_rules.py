"""The slips that rules and leaves declare, put into the steps of an exercise: wrong values forwards, wrong messages on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.slips.general.pieces import terms_of
from byhand.check.slips.mutation import Mutation
from byhand.check.slips.rewritten import Rewritten, rewritten, under_names
from byhand.check.slips.uses import Gradient, Use, Uses
from byhand.derive.back import Instead, passed_back
from byhand.lang.expr import Call, Expr, Map, Var, as_number, intern
from byhand.lang.leaf import LeafSlip
from byhand.lang.rule import Slip
from byhand.lang.walk import postorder, substitute

RANK = 2
"""Before most of the general slips: these are known of the very function."""
DECAY = "S46"
"""The number of slips with the decay of weights."""


def mutations(exercise: Exercise, quantity: Quantity, uses: Uses | None = None) -> Iterator[Mutation]:
    """The wrong steps that the rules and leaves in the step of a quantity, or in the steps that its gradient comes back through, declare.

    Rules that are written out by hand count as well. ``uses``: those of the exercise, where they are looked up already.
    """
    if quantity.kind == "gradient":
        yield from _backward(uses or Uses.of_exercise(exercise), quantity)
    elif quantity.steps:
        yield from _forward(exercise, quantity, rewritten(exercise, quantity) if uses is None else uses.rewritten(quantity))


def _forward(exercise: Exercise, quantity: Quantity, forms: Iterable[Rewritten]) -> Iterator[Mutation]:
    for form in forms:
        node = form.node
        for slip in node.rule.value_slips if _is_meant(form.body, node, quantity) else ():
            wrong = substitute(form.body, {node: slip.formula(*node.args, **dict(node.options))})
            message = _about_call(slip.message, node, quantity.name)
            yield Mutation(slip.id, quantity.name, message, under_names(exercise, wrong, form.absorbed), RANK + bool(form.absorbed))


def _backward(uses: Uses, quantity: Quantity) -> Iterator[Mutation]:
    gradient = uses.of(quantity)
    if gradient is None:
        return
    for use in gradient.uses:
        for slip, message, instead in _of_leaves(use):
            yield from _made(uses, gradient, use, slip, message, instead)
    for use, node in uses.through_rules(gradient):
        changed = gradient if use in gradient.uses else uses.with_formula(gradient, use)
        if changed is not None:
            for slip in node.rule.slips if _is_meant(use.body, node, uses.exercise.quantities[use.by]) else ():
                message = _about_call(slip.message, node, use.by)
                yield from _made(uses, changed, use, slip.id, message, {node: _message(node, slip)})


def _is_meant(body: Expr, node: Call, quantity: Quantity) -> bool:
    """Whether a rule in disguise is what people would call it: the squares of something are a penalty only beside a term of another kind."""
    if not any(slip.id == DECAY for slip in node.rule.slips) or any(node in postorder(step) for step in quantity.steps):
        return True
    others = [term for term in terms_of(body) if node not in postorder(term)]
    return any(isinstance(inner, Var) and inner is not term for term in others for inner in postorder(term))


def _made(uses: Uses, gradient: Gradient, use: Use, slip: str, message: str, instead: Instead) -> Iterator[Mutation]:
    step = uses.step(gradient, use, instead)
    if step is not None:
        yield Mutation(slip, gradient.quantity.name, message, under_names(uses.exercise, step, use.absorbed), RANK)


def _of_leaves(use: Use) -> Iterator[tuple[str, str, Instead]]:
    """Each wrong slope on the way back through one formula, as the message of one node."""
    for node in postorder(use.body):
        if isinstance(node, Map):
            for slip in node.leaf.slips:
                yield slip.id, _about_leaf(slip.message, node, use), {node: _slope(node, slip)}


def _slope(node: Map, slip: LeafSlip) -> Callable[[Expr, Expr], Sequence[tuple[Expr, Expr]]]:
    return lambda g, y: [(node.args[0], g * slip.slope(*node.args, y))]


def _message(node: Call, slip: Slip) -> Callable[[Expr, Expr], Sequence[tuple[Expr, Expr]]]:
    """What a rule sends to all of its arguments with one message wrong; the others follow from its definition."""
    names = [argument.name for argument in node.rule.arguments]

    def sent(g: Expr, y: Expr) -> list[tuple[Expr, Expr]]:
        wrong = slip.formula(g, y, *node.args, **dict(node.options))
        found = enumerate(zip(names, node.args))
        return [(arg, wrong if name == slip.argument else _right(node, k, g)) for k, (name, arg) in found if as_number(arg) is None]

    return sent


def _right(node: Call, position: int, g: Expr) -> Expr:
    """The right message to one argument, from the definition."""
    fresh = [intern(Var, f"argument {k}", arg.shape, frozenset[str]()) for k, arg in enumerate(node.args)]
    body = node.rule.definition(*fresh, **dict(node.options))
    return substitute(passed_back(body, fresh[position], g, body), dict(zip(fresh, node.args)))


# ------------------------------------------------------------------------------------------------------ words


def _about_call(message: str, node: Call, value: str) -> str:
    words = {argument.name: _word(arg, argument.name) for argument, arg in zip(node.rule.arguments, node.args)}
    return _filled_in(message, {**words, "value": value})


def _about_leaf(message: str, node: Map, use: Use) -> str:
    x = _word(node.args[0], "the argument")
    y = use.by if node is use.body else f"{node.leaf.name}({x})"
    return _filled_in(message, {"x": x, "y": y})


def _word(arg: Expr, otherwise: str) -> str:
    return arg.name if isinstance(arg, Var) else otherwise


def _filled_in(message: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        message = message.replace("{" + name + "}", word)
    return message
