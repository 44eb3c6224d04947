"""The functions of formulas against NumPy, and the settings that they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, var
from byhand.lang.rule import Rule
from byhand.read.elaborate import read_formula
from byhand.read.functions import FUNCTIONS
from byhand.read.scope import Scope
from byhand.rules import RULES
from byhand.run.evaluate import evaluate

RNG = np.random.default_rng(5)
DATA: dict[str, Any] = {
    "x": RNG.normal(size=4),
    "y": RNG.normal(size=4),
    "X": RNG.normal(size=(3, 4)),
    "Y": RNG.normal(size=(4, 2)),
    "S": RNG.normal(size=(3, 3)),
    "K": RNG.normal(size=(2, 3, 4)),
    "s": np.float64(0.7),
}
SCOPE = Scope({name: var(name, np.shape(value)) for name, value in DATA.items()}, {}, {"rows": (2, 0), "n": 2, "table": ((0, 1), (2, 2))})

CASES: list[tuple[str, Callable[..., Any]]] = [
    ("sum(X, axis=0)", lambda X, **_: X.sum(axis=0)),
    ("sum(K, axis=(0, 2), keepdims=True)", lambda K, **_: K.sum(axis=(0, 2), keepdims=True)),
    ("mean(X, axis=1)", lambda X, **_: X.mean(axis=1)),
    ("X.var(axis=0)", lambda X, **_: X.var(axis=0)),
    ("std(X)", lambda X, **_: X.std()),
    ("max(X, axis=1)", lambda X, **_: X.max(axis=1)),
    ("max(X)", lambda X, **_: X.max()),
    ("min(X, axis=0, keepdims=True)", lambda X, **_: X.min(axis=0, keepdims=True)),
    ("max(x, y)", lambda x, y, **_: np.maximum(x, y)),
    ("minimum(x, 0.1)", lambda x, **_: np.minimum(x, 0.1)),
    ("clip(x, -0.5, 0.5)", lambda x, **_: np.clip(x, -0.5, 0.5)),
    ("where(x > y, x, 2 * y)", lambda x, y, **_: np.where(x > y, x, 2 * y)),
    ("(x <= y) * x", lambda x, y, **_: (x <= y) * x),
    ("argmax(X, axis=1)", lambda X, **_: X.argmax(axis=1)),
    ("argmin(x)", lambda x, **_: x.argmin()),
    ("prod(x)", lambda x, **_: x.prod()),
    ("norm(X)", lambda X, **_: np.linalg.norm(X)),
    ("norm(X, axis=1)", lambda X, **_: np.linalg.norm(X, axis=1)),
    ("norm(x, 1)", lambda x, **_: np.abs(x).sum()),
    ("outer(x, y)", lambda x, y, **_: np.outer(x, y)),
    ("dot(X, Y)", lambda X, Y, **_: X @ Y),
    ("dot(s, x)", lambda s, x, **_: s * x),
    ("X.dot(x)", lambda X, x, **_: X @ x),
    ("inv(S)", lambda S, **_: np.linalg.inv(S)),
    ("diag(x)", lambda x, **_: np.diag(x)),
    ("diag(S)", lambda S, **_: np.diag(S)),
    ("trace(S)", lambda S, **_: np.trace(S)),
    ('einsum("ij,jk->ki", X, Y)', lambda X, Y, **_: np.einsum("ij,jk->ki", X, Y)),
    ('einsum("ij,jk,i->k", X, Y, S[0])', lambda X, Y, S, **_: np.einsum("ij,jk,i->k", X, Y, S[0])),
    ('einsum("ij,jk", X, Y)', lambda X, Y, **_: X @ Y),
    ('einsum("ii", S)', lambda S, **_: np.trace(S)),
    ("concat([X, X], axis=1)", lambda X, **_: np.concatenate([X, X], axis=1)),
    ("stack([x, y], axis=1)", lambda x, y, **_: np.stack([x, y], axis=1)),
    ("hstack([X, S])", lambda X, S, **_: np.hstack([X, S])),
    ("vstack([x, y])", lambda x, y, **_: np.vstack([x, y])),
    ("[[s, 1], [2, s]] @ [1, 2]", lambda s, **_: np.array([[s, 1], [2, s]]) @ [1, 2]),
    ("X @ [[1, 2], [3, 4], [5, 6], [7, 8.5]]", lambda X, **_: X @ [[1, 2], [3, 4], [5, 6], [7, 8.5]]),
    ("transpose(K, (2, 0, 1))", lambda K, **_: K.transpose(2, 0, 1)),
    ("K.transpose(2, 0, 1)", lambda K, **_: K.transpose(2, 0, 1)),
    ("K.T", lambda K, **_: K.T),
    ("swapaxes(K, 0, -1)", lambda K, **_: K.swapaxes(0, -1)),
    ("moveaxis(K, 0, 2)", lambda K, **_: np.moveaxis(K, 0, 2)),
    ("reshape(X, (2, 6))", lambda X, **_: X.reshape(2, 6)),
    ("X.reshape(6, -1)", lambda X, **_: X.reshape(6, -1)),
    ("flatten(X)", lambda X, **_: X.ravel()),
    ("squeeze(X[:, None])", lambda X, **_: X),
    ("expand_dims(X, 1)", lambda X, **_: X[:, None]),
    ("flip(X, axis=1)", lambda X, **_: X[:, ::-1]),
    ("pad(X, ((1, 0), (2, 1)))", lambda X, **_: np.pad(X, ((1, 0), (2, 1)))),
    ("pad(X, 1)", lambda X, **_: np.pad(X, 1)),
    ("broadcast_to(x, (2, 4))", lambda x, **_: np.broadcast_to(x, (2, 4))),
    ("X[1]", lambda X, **_: X[1]),
    ("X[-1, 2]", lambda X, **_: X[-1, 2]),
    ("X[1:, ::2]", lambda X, **_: X[1:, ::2]),
    ("X[::-1, n]", lambda X, **_: X[::-1, 2]),
    ("K[..., 1]", lambda K, **_: K[..., 1]),
    ("K[:, None, 1]", lambda K, **_: K[:, None, 1]),
    ("x[:, None] * y[None, :]", lambda x, y, **_: np.outer(x, y)),
    ("X[rows]", lambda X, **_: X[[2, 0]]),
    ("X[table]", lambda X, **_: X[[[0, 1], [2, 2]]]),
    ("X[:, rows]", lambda X, **_: X[:, [2, 0]]),
    ("K[:, rows, 1:]", lambda K, **_: K[:, [2, 0], 1:]),
    ("X[[0, 1, 2], [3, 0, -1]]", lambda X, **_: X[[0, 1, 2], [3, 0, -1]]),
    ("X[range(3), 1]", lambda X, **_: X[range(3), 1]),
    ("one_hot(rows, 4)", lambda **_: np.eye(4)[[2, 0]]),
    ("eye(3) + full((3, 3), 0.5) + ones((3, 3)) - zeros((3, 3))", lambda **_: np.eye(3) + 1.5),
    ("tan(x) + sinh(x) + cosh(x) + log1p(x**2) + expm1(x)", lambda x, **_: np.tan(x) + np.sinh(x) + np.cosh(x) + np.log1p(x**2) + np.expm1(x)),
    ("sech(x) + logaddexp(x, y)", lambda x, y, **_: 1 / np.cosh(x) + np.logaddexp(x, y)),
    ("Σ x tanh x", lambda x, **_: (x * np.tanh(x)).sum()),
    ("-Σ (x - y) y + s", lambda x, y, s, **_: -((x - y) * y).sum() + s),
    ("Σ X X", lambda X, **_: (X * X).sum()),
    ("Σ X x", lambda X, x, **_: (X @ x).sum()),
    ("||x - y||² + s", lambda x, y, s, **_: ((x - y) ** 2).sum() + s),
    ("1/2‖x - y‖² + s/4‖y‖²", lambda x, y, s, **_: ((x - y) ** 2).sum() / 2 + s / 4 * (y**2).sum()),
    ("‖x/2‖² + |s/2| s", lambda x, s, **_: (x**2).sum() / 4 + abs(s / 2) * s),
    ("|s||s|", lambda s, **_: s**2),
    ("s(x - y)²", lambda x, y, s, **_: s * (x - y) ** 2),
    ("Σ_i x_i(x_i - y_i)²", lambda x, y, **_: (x * (x - y) ** 2).sum()),
    ("x(x - y)ᵀ", lambda x, y, **_: np.outer(x, x - y)),
    ("Σ_i logsumexp(X_{i,:})²", lambda X, **_: (np.log(np.exp(X).sum(axis=1)) ** 2).sum()),
    ("Σ_i x_i max(X_{:,i})", lambda X, x, **_: (x * X.max(axis=0)).sum()),
    ("log2(x**2) + log10(x**2)", lambda x, **_: np.log2(x**2) + np.log10(x**2)),
    ("power(x, 2) + multiply(x, y) - subtract(x, y) + divide(x, 2)", lambda x, y, **_: x**2 + x * y - (x - y) + x / 2),
    ("Σ_{ij} X_{ij}²", lambda X, **_: (X**2).sum()),
    ("[Σ_j X_{ij} Y_{jk}]_{ki}", lambda X, Y, **_: (X @ Y).T),
    ("[x_i y_j]_{ij}", lambda x, y, **_: np.outer(x, y)),
    ("[x_i + y_j]_{ij}", lambda x, y, **_: x[:, None] + y),
    ("[δ_{ij} x_i − x_i x_j]_{ij}", lambda x, **_: np.diag(x) - np.outer(x, x)),
    ("Σ_i x_i Σ_j y_j", lambda x, y, **_: x.sum() * y.sum()),
    ("Σ_i exp(x_i) / (1 + exp(y_i))", lambda x, y, **_: (np.exp(x) / (1 + np.exp(y))).sum()),
    ("Σ_i Σ_j X_{ij} x_j S_{ii}", lambda X, x, S, **_: np.einsum("ij,j,i->", X, x, np.diag(S))),
    ("Σ_k max(x_k, 0)²", lambda x, **_: (np.maximum(x, 0) ** 2).sum()),
    ("-Σ_i x_i/2 + s", lambda x, s, **_: -x.sum() / 2 + s),
    ("Σ_i X_{i,:}", lambda X, **_: X.sum(axis=0)),
    ("1/3 Σ_i (X x)_i", lambda X, x, **_: (X @ x).sum() / 3),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_against_numpy(text: str, expected: Callable[..., Any]) -> None:
    expr = read_formula(text, SCOPE)
    found = np.asarray(evaluate([expr], DATA, exact=False).roots[0], dtype=float)
    wanted = np.asarray(expected(**DATA), dtype=float)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_is_a_function_by_its_own_signature(rule: Rule) -> None:
    found = FUNCTIONS[rule.name]
    assert [param.name for param in found.params] == [one.name for one in (*rule.arguments, *rule.options)]
    with pytest.raises(ByhandError, match=f"{rule.name} takes"):
        read_formula(f"{rule.name}()", SCOPE)
    with pytest.raises(ByhandError, match=f"{rule.name} has no option nonsense"):
        read_formula(f"{rule.name}({', '.join('x' for _ in rule.arguments)}, nonsense=1)", SCOPE)


def test_arguments_and_options_by_position_or_name() -> None:
    given = read_formula("layer_norm(X, eps=1e-5)", SCOPE)
    assert isinstance(given, Call)
    assert given is read_formula("layer_norm(X)", SCOPE)
    assert given is read_formula("layer_norm(x=X, gamma=1, beta=0)", SCOPE)
    assert read_formula("softmax(X, 0)", SCOPE) is read_formula("softmax(X, axis=0)", SCOPE)
    assert read_formula("softmax(X, dim=0)", SCOPE) is read_formula("softmax(X, axis=0)", SCOPE)
    assert read_formula('mse(x, y, reduction="sum")', SCOPE) is read_formula("mse(x, y, reduction='sum')", SCOPE)
    assert read_formula("max_pool2d(X, 2)", SCOPE) is read_formula("max_pool2d(X, n)", SCOPE)
    assert read_formula("max_pool2d(X, (1, 2), stride=(1, 2))", SCOPE).shape == (3, 2)


def test_windows_and_back() -> None:
    windows = read_formula("windows(X, (2, 2), stride=(1, 2), padding=(0, 1))", SCOPE)
    assert windows.shape == (2, 3, 2, 2)
    back = read_formula("unwindows(windows(X, (2, 2), stride=(1, 2), padding=(0, 1)), (3, 4), stride=(1, 2), padding=(0, 1))", SCOPE)
    assert back.shape == (3, 4)
    with pytest.raises(ByhandError, match="settings of windows"):
        read_formula("windows(x, (2, 2))", SCOPE)


def test_reindexing_and_back() -> None:
    assert read_formula("reindex(x, (2, 3), ((0, (0, 2), (1, 1)),))", SCOPE).shape == (2, 3)
    assert read_formula("unreindex(reindex(x, (2, 3), ((0, (0, 2), (1, 1)),)), (4,), ((0, (0, 2), (1, 1)),))", SCOPE).shape == (4,)
    assert read_formula("scatter(X[rows], (3, 4), [2, 0])", SCOPE).shape == (3, 4)
    for text in ("reindex(x, (2,), ((0, (5, 1)),))", "scatter(X, (2, 4), [0, 5, 1])", "scatter(X, (3, 4), [0])"):
        with pytest.raises(ByhandError):
            read_formula(text, SCOPE)
