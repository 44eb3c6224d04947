"""Slips in the forward pass: the bias left out, the activation left out, or another one in its place."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from byhand.check.slips.general.pieces import only_term_changed, terms_of, tried
from byhand.check.slips.general.roles import Activation, plain_name
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.expr import Add, Call, Expr, Map, Var, apply, scale
from byhand.lang.leaf import LOG, Leaf
from byhand.lang.leaves import EXP, RELU, SIGMOID, STEP, TANH


def bias_left_out(site: Site) -> Iterator[Wrong]:
    if site.quantity.kind != "defined":
        return
    for node in site.nodes:
        for term in node.terms if isinstance(node, Add) else ():
            name = plain_name(term)
            if name is not None and name in site.whole.biases:
                yield f"the bias {name} is left out of {site.name}", site.instead((node, only_term_changed(node, term, None)))
                yield f"the bias {name} is subtracted in {site.name}", site.instead((node, only_term_changed(node, term, scale(-1, term))))


def activation_left_out(site: Site) -> Iterator[Wrong]:
    """z stands for h = f(z), in the step of h itself, in one that uses h, and inside a longer formula."""
    if site.is_gradient or site.quantity.kind == "updated":
        return
    own = site.whole.activation_of(site.whole.vars[site.name])
    if own is not None and isinstance(site.step, (Map, Call)):
        yield f"the activation is left out: {own.z.name} stands for {own.h.name}", _argument(site.step)
        if isinstance(_argument(site.step), Var):
            return
    yield from _z_for_h(site)
    for node in site.nodes:
        if _is_activation(node):
            yield f"the activation {_name(node)} is left out in {site.name}", site.instead((node, _argument(node)))


def _z_for_h(site: Site) -> Iterator[Wrong]:
    table: dict[Var, Expr] = {node: one.z for node in site.variables if (one := site.whole.activation_of(node)) is not None}
    yield from site.each("the activation is left out in " + site.name + ": {new} is used for {old}", table)


def activation_left_out_again(site: Site) -> Iterator[Wrong]:
    """The same in the gradient of a weight, where z then stands for h once more."""
    if site.is_gradient and site.wrt is not None and site.whole.is_parameter(site.wrt.name):
        yield from _z_for_h(site)


def _argument(node: Expr) -> Expr:
    assert isinstance(node, (Map, Call))
    return node.args[0]


def _is_activation(node: Expr) -> bool:
    if isinstance(node, Map):
        return node.leaf.exponent is None and node.leaf.arity == 1 and node.leaf not in (LOG, EXP)
    return isinstance(node, Call) and bool(node.shape) and node.args[0].shape == node.shape


def _name(node: Expr) -> str:
    return node.leaf.name if isinstance(node, Map) else node.rule.name if isinstance(node, Call) else ""


def activation_twice(site: Site) -> Iterator[Wrong]:
    own = site.whole.activation_of(site.whole.vars[site.name])
    if own is not None and site.quantity.kind == "defined":
        yield f"{own.name} is applied twice", tried(own.at, own.value)


def bias_after_activation(site: Site) -> Iterator[Wrong]:
    """f(W x) + b for f(W x + b)."""
    own = site.whole.activation_of(site.whole.vars[site.name])
    below = site.whole.quantities[own.z.name].steps if own is not None and site.quantity.kind == "defined" else ()
    for term in terms_of(below[0]) if below else ():
        name = plain_name(term)
        if own is not None and name in site.whole.biases:
            bias = site.whole.vars[name]
            yield f"the bias {name} is added after {own.name}, not before", tried(_after, own, bias)


def _after(own: Activation, bias: Expr) -> Expr:
    return own.at(own.z - bias) + bias


def another_activation(site: Site) -> Iterator[Wrong]:
    if site.is_gradient or site.quantity.kind == "updated":
        return
    for node in site.nodes:
        if not _is_activation(node):
            continue
        z = _argument(node)
        for leaf in (SIGMOID, TANH, RELU):
            if not _is(node, leaf):
                yield f"{leaf.name} is used for {_name(node)} in {site.name}", site.instead((node, apply(leaf, z)))
        if isinstance(node, Map):
            slope = node.leaf.derivative(z, node)[0]
            yield f"the derivative of {node.leaf.name} is used for {node.leaf.name} itself in {site.name}", site.instead((node, slope))
            yield f"the sign inside {node.leaf.name} is wrong in {site.name}", site.instead((node, apply(node.leaf, -z)))
        if _is(node, RELU):
            yield f"relu in {site.name} lets the negative entries through, not the positive ones", site.instead((node, -apply(RELU, -z)))
            yield f"relu in {site.name} is taken as the absolute value", site.instead((node, apply(RELU, z) + apply(RELU, -z)))
            leaky = [(text, site.instead((node, apply(RELU, z) - scale(Fraction(text), apply(RELU, -z))))) for text in ("0.01", "0.1")]
            yield from ((f"a leaky relu is used for relu in {site.name}, with the slope {text} for negative entries", fresh) for text, fresh in leaky)
            yield f"relu in {site.name} gives 1 for positive entries", site.instead((node, apply(STEP, z)))


def _is(node: Expr, leaf: Leaf) -> bool:
    return isinstance(node, Map) and node.leaf is leaf


SLIPS = (
    GeneralSlip("S02", "the bias is left out", 1, bias_left_out),
    GeneralSlip("S03", "the activation is left out", 1, activation_left_out),
    GeneralSlip("S03", "the activation is left out in the gradient of a weight", 4, activation_left_out_again),
    GeneralSlip("S04", "another activation is used, or the derivative of it", 3, another_activation),
    GeneralSlip("S04", "the activation is applied twice", 4, activation_twice),
    GeneralSlip("G17", "the bias is added after the activation", 4, bias_after_activation),
)
