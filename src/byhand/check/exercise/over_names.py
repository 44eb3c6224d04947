"""Formulas over the names of quantities, with formulas put in for some of these names."""

from __future__ import annotations

from collections.abc import Mapping

from byhand.lang.expr import Expr, Var
from byhand.lang.walk import postorder, substitute


def put_in(step: Expr, formulas: Mapping[str, Expr]) -> Expr:
    """The formula with other formulas for some of its variables, by name; names that do not stand in it change nothing.

    ``ByhandError`` or ``ValueError`` where one is of a shape that nothing can be made of there.
    """
    nodes = {node: formulas[node.name] for node in postorder(step) if isinstance(node, Var) and node.name in formulas}
    fresh: dict[Expr, Expr] = {node: put for node, put in nodes.items() if put is not node}
    return substitute(step, fresh) if fresh else step
