"""cross_entropy: the loss of a softmax classifier, from logits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from byhand.lang.build import call
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, describe, num
from byhand.lang.functions import total
from byhand.lang.leaves import log
from byhand.lang.rule import Argument, Example, Message, Option, Prediction, Rule, Slip, ValueSlip
from byhand.lang.sizes import Poly, shape_text
from byhand.rules.label_smoothing import LABEL_SMOOTHING
from byhand.rules.log_softmax import LOG_SOFTMAX
from byhand.rules.loss_slips import sign_and_base, sum_or_mean
from byhand.rules.shaping import along, kept_total, reduced, share
from byhand.rules.softmax import SOFTMAX, VALUE_SLIPS


def _smoothed(t: Expr, eps: Expr) -> Expr:
    return t if eps is num(0) else call(LABEL_SMOOTHING, t, eps)


def _definition(z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    if z.shape != t.shape or len(z.shape) not in (1, 2):
        raise ShapeError(
            f"cross_entropy takes logits and targets of one shape, (classes,) or (samples, classes); {describe(z)} has shape {shape_text(z.shape)} "
            f"and {describe(t)} has shape {shape_text(t.shape)}. Targets are distributions (one-hot rows) or integer class labels."
        )
    return reduced("cross_entropy", -total(_smoothed(t, eps) * call(LOG_SOFTMAX, z, axis=-1), -1), reduction)


def _sent(g: Expr, slope: Expr, reduction: str) -> Expr:
    """The slope of each sample's loss, weighted by what comes in for that loss."""
    losses = total(slope, -1)
    return share(along(g, slope, -1) if g.shape else g * slope, losses, reduction)


def _to_z(g: Expr, y: Expr, z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    ts = _smoothed(t, eps)
    return _sent(g, kept_total(ts, -1) * call(SOFTMAX, z, axis=-1) - ts, reduction)


def _sign_lost(g: Expr, y: Expr, z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    return -_to_z(g, y, z, t, eps, reduction)


def _extra_slope(g: Expr, y: Expr, z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    p = call(SOFTMAX, z, axis=-1)
    return _to_z(g, y, z, t, eps, reduction) * p * (1 - p)


def _true_class_only(g: Expr, y: Expr, z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    return _sent(g, _smoothed(t, eps) * (call(SOFTMAX, z, axis=-1) - 1), reduction)


def _gradient_of_p(g: Expr, y: Expr, z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    return _sent(g, -_smoothed(t, eps) / call(SOFTMAX, z, axis=-1), reduction)


def _mean_forgotten(g: Expr, y: Expr, z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    return _to_z(g, y, z, t, eps, "sum" if reduction == "mean" else reduction)


def _over_entries(z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    value = _definition(z, t, eps, reduction)
    return value / num(Poly.of(z.shape[-1])) if reduction == "mean" else value


def _log_of_scores(z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    return reduced("cross_entropy", -total(_smoothed(t, eps) * z, -1), reduction)


def _log_forgotten(z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    return reduced("cross_entropy", -total(_smoothed(t, eps) * call(SOFTMAX, z, axis=-1), -1), reduction)


def _wrong_softmax(formula: Callable[..., Expr], z: Expr, t: Expr, eps: Expr, reduction: str) -> Expr:
    return reduced("cross_entropy", -total(_smoothed(t, eps) * log(formula(z, axis=-1)), -1), reduction)


CROSS_ENTROPY = Rule(
    name="cross_entropy",
    summary="The cross-entropy of targets against the softmax of logits z: the mean over the samples of a batch, as in PyTorch.",
    formula="−Σ_k t_k log softmax(z)_k, then the mean over the samples",
    arguments=(Argument("z"), Argument("t", classes=True), Argument("label_smoothing", default="0")),
    options=(Option("reduction", "mean", "str"),),
    definition=_definition,
    prediction=Prediction("z", "t", lambda z: call(SOFTMAX, z, axis=-1), "one_hot"),
    messages={"z": Message(_to_z, "softmax and logarithm cancel: ∂(−Σₖ tₖ log pₖ)/∂zᵢ = (Σₖ tₖ) pᵢ − tᵢ")},
    slips=(
        Slip("S14", "z", _sign_lost, "the output error has the wrong sign: it is p − {t}, not {t} − p"),
        Slip("S15", "z", _extra_slope, "p(1 − p) is multiplied once more: p − {t} is already the gradient of {z}"),
        Slip("S18", "z", _true_class_only, "only the true class receives a gradient: the other scores in {z} move the loss too, by their p"),
        Slip("S19", "z", _gradient_of_p, "−{t}/p, the gradient of the probabilities, is taken for that of {z}: the softmax still has to be passed"),
        Slip("S22", "z", _mean_forgotten, "the factor 1/m of the mean over the samples is missing"),
    ),
    value_slips=(
        *sign_and_base(_definition),
        *sum_or_mean(_definition, "the samples"),
        ValueSlip("S10", _over_entries, "the mean is taken over all entries: it is taken over the samples, of which each has one loss"),
        ValueSlip("S06", _log_of_scores, "{z} itself is taken for log softmax({z})"),
        ValueSlip("R14", _log_forgotten, "the logarithm is not taken: −Σ t p is formed in place of −Σ t log p"),
        *(ValueSlip(slip.id, partial(_wrong_softmax, slip.formula), slip.message.replace("{x}", "{z}")) for slip in VALUE_SLIPS if slip.id == "S05"),
    ),
    examples=(
        Example("z: (k,), t: (k,)"),
        Example("z: (k,), t: (k,) one_hot"),
        Example("z: (m, k), t: (m, k) one_hot"),
        Example("z: (m, k), t: (m, k)", {"reduction": "sum"}),
        Example("z: (m, k), t: (m, k) sums_to_one", {"reduction": "none"}),
        Example("z: (m, k), t: (m, k) one_hot, label_smoothing: ()"),
    ),
    source="Bishop, Pattern Recognition and Machine Learning, equations 4.108 and 4.109",
)
