"""What is shown, read back: spellings of expressions, and the scope in which a reader finds their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from byhand.lang.expr import Expr, Named, Num, Var
from byhand.lang.names import Name
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope
from byhand.run.prove import prove
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.notation import notation
from byhand.show.plain import plain
from byhand.show.tree import Tree
from byhand.show.unicode import text

SPELLINGS: Mapping[str, Callable[[Tree], str]] = {"plain": plain, "text": text, "latex": latex}


def scope_of(*exprs: Expr, conventions: Conventions) -> Scope:
    """A scope with the names that stand in these expressions, and their size letters."""
    nodes = postorder(*exprs, enter_named=False)
    names: dict[Name, Expr] = {node.name: node for node in nodes if isinstance(node, (Var, Named))}
    numbers = [node.value for node in nodes if isinstance(node, Num)]
    letters = {letter for poly in (*numbers, *(Poly.of(axis) for node in nodes for axis in node.shape)) for letter in poly.letters}
    return Scope(names=names, sizes={letter: Poly.letter(letter) for letter in sorted(letters)}, vectors=conventions.vectors)


def reads_back(expr: Expr, conventions: Conventions, tree: Tree | None = None) -> None:
    """Every spelling of the expression means it; ``tree`` is how it is shown where that is not its own notation."""
    scope = scope_of(expr, conventions=conventions)
    shown = notation(expr, conventions) if tree is None else tree
    for kind, spell in SPELLINGS.items():
        source = spell(shown)
        back = read_formula(source, scope)
        if back is not expr:
            verdict = prove(back, expr)
            assert verdict.verdict == "holds", f"{kind} {source} was read as {plain(notation(back, conventions))}: {verdict}"
