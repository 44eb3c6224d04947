"""Learning rates against simulations in plain NumPy, eigenvalues of LAPACK, and SymPy; nothing here is copied from byhand's output."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy

import byhand
from byhand.analyse.columns import separated
from byhand.analyse.hessian import hessian
from byhand.analyse.rates import answer_of, rates
from byhand.analyse.rates.eigenvalues import eigenvalues, inertia
from byhand.analyse.rates.method import best_found, bound, coefficients, radius
from byhand.app.render import render
from byhand.app.solving import solve, solve_text
from byhand.lang.errors import ByhandError
from byhand.lang.expr import named
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from byhand.sheets.answer import answer
from byhand.sheets.single import read_with_shapes
from byhand.sheets.source import read_file
from support.sources import ROOT


@cache
def sheet(body: str) -> dict[str, Any]:
    return answer(solve_text(f"```byhand\n{body}\n```\n"))["answers"]


def asked(body: str) -> dict[str, Any]:
    """The answer to the last question of a block."""
    return sheet(body)[body.strip().splitlines()[-1]]


# ---------------------------------------------------------------------------------------- the simplest, exactly


@pytest.mark.parametrize(
    ("body", "high"),
    [
        ("x : ()\nf = 5*x**2 + 2\nrates(f, x)", "1/5"),
        ("x = 3\nf = 5*x**2 + 2\nrates(f, x)", "1/5"),
        ("x : ()\nrates(5*x**2 + 2, x)", "1/5"),
        ("x : ()\nf = (x - 4)**2 / 3\nrates(f, x)", "3"),
        ("x : ()\nf = 3*x**2 - 12*x + 7\nrates(f, x)", "1/3"),
        ("x : ()\nf = (x + 1)**3 - x**3\nrates(f, x)", "1/3"),
        ("x : ()\nf = abs(x)**2\nrates(f, x)", "1"),
        ("a = 5\nc = 2\nx : ()\nf = a*x**2 + c\nrates(f, x)", "1/5"),
        ("x : (), y : ()\nf = x**2 + 10*y**2\nrates(f, [x, y])", "1/10"),
        ("x : (), y : ()\nf = x**2 + x*y + y**2\nrates(f, [x, y])", "2/3"),
        ("x : (n,)\nf = sum(x**2)\nrates(f, x)", "1"),
        ("x : (2,)\nc = [1, 4]\nf = sum(c * x**2)\nrates(f, x)", "1/4"),
        ("x : (2,)\nA = [[3, 1], [1, 3]]\nb = [1, 1]\nf = x @ A @ x / 2 - b @ x\nrates(f, x)", "1/2"),
        ("w : (2,)\nX = [[1, 1], [1, -1]]\ny = [1, 2]\nL = sum((X @ w - y)**2)\nrates(L, w)", "1/2"),
        ("w : (2,)\nX = [[1, 1], [1, -1]]\ny = [1, 2]\nL = mean((X @ w - y)**2)\nrates(L, w)", "1"),
        ("w : (2,)\nX = [[3, 0], [0, 1]]\ny = [1, 2]\nlam = 0.5\nL = sum((X @ w - y)**2) + lam * w @ w\nrates(L, w)", "2/19"),
        ("W : (2, 3)\nX = [[3, 0], [0, 1]]\nY = zeros((2, 3))\nL = sum((X @ W - Y)**2)\nrates(L, W)", "1/9"),
        ("W : (3, 2)\nX = [[3, 0], [0, 1]]\nY = zeros((3, 2))\nL = sum((W @ X - Y)**2)\nrates(L, W)", "1/9"),
        ("mu : ()\nx = [1, 2, 6]\nL = mean((x - mu)**2)\nrates(L, mu)", "1"),
    ],
)
def test_exact_bounds(body: str, high: str) -> None:
    found = asked(body)
    assert (found["low"], found["high"], found["low_open"], found["high_open"]) == ("0", high, True, True)
    assert found["exact"]
    assert not found["local"]
    assert not found["conditions"]


def test_the_example_sheet() -> None:
    """Part (a): f″ = 10. (b): f″ = 2a. (c): eigenvalues 2 and 20. (d): 1½ times the rate of (c) for β = ½."""
    solution = solve(read_file(ROOT / "examples" / "b3-learning-rate.md"))
    found = answer(solution)["answers"]
    assert [one["high"] for one in found.values()] == ["1/5", "1 / a", "1/10", "3/20"]
    assert (found["rates(h, [u, v])"]["best"], found["rates(h, [u, v])"]["contraction"]) == ("1/11", "9/11")
    page = render(solution, "html")
    assert isinstance(page, str)
    assert page.count("<svg") == 4


def test_b3_in_full() -> None:
    """f = 5x² + 2: f″ = 10, the best rate 1/10 reaches the minimum at once."""
    found = asked("x : ()\nf = 5*x**2 + 2\nrates(f, x)")
    assert (found["hessian"], found["lambda_max"], found["lambda_min"]) == ("10", "10", "10")
    assert (found["best"], found["contraction"], found["unique"]) == ("1/10", "0", True)
    assert found["at"] == {"x": 0}


def test_the_centre_is_found_wherever_it_is() -> None:
    found = asked("x : (), y : ()\nf = (x - 1)**2 + 3*(y + 2)**2 + x*y\nrates(f, [x, y])")
    x, y = sympy.symbols("x y")
    f = (x - 1) ** 2 + 3 * (y + 2) ** 2 + x * y
    point = sympy.solve([f.diff(x), f.diff(y)], [x, y])
    assert found["at"] == pytest.approx({"x": float(point[x]), "y": float(point[y])})
    largest = max(sympy.hessian(f, (x, y)).eigenvals())
    assert found["value"]["high"] == pytest.approx(float(2 / largest), rel=1e-14)
    assert not found["exact"]


# ------------------------------------------------------------------------------------------------ with symbols


def eigmax(matrix: Any) -> float:
    return float(np.linalg.eigvalsh(matrix)[-1])


def eigmin(matrix: Any) -> float:
    return float(np.linalg.eigvalsh(matrix)[0])


WORDS: dict[str, Any] = {"λ_max": eigmax, "λ_min": eigmin, "max": np.max, "min": np.min, "maximum": np.maximum, "minimum": np.minimum, "sqrt": np.sqrt}
WORDS |= {"exp": np.exp, "outer": np.outer, "eye": np.eye, "diag": np.diag, "sum": np.sum}


def run(text: str, names: dict[str, Any]) -> float:
    """A formula of the answer, run by Python itself."""
    return float(eval(text, {"__builtins__": {}}, WORDS | names))


SYMBOLIC: list[tuple[str, str, str, Callable[[dict[str, Any]], Any]]] = [
    ("a*x**2 + c", "x:(), a:() positive, c:()", "x", lambda d: 2 * d["a"]),
    ("(x - c)**2 / (2*a)", "x:(), a:() positive, c:()", "x", lambda d: 1 / d["a"]),
    ("exp(a)*x**2", "x:(), a:()", "x", lambda d: 2 * np.exp(d["a"])),
    ("a*x**2 + b*y**2", "x:(), y:(), a:() positive, b:() positive", "x y", lambda d: np.diag([2 * d["a"], 2 * d["b"]])),
    ("a*x**2 + c*x*y + b*y**2", "x:(), y:(), a:() positive, b:() positive, c:()", "x y", lambda d: np.array([[2 * d["a"], d["c"]], [d["c"], 2 * d["b"]]])),
    ("sum(c * x**2)", "x:(n,), c:(n,) positive", "x", lambda d: np.diag(2 * d["c"])),
    ("sum(c * x**2)/2 + lam * sum(x**2)", "x:(n,), c:(n,) positive, lam:() positive", "x", lambda d: np.diag(d["c"]) + 2 * d["lam"] * np.eye(3)),
    ("sum((X@w - y)**2)", "X:(m,n), w:(n,), y:(m,)", "w", lambda d: 2 * d["X"].T @ d["X"]),
    ("sum((w@X - y)**2)", "X:(n,m), w:(n,), y:(m,)", "w", lambda d: 2 * d["X"] @ d["X"].T),
    ("mean((X@w - y)**2)", "X:(m,n), w:(n,), y:(m,)", "w", lambda d: 2 / 4 * d["X"].T @ d["X"]),
    ("mse(X@w, y)", "X:(m,n), w:(n,), y:(m,)", "w", lambda d: 2 / 4 * d["X"].T @ d["X"]),
    ("(y - X@w)@(y - X@w) + lam*w@w", "X:(m,n), w:(n,), y:(m,), lam:() positive", "w", lambda d: 2 * d["X"].T @ d["X"] + 2 * d["lam"] * np.eye(3)),
    ("sum((X@w - y)**2)/(2*m) + lam/2*norm(w)**2", "X:(m,n), w:(n,), y:(m,), lam:() positive", "w", lambda d: d["X"].T @ d["X"] / 4 + d["lam"] * np.eye(3)),
    ("y@y - 2*y@X@w + w@X.T@X@w", "X:(m,n), w:(n,), y:(m,)", "w", lambda d: 2 * d["X"].T @ d["X"]),
    ("sum(s * (X@w - y)**2)", "X:(m,n), w:(n,), y:(m,), s:(m,) positive", "w", lambda d: 2 * d["X"].T @ np.diag(d["s"]) @ d["X"]),
    ("(X@w - y)@diag(s)@(X@w - y)/2", "X:(m,n), w:(n,), y:(m,), s:(m,) positive", "w", lambda d: d["X"].T @ np.diag(d["s"]) @ d["X"]),
    ("m/2*log(2*pi*s**2) + sum((X@w - y)**2)/(2*s**2)", "X:(m,n), w:(n,), y:(m,), s:() positive", "w", lambda d: d["X"].T @ d["X"] / d["s"] ** 2),
    ("(w@x - y)**2", "x:(n,), w:(n,), y:()", "w", lambda d: 2 * np.outer(d["x"], d["x"])),
    ("(w@x - y)**2/2 + lam/2*w@w", "x:(n,), w:(n,), y:(), lam:() positive", "w", lambda d: np.outer(d["x"], d["x"]) + d["lam"] * np.eye(3)),
    ("a*sum((X@w - y)**2)", "X:(m,n), w:(n,), y:(m,), a:() positive", "w", lambda d: 2 * d["a"] * d["X"].T @ d["X"]),
    ("sum((X@W - Y)**2)", "X:(m,n), W:(n,k), Y:(m,k)", "W", lambda d: 2 * d["X"].T @ d["X"]),
    ("sum((W@X - Y)**2)/2 + lam*sum(W**2)", "X:(n,m), W:(k,n), Y:(k,m), lam:() positive", "W", lambda d: d["X"] @ d["X"].T + 2 * d["lam"] * np.eye(3)),
    ("x@A@x/2 - b@x", "x:(n,), A:(n,n) symmetric, b:(n,)", "x", lambda d: d["A"]),
    ("sum((X@w - y)**2) + 3*sum((Z@w - v)**2)", "X:(m,n), w:(n,), y:(m,), Z:(m,n), v:(m,)", "w", lambda d: 2 * d["X"].T @ d["X"] + 6 * d["Z"].T @ d["Z"]),
]
SIZES = {"m": 4, "n": 3, "k": 2}


def drawn(shapes: str, seed: int) -> dict[str, Any]:
    """Random numbers for all variables, as their facts want them."""
    random = np.random.default_rng(seed)
    _, variables = read_with_shapes("0", shapes)
    data: dict[str, Any] = dict(SIZES)
    for name, variable in variables.items():
        dims = tuple(SIZES[str(axis)] if not isinstance(axis, int) else axis for axis in variable.shape)
        value = random.normal(size=dims)
        value = np.abs(value) + 0.1 if "positive" in variable.facts else value
        data[name] = value @ value.T if "symmetric" in variable.facts else value
    return data


@pytest.mark.parametrize(("formula", "shapes", "x", "matrix"), SYMBOLIC, ids=[one[0] for one in SYMBOLIC])
def test_symbolic_bounds_are_two_over_the_largest_eigenvalue(formula: str, shapes: str, x: str, matrix: Callable[[dict[str, Any]], Any]) -> None:
    expr, variables = read_with_shapes(formula, shapes)
    found = rates(expr, [variables[name] for name in x.split()])
    text = answer_of(found)
    assert not found.reason
    for seed in range(3):
        data = drawn(shapes, seed)
        h = np.atleast_2d(matrix(data))
        assert run(text["high"], data) == pytest.approx(2 / eigmax(h), rel=1e-12)
        assert run(text["lambda_max"], data) == pytest.approx(eigmax(h), rel=1e-12)
        if text["best"] is not None and len(h) > 1:
            assert run(text["best"], data) == pytest.approx(2 / (eigmax(h) + eigmin(h)), rel=1e-10)
            assert run(text["contraction"], data) == pytest.approx((eigmax(h) - eigmin(h)) / (eigmax(h) + eigmin(h)), rel=1e-10)


@pytest.mark.parametrize(("formula", "shapes", "x", "matrix"), SYMBOLIC, ids=[one[0] for one in SYMBOLIC])
def test_the_same_with_numbers(formula: str, shapes: str, x: str, matrix: Callable[[dict[str, Any]], Any]) -> None:
    expr, variables = read_with_shapes(formula, shapes)
    data = drawn(shapes, 7)
    given = {name: data[name] for name in variables}
    found = answer_of(rates(expr, [variables[name] for name in x.split()], data=given))
    assert found["value"]["high"] == pytest.approx(2 / eigmax(np.atleast_2d(matrix(data))), rel=1e-10)
    assert float(Fraction(found["high"]) if "/" in found["high"] else found["high"]) == found["value"]["high"]


@pytest.mark.parametrize(
    ("body", "high", "conditions"),
    [
        ("x : (), a : ()\nf = a*x**2\nrates(f, x)", "1 / a", ["a > 0"]),
        ("x : (), a : (), b : ()\nf = a*x**2/2 + b*x\nrates(f, x)", "2 / a", ["a > 0"]),
        ("x : (), a : () nonnegative\nf = a*x**2\nrates(f, x)", "1 / a", ["a > 0"]),
        ("x : (n,), c : (n,)\nf = sum(c*x**2)\nrates(f, x)", "1 / max(c)", ["min(c) > 0"]),
        ("x : (n,), A : (n, n) symmetric, b : (n,)\nf = x @ A @ x / 2 - b @ x\nrates(f, x)", "2 / λ_max(A)", ["A is positive definite"]),
        ("x : (), b : () nonnegative\nf = 5*x**2\nrates(f, x, momentum=b)", None, ["0 <= b < 1"]),
    ],
)
def test_what_is_not_declared_becomes_a_condition(body: str, high: str | None, conditions: list[str]) -> None:
    found = asked(body)
    assert found["conditions"] == conditions
    assert high is None or found["high"] == high


def test_uniqueness_needs_full_column_rank_or_a_penalty() -> None:
    loss = "X : (m, n){}, w : (n,), y : (m,), lam : () positive\nL = sum((X @ w - y)**2){}\nrates(L, w)"
    assert asked(loss.format("", ""))["unique_if"] == ["X has full column rank"]
    assert asked(loss.format(" full_column_rank", ""))["unique"]
    assert asked(loss.format("", " + lam * w @ w"))["unique"]


def test_partly_given_data_leaves_a_formula_that_reads_back() -> None:
    body = "X = [[1, 2], [3, 4], [5, 6]]\nw : (2,), y : (3,), lam : () positive\nL = sum((X @ w - y)**2) + lam * w @ w\nrates(L, w)"
    found = asked(body)
    x = np.array([[1, 2], [3, 4], [5, 6]])
    assert not found["exact"]
    assert found["formula"] == "1 / (λ_max(X.T @ X) + lam)"
    assert run(found["high"], {"lam": 0.7}) == pytest.approx(1 / (eigmax(x.T @ x) + 0.7), rel=1e-11)
    lam = byhand.var("lam")
    assert prove(byhand.formula(found["high"], lam=lam), byhand.formula(found["high"], lam=lam)).verdict == "holds"


# ---------------------------------------------------------------------------------- simulated, inside and outside


def slope(f: Callable[[np.ndarray], float], x: np.ndarray) -> np.ndarray:
    """The gradient of a quadratic: central differences are exact for it, up to rounding."""
    return np.array([(f(x + step) - f(x - step)) / 2 for step in np.eye(len(x))])


def descend(f: Callable[[np.ndarray], float], x: np.ndarray, rate: float, beta: float, nesterov: bool, steps: int) -> np.ndarray:
    before, now = x, x
    for _ in range(steps):
        ahead = now + beta * (now - before)
        before, now = now, ahead - rate * slope(f, ahead if nesterov else now)
    return now


PROBLEMS: list[tuple[str, str, str, Callable[[dict[str, Any]], Callable[[np.ndarray], float]], int]] = [
    ("sum((X@w - y)**2)", "X:(m,n), w:(n,), y:(m,)", "w", lambda d: lambda w: float(((d["X"] @ w - d["y"]) ** 2).sum()), 3),
    (
        "mean(s*(X@w + b - y)**2) + lam*sum(w**2)",
        "X:(m,n), w:(n,), y:(m,), b:(), s:(m,) positive, lam:() positive",
        "w b",
        lambda d: lambda v: float((d["s"] * (d["X"] @ v[:3] + v[3] - d["y"]) ** 2).mean() + d["lam"] * (v[:3] ** 2).sum()),
        4,
    ),
    ("sum((X@W - Y)**2)/2", "X:(m,n), W:(n,k), Y:(m,k)", "W", lambda d: lambda v: float(((d["X"] @ v.reshape(3, 2) - d["Y"]) ** 2).sum() / 2), 6),
    ("x@A@x/2 - b@x", "x:(n,), A:(n,n) symmetric, b:(n,)", "x", lambda d: lambda v: float(v @ d["A"] @ v / 2 - d["b"] @ v), 3),
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=[one[0] for one in PROBLEMS])
@pytest.mark.parametrize(("beta", "nesterov"), [(0, False), (Fraction(1, 2), False), (Fraction(9, 10), False), (Fraction(1, 2), True), (Fraction(9, 10), True)])
def test_just_inside_converges_and_just_outside_diverges(problem: Any, beta: Fraction | int, nesterov: bool) -> None:
    formula, shapes, x, make, count = problem
    expr, variables = read_with_shapes(formula, shapes)
    data = drawn(shapes, 11)
    f = make(data)
    given = {name: data[name] for name in variables if name not in x.split()}
    options = {} if beta == 0 else {"momentum": beta, "nesterov": nesterov}
    found = answer_of(rates(expr, [variables[name] for name in x.split()], data=given, **options))
    high = found["value"]["high"]
    centre = np.concatenate([np.ravel(found["at"][name]) for name in x.split()])
    start = centre + np.random.default_rng(5).normal(size=count)
    beta = float(beta)
    assert np.abs(slope(f, centre)).max() < 1e-6
    first = float(np.linalg.norm(start - centre))
    late = [float(np.linalg.norm(descend(f, start, high * share, beta, nesterov, 600) - centre)) for share in (0.97, 1.03)]
    assert f(descend(f, start, high * 0.97, beta, nesterov, 3000)) - f(centre) < 1e-4 * (f(start) - f(centre))
    assert late[1] > 100 * first, "it diverges outside"
    assert late[0] < first, "and does not inside"


NLL = "X : (m, n), y : (m,), w : (n,), sigma : () positive, beta : ()\nL = m/2 * log(2*pi*sigma**2) + 1/(2*sigma**2) * (y - X @ w).T @ (y - X @ w)\n"
MEAN = "X : (m, n), y : (m,), w : (n,), lam : () positive\nL = mean((y - X @ w)**2) + lam/2 * w @ w\n"
QUOTIENT = "x : (), a : () positive, b : () positive, beta : ()\nf = a*x**2/b\n"


@pytest.mark.parametrize(
    ("body", "high", "best", "contraction"),
    [
        (NLL + "rates(L, w)", "2 * sigma**2 / λ_max(X.T @ X)", "2 * sigma**2 / ({})", "(λ_max(X.T @ X) - λ_min(X.T @ X)) / ({})"),
        (MEAN + "rates(L, w)", "2*m / (2 * λ_max(X.T @ X) + m * lam)", "m / ({} + m * lam)", "(λ_max(X.T @ X) - λ_min(X.T @ X)) / ({} + m * lam)"),
        (QUOTIENT + "rates(f, x)", "b / a", "b / (2 * a)", "0"),
        (QUOTIENT + "rates(f, x, momentum=beta)", "b * (1 + beta) / a", "b * (1 + beta) / (2 * a)", "sqrt(beta)"),
        (QUOTIENT + "rates(f, x, momentum=beta, nesterov=true)", "b * (1 + beta) / (a * (1 + 2 * beta))", "b / (2 * a)", "0"),
    ],
)
def test_no_fractions_inside_fractions(body: str, high: str, best: str, contraction: str) -> None:
    found = asked(body)
    assert found["high"] == high
    for text, expected in ((found["best"], best), (found["contraction"], contraction)):
        names = {"λ_max(X.T @ X)": "hi", "λ_min(X.T @ X)": "lo"}
        sides = [one.format("λ_max(X.T @ X) + λ_min(X.T @ X)") for one in (text, expected)]
        for name, short in names.items():
            sides = [side.replace(name, short) for side in sides]
        left, right = (sympy.sympify(side, locals={"beta": sympy.Symbol("beta")}) for side in sides)
        assert sympy.simplify(left - right) == 0
        assert "/" not in sides[0].split("/", 1)[-1], text


def test_the_likelihood_is_bounded_below() -> None:
    assert (asked(NLL + "rates(L, w)")["conditions"], asked(NLL + "rates(L, w)")["unique_if"]) == ([], ["X has full column rank"])


def test_conditions_claim_no_more_than_is_so() -> None:
    """With λ a little below zero, and β as well, some rates still converge."""
    ridge = "X : (m, n), y : (m,), w : (n,), lam : (), beta : ()\nL = sum((y - X @ w)**2) + lam * sum(w**2)\nrates(L, w, momentum=beta)"
    said = " ".join(render(solve_text(f"```byhand\n{ridge}\n```\n"), "text").split())
    assert "This holds if λ ≥ 0; otherwise there need not be a minimum" in said
    assert "The momentum is one with 0 ≤ β < 1; with 1 or more no rate converges" in said
    assert asked(ridge)["conditions"] == ["0 <= beta < 1", "lam >= 0"]


def test_nesterov_on_one_eigenvalue_is_exact() -> None:
    found = asked("x : ()\nf = 5*x**2 + 2\nrates(f, x, momentum=0.9, nesterov=true)")
    assert (found["high"], found["best"], found["contraction"]) == ("19/140", "1/10", "0")


def test_the_best_rate_contracts_as_said() -> None:
    """No other rate of a fine grid does better, for each method, by the spectral radius of the companion matrix."""
    random = np.random.default_rng(3)
    for kind in ("plain", "heavy ball", "nesterov"):
        for _ in range(10):
            low, high = np.sort(random.uniform(0.1, 10, 2))
            beta = 0.0 if kind == "plain" else float(random.uniform(0, 0.95))
            rate, factor = best_found(kind, beta, float(low), float(high))
            edge = bound(kind, beta, float(high))

            def companion(eta: float, kind: Any = kind, beta: float = beta, ends: Any = (low, high)) -> float:
                found = []
                for value in ends:
                    p, q = coefficients(kind, beta, eta * float(value))
                    found.append(float(np.abs(np.linalg.eigvals(np.array([[p, -q], [1, 0]]))).max()))
                return max(found)

            assert companion(rate) == pytest.approx(factor, abs=1e-6)
            assert factor <= min(companion(share * edge) for share in np.linspace(0.001, 1, 400)) + 1e-6
            assert companion(edge * 0.9999) < 1 < companion(edge * 1.0001)
            assert radius(kind, beta, rate * float(low)) == pytest.approx(companion(rate, ends=(low,)), abs=1e-6)


def test_momentum_bounds_exactly() -> None:
    f = "x : (), y : ()\nf = x**2 + 3*y**2\n"
    assert asked(f + "rates(f, [x, y], momentum=0.5)")["high"] == "1/2"
    assert asked(f + "rates(f, [x, y], momentum=0.5, nesterov=true)")["high"] == "1/4"
    assert asked(f + "rates(f, [x, y], momentum=0)")["high"] == "1/3"
    assert asked("beta = 0.5\n" + f + "rates(f, [x, y], momentum=beta)")["high"] == "1/2"


def test_momentum_without_a_number() -> None:
    found = asked("x : (), a : () positive, beta : () nonnegative\nf = a*x**2\nrates(f, x, momentum=beta)")
    assert found["high"] == "(1 + beta) / a"
    assert run(found["high"], {"beta": 0.3, "a": 2.0}) == pytest.approx(2 * 1.3 / 4)
    found = asked("x : (), y : (), beta : ()\nf = x**2/2 + 2*y**2\nrates(f, [x, y], momentum=beta)")
    assert found["optimum"] == {"rate": "4/9", "momentum": "1/9", "contraction": "1/3"}
    found = asked("x : (), y : (), beta : ()\nf = x**2/2 + 2*y**2\nrates(f, [x, y], momentum=beta, nesterov=true)")
    assert run(found["high"], {"beta": 0.3}) == pytest.approx(2 * 1.3 / (1.6 * 4))
    assert found["optimum"] == {"rate": "1/4", "momentum": "1/3", "contraction": "1/2"}


def test_too_much_momentum() -> None:
    assert "less than 1" in asked("x : ()\nf = x**2\nrates(f, x, momentum=1)")["reason"]
    with pytest.raises(ByhandError, match="negative"):
        asked("x : ()\nf = x**2\nrates(f, x, momentum=-0.5)")


# ------------------------------------------------------------------------------------------------- degenerate


@pytest.mark.parametrize(
    ("body", "words", "outcome"),
    [
        ("x : ()\nf = -x**2\nrates(f, x)", "no positive eigenvalue", "none"),
        ("x : ()\nf = 3*x + 1\nrates(f, x)", "linear in x and unbounded below", "none"),
        ("x : (), b : ()\nf = b*x + 1\nrates(f, x)", "linear in x", "none"),
        ("x : (), b : ()\nf = b**2 + 1\nrates(f, x)", "does not depend on x", "every"),
        ("x : (), y : ()\nf = x**2 - y**2\nrates(f, [x, y])", "indefinite", "none"),
        ("x : (), y : ()\nf = x*y\nrates(f, [x, y])", "indefinite", "none"),
        ("x : (), y : ()\nf = x**2 + y\nrates(f, [x, y])", "unbounded below", "none"),
        ("x : (), y : ()\nf = (x + y)**2 + x\nrates(f, [x, y])", "unbounded below", "none"),
        ("x : (), a : () positive\nf = 1 - a*x**2\nrates(f, x)", "no positive eigenvalue", "none"),
        ("x : (n,)\nf = -sum(x**2)\nrates(f, x)", "no positive eigenvalue", "none"),
        ("x : ()\nf = abs(x)\nrates(f, x)", "kink", "none"),
        ("x : ()\nf = x**2 + abs(x)\nrates(f, x)", "kink", "none"),
        ("x : ()\nf = relu(x) + relu(-x)\nrates(f, x)", "kink", "none"),
        ("x : ()\nf = x**4\nrates(f, x)", "does not decide", "undecided"),
        ("x : ()\nf = exp(x)\nrates(f, x)", "no minimum of it was found", "undecided"),
        ("x : ()\nf = x**4 - 2*x**2\nrates(f, x, at=0)", "no minimum", "none"),
        ("x : (), y : ()\nf = x**4/4 + x - x + y**2 - x**2\nrates(f, [x, y], at=[0, 0])", "saddle", "none"),
        ("w : (2,)\nX = [[1, 2], [3, 4]]\ny = [1, 1]\nL = sum(log(1 + exp(-y * (X @ w))))\nrates(L, w)", "no minimum of it was found", "undecided"),
    ],
)
def test_no_interval_at_all(body: str, words: str, outcome: str) -> None:
    """Only where no rate converges is that said: x⁴ is reached from near by with any small rate, but its Hessian does not tell."""
    found = asked(body)
    assert [key for key in ("none", "undecided", "every") if found.get(key)] == [outcome]
    assert found["high"] is None
    assert found["low"] is None
    assert words in found["reason"]


def test_what_is_said_where_there_is_no_interval() -> None:
    said = {f: " ".join(render(solve_text(f"```byhand\nx : ()\nf = {f}\nrates(f, x)\n```\n"), "text").split()) for f in ("-x**2", "x**4", "1 + 0*x")}
    assert "There is no learning rate with which gradient descent converges to a minimum from every start" in said["-x**2"]
    assert "For which learning rates gradient descent converges to this point from all starts near it is not decided here" in said["x**4"]
    assert "Every learning rate will do" in said["1 + 0*x"]
    assert "no learning rate" not in said["x**4"] + said["1 + 0*x"]


def test_a_picture_says_in_a_terminal_what_is_seen_there() -> None:
    """Not the parabola or the plane, which are on other pages; and lines can be told apart."""
    one, two = (render(solve_text(f"```byhand\nx : (), y : ()\n{ask}\n```\n"), "text") for ask in ("rates(5*x**2, x)", "rates(x**2 + 9*y**2, [x, y])"))
    assert "The iterates over the steps" in one
    assert "parabola" not in one
    assert "How far f is above its minimum, for one rate in each regime." in two
    assert "seen from above" not in two
    assert all(two.count(sign) == 2 for sign in "●○■□")


def test_a_singular_hessian_still_has_an_interval() -> None:
    found = asked("w : (2,)\nX = [[1, 2], [2, 4]]\ny = [1, 2]\nL = sum((X @ w - y)**2)\nrates(L, w)")
    assert (found["high"], found["unique"], found["lambda_min"]) == ("1/25", False, "0")
    assert (found["best"], found["contraction"]) == ("1/50", "0"), "on the range of H, where the error is"


@pytest.mark.parametrize(
    ("body", "high"),
    [
        ("w : (3000,)\nL = sum(w**2)\nrates(L, w)", 1.0),
        ("w : (3000,)\nL = sum(w**2)\nrates(L, w, momentum=0.5)", 1.5),
        ("W : (100, 40)\nX = full((200, 100), 0.1)\nL = sum((X @ W)**2) + sum(W**2)\nrates(L, W)", 2 / (2 * 200 + 2)),
        ("W : (100, 40)\nX = full((200, 100), 0.1)\nL = sum((X @ W)**2)\nrates(L, W)", 2 / (2 * 200)),
    ],
)
def test_large_problems_go_by_their_parts(body: str, high: float) -> None:
    assert asked(body)["value"]["high"] == pytest.approx(high, rel=1e-10)


def test_too_large_is_refused_before_anything_is_worked_out() -> None:
    with pytest.raises(ByhandError, match="worked out up to"):
        asked("W : (100, 40), b : (40,)\nX = full((200, 100), 0.1)\nL = sum((X @ W + b)**2)\nrates(L, [W, b])")


def test_kinks_that_do_no_harm() -> None:
    assert asked("x : ()\nf = huber(x)\nrates(f, x)")["high"] == "2"
    jumps = asked("x : ()\nf = relu(x)**2 + x**4\nrates(f, x)")
    assert "jumps" in jumps["reason"]
    assert (jumps["none"], jumps["undecided"]) == (False, True)


# ------------------------------------------------------------------------------------------------ not quadratic

LOCAL = [
    ("x**4 - 2*x**2", {"x": 1.0}),
    ("x**4 - 2*x**2", {"x": -1.0}),
    ("cos(x)", {"x": 3.0}),
    ("exp(x) - 2*x", {"x": 0.5}),
    ("(1 - x)**2 + 100*(y - x**2)**2", {"x": 0.9, "y": 0.8}),
    ("log(1 + exp(x)) + log(1 + exp(-x)) + x**2/10", {"x": 0.3}),
    ("x**2/2 + sin(x)", {"x": -0.5}),
    ("sqrt(1 + x**2) + y**2 + x*y/4", {"x": 0.5, "y": 0.5}),
]


@pytest.mark.parametrize(("formula", "start"), LOCAL, ids=[f"{formula} from {start}" for formula, start in LOCAL])
def test_local_rates_against_sympy(formula: str, start: dict[str, float]) -> None:
    expr, variables = read_with_shapes(formula, "")
    found = rates(expr, [variables[name] for name in start], data=start)
    text = answer_of(found)
    symbols = [sympy.Symbol(name) for name in start]
    f = sympy.sympify(formula)
    point = sympy.nsolve([f.diff(s) for s in symbols], symbols, list(text["at"].values()), prec=30)
    for name, value in zip(start, point):
        assert text["at"][name] == pytest.approx(float(value), abs=1e-10)
    h = np.array(sympy.hessian(f, symbols).subs(dict(zip(symbols, point))).evalf(), dtype=float)
    assert text["local"]
    assert text["value"]["high"] == pytest.approx(2 / eigmax(h), rel=1e-7)


def test_a_local_rate_is_one() -> None:
    """Started near the minimum, a rate just inside converges and one just outside does not."""
    found = asked("x : ()\nf = exp(x) - 2*x\nrates(f, x)")
    minimum, high = found["at"]["x"], found["value"]["high"]
    ends = []
    for share in (0.98, 1.02):
        x = minimum + 1e-5
        for _ in range(400):
            x -= share * high * (np.exp(x) - 2)
        ends.append(abs(x - minimum))
    assert ends[0] < 1e-6 < ends[1]


def test_logistic_regression_with_a_penalty() -> None:
    """Against Newton's method written here."""
    x, y = np.array([[1.0, 2], [3, 1], [-1, 2], [0, -2]]), np.array([1, 0, 1, 0])
    w = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        h = x.T @ np.diag(p * (1 - p)) @ x + np.eye(2)
        w -= np.linalg.solve(h, x.T @ (p - y) + w)
    body = f"X = {x.tolist()}\ny = {y.tolist()}\nw : (2,)\nL = sum(log(1 + exp(X @ w)) - y * (X @ w)) + sum(w**2)/2\nrates(L, w)"
    found = asked(body)
    assert found["local"]
    np.testing.assert_allclose(found["at"]["w"], w, atol=1e-9)
    assert found["value"]["high"] == pytest.approx(2 / eigmax(h), rel=1e-8)


