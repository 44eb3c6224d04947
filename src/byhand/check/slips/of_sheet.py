"""The slips that a sheet adds itself, as formulas in its front matter: read in the words of the exercise, and made sure to be wrong there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from byhand.check.engine import Engine, variables_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.formulas.ground import Ground
from byhand.check.formulas.scope import Scopes
from byhand.check.settings import OwnSlip
from byhand.check.slips.agreement import agreeing, defined
from byhand.check.slips.mutation import Mutation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.sizes import shape_text
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope
from byhand.run.arrays import Array

RANK = 0
"""Who wrote the sheet knows best."""


def mutations(exercise: Exercise, engine: Engine, env: Mapping[str, Array]) -> Iterator[Mutation]:
    """The sheet's own slips, the first one ``O01``.

    ``ByhandError`` with the line for one that cannot be read, that is right, or that no number on this sheet can show.
    """
    if not exercise.settings.own:
        return
    scopes = Scopes(Ground(exercise))
    for number, own in enumerate(exercise.settings.own, 1):
        try:
            yield _read(exercise, own, f"O{number:02d}", scopes, engine, env)
        except ByhandError as error:
            raise type(error)(f"slips: {error.message.removeprefix('slips: ')}", own.line) from None


def check_marks(exercise: Exercise) -> None:
    """``ByhandError`` where the sheet gives marks for a quantity that it does not have."""
    known = list(exercise.quantities)
    for name in exercise.settings.marks:
        if name not in exercise.quantities:
            close = get_close_matches(name, known, n=1, cutoff=0.4)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise ByhandError(f"check: marks are given for {name}, which is no quantity of this sheet.{meant}", exercise.settings.marks_lines.get(name))


def _read(exercise: Exercise, own: OwnSlip, id_: str, scopes: Scopes, engine: Engine, env: Mapping[str, Array]) -> Mutation:
    anywhere = scopes.of(next(iter(exercise.quantities.values())))
    quantity = _quantity(exercise, own, anywhere)
    step = read_formula(own.formula, scopes.of(quantity))
    if step.shape != quantity.node.shape:
        shapes = f"the formula has shape {shape_text(step.shape)}, and {quantity.name} has shape {shape_text(quantity.node.shape)}"
        raise ByhandError(f"{own.formula} cannot stand for {quantity.name}: {shapes}.")
    _check_order(exercise, quantity, step, own)
    _check_wrong(quantity, step, own, engine, env)
    return Mutation(id_, quantity.name, own.message or f"{quantity.name} is worked out as {own.formula}", step, RANK)


def _quantity(exercise: Exercise, own: OwnSlip, scope: Scope) -> Quantity:
    if own.quantity in exercise.quantities:
        found = exercise.quantities[own.quantity]
    else:
        left = read_formula(own.quantity, scope)
        if not isinstance(left, Var) or left.name not in exercise.quantities:
            raise ByhandError(f"{own.quantity} is no quantity of this sheet, so no slip can be made in it.")
        found = exercise.quantities[left.name]
    if not found.steps:
        raise ByhandError(f"{found.name} is given and not worked out, so no slip can be made in it.")
    return found


def _check_order(exercise: Exercise, quantity: Quantity, step: Expr, own: OwnSlip) -> None:
    """A slip is made of what does not come from it."""
    waiting, seen = list(variables_of(step)), set[str]()
    while waiting:
        name = waiting.pop()
        if name == quantity.name:
            raise ByhandError(f"{own.formula} cannot stand for {quantity.name}, of which it is made itself.")
        if name not in seen:
            seen.add(name)
            waiting += exercise.quantities[name].parents


def _check_wrong(quantity: Quantity, step: Expr, own: OwnSlip, engine: Engine, env: Mapping[str, Array]) -> None:
    right = env.get(quantity.name)
    found = engine.values([step], env) if env.keys() >= set(variables_of(step)) else None
    if right is None or found is None:
        return
    same = agreeing(found[0], right)
    if same.all():
        raise ByhandError(f"{own.formula} is right for {quantity.name}: a slip has to be wrong.")
    if quantity.truth is not None and same[0] and defined(found[0])[0]:
        raise ByhandError(f"{own.formula} gives the right number for {quantity.name} with the data of this sheet, so that no answer can show this slip.")
