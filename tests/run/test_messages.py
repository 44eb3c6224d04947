"""What a person reads when numbers do not fit or something is not defined."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from byhand.lang.build import inverse
from byhand.lang.errors import ByhandError
from byhand.lang.expr import named, num, var
from byhand.lang.functions import outer, total
from byhand.lang.leaves import exp, log, relu, sqrt
from byhand.lang.sizes import Poly
from byhand.run.evaluate import evaluate

P = var("p", (3,))
S = var("s", ())
A = var("A", ("n", "n"))
HALF = Fraction(1, 2)
LOG = "log needs positive numbers."


@pytest.mark.parametrize(
    ("root", "data", "message"),
    [
        (named("L", -total(log(P))), [1, -HALF, 2], f"cannot take the logarithm in L: entry [1] of p is -0.5; {LOG}"),
        (named("L", -total(log(P))), [1.0, 2.0, 0.0], f"cannot take the logarithm in L: entry [2] of p is 0.0; {LOG}"),
        (named("L", log(named("q", P - 1))), [2, 1, 3], f"cannot take the logarithm in L: entry [1] of q is 0; {LOG}"),
        (log(P - 1), [2, Fraction(1, 3), 3], f"cannot take the logarithm: entry [1] of the argument is -2/3; {LOG}"),
        (named("r", 1 / P), [1, 0, 2], "cannot divide in r: entry [1] of p is 0; a divisor must not be zero."),
        (named("r", P**-2), [1.0, 0.0, 2.0], "cannot divide in r: entry [1] of p is 0.0; a divisor must not be zero."),
        (named("r", P / P), [1, 2, 0], "cannot divide in r: entry [2] of p is 0; a divisor must not be zero."),
        (named("r", sqrt(P)), [1, -4, 2], "cannot take the square root in r: entry [1] of p is -4; sqrt needs numbers that are not negative."),
        (
            named("r", P ** Fraction(1, 3)),
            [1, -8, 2],
            "cannot raise to the power 1/3 in r: entry [1] of p is -8; a fractional power needs numbers that are not negative.",
        ),
        (named("r", P ** Fraction(-1, 2)), [1, 0, 2], "cannot divide in r: entry [1] of p is 0; a divisor must not be zero."),
        (named("r", P ** (P - HALF)), [1, -2, 2], "cannot raise to a power in r: entry [1] of p is -2; a negative base needs a whole exponent."),
        (named("r", P ** (P - 1)), [1, 0, 2], "cannot raise to a negative power in r: entry [1] of p is 0; zero has no negative power."),
        (named("e", exp(P)), [1, 1000, 2], "cannot evaluate exp in e: entry [1] of p is 1000.0; the result is too large for a 64-bit float."),
        (named("e", P * P), [1.0, 1e200, 2.0], "cannot multiply in e: entry [1] of the result is inf; the result is too large for a 64-bit float."),
        (named("e", P + P), [1.0, 1e308, 2.0], "cannot multiply in e: entry [1] of the result is inf; the result is too large for a 64-bit float."),
        (named("z", 0 * relu(P) + exp(P) * (P - 1000)), [1, 1000, 2], None),
    ],
)
def test_undefined(root, data, message):
    with pytest.raises(ByhandError) as caught:
        evaluate([root], {"p": data})
    assert message is None or str(caught.value) == message


def test_undefined_numbers_and_matrices():
    with pytest.raises(ByhandError, match=r"^cannot divide in r: s is 0; a divisor must not be zero\.$"):
        evaluate([named("r", 1 / S)], {"s": 0})
    for data in ([[1, 2], [2, 4]], [[1.0, 2.0], [2.0, 4.0]]):
        with pytest.raises(ByhandError, match=r"^cannot invert A in w: a singular matrix has no inverse\.$"):
            evaluate([named("w", inverse(A))], {"A": data})
    with pytest.raises(ByhandError, match=r"^cannot invert in w: a singular"):
        evaluate([named("w", inverse(outer(P, P) + S))], {"p": [0.1, 0.2, 0.3], "s": 0})


def test_masks_do_not_hide_what_is_undefined():
    with pytest.raises(ByhandError, match=r"cannot take the logarithm in L: entry \[0\] of p is 0"):
        evaluate([named("L", total(P * log(P)))], {"p": [0, 1, 2]})
    with pytest.raises(ByhandError, match="cannot evaluate exp"):
        evaluate([S * exp(P)], {"p": [1000.0, 1.0, 2.0], "s": 0.0})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1, 2], "the data of p does not fit its shape (3,): an axis of size 3 has 2 entries in the data."),
        ([[1, 2, 3]], "the data of p has shape (1, 3), but p is declared with shape (3,)."),
        (5, "the data of p has shape (), but p is declared with shape (3,)."),
        ([[1], [2, 3], 4], "the data of p is ragged: parts of shapes () and (1,) stand side by side; every row must have as many entries as the others."),
        ([1, float("nan"), 2], "entry [1] of p is nan; only finite numbers can be computed with."),
        (np.array([1, np.inf, 2]), "entry [1] of p is inf; only finite numbers can be computed with."),
        ([1, "2", 3], "cannot use '2' as entry [1] of p: it is not a number."),
        ([1, True, 3], "cannot use True as entry [1] of p: it is not a number."),
        ([1, 10**400, 0.5], "entry [1] of p is too large for a 64-bit float, which holds numbers up to 1.8e308."),
    ],
)
def test_data_that_does_not_fit(data, message):
    with pytest.raises(ByhandError) as caught:
        evaluate([total(P)], {"p": data})
    assert str(caught.value) == message


def test_deeply_nested_data():
    data = [1]
    for _ in range(5000):
        data = [data]
    with pytest.raises(ByhandError, match="nested more than 16 levels deep"):
        evaluate([total(P)], {"p": data})


def test_sizes_that_disagree():
    x, w = var("X", ("m", "n")), var("W", ("n", 2))
    with pytest.raises(ByhandError) as caught:
        evaluate([x @ w], {"X": [[1, 2, 3]], "W": [[1, 2], [3, 4]]})
    assert str(caught.value) == "the data of W does not fit its shape (n, 2): n is 3 by the data of X, but the axis n of W has 2 entries."
    with pytest.raises(ByhandError, match=r"shape \(m, n\): m is 2, but the axis m of X has 1 entries"):
        evaluate([x], {"X": [[1, 2, 3]]}, {"m": 2})


def test_sizes_of_sums_are_solved():
    h = Poly.letter("h")
    assert evaluate([num(h)], {}, {"h": 3}).roots[0] == 3
    x = var("x", (h * 2 + 1,))
    assert evaluate([total(x)], {"x": [1, 2, 3, 4, 5]}).sizes == {"h": 2}
    with pytest.raises(ByhandError, match="the size h is not known"):
        evaluate([num(h)], {})


def test_missing_data():
    with pytest.raises(ByhandError) as caught:
        evaluate([named("L", total(P))], {})
    assert str(caught.value) == "no numbers are given for p, whose shape is (3,)."


def test_powers_of_powers_are_refused_at_once():
    nine = var("x", ())
    with pytest.raises(ByhandError, match="too large for a 64-bit float"):
        evaluate([nine ** (nine**nine)], {"x": 9})
