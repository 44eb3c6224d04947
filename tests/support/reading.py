"""What is shown, read back: spellings of expressions, and the scope in which a reader finds their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from byhand.lang.expr import Expr, Named, Num, Var, var
from byhand.lang.names import Name
from byhand.lang.sizes import Poly
from byhand.lang.spec import LETTERS
from byhand.lang.walk import postorder
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope
from byhand.run.prove import prove
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.notation import index_entries, notation
from byhand.show.plain import plain
from byhand.show.tree import Comprehension, Entry, Sum, Tree
from byhand.show.unicode import text

SPELLINGS: Mapping[str, Callable[[Tree], str]] = {"plain": plain, "text": text, "latex": latex}


def scope_of(*exprs: Expr, conventions: Conventions) -> Scope:
    """A scope with the names that stand in these expressions, and their size letters."""
    nodes = postorder(*exprs, enter_named=False)
    names: dict[Name, Expr] = {node.name: node for node in nodes if isinstance(node, (Var, Named))}
    numbers = [node.value for node in nodes if isinstance(node, Num)]
    letters = {letter for name in names for letter in re.findall(r"[^\W\d]+", str(name).partition("[")[2])}
    letters |= {letter for poly in (*numbers, *(Poly.of(axis) for node in nodes for axis in node.shape)) for letter in poly.letters}
    return Scope(names=names, sizes={letter: Poly.letter(letter) for letter in sorted(letters)}, vectors=conventions.vectors)


def reads_back(expr: Expr, conventions: Conventions) -> None:
    """Every spelling of the expression means it."""
    scope = scope_of(expr, conventions=conventions)
    tree = notation(expr, conventions)
    for spell in SPELLINGS.values():
        means(spell(tree), scope, expr)


def entries_read_back(node: Expr, conventions: Conventions) -> None:
    """The entries of an array mean that array. They stand beside the entry of a name there, which says how long each index runs."""
    if not node.shape:
        reads_back(node, conventions)
        return
    whole = var("whole", node.shape)
    taken = {str(axis) for axis in node.shape}
    letters = tuple(letter for letter in LETTERS if letter not in taken)[: len(node.shape)]
    entry = index_entries(node, letters, conventions)
    tree = Comprehension(Sum(((False, Entry(conventions.sym("whole"), letters)), (True, entry))), letters)
    for spell in (text, latex):
        means(spell(tree), scope_of(node, whole, conventions=conventions), whole - node)


def means(source: str, scope: Scope, expr: Expr) -> None:
    """A text is read as something equal to the expression."""
    back = read_formula(source, scope)
    if back is not expr:
        verdict = prove(back, expr)
        assert verdict.verdict == "holds", f"{source} was read as {plain(notation(back, Conventions()))}: {verdict}"
