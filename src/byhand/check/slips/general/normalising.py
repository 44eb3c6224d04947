"""Slips with probabilities: softmax over the wrong axis, not normalised, without the exponential, the class in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from byhand.check.slips.general.pieces import reciprocal_of, tried
from byhand.check.slips.general.site import GeneralSlip, Site, Wrong
from byhand.lang.build import call, pick
from byhand.lang.expr import Call, Contract, Expr, Map, Var
from byhand.lang.functions import mean, total
from byhand.lang.leaves import EXP


@dataclass(frozen=True, slots=True)
class _Share:
    """u / Σ u: ``above`` is u, ``below`` what is summed, which may be u itself or not."""

    node: Expr
    above: Expr
    below: Expr


def _shares(site: Site) -> Iterator[_Share]:
    for node in site.nodes if not site.is_gradient else ():
        if isinstance(node, Contract) and len(node.args) == 2 and node.shape:
            for k, arg in enumerate(node.args):
                below = _summed(reciprocal_of(arg))
                if below is not None and below.shape == node.shape:
                    yield _Share(node, node.args[1 - k], below)


def _summed(node: Expr | None) -> Expr | None:
    """What a sum, stretched or not, is the sum of."""
    while isinstance(node, Contract) and len(node.args) == 1:
        if node.spec.summed and node.args[0].shape and node.spec.summed != node.spec.inputs[0][-1:] * 2:
            return node.args[0]
        node = node.args[0]
    return None


def _along(above: Expr, below: Expr, axis: int) -> Expr:
    return above / total(below, axis=axis, keepdims=True)


def wrong_axis(site: Site) -> Iterator[Wrong]:
    """A normalisation along another axis, or over the whole matrix."""
    for node in site.nodes if not site.is_gradient else ():
        if isinstance(node, Call) and len(node.shape) == 2 and isinstance(axis := dict(node.options).get("axis"), int):
            other = call(node.rule, *node.args, **(dict(node.options) | {"axis": 1 - axis % 2}))
            yield f"{node.rule.name} runs over the wrong axis in {site.name}", site.instead((node, other))
    for share in _shares(site):
        for axis in range(len(share.node.shape)) if len(share.node.shape) > 1 else ():
            about = f"the sum below the fraction in {site.name} runs over axis {axis}"
            yield about, site.instead((share.node, tried(_along, share.above, share.below, axis)))
        if len(share.node.shape) > 1:
            yield f"the sum below the fraction in {site.name} runs over the whole matrix", site.instead((share.node, share.above / total(share.below)))


def not_normalised(site: Site) -> Iterator[Wrong]:
    for share in _shares(site):
        if share.above.shape == share.node.shape:
            yield f"{site.name} is not normalised: the sum below the fraction is left out", site.instead((share.node, share.above))
        argument = _exponent(site, share.below)
        if argument is not None:
            yield f"{site.name} is normalised without the exponential", site.renamed({share.below: argument})
        yield f"the mean stands for the sum below the fraction in {site.name}", site.instead((share.node, share.above / mean(share.below)))


def _exponent(site: Site, node: Expr) -> Expr | None:
    """z for exp(z), also where that has a name."""
    if isinstance(node, Var) and site.whole.quantities[node.name].steps:
        node = site.whole.quantities[node.name].steps[0]
    return node.args[0] if isinstance(node, Map) and node.leaf is EXP else None


def class_for_probabilities(site: Site) -> Iterator[Wrong]:
    for node in site.nodes if site.quantity.kind == "defined" else ():
        if isinstance(node, Call) and "sums_to_one" in node.rule.facts and dict(node.options).get("axis", -1) in (-1, len(node.shape) - 1):
            yield f"the likeliest class, as 0 and 1, stands for the probabilities in {site.name}", site.instead((node, tried(pick, node.args[0])))


SLIPS = (
    GeneralSlip("S05", "the softmax runs over the wrong axis, or over the whole matrix", 1, wrong_axis),
    GeneralSlip("S06", "the softmax is not normalised, or normalised without the exponential", 1, not_normalised),
    GeneralSlip("G03", "the likeliest class stands for the probabilities", 5, class_for_probabilities),
)
