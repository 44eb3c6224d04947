"""Slips with smoothed targets (1 − ε) y + ε/K that a sheet writes out, recognised by their parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from byhand.check.slips.general.pieces import product_of, reciprocal_of, tried
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Add, Contract, Expr, Var, as_number, filled, num, plus, scale, split_factor, times
from byhand.lang.sizes import ONE, Poly, Size


@dataclass(frozen=True, slots=True)
class _Smoothed:
    """(1 − ε) y + ε/K: ``node`` is the sum."""

    node: Expr
    y: Expr
    eps: Expr
    classes: Poly


def _smoothed(site: Site) -> Iterator[_Smoothed]:
    for node in site.nodes if site.quantity.kind == "defined" else ():
        if isinstance(node, Add) and len(node.terms) == 2 and node.shape:
            for mixed, uniform in (node.terms, node.terms[::-1]):
                yield from _recognised(site, node, mixed, uniform)


def _recognised(site: Site, node: Expr, mixed: Expr, uniform: Expr) -> Iterator[_Smoothed]:
    each = _filling(uniform)
    product = product_of(mixed)
    targets = [factor for factor in product.factors if len(factor.word) == len(node.shape)]
    if each is None or len(targets) != 1:
        return
    kept: Expr = num(product.number)
    for factor in product.factors:
        kept = kept if factor is targets[0] else kept * factor.node
    eps = 1 - kept
    for axis in dict.fromkeys((node.shape[-1], node.shape[0])):
        if _is_share(site, each, eps, axis):
            yield _Smoothed(node, product.of(targets, ONE), eps, Poly.of(axis))
            return


def _is_share(site: Site, each: Expr, eps: Expr, axis: Size) -> bool:
    """Whether what every class gets is ε over the number of classes, as a number or under a name of its own."""
    own = product_of(eps)
    back, rest = own.number.inverse(), product_of(each).without(own.factors)
    if back is None or rest is None:
        return False
    number = product_of(each).number * back
    if not rest:
        return number * axis == ONE
    below = reciprocal_of(rest[0].node)
    value = site.whole.quantities[below.name].truth if isinstance(below, Var) else None
    return len(rest) == 1 and number == ONE and value is not None and not value.shape and value == axis


def _filling(term: Expr) -> Expr | None:
    """The single number that fills an array, if one does."""
    number = as_number(term)
    if number is not None:
        return num(number)
    number, rest = split_factor(term)
    while isinstance(rest, Contract) and len(rest.args) == 1 and not rest.spec.summed:
        rest = rest.args[0]
    return None if rest.shape else scale(number, rest)


def _mixed(on: Expr, y: Expr, off: Expr) -> Expr:
    return plus(times(on, y), off)


def _instead(site: Site, one: _Smoothed, on: Expr, off: Expr) -> Expr | None:
    """The targets with ``on`` as the factor of y, and ``off`` added everywhere."""
    return site.instead((one.node, tried(_mixed, on, one.y, off)))


def shared_by_others(site: Site) -> Iterator[Wrong]:
    for one in _smoothed(site):
        less = (one.classes - 1).inverse()
        if less is not None:
            off, eps = scale(less, one.eps), site.text(one.eps)
            yield f"{eps} is shared by the {one.classes - 1} other classes, and the true one gets 1 - {eps} alone", _instead(site, one, 1 - one.eps - off, off)
            yield f"{eps} is divided by {one.classes - 1}, not by {one.classes}, the number of classes", _instead(site, one, 1 - one.eps, off)


def not_summing_to_one(site: Site) -> Iterator[Wrong]:
    for one in _smoothed(site):
        back = one.classes.inverse()
        if back is not None:
            off, y = scale(back, one.eps), site.text(one.y)
            share = site.text(off)
            yield f"the factor of {y} is 1 - {share}: the targets do not sum to 1", _instead(site, one, 1 - off, off)
            yield f"the true class gets 1 - {share}: the targets do not sum to 1", _instead(site, one, 1 - 2 * off, off)
            yield f"the factor 1 - {site.text(one.eps)} of {y} is left out: the targets do not sum to 1", _instead(site, one, num(1), off)
            yield "the uniform part of the targets is left out", site.instead((one.node, tried(times, 1 - one.eps, one.y)))


def uniform_not_scaled(site: Site) -> Iterator[Wrong]:
    for one in _smoothed(site):
        back = one.classes.inverse()
        if back is not None:
            fill = filled(back, one.node.shape)
            yield f"the uniform part is 1/{one.classes}, not scaled by eps", site.instead((one.node, tried(_mixed, 1 - one.eps, one.y, fill)))
            yield f"the uniform part is eps, not divided by {one.classes}", site.instead((one.node, tried(_mixed, 1 - one.eps, one.y, one.eps)))


SLIPS = (
    GeneralSlip("S11", "eps is shared by the other classes alone", 1, shared_by_others),
    GeneralSlip("S12", "the smoothed targets do not sum to one", 1, not_summing_to_one),
    GeneralSlip("S13", "the uniform part is not scaled", 1, uniform_not_scaled),
)
