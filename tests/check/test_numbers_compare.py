"""A number is right if it rounds to the truth at the digits written."""

from __future__ import annotations

from fractions import Fraction
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from number_samples import to_decimals, to_significant, typed

from byhand.check.answers.entry import Numbers
from byhand.check.numbers.compare import accepted, cells, fits
from byhand.check.settings import Settings

TWO = Settings()
TRUTHS = st.lists(st.floats(-1000, 1000).filter(lambda x: x == 0 or abs(x) > 1e-6), min_size=1, max_size=6).map(np.array)


def right(text: object, truth: object, settings: Settings = TWO, *, zeros_lost: bool = False) -> bool:
    value = np.asarray(truth, dtype=np.float64)
    return bool(fits(typed(text, zeros_lost), value[None], 0.0, settings)[0])


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("0.88", 0.8808),
        ("0.12", 0.125),
        ("0.13", 0.125),
        ("2", 2.0),
        ("2", 2.0000001),
        ("2", 2.04),
        ("-13", -13.0),
        ("12", 12.4),
        ("0.00051", 0.00050575),
        ("5.1e-4", 0.00050575),
        ("0.00", 0.0043),
        ("0", 0.0),
        ("2/3", 2 / 3),
        ("1e3", 1000.0),
        ("0.30000000000000004", 0.3),
        ("[0.265388, 0.013213, 0.721399]", [0.26538793, 0.01321289, 0.72139918]),
        ("[0, 0.35]", [0.0, 0.3471]),
        ("[100, 1]", [100.4, 0.88]),
    ],
)
def test_right(text: str, truth: object) -> None:
    assert right(text, truth)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("1", 0.88),
        ("0", 0.0005),
        ("0.87", 0.8808),
        ("0.8", 0.8808),
        ("0.1234", 0.12346),
        ("2/3", 0.6667),
        ("2/3", 0.6666668),
        ("0.67", 0.6),
        ("2", 2.06),
        ("-0.88", 0.8808),
        ("[0.27, 0.72]", [0.26538793, 0.01321289, 0.72139918]),
        ("[[0.27], [0.72]]", [0.27, 0.72]),
        ("0.5", float("nan")),
        ("0.5", float("inf")),
    ],
)
def test_wrong(text: str, truth: object) -> None:
    assert not right(text, truth)


def test_a_number_that_is_not_finite_never_fits() -> None:
    for value in (np.inf, np.nan):
        array = np.array(value)
        assert not fits(Numbers(array, np.array(0.5), np.array(3), np.array(0), "?"), array[None], 1.0, TWO)[0]


def test_lost_zeros() -> None:
    """A program prints 0.50 as 0.5, beside numbers that show how many decimals there are."""
    assert right([0.5, 0.123], [0.5004, 0.1231], zeros_lost=True)
    assert not right([0.5, 0.123], [0.504, 0.1231], zeros_lost=True)
    assert not right(["0.5", "0.123"], [0.56, 0.1231])
    assert right(0.5, 0.5021, zeros_lost=True)
    assert not right(0.5, 0.5421, zeros_lost=True)


def test_single_precision_is_no_mistake_but_a_wrong_digit_is() -> None:
    truth = np.array([0.26538793, -0.01321289, 3.14159265358979])
    single = truth.astype(np.float32)
    assert fits(typed([repr(float(one)) for one in single]), truth[None], 0.0, TWO)[0]
    assert fits(typed([str(one) for one in single]), truth[None], 0.0, TWO)[0]
    assert not right("0.2653880", 0.26538793 + 3e-6)
    assert not right("0.265380", 0.26538793)


def test_settings() -> None:
    three = Settings(digits=3)
    assert right("0.881", 0.8808, three)
    assert not right("0.88", 0.8825, three)
    assert right("0.88", 0.8802, three)
    assert right("0.85", 0.8808, Settings(tolerance=Fraction(1, 20)))
    assert not right("0.82", 0.8808, Settings(tolerance=Fraction(1, 20)))
    assert right("1", 0.88, Settings(digits=1))


@given(TRUTHS, st.integers(2, 8))
@settings(deadline=None)
def test_every_rounding_is_right(truth: np.ndarray, digits: int) -> None:
    for written in (to_decimals(truth, digits), to_significant(truth, digits)):
        assert fits(written, truth[None], 0.0, TWO)[0]
        assert cells(written, truth, 0.0, TWO).all()


@given(TRUTHS, st.integers(2, 6), st.floats(1.01, 50), st.booleans(), st.integers(0, 5))
@settings(deadline=None)
def test_nothing_further_than_the_interval_is(truth: np.ndarray, digits: int, factor: float, up: bool, at: int) -> None:
    """The accepted interval is exactly what is accepted: a truth just inside fits, one outside does not."""
    written, place = to_decimals(truth, digits), at % len(truth)
    low, high = accepted(written, truth, TWO)
    width = (high - low)[place] / 2
    for beyond, fine in ((factor, False), (0.99, True)):
        moved = written.values.copy()
        moved[place] += (1 if up else -1) * beyond * width
        assert bool(fits(written, moved[None], 0.0, TWO)[0]) == fine
        assert bool(cells(written, moved, 0.0, TWO)[place]) == fine
    assert (low <= written.values).all()
    assert (written.values <= high).all()


@given(TRUTHS, st.floats(0, 1))
@settings(deadline=None)
def test_slack_widens_the_interval(truth: np.ndarray, slack: float) -> None:
    written = to_decimals(truth, 3)
    moved = written.values + 0.0005 + 0.99 * slack
    assert fits(written, moved[None], slack, TWO)[0]
    assert not fits(written, (written.values + 0.00051 + 1.01 * slack)[None], slack, TWO)[0]


def test_cases_and_slack_of_each() -> None:
    written = typed("[[0.10, 0.20], [0.30, 0.40]]")
    true = written.values
    cases = np.stack([true, true + 0.02, true.T])
    assert fits(written, cases, 0.0, TWO).tolist() == [True, False, False]
    assert fits(written, cases, np.array([0.0, 0.02, 0.0]).reshape(3, 1, 1), TWO).tolist() == [True, True, False]
    assert cells(written, true.T, 0.0, TWO).tolist() == [[True, False], [False, True]]
    assert fits(written, np.zeros((4, 2)), 0.0, TWO).tolist() == [False] * 4


def test_too_few_digits_are_judged_for_each_case() -> None:
    cases = np.array([[1.0], [0.88], [1.02]])[:, 0]
    assert fits(typed("1"), cases, 0.0, TWO).tolist() == [True, False, True]


def test_fast() -> None:
    written, truth = to_decimals(np.linspace(-2, 2, 12).reshape(3, 4), 4), np.linspace(-2, 2, 12).reshape(1, 3, 4)
    fits(written, truth, 0.0, TWO)
    best = min(_seconds(lambda: fits(written, truth, 0.0, TWO), 200) for _ in range(5))
    assert best < 100e-6


def _seconds(run: object, times: int) -> float:
    assert callable(run)
    start = perf_counter()
    for _ in range(times):
        run()
    return (perf_counter() - start) / times