def test_points_given() -> None:
    f = "x : ()\nf = x**4 - 2*x**2\n"
    assert asked(f + "rates(f, x, at=1)")["high"] == "1/4"
    assert asked(f + "rates(f, x, at=-1)")["at"] == {"x": -1}
    assert asked("x : ()\nf = sin(x)\nrates(f, x, at=-pi/2)")["value"]["high"] == pytest.approx(2)
    with pytest.raises(ByhandError, match="no stationary point"):
        asked(f + "rates(f, x, at=0.5)")


# ------------------------------------------------------------------------------------------------- eigenvalues


def fractions(matrix: Any) -> Any:
    return np.vectorize(Fraction, otypes=[object])(matrix)


def test_eigenvalues_against_lapack() -> None:
    random = np.random.default_rng(0)
    for count in range(1, 9):
        for _ in range(6):
            half = random.integers(-4, 5, (count, random.integers(1, count + 1)))
            matrix = half @ half.T if random.random() < 0.6 else half @ half.T - 3 * np.eye(count, dtype=int)
            values = np.linalg.eigvalsh(matrix.astype(float))
            found = eigenvalues(fractions(matrix) / int(random.integers(1, 5)))
            scale = float(found.all[-1]) / values[-1] if values[-1] else 1.0
            np.testing.assert_allclose(found.all, values * scale, atol=1e-9 * max(1, np.abs(values).max()))
            assert inertia([[Fraction(int(entry)) for entry in row] for row in matrix]) == (int((values > 1e-9).sum()), int((values < -1e-9).sum()))


