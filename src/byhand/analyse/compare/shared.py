"""What losses have in common: the quantity where their ways part, the activation above it, the parameters below it."""

from __future__ import annotations

from collections.abc import Sequence

from byhand.derive.facts import sums_to_one
from byhand.lang.expr import Call, Expr, Map, Named, Var
from byhand.lang.walk import children, postorder

TARGETS = frozenset(("one_hot", "one_hot_columns", "sums_to_one", "signs"))
"""Facts of labels: a given quantity with one of them is no output."""


def parting(losses: Sequence[Named]) -> Named | Var | None:
    """The deepest quantity that all losses are computed from; where it is an activation of a named quantity, that one.

    Of several that do not depend on each other the one that most is behind. ``None`` where only givens are shared, unless it is one with a target.
    """
    common = _common(losses)
    named = [node for node in common if isinstance(node, Named) and not isinstance(node.body, Var)]
    covered = {inner for node in named for inner in postorder(node.body)}
    deepest = [node for node in named if node not in covered and not _is_target(node)]
    if deepest:
        best = max(deepest, key=lambda node: len(postorder(node)))
        return before(best) or best
    given = [node for node in common if isinstance(node, Var) and not node.facts & TARGETS]
    given = [node for node in given if any(activation(loss, node) is not None for loss in losses)] or given
    return given[0] if len(given) == 1 and any(target in common for target in targets(losses, given[0])) else None


def _common(losses: Sequence[Named]) -> list[Expr]:
    """The names below every loss, operands first, the losses themselves left out."""
    below = [frozenset(postorder(loss.body)) for loss in losses]
    return [node for node in postorder(losses[0].body) if isinstance(node, (Named, Var)) and node not in losses and all(node in one for one in below)]


def _is_target(node: Named) -> bool:
    """Labels that were smoothed or one-hot encoded on the way: they sum to one by what they are made of, not by an activation."""
    return bool(node.shape) and sums_to_one(node) and all(isinstance(inner, Var) for inner in _names_in(node)) and before(node) is None


def _names_in(node: Named) -> list[Expr]:
    return [inner for inner in postorder(node.body, enter_named=False) if isinstance(inner, (Named, Var))]


def before(node: Expr) -> Named | Var | None:
    """The pre-activation z of y = f(z): the one named operand of a function that keeps its shape."""
    if not isinstance(node, Named) or not isinstance(node.body, (Map, Call)):
        return None
    operands = [part for part in children(node.body) if part.shape == node.shape]
    first = operands[0] if len(operands) == 1 else None
    return first if isinstance(first, (Named, Var)) else None


def activation(loss: Named, at: Named | Var) -> Named | None:
    """The output that a loss makes of the pre-activation: the first named quantity of its shape that is a function of it."""
    return next((node for node in postorder(loss.body) if isinstance(node, Named) and before(node) is at), None)


def parameters(losses: Sequence[Named], at: Named | Var | None, wanted: frozenset[str]) -> tuple[Var, ...]:
    """The givens whose gradients are compared: those that the sheet asks gradients for anywhere, else all that lie before the parting."""
    shared = [node for node in _common(losses) if isinstance(node, Var) and not node.facts & TARGETS]
    asked = [node for node in shared if node.name in wanted]
    below = set(postorder(at)) if at is not None else set(shared)
    return tuple(asked or [node for node in shared if node in below and node is not at])


def targets(losses: Sequence[Named], at: Named | Var) -> list[Var]:
    """The givens that losses compare with: of the shape of the output, or known to be labels; not computed into the output."""
    behind = set(postorder(at))
    found = [node for node in postorder(*losses) if isinstance(node, Var) and node not in behind and node.shape == at.shape]
    labels = [node for node in found if node.facts & TARGETS]
    return labels or found
