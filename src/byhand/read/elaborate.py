"""What a formula means: from text, or from a syntax tree, to an expression and how it was understood."""

from __future__ import annotations

from dataclasses import dataclass

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.read.elaborator import Elaborator
from byhand.read.parse import parse_formula
from byhand.read.scope import Scope
from byhand.read.static import error
from byhand.read.syntax import Comparison, Tree


@dataclass(frozen=True, slots=True)
class Reading:
    """An expression and, in NumPy's spelling, how the text was understood."""

    expr: Expr
    read_as: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Two readings and what is claimed of them: ``==``, ``<=``, …"""

    left: Reading
    op: str
    right: Reading


def read_formula(text: str, scope: Scope, line: int = 1, column: int = 1) -> Expr:
    """The expression that a formula means; ``ByhandError`` with its place if it means none."""
    return read_formula_checked(text, scope, line, column).expr


def read_formula_checked(text: str, scope: Scope, line: int = 1, column: int = 1) -> Reading:
    """The same, and how the text was understood."""
    return elaborate(_guarded_parse(text, scope, line, column), scope)


def read_claim(text: str, scope: Scope, line: int = 1, column: int = 1) -> Claim:
    """A claim such as ``dL/dz == p - ys``."""
    return elaborate_claim(_guarded_parse(text, scope, line, column), scope)


def elaborate(tree: Tree, scope: Scope) -> Reading:
    """The meaning of a tree."""
    try:
        value = Elaborator(scope).value(tree)
    except RecursionError:
        raise ByhandError("this formula is nested too deeply.", tree.at.line, tree.at.column) from None
    if value.unit:
        raise error("the size of this identity matrix is not known; write I_n or eye(n).", tree)
    return Reading(value.expr, value.text)


def elaborate_claim(tree: Tree, scope: Scope) -> Claim:
    if not isinstance(tree, Comparison):
        raise error("a claim compares two formulas, as in dL/dz == p - ys.", tree)
    return Claim(elaborate(tree.left, scope), tree.op, elaborate(tree.right, scope))


def _guarded_parse(text: str, scope: Scope, line: int, column: int) -> Tree:
    try:
        return parse_formula(text, line, column, scope.stars)
    except RecursionError:
        raise ByhandError("this formula is nested too deeply.", line, column) from None
