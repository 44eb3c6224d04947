"""Every exercise through the command's own JSON answer, against JAX to 1e-9."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)

import claims  # noqa: E402
import images  # noqa: E402
import losses  # noqa: E402
import matrices  # noqa: E402
import networks  # noqa: E402
import scalars  # noqa: E402
import sequences  # noqa: E402
import steps  # noqa: E402
from as_numpy import run_formula  # noqa: E402
from harness import Exercise  # noqa: E402

from byhand.app.cli import byhand  # noqa: E402

MODULES = (scalars, networks, losses, sequences, images, matrices, claims, steps)
EXERCISES = [found for module in MODULES for found in vars(module).values() if isinstance(found, Exercise)]


def close(found: Any, right: Any) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(right, dtype=float), rtol=1e-9, atol=1e-9)


def solve(exercise: Exercise, folder: Path) -> dict[str, Any]:
    sheet = folder / f"{exercise.name}.md"
    sheet.write_text(exercise.markdown, encoding="utf-8")
    result = CliRunner().invoke(byhand, ["solve", str(sheet), "--to", "json"], catch_exceptions=False, standalone_mode=False)
    return json.loads(result.stdout)


def rationals(nested: Any) -> Any:
    return [rationals(item) for item in nested] if isinstance(nested, list) else float(Fraction(nested))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_exercise(exercise: Exercise, tmp_path: Path) -> None:
    begun = time.perf_counter()
    answer = solve(exercise, tmp_path)
    assert time.perf_counter() - begun < exercise.seconds
    assert not answer["problems"]
    values, oracle = answer["values"], exercise.oracle()
    right = {**oracle.run(), **{key: oracle[key] for key in exercise.asked}, **(exercise.then(oracle) if exercise.then else {})}
    assert set(right) <= set(values)
    for key, value in right.items():
        close(values[key], value)
    for key, fractions in answer["exact"].items():
        close(values[key], rationals(fractions))
    for key, fractions in exercise.exact.items():
        assert key in answer["exact"]
        assert fractions in (None, answer["exact"][key])
    for key, formula in answer["formulas"].items():
        assert [str(size) for size in np.shape(values[key])] == formula["shape"]
        close(run_formula(formula["text"], values), values[key])
    assert tuple(claim["verdict"] for claim in answer["claims"]) == exercise.verdicts
