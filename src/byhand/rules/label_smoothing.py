"""label_smoothing: targets mixed with the uniform distribution."""

from __future__ import annotations

from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, describe, num
from byhand.lang.functions import total
from byhand.lang.rule import Argument, Example, Rule, Slip, ValueSlip
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


def _others_share(y: Expr, eps: Expr) -> Expr:
    return (1 - eps) * y + eps / (classes(y) - 1) * (1 - y)


def _others_count(y: Expr, eps: Expr) -> Expr:
    return (1 - eps) * y + eps / (classes(y) - 1)


def _too_large(y: Expr, eps: Expr) -> Expr:
    return (1 - eps / classes(y)) * y + eps / classes(y)


def _uniform_whole(y: Expr, eps: Expr) -> Expr:
    return (1 - eps) * y + 1 / classes(y)


def _undivided(y: Expr, eps: Expr) -> Expr:
    return (1 - eps) * y + eps


def _uniform_forgotten(y: Expr, eps: Expr) -> Expr:
    return (1 - eps) * y


def _exchanged(y: Expr, eps: Expr) -> Expr:
    return eps * y + (1 - eps) / classes(y)


def _not_smoothed(y: Expr, eps: Expr) -> Expr:
    return y


LABEL_SMOOTHING = Rule(
    name="label_smoothing",
    summary="Targets mixed with the uniform distribution over the K classes of the last axis; they sum to one if y does.",
    formula="(1 − ε) y + ε/K",
    arguments=(Argument("y"), Argument("eps")),
    definition=_definition,
    slips=(
        Slip("S12", "y", _not_summing_to_one, "the smoothed targets do not sum to 1: the factor of y is 1 − ε, not 1 − ε/K"),
        Slip("S11", "eps", _shared_among_the_others, "ε is shared by the K − 1 other classes: here every class, the true one too, gets ε/K"),
        Slip("S13", "eps", _uniform_unscaled, "the uniform part 1/K is not scaled by ε"),
    ),
    value_slips=(
        ValueSlip("S11", _others_share, "{eps} is shared by the K − 1 other classes: here every class, the true one too, gets {eps}/K"),
        ValueSlip("S11", _others_count, "{eps} is divided by K − 1: it is shared by all K classes"),
        ValueSlip("S12", _too_large, "the smoothed targets do not sum to 1: the factor of {y} is 1 − {eps}, not 1 − {eps}/K"),
        ValueSlip("S13", _uniform_whole, "the uniform part 1/K is not scaled by {eps}"),
        ValueSlip("S13", _undivided, "{eps} itself is added to every class: it is divided by the number of classes"),
        ValueSlip("S12", _uniform_forgotten, "the uniform part {eps}/K is left out"),
        ValueSlip("R04", _exchanged, "{eps} and 1 − {eps} are exchanged"),
        ValueSlip("R05", _not_smoothed, "{y} is not smoothed at all"),
    ),
    examples=(Example("y: (k,) one_hot, eps: ()"), Example("y: (m, k), eps: ()")),
    source="Szegedy et al. 2016, Rethinking the Inception Architecture for Computer Vision, section 7",
)
