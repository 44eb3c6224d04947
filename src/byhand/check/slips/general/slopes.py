"""Slips with the derivative of an activation: left out, taken at the wrong place, of another function, another layer, applied instead of multiplied."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.check.slips.general.pieces import Product, only_term_changed, product_of, tried
from byhand.check.slips.general.roles import Activation
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Add, Call, Expr, Map, Var, apply, num, scale, times
from byhand.lang.leaves import RELU, SIGMOID, TANH, step


def slope_places(site: Site, one: Activation) -> Iterator[tuple[Expr, Product]]:
    """The terms of a step in which the derivative of an activation is a factor."""
    if one.slope is None:
        return
    for term in site.terms:
        product = product_of(term)
        if product.without(product_of(one.slope).factors) is not None:
            yield term, product


def with_slope(site: Site, one: Activation, fresh: Expr | None) -> Expr | None:
    """The step with something else where the derivative stands; with nothing there if ``fresh`` is the number one."""
    assert one.slope is not None
    own = product_of(one.slope)
    for term, product in slope_places(site, one):
        rest = product.without(own.factors)
        other = product_of(fresh) if fresh is not None and fresh is not num(1) else None
        if rest is None or fresh is None or (other is not None and fresh.shape != term.shape):
            return None
        factors = [*rest, *(other.factors if other is not None else ())]
        number = product.number * (own.number.inverse() or 1) * (other.number if other is not None else 1)
        return only_term_changed(site.step, term, product.of(factors, number))
    return None


def has_slope(site: Site, one: Activation) -> bool:
    return next(slope_places(site, one), None) is not None


def collapsed(site: Site, one: Activation) -> bool:
    """Whether the shortest formula has no such factor: it cancelled, or a rule's message stands there."""
    return one.slope is None or not has_slope(Site(site.whole, site.quantity, site.whole.routes(site.quantity)[0], True), one)


# ----------------------------------------------------------------------------------------------- left out


def left_out_at_output(site: Site) -> Iterator[Wrong]:
    if site.near_loss:
        yield from _left_out(site)


def left_out(site: Site) -> Iterator[Wrong]:
    if not site.near_loss:
        yield from _left_out(site)


def _left_out(site: Site) -> Iterator[Wrong]:
    for one in site.activations:
        if site.near_loss and collapsed(site, one):
            continue
        message = f"the derivative of {one.name} at {one.z.name} is left out of {site.name}"
        if has_slope(site, one):
            yield message, with_slope(site, one, num(1))
        elif site.first and len(site.terms) == 1:
            incoming = site.incoming(one)
            yield message, incoming if incoming is not None and incoming.shape == site.step.shape else None


def gradient_of_value(site: Site) -> Iterator[Wrong]:
    """dL/dp for dL/dz, where the two are combined to something simple."""
    for one in site.activations:
        incoming = site.incoming(one)
        if site.first and site.near_loss and incoming is not None and collapsed(site, one) and len(site.whole.forward_users(one.z.name)) == 1:
            about = f"{incoming.name} is taken for {site.name}: the way back through {one.name} at {one.z.name} is left out"
            yield about, incoming if incoming.shape == site.step.shape else None


def _passed_over(site: Site, *, output: bool, cancelled: bool) -> Iterator[Wrong]:
    """The gradient of an activation's value where that of its argument belongs: in what is sent further back, and in weight gradients."""
    table: dict[Var, Expr] = {}
    for node in site.variables:
        z = site.whole.of_gradient.get(node.name)
        below = site.whole.quantities[node.name]
        for one in site.whole.activation_into(site.whole.vars[z]) if z is not None and site.whole.near_loss(z) == output else []:
            incoming = site.incoming(one)
            there = Site(site.whole, below, below.steps[0], True)
            if incoming is not None and site.whole.may_use(incoming.name, site.name) and (output and collapsed(there, one)) == cancelled:
                table[node] = incoming
    about = "{new} is used for {old}, so that the derivative of the activation is left out on the way to " + site.name
    yield from site.each(about, table)


def passed_over_softmax(site: Site) -> Iterator[Wrong]:
    yield from _passed_over(site, output=True, cancelled=True)


def passed_over_output(site: Site) -> Iterator[Wrong]:
    yield from _passed_over(site, output=True, cancelled=False)


def passed_over_hidden(site: Site) -> Iterator[Wrong]:
    yield from _passed_over(site, output=False, cancelled=False)


# ------------------------------------------------------------------------------------------- a wrong place