def test_rational_eigenvalues_are_exact() -> None:
    """Q diag(…) Q⁻¹ with an orthogonal Q of rationals."""
    q = np.array(
        [[Fraction(1, 3), Fraction(2, 3), Fraction(2, 3)], [Fraction(2, 3), Fraction(1, 3), Fraction(-2, 3)], [Fraction(2, 3), Fraction(-2, 3), Fraction(1, 3)]]
    )
    for values in ((Fraction(1, 7), Fraction(5, 3), Fraction(9, 2)), (Fraction(0), Fraction(0), Fraction(1, 3)), (Fraction(-2), Fraction(0), Fraction(4, 5))):
        found = eigenvalues(q @ np.diag(values) @ q.T)
        assert (found.low, found.high) == (values[0], values[2])
        assert found.exact


def test_a_near_miss_is_not_called_exact() -> None:
    found = eigenvalues(fractions([[2, 1], [1, 3]]))
    assert isinstance(found.high, float)
    assert found.high == pytest.approx((5 + 5**0.5) / 2, rel=1e-15)


# ---------------------------------------------------------------------------------------- the shared Hessian


def test_hessians_against_finite_differences_of_gradients() -> None:
    for formula, shapes, x, matrix in SYMBOLIC:
        if len(x.split()) == 1:
            expr, variables = read_with_shapes(formula, shapes)
            data = drawn(shapes, 2)
            second = hessian(named("f", expr), [variables[x]])
            value = evaluate([second.blocks[0][0]], {name: data[name] for name in variables}, SIZES).roots[0]
            size = int(np.sqrt(value.size))
            found = np.asarray(value, dtype=float).reshape(size, size)
            assert second.quadratic
            assert float(np.linalg.eigvalsh(found)[-1]) == pytest.approx(eigmax(np.atleast_2d(matrix(data))), rel=1e-10)


