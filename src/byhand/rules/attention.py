"""attention: every query looks values up, weighted by how well their keys fit."""

from __future__ import annotations

from byhand.lang.build import call
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Expr, describe, num
from byhand.lang.functions import move_axis
from byhand.lang.leaves import sqrt
from byhand.lang.rule import Argument, Example, Option, Rule, Slip, ValueSlip
from byhand.lang.sizes import Poly, shape_text
from byhand.rules.masked_softmax import CAUSAL_SOFTMAX
from byhand.rules.shaping import kept_inner
from byhand.rules.softmax import SOFTMAX


def _check(q: Expr, k: Expr, v: Expr) -> None:
    fits = min(len(q.shape), len(k.shape), len(v.shape)) >= 2 and q.shape[-1] == k.shape[-1] and k.shape[-2] == v.shape[-2]
    if not fits:
        shapes = ", ".join(f"{describe(part)} has shape {shape_text(part.shape)}" for part in (q, k, v))
        raise ShapeError(f"attention takes queries (n, d), keys (m, d) and values (m, v), or stacks of these; here {shapes}.")


def _weights(q: Expr, k: Expr, causal: int) -> Expr:
    scores = q @ move_axis(k, -1, -2) if len(k.shape) > 2 else q @ k.T
    scaled = scores / sqrt(num(Poly.of(q.shape[-1])))
    return call(CAUSAL_SOFTMAX, scaled) if causal else call(SOFTMAX, scaled, axis=-1)


def _definition(q: Expr, k: Expr, v: Expr, causal: int) -> Expr:
    if causal not in (0, 1):
        raise ByhandError(f"attention is causal=1, where no position sees a later one, or causal=0; not causal={causal}.")
    _check(q, k, v)
    return _weights(q, k, causal) @ v


def _softmax_diagonal_only(g: Expr, y: Expr, q: Expr, k: Expr, v: Expr, causal: int) -> Expr:
    weights = _weights(q, k, causal)
    to_weights = g @ move_axis(v, -1, -2)
    return (to_weights * weights * (1 - weights)) @ k / sqrt(num(Poly.of(q.shape[-1])))


def _looked_up(q: Expr, k: Expr, v: Expr, causal: int, divisor: Expr) -> Expr:
    scaled = (q @ move_axis(k, -1, -2)) / divisor
    return (call(CAUSAL_SOFTMAX, scaled) if causal else call(SOFTMAX, scaled, axis=-1)) @ v


def _unscaled(q: Expr, k: Expr, v: Expr, causal: int) -> Expr:
    return _looked_up(q, k, v, causal, num(1))


def _without_root(q: Expr, k: Expr, v: Expr, causal: int) -> Expr:
    return _looked_up(q, k, v, causal, num(Poly.of(q.shape[-1])))


def _columns(q: Expr, k: Expr, v: Expr, causal: int) -> Expr:
    scaled = (q @ move_axis(k, -1, -2)) / sqrt(num(Poly.of(q.shape[-1])))
    return call(SOFTMAX, scaled, axis=-2) @ v


def _mask_exchanged(q: Expr, k: Expr, v: Expr, causal: int) -> Expr:
    return _weights(q, k, 0) @ v


def _no_softmax(q: Expr, k: Expr, v: Expr, causal: int) -> Expr:
    return (q @ move_axis(k, -1, -2)) / sqrt(num(Poly.of(q.shape[-1]))) @ v


def _unscaled_back(g: Expr, y: Expr, q: Expr, k: Expr, v: Expr, causal: int) -> Expr:
    weights = _weights(q, k, causal)
    to_weights = g @ move_axis(v, -1, -2)
    return (weights * (to_weights - kept_inner(to_weights, weights, -1))) @ k


ATTENTION = Rule(
    name="attention",
    summary="Scaled dot-product attention; with causal=1 no position sees a later one. Leading axes are stacks (batch, heads).",
    formula="softmax(Q Kᵀ/√d) V",
    arguments=(Argument("Q"), Argument("K"), Argument("V")),
    options=(Option("causal", 0),),
    definition=_definition,
    slips=(
        Slip("S17", "Q", _softmax_diagonal_only, "only the diagonal of the softmax Jacobian is used: each weight depends on all the scores of its row"),
        Slip("R13", "Q", _unscaled_back, "the factor 1/√d is forgotten on the way back"),
    ),
    value_slips=(
        ValueSlip("R13", _unscaled, "the scores are not divided by √d"),
        ValueSlip("R13", _without_root, "the scores are divided by d: they are divided by √d"),
        ValueSlip("S05", _columns, "softmax is taken over the columns of the scores: every query, a row, has its own weights"),
        ValueSlip("R06", _mask_exchanged, "the causal mask is forgotten"),
        ValueSlip("S03", _no_softmax, "softmax is not applied to the scores"),
    ),
    examples=(
        Example("Q: (n, d), K: (m, d), V: (m, v)"),
        Example("Q: (n, d), K: (n, d), V: (n, v)", {"causal": 1}),
        Example("Q: (b, n, 4), K: (b, m, 4), V: (b, m, v)"),
        Example("Q: (b, h, n, d), K: (b, h, n, d), V: (b, h, n, v)", {"causal": 1}),
    ),
    source="Vaswani et al. 2017, Attention Is All You Need, equation 1",
)