def at_the_value(site: Site) -> Iterator[Wrong]:
    for one in site.activations:
        about = f"the derivative of {one.name} is taken at {one.h.name} instead of at {one.z.name}: squashed twice"
        if has_slope(site, one):
            yield about, with_slope(site, one, one.slope_at(one.h, one.at(one.h)))
        elif one.slope is None and site.first:
            yield about, site.renamed({one.z: one.h, one.h: one.at(one.h)})


def value_for_argument(site: Site) -> Iterator[Wrong]:
    """σ' = z(1 − z)."""
    for one in site.activations:
        if has_slope(site, one) and one.slope is not None:
            fresh = one.slope_at(one.z, one.z)
            if isinstance(one.value, Map) and any(slip.id != "S33" and slip.slope(one.z, one.h) is fresh for slip in one.value.leaf.slips):
                continue  # the function has it under a number of its own
            yield f"the derivative of {one.name} is written as {site.text(fresh)}, with {one.z.name} where {one.h.name} belongs", with_slope(site, one, fresh)


def bent(site: Site) -> Iterator[Wrong]:
    """The formula of a derivative with a sign, a square, a term or a factor wrong."""
    for one in site.activations:
        for fresh in _bent(one.slope) if one.slope is not None and has_slope(site, one) else ():
            yield f"the derivative of {one.name} at {one.z.name} is taken to be {site.text(fresh)}", with_slope(site, one, fresh)


def _bent(slope: Expr) -> Iterator[Expr]:
    match slope:
        case Add((first, second)):
            yield from (first - second, second, -second)
            factors = [factor.node for factor in product_of(second).factors]
            if len(factors) == 1 and isinstance(factors[0], Map) and factors[0].leaf.exponent == 2:
                yield first + scale(product_of(second).number, factors[0].args[0])
        case _:
            product = product_of(slope)
            for k, factor in enumerate(product.factors if len(product.factors) > 1 else ()):
                rest = [other for j, other in enumerate(product.factors) if j != k]
                if isinstance(factor.node, Add) and len(factor.node.terms) == 2:
                    yield product.of(rest) * (factor.node.terms[0] - factor.node.terms[1])
                    yield product.of(rest) * -factor.node
                yield product.of(rest)
                if len(rest) == 1:
                    yield product.of([*rest, *rest])


def of_another_function(site: Site) -> Iterator[Wrong]:
    for one in site.activations:
        for leaf in (SIGMOID, TANH, RELU):
            if has_slope(site, one) and not (isinstance(one.value, Map) and one.value.leaf is leaf):
                for value in (one.h, apply(leaf, one.z)):
                    fresh = leaf.derivative(one.z, value)[0]
                    about = f"the derivative of {leaf.name}, {site.text(fresh)}, is used where {one.name} is applied to {one.z.name}"
                    yield about, with_slope(site, one, fresh)


def of_another_layer(site: Site) -> Iterator[Wrong]:
    """The other layer's own derivative, or this layer's at what the other layer has."""
    for one in site.activations:
        for other in site.whole.activations if one.slope is not None else ():
            if other.z is not one.z and other.z.shape == one.z.shape and other.slope is not None and site.whole.may_use(other.h.name, site.name):
                about = f"the derivative at {other.z.name} is used for that at {one.z.name}"
                yield about, with_slope(site, one, other.slope)
                yield f"the derivative of {one.name} is taken with {other.h.name}, not {one.h.name}", with_slope(site, one, one.slope_at(other.z, other.h))
                yield f"{about}, with the function of {one.h.name}", with_slope(site, one, one.slope_at(other.z, one.at(other.z)))


def upstream_of_another_layer(site: Site) -> Iterator[Wrong]:
    for node in site.variables:
        if site.is_gradient and site.whole.quantities[node.name].kind == "gradient":
            for other in site.whole.alike(node, site.name)[:4]:
                yield f"{other.name} is used for {node.name}", site.renamed({node: other})


# -------------------------------------------------------------------------------- applied to the gradient


