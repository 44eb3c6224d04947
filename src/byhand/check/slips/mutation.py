"""A slip in one step of an exercise: the step as somebody gets it who makes that mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

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


@dataclass(frozen=True, slots=True)
class SlipsIn:
    """The slips in the steps of several quantities of one exercise. They are found when somebody goes through them."""

    names: tuple[str, ...]
    catalogue: Mapping[str, tuple[Mutation, ...]] = field(compare=False, repr=False)

    def __iter__(self) -> Iterator[Mutation]:
        return (slip for name in self.names for slip in self.catalogue.get(name, ()))


Slips: TypeAlias = tuple[Mutation, ...] | SlipsIn
