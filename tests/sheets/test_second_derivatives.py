"""d2L/dw2 on a sheet, against SymPy and finite arithmetic."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError


def answer(sheet: str) -> Any:
    return json.loads(render(solve_text(f"```byhand\n{sheet}\n```\n"), "json"))


def test_a_hessian_and_a_mixed_one() -> None:
    found = answer("X = [[1, 0], [1, 1], [1, 2]]\ny = [1, 2, 4]\nw = [0, 0]\nb = 1\nL = sum((X @ w + b - y)**2)\nd2L/dw2, d2L/dwdb, d2L/db2")
    X = np.array([[1, 0], [1, 1], [1, 2]])
    np.testing.assert_array_equal(found["values"]["d2L/dw2"], 2 * X.T @ X)
    np.testing.assert_array_equal(found["values"]["d2L/dwdb"], 2 * X.sum(axis=0))
    assert found["values"]["d2L/db2"] == 6
    assert found["formulas"]["d2L/dw2"]["text"] == "2 * X.T @ X"


def test_against_sympy() -> None:
    sympy = pytest.importorskip("sympy")
    a, b = sympy.symbols("a b")
    loss = sympy.log(1 + sympy.exp(a * b)) + a**3 * b
    found = answer("a = 0.3\nb = -0.7\nL = log(1 + exp(a*b)) + a**3 * b\nd2L/da2, d2L/dadb, d2L/db2")["values"]
    for key, first, second in (("d2L/da2", a, a), ("d2L/dadb", a, b), ("d2L/db2", b, b)):
        assert found[key] == pytest.approx(float(sympy.diff(loss, first, second).subs({a: 0.3, b: -0.7})), rel=1e-12)


def test_a_name_that_ends_in_2() -> None:
    found = answer("W2 = [1, 2]\nL = sum(W2**3)\nd2L/dW22")
    assert found["values"]["d2L/dW22"] == [[6, 0], [0, 12]]


@pytest.mark.parametrize("form", ["text", "md", "tex", "html"])
def test_pages(form: str) -> None:
    page = render(solve_text("```byhand\nw : (n,)\nL = sum(log(1 + exp(w)))\nd2L/dw2\n```\n"), form)
    assert ("∂²L/∂w²" in page) or ("partial^{2} L" in page) or ("<msup><mo>∂</mo><mn>2</mn></msup>" in page)


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ("w = [1, 2]\nL = sum(w**2)\nd2L/dq2", "is no second derivative by quantities of this sheet"),
        ("w = [1, 2]\nL = w**2\nd2L/dw2", "needs a scalar"),
        ("w = [1, 2]\nd2w/dw2", "which is given"),
        ("w = [1, 2]\nL = sum(w**2)\nd3L/dw3", "only first and second derivatives"),
    ],
)
def test_wrong_ones(sheet: str, message: str) -> None:
    with pytest.raises(ByhandError, match=message):
        answer(sheet)


@pytest.mark.parametrize("asked", ["d^2L/dw^2", "∂²L/∂w²", r"\frac{\partial^2 L}{\partial w^2}"])
def test_as_on_paper(asked: str) -> None:
    assert answer(f"w = [1, 2]\nL = sum(w**3)\n{asked}")["values"]["d2L/dw2"] == [[6, 0], [0, 12]]
    assert answer("w = [1, 2]\nb = 3\nL = b**2 * sum(w)\n∂²L/∂w∂b")["values"]["d2L/dwdb"] == [6, 6]


def test_in_claims_and_formulas() -> None:
    sheet = "X : (m, n), w : (n,), b : (), t : (m,)\nL = sum((X @ w + b - t)**2)\n"
    claims = answer(sheet + "show(d2L/dw2 == 2 * X.T @ X)\nshow(d2L/dwdb == 2 * sum(X, axis=0))\nshow(d2L/db2 == m)\nshow(∂²L/∂w² == X.T @ X)")["claims"]
    assert [claim["verdict"] for claim in claims] == ["holds", "holds", "fails", "fails"]
    assert answer("w = [1, 2]\nL = sum(w**3)\nH = d2L/dw2\nH")["values"]["H"] == [[6, 0], [0, 12]]
