"""A step of training has the numbers that a sheet shows for the same step, for every update rule."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import byhand
from byhand.app.solving import solve_text
from byhand.compile.reference import run_program
from byhand.compile.step import TrainingStep, training_step
from byhand.derive import derive
from byhand.lang.errors import NotYetError
from byhand.lang.expr import Named, Var
from byhand.lang.update_rule import UpdateRule
from byhand.rules.updates import BY_NAME, UPDATE_RULES
from byhand.sheets import solution as s

SHEET = """
```byhand
X = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]
t = [[1.0, 0.0], [0.0, 1.0]]
W = [[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]]
b = [0.1, -0.1]
Z = X @ W + b
L = cross_entropy(Z, t)
```

```byhand
step(L, [W, b], rate=0.1, times=3, {options})
```
"""
ALONG_THE_GRADIENT = [rule for rule in UPDATE_RULES if rule.direction is None and rule.error is None]
DECAYING = [rule for rule in ALONG_THE_GRADIENT if any(one.name == "weight_decay" for one in rule.hyperparameters)]


def step_of(rule: UpdateRule, sheet: str = SHEET, **options: Fraction) -> tuple[TrainingStep, dict[str, np.ndarray]]:
    """The step on the sheet's network, and the sheet's numbers."""
    solution = solve_text(sheet.format(options="rule=gradient_descent"))
    items = [item for part in solution.parts for item in part.items]
    given = {item.variable: np.asarray(item.value, dtype=float) for item in items if isinstance(item, s.Given)}
    loss = next(item.quantity for item in items if isinstance(item, s.Defined) and str(item.quantity.name) == "L")
    assert isinstance(loss, Named)
    parameters = [variable for variable in given if variable.name in ("W", "b")]
    assert all(isinstance(one, Var) for one in parameters)
    return training_step(loss, derive(loss, parameters), parameters, rule, options), {variable.name: value for variable, value in given.items()}


def trained(step: TrainingStep, values: dict[str, np.ndarray], times: int, rate: float = 0.1) -> dict[str, np.ndarray]:
    values = values | {state.variable.name: np.full(values[state.parameter.name].shape, float(state.start)) for state in step.states}
    for count in range(1, times + 1):
        numbers = {step.rate.name: np.array(rate), step.count.name: np.array(float(count))}
        _, *kept = run_program(step.program, values | numbers)
        values |= dict(zip([variable.name for variable in step.kept], kept))
    return values


def shown(options: str) -> dict[str, np.ndarray]:
    return byhand.sheet(SHEET.format(options=options)).solve().values


@pytest.mark.parametrize("rule", ALONG_THE_GRADIENT, ids=lambda rule: rule.name)
def test_every_rule_as_on_a_sheet(rule):
    found, wanted = trained(*step_of(rule), 3), shown(f"rule={rule.name}")
    for name in ("W", "b"):
        np.testing.assert_allclose(found[name], wanted[f"{name}'''"], rtol=1e-12)


@pytest.mark.parametrize("rule", DECAYING, ids=lambda rule: rule.name)
def test_hyperparameters_are_put_in(rule):
    found = trained(*step_of(rule, weight_decay=Fraction(1, 4)), 3)
    wanted = shown(f"rule={rule.name}, weight_decay=0.25")
    np.testing.assert_allclose(found["W"], wanted["W'''"], rtol=1e-12)


def test_what_a_step_reads_and_changes():
    step, _ = step_of(BY_NAME["adam"])
    assert [one.name for one in step.data] == ["X", "t"]
    assert [one.name for one in step.kept] == ["W", "b", "m_W", "v_W", "m_b", "v_b"]
    assert (step.rate.name, step.count.name) == ("eta", "t_2"), "the sheet has a t of its own"
    assert {variable.name for _, old in step.program.updates for variable, value in step.program.inputs.items() if value == old} == {
        one.name for one in step.kept
    }
    plain, _ = step_of(BY_NAME["gradient_descent"])
    assert plain.count not in plain.program.inputs


def test_newton_goes_along_the_solution_of_the_hessian():
    sheet = SHEET.replace("cross_entropy(Z, t)", "sum((Z - t) ** 2) + sum(W ** 2) + sum(b ** 2)").replace("rate=0.1", "rate=1").replace("times=3, ", "")
    wanted = byhand.sheet(sheet.format(options="rule=newton")).solve().values
    step, values = step_of(BY_NAME["newton"], sheet=sheet)
    found = trained(step, values, 1, rate=1.0)
    for name in ("W", "b"):
        np.testing.assert_allclose(found[name], wanted[f"{name}'"], rtol=1e-9)


def test_rules_without_a_loss_are_refused():
    with pytest.raises(NotYetError, match="perceptron: it has no loss"):
        step_of(BY_NAME["perceptron"])
