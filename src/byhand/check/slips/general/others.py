"""One thing taken for another: an operand for what is made of it, another loss, another class, a parameter's gradient for the parameter."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from byhand.check.slips.general.pieces import product_of, tried
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Expr, Map, Var, apply, scale
from byhand.lang.functions import concat, mean, reshape, take, total
from byhand.lang.leaf import LOG
from byhand.lang.leaves import ABS, log


def operand_itself(site: Site) -> Iterator[Wrong]:
    """y for the smoothed targets made of it: something of the same shape that a quantity is made of, but for an activation."""
    for node in site.variables:
        quantity = site.whole.quantities[node.name]
        if quantity.kind == "defined" and node.shape and site.whole.activation_of(node) is None:
            for parent in quantity.parents:
                below = site.whole.vars[parent]
                if below.shape == node.shape and not site.whole.is_parameter(parent):
                    yield f"{parent} is used for {node.name} in {site.name}", site.renamed({node: below})


def gradient_for_parameter(site: Site) -> Iterator[Wrong]:
    for node in site.variables if site.is_gradient else ():
        if site.whole.is_parameter(node.name) and node is not site.wrt:
            other = site.whole.gradient(node, site.quantity)
            if other is not None:
                yield f"{other.name} is used for {node.name} in {site.name}", site.renamed({node: other})


def read_in_the_other_order(site: Site) -> Iterator[Wrong]:
    """The entries of a weight matrix that is not square, row by row where they stand column by column."""
    for node in site.variables if site.quantity.kind == "defined" else ():
        if len(node.shape) == 2 and node.shape[0] != node.shape[1] and 1 not in node.shape and site.whole.is_parameter(node.name):
            turned = tried(reshape, node, node.shape[::-1])
            yield f"the entries of {node.name} are read column by column, not row by row", None if turned is None else site.renamed({node: turned.T})


# ------------------------------------------------------------------------------------------------------ losses


def _compared(site: Site) -> tuple[Expr, Expr, bool] | None:
    """Targets and outputs of a loss, and whether it is a cross-entropy."""
    for node in site.nodes if site.quantity.kind == "defined" and not site.step.shape else ():
        if isinstance(node, Map) and node.leaf is LOG and isinstance(node.args[0], Var):
            outputs = node.args[0]
            targets = [v for v in site.variables if v is not outputs and v.shape == outputs.shape]
            return (targets[0], outputs, True) if len(targets) == 1 and outputs.shape else None
        if isinstance(node, Map) and node.leaf.exponent == 2 and len(site.variables) == 2 and len({v.shape for v in site.variables}) == 1:
            first, second = site.variables
            outputs, targets_ = (first, second) if site.whole.quantities[first.name].kind == "defined" else (second, first)
            return targets_, outputs, False
    return None


def another_loss(site: Site) -> Iterator[Wrong]:
    found = _compared(site)
    if found is None:
        return
    targets, outputs, entropy = found
    number = product_of(site.step).number
    size = scale(number if number.terms[0][1] > 0 else -number, total((outputs - targets) ** 2))
    if entropy:
        yield f"the squared error is worked out in {site.name}, not the cross-entropy", size
        yield f"half the squared error is worked out in {site.name}, not the cross-entropy", scale(Fraction(1, 2), size)
        yield f"the mean squared error is worked out in {site.name}, not the cross-entropy", mean((outputs - targets) ** 2)
    else:
        yield f"the cross-entropy is worked out in {site.name}, not the squared error", -total(targets * log(outputs))
        yield f"absolute values stand for the squares in {site.name}", _without_squares(site)


def _without_squares(site: Site) -> Expr | None:
    squares = [node for node in site.nodes if isinstance(node, Map) and node.leaf.exponent == 2]
    return site.instead(*((node, apply(ABS, node.args[0])) for node in squares))


def another_class(site: Site) -> Iterator[Wrong]:
    """Classes counted from 1 where they count from 0, or the other way round."""
    for node in site.variables if site.quantity.kind == "defined" or site.near_loss else ():
        axis = 0 if "one_hot_columns" in node.facts else len(node.shape) - 1
        if node.facts & {"one_hot", "one_hot_columns"} and isinstance(node.shape[axis], int):
            for shift, word in ((1, "next"), (-1, "previous")):
                yield f"the class in {node.name} is taken to be the {word} one", site.renamed({node: _rolled(node, axis, shift)})


def _rolled(node: Var, axis: int, shift: int) -> Expr:
    before = [slice(None)] * axis
    parts = [take(node, [*before, slice(-shift, None)]), take(node, [*before, slice(None, -shift)])]
    return concat(parts, axis=axis)


SLIPS = (
    GeneralSlip("G18", "an operand stands for what is made of it", 4, operand_itself),
    GeneralSlip("S01", "the entries of a weight matrix are read in the other order", 5, read_in_the_other_order),
    GeneralSlip("G19", "another loss is worked out", 5, another_loss),
    GeneralSlip("G20", "the next class is taken for the right one", 5, another_class),
    GeneralSlip("G15", "the gradient of a parameter stands for the parameter", 6, gradient_for_parameter),
)
