"""Slips of a step: uphill, the learning rate forgotten, the step alone, not updated, decay and velocity wrong."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.check.slips.general.pieces import only_term_changed, product_of, variables
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Expr, Var, plus, scale
from byhand.lang.sizes import ONE, Poly


def _is_update(site: Site) -> bool:
    return site.quantity.kind == "updated"


def _old(site: Site) -> Var | None:
    """What the quantity was before."""
    return site.whole.earlier(site.whole.vars[site.name]) if _is_update(site) else None


def _moves(site: Site) -> list[Expr]:
    """The terms of a step besides the old value."""
    old = _old(site)
    return [term for term in site.terms if old is not None and old not in variables(term)] if old is not None and old in site.terms else []


def _is_direction(site: Site, node: Expr) -> bool:
    return any(site.whole.quantities[v.name].kind in ("gradient", "updated") for v in variables(node))


def uphill(site: Site) -> Iterator[Wrong]:
    moves = _moves(site)
    if moves:
        old = _old(site)
        step = plus(old, scale(-1, sum(moves[1:], start=moves[0]))) if old is not None else None
        yield f"the step of {site.quantity.node.name} goes uphill: it is added, not subtracted", step


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


def rate_wrong(site: Site) -> Iterator[Wrong]:
    """Divided by the rate, or the rate on the old value as well."""
    moves, old = _moves(site), _old(site)
    for term in moves:
        product = product_of(term)
        back = product.number.inverse()
        if back is not None and product.number not in (ONE, -ONE):
            yield f"the gradient is divided by the learning rate in {site.name}", only_term_changed(site.step, term, product.of(product.factors, back))
            if old is not None:
                yield f"the learning rate is multiplied onto {old.name} as well", None if len(moves) > 1 else scale(_size(product.number), old + term * 0 + _unit(term, product.number))


def _size(number: Poly) -> Poly:
    return number if number.terms[0][1] > 0 else -number


def _unit(term: Expr, number: Poly) -> Expr:
    back = _size(number).inverse()
    return scale(back, term) if back is not None else term


# ---------------------------------------------------------------------------------------- decay and velocity


def decay(site: Site) -> Iterator[Wrong]:
    """The term c·w of a penalty in a gradient: forgotten, halved, doubled, averaged."""
    for term, size in _decays(site):
        yield f"the weight decay is forgotten in {site.name}", only_term_changed(site.step, term, None)
        yield f"the weight decay in {site.name} is half as large: λ for 2λ", only_term_changed(site.step, term, scale(Poly.of(1).__class__.of(_half()), term))
        yield f"the weight decay in {site.name} is twice as large: 2λ for λ", only_term_changed(site.step, term, scale(2, term))
        yield f"the weight decay in {site.name} has the wrong sign", only_term_changed(site.step, term, scale(-1, term))
        for samples in size:
            back = Poly.of(samples).inverse()
            yield f"the weight decay in {site.name} is divided by {samples}", only_term_changed(site.step, term, scale(back, term)) if back is not None else None
            yield f"the weight decay in {site.name} is multiplied by {samples}", only_term_changed(site.step, term, scale(Poly.of(samples), term))