def test_what_is_quadratic() -> None:
    for formula, quadratic in (
        ("x**2", True),
        ("x**3", False),
        ("(x+1)**3 - x**3", True),
        ("abs(x)", False),
        ("x**2 + step(x)", False),
        ("relu(x)**2 + relu(-x)**2", True),
    ):
        expr, variables = read_with_shapes(formula, "")
        assert hessian(named("f", expr), [variables["x"]]).quadratic == quadratic, formula


def test_columns_are_told_from_rows() -> None:
    for formula, axis in (("sum((X@W - Y)**2)", 0), ("sum((W@X - Y)**2)", 1)):
        shapes = "X:(3,3), W:(3,3), Y:(3,3)"
        expr, variables = read_with_shapes(formula, shapes)
        found = separated(hessian(named("f", expr), [variables["W"]]).blocks[0][0])
        assert found is not None
        assert found[0] == axis
    expr, variables = read_with_shapes("sum((A@W@B)**2)", "A:(3,3), W:(3,3), B:(3,3)")
    assert separated(hessian(named("f", expr), [variables["W"]]).blocks[0][0]) is None


# ------------------------------------------------------------------------------------------------ pages, calls


@pytest.mark.parametrize("form", ["text", "md", "tex", "html", "json"])
@pytest.mark.parametrize(
    "body",
    [
        "x : ()\nf = 5*x**2 + 2\nrates(f, x)",
        "x : (), a : () positive\nf = a*x**2\nrates(f, x)",
        "x : (), y : ()\nf = x**2 + x*y + y**2\nrates(f, [x, y])",
        "X : (m, n), w : (n,), y : (m,), lam : () positive\nL = sum((X @ w - y)**2) + lam*w@w\nrates(L, w)",
        "x : (), y : (), beta : ()\nf = x**2 + y**2\nrates(f, [x, y], momentum=beta)\nrates(f, [x, y], momentum=0.9, nesterov=true)",
        "x : ()\nf = x**4 - 2*x**2\nrates(f, x)\nrates(-f, x)",
        "e : (3,), n = 2\nL = sum((e - n)**2)\nrates(L, e)".replace(", n = 2", "\nn = 2"),
    ],
)
def test_every_page(body: str, form: str) -> None:
    page = render(solve_text(f"# Rates\n```byhand\n{body}\n```\n"), form)
    assert isinstance(page, str)
    assert len(page) > 400
    assert "None" not in page


