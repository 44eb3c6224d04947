"""What a sheet can have done: steps, other inputs, claims. One function for each task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import Expr, Named, Var, named, num
from byhand.lang.walk import postorder, substitute
from byhand.read.elaborate import elaborate, elaborate_claim
from byhand.read.statements import Task
from byhand.read.syntax import Applied, Name, Tree
from byhand.run.bind import Value, bind_sizes
from byhand.run.claim import Verdict
from byhand.run.prove import prove
from byhand.sheets import solution as s
from byhand.sheets.families.comparing import matched
from byhand.sheets.inputs import check_data, evaluated, input_of
from byhand.sheets.steps.reset import reset
from byhand.sheets.steps.task import step
from byhand.sheets.workspace import Workspace

# ------------------------------------------------------------------------------------------- other inputs


def at(space: Workspace, task: Task) -> list[s.Item]:
    """``at(x2, x=[1, 0, 0])``: a value, or ``argmax`` of one, with other inputs."""
    if len(task.args) != 1 or not task.options:
        raise ByhandError("at takes a quantity and new inputs, as in at(y, x=[1, 0]).")
    what, argmax = _without_argmax(task.args[0])
    quantity = _quantity(space, what, task.text)
    names = [name for name, _ in task.options]
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise ByhandError(f"at is given {twice} twice.")
    inputs = dict(_input(space, name, tree) for name, tree in task.options)
    evaluation = evaluated(space, [quantity], inputs, str(quantity.name))
    numbers = {node.name: value for node, value in evaluation.values.items() if isinstance(node, (Named, Var))}
    space.kinks.update(dict.fromkeys(evaluation.kinks))
    value = evaluation.roots[0]
    return [s.At(task.text, quantity, inputs, _argmax(value, quantity) if argmax else value, argmax, s.State(space.state.taken, numbers, space.state.run))]


def argmax(space: Workspace, task: Task) -> list[s.Item]:
    """``argmax(y)``: the class, counted from 0."""
    if len(task.args) != 1 or task.options:
        raise ByhandError("argmax takes one quantity, as in argmax(y).")
    quantity = _quantity(space, task.args[0], task.text)
    check_data([quantity], str(quantity.name), space.data, space.bound().keys())
    state = space.count([quantity])
    return [s.At(task.text, quantity, {}, _argmax(state.numbers[quantity.name], quantity), True, state)]


def _without_argmax(tree: Tree) -> tuple[Tree, bool]:
    if isinstance(tree, Applied) and isinstance(tree.function, Name) and tree.function.name == "argmax" and len(tree.args) == 1 and not tree.options:
        return tree.args[0], True
    return tree, False


def _quantity(space: Workspace, tree: Tree, text: str) -> Named:
    found = elaborate(tree, space.scope()).expr
    return found if isinstance(found, Named) else named(text, found)


def _input(space: Workspace, name: str, tree: Tree) -> tuple[Var, Value]:
    variable, value = input_of(space, "at", name, tree)
    bind_sizes([variable], {variable.name: value})
    return variable, value


def _argmax(value: Value, quantity: Named) -> Value:
    if not value.ndim:
        what = quantity.body if isinstance(quantity.body, Var) else quantity
        raise ByhandError(f"argmax needs several entries to choose from; {what.name} is a single number.")
    return np.asarray(np.argmax(value, axis=-1))


# ------------------------------------------------------------------------------------------------- claims


def show(space: Workspace, task: Task) -> list[s.Item]:
    """``show(a == b)``: whether the claim holds for all values that the facts allow."""
    if len(task.args) != 1 or task.options:
        raise ByhandError("show takes one claim, as in show(dL/dz == p - ys).")
    claim = elaborate_claim(task.args[0], space.scope())
    if claim.op != "==":
        raise NotYetError(f"a claim with {claim.op} is not there yet: so far show decides equalities (==).")
    left, right = (_at_present(space, side) for side in (claim.left.expr, claim.right.expr))
    layered = any("[" in str(name) for name in space.names)
    pair = matched(left, right, space.scope().vectors) if layered else None
    verdict = prove(*(pair or (left, right)))
    return [s.Claimed(task.text, left, right, (verdict.verdict == "fails" and _with_counts(space, left, right)) or verdict)]


def _at_present(space: Workspace, side: Expr) -> Expr:
    """One side of a claim, its updated parameters under the names that mean the same by now."""
    newest = {node: space.history.newest(node, space.state.taken) for node in postorder(side) if isinstance(node, Var)}
    fresh: dict[Expr, Expr] = {node: space.names[name] for node, name in newest.items() if name is not None}
    return substitute(side, fresh, enter_named=True) if fresh else side


def _with_counts(space: Workspace, left: Expr, right: Expr) -> Verdict | None:
    """Whether the claim holds once numbers such as K = 4 for four classes are what they are, and no variables."""
    inside = [node for node in postorder(left, right) if isinstance(node, Var)]
    sizes = {size for node in inside for size in node.shape}
    changing = {name for names in space.wanted.values() for name in names}
    counts = {node: space.data[node.name].item() for node in inside if not node.shape and node.name in space.data and node.name not in changing}
    counts = {node: value for node, value in counts.items() if value in sizes}
    if not counts:
        return None
    numbers: dict[Expr, Expr] = {node: num(value) for node, value in counts.items()}
    verdict = prove(substitute(left, numbers, enter_named=True), substitute(right, numbers, enter_named=True))
    if verdict.verdict != "holds":
        return None
    said = ", ".join(f"{node.name} = {value}" for node, value in counts.items())
    return replace(verdict, reason=f"with {said} as on the sheet, and for all other values.")


TaskFunction: TypeAlias = Callable[[Workspace, Task], list[s.Item]]
TASKS: Mapping[str, TaskFunction] = {"step": step, "reset": reset, "at": at, "argmax": argmax, "show": show}
