"""What a parameter does in the formulas: weight, bias or scale, how many inputs and outputs it has, and which activation is behind it.

Nothing is taken from conventions: in W @ x and in X @ W the axis that is summed over is the one of the inputs. (He et al. 2015,
section 2.2, count the inputs of a sum; a kernel's window belongs to both sides, as PyTorch counts it.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Literal

from byhand.lang.expr import Call, Contract, Expr, Index, Map, Num, Var, as_number
from byhand.lang.index import Gather, Window
from byhand.lang.walk import children, postorder
from byhand.run.arrays import Dims

Kind = Literal["weight", "bias", "scale"]


@dataclass(frozen=True, slots=True)
class Part:
    """What one parameter does. ``inputs``, ``outputs`` and ``places`` are its axes: summed over, kept, and summed over a moving window."""

    kind: Kind
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    places: tuple[int, ...]
    gain: Fraction | None
    default: Fraction | None = None

    def fan_in(self, dims: Dims) -> int:
        return prod(dims[k] for k in (*self.inputs, *self.places))

    def fan_out(self, dims: Dims) -> int:
        return prod(dims[k] for k in (*self.outputs, *self.places))


def parts_of(parameters: Iterable[Var], root: Expr, data: Iterable[Var]) -> dict[Var, Part]:
    """The part that each parameter plays in the formulas below ``root``; ``data``: what changes from sample to sample."""
    order = postorder(root, below=_below)
    formulas = _Formulas(order, _depending(order, set(data)), _users(order))
    return {parameter: formulas.part(parameter) for parameter in parameters}


@dataclass(frozen=True, slots=True)
class _Formulas:
    order: list[Expr]
    moving: set[Expr]
    users: dict[Expr, list[Expr]]

    def part(self, parameter: Var) -> Part:
        uses = self.users.get(parameter, [])
        products = [node for node in uses if isinstance(node, Contract) and _is_weight(node, parameter)]
        if products:
            product = next((node for node in products if any(arg in self.moving for arg in node.args)), products[0])
            inputs, outputs, places = _axes(product, parameter)
            return Part("weight", inputs, outputs, places, _gain_behind(product, self.users))
        if len(parameter.shape) > 1 and any(isinstance(node, Index) and isinstance(node.by, Gather) for node in uses):
            return Part("weight", tuple(range(1, len(parameter.shape))), (0,), (), None)
        scale = any(isinstance(node, Contract) and len(node.args) == 2 and not _is_number(node) and parameter not in _squared(node) for node in uses)
        return Part("scale" if scale else "bias", (), tuple(range(len(parameter.shape))), (), None, _default(uses, parameter))


def _squared(node: Contract) -> tuple[Expr, ...]:
    """What is multiplied by itself, as in a penalty."""
    return node.args if node.args[0] is node.args[-1] else ()


def _below(node: Expr) -> tuple[Expr, ...]:
    return (*node.args, node.body) if isinstance(node, Call) else children(node)


def _depending(order: Iterable[Expr], on: set[Var]) -> set[Expr]:
    found: set[Expr] = set()
    for node in order:
        if node in on or any(part in found for part in _below(node)):
            found.add(node)
    return found


def _users(order: Iterable[Expr]) -> dict[Expr, list[Expr]]:
    found: dict[Expr, list[Expr]] = {}
    for node in order:
        for part in dict.fromkeys(_below(node)):
            found.setdefault(part, []).append(node)
    return found


def _is_number(node: Contract) -> bool:
    return any(isinstance(arg, Num) or as_number(arg) is not None for arg in node.args)


def _is_weight(node: Contract, parameter: Var) -> bool:
    """A contraction in which entries of the parameter are multiplied by something else, and summed up."""
    if len(node.args) != 2 or not parameter.shape or _is_number(node):
        return False
    position = node.args.index(parameter)
    other = node.args[1 - position]
    word, with_ = node.spec.inputs[position], node.spec.inputs[1 - position]
    return other is not parameter and any(c in with_ and c not in node.spec.output for c in word)


def _axes(node: Contract, parameter: Var) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    position = node.args.index(parameter)
    word, other, with_ = node.spec.inputs[position], node.args[1 - position], node.spec.inputs[1 - position]
    inside = {with_[k] for k in _inside_windows(other)}
    summed = [k for k, c in enumerate(word) if c not in node.spec.output]
    places = tuple(k for k in summed if word[k] in inside)
    return tuple(k for k in summed if k not in places), tuple(k for k, c in enumerate(word) if c in node.spec.output), places


def _inside_windows(node: Expr) -> set[int]:
    """The axes that say where in a window an entry lies: the later of two that move along one axis."""
    if not isinstance(node, Index) or not isinstance(node.by, Window) or node.scatter:
        return set()
    return {max(axis.strides)[0] for axis in node.by.axes if len(axis.strides) > 1}


def _gain_behind(node: Expr, users: dict[Expr, list[Expr]]) -> Fraction | None:
    """The gain of the activation that a product goes into, through sums, names and numbers in front; what is inside a rule is the rule's own affair."""
    seen: set[Expr] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        rules = [user for user in users.get(one, ()) if isinstance(user, Call) and one in user.args]
        inside = {part for rule in rules for part in postorder(rule.body)}
        for user in users.get(one, ()):
            if user in seen or user in inside:
                continue
            seen.add(user)
            gain = _stated(user)
            if gain is not None:
                return gain
            if _passes(user, one):
                stack.append(user)
    return None


def _passes(user: Expr, one: Expr) -> bool:
    """Whether a signal goes on from here as it is: in sums, names, other shapes and multiples, and out of a rule's definition."""
    match user:
        case Call():
            return user.body is one
        case Contract():
            return bool(user.shape) and (len(user.args) == 1 or _is_number(user))
        case Map():
            return False
        case _:
            return bool(user.shape)


def _stated(node: Expr) -> Fraction | None:
    match node:
        case Map(leaf):
            return leaf.gain
        case Call(rule):
            return rule.gain
        case _:
            return None


def _default(order: Iterable[Expr], parameter: Var) -> Fraction | None:
    """What stands in a rule's argument when it is left out, such as 1 for the scale of a normalisation."""
    for node in order:
        if isinstance(node, Call) and parameter in node.args:
            said = node.rule.arguments[node.args.index(parameter)].default
            if said is not None:
                return Fraction(said)
    return None