def test_the_page_says_what_a_teacher_would() -> None:
    page = render(solve_text("# Rates\n```byhand\nx : ()\nf = 5*x**2 + 2\nrates(f, x)\n```\n"), "text")
    for words in ("0 < η < 2 / H = 0.2", "e_{n+1} = e_n − 10 η e_n = (1 − 10 η) e_n", "|1 − 10 η| < 1 ⇔ 0 < 10 η < 2", "monotone", "oscillating", "diverging"):
        assert words in page, page
    assert max(map(len, page.splitlines())) <= 80


def test_the_letters_of_the_sheet_are_left_alone() -> None:
    """A sheet with an H, an n, an e and an η of its own."""
    body = "H : (n, n) symmetric, x : (n,), e : (n,), eta : ()\nf = x @ H @ x / 2 - eta * e @ x\nrates(f, x)"
    found = asked(body)
    assert (found["high"], found["hessian"]) == ("2 / λ_max(H)", "H")
    page = render(solve_text(f"# Rates\n```byhand\n{body}\n```\n"), "text")
    assert isinstance(page, str)
    assert "K = H" in page
    assert "0 < α < 2 / λ_{max} = 2 / λ_max(H)" in page
    assert "d_{k+1} = d_k − α K d_k = (I − α K) d_k" in page


