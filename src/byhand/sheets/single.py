"""One formula without a sheet: the solution that a sheet with this formula and these questions would have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from byhand.derive import Derivation, derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, intern
from byhand.lang.walk import postorder
from byhand.read.elaborate import read_formula
from byhand.read.functions import function
from byhand.read.parse import parse_formula
from byhand.read.scope import Scope, letters_of
from byhand.read.statements import parse_shapes
from byhand.read.syntax import Applied, Attribute, Comparison, Indexed, Listed, Name, Primed, Transposed, Tree, parts
from byhand.run.bind import Given, Value, to_array
from byhand.run.evaluate import evaluate
from byhand.sheets import solution as s
from byhand.sheets.given import declared
from byhand.sheets.gradients import needed_for

CONSTANTS = ("pi", "π", "e", "nan", "NaN", "inf", "∞")
"""What stands for a number, or for none, and not for a quantity."""


def read_with_shapes(formula: str, shapes: str) -> tuple[Expr, dict[str, Var]]:
    """The formula over declared quantities such as ``X:(m,n), y:(m,) one_hot``; names without a shape are numbers."""
    variables: dict[str, Var] = {}
    for statement in parse_shapes(shapes) if shapes.strip() else []:
        if statement.name in variables:
            raise ByhandError(f"{statement.name} is declared twice in the shapes.")
        variables[statement.name] = declared(statement, letters_of(*variables.values()))
    sizes = letters_of(*variables.values())
    for name in _free_names(parse_formula(formula)):
        if name not in variables and name not in sizes and name not in CONSTANTS and function(name) is None:
            variables[name] = intern(Var, name, (), frozenset())
    return read_formula(formula, Scope(names={**variables}, sizes=sizes)), variables


def _free_names(tree: Tree) -> list[str]:
    """The names in a formula that are not applied as functions, in the order they come."""
    found: dict[str, None] = {}
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            found[node.name] = None
        stack.extend(reversed(_inside(node)))
    return list(found)


def _inside(node: Tree) -> list[Tree]:
    match node:
        case Applied(args=args):
            return list(args)
        case Listed(items):
            return list(items)
        case Comparison(_, left, right):
            return [left, right]
        case Indexed(base) | Attribute(base) | Transposed(base) | Primed(base):
            return [base]
        case _:
            return parts(node)


def solution_of(derivation: Derivation, wrt: Sequence[Named | Var], data: Mapping[str, Given] | None = None) -> s.Solution:
    """A derivation as a solution with one part, with numbers if there is data."""
    arrays = {name: to_array(name, given) for name, given in (data or {}).items()}
    gradients = [derivation.gradients[x.name] for x in wrt]
    state = s.State(numbers=_numbers([*derivation.gradients.values()], arrays) if arrays else {})
    variables = [node for node in postorder(derivation.loss) if isinstance(node, Var)]
    items: list[s.Item] = [s.Given(variable, arrays.get(variable.name)) for variable in variables]
    items += [s.Defined(node, state) for node in derivation.forward]
    items += [s.GradientOf(gradient, derivation, needed_for(derivation, [gradient]), state) for gradient in gradients]
    return s.Solution(str(derivation.loss.name), "Derivation", (s.Part(None, tuple(items)),))


def _numbers(roots: Sequence[Named], arrays: Mapping[str, Value]) -> dict[s.Name, Value]:
    evaluation = evaluate(roots, arrays)
    return {node.name: value for node, value in evaluation.values.items() if isinstance(node, (Named, Var))}


def checked_derivation(loss: Expr, wrt: Sequence[Named | Var]) -> Derivation:
    """The derivation, or ``ByhandError`` for a quantity that the loss does not depend on."""
    derivation = derive(loss, wrt)
    for x in wrt:
        if x.name not in derivation.gradients:
            raise ByhandError(f"cannot differentiate with respect to {x.name}: the formula does not depend on it.")
    return derivation
