"""Layers whose units only ever meet in linear maps: then not just their order is free, but the basis."""

from __future__ import annotations

from byhand.analyse.symmetries.axes import Axis
from byhand.analyse.symmetries.grading import Place, Structure
from byhand.lang.expr import Add, Contract, Expr, Map, Pick, Var
from byhand.lang.walk import children


def is_linear(structure: Structure, unit: Axis) -> bool:
    """Whether an axis is only carried along, added and contracted in pairs (squared lengths included), so that any rotation of it goes unseen."""
    squares = {node for node in structure.order() if _is_square(structure, node, unit)}
    return all(_allows(structure, node, unit, squares) for node in structure.order())


def _is_square(structure: Structure, node: Expr, unit: Axis) -> bool:
    if structure.argument(node) is None or not structure.places(node, unit):
        return False
    known = structure.activations.of(node)
    return known.parity == "even" and known.degree == 2


def _allows(structure: Structure, node: Expr, unit: Axis, squares: set[Expr]) -> bool:
    places = structure.places(node, unit)
    z = structure.argument(node)
    if z is not None:
        return not structure.places(z, unit) or node in squares or structure.activations.of(node).linear
    if not isinstance(node, Contract) and any(part in squares for part in children(node)):
        return False
    match node:
        case Var(facts=facts):
            return not places or not facts - {"full_column_rank"}
        case Add(terms):
            return not places or all(term in structure.function.moving for term in terms)
        case Map(_, args):
            return not any(structure.places(arg, unit) for arg in args)
        case Pick(arg):
            return not structure.places(arg, unit)
        case Contract():
            return _contracts_in_pairs(structure, node, unit, squares)
        case _:
            return True


def _contracts_in_pairs(structure: Structure, node: Contract, unit: Axis, squares: set[Expr]) -> bool:
    carriers: dict[tuple[str, int], list[Expr]] = {}
    for word, arg in zip(node.spec.inputs, node.args):
        for axis, at in structure.places(arg, unit):
            carriers.setdefault((word[axis], at), []).append(arg)
    goes_on: list[tuple[str, int]] = [_letter(node, place) for place in structure.places(node, unit)]
    if any(key not in carriers for key in goes_on):
        return False
    for key, args in carriers.items():
        squared = [arg for arg in args if arg in squares]
        alone = len(args) == 1 and goes_on.count(key) == (0 if squared else 1)
        pair = len(args) == 2 and not squared and goes_on.count(key) == 0 and (len(node.args) == 2 and (args[0] is not args[1] or node.args[0] is node.args[1]))
        if not (alone or pair):
            return False
    return True


def _letter(node: Contract, place: Place) -> tuple[str, int]:
    return node.spec.output[place[0]], place[1]