def applied_to_gradient(site: Site) -> Iterator[Wrong]:
    for one in site.activations:
        incoming = site.incoming(one)
        if incoming is None or incoming.shape != one.z.shape or not site.first:
            continue
        value = one.at(incoming)
        if one.slope is not None:
            slope = one.slope_at(incoming, value)
            yield f"the derivative of {one.name} is taken at {incoming.name} and not multiplied by it", slope
            fresh = one.slope_at(incoming, incoming)
            yield f"{incoming.name} is put into the formula of the derivative of {one.name}, which gives {site.text(fresh)}", fresh
            yield f"{incoming.name} is multiplied by the derivative of {one.name} at {incoming.name}", tried(times, incoming, slope)
        yield f"{one.name} is applied to {incoming.name}, instead of multiplying by its derivative at {one.z.name}", value
        yield f"{incoming.name} is multiplied by {one.h.name} itself, not by the derivative of {one.name}", tried(times, incoming, one.h)
        yield f"{incoming.name} is multiplied by {one.z.name}, not by the derivative of {one.name}", tried(times, incoming, one.z)


def mask(site: Site) -> Iterator[Wrong]:
    for one in site.activations:
        if one.kinked and one.slope is not None and has_slope(site, one):
            yield f"the mask of {one.name} asks {one.h.name} >= 0, which lets everything through", with_slope(site, one, 1 - step(-one.h))
            yield f"the mask of {one.name} is the wrong way round: 1 where {one.z.name} is not positive", with_slope(site, one, 1 - one.slope)
            incoming = site.incoming(one)
            if incoming is not None:
                about = f"the mask of {one.name} is taken of the sign of {incoming.name}, not of {one.z.name}"
                yield about, with_slope(site, one, one.slope_at(incoming, incoming))


def diagonal_only(site: Site) -> Iterator[Wrong]:
    """p (1 − p) taken for the whole Jacobian of something whose entries sum to one."""
    for one in site.activations:
        incoming = site.incoming(one)
        if site.first and incoming is not None and isinstance(one.value, Call) and "sums_to_one" in one.value.rule.facts:
            about = f"only the diagonal {one.h.name} (1 - {one.h.name}) of the Jacobian of {one.name} is used for {site.name}"
            yield about, tried(times, incoming, one.h * (1 - one.h))


def once_more(site: Site) -> Iterator[Wrong]:
    """The derivative multiplied once more, though it has cancelled against that of the loss."""
    for one in site.activations:
        if not collapsed(site, one) or has_slope(site, one) or not site.first:
            continue
        if one.slope is not None:
            yield f"the derivative of {one.name} at {one.z.name} is multiplied once more, though it has cancelled", tried(times, site.step, one.slope)
        elif isinstance(one.value, Call):
            about = f"{one.h.name} (1 - {one.h.name}) is multiplied once more: the way back through {one.name} is in {site.name} already"
            yield about, tried(times, site.step, one.h * (1 - one.h))


def twice(site: Site) -> Iterator[Wrong]:
    for one in site.activations:
        if one.slope is not None and has_slope(site, one) and not collapsed(site, one):
            yield f"the derivative of {one.name} at {one.z.name} is multiplied twice", tried(times, site.step, one.slope)


SLIPS = (
    GeneralSlip("S16", "the derivative of the output's activation is left out", 1, left_out_at_output),
    GeneralSlip("S31", "the derivative of a hidden activation is left out", 1, left_out),
    GeneralSlip("S19", "the gradient of an activation's value is taken for that of its argument", 2, gradient_of_value),
    GeneralSlip("S17", "only the diagonal of the softmax's Jacobian is used", 2, diagonal_only),
    GeneralSlip("S15", "the derivative of the output's activation is multiplied once more", 2, once_more),
    GeneralSlip("S19", "what goes back is the gradient of the probabilities", 2, passed_over_softmax),
    GeneralSlip("S16", "what goes back is the gradient before the output's activation is passed", 2, passed_over_output),
    GeneralSlip("S31", "what goes back is the gradient before a hidden activation is passed", 2, passed_over_hidden),
    GeneralSlip("S37", "the mask of a rectifier is wrong", 2, mask),
    GeneralSlip("S32", "the derivative is taken at the activation: squashed twice", 2, at_the_value),
    GeneralSlip("S33", "the argument stands in the derivative's formula where the value belongs", 2, value_for_argument),
    GeneralSlip("S34", "the formula of the derivative is wrong", 3, bent),
    GeneralSlip("S36", "the activation or its derivative is applied to the gradient", 3, applied_to_gradient),
    GeneralSlip("S04", "the derivative of another activation is used", 3, of_another_function),
    GeneralSlip("S35", "the derivative is that of another layer", 3, of_another_layer),
    GeneralSlip("S35", "the gradient that comes in is that of another layer", 4, upstream_of_another_layer),
    GeneralSlip("G01", "the derivative of an activation is multiplied twice", 4, twice),
)
