"""Exported code as it is read and built: formatted, commented, free of warnings, and right for whole epochs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_numpy_engine import TRAINABLE, by_formulas, classifier, samples, start

from byhand.compile.export.breaking import assigned
from byhand.compile.export.c_code import c_code
from byhand.compile.export.numpy_code import numpy_code
from byhand.compile.step import training_step
from byhand.derive import derive
from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import named, var
from byhand.lang.functions import total
from byhand.lang.leaves import tanh
from byhand.rules.updates import UPDATE_RULES
from support.c_library import Library, build, compiler

ORDER = np.array([np.random.default_rng(k).permutation(40)[:8] for k in range(4)])
RATES = np.linspace(0.2, 0.05, 4)


@pytest.mark.parametrize("rule", [rule.name for rule in TRAINABLE])
def test_numpy_trains_as_the_formulas_do(rule: str) -> None:
    step, data = classifier(rule), samples()
    values, right = start(step, {"N": 8}), start(step, {"N": 8})
    wanted = by_formulas(step, right, data, ORDER, np.full(4, 0.1), 1)
    space: dict[str, object] = {}
    exec(compile(numpy_code(step), "made.py", "exec"), space)
    epoch = space["epoch"]
    assert callable(epoch)
    losses, *kept = epoch(*values.values(), *data.values(), ORDER, *([0.1] if step.rate in step.program.inputs else []))
    np.testing.assert_allclose(losses, wanted, rtol=1e-12)
    for array, one in zip(kept, step.kept):
        np.testing.assert_allclose(array, right[one.name], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("rule", ["gradient_descent", "momentum", "adam"])
def test_c_trains_as_the_formulas_do(rule: str, tmp_path: Path) -> None:
    step, data = classifier(rule), samples()
    right = start(step, {"N": 8})
    library = Library(build(c_code(step, {"N": 8}), tmp_path))
    library.put(right)
    found = library.epoch(list(data.values()), ORDER, RATES, 5)
    np.testing.assert_allclose(found, by_formulas(step, right, data, ORDER, RATES, 5), rtol=1e-11)
    for name, array in right.items():
        np.testing.assert_allclose(library.get(name, array.shape), array, rtol=1e-9, atol=1e-12)


def test_c_is_clean_under_the_sanitizers_and_trains_on_a_file(tmp_path: Path) -> None:
    data = samples()
    np.savetxt(tmp_path / "data.csv", np.hstack([data["X"], data["Y"]]), delimiter=",")
    made = build(c_code(classifier("adam"), {"N": 8}, title='A title */ "with" \\ signs ??/'), tmp_path, "-fsanitize=address,undefined", library=False)
    result = subprocess.run([made, tmp_path / "data.csv", "30", "0.01"], capture_output=True, text=True, timeout=60)
    losses = [float(line.split()[-1]) for line in result.stdout.splitlines()]
    assert result.returncode == 0, result.stderr
    assert len(losses) == 30
    assert losses[-1] < losses[0]
    short = subprocess.run([made, tmp_path / "made.c"], capture_output=True, text=True, timeout=60)
    assert short.returncode == 2
    assert "needs lines of 9 numbers" in short.stderr


def test_c_is_clean_with_optimisation_and_under_clang(tmp_path: Path) -> None:
    compiler()
    build(c_code(classifier(), {"N": 8}), tmp_path, "-O2")
    clang = shutil.which("clang")
    if clang is not None:
        asked = [clang, "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", str(tmp_path / "made.c")]
        assert subprocess.run(asked, capture_output=True, text=True, timeout=100).stderr == ""


@pytest.mark.parametrize("name", ["loss", "size_t", "BH_V", "memcpy", "EOF", "v0", "s1", "M_PI", "int", "a"])
def test_c_has_its_own_names_for_what_c_has_names_for(name: str, tmp_path: Path) -> None:
    X, w = var(name, ("N", "t")), var("w" if name != "loss" else "loss_", ("t",))
    for inputs, weights in ((X, w), (var("X", ("N", "t")), var(name, ("t",)))):
        loss = named("L", total(tanh(inputs @ weights) ** 2))
        step = training_step(loss, derive(loss, [weights]), [weights], UPDATE_RULES[0])
        build(c_code(step, {"N": 4, "t": 3}), tmp_path, "-fsyntax-only")


def test_long_brackets_around_one_operand_are_no_tuple() -> None:
    long = " * ".join(f"np.reshape(quantity_{k}, (4, 5))" for k in range(5))
    code = assigned("found", f"0.1 * ({long}) + other @ another", "")
    space = {"np": np, "other": np.eye(4), "another": np.ones((4, 5)), **{f"quantity_{k}": np.full(20, 2.0) for k in range(5)}}
    exec(code, space)
    np.testing.assert_allclose(np.asarray(space["found"]), np.full((4, 5), 4.2))


def test_c_says_what_it_cannot_do() -> None:
    from byhand.compile.lower import lowered
    from byhand.lang.build import inverse

    with pytest.raises(NotYetError, match=r"cannot write this as C: .*numpy can"):
        c_code(lowered([inverse(var("A", (2, 2)))]), {})
    with pytest.raises(ByhandError, match="the size N is not known"):
        c_code(classifier(), {})


def test_python_is_as_ruff_formats_and_likes_it(tmp_path: Path) -> None:
    ruff = shutil.which("ruff") or shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff is None:
        pytest.skip("ruff is not here")
    for rule in ("gradient_descent", "adam", "nesterov"):
        step = classifier(rule)
        for buffers in (False, True):
            (tmp_path / f"{rule}_{buffers}.py").write_text(numpy_code(step, buffers=buffers, sizes={"N": 8}), encoding="utf-8")
    for asked in (["format", "--check"], ["check"]):
        result = subprocess.run([ruff, *asked, "--isolated", "--no-cache", str(tmp_path)], capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stdout + result.stderr


def test_a_student_could_have_written_it() -> None:
    code = numpy_code(classifier(), title="Six features")
    for line in (
        '"""Six features. ',
        "def step(W1, b1, W2, b2, X, Y, eta):",
        "    # A = relu(Z₁)",
        "    Z1 = X @ W1 + b1",
        "    A = np.maximum(Z1, 0)",
        "    # ∂L/∂W₁ = Xᵀ (∂L/∂Z₁)",
        "    dL_dW1 = X.T @ dL_dZ1",
        "    dL_dZ1 = dL_dA * (Z1 > 0)",
        "    W1_new = W1 - eta * dL_dW1",
    ):
        assert line in code, line


def test_hostile_titles_stay_words() -> None:
    title = '""" + __import__("os").system("true") + """ \n import os \\ */ int main(void) { } /*'
    for buffers in (False, True):
        code = numpy_code(classifier(), title=title, buffers=buffers, sizes={"N": 2})
        assert code.count('"""') % 2 == 0
        compile(code, "made.py", "exec")
        assert "\nimport os" not in code
    head = c_code(classifier(), {"N": 2}, title=title).split("#include")[0]
    assert head.count("*/") == 1
