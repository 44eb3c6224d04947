"""Every exercise through the command's own JSON answer, against JAX to 1e-9."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)

import claims  # noqa: E402
import freedoms  # noqa: E402
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

MODULES = (scalars, networks, losses, sequences, images, matrices, claims, steps, freedoms)
EXERCISES = [found for module in MODULES for found in vars(module).values() if isinstance(found, Exercise)]


def far(found: Any, right: Any) -> str:
    """How two values differ beyond 1e-9, the empty text if they do not."""
    try:
        np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(right, dtype=float), rtol=1e-9, atol=1e-9)
    except AssertionError:
        return f"{found} is not {np.asarray(right).tolist()}"
    return ""


def solve(exercise: Exercise, folder: Path) -> dict[str, Any]:
    sheet = folder / f"{exercise.name}.md"
    sheet.write_text(exercise.markdown, encoding="utf-8")
    result = CliRunner().invoke(byhand, ["solve", str(sheet), "--to", "json"], catch_exceptions=False, standalone_mode=False)
    return json.loads(result.stdout)


def rationals(nested: Any) -> Any:
    return [rationals(item) for item in nested] if isinstance(nested, list) else float(Fraction(nested))


def value_faults(exercise: Exercise, answer: dict[str, Any]) -> Iterator[str]:
    """Every defined and every asked quantity, and every value after a step, against JAX."""
    values, oracle = answer["values"], exercise.oracle()
    for key, right in {**oracle.all(exercise.derivatives), **(exercise.then(oracle) if exercise.then else {})}.items():
        if key not in values:
            yield f"{key} has no value"
        elif fault := far(values[key], right):
            yield f"{key}: {fault}"


def exact_faults(exercise: Exercise, answer: dict[str, Any]) -> Iterator[str]:
    """Exact values are the rational numbers they should be, and those of the table are there."""
    for key, fractions in answer["exact"].items():
        if fault := far(answer["values"][key], rationals(fractions)):
            yield f"exact {key}: {fault}"
    for key, fractions in exercise.exact.items():
        if key not in answer["exact"]:
            yield f"{key} has no exact value"
        elif fractions not in (None, answer["exact"][key]):
            yield f"exact {key}: {answer['exact'][key]} is not {fractions}"


def formula_faults(exercise: Exercise, answer: dict[str, Any]) -> Iterator[str]:
    """Every formula, run by NumPy in the sheet's own names, is its value."""
    for key, formula in answer["formulas"].items():
        if key not in answer["values"]:
            continue
        value = answer["values"][key]
        if [exercise.sizes.get(size) or int(size) for size in formula["shape"]] != list(np.shape(value)):
            yield f"shape of {key}: {formula['shape']} is not {np.shape(value)}"
        try:
            fault = far(run_formula(formula["text"], {**exercise.sizes, **answer["values"]}), value)
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
        if fault:
            yield f"formula {key} = {formula['text']}: {fault}"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_exercise(exercise: Exercise, tmp_path: Path) -> None:
    begun = time.perf_counter()
    answer = solve(exercise, tmp_path)
    seconds = time.perf_counter() - begun
    faults = [*value_faults(exercise, answer), *exact_faults(exercise, answer), *formula_faults(exercise, answer), *answer["problems"]]
    assert faults == []
    assert set(exercise.asked) <= set(answer["formulas"]) | set(answer["values"])
    assert tuple(claim["verdict"] for claim in answer["claims"]) == exercise.verdicts
    assert seconds < exercise.seconds
