"""The derivations of the exercises as a textbook prints them, step by step.

Each line is: what is derived | the rule | what it becomes. Read them before changing one: X̄ = Z̄ Wᵀ and W̄ = Xᵀ Z̄ in
this order, δ by name, p − y reached through its visible steps, nothing inlined, no stray vectors of ones.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from byhand.app.solving import solve
from byhand.derive import derive
from byhand.lang.expr import Expr, named, var
from byhand.lang.functions import total
from byhand.lang.leaves import relu
from byhand.lang.names import Grad
from byhand.lang.walk import postorder
from byhand.sheets.answer import steps_of
from byhand.sheets.conventions import conventions_of
from byhand.sheets.source import read_file
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.unicode import text

EXAMPLES = Path(__file__).parents[2] / "examples"

EXPECTED = {
    "b1-two-layer-regression": [
        "δ_y | chain rule | y − t",
        "∂L/∂w₂ | matrix product | Hᵀ δ_y",
        "∂L/∂b₂ | broadcast | Σ_i (δ_y)_i",
        "δ_H | matrix product | δ_y w₂ᵀ",
        "δ_Z | relu | δ_H ⊙ step(Z)",
        "∂L/∂W₁ | matrix product | Xᵀ δ_Z",
        "∂L/∂b₁ | broadcast | Σ_i (δ_Z)_{i,:}",
    ],
    "b2-softmax-cross-entropy": [
        "δ_p | chain rule | −t / p",
        "∂E/∂y | softmax | p ⊙ (δ_p − δ_pᵀ p)",
        "∂E/∂y | insert | (Σ_i t_i) p − t",
        "∂F/∂p | chain rule | −u / p",
        "∂F/∂y | softmax | p ⊙ (∂F/∂p − (∂F/∂p)ᵀ p)",
        "∂F/∂y | insert | (Σ_i u_i) p − u",
        "∂F/∂y | fact | p − u",
        "∂G/∂p | chain rule | −c / p",
        "∂G/∂y | softmax | p ⊙ (∂G/∂p − (∂G/∂p)ᵀ p)",
        "∂G/∂y | insert | (Σ_i c_i) p − c",
        "∂G/∂y | fact | p − c",
    ],
    "d1-sigmoid-network": [
        "δ_x₂ | chain rule | x₂ − t",
        "δ_z₂ | sigmoid | δ_x₂ ⊙ x₂ ⊙ (1 − x₂)",
        "∂E/∂W₂ | matrix product | δ_z₂ x₁ᵀ",
        "∂E/∂b₂ | sum | δ_z₂",
        "δ_x₁ | matrix product | W₂ᵀ δ_z₂",
        "δ_z₁ | sigmoid | δ_x₁ ⊙ x₁ ⊙ (1 − x₁)",
        "∂E/∂W₁ | matrix product | δ_z₁ xᵀ",
        "∂E/∂b₁ | sum | δ_z₁",
    ],
    "e1-label-smoothing-symbolic": [
        "δ_p | chain rule | −ys / p",
        "δ_z | softmax | p ⊙ (δ_p − δ_pᵀ p)",
        "δ_z | insert | (Σ_i ys_i) p − ys",
        "δ_z | fact | p − ys",
        "∂L/∂W₂ | matrix product | a δ_zᵀ",
        "∂L/∂b₂ | sum | δ_z",
        "δ_a | matrix product | W₂ δ_z",
        "δ_h | relu | δ_a ⊙ step(h)",
        "∂L/∂W₁ | matrix product | x δ_hᵀ",
        "∂L/∂b₁ | sum | δ_h",
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_derivations_of_the_exercises(name: str) -> None:
    solution = solve(read_file(EXAMPLES / f"{name}.md"))
    conventions = conventions_of(solution)
    steps = dict.fromkeys(step for part in solution.parts for item in part.items for step in steps_of(item) if isinstance(step.of, Grad))
    shown = [f"{text(conventions.sym(step.of))} | {step.rule} | {text(notation(step.after, conventions))}" for step in steps]
    assert list(dict.fromkeys(shown)) == EXPECTED[name]


def test_the_fact_behind_p_minus_y_is_shown() -> None:
    """Σ ys = 1 is not declared: it follows from ys = (1 − ε) y + ε/q and Σ y = 1."""
    solution = solve(read_file(EXAMPLES / "e1-label-smoothing-symbolic.md"))
    conventions = conventions_of(solution)
    steps = [step for part in solution.parts for item in part.items for step in steps_of(item) if step.rule == "fact"]
    (inner,) = steps[0].inner
    assert steps[0].facts == ("ys",)
    assert text(notation(inner.before, conventions)) == "Σ_i ys_i"
    assert text(notation(inner.after, conventions)) == "(1 − ε) Σ_i y_i + ε"


def shown(expr: Expr) -> str:
    return text(notation(expr, Conventions()))


def test_samples_as_rows_and_as_columns() -> None:
    """Rows: W̄ = Xᵀ Z̄ and X̄ = Z̄ Wᵀ. Columns: W̄ = Z̄ Xᵀ and X̄ = Wᵀ Z̄."""
    X, W = var("X", ("n", "d")), var("W", ("d", "h"))
    rows = derive(total(named("Z", X @ W) ** 2), [X, W]).gradients
    assert (shown(rows["W"].body), shown(rows["X"].body)) == ("Xᵀ δ_Z", "δ_Z Wᵀ")
    X, W = var("X", ("d", "n")), var("W", ("h", "d"))
    columns = derive(total(named("Z", W @ X) ** 2), [X, W]).gradients
    assert (shown(columns["W"].body), shown(columns["X"].body)) == ("δ_Z Xᵀ", "Wᵀ δ_Z")


def test_unnamed_intermediates_get_names_and_nothing_is_inlined() -> None:
    X, W1, b1, w2, t = var("X", ("m", "n")), var("W1", ("n", "h")), var("b1", ("h",)), var("w2", ("h",)), var("t", ("m",))
    derivation = derive(total((relu(X @ W1 + b1) @ w2 - t) ** 2) / 2, [W1, b1, w2])
    assert [str(node.name) for node in derivation.forward] == ["Z1", "A1", "z1", "L"]
    assert {name: shown(gradient.body) for name, gradient in derivation.gradients.items()} == {
        "L": "1",
        "z1": "z₁",
        "A1": "δ_z₁ w₂ᵀ",
        "w2": "A₁ᵀ δ_z₁",
        "Z1": "δ_A₁ ⊙ step(Z₁)",
        "W1": "Xᵀ δ_Z₁",
        "b1": "Σ_i (δ_Z₁)_{i,:}",
    }


def deep(depth: int) -> int:
    z: Expr = var("x", ("N", "d"))
    parameters = []
    for layer in range(depth):
        parameters += [var(f"W{layer}", ("d", "d")), var(f"b{layer}", ("d",))]
        z = relu(z @ parameters[-2] + parameters[-1])
    return len(postorder(*derive(total(z**2), parameters).gradients.values()))


def test_derivations_grow_linearly_with_depth() -> None:
    """The same number of nodes for every further layer."""
    at = [deep(depth) for depth in (5, 10, 20, 40)]
    assert at[1] - at[0] == (at[2] - at[1]) / 2 == (at[3] - at[2]) / 4


def test_a_shared_quantity_is_counted_once_for_each_use() -> None:
    """f = (x + x)(x + x): 8x, however the sharing is written."""
    x = var("x")
    s = named("s", x + x)
    assert shown(derive(s * s, [x]).gradients["x"].body) == "2 δ_s"
    assert shown(derive(s * s, [x]).gradients["s"].body) == "2 s"


def test_tied_weights_and_residuals_add_up() -> None:
    W, x = var("W", ("d", "d")), var("x", ("d",))
    h = named("h", W @ x)
    gradient = derive(total(named("y", W.T @ h + x) ** 2), [W, x]).gradients
    assert shown(gradient["W"].body) == "h δ_yᵀ + δ_h xᵀ"
    assert shown(gradient["x"].body) == "δ_y + Wᵀ δ_h"
