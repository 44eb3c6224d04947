"""Slips of a step: uphill, the learning rate forgotten, the step alone, not updated, decay and velocity wrong."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from byhand.check.slips.general.pieces import only_term_changed, product_of, tried, variables
from byhand.check.slips.general.roles import loss_of
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Expr, Var, filled, is_negative, num, plus, scale
from byhand.lang.functions import concat, take
from byhand.lang.sizes import ONE, Poly
from byhand.run.arrays import Array


def _is_update(site: Site) -> bool:
    return site.quantity.kind == "updated"


def _old(site: Site) -> Var | None:
    """What the quantity was before."""
    return site.whole.earlier(site.whole.vars[site.name]) if _is_update(site) else None


def _moves(site: Site) -> list[Expr]:
    """The terms of a step besides the old value."""
    old = _old(site)
    return [term for term in site.terms if old not in variables(term)] if old is not None and old in site.terms else []


def _is_direction(site: Site, node: Expr) -> bool:
    return any(site.whole.quantities[v.name].kind in ("gradient", "updated") for v in variables(node))


def uphill(site: Site) -> Iterator[Wrong]:
    moves = _moves(site)
    if moves:
        old = _old(site)
        step = plus(old, scale(-1, sum(moves[1:], start=moves[0]))) if old is not None else None
        yield f"{old.name if old is not None else site.name} goes uphill: the step is added, not subtracted", step


def rate_forgotten(site: Site) -> Iterator[Wrong]:
    for term in _moves(site):
        product = product_of(term)
        directions = [factor for factor in product.factors if _is_direction(site, factor.node)]
        if directions and (len(directions) < len(product.factors) or product.number not in (ONE, -ONE)):
            sign = -1 if product.number.terms[0][1] < 0 else 1
            yield f"the learning rate is forgotten in {site.name}", only_term_changed(site.step, term, product.of(directions, Poly.of(sign)))


def step_alone(site: Site) -> Iterator[Wrong]:
    moves, old = _moves(site), _old(site)
    if moves and old is not None:
        step = sum(moves[1:], start=moves[0])
        yield f"the step alone is given for {site.name}, without {old.name}", step
        yield f"the step alone is given for {site.name}, without {old.name} and with the other sign", scale(-1, step)
        for node in variables(step):
            if _is_direction(site, node) and node.shape == site.step.shape:
                yield f"{node.name} itself is given for {site.name}", node


def not_updated(site: Site) -> Iterator[Wrong]:
    old = _old(site)
    if old is not None:
        yield f"{old.name} is not updated", old


def share_in_step(site: Site) -> Iterator[Wrong]:
    for size in site.whole.batches if _moves(site) else ():
        back = Poly.of(size).inverse()
        for term in _moves(site):
            if back is not None and _is_direction(site, term):
                yield f"the step of {site.name} is divided by {size} once more", only_term_changed(site.step, term, scale(back, term))


def share_missing_in_step(site: Site) -> Iterator[Wrong]:
    for size in site.whole.batches:
        for term in _moves(site):
            if _is_direction(site, term):
                yield f"the factor 1/{size} is missing in the step of {site.name}", only_term_changed(site.step, term, scale(Poly.of(size), term))


def rate_inverted(site: Site) -> Iterator[Wrong]:
    for term in _moves(site):
        product = product_of(term)
        back = product.number.inverse()
        if back is not None and product.number not in (ONE, -ONE):
            yield f"the gradient is divided by the learning rate in {site.name}", only_term_changed(site.step, term, product.of(product.factors, back))
            square = product.number * product.number * (-1 if is_negative(term) else 1)
            yield f"the learning rate is multiplied twice in {site.name}", only_term_changed(site.step, term, product.of(product.factors, square))


def rate_on_everything(site: Site) -> Iterator[Wrong]:
    moves, old = _moves(site), _old(site)
    if old is None or len(moves) != 1:
        return
    for term in moves:
        product = product_of(term)
        directions = [factor for factor in product.factors if _is_direction(site, factor.node)]
        rates = [factor for factor in product.factors if factor not in directions]
        rate = product.of(rates, product.number)
        yield f"the learning rate is multiplied onto {site.text(old)} as well", tried(_both, old, product.of(directions, ONE), rate)


def _both(old: Expr, direction: Expr, rate: Expr) -> Expr:
    """rate (old − direction), for a rate that comes with the sign of the step."""
    return rate * (direction - old)


def other_gradient(site: Site) -> Iterator[Wrong]:
    """The gradient or velocity of another parameter, or of the step before."""
    if not _is_update(site):
        return
    old = _old(site)
    for node in site.variables:
        if node is old or not _is_direction(site, node):
            continue
        earlier = site.whole.earlier(node)
        if earlier is not None:
            yield f"{earlier.name}, from before the step, is used for {node.name}", site.renamed({node: earlier})
        for parent in site.whole.quantities[node.name].parents:
            inner = site.whole.vars[parent]
            if site.whole.quantities[parent].kind == "gradient" and inner.shape == node.shape and site.whole.quantities[node.name].kind == "updated":
                yield f"{parent} is used for {node.name}: what was remembered is left out", site.renamed({node: inner})
        for other in site.whole.alike(node, site.name)[:3]:
            yield f"{other.name} is used for {node.name}", site.renamed({node: other})


# ---------------------------------------------------------------------------------------- decay and velocity


def memory(site: Site) -> Iterator[Wrong]:
    """A running quantity such as a velocity: what is kept of the old one, and what comes in."""
    old = _old(site)
    if old is None or old in site.terms:
        return
    for term in site.terms:
        others = [other for other in site.terms if other is not term]
        product = product_of(term)
        if [factor.node for factor in product.factors if factor.node is old] and others:
            kept = product.of([factor for factor in product.factors if factor.node is not old])
            incoming = sum(others[1:], start=others[0])
            yield f"{old.name} is left out of {site.name}", incoming
            yield f"{old.name} is kept whole in {site.name}", plus(old, incoming)
            yield f"what comes in is scaled as well, so that {site.name} is a mean", tried(_mean, term, kept, incoming)
            yield f"only what is kept of {old.name} is in {site.name}", term


def _mean(term: Expr, kept: Expr, incoming: Expr) -> Expr:
    return term + (1 - kept) * incoming


def _decays(site: Site) -> Iterator[Expr]:
    """The terms of a gradient that a penalty on the parameter itself makes."""
    if len(site.terms) > 1 and (site.is_gradient or _is_update(site)):
        own = site.wrt if site.is_gradient else None
        for term in site.terms:
            nodes = [factor.node for factor in product_of(term).factors]
            shrunk = [node for node in nodes if isinstance(node, Var) and site.whole.is_shrinking(node, own, site.name)]
            if shrunk and not site.whole.is_gradient(term) and any(map(site.whole.is_gradient, site.terms)):
                yield term


def decay(site: Site) -> Iterator[Wrong]:
    """The term of a penalty in a gradient, or the penalty in a loss: forgotten, halved, doubled, averaged."""
    for term in [*_decays(site), *_penalties(site)]:
        what = f"the weight decay {site.text(term)} in {site.name}"
        yield f"{what} is forgotten", only_term_changed(site.step, term, None)
        yield f"{what} is halved (λ for 2λ)", only_term_changed(site.step, term, scale(Fraction(1, 2), term))
        yield f"{what} is doubled (2λ for λ)", only_term_changed(site.step, term, scale(2, term))
        yield f"{what} has the wrong sign", only_term_changed(site.step, term, scale(-1, term))
        for size in site.whole.batches:
            back = Poly.of(size).inverse()
            yield f"{what} is divided by {size}", only_term_changed(site.step, term, scale(back, term)) if back is not None else None
            yield f"{what} is multiplied by {size}", only_term_changed(site.step, term, scale(Poly.of(size), term))


def _penalties(site: Site) -> Iterator[Expr]:
    """The terms of a loss in which nothing but parameters and single numbers stand."""
    if site.quantity.kind == "defined" and not site.step.shape and len(site.terms) > 1:
        for term in site.terms:
            inside = variables(term)
            if any(v.shape for v in inside) and all(site.whole.is_parameter(v.name) or not v.shape for v in inside):
                yield term


def constant_spared(site: Site) -> Iterator[Wrong]:
    """A penalty that the sheet puts on all weights, left away for the first, which multiplies ones."""
    for layer in site.whole.layers if site.is_gradient else ():
        ones = isinstance(layer.input, Var) and _starts_with_ones(site.whole.quantities[layer.input.name].truth)
        for term in _decays(site) if layer.weight is site.wrt and ones else ():
            if len(term.shape) == 1:
                spared = tried(concat, [filled(0, (1,)), take(term, [slice(1, None)])])
                about = f"the weight decay {site.text(term)} in {site.name} is left out for the first entry, the constant"
                yield about, only_term_changed(site.step, term, spared) if spared is not None else None


def _starts_with_ones(data: Array | None) -> bool:
    return data is not None and data.ndim == 2 and bool(np.all(data[:, 0] == 1))


def decay_on_bias(site: Site) -> Iterator[Wrong]:
    """The decay of the weights on the bias as well."""
    if not site.is_gradient or site.wrt is None or site.wrt.name not in site.whole.biases:
        return
    for name, quantity in site.whole.quantities.items():
        if quantity.kind == "gradient" and loss_of(quantity) == loss_of(site.quantity) and name != site.name:
            other = Site(site.whole, quantity, quantity.steps[0], True) if quantity.steps else None
            for term in _decays(other) if other is not None else ():
                product = product_of(term)
                rest = [factor.node for factor in product.factors if factor.node is not other.wrt] if other is not None else []
                factor: Expr = num(product.number)
                for node in rest:
                    factor = factor * node
                if not factor.shape:
                    yield f"the weight decay is put on the bias {site.wrt.name} as well", tried(plus, site.step, factor * site.wrt)
                    return


SLIPS = (
    GeneralSlip("S44", "the step goes uphill", 1, uphill),
    GeneralSlip("S45", "the learning rate is forgotten", 1, rate_forgotten),
    GeneralSlip("S45", "only the step is reported", 2, step_alone),
    GeneralSlip("S28", "a parameter is not updated", 2, not_updated),
    GeneralSlip("S23", "1/m is taken once more in the step", 4, share_in_step),
    GeneralSlip("S22", "1/m is missing in the step", 4, share_missing_in_step),
    GeneralSlip("S46", "weight decay: λ for 2λ, 1/m, forgotten", 2, decay),
    GeneralSlip("S46", "weight decay left out for the constant", 3, constant_spared),
    GeneralSlip("S46", "weight decay on the bias as well", 3, decay_on_bias),
    GeneralSlip("G06", "what a velocity keeps or takes in is wrong", 2, memory),
    GeneralSlip("G07", "the learning rate is divided by", 5, rate_inverted),
    GeneralSlip("G07", "the learning rate is multiplied onto the old value as well", 5, rate_on_everything),
    GeneralSlip("S35", "the gradient of another parameter, or of the step before", 4, other_gradient),
)
