"""One step of one quantity, where slips are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from byhand.check.exercise.quantity import Quantity
from byhand.check.slips.general.pieces import is_product, is_scalar_multiple, terms_of, tried, variables
from byhand.check.slips.general.roles import Activation
from byhand.check.slips.general.structure import Structure
from byhand.lang.expr import Contract, Expr, Var
from byhand.lang.walk import postorder, substitute
from byhand.show.notation import notation
from byhand.show.plain import plain

Wrong: TypeAlias = "tuple[str, Expr | None]"
"""What was done, to end the sentence "matches what you get if …", and the step it makes; ``None`` where it cannot be done here."""


@dataclass(frozen=True)
class Site:
    """A step with what stands around it. ``first``: it is the route that is shown, not another one."""

    whole: Structure
    quantity: Quantity
    step: Expr
    first: bool

    @cached_property
    def nodes(self) -> list[Expr]:
        return postorder(self.step)

    @cached_property
    def variables(self) -> list[Var]:
        return variables(self.step)

    @cached_property
    def terms(self) -> tuple[Expr, ...]:
        return terms_of(self.step)

    @property
    def name(self) -> str:
        return self.quantity.name

    @property
    def is_gradient(self) -> bool:
        return self.quantity.kind == "gradient"

    @cached_property
    def wrt(self) -> Var | None:
        """What a gradient belongs to."""
        name = self.whole.of_gradient.get(self.quantity.name)
        return None if name is None else self.whole.vars[name]

    @cached_property
    def activations(self) -> list[Activation]:
        """For the gradient of a pre-activation: the functions that are applied to it."""
        return [] if self.wrt is None else self.whole.activation_into(self.wrt)

    @cached_property
    def near_loss(self) -> bool:
        return self.wrt is not None and self.whole.near_loss(self.wrt.name)

    @cached_property
    def products(self) -> list[Contract]:
        """The products in a step: of matrices, outer ones, of a scalar with something, of two scalars."""
        found = [node for node in self.nodes if isinstance(node, Contract) and len(node.args) == 2]
        return [node for node in found if is_product(node) or is_scalar_multiple(node) or (not node.shape and not node.spec.inputs[0])]

    def instead(self, *pairs: tuple[Expr, Expr | None]) -> Expr | None:
        """The step with some of its nodes replaced."""
        if any(fresh is None for _, fresh in pairs):
            return None
        return tried(substitute, self.step, dict(pairs))

    def renamed(self, table: Mapping[Any, Expr]) -> Expr | None:
        """The step with variables replaced, all at once; ``None`` if none of them stands in it."""
        return tried(substitute, self.step, table) if any(node in table for node in self.nodes) else None

    def each(self, message: str, table: Mapping[Var, Expr]) -> Iterator[Wrong]:
        """Quantities replaced, all of them together and then one by one; ``message`` has places for the old and the new."""
        if len(table) > 1:
            yield message.format(old=", ".join(node.name for node in table), new=", ".join(map(self.text, table.values()))), self.renamed(table)
        for node, fresh in table.items():
            yield message.format(old=node.name, new=self.text(fresh)), self.renamed({node: fresh})

    def incoming(self, activation: Activation) -> Var | None:
        """The gradient that comes back to the value of an activation."""
        return self.whole.gradient(activation.h, self.quantity)

    def operands(self, product: Contract) -> tuple[int, int] | None:
        """Which operand of a product is the gradient that comes back, and which the other one."""
        mentions = [self.whole.is_gradient(arg) for arg in product.args]
        if mentions[0] != mentions[1]:
            return (0, 1) if mentions[0] else (1, 0)
        single = [isinstance(arg, Var) for arg in product.args]
        return None if single[0] == single[1] or not self.is_gradient else (1, 0) if single[0] else (0, 1)

    def text(self, node: Expr) -> str:
        """A formula as it may stand in a message."""
        return plain(notation(node, self.whole.conventions))


Maker: TypeAlias = Callable[[Site], Iterator[Wrong]]


@dataclass(frozen=True, slots=True)
class GeneralSlip:
    """An entry of the catalogue: what it is, how soon it comes to mind (0 first), and the function that makes it."""

    id: str
    what: str
    rank: int
    make: Maker
