"""How expressions look in Jupyter, and as plain text at a Python prompt."""

from __future__ import annotations

from byhand.lang.expr import Expr, Named, Operators, Var
from byhand.lang.sizes import shape_text
from byhand.lang.walk import postorder
from byhand.show.conventions import Conventions, detect
from byhand.show.latex import latex
from byhand.show.notation import notation
from byhand.show.picture import Picture
from byhand.show.plain import plain
from byhand.show.svg import svg
from byhand.show.tree import Tree


def attach() -> None:
    """Give every kind of node its LaTeX form for Jupyter and its plain form for the prompt; pictures are drawn."""
    setattr(Operators, "_repr_latex_", as_latex)  # noqa: B010 - a method of lang's class that lang may not know
    setattr(Operators, "__repr__", as_text)  # noqa: B010
    setattr(Picture, "_repr_svg_", svg)  # noqa: B010


def as_latex(node: Expr) -> str:
    return f"$\\displaystyle {' = '.join(latex(tree) for tree in _links(node))}$"


def as_text(node: Expr) -> str:
    shape = f"    {shape_text(node.shape)}" if node.shape else ""
    return " = ".join(plain(tree) for tree in _links(node)) + shape


def _links(node: Expr) -> tuple[Tree, ...]:
    """A named quantity with its formula, anything else as its formula."""
    conventions = _conventions(node)
    if isinstance(node, Named):
        return conventions.sym(node.name), notation(node.body, conventions)
    return (notation(node, conventions),)


def _conventions(node: Expr) -> Conventions:
    below = postorder(node)
    bodies = [inner.body for inner in below if isinstance(inner, Named)]
    return Conventions(vectors=detect([*bodies, node]), parameters=frozenset(inner.name for inner in below if isinstance(inner, Var)))
