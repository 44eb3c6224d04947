"""kl_divergence: how far a distribution q is from p."""

from __future__ import annotations

from functools import partial

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, num
from byhand.lang.functions import count, total
from byhand.lang.leaves import log, step
from byhand.lang.rule import Argument, Example, Message, Option, Prediction, Rule, Slip, ValueSlip
from byhand.lang.sizes import Poly
from byhand.rules.shaping import reduced, same_shape


def _reduced(terms: Expr, reduction: str) -> Expr:
    if reduction not in ("sum", "batchmean", "mean", "none"):
        raise ByhandError(f"kl_divergence knows no reduction {reduction!r}: it is 'sum', 'batchmean', 'mean' or 'none'.")
    if reduction == "batchmean":
        return total(terms) / _samples(terms)
    return reduced("kl_divergence", terms, reduction)


def _samples(terms: Expr) -> Expr:
    """How many distributions there are: the product of all axes but the last."""
    return num(Poly.of(count(terms, tuple(range(len(terms.shape) - 1)))))


def _definition(p: Expr, q: Expr, reduction: str) -> Expr:
    same_shape("kl_divergence", p, q)
    return _reduced(p * (log(p) - log(q)), reduction)


def _stable(p: Expr, q: Expr, reduction: str) -> Expr:
    """Where p = 0 the logarithms are taken of 1, so that 0 · log 0 is 0."""
    absent = 1 - step(p)
    return _reduced(p * (log(p + absent) - log(q + absent)), reduction)


def _sent(g: Expr, slope: Expr, reduction: str) -> Expr:
    shares = {"batchmean": _samples(slope), "mean": num(Poly.of(count(slope)))}
    return g * slope / shares.get(reduction, num(1))


def _to_p(g: Expr, y: Expr, p: Expr, q: Expr, reduction: str) -> Expr:
    return _sent(g, log(p) - log(q) + 1, reduction)


def _to_q(g: Expr, y: Expr, p: Expr, q: Expr, reduction: str) -> Expr:
    return _sent(g, -(p / q), reduction)


def _one_forgotten(g: Expr, y: Expr, p: Expr, q: Expr, reduction: str) -> Expr:
    return _sent(g, log(p) - log(q), reduction)


def _exchanged(p: Expr, q: Expr, reduction: str) -> Expr:
    return _definition(q, p, reduction)


def _cross_entropy(p: Expr, q: Expr, reduction: str) -> Expr:
    return _reduced(-(p * log(q)), reduction)


def _minus(p: Expr, q: Expr, reduction: str) -> Expr:
    return -_definition(p, q, reduction)


def _to_base(base: int, p: Expr, q: Expr, reduction: str) -> Expr:
    return _definition(p, q, reduction) / log(num(base))


def _sign_lost(g: Expr, y: Expr, p: Expr, q: Expr, reduction: str) -> Expr:
    return -_to_q(g, y, p, q, reduction)


KL_DIVERGENCE = Rule(
    name="kl_divergence",
    summary="The Kullback-Leibler divergence of q from p: the sum of p log(p/q), where 0 log 0 counts as 0. PyTorch's kl_div(log q, p).",
    formula="Σ_i p_i log(p_i / q_i)",
    arguments=(Argument("p"), Argument("q")),
    options=(Option("reduction", "sum", "str"),),
    definition=_definition,
    prediction=Prediction("q", "p", lambda q: q),
    stable=_stable,
    messages={
        "p": Message(_to_p, "d(p log(p/q))/dp = log(p/q) + 1"),
        "q": Message(_to_q, "d(−p log q)/dq = −p/q"),
    },
    slips=(
        Slip("S38", "p", _one_forgotten, "only one of the two places of {p} is followed: the logarithm's own derivative adds 1"),
        Slip("S14", "q", _sign_lost, "the gradient of {q} has the wrong sign: it is −p/q"),
    ),
    value_slips=(
        ValueSlip("R01", _exchanged, "{p} and {q} are exchanged: the divergence is not symmetric"),
        ValueSlip("R02", _cross_entropy, "the cross-entropy −Σ p log q is taken: the entropy of {p} has to be subtracted"),
        ValueSlip("S07", _minus, "the sign is wrong: the logarithm is that of p/q, not of q/p"),
        ValueSlip("S08", partial(_to_base, 2), "the logarithm is taken to base 2: it is the natural one"),
        ValueSlip("S08", partial(_to_base, 10), "the logarithm is taken to base 10: it is the natural one"),
    ),
    examples=(
        Example("p: (n,) positive sums_to_one, q: (n,) positive sums_to_one"),
        Example("p: (m, n) positive sums_to_one, q: (m, n) positive sums_to_one"),
        Example("p: (m, n) positive sums_to_one, q: (m, n) positive sums_to_one", {"reduction": "batchmean"}),
        Example("p: (m, n) positive sums_to_one, q: (m, n) positive sums_to_one", {"reduction": "none"}),
    ),
    source="Bishop, Pattern Recognition and Machine Learning, equation 1.113",
)
