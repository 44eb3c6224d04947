"""The choices of notation that a sheet, not byhand, makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.lang.expr import Contract, Expr
from byhand.lang.names import Grad, Name
from byhand.lang.walk import postorder
from byhand.show.tree import Gradients, Sym

Vectors: TypeAlias = Literal["columns", "rows"]


@dataclass(frozen=True, slots=True)
class Conventions:
    """How vectors stand, how gradients are spelled, how many digits are shown.

    ``parameters``: names (parameters, givens) whose gradients are always spelled ∂L/∂W. ``loss``: where there are
    several, the one whose gradients are δ, which does not say of what; those of the others are ∂F/∂z. ``names``: all names of the
    sheet, which index letters and signs such as e, π and σ must not collide with.
    """

    vectors: Vectors = "columns"
    gradients: Gradients = "delta"
    parameters: frozenset[str] = frozenset()
    digits: int = 6
    names: frozenset[str] = frozenset()
    loss: str | None = None

    def sym(self, name: Name) -> Sym:
        """A name, spelled as these conventions spell gradients."""
        if isinstance(name, Grad) and name.wrt not in self.parameters and self.loss in (None, name.of):
            return Sym(name, self.gradients)
        return Sym(name)


def detect(bodies: Iterable[Expr]) -> Vectors:
    """Rows if some vector multiplies a matrix from the left and none from the right; else columns."""
    return vectors_of(sides(*bodies))


def sides(*bodies: Expr) -> set[str]:
    """On which sides of matrices vectors stand in these formulas. A quadratic form x @ A @ x says nothing: it is xᵀ A x."""
    nodes = postorder(*bodies, enter_named=False)
    inside = {part for node in nodes if isinstance(node, Contract) and node.spec.inputs == ("i", "i") for part in node.args}
    return {side for node in nodes if node not in inside and (side := _vector_side(node)) is not None}


def vectors_of(sides: set[str]) -> Vectors:
    return "rows" if sides == {"left"} else "columns"


def _vector_side(node: Expr) -> str | None:
    """On which side of a matrix a vector stands in this product, if it is such a product."""
    if not isinstance(node, Contract) or len(node.args) != 2 or len(node.spec.summed) != 1:
        return None
    first, second = node.spec.inputs
    if len(node.spec.output) != 1 or set(node.spec.summed) - (set(first) & set(second)):
        return None
    return {(1, 2): "left", (2, 1): "right"}.get((len(first), len(second)))