def test_a_gradient_as_a_function_of_its_own() -> None:
    """f = |∇L|² for L = ½ wᵀAw has the Hessian 2 A²."""
    found = asked("w : (2,)\nA = [[2, 0], [0, 3]]\nL = w @ A @ w / 2\ng = dL/dw\nf = g @ g\nrates(f, w)")
    assert found["high"] == "1/9"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("rates()", "as in rates"),
        ("rates(f)", "as in rates"),
        ("rates(f, [])", "names no unknowns"),
        ("rates(f, [x, x])", "x twice"),
        ("rates(f, q)", "q is not defined"),
        ("rates(q, x)", "q is not defined"),
        ("rates(x, x)", "given and not computed"),
        ("rates(f, g)", "computed by a formula"),
        ("rates(f, 2*x)", "names of the unknowns"),
        ("rates(v, x)", "shape"),
        ("rates(f, x, rate=0.1)", "no option rate"),
        ("rates(f, x, momentum=[1, 2])", "single number"),
        ("rates(f, x, nesterov=true)", "needs a momentum"),
        ("rates(f, x, momentum=0.5, nesterov=2)", "true or false"),
        ("rates(f, [x, z], at=[1])", "one value for each unknown"),
        ("rates(h, x, at=[1, 2])", "shape"),
        ("rates(h, x, at=z)", "none are given for z"),
    ],
)
def test_wrong_calls_are_answered_with_a_right_one(question: str, words: str) -> None:
    body = f"x : (), z : (), k : (2,)\nf = x**2\ng = 2*x\nh = x**4 - x**2\nv = x * k\n{question}"
    with pytest.raises(ByhandError) as error:
        asked(body)
    assert words in str(error.value)
    assert "line 7" in str(error.value)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ByhandError, match="none are given for a"):
        asked("x : (), a : ()\nf = x**4 + a*x\nrates(f, x)")
    with pytest.raises(ByhandError, match="size of x"):
        asked("x : (n,)\nf = sum(x**4)\nrates(f, x)")


def test_after_a_step_the_question_is_the_same() -> None:
    assert asked("x = 1\nf = 5*x**2 + 2\nstep(f, [x], rate=0.1)\nrates(f, x)")["high"] == "1/5"
