"""Other inputs in the place of the sheet's own: checked against what they replace, and values worked out with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.walk import postorder, size_letters
from byhand.read.literal import data_of
from byhand.read.syntax import Name, Tree
from byhand.run.bind import Value, to_array
from byhand.run.evaluate import Evaluation, evaluate
from byhand.sheets.workspace import Workspace


def input_of(space: Workspace, task: str, name: str, tree: Tree) -> tuple[Var, Value]:
    """The given quantity of this name with its new numbers, which may be those of another quantity."""
    variable = space.known(name)
    if isinstance(variable, Named):
        raise ByhandError(f"{task} puts in other numbers for what is given; {name} is computed by a formula.", tree.at.line, tree.at.column)
    data = data_of(tree)
    if data is not None:
        return variable, to_array(name, data.nested())
    other = space.known(tree.name) if isinstance(tree, Name) else None
    if other is None or not space.has_numbers(other):
        raise ByhandError(f"the new value of {name} must be numbers, as in {name}=[1, 0].", tree.at.line, tree.at.column)
    return variable, space.count([other]).numbers[other.name] if isinstance(other, Named) else space.data[other.name]


def evaluated(space: Workspace, roots: Sequence[Expr], inputs: Mapping[Var, Value], what: str) -> Evaluation:
    """The values with these inputs; ``ByhandError`` where numbers or sizes for ``what`` are missing."""
    data = {**space.data, **{variable.name: value for variable, value in inputs.items()}}
    changing = {letter for variable in inputs for letter in size_letters(variable)}
    sizes = {letter: count for letter, count in space.bound().items() if letter not in changing}
    check_data(roots, what, data, sizes.keys() | changing)
    return evaluate(roots, data, sizes)


def check_data(roots: Sequence[Expr], what: str, data: Mapping[str, Value], sizes: Iterable[str]) -> None:
    """``ByhandError`` where numbers or sizes are missing."""
    below = postorder(*roots)
    missing = [node.name for node in below if isinstance(node, Var) and node.name not in data]
    if missing:
        raise ByhandError(f"cannot give a number for {what}: no numbers are given for {', '.join(missing)}.")
    unknown = sorted({letter for node in below for letter in size_letters(node)} - {*sizes})
    if unknown:
        raise ByhandError(f"cannot give a number for {what}: no data says how large {' and '.join(unknown)} is.")
