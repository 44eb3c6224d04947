"""What is too long, too deep or too large is refused before anything is computed, and at once."""

from __future__ import annotations

import time

import pytest
from read_scopes import SCOPE

from byhand.lang.errors import ByhandError
from byhand.read.elaborate import read_formula
from byhand.read.statements import parse_statements

FORMULAS = [
    "(" * 10_000,
    "[" * 10_000,
    "(" * 101 + "a" + ")" * 101,
    "-" * 5_000 + "a",
    "a" + "**a" * 4_000,
    "2" + "^2" * 4_000,
    "a" + ".T" * 5_000,
    "√" * 5_000 + "a",
    "Σ_i " * 3_000 + "a_i",
    "a" + "_i" * 3_000,
    "a" + "'" * 5_000,
    "f(" * 5_000,
    "|" * 5_000 + "a",
    r"\frac{" * 3_000,
    "{" * 5_000,
    "1" * 500,
    "0." + "1" * 500,
    "1e309",
    "1e99999999",
    "9^9^9^9",
    "s**1001",
    "s**(1/1001)",
    "(10^300)^1000 s",
    "a" * 30_000,
    "s*" * 5_000 + "s",
    "s " * 5_000,
    "(m+n)*(d+1)*(q+2)*(b+3)*(m+d)*(n+q)*(m+b)*(n+d)*(q+d)*(b+d)",
    "full((10**9, 10**9), 1)",
    "eye(10**9)",
    "ones(10**8)",
    "𝟏_100000000",
    "[" + "1," * 9_000 + "2]",
    "sum(" * 90 + "a" + ")" * 89,
    "(a+(" * 45 + "a" + "))" * 44,
]


@pytest.mark.parametrize("text", FORMULAS, ids=lambda text: text[:12])
def test_refused_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ByhandError):
        read_formula(text, SCOPE)
    assert time.perf_counter() - start < 1


LARGE = [
    "x" * 10_000_000,
    "(" * 900_000,
    "\\" * 900_000,
    "a_{" * 300_000,
    "x = " + "+".join(["y"] * 200_000),
    "x = " + "-" * 200_000,
    "'" * 200_000,
    "\x00\x01\ufffe" * 200_000,
    "x = [" + "[" * 90 + "1" + "]" * 90 + ", 2]",
]


@pytest.mark.parametrize("text", LARGE, ids=lambda text: ascii(text[:8]))
def test_large_blocks_are_refused_in_time(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ByhandError):
        parse_statements(text)
    assert time.perf_counter() - start < 4


def test_what_is_within_the_limits() -> None:
    depth = "(" * 95 + "a" + ")" * 95
    assert read_formula(depth, SCOPE) is SCOPE.names["a"]
    assert read_formula("+".join(["s"] * 3_000), SCOPE) is read_formula("3000 s", SCOPE)
    assert read_formula("1e308 * s", SCOPE) is read_formula("10^308 s", SCOPE)
    assert len(parse_statements("x = [" + "1.25, " * 20_000 + "1]")) == 1
