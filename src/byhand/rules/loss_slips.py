"""The slips in the value of a loss that are the same for every loss: its sign, the base of its logarithm, what it is averaged over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from byhand.lang.expr import Expr, num
from byhand.lang.leaves import log
from byhand.lang.rule import OptionValue, ValueSlip

Definition = Callable[..., Expr]


def _minus(*args: Expr, of: Definition, **options: OptionValue) -> Expr:
    return -of(*args, **options)


def _to_base(*args: Expr, of: Definition, base: int, **options: OptionValue) -> Expr:
    return of(*args, **options) / log(num(base))


def _reduced(*args: Expr, of: Definition, told: str, done: str, reduction: str) -> Expr:
    return of(*args, reduction=done if reduction == told else reduction)


def sign_and_base(definition: Definition) -> tuple[ValueSlip, ...]:
    """Of a loss that is minus a logarithm."""
    return (
        ValueSlip("S07", partial(_minus, of=definition), "the minus sign of the loss is lost: a cross-entropy is −Σ t log p, which is never negative"),
        ValueSlip("S08", partial(_to_base, of=definition, base=2), "the logarithm is taken to base 2: it is the natural one"),
        ValueSlip("S08", partial(_to_base, of=definition, base=10), "the logarithm is taken to base 10: it is the natural one"),
    )


def sum_or_mean(definition: Definition, over: str) -> tuple[ValueSlip, ...]:
    """Of a loss with a ``reduction``; ``over``: what its mean is taken over."""
    return (
        ValueSlip("S10", partial(_reduced, of=definition, told="mean", done="sum"), f"the sum over {over} is taken for their mean"),
        ValueSlip("S10", partial(_reduced, of=definition, told="sum", done="mean"), f"the mean over {over} is taken for their sum"),
    )
