"""Cross-entropy for yes-or-no targets, from probabilities and from logits."""

from __future__ import annotations

from byhand.lang.build import call
from byhand.lang.expr import Expr
from byhand.lang.leaves import log, sigmoid
from byhand.lang.rule import Argument, Example, Message, Option, Prediction, Rule, Slip, ValueSlip
from byhand.rules.loss_slips import sign_and_base, sum_or_mean
from byhand.rules.shaping import reduced, same_shape, share
from byhand.rules.softplus import LOG_SIGMOID


def _of_probabilities(p: Expr, y: Expr, reduction: str) -> Expr:
    same_shape("binary_cross_entropy", p, y)
    return reduced("binary_cross_entropy", -(y * log(p) + (1 - y) * log(1 - p)), reduction)


def _to_p(g: Expr, value: Expr, p: Expr, y: Expr, reduction: str) -> Expr:
    return share(g * ((p - y) / (p * (1 - p))), p, reduction)


def _sign_inside(g: Expr, value: Expr, p: Expr, y: Expr, reduction: str) -> Expr:
    return share(-g * (y / p + (1 - y) / (1 - p)), p, reduction)


def _of_logits(z: Expr, y: Expr, reduction: str) -> Expr:
    same_shape("bce_with_logits", z, y)
    return reduced("bce_with_logits", -(y * call(LOG_SIGMOID, z) + (1 - y) * call(LOG_SIGMOID, -z)), reduction)


def _to_z(g: Expr, value: Expr, z: Expr, y: Expr, reduction: str) -> Expr:
    return share(g * (sigmoid(z) - y), z, reduction)


def _sign_lost(g: Expr, value: Expr, z: Expr, y: Expr, reduction: str) -> Expr:
    return share(g * (y - sigmoid(z)), z, reduction)


def _extra_slope(g: Expr, value: Expr, z: Expr, y: Expr, reduction: str) -> Expr:
    p = sigmoid(z)
    return share(g * ((p - y) * p * (1 - p)), z, reduction)


def _first_term_only(p: Expr, y: Expr, reduction: str) -> Expr:
    return reduced("binary_cross_entropy", -(y * log(p)), reduction)


def _first_of_logits_only(z: Expr, y: Expr, reduction: str) -> Expr:
    return reduced("bce_with_logits", -(y * call(LOG_SIGMOID, z)), reduction)


def _gradient_of_p(g: Expr, value: Expr, z: Expr, y: Expr, reduction: str) -> Expr:
    p = sigmoid(z)
    return share(g * ((p - y) / (p * (1 - p))), z, reduction)


def _mean_forgotten(g: Expr, value: Expr, z: Expr, y: Expr, reduction: str) -> Expr:
    return _to_z(g, value, z, y, "none")


def _first_slope_only(g: Expr, value: Expr, p: Expr, y: Expr, reduction: str) -> Expr:
    return share(-g * (y / p), p, reduction)


_ONE_TERM = "only y log p is summed: (1 − y) log(1 − p) belongs to it"

BINARY_CROSS_ENTROPY = Rule(
    name="binary_cross_entropy",
    summary="Cross-entropy of targets y in [0, 1] against probabilities p strictly between 0 and 1; the mean, as in PyTorch.",
    formula="−(y log p + (1 − y) log(1 − p)), then the mean",
    arguments=(Argument("p"), Argument("y")),
    options=(Option("reduction", "mean", "str"),),
    definition=_of_probabilities,
    prediction=Prediction("p", "y", lambda p: p, "zero_one"),
    messages={"p": Message(_to_p, "−y/p + (1 − y)/(1 − p) = (p − y)/(p(1 − p))")},
    slips=(
        Slip("S20", "p", _sign_inside, "the sign inside is wrong: log(1 − {p}) has the derivative −1/(1 − {p})"),
        Slip("S18", "p", _first_slope_only, "only −y/p is taken: (1 − y)/(1 − p) belongs to it"),
    ),
    value_slips=(
        *sign_and_base(_of_probabilities),
        *sum_or_mean(_of_probabilities, "all entries"),
        ValueSlip("S18", _first_term_only, _ONE_TERM),
    ),
    examples=(
        Example("p: (n,) positive sums_to_one, y: (n,)"),
        Example("p: (m, n) positive sums_to_one, y: (m, n)"),
        Example("p: (m, n) positive sums_to_one, y: ()", {"reduction": "sum"}),
        Example("p: (m, n) positive sums_to_one, y: (m, n)", {"reduction": "none"}),
    ),
    source="Bishop, Pattern Recognition and Machine Learning, equation 4.90",
)

BCE_WITH_LOGITS = Rule(
    name="bce_with_logits",
    summary="Cross-entropy of targets y in [0, 1] against sigmoid(z), from the logits z; the mean, as in PyTorch.",
    formula="−(y log σ(z) + (1 − y) log σ(−z)), then the mean",
    arguments=(Argument("z"), Argument("y")),
    options=(Option("reduction", "mean", "str"),),
    definition=_of_logits,
    prediction=Prediction("z", "y", sigmoid, "zero_one"),
    messages={"z": Message(_to_z, "sigmoid and logarithm cancel: −y(1 − σ(z)) + (1 − y)σ(z) = σ(z) − y")},
    slips=(
        Slip("S14", "z", _sign_lost, "the output error has the wrong sign: it is σ(z) − y, not y − σ(z)"),
        Slip("S15", "z", _extra_slope, "σ′({z}) is multiplied once more: σ({z}) − y is already the gradient of {z}"),
        Slip("S19", "z", _gradient_of_p, "the gradient of σ({z}) is taken for that of {z}: the sigmoid still has to be passed"),
        Slip("S22", "z", _mean_forgotten, "the factor 1/n of the mean over all entries is missing"),
    ),
    value_slips=(
        *sign_and_base(_of_logits),
        *sum_or_mean(_of_logits, "all entries"),
        ValueSlip("S18", _first_of_logits_only, _ONE_TERM),
    ),
    examples=(
        Example("z: (), y: ()"),
        Example("z: (n,), y: (n,)"),
        Example("z: (m, n), y: (m, n)"),
        Example("z: (m, n), y: (m, n)", {"reduction": "sum"}),
        Example("z: (m, n), y: (m, n)", {"reduction": "none"}),
    ),
    source="Bishop, Pattern Recognition and Machine Learning, equations 4.90 and 4.91",
)
