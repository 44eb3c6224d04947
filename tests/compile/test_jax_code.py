"""The exported JAX module: it runs without byhand, has the numbers of the reference, is formatted, and asks JAX for no derivative."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.app.compile_command import Asked, compiled
from byhand.compile.export.jax_code import batch_letter, jax_code
from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.compile.reference import run_program
from byhand.compile.step import TrainingStep
from byhand.derive import derive
from byhand.lang.expr import contract, eye, named, var
from byhand.lang.functions import total
from byhand.lang.leaves import tanh
from byhand.rules.updates import UPDATE_RULES
from support.networks import network, started, step_of, trained

RULES = [rule for rule in UPDATE_RULES if rule.direction is None and rule.error is None]


def module(code: str, folder: Path) -> dict[str, Any]:
    path = folder / "exported.py"
    path.write_text(code, encoding="utf-8")
    return runpy.run_path(str(path))


def epoch_of(step: TrainingStep, code: str, folder: Path, values: dict[str, Any], data: dict[str, Any], order: Any, rate: float) -> tuple[dict[str, Any], Any]:
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        names = module(code, folder)
        kept = tuple(np.asarray(values[one.name]) for one in step.kept)
        given = tuple(np.asarray(data[one.name]) for one in step.data)
        kept, losses = names["epoch"](kept, given, order, np.full(len(order), rate))
        return {one.name: np.asarray(found) for one, found in zip(step.kept, kept)}, np.asarray(losses)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_an_epoch_is_the_reference_step_by_step(rule: Any, tmp_path: Path) -> None:
    loss, parameters, data = network([4, 5, 3], seed=1)
    step = step_of(loss, parameters, rule)
    values = started(step, seed=2)
    order = np.random.default_rng(3).integers(20, size=(4, 6))
    found, losses = epoch_of(step, jax_code(step), tmp_path, values, data, order, 0.05)
    wanted, known = trained(step, values, data, order, 0.05)
    np.testing.assert_allclose(losses, known, rtol=1e-12)
    for name, array in wanted.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-10, atol=1e-12)


def test_samples_may_lie_along_another_axis(tmp_path: Path) -> None:
    x, t, w = var("X", (3, "N")), var("t", ("N",)), var("w", (3,))
    error = named("e", w @ x - t)
    step = step_of(named("L", total(error * error)), [w], RULES[0])
    rng = np.random.default_rng(0)
    data = {"X": rng.normal(size=(3, 10)), "t": rng.normal(size=10)}
    assert batch_letter(step) == "N"
    order = np.array([[0, 1, 2], [7, 8, 9]])
    found, losses = epoch_of(step, jax_code(step), tmp_path, {"w": np.ones(3)}, data, order, 0.01)
    weights = np.ones(3)
    for k, rows in enumerate(order):
        residue = weights @ data["X"][:, rows] - data["t"][rows]
        assert losses[k] == pytest.approx(residue @ residue)
        weights = weights - 0.01 * 2 * data["X"][:, rows] @ residue
    np.testing.assert_allclose(found["w"], weights, rtol=1e-12)


def test_a_step_takes_numpy_arrays(tmp_path: Path) -> None:
    """Outside of ``epoch`` nothing makes JAX's arrays of them, and only these can be read beyond their end."""
    jax = pytest.importorskip("jax")
    text = "```byhand\nX : (N, 1, 4, 4)\nt : (N, 2, 4, 4)\nK : (2, 1, 3, 3)\nL = mse(conv2d(X, K, padding=1), t)\nstep(L, K, rate=0.1)\n```"
    draw = np.random.default_rng(0)
    arrays = draw.normal(size=(3, 1, 4, 4)), draw.normal(size=(3, 2, 4, 4))
    with jax.enable_x64(True):
        kept, loss = module(compiled(Asked(text, to="jax")), tmp_path)["step"]((np.zeros((2, 1, 3, 3)),), *arrays, 0.1)
    assert float(loss) == pytest.approx(np.mean(arrays[1] ** 2))
    assert kept[0].shape == (2, 1, 3, 3)


def test_diagonals_and_broadcasts(tmp_path: Path) -> None:
    jax = pytest.importorskip("jax")
    x, y = var("x", ("n",)), var("y", ("n", "m"))
    roots = [
        named("a", contract("i->ii", x)),
        named("b", contract("i->iji", x, sizes={"j": 4})),
        named("c", eye(3) * 2),
        named("d", contract("i->ji", x, sizes={"j": 2}) * tanh(var("z", ()))),
        named("e", contract("ij,kj->ik", y, y)),
        named("f", contract("ij,ij->i", y, y)),
        named("g", contract("i,k->ki", x, x)),
    ]
    program = lowered(roots)
    data = {"x": np.arange(1.0, 4.0), "y": np.arange(6.0).reshape(3, 2), "z": np.array(0.5)}
    with jax.enable_x64(True):
        found = module(jax_code(program), tmp_path)["run"](*(data[one.name] for one in program.inputs))
    for got, wanted in zip(found, run_program(program, data), strict=True):
        assert np.shape(got) == wanted.shape
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def codes() -> list[str]:
    loss, parameters, _ = network([4, 5, 3], seed=1)
    deep, many, _ = network([4, *(6 for _ in range(8)), 3], seed=1)
    found = [jax_code(step_of(loss, parameters, rule), title="A network") for rule in RULES]
    gradients = derive(deep, many).gradients
    return [*found, jax_code(step_of(deep, many, RULES[0])), jax_code(lowered([deep, *gradients.values()]), title='A "quoted" title\\')]


def test_it_is_formatted_as_ruff_does_it(tmp_path: Path) -> None:
    for number, code in enumerate(codes()):
        (tmp_path / f"one{number}.py").write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_in_it_asks_for_a_derivative() -> None:
    for code in codes():
        used = {node.attr for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute)}
        assert not used & {"grad", "value_and_grad", "vjp", "jvp", "linearize", "jacfwd", "jacrev", "custom_vjp", "hessian"}


def test_every_named_quantity_has_its_line_and_its_formula() -> None:
    loss, parameters, _ = network([4, 5, 3], seed=1)
    code = jax_code(step_of(loss, parameters, RULES[0]))
    assert "    # Z₁ = X W₁ + b₁\n    Z1 = X @ W1 + b1\n" in code
    assert "    # ∂L/∂W₁ = Xᵀ (∂L/∂Z₁)\n    dL_dW1 = X.T @ dL_dZ1\n" in code
    assert "    dL_dZ1 = dL_dA1 * (1 - A1**2)\n" in code
    assert "    N = X.shape[0]\n" in code


def test_names_that_python_has_taken_are_not_taken_again(tmp_path: Path) -> None:
    jax = pytest.importorskip("jax")
    names = ("jnp", "lambda", "step", "part", "exp", "X_shape")
    variables = [var(name, ("n",)) for name in names]
    total_of = sum((one * one for one in variables[1:]), variables[0])
    program: Program = lowered([named("values", total_of)])
    with jax.enable_x64(True):
        found = module(jax_code(program), tmp_path)["run"](*(np.full(2, float(k)) for k in range(len(names))))
    np.testing.assert_allclose(found, np.full(2, float(sum(k * k for k in range(1, len(names))))))


def test_hyperparameters_are_in_the_code() -> None:
    loss, parameters, _ = network([4, 5, 3], seed=1)
    momentum = next(rule for rule in RULES if rule.name == "momentum")
    assert "0.75 * v_W1" in jax_code(step_of(loss, parameters, momentum, {momentum.hyperparameters[0].name: Fraction(3, 4)}))
