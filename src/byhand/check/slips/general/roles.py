"""The roles that parts of an exercise have, as read off formulas: activations, layers, terms that are added, names in time."""

from __future__ import annotations

from dataclasses import dataclass

from byhand.check.exercise.quantity import Quantity
from byhand.check.slips.general.pieces import is_product, is_scalar_multiple, terms_of
from byhand.lang.expr import Call, Contract, Expr, Map, Var, split_factor
from byhand.lang.names import Grad
from byhand.lang.sizes import Size
from byhand.lang.walk import substitute


@dataclass(frozen=True, slots=True)
class Activation:
    """``h`` is a function of ``z`` entry by entry, or a rule applied to ``z`` alone that keeps its shape. ``slope``: f'(z), where one leaf says it."""

    z: Var
    h: Var
    value: Expr
    slope: Expr | None

    @property
    def name(self) -> str:
        """What people call the function."""
        return self.value.leaf.name if isinstance(self.value, Map) else self.value.rule.name if isinstance(self.value, Call) else "the function"

    def at(self, z: Expr) -> Expr:
        """The function at another argument."""
        return substitute(self.value, {self.z: z})

    def slope_at(self, z: Expr, h: Expr) -> Expr:
        """The derivative's formula with other arguments and values put in."""
        assert self.slope is not None
        return substitute(self.slope, {self.z: z, self.h: h})

    @property
    def kinked(self) -> bool:
        return isinstance(self.value, Map) and self.value.leaf.kinked


@dataclass(frozen=True, slots=True)
class Layer:
    """In the step of ``output`` stands the product of ``weight`` and ``input``; ``batch`` is the axis of samples, if there is one."""

    weight: Var
    input: Expr
    output: Var
    batch: Size | None


def is_linear_form(term: Expr) -> bool:
    rest = split_factor(term)[1]
    return isinstance(rest, Contract) and len(rest.args) == 2 and (is_product(rest) or is_scalar_multiple(rest) or not rest.shape)


def is_sum(step: Expr) -> bool:
    """Whether a formula does nothing but add up quantities, with numbers in front."""
    return all(_is_plain(split_factor(term)[1]) for term in terms_of(step))


def _is_plain(rest: Expr) -> bool:
    while isinstance(rest, Contract) and len(rest.args) == 1:
        rest = rest.args[0]
    return isinstance(rest, Var)


def plain_name(term: Expr) -> str | None:
    """The variable that a term is, stretched or not, with no number in front."""
    number, rest = split_factor(term)
    if number.constant != 1:
        return None
    while isinstance(rest, Contract) and len(rest.args) == 1 and _stretches(rest):
        rest = rest.args[0]
    return rest.name if isinstance(rest, Var) else None


def _stretches(node: Contract) -> bool:
    """Whether nothing is summed but axes of size 1, which broadcasting stretches."""
    sizes = dict(zip(node.spec.inputs[0], node.args[0].shape))
    return all(sizes[letter] == 1 for letter in node.spec.summed) and len(set(node.spec.output)) == len(node.shape)


def split_name(name: str) -> tuple[str, str]:
    base, mark, run = name.partition(" (")
    return base, mark + run


def tail_of(name: str) -> str:
    """The primes of a name, and its run."""
    base, run = split_name(name)
    return base[len(base.rstrip("'")) :] + run


def loss_of(quantity: Quantity) -> str:
    """For a gradient the scalar that it is the gradient of."""
    return quantity.node.name.of if isinstance(quantity.node.name, Grad) else ""
