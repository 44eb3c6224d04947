"""softmax over some of the entries: those a mask allows, or those that are not in the future."""

from __future__ import annotations

from byhand.lang.build import call
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Expr, describe, filled
from byhand.lang.functions import window
from byhand.lang.index import Affine
from byhand.lang.leaves import exp
from byhand.lang.rule import Argument, Example, Message, Rule, Slip, ValueSlip
from byhand.lang.sizes import Size, shape_text
from byhand.rules.shaping import kept_inner, kept_largest, kept_total
from byhand.rules.softmax import SOFTMAX


def _definition(x: Expr, mask: Expr) -> Expr:
    allowed = exp(x) * mask
    return allowed / kept_total(allowed, -1)


def _stable(x: Expr, mask: Expr) -> Expr:
    """The largest *allowed* score becomes 0; forbidden ones are lowered to the least of their row before looking for it."""
    least = -kept_largest(-x, -1)
    top = kept_largest(mask * x + (1 - mask) * least, -1)
    return _definition(mask * (x - top), mask)


def _to_x(g: Expr, p: Expr, x: Expr, *mask: Expr) -> Expr:
    return p * (g - kept_inner(g, p, -1))


def not_after(rows: Size, columns: Size) -> Expr:
    """The matrix with 1 where the column is not beyond the row and 0 elsewhere: entry i, j reads entry i − j of ones."""
    return window(filled(1, (rows,)), [Affine(0, ((0, 1), (1, -1)))], (rows, columns))


def _causal(x: Expr) -> Expr:
    if len(x.shape) < 2:
        raise ShapeError(f"causal_softmax takes a matrix of scores, a row for each position; {describe(x)} has shape {shape_text(x.shape)}.")
    return call(MASKED_SOFTMAX, x, not_after(x.shape[-2], x.shape[-1]))


def _mask_forgotten(x: Expr, *mask: Expr) -> Expr:
    return call(SOFTMAX, x, axis=-1)


def _masked_afterwards(x: Expr, mask: Expr) -> Expr:
    return call(SOFTMAX, x, axis=-1) * mask


def _causal_afterwards(x: Expr) -> Expr:
    return call(SOFTMAX, x, axis=-1) * not_after(x.shape[-2], x.shape[-1])


def _diagonal_only(g: Expr, p: Expr, x: Expr, *mask: Expr) -> Expr:
    return g * p * (1 - p)


_FORGOTTEN = ValueSlip("R06", _mask_forgotten, "the mask is forgotten: forbidden entries have probability 0")
_AFTERWARDS = "the forbidden entries are put to 0 after the softmax: they have to be left out of the sum as well"
_SLIPS = (Slip("S17", "x", _diagonal_only, "only the diagonal p(1 − p) of the softmax Jacobian is used: each probability depends on all scores"),)
_BECAUSE = "within the allowed entries this is a softmax; a forbidden entry has probability 0, so it receives nothing"

MASKED_SOFTMAX = Rule(
    name="masked_softmax",
    summary="softmax along the last axis over the entries where the mask is 1; the entries where it is 0 get probability 0.",
    formula="masked_softmax(x, mask)_i = mask_i exp(x_i) / Σ_j mask_j exp(x_j)",
    arguments=(Argument("x"), Argument("mask")),
    definition=_definition,
    stable=_stable,
    messages={"x": Message(_to_x, _BECAUSE)},
    facts=("nonnegative", "sums_to_one"),
    value_slips=(_FORGOTTEN, ValueSlip("S06", _masked_afterwards, _AFTERWARDS)),
    examples=(Example("x: (n,), mask: (n,) one_hot"), Example("x: (m, n), mask: (m, n) one_hot")),
    source="Vaswani et al. 2017, Attention Is All You Need, section 3.2.3",
)

CAUSAL_SOFTMAX = Rule(
    name="causal_softmax",
    summary="softmax of each row over the entries up to the diagonal: a position attends to itself and to earlier ones.",
    formula="causal_softmax(X)_ij = exp(X_ij) / Σ_{k ≤ i} exp(X_ik) for j ≤ i, and 0 beyond",
    arguments=(Argument("x"),),
    definition=_causal,
    messages={"x": Message(_to_x, _BECAUSE)},
    facts=("nonnegative", "sums_to_one"),
    slips=_SLIPS,
    value_slips=(_FORGOTTEN, ValueSlip("S06", _causal_afterwards, _AFTERWARDS)),
    examples=(Example("x: (n, n)"), Example("x: (b, n, n)")),
    source="Vaswani et al. 2017, Attention Is All You Need, section 3.2.3",
)
