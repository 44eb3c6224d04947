"""Squared distances: their sum, and their mean. Neither has a factor ½."""

from __future__ import annotations

from functools import partial

from byhand.lang.expr import Expr, num
from byhand.lang.functions import total
from byhand.lang.leaves import absolute
from byhand.lang.rule import Argument, Example, Option, Prediction, Rule, Slip, ValueSlip
from byhand.lang.sizes import Poly
from byhand.rules.loss_slips import sum_or_mean
from byhand.rules.shaping import reduced, same_shape, share


def _definition(y: Expr, t: Expr, reduction: str, rule: str) -> Expr:
    same_shape(rule, y, t)
    return reduced(rule, (y - t) ** 2, reduction)


def _two_dropped(g: Expr, value: Expr, y: Expr, t: Expr, reduction: str) -> Expr:
    return share(g * (y - t), y, reduction)


def _sign_lost(g: Expr, value: Expr, y: Expr, t: Expr, reduction: str) -> Expr:
    return share(g * (2 * (t - y)), y, reduction)


def _mean_forgotten(g: Expr, value: Expr, y: Expr, t: Expr, reduction: str) -> Expr:
    return g * (2 * (y - t))


def _halved(y: Expr, t: Expr, reduction: str, rule: str) -> Expr:
    return _definition(y, t, reduction, rule) / 2


def _unsquared(y: Expr, t: Expr, reduction: str, rule: str) -> Expr:
    return reduced(rule, absolute(y - t), reduction)


def _over_samples(y: Expr, t: Expr, reduction: str) -> Expr:
    """The mean over the rows of the sums over each row."""
    errors = (y - t) ** 2
    return total(errors) / num(Poly.of(y.shape[0])) if reduction == "mean" and len(y.shape) > 1 else reduced("mse", errors, reduction)


def _value_slips(rule: str) -> tuple[ValueSlip, ...]:
    return (
        ValueSlip("S09", partial(_halved, rule=rule), "one factor ½ too many stands in front of the squares"),
        ValueSlip("R03", partial(_unsquared, rule=rule), "absolute values are taken for squares"),
        *sum_or_mean(partial(_definition, rule=rule), "all entries"),
    )


def _two_twice(g: Expr, value: Expr, y: Expr, t: Expr, reduction: str) -> Expr:
    return share(g * (4 * (y - t)), y, reduction)


_TWO_TWICE = Slip("S21", "y", _two_twice, "the factor 2 of the square is there twice in its derivative")
_TWO_DROPPED = Slip("S21", "y", _two_dropped, "the factor 2 of the square is left out of its derivative")
_SIGN_LOST = Slip("S14", "y", _sign_lost, "the error has the wrong sign: it is {y} − {t}, not {t} − {y}")

SQUARED_ERROR = Rule(
    name="squared_error",
    summary="The sum of the squared differences of y and t, with no factor 1/2.",
    formula="Σ_i (y_i − t_i)²",
    arguments=(Argument("y"), Argument("t")),
    options=(Option("reduction", "sum", "str"),),
    definition=partial(_definition, rule="squared_error"),
    prediction=Prediction("y", "t", lambda y: y),
    slips=(_TWO_DROPPED, _TWO_TWICE, _SIGN_LOST),
    value_slips=_value_slips("squared_error"),
    examples=(
        Example("y: (), t: ()"),
        Example("y: (n,), t: (n,)"),
        Example("y: (m, n), t: (m, n)"),
        Example("y: (m, n), t: (m, n)", {"reduction": "none"}),
        Example("y: (m, n), t: (m, n)", {"reduction": "mean"}),
    ),
    source="Bishop, Pattern Recognition and Machine Learning, section 5.2 (with a factor ½ there)",
)

MSE = Rule(
    name="mse",
    summary="The mean over all entries of the squared differences of y and t, with no factor 1/2, as in PyTorch.",
    formula="1/n Σ_i (y_i − t_i)²",
    arguments=(Argument("y"), Argument("t")),
    options=(Option("reduction", "mean", "str"),),
    definition=partial(_definition, rule="mse"),
    prediction=Prediction("y", "t", lambda y: y),
    slips=(_TWO_DROPPED, _TWO_TWICE, _SIGN_LOST, Slip("S22", "y", _mean_forgotten, "the factor 1/n of the mean over all entries is missing")),
    value_slips=(*_value_slips("mse"), ValueSlip("S10", _over_samples, "the mean is taken over the rows only: it is taken over all entries")),
    examples=(
        Example("y: (n,), t: (n,)"),
        Example("y: (m, n), t: (m, n)"),
        Example("y: (m, n), t: ()"),
        Example("y: (m, n), t: (m, n)", {"reduction": "sum"}),
    ),
    source="Goodfellow, Bengio and Courville, Deep Learning, section 5.1.4",
)
