"""Slips with an inverse: λ added to every entry, left out, with the number of samples, factors in another order, the inverse forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from byhand.check.slips.general.pieces import only_term_changed, tried, variables
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.build import inverse
from byhand.lang.expr import Add, Contract, Expr, Inverse, as_number, contract, eye, filled, scale, split_factor, transpose
from byhand.lang.sizes import Poly


def _inverses(site: Site) -> Iterator[Inverse]:
    yield from (node for node in site.nodes if isinstance(node, Inverse))


def _diagonal(term: Expr) -> Expr | None:
    """c for c·I."""
    number, rest = split_factor(term)
    match rest:
        case Contract(how, (inner,)) if how.output and len(set(how.output)) == 1 and (not inner.shape or as_number(inner) is not None):
            return scale(number, inner if not inner.shape else filled(as_number(inner) or 0, ()))
        case Contract(how, (factor, inner)) if not factor.shape and (found := _diagonal(inner)) is not None:
            return scale(number, factor * found)
        case _:
            return None


def penalty_misplaced(site: Site) -> Iterator[Wrong]:
    for node in _inverses(site):
        for term in node.arg.terms if isinstance(node.arg, Add) else ():
            lam = _diagonal(term)
            if lam is None:
                continue
            everywhere = only_term_changed(node.arg, term, filled(1, term.shape) * lam)
            text = site.text(lam)
            yield f"{text} is added to every entry, not to the diagonal alone", _inverted(site, node, everywhere)
            yield f"{text} is left out", _inverted(site, node, only_term_changed(node.arg, term, None))
            yield f"{text} is subtracted", _inverted(site, node, only_term_changed(node.arg, term, scale(-1, term)))
            for size in _sizes(node):
                about = f"{text} is multiplied by {size}, the number of samples or unknowns"
                yield about, _inverted(site, node, only_term_changed(node.arg, term, scale(Poly.of(size), term)))
                back = Poly.of(size).inverse()
                if back is not None:
                    yield f"{text} is divided by {size}", _inverted(site, node, only_term_changed(node.arg, term, scale(back, term)))
            for factor, word in ((2, "doubled"), (Fraction(1, 2), "halved")):
                yield f"{text} is {word}", _inverted(site, node, only_term_changed(node.arg, term, scale(factor, term)))
            yield f"{text} is squared", _inverted(site, node, only_term_changed(node.arg, term, term * lam))
            yield f"the identity alone is added, without {text}", _inverted(site, node, only_term_changed(node.arg, term, eye(term.shape[0])))


def _inverted(site: Site, node: Inverse, arg: Expr | None) -> Expr | None:
    return site.instead((node, tried(inverse, arg))) if arg is not None else None


def _sizes(node: Inverse) -> list[int | Poly]:
    found = dict.fromkeys(axis for v in variables(node.arg) for axis in v.shape)
    return [axis for axis in found if axis != 1]


def order_of_factors(site: Site) -> Iterator[Wrong]:
    for node in _inverses(site):
        for gram in node.arg.terms if isinstance(node.arg, Add) else (node.arg,):
            match split_factor(gram)[1]:
                case Contract(how, (left, right)) as product if left is right and len(left.shape) == 2:
                    other = tried(contract, "ij,kj->ik" if how.summed == how.inputs[0][0] else "ji,jk->ik", left, right)
                    yield f"the factors of {site.text(product)} are in the other order", _inverted(site, node, _instead(node.arg, product, other))
                case _:
                    pass
        yield "the inverse stands on the other side", _other_side(site, node)


def _instead(arg: Expr, product: Expr, other: Expr | None) -> Expr | None:
    if other is None or other.shape != product.shape:
        return None
    return only_term_changed(arg, product, other) if isinstance(arg, Add) else other


def _other_side(site: Site, node: Inverse) -> Expr | None:
    """B A⁻¹ for A⁻¹ B, where the shapes allow it."""
    for product in site.products:
        if node in product.args:
            left, right = product.args
            other = right if left is node else left
            made = tried(contract, "ij,jk->ik", *((other, node) if left is node else (node, other))) if len(other.shape) == 2 else None
            return site.instead((product, made)) if made is not None and made.shape == product.shape else None
    return None


def inverse_forgotten(site: Site) -> Iterator[Wrong]:
    for node in _inverses(site):
        yield f"{site.text(node.arg)} is not inverted", site.instead((node, node.arg))
        yield f"{site.text(node.arg)} is inverted entry by entry", site.instead((node, 1 / node.arg))
        yield f"the inverse of {site.text(node.arg)} is transposed", site.instead((node, transpose(node)))


SLIPS = (
    GeneralSlip("S47", "ridge: the penalty is added to every entry, left out, or scaled by the number of samples", 1, penalty_misplaced),
    GeneralSlip("S47", "normal equations: the factors are in another order", 2, order_of_factors),
    GeneralSlip("S47", "normal equations: the inverse is forgotten", 4, inverse_forgotten),
)
