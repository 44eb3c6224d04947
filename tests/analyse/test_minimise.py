"""Closed forms of quadratic losses, against NumPy, scikit-learn and SymPy."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from byhand.analyse.matrix.words import NotWords
from byhand.analyse.minimise import Minimum, minimise
from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Named, Var, named
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from byhand.sheets.single import read_with_shapes
from support.sources import ROOT

NUMPY = {name: getattr(np, name) for name in ("sum", "mean", "eye", "outer", "diag", "ones", "zeros", "reshape", "sqrt", "einsum", "exp", "log", "pi", "trace")}
NUMPY |= {"inv": np.linalg.inv, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}


def asked(formula: str, shapes: str, *unknowns: str) -> Minimum:
    expr, variables = read_with_shapes(formula, shapes)
    return minimise(expr, [variables[name] for name in unknowns])


def answers(sheet: str, key: str | None = None) -> Any:
    found = json.loads(render(solve_text(f"```byhand\n{sheet}\n```\n"), "json"))
    return found if key is None else found["answers"][key]


def page(sheet: str, form: str = "text") -> str:
    return " ".join(render(solve_text(f"```byhand\n{sheet}\n```\n"), form).split())


def random_data(variables: dict[str, Var], sizes: dict[str, int], seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for name, variable in variables.items():
        shape = tuple(axis if isinstance(axis, int) else int(axis.at(sizes)) for axis in variable.shape)
        value = rng.normal(size=shape)
        if variable.facts & {"positive", "nonnegative"}:
            value = np.abs(value) + 0.1
        found[name] = value + value.T if "symmetric" in variable.facts else value
    return found


# ---------------------------------------------------------------------------------------------- textbook forms

LSQ = "X:(m,n), y:(m,), w:(n,)"
TEXTBOOK = [
    ("m/2*log(2*pi*sigma**2) + 1/(2*sigma**2)*(y - X@w)@(y - X@w)", f"{LSQ}, sigma:() positive", "w", "inv(X.T @ X) @ X.T @ y"),
    ("m/2*log(2*pi*sigma**2) + 1/(2*sigma**2)*sum((y - X@w)**2)", f"{LSQ}, sigma:() positive", "w", "inv(X.T @ X) @ X.T @ y"),
    ("m/2*log(2*pi*s2) + 1/(2*s2)*(y - X@w).T@(y - X@w)", f"{LSQ}, s2:() positive", "w", "inv(X.T @ X) @ X.T @ y"),
    ("sum((X@w - y)**2)", LSQ, "w", "inv(X.T @ X) @ X.T @ y"),
    ("(y - X@w)@(y - X@w) + lam*w@w", f"{LSQ}, lam:() positive", "w", "inv(X.T @ X + lam * eye(n)) @ X.T @ y"),
    ("sum((y - X@w)**2) + lam*sum(w**2)", f"{LSQ}, lam:() positive", "w", "inv(X.T @ X + lam * eye(n)) @ X.T @ y"),
    ("(sum((y - X@w)**2) + lam*norm(w)**2)/2", f"{LSQ}, lam:() positive", "w", "inv(X.T @ X + lam * eye(n)) @ X.T @ y"),
    ("mean((y - X@w)**2) + lam*sum(w**2)", f"{LSQ}, lam:() positive", "w", "inv(X.T @ X + m * lam * eye(n)) @ X.T @ y"),
    ("sum((y - X@w)**2) + sum((G@w)**2)", f"{LSQ}, G:(p,n)", "w", "inv(X.T @ X + G.T @ G) @ X.T @ y"),
    ("sum(d*(y - X@w)**2)", f"{LSQ}, d:(m,) positive", "w", "inv((X.T * d) @ X) @ (X.T * d) @ y"),
    ("(y - X@w)@S@(y - X@w)", f"{LSQ}, S:(m,m) symmetric", "w", "inv(X.T @ S @ X) @ X.T @ S @ y"),
    ("(y - X@w)@diag(d)@(y - X@w)", f"{LSQ}, d:(m,) positive", "w", "inv((X.T * d) @ X) @ (X.T * d) @ y"),
    ("sum((X@W - Y)**2)", "X:(m,n), Y:(m,k), W:(n,k)", "W", "inv(X.T @ X) @ X.T @ Y"),
    ("trace((X@W - Y).T@(X@W - Y))", "X:(m,n), Y:(m,k), W:(n,k)", "W", "inv(X.T @ X) @ X.T @ Y"),
    ("sum((W@X - Y)**2) + lam*sum(W**2)", "X:(n,m), Y:(k,m), W:(k,n), lam:() positive", "W", "Y @ X.T @ inv(X @ X.T + lam * eye(n))"),
    ("sum((A@W@B - C)**2)", "A:(p,m), B:(n,q), C:(p,q), W:(m,n)", "W", "inv(A.T @ A) @ A.T @ C @ B.T @ inv(B @ B.T)"),
    ("a*x**2 + b*x + c", "a:() positive, b:(), c:(), x:()", "x", "-b / (2 * a)"),
    ("sum((x - mu)**2)", "x:(n,), mu:()", "mu", "1/n * sum(x)"),
    ("sum((X - mu)**2)", "X:(m,n), mu:(n,)", "mu", "1/m * sum(X, axis=0)"),
    ("sum((a*x - y)**2)", "x:(m,), y:(m,), a:()", "a", "y @ x / (x @ x)"),
    ("sum((X@w - y)**2)/(2*sigma**2) + sum((w - w0)**2)/(2*tau**2)", f"{LSQ}, w0:(n,), sigma:() positive, tau:() positive", "w", None),
    ("sum((X@w - y)**2) + lam*sum(w[1:]**2)", f"{LSQ}, lam:() positive", "w", None),
    ("sum((X@w - y)**2) + lam*sum((d*w)**2)", f"{LSQ}, d:(n,), lam:() positive", "w", "inv(X.T @ X + lam * diag(d**2)) @ X.T @ y"),
    ("sum(((X - mean(X, axis=0))@w - (y - mean(y)))**2)", LSQ, "w", None),
    ("sum((X@W - Y)**2) + sum((W@V)**2)", "X:(m,n), Y:(m,k), W:(n,k), V:(k,q)", "W", None),
    ("sum(M*(X@W - Y)**2)", "X:(m,n), Y:(m,k), W:(n,k), M:(m,k) positive", "W", None),
    ("sum((a*X - Y)**2)", "X:(m,n), Y:(m,n), a:()", "a", None),
    ("mse(X@W, Y)", "X:(m,n), Y:(m,k), W:(n,k)", "W", "inv(X.T @ X) @ X.T @ Y"),
    ("squared_error(X@w, y) + l2_penalty(w)*lam", f"{LSQ}, lam:() positive", "w", None),
    ("sum((x - y)**2) + lam*sum((x[1:] - x[:-1])**2)", "x:(n,), y:(n,), lam:() positive", "x", None),
    ("sum((X@w + w[0] - y)**2)", LSQ, "w", None),
    ("sum((y - X@w).T@(y - X@w))", "X:(m,n), y:(m,1), w:(n,1)", "w", "inv(X.T @ X) @ X.T @ y"),
    ("sum((X*w - Y)**2)", "X:(m,n), Y:(m,n), w:(n,)", "w", "sum(X*Y, axis=0) / sum(X*X, axis=0)"),
    ("sum((X@W - Y)**2)", "X:(q,m,n), Y:(q,m,k), W:(n,k)", "W", 'inv(einsum("ijk,ijl->kl", X, X)) @ einsum("ijk,ijl->kl", X, Y)'),
    ("(1 - sigmoid(s))*sum((X@w - y)**2) + sigmoid(s)*w@w", f"{LSQ}, s:()", "w", None),
    ("mean((standardise(X, axis=0)@w - y)**2)", LSQ, "w", None),
    ("-2*y@X@w + w@X.T@X@w", LSQ, "w", "inv(X.T @ X) @ X.T @ y"),
]


@pytest.mark.parametrize(("formula", "shapes", "unknown", "expected"), TEXTBOOK, ids=[row[0] for row in TEXTBOOK])
def test_the_formula(formula: str, shapes: str, unknown: str, expected: str | None) -> None:
    found = asked(formula, shapes, unknown)
    (solved,) = found.solved
    assert [proof.verdict.verdict for proof in found.proofs] == ["holds"]
    _, variables = read_with_shapes(formula, shapes)
    sizes = {"m": 9, "n": 3, "k": 2, "p": 11, "q": 6}
    data = random_data(variables, sizes)
    given = {name: value for name, value in data.items() if name != unknown}
    value = evaluate([solved.star], given, sizes).roots[0]
    if expected is not None:
        reference, _ = read_with_shapes(expected, ", ".join(part for part in _parts(shapes) if not part.startswith(f"{unknown}:")))
        assert prove(solved.star.body, reference).verdict == "holds"
    _no_better_value_nearby(found, unknown, value, data, sizes)


def _parts(shapes: str) -> list[str]:
    return [part.strip() for part in shapes.replace("),", ")\n").replace("positive,", "positive\n").replace("symmetric,", "symmetric\n").split("\n")]


def _no_better_value_nearby(found: Minimum, unknown: str, value: Any, data: dict[str, Any], sizes: dict[str, int]) -> None:
    rng = np.random.default_rng(1)
    at = {**data, unknown: value}
    best = float(evaluate([found.loss], at, sizes).roots[0])
    if found.ends != "minimum":
        return
    for _ in range(5):
        near = {**at, unknown: value + 0.1 * rng.normal(size=np.shape(value))}
        assert float(evaluate([found.loss], near, sizes).roots[0]) >= best - 1e-12


def test_text_in_textbook_form() -> None:
    texts = {row[0]: row[3] for row in TEXTBOOK if row[3]}
    for formula in ("sum((X@w - y)**2)", "(y - X@w)@(y - X@w) + lam*w@w", "a*x**2 + b*x + c"):
        shapes = next(row[1] for row in TEXTBOOK if row[0] == formula)
        unknown = next(row[2] for row in TEXTBOOK if row[0] == formula)
        sheet = f"{shapes}\nL = {formula}\nminimise(L, {unknown})"
        assert answers(sheet, f"minimise(L, {unknown})")["text"] == texts[formula]


# ------------------------------------------------------------------------------------- what kind of point, and why

KINDS = [
    ("sum((X@w - y)**2)", LSQ, "w", "positive semidefinite", "X has full column rank"),
    ("sum((X@w - y)**2)", "X:(m,n) full_column_rank, y:(m,), w:(n,)", "w", "positive definite", ""),
    ("sum((X@w - y)**2) + lam*w@w", f"{LSQ}, lam:() positive", "w", "positive definite", ""),
    ("sum((X@w - y)**2) + lam*w@w", f"{LSQ}, lam:() nonnegative", "w", "positive semidefinite", "lam > 0, or X has full column rank"),
    ("sum((X@w - y)**2) + lam*w@w", f"{LSQ}, lam:()", "w", "positive semidefinite", "lam > 0, or X has full column rank and lam >= 0"),
    ("sum(d*(X@w - y)**2)", f"{LSQ}, d:(m,) positive", "w", "positive semidefinite", "X has full column rank"),
    ("sum(d*(X@w - y)**2)", f"{LSQ}, d:(m,) nonnegative", "w", "positive semidefinite", "every entry of d > 0 and X has full column rank"),
    ("sum(d*(X@w - y)**2)", f"{LSQ}, d:(m,)", "w", "unknown", ""),
    ("sum((W@X - Y)**2)", "X:(n,m), Y:(k,m), W:(k,n)", "W", "positive semidefinite", "X has full row rank"),
    ("sum((A@W@B - C)**2)", "A:(p,m), B:(n,q), C:(p,q), W:(m,n)", "W", "positive semidefinite", "A has full column rank and B has full row rank"),
    ("sum((X@w - y)**2)/sigma**2", f"{LSQ}, sigma:()", "w", "positive semidefinite", "X has full column rank"),
    ("-sum((X@w - y)**2)", LSQ, "w", "negative semidefinite", "X has full column rank"),
    ("-sum((X@w - y)**2)", "X:(m,n) full_column_rank, y:(m,), w:(n,)", "w", "negative definite", ""),
    ("a*x**2 + b*x", "a:() positive, b:(), x:()", "x", "positive definite", ""),
    ("a*x**2 + b*x", "a:(), b:(), x:()", "x", "positive semidefinite", "a > 0"),
    ("sum((a*x - y)**2)", "x:(m,), y:(m,), a:()", "a", "positive semidefinite", "x is not zero"),
    ("sum((X@w - y)**2) + sum((G@w)**2)", f"{LSQ}, G:(p,n)", "w", "positive semidefinite", "X and G, stacked on one another, have full column rank"),
    ("exp(a)*sum((X@w - y)**2) + w@w", f"{LSQ}, a:()", "w", "positive definite", ""),
    ("(y - X@w)@inv(C@C.T + eye(m))@(y - X@w)", f"{LSQ}, C:(m,p)", "w", "positive semidefinite", "X has full column rank"),
    ("sum((X@w - y)**2) - lam*w@w", f"{LSQ}, lam:() positive", "w", "unknown", ""),
    ("sum((x - y)**2) + lam*sum((x[1:] - x[:-1])**2)", "x:(n,), y:(n,), lam:() positive", "x", "positive definite", ""),
    ("sum((X@w - y)**2) + lam**2*w@w", f"{LSQ}, lam:()", "w", "positive semidefinite", "lam is not zero, or X has full column rank"),
    ("(1 - a)*sum((X@w - y)**2) + a*w@w", f"{LSQ}, a:() positive", "w", "positive semidefinite", "1 - a >= 0"),
    ("sum((X*w - Y)**2)", "X:(m,n), Y:(m,n), w:(n,)", "w", "positive semidefinite", "every entry of sum(X * X, axis=0) > 0"),
    ("x@A@x/2 - b@x", "A:(n,n) symmetric, b:(n,), x:(n,)", "x", "unknown", ""),
]


@pytest.mark.parametrize(("formula", "shapes", "unknown", "kind", "condition"), KINDS, ids=[f"{row[0]} | {row[1]}" for row in KINDS])
def test_the_kind_and_the_condition(formula: str, shapes: str, unknown: str, kind: str, condition: str) -> None:
    sheet = f"{shapes}\nL = {formula}\nminimise(L, {unknown})"
    found = answers(sheet, f"minimise(L, {unknown})")
    assert found["definite"] == kind
    assert found["unique"] == (kind == "positive definite")
    if condition:
        assert found["conditions"] == [condition]
    elif kind != "unknown":
        assert found["conditions"] == []


def test_a_definite_verdict_agrees_with_eigenvalues() -> None:
    """Whatever is called definite or semidefinite is so at random data that respects the facts."""
    for formula, shapes, unknown, kind, _ in KINDS:
        found = asked(formula, shapes, unknown)
        if kind == "unknown" or found.curvature.semi or len(found.second.blocks[0][0].shape) != 2:
            continue
        _, variables = read_with_shapes(formula, shapes)
        for seed in range(3):
            sizes = {"m": 6, "n": 3, "k": 2, "p": 2, "q": 6}
            data = random_data(variables, sizes, seed)
            matrix = evaluate([found.second.blocks[0][0]], {k: v for k, v in data.items() if k != unknown}, sizes).roots[0]
            eigenvalues = np.linalg.eigvalsh(np.asarray(matrix, dtype=float)) * (1 if kind.startswith("positive") else -1)
            assert eigenvalues.min() > -1e-9


# ----------------------------------------------------------------------------------------------------- several unknowns


def test_weights_and_bias_together() -> None:
    sklearn = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(3)
    X, y = rng.integers(-5, 6, size=(7, 3)), rng.integers(-5, 6, size=7)
    sheet = f"X = {X.tolist()}\ny = {y.tolist()}\nw : (3,)\nb : ()\nL = mean((X @ w + b - y)**2)\nminimise(L, [w, b])"
    found = answers(sheet)
    model = sklearn.LinearRegression().fit(X, y)
    np.testing.assert_allclose(found["values"]["w*"], model.coef_, rtol=1e-10)
    np.testing.assert_allclose(found["values"]["b*"], model.intercept_, rtol=1e-10)
    assert found["answers"]["minimise(L, [w, b])"]["unique"] is True
    assert "w*" in found["exact"]


def test_weights_and_bias_with_a_ridge_on_the_weights() -> None:
    sklearn = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(4)
    X, y = rng.integers(-5, 6, size=(6, 2)), rng.integers(-5, 6, size=6)
    sheet = f"X = {X.tolist()}\ny = {y.tolist()}\nw : (2,)\nb : ()\nL = sum((X @ w + b - y)**2) + 0.7 * w @ w\nminimise(L, [w, b])"
    found = answers(sheet)["values"]
    model = sklearn.Ridge(alpha=0.7).fit(X, y)
    np.testing.assert_allclose(found["w*"], model.coef_, rtol=1e-9)
    np.testing.assert_allclose(found["b*"], model.intercept_, rtol=1e-9)


JOINT = [
    ("sum((X@w + b - y)**2)", "X:(m,n), y:(m,), w:(n,), b:()", ["w", "b"], "the columns of X and ones(m) together are linearly independent"),
    ("sum((a*x + b - y)**2)", "x:(m,), y:(m,), a:(), b:()", ["a", "b"], "the columns of x and ones(m) together are linearly independent"),
    ("sum((X@W + b - Y)**2)", "X:(m,n), Y:(m,k), W:(n,k), b:(k,)", ["W", "b"], "the columns of X and ones(m) together are linearly independent"),
    ("sum((X@w + b - y)**2) + lam*w@w", "X:(m,n), y:(m,), w:(n,), b:(), lam:() positive", ["w", "b"], ""),
    ("sum(d*(X@w + b - y)**2)", "X:(m,n), y:(m,), w:(n,), b:(), d:(m,) positive", ["w", "b"], "the columns of X and ones(m) together are linearly independent"),
    ("sum((u - x)**2) + sum((u - v)**2) + sum((v - y)**2)", "x:(n,), y:(n,), u:(n,), v:(n,)", ["u", "v"], None),
]


@pytest.mark.parametrize(("formula", "shapes", "unknowns", "condition"), JOINT, ids=[row[0] for row in JOINT])
def test_several_unknowns(formula: str, shapes: str, unknowns: list[str], condition: str | None) -> None:
    found = asked(formula, shapes, *unknowns)
    assert [proof.verdict.verdict for proof in found.proofs] == ["holds"] * len(unknowns)
    if condition is not None:
        said = answers(f"{shapes}\nL = {formula}\nminimise(L, [{', '.join(unknowns)}])", f"minimise(L, [{', '.join(unknowns)}])")
        assert said["conditions"] == ([condition] if condition else [])
        assert said["unique"] == (not condition)


# ------------------------------------------------------------------------------------------------------------ numbers


def test_ridge_numbers_are_exact_and_those_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.linear_model")
    X, y = [[1, 0], [1, 1], [1, 2], [1, 3]], [1, 3, 2, 5]
    found = answers(f"X = {X}\ny = {y}\nw : (2,)\nlam = 0.5\nL = sum((X @ w - y)**2) + lam * w @ w\nminimise(L, w)")
    assert found["exact"]["w*"] == ["110/117", "44/39"]
    model = sklearn.Ridge(alpha=0.5, fit_intercept=False).fit(X, y)
    np.testing.assert_allclose(found["values"]["w*"], model.coef_, rtol=1e-12)
    said = found["answers"]["minimise(L, w)"]
    assert said["value"] == found["values"]["w*"]
    assert (said["unique"], said["conditions"], said["rank"]) == (True, [], 2)


@pytest.mark.parametrize("seed", range(4))
def test_least_squares_against_numpy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    m, n = (6, 3) if seed % 2 else (2, 4)
    X, y = rng.integers(-4, 5, size=(m, n)), rng.integers(-4, 5, size=m)
    found = answers(f"X = {X.tolist()}\ny = {y.tolist()}\nw : ({n},)\nL = sum((X @ w - y)**2)\nminimise(L, w)")
    expected, _, rank, _ = np.linalg.lstsq(X.astype(float), y.astype(float))
    np.testing.assert_allclose(found["values"]["w*"], expected, atol=1e-9)
    said = found["answers"]["minimise(L, w)"]
    assert said["rank"] == rank
    assert said["unique"] == (rank == n)
    assert "w*" in found["exact"]


def test_a_singular_matrix_is_reported_with_its_rank_and_the_shortest_solution() -> None:
    sheet = "A = [[1, 2], [2, 4], [3, 6]]\nc = [1, 2, 3]\nv : (2,)\nF = sum((A @ v - c)**2)\nminimise(F, v)"
    found = answers(sheet)
    assert found["exact"]["v*"] == ["1/5", "2/5"]
    said = found["answers"]["minimise(F, v)"]
    assert (said["unique"], said["rank"], said["conditions"]) == (False, 1, ["A has full column rank"])
    text = page(sheet)
    assert "rank 1" in text
    assert "form a line" in text
    assert "least norm" in text


def test_many_columns_are_solved_in_floats() -> None:
    rng = np.random.default_rng(5)
    X, y = np.round(rng.normal(size=(40, 20)), 3), np.round(rng.normal(size=40), 3)
    found = answers(f"X = {X.tolist()}\ny = {y.tolist()}\nw : (20,)\nL = sum((X @ w - y)**2) + 0.1 * w @ w\nminimise(L, w)")
    np.testing.assert_allclose(found["values"]["w*"], np.linalg.solve(X.T @ X + 0.1 * np.eye(20), X.T @ y), rtol=1e-9)


def test_more_unknown_numbers_than_a_whole_matrix_of_second_derivatives_may_have() -> None:
    rng = np.random.default_rng(6)
    X, Y = rng.integers(-3, 4, size=(60, 25)), rng.integers(-3, 4, size=(60, 20))
    found = answers(f"X = {X.tolist()}\nY = {Y.tolist()}\nW : (25, 20)\nL = sum((X @ W - Y)**2)\nminimise(L, W)")
    np.testing.assert_allclose(found["values"]["W*"], np.linalg.lstsq(X.astype(float), Y.astype(float))[0], atol=1e-9)
    assert found["answers"]["minimise(L, W)"]["unique"] is True


def test_ill_conditioned() -> None:
    text = page("X = [[1, 1], [1, 1.00001], [1, 1.00002]]\ny = [1, 2, 3]\nw : (2,)\nL = sum((X @ w - y)**2)\nminimise(L, w)")
    assert "ill-conditioned" in text
    assert "ill-conditioned" not in page("X = [[1, 1], [1, 2]]\ny = [1, 2]\nw : (2,)\nL = sum((X @ w - y)**2)\nminimise(L, w)")


def test_the_formula_of_the_answer_runs_in_numpy() -> None:
    rng = np.random.default_rng(8)
    for formula, shapes, unknown, _ in [row for row in TEXTBOOK if "standardise" not in row[0]]:
        said = answers(f"{shapes}\nL = {formula}\nminimise(L, {unknown})", f"minimise(L, {unknown})")
        _, variables = read_with_shapes(formula, shapes)
        sizes = {"m": 9, "n": 3, "k": 2, "p": 11, "q": 6}
        data = random_data(variables, sizes, int(rng.integers(100)))
        found = eval(said["text"], {**NUMPY, **sizes, **data})  # the contract is that NumPy runs this text
        (solved,) = asked(formula, shapes, unknown).solved
        np.testing.assert_allclose(
            found, evaluate([solved.star], {k: v for k, v in data.items() if k != unknown}, sizes).roots[0].astype(float), rtol=1e-7, atol=1e-9
        )


def test_against_sympy() -> None:
    sympy = pytest.importorskip("sympy")
    w = sympy.symbols("w0 w1")
    X, y, lam = sympy.Matrix([[1, 2], [3, 5], [0, 1]]), sympy.Matrix([1, 0, 2]), sympy.Rational(1, 3)
    loss = sum((X * sympy.Matrix(w) - y).T * (X * sympy.Matrix(w) - y)) + lam * (w[0] ** 2 + w[1] ** 2)
    (solution,) = sympy.solve([sympy.diff(loss, v) for v in w], w, dict=True)
    found = answers("X = [[1, 2], [3, 5], [0, 1]]\ny = [1, 0, 2]\nw : (2,)\nL = sum((X @ w - y)**2) + 1/3 * w @ w\nminimise(L, w)")
    assert [sympy.Rational(x) for x in found["exact"]["w*"]] == [solution[v] for v in w]


# ------------------------------------------------------------------------------------------------- no closed form

NOT_QUADRATIC = [
    ("sum(log(1 + exp(-t*(X@w))))", "X:(m,n), t:(m,) signs, w:(n,)", "σ(−z₁)", "convex"),
    ("-sum(y*log(sigmoid(X@w)) + (1 - y)*log(1 - sigmoid(X@w)))", "X:(m,n), y:(m,) nonnegative, w:(n,)", "σ(z", "convex"),
    ("sum(log(1 + exp(-t*(X@w)))) + lam*w@w", "X:(m,n), t:(m,) signs, w:(n,), lam:() positive", "σ(−z", "strictly convex"),
    ("sum(w**4)", "w:(n,)", "w²", "convex"),
    ("cross_entropy(X@W, T)", "X:(m,n), T:(m,k) one_hot, W:(n,k)", "softmax(", ""),
    ("sum((X@w - y)**2) + w@w*(w@w)", LSQ, "", "convex"),
]


@pytest.mark.parametrize(("formula", "shapes", "through", "convex"), NOT_QUADRATIC, ids=[row[0] for row in NOT_QUADRATIC])
def test_no_closed_form(formula: str, shapes: str, through: str, convex: str) -> None:
    unknown = "W" if " W:" in f" {shapes}" else "w"
    sheet = f"{shapes}\nL = {formula}\nminimise(L, {unknown})"
    said = answers(sheet, f"minimise(L, {unknown})")
    assert said["closed_form"] is False
    assert said["text"] is None
    text = page(sheet)
    assert "no closed form" in text
    assert through.replace(" ", "") in text.replace(" ", "")
    assert "rule=newton" in text
    assert (f"is {convex}" in text) if convex else "convex" not in text


@pytest.mark.parametrize("formula", ["sum(abs(w))", "sum(relu(w))", "sum((X@w - y)**2) + lam*sum(abs(w))"])
def test_kinks_have_no_closed_form(formula: str) -> None:
    found = asked(formula, f"{LSQ}, lam:() positive", "w") if "X" in formula else asked(formula, "w:(n,)", "w")
    assert found.why == "kinks"
    assert not found.solved


# ------------------------------------------------------------------------------------------------ no minimum at all


def test_unbounded_below() -> None:
    assert "falls without bound" in page("c : (n,)\nw : (n,)\nL = c @ w\nminimise(L, w)")
    assert "saddle point" in page("A = [[1, 0], [0, -1]]\nw : (2,)\nL = w @ A @ w\nminimise(L, w)")
    assert "is largest" in page("X : (m, n) full_column_rank\nw : (n,)\nL = -sum((X @ w)**2)\nminimise(L, w)")
    text = page("A = [[1, 0], [0, 0]]\nb = [1, 1]\nw : (2,)\nL = w @ A @ w - b @ w\nminimise(L, w)")
    assert "no solution" in text
    assert "there is no minimum" in text


def test_no_minimum_is_no_unique_minimum() -> None:
    for sheet in ("c : (n,)\nw : (n,)\nL = c @ w\nminimise(L, w)", "A = [[1, 0], [0, -1]]\nw : (2,)\nL = w @ A @ w\nminimise(L, w)"):
        assert answers(sheet, "minimise(L, w)")["unique"] is False


@pytest.mark.parametrize("formula", ["sum((X@w - y)**2)", "sum((standardise(X)@w - y)**2)", "s*sum((w[1:] - w[:-1])**2)"])
def test_a_matrix_that_never_has_an_inverse(formula: str) -> None:
    sheet = f"X : (2, 3)\ny : (2,)\nw : (3,)\ns : () positive\nL = {formula}\nminimise(L, w)"
    said = answers(sheet, "minimise(L, w)")
    assert (said["unique"], said["text"], said["closed_form"]) == (False, None, False)
    assert "never unique" in page(sheet)


def test_three_unknowns() -> None:
    found = asked("mean((X@w + Z@v + b - y)**2)", "X:(m,n), Z:(m,k), y:(m,), w:(n,), v:(k,), b:()", "w", "v", "b")
    assert {proof.verdict.verdict for proof in found.proofs} == {"holds"}
    sheet = "x = [1, 2, 3, 4]\nz = [1, 0, 2, 1]\ny = [1, 2, 3, 5]\na : (), b : (), c : ()\nL = sum((a*x + b*z + c - y)**2)\nminimise(L, [a, b, c])"
    columns = np.stack([[1, 2, 3, 4], [1, 0, 2, 1], np.ones(4)], axis=1)
    expected = np.linalg.lstsq(columns, np.array([1, 2, 3, 5.0]))[0]
    np.testing.assert_allclose([answers(sheet)["values"][f"{name}*"] for name in "abc"], expected, rtol=1e-9)


# ----------------------------------------------------------------------------------------------------- odd requests

WRONG = [
    ("w : (n,)\nL = sum(w**2)\nminimise(L)", "as in minimise(L, w)"),
    ("w : (n,)\nL = sum(w**2)\nminimise(L, w, w)", "as in minimise(L, w)"),
    ("w : (n,)\nL = sum(w**2)\nminimise(L, w, rate=1)", "as in minimise(L, w)"),
    ("w : (n,)\nL = sum(w**2)\nminimise(L, 3)", "as in minimise(L, w)"),
    ("w : (n,)\nL = sum(w**2)\nminimise(L, [])", "names no unknown"),
    ("w : (n,)\nL = sum(w**2)\nminimise(L, [w, w])", "twice"),
    ("w : (n,)\nL = w**2\nminimise(L, w)", "its shape is (n,)"),
    ("w : (n,)\nv : (n,)\nL = sum(w**2)\nminimise(L, v)", "does not depend on v"),
    ("w : (n,)\nz = 2 * w\nL = sum(z**2)\nminimise(L, z)", "computed by a formula"),
    ("w : (n,)\nL = sum(w**2)\nminimise(L, q)", "q is not defined"),
    ("w : (n,)\nminimise(w, w)", "given"),
    ("t : (n,) one_hot\ny : (n,)\nL = sum((t - y)**2)\nminimise(L, t)", "one-hot"),
]


@pytest.mark.parametrize(("sheet", "message"), WRONG, ids=[row[0].splitlines()[-1] + " " + row[1] for row in WRONG])
def test_wrong_requests(sheet: str, message: str) -> None:
    with pytest.raises(ByhandError) as caught:
        solve_text(f"```byhand\n{sheet}\n```\n")
    assert message in str(caught.value)
    assert caught.value.line is not None


def test_a_declared_sign_of_the_unknown_is_said_not_to_be_used() -> None:
    assert "positive" in page("w : (n,) positive\ny : (n,)\nL = sum((w - y)**2)\nminimise(L, w)")


# ------------------------------------------------------------------------------------------------ sheets and pages


def test_minimize_twice_after_a_step_and_on_the_spot() -> None:
    sheet = """
    X = [[1, 0], [1, 1], [1, 2]]
    y = [1, 2, 4]
    w = [0, 0]
    L = sum((X @ w - y)**2)
    step(L, [w], rate=0.1)
    minimise(L, w)
    minimize(L, w)
    minimise(sum((X @ w - y)**2), w)
    """
    found = answers("\n".join(line.strip() for line in sheet.strip().splitlines()))
    expected = np.linalg.lstsq(np.array([[1, 0], [1, 1], [1, 2.0]]), np.array([1, 2, 4.0]))[0]
    np.testing.assert_allclose(found["values"]["w*"], expected, rtol=1e-12)
    assert set(found["answers"]) == {"minimise(L, w)", "minimize(L, w)", "minimise(sum((X @ w - y)**2), w)"}
    assert found["answers"]["minimise(L, w)"] == found["answers"]["minimize(L, w)"]
    assert found["exact"]["w'"] == ["7/5", "2"]


def test_named_values_on_the_way() -> None:
    said = answers("X : (m, n)\ny : (m,)\nw : (n,)\nXc = X - mean(X, axis=0)\nr = Xc @ w - y\nL = r @ r\nminimise(L, w)", "minimise(L, w)")
    assert said["text"] == "inv(Xc.T @ Xc) @ Xc.T @ y"
    assert said["conditions"] == ["Xc has full column rank"]


def test_the_steps_have_names() -> None:
    found = answers(f"{LSQ}\nL = sum((X @ w - y)**2)\nminimise(L, w)")
    rules = [step["rule"] for step in found["steps"]]
    assert rules[-3:] == ["set the gradient to zero", "collect the terms with w", "solve"]
    assert found["formulas"]["w*"]["text"] == "inv(X.T @ X) @ X.T @ y"
    assert [(claim["verdict"], claim["certainty"]) for claim in found["claims"]] == [("holds", "exact")]


def test_the_constant_column() -> None:
    data = "X = [[1, 2], [1, 3], [1, 5]]\ny = [1, 2, 3]\nw : (2,)"
    assert "The first column of X is constant" in page(f"{data}\nL = sum((X @ w - y)**2) + 0.1 * w @ w\nminimise(L, w)")
    assert "constant" not in page(f"{data}\nL = sum((X @ w - y)**2)\nminimise(L, w)")
    assert "constant" not in page(f"{data}\nL = sum((X @ w - y)**2) + 0.1 * sum(w[1:]**2)\nminimise(L, w)")


@pytest.mark.parametrize("form", ["text", "md", "tex", "html", "json"])
def test_every_page(form: str) -> None:
    sheet = "X : (m, n)\nY : (m, k)\nW : (n, k)\nb : (k,)\nL = mean((X @ W + b - Y)**2)\nminimise(L, [W, b])\nR = sum((X @ W - Y)**2)\nminimise(R, W)"
    assert len(page(sheet, form)) > 500


def test_in_python() -> None:
    expr, variables = read_with_shapes("sum((X@w - y)**2)", LSQ)
    found = minimise(expr, variables["w"], {"X": [[1, 0], [0, 2]], "y": [3, 4]})
    assert isinstance(found.loss, Named)
    assert found.numbers is not None
    assert found.numbers.values["w*"].tolist() == [Fraction(3), Fraction(2)]
    with pytest.raises(ByhandError, match="does not depend"):
        minimise(expr, Var("v", (), frozenset()))
    with pytest.raises(ByhandError, match="computed by a formula"):
        minimise(expr, [named("q", expr)])  # type: ignore[list-item]


def test_products_of_unknowns_are_no_sum_of_products() -> None:
    found = asked("sum((U@V - Y)**2)", "U:(m,k), V:(k,n), Y:(m,n)", "U", "V")
    assert found.why == "higher"
    assert issubclass(NotWords, Exception)


def test_two_losses_of_one_unknown_have_names_of_their_own() -> None:
    found = answers(f"{LSQ}, lam : () positive\nL = sum((X @ w - y)**2)\nR = L + lam * w @ w\nminimise(L, w)\nminimise(R, w)\nminimise(L, w)")
    assert found["formulas"]["w*"]["text"] == "inv(X.T @ X) @ X.T @ y"
    assert found["formulas"]["w_R*"]["text"] == "inv(X.T @ X + lam * eye(n)) @ X.T @ y"
    assert found["answers"]["minimise(R, w)"]["name"] == "w_R*"


def test_the_example() -> None:
    text = (ROOT / "examples" / "a1-linear-regression.md").read_text(encoding="utf-8")
    found = json.loads(render(solve_text(text), "json"))
    said = found["answers"]
    assert said["minimise(L, w)"]["text"] == "inv(X.T @ X) @ X.T @ y"
    assert said["minimise(L, w)"]["conditions"] == ["X has full column rank"]
    assert said["minimise(R, w)"]["text"] == "inv(X.T @ X + lam * eye(n + 1)) @ X.T @ y"
    assert (said["minimise(R, w)"]["unique"], said["minimise(R, w)"]["conditions"]) == (True, [])
    A, b = np.array([[1, 0], [1, 1], [1, 2], [1, 3], [1, 4.0]]), np.array([1, 3, 2, 5, 4.0])
    np.testing.assert_allclose(said["minimise(S, v)"]["value"], np.linalg.lstsq(A, b)[0], rtol=1e-12)
    np.testing.assert_allclose(said["minimise(T, v)"]["value"], np.linalg.solve(A.T @ A + 0.5 * np.eye(2), A.T @ b), rtol=1e-12)
    B = np.array([[1, 2, 2], [1, 3, 3], [1, 5, 5.0]])
    np.testing.assert_allclose(said["minimise(F, u)"]["value"], np.linalg.lstsq(B, np.array([1, 2, 3.0]))[0], rtol=1e-9)
    assert (said["minimise(F, u)"]["rank"], said["minimise(F, u)"]["unique"]) == (2, False)


LINE = "A = [[1, 0], [1, 1], [1, 2]]\nb = [1, 2, 4]\nv : (2,)\nS = sum((A @ v - b)**2)\nminimise(S, v)\n"


def test_the_solution_is_a_name_on_the_sheet() -> None:
    found = json.loads(render(solve_text(f"```byhand\n{LINE}r = A @ v* - b\nr, v^*, v*[0], at(S, v=v*)\nshow(A.T @ (A @ v* - b) == 0 * v)\n```\n"), "json"))
    np.testing.assert_allclose(found["values"]["r"], [-1 / 6, 1 / 3, -1 / 6], rtol=1e-12)
    assert found["values"]["v*[0]"] == pytest.approx(5 / 6)
    assert found["values"]["at(S, v=v*)"] == pytest.approx(1 / 6)
    assert found["claims"][-1]["verdict"] == "holds"
    assert found["formulas"]["d2S/dv2"]["text"] == "2 * A.T @ A"


def test_no_inverse_is_shown_where_there_is_none() -> None:
    sheet = "B = [[1, 2, 2], [1, 3, 3]]\nc = [1, 2]\nu : (3,)\nF = sum((B @ u - c)**2)\nminimise(F, u)\n"
    assert "⁻¹" not in page(sheet)
    assert "undecided" not in page(sheet)
    found = answers(sheet, "minimise(F, u)")
    assert found["text"] is None
    assert not found["closed_form"]
    assert found["rank"] == 2
    assert "≈ 0" in page(sheet + "at(F, u=u*)") or "= 0" in page(sheet + "at(F, u=u*)")


def test_a_quadratic_form_is_written_with_columns() -> None:
    shown = page("Q : (n, n) symmetric\nx : (n,), c : (n,)\nf = 0.5 * x @ Q @ x - c @ x\nminimise(f, x)")
    assert "f = ½ xᵀ Q x − cᵀ x" in shown
    assert "x* = Q⁻¹ c" in shown


def test_rows_stay_rows() -> None:
    shown = page("X : (n, m), t : (m,), w : (n,)\nL = sum((w @ X - t)**2)\nminimise(L, w)")
    assert "w* = t Xᵀ (X Xᵀ)⁻¹" in shown
    assert "w (X Xᵀ) = t Xᵀ" in shown


def test_numbers_are_no_matrices() -> None:
    shown = page("x : (m,), y : (m,), a : ()\nL = sum((y - a*x)**2)\nminimise(L, a)")
    assert "∂²L/∂a² = 2 |x|²" in shown
    assert "inverse" not in shown
    assert "divide by 1\n" not in page("x = 3\nf = -2*x**2 + 4*x\nminimise(f, x)")


def test_no_line_says_the_same_twice() -> None:
    shown = page("x = [1, 2, 3, 4]\ny = [2, 3, 5, 4]\na : ()\nb : ()\nL = sum((y - a*x - b)**2)\nminimise(L, [a, b])")
    assert shown.count("(4 yᵀ x − (Σ_i y_i) Σ_i x_i) / (4 xᵀ x − (Σ_i x_i)²)") == 1
