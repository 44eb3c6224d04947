"""What a network says: the target, the last quantity before it enters, and what that quantity predicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from byhand.derive.facts import sums_to_one
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Map, Named, Var, add, contract, describe, is_negative, named
from byhand.lang.leaf import LOG
from byhand.lang.sizes import shape_text
from byhand.lang.spec import LETTERS, Spec
from byhand.lang.walk import children, postorder
from byhand.run.bounds import bounds
from byhand.train.model.sample import places

_TARGET = re.compile(r"[tTyY](?![a-wz])|target|label")


@dataclass(frozen=True, slots=True)
class Said:
    """``output`` is what the target is compared with, ``prediction`` the mean that it stands for; ``two_classes``: it is the chance of one of two."""

    output: Named
    prediction: Expr
    two_classes: bool


def target_of(loss: Named, parameters: Iterable[Var], data: tuple[Var, ...]) -> Var | None:
    """The data that enters last: of all the data that before which most is computed from parameters and other data.

    ``None`` where one kind of data is all there is, as when a network learns its own input.
    """
    learned = _depending(loss, parameters)
    stated = _stated_targets(loss, learned, data)
    if len(stated) == 1:
        return stated[0]
    on_data = _depending(loss, data)
    computed = [node for node in learned & on_data if not isinstance(node, Var)]
    before = {one: _untouched(computed, _depending(loss, (one,))) for one in data}
    if len(data) == 1 and before[data[0]] == 0:
        return None
    named_so = [one for one in data if _TARGET.match(one.name) and before[one]]
    last = named_so if len(named_so) == 1 else [one for one in named_so or data if before[one] == max(before.values())]
    if len(last) > 1:
        names = ", ".join(one.name for one in last)
        raise ByhandError(f"cannot tell the target of {loss.name} from its inputs: {names} enter alike; say it at the top: train: {{target: {last[-1].name}}}.")
    return last[0]


def _depending(root: Expr, on: Iterable[Var]) -> set[Expr]:
    wanted = set(on)
    found: set[Expr] = set()
    for node in postorder(root):
        if node in wanted or any(part in found for part in children(node)):
            found.add(node)
    return found


def _untouched(nodes: Iterable[Expr], touched: set[Expr]) -> int:
    return sum(node not in touched for node in nodes)


def _stated_targets(loss: Named, learned: set[Expr], data: tuple[Var, ...]) -> list[Var]:
    """The data in what a loss takes for its target, where that is computed from no parameter."""
    found: dict[Var, None] = {}
    for node in postorder(loss):
        stated = node.rule.prediction if isinstance(node, Call) else None
        if isinstance(node, Call) and stated is not None:
            goal = dict(zip((one.name for one in node.rule.arguments), node.args))[stated.target]
            if goal not in learned:
                found.update({one: None for one in data if one in set(postorder(goal))})
    return list(found)


def said_by(loss: Named, parameters: Iterable[Var], data: tuple[Var, ...], target: Var | None, wanted: Named | None, fresh: str, letter: str) -> Said:
    """The output and the prediction, samples first. ``wanted``: the output that the sheet names; ``fresh``: the name of an output that has none."""
    parameters = tuple(parameters)
    scores, prediction = _by_rule(loss, target)
    frontier = _frontier(loss, parameters, data, target, letter)
    if wanted is None:
        found = scores if scores is not None else frontier
        wanted = found if isinstance(found, Named) else named(fresh, found)
    if prediction is None:
        prediction = wanted
    if (first := samples_first(wanted, letter)) is not wanted:
        prediction = named(fresh, first) if prediction is wanted else samples_first(prediction, letter)
        wanted = named(fresh, first)
    probability = not sums_to_one(wanted) and _between_zero_and_one(prediction)
    logarithm = any(isinstance(node, Map) and node.leaf is LOG for node in postorder(loss, enter_named=True))
    return Said(wanted, prediction, probability and (scores is not None or logarithm))


def samples_first(node: Expr, letter: str) -> Expr:
    """With the axis of samples in front; ``ByhandError`` for what has none, or two."""
    axes = places(node.shape, letter)
    if len(axes) != 1:
        if not axes:
            raise ByhandError(f"no output is found: nothing along the {letter} samples is computed with the parameters; say it, as in train: {{output: P}}.")
        raise ByhandError(f"{describe(node)} has shape {shape_text(node.shape)}: the samples lie along two of its axes, so they depend on each other.")
    word = LETTERS[: len(node.shape)]
    at = word[axes[0]]
    return contract(Spec((word,), at + word.replace(at, "")), node)


def _by_rule(loss: Named, target: Var | None) -> tuple[Expr | None, Expr | None]:
    """The scores and the prediction that a loss's own rule declares."""
    for node in postorder(loss):
        stated = node.rule.prediction if isinstance(node, Call) else None
        if isinstance(node, Call) and stated is not None:
            args = dict(zip((one.name for one in node.rule.arguments), node.args))
            if target is None or target in set(postorder(args[stated.target])):
                return args[stated.scores], stated.mean(args[stated.scores])
    return None, None


def _frontier(loss: Named, parameters: tuple[Var, ...], data: tuple[Var, ...], target: Var | None, letter: str) -> Expr:
    """The last thing computed from parameters and data into which the target has not gone: its name, if elementwise functions only follow."""
    learned, goal = _depending(loss, parameters), _depending(loss, (target,)) if target is not None else set[Expr]((loss,))
    if target is None:
        touched = _depending(loss, data) & learned
        told = [node for node in postorder(loss) if isinstance(node, Named) and node in touched and len(places(node.shape, letter)) == 1]
        like = [node for node in told if any(node.shape == one.shape for one in data)]
        if told:
            return (like or told)[-1]
    both = learned & _depending(loss, [one for one in data if one is not target])
    edge = [side for node in postorder(loss) if node in goal for side in _sides(node, goal) if any(part in both for part in postorder(side))]
    shaped = [side for side in edge if side.shape] or edge
    if not shaped:
        raise ByhandError(f"no output is found: nothing is computed from the inputs before {loss.name} compares it with {target.name if target else 'them'}.")
    names = list(dict.fromkeys(name for side in shaped for name in _names_before(side, both)))
    return names[0] if len(names) == 1 else shaped[-1]


def _sides(node: Expr, goal: set[Expr]) -> list[Expr]:
    """What a node puts beside the target: of a sum y − t all that is not the target, as y."""
    if not isinstance(node, Add):
        return [part for part in children(node) if part not in goal]
    others = [term for term in node.terms if term not in goal]
    if not others:
        return []
    turned = not any(is_negative(term) for term in node.terms if term in goal) and all(is_negative(term) for term in others)
    return [-add(others) if turned else add(others)]


def _names_before(side: Expr, learned: set[Expr]) -> Iterator[Expr]:
    """The names from which something is made by elementwise functions; itself where it is made otherwise."""
    stack = [side]
    while stack:
        node = stack.pop()
        below = [part for part in children(node) if part in learned]
        if isinstance(node, Named) or not below:
            yield node
        elif isinstance(node, (Map, Add)) or (isinstance(node, Contract) and not node.spec.summed and len(below) == 1 and below[0].shape == node.shape):
            stack += below
        else:
            yield side


def _between_zero_and_one(node: Expr) -> bool:
    found = bounds(node)
    return found.low >= 0 and found.high <= 1
