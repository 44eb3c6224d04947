"""label_smoothing: targets mixed with the uniform distribution."""

from __future__ import annotations

from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, describe, num
from byhand.lang.functions import total
from byhand.lang.rule import Argument, Example, Rule, Slip
from byhand.lang.sizes import Poly, shape_text


def classes(y: Expr) -> Expr:
    """How many classes there are, as a number."""
    if not y.shape:
        raise ShapeError(f"label_smoothing takes a distribution over classes; {describe(y)} has shape {shape_text(y.shape)}.")
    return num(Poly.of(y.shape[-1]))


def _definition(y: Expr, eps: Expr) -> Expr:
    if eps.shape:
        raise ShapeError(f"the eps of label_smoothing is a single number; {describe(eps)} has shape {shape_text(eps.shape)}.")
    return (1 - eps) * y + eps / classes(y)


def _not_summing_to_one(g: Expr, ys: Expr, y: Expr, eps: Expr) -> Expr:
    return (1 - eps / classes(y)) * g


def _shared_among_the_others(g: Expr, ys: Expr, y: Expr, eps: Expr) -> Expr:
    return total(g * ((1 - y) / (classes(y) - 1) - y))


def _uniform_unscaled(g: Expr, ys: Expr, y: Expr, eps: Expr) -> Expr:
    return -total(g * y)


LABEL_SMOOTHING = Rule(
    name="label_smoothing",
    summary="Targets mixed with the uniform distribution over the K classes of the last axis; they sum to one if y does.",
    formula="(1 − ε) y + ε/K",
    arguments=(Argument("y"), Argument("eps")),
    definition=_definition,
    slips=(
        Slip("S12", "y", _not_summing_to_one, "the smoothed targets do not sum to 1: the factor of y is 1 − ε, not 1 − ε/K"),
        Slip("S11", "eps", _shared_among_the_others, "ε is shared by the K − 1 other classes; here every class, the true one too, gets ε/K"),
        Slip("S13", "eps", _uniform_unscaled, "the uniform part is 1/K; it has to be scaled by ε as well"),
    ),
    examples=(Example("y: (k,) one_hot, eps: ()"), Example("y: (m, k), eps: ()")),
    source="Szegedy et al. 2016, Rethinking the Inception Architecture for Computer Vision, section 7",
)
