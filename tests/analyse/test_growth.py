"""Limits read off leading terms against SymPy's, and against values at far scores."""

from __future__ import annotations

import pytest
import sympy

import byhand.analyse.compare.limits as module
from byhand.analyse.compare.limits import Beyond, Case, Limit, Setting, limits
from byhand.app.solving import solve_text
from byhand.lang.expr import var
from byhand.lang.sizes import Poly
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope
from byhand.sheets.answer import answer

FORMULAS = {
    "sigmoid(u)": "1/(1 + exp(-u))",
    "tanh(u)": "tanh(u)",
    "1 - tanh(u)**2": "1 - tanh(u)**2",
    "log(1 + exp(-u))": "log(1 + exp(-u))",
    "log(1 + exp(u)) - u": "log(1 + exp(u)) - u",
    "u * sigmoid(u)": "u/(1 + exp(-u))",
    "u * exp(-u)": "u*exp(-u)",
    "(u**2 + 3) / (2 * u**2 - u)": "(u**2 + 3)/(2*u**2 - u)",
    "(tanh(u) - 1) * exp(2 * u)": "(tanh(u) - 1)*exp(2*u)",
    "exp(u) / (exp(u) + 4)": "exp(u)/(exp(u) + 4)",
    "(exp(2 * u) - 1) / (3 * exp(2 * u) + exp(u))": "(exp(2*u) - 1)/(3*exp(2*u) + exp(u))",
    "sigmoid(u) - 1": "1/(1 + exp(-u)) - 1",
    "u - 2": "u - 2",
    "abs(u) / u": "Abs(u)/u",
    "relu(-u) + 1/4": "Max(-u, 0) + Rational(1, 4)",
    "log(3 * exp(u)) - u": "log(3*exp(u)) - u",
    "exp(-exp(u)) + 2": "exp(-exp(u)) + 2",
    "u / (1 + abs(u))": "u/(1 + Abs(u))",
}
KNOWN_BY_NUMBERS = {"exp(-exp(u)) + 2", "(tanh(u) - 1) * exp(2 * u)", "log(3 * exp(u)) - u", "u / (1 + abs(u))", "relu(-u) + 1/4"}


def as_ours(value: sympy.Expr) -> Limit:
    if value == sympy.oo:
        return Beyond.UP
    if value == -sympy.oo:
        return Beyond.DOWN
    return Poly.of(module.Fraction(int(value.p), int(value.q))) if value.is_Rational else Beyond.FINITE


@pytest.mark.parametrize("up", [True, False], ids=["up", "down"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_limits_are_sympys(formula: str, up: bool) -> None:
    u = var("u")
    root = read_formula(formula, Scope(names={"u": u}, sizes={}))
    found = limits([(root, True)], Setting(u, None, {}, {}))
    x = sympy.Symbol("u", real=True)
    expected = sympy.limit(sympy.sympify(FORMULAS[formula], {"u": x}), x, sympy.oo if up else -sympy.oo)
    (limit,) = found.limits[Case(up, "any", None)]
    if found.exact or formula not in KNOWN_BY_NUMBERS:
        assert limit == as_ours(expected), expected
    else:
        assert limit in (None, as_ours(expected)), expected


SHEETS = (
    "z : (K,)\nt : (K,) one_hot\np = softmax(z)\nE = sum((p - t)**2)\nC = -sum(t*log(p))\ncompare(E, C)",
    "z : (K,)\nt : (K,) one_hot\np = softmax(z)\nq = softmax(z/2)\nT = -sum(t*log(q))\nC = -sum(t*log(p))\ncompare(T, C)",
    "Z : (N, K)\nT : (N, K) one_hot\nP = softmax(Z)\nC = -sum(T*log(P))/N\nE = mean((tanh(Z) - T)**2)\ncompare(E, C)",
    "z : ()\nt : ()\ny = sigmoid(z)\nE = 0.5*(y - t)**2\nB = -(t*log(y) + (1 - t)*log(1 - y))\ncompare(E, B)",
    "s : ()\ny : () signs\nH = maximum(0, 1 - y*s)\nL = log(1 + exp(-y*s))\nQ = (s - y)**2\ncompare(H, L, Q)",
    "z = [0.3, -1.2, 2]\nt = [0, 1, 0]\nC = cross_entropy(z, t)\nS = squared_error(softmax(z), t)\nB = bce_with_logits(z, t)\ncompare(C, S, B)",
)


@pytest.mark.parametrize("sheet", SHEETS)
def test_leading_terms_and_values_agree(sheet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> dict[str, object]:
        (one,) = answer(solve_text(f"```byhand\n{sheet}\n```"))["answers"].values()
        return one

    exact = found()
    monkeypatch.setattr(module, "_grown", lambda *_: None)
    by_values = found()
    assert (exact["certainty"], by_values["certainty"]) == ("exact", "float")
    assert exact["losses"] == by_values["losses"]
