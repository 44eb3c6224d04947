"""Slips with gradients that are worked out sample by sample and then added up: one left out, their mean, side by side instead of added."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.check.slips.general.pieces import divided, product_of, tried
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Contract, Expr, Var, num, scale, split_factor, transpose
from byhand.lang.functions import stack
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder


def _parts(site: Site) -> list[Var]:
    """The gradients of single samples that are added up, all of one quantity."""
    found = [node for term in site.terms if isinstance(node := split_factor(term)[1], Var)]
    gradients = [node for node in found if site.whole.quantities[node.name].kind == "gradient"]
    same = {str(site.whole.quantities[node.name].node.name).partition("/")[2] for node in gradients}
    return gradients if site.quantity.kind == "gradient" and len(gradients) == len(site.terms) > 1 and len(same) == 1 else []


def one_sample_alone(site: Site) -> Iterator[Wrong]:
    parts = _parts(site)
    for node in reversed(parts):
        yield f"only {node.name} is kept in {site.name}, not the sum over all samples", node


def mean_of_samples(site: Site) -> Iterator[Wrong]:
    parts = _parts(site)
    if parts:
        count, number = len(parts), split_factor(site.terms[0])[0]
        if divided(number, count):
            yield f"the factor 1/{count} is missing in {site.name}", scale(count, site.step)
        else:
            yield f"{site.name} is divided by {count}, though the gradients are added up", scale(Poly.of(count).inverse() or 1, site.step)


def side_by_side(site: Site) -> Iterator[Wrong]:
    """The gradients of a bias for all samples, as the columns or the rows of a matrix."""
    parts = _parts(site)
    if parts and len(parts[0].shape) == 1:
        rows = stack(parts)
        yield f"the gradients of the samples stand side by side in {site.name} and are not added up", transpose(rows)
        yield f"the gradients of the samples stand one below the other in {site.name} and are not added up", rows


def updates_side_by_side(site: Site) -> Iterator[Wrong]:
    """A bias updated for each sample by itself: one column for each, or one row."""
    old = site.whole.earlier(site.whole.vars[site.name]) if site.quantity.kind == "updated" else None
    for node in site.variables if old is not None else ():
        quantity = site.whole.quantities[node.name]
        inner = Site(site.whole, quantity, quantity.steps[0], True) if quantity.steps else None
        parts = _parts(inner) if inner is not None else []
        if parts and len(parts[0].shape) == 1:
            about = f"{site.name} is worked out for each sample by itself: its gradient is not added up over the samples"
            each = [site.renamed({node: part}) for part in parts]
            made = tried(stack, [one for one in each if one is not None])
            yield f"{about}, and they stand side by side", transpose(made) if made is not None else None
            yield f"{about}, and they stand one below the other", made


def unsummed_update(site: Site) -> Iterator[Wrong]:
    """The same for a batch that is worked through at once: the bias gets a row or a column for each sample."""
    old = site.whole.earlier(site.whole.vars[site.name]) if site.quantity.kind == "updated" else None
    if old is None or old.name not in site.whole.biases or len(site.terms) != 2 or old not in site.terms:
        return
    product = product_of(next(term for term in site.terms if term is not old))
    for factor in product.factors:
        delta = _summed(site, factor.node)
        if delta is not None:
            rate: Expr = num(product.number)
            for other in product.factors:
                rate = rate if other is factor else rate * other.node
            about = f"{site.name} is worked out for each sample by itself: {site.text(delta)} is not summed over the samples"
            yield about, None if rate.shape else tried(_moved, old, rate, delta)


def _summed(site: Site, node: Expr) -> Expr | None:
    """What the gradient of a bias is the sum of, over the samples."""
    steps = site.whole.quantities[node.name].steps if isinstance(node, Var) else ()
    for inner in postorder(steps[0]) if steps and site.whole.is_gradient(node) else ():
        if isinstance(inner, Contract) and len(inner.args) == 1 and inner.spec.summed and len(inner.args[0].shape) == 2:
            return inner.args[0]
    return None


def _moved(old: Expr, rate: Expr, delta: Expr) -> Expr:
    return old + rate * delta


SLIPS = (
    GeneralSlip("S38", "the gradient of one sample alone is used", 2, one_sample_alone),
    GeneralSlip("S23", "the gradients of the samples are averaged and not added up, or the other way round", 2, mean_of_samples),
    GeneralSlip("S25", "the gradients of a bias stand side by side, one for each sample", 1, side_by_side),
    GeneralSlip("S25", "a bias is updated for each sample by itself", 2, updates_side_by_side),
    GeneralSlip("S25", "a bias is updated for each sample of the batch by itself", 2, unsummed_update),
)
