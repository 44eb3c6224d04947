"""Whole numbers that choose rows: class labels, words of a vocabulary. On the sheet one number, in the formulas a one-hot row.

A label k stands for row k of the identity matrix, and row k of a table W is that one-hot row times W: so the formulas hold for
any labels, and the labels are data like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, intern
from byhand.lang.functions import one_hot
from byhand.lang.sizes import Size
from byhand.read.elaborate import elaborate
from byhand.read.functions import function
from byhand.read.rebuild import rebuilt
from byhand.read.signature import Function
from byhand.read.syntax import Applied, Chain, Indexed, Name, Number, Tree
from byhand.sheets.workspace import Workspace
from byhand.train.model.equal import same

SOME = (0, 0)
"""Labels with which a look-up is tried."""
Became = Callable[[Var, Var], None]


def with_label_rows(tree: Tree, space: Workspace, became: Became) -> Tree:
    """The formula with one-hot rows where it speaks of labels; ``became`` is told which variable changes, and into what."""
    inner = rebuilt(tree, partial(with_label_rows, space=space, became=became))
    match inner:
        case Applied(Name(name)) if (found := function(name)) is not None:
            return _applied(inner, found, space, became)
        case Indexed(base, (Name(labels), *rest)) if not rest and (variable := _labels(space, labels)) is not None:
            return _looked_up(base, variable, inner, space, became)
        case _:
            return inner


def _applied(tree: Applied, found: Function, space: Workspace, became: Became) -> Tree:
    kinds = [param.kind for param in found.params]
    if "classes" in kinds:
        _targets(tree, kinds.index("classes"), found, space, became)
    elif kinds == ["rows", "size"]:
        return _rows_of_labels(tree, found, space, became)
    elif kinds[:1] == ["expr"] and "ints" in kinds and found.params[kinds.index("ints")].default is None:
        labels = _argument(tree, kinds.index("ints"), found)
        variable = _labels(space, labels.name) if isinstance(labels, Name) else None
        if variable is not None and tree.args:
            return _looked_up(tree.args[0], variable, tree, space, became, found)
    return tree


def _targets(tree: Applied, place: int, found: Function, space: Workspace, became: Became) -> None:
    """A loss that takes class labels in the place of one-hot rows."""
    labels = _argument(tree, place, found)
    variable = space.names.get(labels.name) if isinstance(labels, Name) else None
    scores = _value(tree.args[0], space) if tree.args else None
    if isinstance(variable, Var) and scores is not None and scores.shape and variable.shape == scores.shape[:-1]:
        became(variable, _rows(variable, scores.shape[-1]))


def _rows_of_labels(tree: Applied, found: Function, space: Workspace, became: Became) -> Tree:
    """one_hot(y, K)."""
    labels = _argument(tree, 0, found)
    variable = _labels(space, labels.name) if isinstance(labels, Name) else None
    if variable is None:
        return tree
    sample = _value(Applied(tree.function, (_number(0, tree), *tree.args[1:]), tuple(o for o in tree.options if o[0] != found.params[0].name), tree.at), space)
    if sample is None or not sample.shape:
        return tree
    became(variable, _rows(variable, sample.shape[-1]))
    return Name(variable.name, tree.at)


def _looked_up(table: Tree, variable: Var, tree: Tree, space: Workspace, became: Became, found: Function | None = None) -> Tree:
    """W[words] as words @ W, where the words are one-hot rows."""
    rows = _value(table, space)
    if rows is None or len(rows.shape) != 2:
        return tree
    if found is not None and not same(found.build(rows, SOME, *(param.default for param in found.params[2:])), one_hot(SOME, rows.shape[0]) @ rows):
        return tree
    became(variable, _rows(variable, rows.shape[0]))
    return Chain(Name(variable.name, tree.at), (("@", table, tree.at),), tree.at)


def _labels(space: Workspace, name: str) -> Var | None:
    """A declared quantity of labels, or one given as whole numbers; of both at least a vector, or a single number without a value."""
    found = space.names.get(name)
    if not isinstance(found, Var) or found.facts & {"one_hot"}:
        return None
    return found if name not in space.data or (name in space.integers and found.shape) else None


def _argument(tree: Applied, place: int, found: Function) -> Tree | None:
    return tree.args[place] if place < len(tree.args) else dict(tree.options).get(found.params[place].name)


def _value(tree: Tree, space: Workspace) -> Expr | None:
    try:
        return elaborate(tree, space.scope()).expr
    except ByhandError:
        return None


def _rows(variable: Var, classes: Size) -> Var:
    return intern(Var, variable.name, (*variable.shape, classes), frozenset(("one_hot",)))


def _number(value: int, tree: Tree) -> Tree:
    return Number(Fraction(value), str(value), tree.at)
