"""The tasks of sheets in Python, under the same names and with the same arguments: a sheet of one question, made of expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from byhand.app.solving import TASKS
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Operators, Var, named
from byhand.lang.walk import postorder
from byhand.read.statements import Task, parse_statements
from byhand.run.bind import Given, to_array
from byhand.sheets import solution as s
from byhand.sheets.given import check_facts
from byhand.sheets.wanted import wanted_gradients
from byhand.sheets.workspace import Workspace

Argument = Expr | int | float | Fraction | str | bool | np.generic | np.ndarray[Any, Any] | Sequence["Argument"]

_NAME = re.compile(r"[^\W\d][\w\u0300-\u036f]*(\[\d+(,\d+)*\])?")


def asked(task: str, args: Sequence[Argument], options: Mapping[str, Argument], data: Mapping[str, Given] | None) -> s.Solution:
    """The solution of a sheet that defines the quantities in the arguments, with this data, and asks this one question.

    Raises ``ByhandError`` as the sheet would, and for two quantities of one name.
    """
    try:
        return _solved(task, args, options, data or {})
    except ByhandError as error:  # there is no line to point to
        raise type(error)(error.message) from None


def _solved(task: str, args: Sequence[Argument], options: Mapping[str, Argument], data: Mapping[str, Given]) -> s.Solution:
    args = [_named(arg) for arg in args]
    text = f"{task}({', '.join([*map(_written, args), *(f'{name}={_written(value)}' for name, value in options.items())])})"
    (statement,) = parse_statements(text)
    assert isinstance(statement, Task)
    quantities = _quantities([*args, *options.values()])
    space = Workspace(wanted_gradients([statement]), {})
    for name, quantity in quantities.items():
        space.define(name, quantity, 1, 1)
    given = [_given(space, quantity, data) for quantity in quantities.values() if isinstance(quantity, Var)]
    unknown = [name for name in data if name not in quantities]
    if unknown:
        raise ByhandError(f"there is data for {unknown[0]}, which does not occur in what {task} is asked about.")
    defined = [quantity for quantity in quantities.values() if isinstance(quantity, Named)]
    space.count(defined)
    definitions = [s.Defined(quantity, space.state) for quantity in defined]
    items = [*given, *definitions, *TASKS[task](space, statement)]
    return s.Solution(task, text, (s.Part(None, tuple(items), tuple(space.kinks)),))


def _named(arg: Argument) -> Argument:
    """A formula without a name gets one that no quantity in it has."""
    if not isinstance(arg, Operators) or isinstance(arg, (Named, Var)):
        return arg
    taken = {str(node.name) for node in postorder(arg) if isinstance(node, (Named, Var))}
    return named(next(name for name in ("f", "L", "loss", "f_0") if name not in taken), arg)


def _quantities(args: Iterable[Argument]) -> dict[str, Named | Var]:
    """Every named quantity below the arguments, operands first."""
    roots = [root for arg in args for root in _expressions(arg)]
    found: dict[str, Named | Var] = {}
    for node in postorder(*roots):
        if isinstance(node, Var) and not _NAME.fullmatch(node.name):
            raise ByhandError(f"a task is asked as on a sheet, where {node.name!r} is no name; call it by letters, digits and _ alone.")
        if isinstance(node, (Named, Var)) and found.setdefault(str(node.name), node) is not node:
            raise ByhandError(f"two different quantities are called {node.name}; give one of them another name.")
    return found


def _expressions(arg: Argument) -> list[Expr]:
    if isinstance(arg, Operators):
        return [arg]
    return [root for part in arg for root in _expressions(part)] if isinstance(arg, (list, tuple)) else []


def _written(arg: Argument) -> str:
    """An argument as a sheet has it."""
    match arg:
        case Named(name) | Var(name):
            return str(name)
        case bool():
            return str(arg).lower()
        case int() | float() | Fraction() | str():
            return str(arg)
        case np.ndarray() | np.generic():
            return _written(arg.tolist())
        case list() | tuple():
            return f"[{', '.join(map(_written, arg))}]"
        case _:
            raise ByhandError(f"{type(arg).__name__} is no argument for a task: give quantities, numbers, words, or lists of them.")


def _given(space: Workspace, variable: Var, data: Mapping[str, Given]) -> s.Given:
    if variable.name not in data:
        return s.Given(variable, None)
    value = to_array(variable.name, data[variable.name])
    space.supply(variable, value)
    check_facts(variable, value)
    return s.Given(variable, value)
