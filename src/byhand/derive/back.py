"""What one formula passes back to one quantity in it, with the message of any node exchanged for another: so that a slip can be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from byhand.derive.messages import messages, operands
from byhand.lang.expr import Call, Expr, Named, Var, add, filled
from byhand.lang.walk import children, postorder

Instead: TypeAlias = Mapping[Expr, Callable[[Expr, Expr], Sequence[tuple[Expr, Expr]]]]
"""For a node what it sends in place of its own messages: ``(g, y)`` gives pairs of an operand and what it receives."""


def passed_back(body: Expr, to: Var | Named, g: Expr, y: Expr, instead: Instead | None = None) -> Expr:
    """What arrives at ``to`` when the gradient ``g`` comes in at ``body``, whose value is known as ``y``; of the shape of ``to``.

    The bodies of other names are not entered. A rule that states no message for an operand on the way is entered through its definition.
    """
    swapped = instead or {}
    active = _leading_to(to, body)
    order = postorder(body, below=lambda node: _below(node, active, swapped))
    coming: dict[Expr, list[Expr]] = {body: [g]}
    for node in reversed(order):
        parts = coming.get(node)
        if node is to or node not in active or parts is None:
            continue
        incoming, value = add(parts), y if node is body else node
        for operand, message in _sent(node, incoming, value, active, swapped):
            if operand in active:
                coming.setdefault(operand, []).append(message)
    return add(coming[to]) if to in coming else filled(0, to.shape)


def _leading_to(to: Expr, body: Expr) -> frozenset[Expr]:
    """The nodes of a formula that hold the quantity, those inside the definitions of rules included."""
    found: set[Expr] = {to}
    for node in postorder(body, below=_with_definition):
        if any(part in found for part in _with_definition(node)):
            found.add(node)
    return frozenset(found)


def _with_definition(node: Expr) -> tuple[Expr, ...]:
    if isinstance(node, Named):
        return ()
    return (*node.args, node.body) if isinstance(node, Call) else children(node)


def _below(node: Expr, active: frozenset[Expr], instead: Instead) -> tuple[Expr, ...]:
    return children(node) if node in instead else operands(node, active)


def _sent(node: Expr, g: Expr, y: Expr, active: frozenset[Expr], instead: Instead) -> Sequence[tuple[Expr, Expr]]:
    if node in instead:
        return instead[node](g, y)
    return [(sent.to, sent.message) for sent in messages(node, g, y, active)]
