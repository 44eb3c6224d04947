"""Which of the given quantities go into a network, which are its parameters, and which axes of it are samples.

A formula alone does not say it: W @ x and X @ w look alike. What decides, in this order: the parameters named in the
call, those that the sheet differentiates by, the letters that everybody uses, and what is multiplied by what.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Map, Named, Var, describe
from byhand.lang.walk import children, postorder

Role: TypeAlias = Literal["input", "parameter", "target"]

_HABITS: tuple[tuple[Role, str], ...] = (
    ("input", r"x|inputs?|images?|features?|samples?|tokens?|emb|e"),
    ("target", r"t|y|ys|yt|targets?|labels?"),
    ("parameter", r"[wb]|weights?|bias(es)?|kernels?|filters?|theta|beta"),
)
_TARGETS = frozenset({"one_hot", "signs"})


def roles(root: Expr, parameters: Collection[Var], wanted: Collection[str] = ()) -> dict[Var, Role]:
    """For each given quantity below the root what it is to the network.

    ``parameters``: those that were named as such, else none; ``wanted``: names by which something is differentiated.
    Raises ``ByhandError`` if there are no given quantities at all, or all of them are named as parameters.
    """
    below = postorder(root)
    variables = [node for node in below if isinstance(node, Var)]
    found: dict[Var, Role] = {}
    for node in variables:
        role = "parameter" if node in parameters else habit(node, wanted)
        if parameters and node not in parameters and role == "parameter" and node.name not in wanted and len(node.shape) > 1:
            role = "input"
        if role is not None:
            found[node] = role
    for left, right in _products(below):
        _settle(found, left, right)
    for node in variables:
        found.setdefault(node, "parameter")
    if "input" not in found.values() and found.keys() <= {*parameters} and found:
        raise ByhandError(f"draw finds nothing that goes into {describe(root)}: all that is given is named as a parameter.")
    if "input" not in found.values():
        found.update(dict.fromkeys(_last_resort(root, found), "input"))
    return found


def _last_resort(root: Expr, found: Mapping[Var, Role]) -> list[Var]:
    """What goes in where no letter tells: a target, whatever no other given quantity is multiplied with, or a vector beside a matrix."""
    if not found:
        raise ByhandError(f"draw finds nothing that goes into {describe(root)}: it is made of numbers alone.")
    pairs = list(_products(postorder(root)))
    multiplied = {node for pair in pairs for node in pair}
    spare = [node for node in found if found[node] == "target"] or [node for node in found if node not in multiplied and node.shape]
    return spare or [min(pairs[0], key=lambda node: len(node.shape)) if pairs else next(iter(found))]


def habit(node: Var, wanted: Collection[str] = ()) -> Role | None:
    """What the name says, by the letters that are in use everywhere; gradients say more, and facts where the name says nothing.

    Data may have such a fact by chance: inputs and weights of 0 and 1 look one-hot.
    """
    letters = re.sub(r"[0-9'].*|_.*", "", node.name).lower()
    usual: Role | None = next((role for role, pattern in _HABITS if re.fullmatch(pattern, letters)), None)
    if letters in ("u", "v") and len(node.shape) > 1:
        usual = "parameter"
    if node.name in wanted and usual != "input":
        return "parameter"
    return usual or ("target" if node.facts & _TARGETS else None)


def _products(below: Sequence[Expr]) -> Iterator[tuple[Var, Var]]:
    """Pairs of given quantities of which a sum of products is formed."""
    for node in below:
        if isinstance(node, Contract) and len(node.args) == 2 and node.spec.summed:
            left, right = node.args
            if isinstance(left, Var) and isinstance(right, Var):
                yield left, right


def _settle(found: dict[Var, Role], left: Var, right: Var) -> None:
    """Of two that are multiplied one goes in, and the other is its weights: by the other's role, by rank, by order."""
    if left in found and right in found:
        return
    if left in found or right in found:
        known, other = (left, right) if left in found else (right, left)
        found[other] = "input" if found[known] == "parameter" else "parameter"
        return
    first, second = (right, left) if len(right.shape) < len(left.shape) else (left, right)
    found[first], found[second] = "input", "parameter"


# ----------------------------------------------------------------------------------------------- samples


Tags: TypeAlias = tuple[int | None, ...]
"""For each axis of a node the axis of an input that it is, if it is one."""


def sample_axes(root: Expr, inputs: Collection[Var]) -> dict[Expr, Tags]:
    """For each node the axes along which samples lie, marked with a number; ``None`` for the axes of units.

    Samples lie along an axis of an input that goes through everything unchanged: no weights are summed over it.
    """
    below = postorder(root, below=_opened)
    start = {node: k for k, node in enumerate(inputs)}
    tags: dict[Expr, Tags] = {node: tuple(100 * k + axis for axis in range(len(node.shape))) for node, k in start.items()}
    used: set[int] = set()
    for node in below:
        if node not in tags:
            tags[node] = _tags(node, tags, used)
    last = {tag for tag in tags[root] if tag is not None}
    samples = {tag for node in start for tag in _kept(tags[node], used, last)}
    return {node: tuple(tag if tag in samples else None for tag in found) for node, found in tags.items()}


def _kept(own: Tags, used: set[int], last: set[int]) -> Iterator[int]:
    """Of an input of several axes those that no weights use, if weights use another one."""
    axes = [tag for tag in own if tag is not None]
    if any(tag in used for tag in axes) or (len(axes) > 1 and not set(axes) <= last):
        yield from (tag for tag in axes if tag not in used)


def _opened(node: Expr) -> tuple[Expr, ...]:
    return (node.body,) if isinstance(node, Call) else children(node)


def _tags(node: Expr, tags: dict[Expr, Tags], used: set[int]) -> Tags:
    parts = _opened(node)
    match node:
        case Named() | Call():
            return tags[parts[0]]
        case Add() | Map():
            return _merged([tags[part] for part in parts], len(node.shape))
        case Contract(how, args):
            by_letter: dict[str, int] = {}
            for word, arg in zip(how.inputs, args):
                by_letter |= {letter: tag for letter, tag in zip(word, tags[arg]) if tag is not None}
            shared = set(how.inputs[0]) & set(how.inputs[-1]) if len(args) == 2 else set[str]()
            used |= {tag for letter, tag in by_letter.items() if letter not in how.output and letter in shared}
            return tuple(by_letter.get(letter) for letter in how.output)
        case _:
            return _leading(node, parts, tags)


def _merged(parts: Sequence[Tags], rank: int) -> Tags:
    return tuple(next((part[k] for part in parts if part[k] is not None), None) for k in range(rank))


def _leading(node: Expr, parts: tuple[Expr, ...], tags: dict[Expr, Tags]) -> Tags:
    """Re-indexing leaves the axes alone that stay in front with their size."""
    if not parts:
        return (None,) * len(node.shape)
    kept: list[int | None] = []
    for mine, theirs, tag in zip(node.shape, parts[0].shape, tags[parts[0]]):
        if mine != theirs:
            break
        kept.append(tag)
    return (*kept, *(None,) * (len(node.shape) - len(kept)))
