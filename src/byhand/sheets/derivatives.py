"""What a derivative inside a formula or a claim stands for, second derivatives among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, named
from byhand.lang.names import Grad
from byhand.lang.sizes import shape_text
from byhand.lang.walk import spelled_out

if TYPE_CHECKING:
    from byhand.sheets.workspace import Workspace


def derivative_or_none(space: Workspace, of: str, wrt: str) -> Expr | None:
    """dL/dW, dp/ds, d2L/dw2; ``None`` for what has no derivative."""
    if of[:1] == "2" and of not in space.names:
        y, x = differentiated_once(space, of[1:], wrt)
        return named(Grad(str(y.name), str(x.name)), space.local(y, x).entries) if y.shape else space.gradient(y, x)[0]
    top, below = space.names.get(of), space.names.get(wrt)
    if not isinstance(top, Named) or not isinstance(below, (Named, Var)):
        return None
    return space.local(top, below).entries if top.shape else space.gradient(top, below)[0]


def differentiated_once(space: Workspace, of: str, below: str) -> tuple[Named, Named | Var]:
    """For d2L/dw2, or d2L/dwdb for two quantities: the gradient, and what it is differentiated by once more."""
    first, then = _twice(space, of, below)
    loss = space.known(of)
    if isinstance(loss, Var) or loss.shape:
        what = "given" if isinstance(loss, Var) else f"of shape {shape_text(loss.shape)}"
        raise ByhandError(f"d2{of}/d{below} asks for the second derivative of {loss.name}, which is {what}; it needs a scalar defined by a formula.")
    gradient, _ = space.gradient(loss, first)
    whole = spelled_out([gradient.body], lambda name: not isinstance(name, Grad))[gradient.body]
    return named(gradient.name, whole), then


def _twice(space: Workspace, of: str, below: str) -> tuple[Named | Var, Named | Var]:
    """The quantities of w2 or wdb."""
    find = space.scope().find
    if below.endswith("2") and find(below[:-1]) is not None:
        return space.known(below[:-1]), space.known(below[:-1])
    pairs = [(below[:k], below[k + 1 :]) for k, letter in enumerate(below) if letter == "d" and k]
    pairs = [(a, b) for a, b in pairs if find(a) is not None and find(b) is not None]
    if len(pairs) == 1:
        return space.known(pairs[0][0]), space.known(pairs[0][1])
    right = f"d2{of}/dw2, or d2{of}/dwdb for two quantities"
    raise ByhandError(f"d2{of}/d{below} is no second derivative by quantities of this sheet; one is written {right}.")
