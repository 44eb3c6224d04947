"""hinge: the loss of a maximum-margin classifier."""

from __future__ import annotations

from byhand.lang.expr import Expr
from byhand.lang.leaves import relu, step
from byhand.lang.rule import Argument, Example, Message, Option, Prediction, Rule, Slip, ValueSlip
from byhand.rules.loss_slips import sum_or_mean
from byhand.rules.shaping import reduced, same_shape, share


def _definition(f: Expr, y: Expr, reduction: str) -> Expr:
    same_shape("hinge", f, y)
    return reduced("hinge", relu(1 - y * f), reduction)


def _to_f(g: Expr, value: Expr, f: Expr, y: Expr, reduction: str) -> Expr:
    return share(-g * (y * step(1 - y * f)), f, reduction)


def _mask_forgotten(g: Expr, value: Expr, f: Expr, y: Expr, reduction: str) -> Expr:
    return share(-g * y, f, reduction)


def _not_cut_off(f: Expr, y: Expr, reduction: str) -> Expr:
    return reduced("hinge", 1 - y * f, reduction)


def _margin_forgotten(f: Expr, y: Expr, reduction: str) -> Expr:
    return reduced("hinge", relu(-y * f), reduction)


def _sign_lost(g: Expr, value: Expr, f: Expr, y: Expr, reduction: str) -> Expr:
    return -_to_f(g, value, f, y, reduction)


HINGE = Rule(
    name="hinge",
    summary="max(0, 1 − y f) for scores f and labels y in {−1, 1}: the mean over all entries. At the margin, y f = 1, the derivative is 0.",
    formula="max(0, 1 − y f), then the mean",
    arguments=(Argument("f"), Argument("y")),
    options=(Option("reduction", "mean", "str"),),
    definition=_definition,
    prediction=Prediction("f", "y", lambda f: f, "signs"),
    messages={"f": Message(_to_f, "a sample on the right side of the margin sends nothing, any other sends −y")},
    slips=(
        Slip("S37", "f", _mask_forgotten, "the mask is missing: samples beyond the margin, with y f > 1, send nothing"),
        Slip("S14", "f", _sign_lost, "the gradient has the wrong sign: a sample within the margin sends −y"),
    ),
    value_slips=(
        ValueSlip("R19", _not_cut_off, "samples beyond the margin count with a negative loss: it is 0 for them"),
        ValueSlip("R18", _margin_forgotten, "the margin 1 is left out"),
        *sum_or_mean(_definition, "all entries"),
    ),
    examples=(
        Example("f: (), y: () signs"),
        Example("f: (n,), y: (n,) signs"),
        Example("f: (m, n), y: (m, n) signs"),
        Example("f: (n,), y: (n,) signs", {"reduction": "sum"}),
        Example("f: (n,), y: (n,) signs", {"reduction": "none"}),
    ),
    source="Bishop, Pattern Recognition and Machine Learning, equation 7.45",
)
