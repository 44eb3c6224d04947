"""Slips with the sum over paths: one left out, only one kept, one counted twice, an old gradient still in the sum."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.check.slips.general.pieces import only_entry, only_term_changed, size_of, tried
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Contract, Expr, Var, plus, scale, split_factor
from byhand.lang.functions import take

MOST_PATHS = 4


def _paths(site: Site) -> list[Expr]:
    """The terms of a gradient that come back on different ways."""
    found = [term for term in site.terms if site.whole.is_gradient(term) and not _is_own(site, term)]
    return found if site.is_gradient and len(site.terms) > 1 else []


def _is_own(site: Site, term: Expr) -> bool:
    """Whether a term is the same gradient for one sample, and no path."""
    rest = split_factor(term)[1]
    other = site.whole.quantities[rest.name].node.name if isinstance(rest, Var) else ""
    return str(other).partition("/")[2] == str(site.quantity.node.name).partition("/")[2]


def _through(site: Site, term: Expr) -> str:
    """What a path leads through."""
    inside = [node for node in site.variables if node in _inside(site, term)]
    return " and ".join(site.whole.of_gradient.get(node.name, node.name) for node in inside) or site.text(term)


def _inside(site: Site, term: Expr) -> set[Expr]:
    mine = Site(site.whole, site.quantity, term, False)
    return {node for node in mine.variables if site.whole.quantities[node.name].kind == "gradient"}


def path_left_out(site: Site) -> Iterator[Wrong]:
    for term in _paths(site):
        yield f"the path through {_through(site, term)} is left out of {site.name}", only_term_changed(site.step, term, None)
    for term in _paths(site) if len(site.terms) > 2 else ():
        yield f"only the path through {_through(site, term)} is kept in {site.name}", term


def path_twice(site: Site) -> Iterator[Wrong]:
    for term in _paths(site):
        yield f"the path through {_through(site, term)} is counted twice in {site.name}", only_term_changed(site.step, term, scale(2, term))


def one_of_many(site: Site) -> Iterator[Wrong]:
    """One unit's or one sample's part alone of a sum over all of them."""
    if not site.is_gradient:
        return
    for node in (split_factor(term)[1] for term in site.terms):
        if isinstance(node, Contract) and len(node.spec.summed) == 1 and any(site.whole.is_gradient(arg) for arg in node.args):
            yield from _single(site, node)


def _single(site: Site, node: Contract) -> Iterator[Wrong]:
    letter = node.spec.summed
    size = size_of(node, letter)
    if not isinstance(size, int) or size < 2:
        return
    samples = site.wrt is not None and site.whole.is_parameter(site.wrt.name)
    what = "sample" if samples else "unit"
    for at in range(size) if size <= MOST_PATHS else (0, size - 1):
        which = f"the last {what}" if at == size - 1 else f"{what} {at + 1}"
        yield f"{which} alone is counted in {site.name}, not the sum over all {size} {what}s", site.instead((node, tried(only_entry, node, letter, at)))


def old_gradient(site: Site) -> Iterator[Wrong]:
    """What the step before left in the gradient."""
    if site.is_gradient and site.first and site.wrt is not None and site.whole.is_parameter(site.wrt.name):
        old = site.whole.earlier(site.whole.vars[site.name])
        if old is not None:
            yield f"{old.name}, from the step before, is still in {site.name}", tried(plus, site.step, old)
    if site.quantity.kind == "updated":
        for node in site.variables:
            old = site.whole.earlier(node) if site.whole.quantities[node.name].kind == "gradient" else None
            if old is not None:
                yield f"{old.name}, from the step before, is still in {node.name}", site.renamed({node: node + old})


def other_sample(site: Site) -> Iterator[Wrong]:
    """The samples of a batch in another order: here the first for all."""
    for node in site.variables if site.quantity.kind == "defined" else ():
        quantity = site.whole.quantities[node.name]
        if quantity.kind == "given" and node.shape and node.shape[0] in site.whole.batches and not site.whole.is_parameter(node.name):
            turned = take(node, [slice(None, None, -1)])
            yield f"the samples of {node.name} are taken in reverse order", site.renamed({node: turned})


SLIPS = (
    GeneralSlip("S38", "one of several paths is left out", 2, path_left_out),
    GeneralSlip("S39", "a path is counted twice", 3, path_twice),
    GeneralSlip("S38", "only one part of a sum is kept", 4, one_of_many),
    GeneralSlip("S40", "an old gradient is still in the sum", 2, old_gradient),
    GeneralSlip("G05", "the samples are in another order", 8, other_sample),
)
