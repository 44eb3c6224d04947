"""A slip in one step of an exercise: the step as somebody gets it who makes that mistake."""

from __future__ import annotations

from dataclasses import dataclass

from byhand.lang.expr import Expr


@dataclass(frozen=True, slots=True)
class Mutation:
    """A wrong step of the quantity ``of``.

    ``id`` as in the catalogue of slips; ``message`` ends the sentence "matches what you get if …" and names the quantities. ``step`` is a formula
    over variables with the names of quantities, as ``Quantity.steps`` are, but it may use any quantity of the exercise that does not
    depend on ``of``. Of several that explain an answer the one with the least ``rank`` is named first.
    """

    id: str
    of: str
    message: str
    step: Expr
    rank: int = 5
