"""Slips of no particular step: a sign, a term or a factor lost, a square or root forgotten, one quantity taken for another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from byhand.check.slips.general.pieces import is_product, product_of, tried, variables
from byhand.check.slips.general.site import GeneralSlip, Maker, Site, Wrong
from byhand.lang.expr import Add, Contract, Expr, Map, add, as_number, contract, is_negative, num, power_of, scale
from byhand.lang.functions import total
from byhand.lang.sizes import ONE, Poly
from byhand.lang.spec import Spec


def said(site: Site, term: Expr) -> str:
    """A term without its sign; a number as a number, whatever its shape."""
    positive = scale(-1, term) if is_negative(term) else term
    number = as_number(positive)
    return str(number) if number is not None else site.text(positive)


def sign(site: Site) -> Iterator[Wrong]:
    if site.step is not num(1):
        yield f"the sign of {site.name} is wrong", scale(-1, site.step)


def _sums(site: Site) -> list[Add]:
    return [node for node in site.nodes if isinstance(node, Add)]


def _inside(site: Site, part: Expr) -> str:
    """Where something stands: in the quantity, or in one of the sums that its formula is made of."""
    return site.name if part is site.step or len(_sums(site)) == 1 else f"{site.text(part)}, in {site.name}"


def sign_of_term(site: Site) -> Iterator[Wrong]:
    for node in _sums(site):
        for term in node.terms:
            fresh = add([scale(-1, one) if one is term else one for one in node.terms])
            yield f"the sign of {said(site, term)} is wrong in {_inside(site, node)}", site.instead((node, fresh))


def term_left_out(site: Site) -> Iterator[Wrong]:
    for node in _sums(site):
        for term in node.terms:
            rest = [one for one in node.terms if one is not term]
            yield f"{said(site, term)} is left out of {_inside(site, node)}", site.instead((node, add(rest)))


def power_forgotten(site: Site) -> Iterator[Wrong]:
    for node in site.nodes:
        if isinstance(node, Map) and node.leaf.exponent is not None and variables(node):
            exponent, base = node.leaf.exponent, node.args[0]
            match exponent:
                case Fraction(numerator=2, denominator=1):
                    yield f"the square of {site.text(base)} is missing in {site.name}", site.instead((node, base))
                    yield f"twice {site.text(base)} stands for its square in {site.name}", site.instead((node, scale(2, base)))
                case Fraction(numerator=1, denominator=2):
                    yield f"the root is missing in {site.name}", site.instead((node, base))
                case Fraction(numerator=-1, denominator=1):
                    yield f"{site.name} is multiplied where it is divided by {site.text(base)}", site.instead((node, base))
                case _:
                    yield f"the power of {site.text(base)} is missing in {site.name}", site.instead((node, base))
                    yield f"the power of {site.text(base)} is {exponent + 1} in {site.name}", site.instead((node, power_of(base, exponent + 1)))


def root_added(site: Site) -> Iterator[Wrong]:
    if not site.step.shape and site.quantity.kind == "defined" and any(isinstance(n, Map) and n.leaf.exponent == 2 for n in site.nodes):
        yield f"the root of {site.name} is taken", site.step ** Fraction(1, 2)


def factor_left_out(site: Site) -> Iterator[Wrong]:
    for term in site.terms:
        product = product_of(term)
        if product.number.terms and product.number not in (ONE, -ONE) and variables(term):
            minus = product.number.terms[0][1] < 0
            fresh = product.of(product.factors, Poly.of(-1 if minus else 1))
            yield f"the factor {abs_text(product.number)} is missing in {site.name if len(site.terms) == 1 else said(site, term)}", site.instead((term, fresh))
        for factor in product.factors if len(product.factors) > 1 else ():
            rest = product.without([factor])
            if rest is not None and variables(term):
                yield f"the factor {site.text(factor.node)} is missing in {site.name}", site.instead((term, product.of(rest)))
                yield f"the factor {site.text(factor.node)} is squared in {site.name}", site.instead((term, product.of([*product.factors, factor])))


def abs_text(number: Poly) -> str:
    return str(number if number.terms[0][1] > 0 else -number)


def operand_twice(site: Site) -> Iterator[Wrong]:
    for node in site.nodes:
        if isinstance(node, Contract) and len(node.args) == 2 and node.args[0].shape == node.args[1].shape and node.args[0].shape:
            left, right = node.args
            for one in (left, right):
                yield f"{site.text(one)} is multiplied by itself in {site.name}", _again(site, node, one)


def _again(site: Site, node: Contract, one: Expr) -> Expr | None:
    made = tried(partial(contract, sizes=dict(zip(node.spec.output, node.shape))), node.spec, one, one)
    return site.instead((node, made)) if made is not None and made.shape == node.shape else None


def wrong_axis(site: Site) -> Iterator[Wrong]:
    """A sum over the other axis, of all entries, or not taken."""
    for node in site.nodes:
        if isinstance(node, Contract) and len(node.args) == 1 and len(node.spec.summed) == 1 and len(node.args[0].shape) == 2:
            along = node.spec.inputs[0].index(node.spec.summed)
            fresh = total(node.args[0], axis=1 - along, keepdims=len(node.shape) > 1)
            yield f"the sum of {site.text(node.args[0])} in {site.name} runs over the other axis", site.instead((node, fresh))


def neighbour(site: Site) -> Iterator[Wrong]:
    """Another quantity of the same kind and shape."""
    for node in site.variables:
        for other in site.whole.alike(node, site.name)[:3] if node.shape else ():
            yield f"{other.name} is used for {node.name} in {site.name}", site.renamed({node: other})


def product_reversed(site: Site) -> Iterator[Wrong]:
    """A vector multiplied from the other side of a square matrix."""
    for node in site.products:
        if is_product(node) and len(node.spec.summed) == 1:
            for k, arg in enumerate(node.args):
                if len(arg.shape) == 2 and arg.shape[0] == arg.shape[1]:
                    words = tuple(word[::-1] if j == k else word for j, word in enumerate(node.spec.inputs))
                    fresh = tried(partial(contract, sizes=dict(zip(node.spec.output, node.shape))), Spec(words, node.spec.output), *node.args)
                    about = f"{site.text(arg)} stands transposed in {site.name}"
                    yield about, site.instead((node, fresh)) if fresh is not None and fresh.shape == node.shape else None


def _shown(make: Maker) -> Maker:
    """On the route that is shown alone: by the others the same comes out, or what has a name of its own."""

    def made(site: Site) -> Iterator[Wrong]:
        return make(site) if site.first else iter(())

    return made


SLIPS = (
    GeneralSlip("G08", "the sign of one term is wrong", 6, _shown(sign_of_term)),
    GeneralSlip("G09", "a term is left out", 6, _shown(term_left_out)),
    GeneralSlip("G10", "a square, a root or a fraction is forgotten", 5, _shown(power_forgotten)),
    GeneralSlip("G10", "a root is added", 6, _shown(root_added)),
    GeneralSlip("G11", "a factor is missing, or squared", 6, _shown(factor_left_out)),
    GeneralSlip("G12", "the sign of the whole is wrong", 6, _shown(sign)),
    GeneralSlip("G13", "a sum runs over the other axis", 6, _shown(wrong_axis)),
    GeneralSlip("G14", "an operand stands transposed", 7, _shown(product_reversed)),
    GeneralSlip("G15", "another quantity of the same kind is used", 7, _shown(neighbour)),
    GeneralSlip("G16", "one operand is taken twice", 8, _shown(operand_twice)),
)
