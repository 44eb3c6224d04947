"""What a network says: the target, the last quantity before it enters, and what that quantity predicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Map, Named, Var, add, contract, describe, is_negative, named
from byhand.lang.index import Reshape
from byhand.lang.sizes import shape_text
from byhand.lang.spec import LETTERS, Spec
from byhand.lang.walk import children, postorder
from byhand.train.model.prediction import Labels, Mean, mean_of
from byhand.train.model.sample import places
from byhand.train.model.target import depending


@dataclass(frozen=True, slots=True)
class Said:
    """``output`` is what the target is compared with, ``prediction`` the mean that it stands for, ``labels`` how a class stands in the target."""

    output: Named
    prediction: Expr
    labels: Labels | None


def said_by(loss: Named, parameters: Iterable[Var], data: tuple[Var, ...], target: Var | None, wanted: Named | None, fresh: str, letter: str) -> Said:
    """The output and the prediction, samples first. ``wanted``: the output that the sheet names; ``fresh``: the name of an output that has none."""
    parameters = tuple(parameters)
    scores, mean, labels = _by_rule(loss, target)
    frontier = _frontier(loss, parameters, data, target, letter)
    if wanted is None:
        found = scores if scores is not None and places(scores.shape, letter) else frontier
        wanted = found if isinstance(found, Named) else named(fresh, found)
    first = samples_first(wanted, letter)
    own = scores if scores is not None and places(scores.shape, letter) else wanted
    told = Mean(mean(own), labels) if mean is not None else mean_of(loss, wanted, target, first)
    if first is not wanted:
        turned = named(fresh, first)
        told = Mean(turned if told.formula is wanted else samples_first(told.formula, letter), told.labels)
        wanted = turned
    return Said(wanted, told.formula, told.labels)


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


def _by_rule(loss: Named, target: Var | None) -> tuple[Expr | None, Callable[[Expr], Expr] | None, Labels | None]:
    """The scores that a loss's own rule declares, how they predict the target, and how classes stand in it."""
    for node in postorder(loss):
        stated = node.rule.prediction if isinstance(node, Call) else None
        if isinstance(node, Call) and stated is not None:
            args = dict(zip((one.name for one in node.rule.arguments), node.args))
            if target is None or target in set(postorder(args[stated.target])):
                return args[stated.scores], stated.mean, stated.labels
    return None, None, None


def _frontier(loss: Named, parameters: tuple[Var, ...], data: tuple[Var, ...], target: Var | None, letter: str) -> Expr:
    """The last thing computed from parameters and data into which the target has not gone: its name, if elementwise functions only follow."""
    learned, goal = depending(loss, parameters), depending(loss, (target,)) if target is not None else set[Expr]((loss,))
    if target is None:
        touched = depending(loss, data) & learned
        told = [node for node in postorder(loss) if isinstance(node, Named) and node in touched and len(places(node.shape, letter)) == 1]
        like = [node for node in told if any(node.shape == one.shape for one in data)]
        if told:
            return (like or told)[-1]
    both = learned & depending(loss, [one for one in data if one is not target])
    edge = [side for node in postorder(loss) if node in goal for side in _sides(node, goal) if any(part in both for part in postorder(side))]
    shaped = [side for side in edge if side.shape] or edge
    if not shaped:
        raise ByhandError(f"no output is found: nothing is computed from the inputs before {loss.name} compares it with {target.name if target else 'them'}.")
    names = list(dict.fromkeys(name for side in shaped for name in _names_before(side, both)))
    if len(names) == 1:
        return names[0]
    shared = set[Expr].intersection(*(set(postorder(side)) for side in shaped)) & both
    return next((node for node in reversed(postorder(loss)) if node in shared and isinstance(node, Named)), shaped[-1])


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
        elif _keeps_entries(node, below):
            stack += below
        else:
            yield side


def _keeps_entries(node: Expr, below: list[Expr]) -> bool:
    """Whether every entry of the result is made of the entries in its place alone."""
    match node:
        case Map() | Add():
            return True
        case Index(by):
            return isinstance(by, Reshape)
        case Contract(how):
            return not how.summed and len(below) == 1 and below[0].shape == node.shape
        case _:
            return False
