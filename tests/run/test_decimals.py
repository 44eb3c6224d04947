"""The functions that ``decimal`` lacks, to fifty digits, by identities and by known values."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import pytest

from byhand.run import series

POINTS = ["0", "0.3", "-1.7", "5.25", "-30.5", "1e-9", "-2.5", "12.1"]


@pytest.fixture(autouse=True)
def _fifty_digits():
    with localcontext() as context:
        context.prec = 50
        yield


def close(left, right, scale=1):
    return abs(left - right) <= Decimal("1e-47") * scale


def test_pi():
    assert str(series.pi()) == "3.1415926535897932384626433832795028841971693993751"


@pytest.mark.parametrize("point", POINTS)
def test_against_doubles(point):
    x = Decimal(point)
    for function, reference in ((series.sin, math.sin), (series.cos, math.cos), (series.erf, math.erf), (series.tanh, math.tanh)):
        assert math.isclose(float(function(x)), reference(float(x)), rel_tol=1e-12, abs_tol=1e-14)
    assert math.isclose(float(series.sigmoid(x)), 1 / (1 + math.exp(-float(x))), rel_tol=1e-12)


@pytest.mark.parametrize("point", POINTS)
def test_identities(point):
    x = Decimal(point)
    sin, cos = series.sin(x), series.cos(x)
    assert close(sin * sin + cos * cos, 1)
    assert close(series.sin(2 * x), 2 * sin * cos)
    assert close(series.sigmoid(x) + series.sigmoid(-x), 1)
    assert close(series.tanh(x), 2 * series.sigmoid(2 * x) - 1)
    assert series.erf(-x) == -series.erf(x)


def test_erf_to_fifty_digits():
    assert close(series.erf(Decimal(1)), Decimal("0.84270079294971486934122063508260925929606699796630"))
    assert close(series.erf(Decimal("0.5")), Decimal("0.52049987781304653768274665389196452873645157575796"))
    assert series.erf(Decimal(50)) == 1
