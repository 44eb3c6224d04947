"""Derivatives that a sheet asks for: gradients of scalars with what they are made of, and local derivatives."""

from __future__ import annotations

from collections.abc import Iterable

from byhand.derive import Derivation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Named, Var, named
from byhand.lang.names import Grad
from byhand.lang.names import Name as Quantity
from byhand.lang.sizes import shape_text, volume
from byhand.lang.walk import postorder
from byhand.sheets import solution as s
from byhand.sheets.derivatives import differentiated_once
from byhand.sheets.workspace import Workspace

MOST_ENTRIES = 100_000
"""In a local derivative with numbers."""


def gradient_item(space: Workspace, loss: Named, wrt: Named | Var) -> s.Item:
    """A gradient of a scalar with the gradients it is made of."""
    _check_dependence(space, loss, wrt)
    gradient, derivation = space.gradient(loss, wrt)
    return s.GradientOf(gradient, derivation, needed_for(derivation, [gradient]), space.count([*derivation.gradients.values(), gradient]))


def local_item(space: Workspace, y: Named, x: Named | Var) -> s.Item:
    """A local derivative: an array with the axes of y and then those of x."""
    _check_dependence(space, y, x)
    count = volume(y.shape + x.shape)
    if isinstance(count, int) and count > MOST_ENTRIES:
        raise ByhandError(
            f"d{y.name}/d{x.name} has {count:,} entries, one for each pair of an entry of {y.name} {shape_text(y.shape)} and one of {x.name} "
            f"{shape_text(x.shape)}; the limit is {MOST_ENTRIES:,}. Declare the shapes with letters to see the formula alone."
        )
    local = space.local(y, x)
    entries = named(Grad(str(y.name), str(x.name)), local.entries)
    return s.LocalOf(local, entries, space.count([entries]))


def second_item(space: Workspace, of: str, below: str) -> s.Item:
    """The local derivative of the gradient, the Hessian."""
    once, then = differentiated_once(space, of, below)
    return local_item(space, once, then) if once.shape else gradient_item(space, once, then)


def _check_dependence(space: Workspace, y: Named, x: Named | Var) -> None:
    """``ByhandError`` for a derivative that would be zero only because of how the sheet uses x."""
    below = postorder(y)
    if isinstance(x, Named) and x is not y and x not in below and y in postorder(x):
        raise ByhandError(f"{y.name} does not depend on {x.name}: {x.name} is computed from {y.name}. Did you mean d{x.name}/d{y.name}?")
    if isinstance(x, Var) and x.name in space.counted and x not in below and space.mentions(str(y.name), x.name):
        raise ByhandError(
            f"there is no derivative with respect to {x.name}: it is used as whole numbers, such as rows to pick or sizes, which cannot vary a little."
        )


def needed_for(derivation: Derivation, gradients: Iterable[Named]) -> tuple[Named, ...]:
    """The gradients that these are made of or that their steps speak of, in the order of the sweep, themselves included."""
    wanted, waiting = set[Quantity](), list(gradients)
    while waiting:
        gradient = waiting.pop()
        if gradient.name not in wanted:
            wanted.add(gradient.name)
            spoken_of = [step.after for step in derivation.steps_of(gradient.name)]
            inside = postorder(gradient.body, *spoken_of, enter_named=False)
            waiting += [node for node in inside if isinstance(node, Named) and isinstance(node.name, Grad)]
    wanted.discard(Grad(str(derivation.loss.name), str(derivation.loss.name)))
    found = [gradient for gradient in derivation.gradients.values() if gradient.name in wanted]
    return (*found, *(gradient for gradient in gradients if gradient not in found))
