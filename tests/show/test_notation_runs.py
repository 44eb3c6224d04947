"""What is shown means what runs: NumPy runs the plain spelling, and the reader brings every spelling back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from spellings import SPELLINGS

from byhand.lang.build import inverse
from byhand.lang.expr import Expr, Named, Var, var
from byhand.lang.functions import diag, outer, take, total
from byhand.lang.leaves import absolute, exp
from byhand.lang.names import Grad, Name
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.notation import notation
from byhand.show.plain import plain
from byhand.show.unicode import text

SIZES = {"d": 3, "n": 4, "q": 5, "N": 4, "b": 2, "m": 3, "k": 2}
FUNCTIONS = {
    one.__name__: one
    for one in (np.diag, np.einsum, np.exp, np.eye, np.log, np.ones, np.outer, np.pad, np.reshape, np.sign, np.sqrt, np.stack, np.sum, np.trace)
}
NUMPY = FUNCTIONS | {
    "abs": np.abs,
    "max": np.max,
    "zeros": np.zeros,
    "transpose": np.transpose,
    "concat": np.concatenate,
    "inv": np.linalg.inv,
    "pi": np.pi,
    "e": np.e,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "step": lambda x: np.where(x > 0, 1.0, 0.0),
}


def data_for(expr: Expr) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    shapes = {node.name: tuple(n if isinstance(n, int) else int(n.at(SIZES)) for n in node.shape) for node in postorder(expr) if isinstance(node, Var)}
    return {name: rng.uniform(0.5, 1.5, shape) for name, shape in sorted(shapes.items())}


def value_of(expr: Expr, data: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(evaluate([expr], data, SIZES, exact=False)[expr], dtype=float)


def run(source: str, data: dict[str, np.ndarray], expr: Expr) -> np.ndarray:
    named = {node.name: value_of(node, data) for node in postorder(expr) if isinstance(node, Named) and isinstance(node.name, str)}
    return np.asarray(eval(source, {"__builtins__": {}}, NUMPY | SIZES | data | named), dtype=float)


def holds_gradients(expr: Expr) -> bool:
    return any(isinstance(node, Named) and isinstance(node.name, Grad) for node in postorder(expr))


UNKNOWN_TO_NUMPY = ("windows", "reindex", "scatter")
RUNNABLE = [row[0] for row in SPELLINGS if not holds_gradients(row[0]) and not any(word in row[1] for word in UNKNOWN_TO_NUMPY)]


@pytest.mark.parametrize("expr", RUNNABLE, ids=lambda expr: plain(notation(expr, Conventions())))
def test_numpy_runs_the_plain_spelling(expr: Expr) -> None:
    data = data_for(expr)
    found, expected = run(plain(notation(expr, Conventions())), data, expr), value_of(expr, data)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def scope_of(expr: Expr, conventions: Conventions) -> Scope:
    nodes = [node for node in postorder(expr, enter_named=False) if isinstance(node, (Var, Named))]
    names: dict[Name, Expr] = {node.name: node for node in nodes}
    return Scope(names=names, sizes={letter: Poly.letter(letter) for letter in SIZES}, vectors=conventions.vectors)


@pytest.mark.parametrize("vectors", ["columns", "rows"])
@pytest.mark.parametrize("spell", [plain, text, latex])
@pytest.mark.parametrize("expr", [row[0] for row in SPELLINGS], ids=[row[1] for row in SPELLINGS])
def test_every_spelling_reads_back(expr: Expr, spell: Callable[..., str], vectors: str) -> None:
    conventions = Conventions(vectors="rows" if vectors == "rows" else "columns")
    back = read_formula(spell(notation(expr, conventions)), scope_of(expr, conventions))
    assert back is expr or prove(back, expr).verdict == "holds"


# --------------------------------------------------------------------------------------------- nestings

M, K, v, u, c = var("M", (3, 3)), var("K", (3, 3)), var("v", (3,)), var("u", (3,)), var("c")
WRAPS: tuple[Callable[[Expr], Expr], ...] = (
    lambda x: x + K,
    lambda x: K - x,
    lambda x: K * x,
    lambda x: x / K,
    lambda x: K / x,
    lambda x: x @ K,
    lambda x: K @ x,
    lambda x: x.T,
    lambda x: -x,
    lambda x: 2 * x,
    lambda x: c * x,
    lambda x: x / c,
    lambda x: x**2,
    lambda x: x**-1,
    lambda x: exp(-x),
    lambda x: absolute(x) - 1,
    lambda x: inverse(x + 9 * diag(v)),
    lambda x: x * v,
    lambda x: x + v,
    lambda x: take(v, (slice(None), None)) * x,
    lambda x: outer(x @ v, u),
    lambda x: x * (v @ x @ u),
    lambda x: x / total(x, 1, True),
    lambda x: total(x) * x,
    lambda x: outer(total(x, 0), v + 1),
)
NESTED = [first(second(third(M))) for first, second, third in product(WRAPS, WRAPS, WRAPS[::6])]


def test_numpy_runs_nested_formulas() -> None:
    for expr in NESTED:
        data = data_for(expr)
        source = plain(notation(expr, Conventions()))
        np.testing.assert_allclose(run(source, data, expr), value_of(expr, data), rtol=1e-6, err_msg=source)


@pytest.mark.parametrize("vectors", ["columns", "rows"])
@pytest.mark.parametrize("spell", [plain, text, latex])
def test_nested_formulas_read_back(spell: Callable[..., str], vectors: str) -> None:
    conventions = Conventions(vectors="rows" if vectors == "rows" else "columns")
    for expr in NESTED[::3]:
        source = spell(notation(expr, conventions))
        back = read_formula(source, scope_of(expr, conventions))
        data = data_for(expr)
        np.testing.assert_allclose(value_of(back, data), value_of(expr, data), rtol=1e-6, err_msg=source)
