"""Steps in numbers, many cases at once: the numbers of the sheet, and of the walk over nodes; nothing where there is no value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from byhand.app.checking import exercise_of_text
from byhand.check.engine import Engine, variables_of
from byhand.check.exercise.quantity import Exercise
from byhand.lang.build import inverse
from byhand.lang.expr import Var, var
from byhand.run.algebra import Measure, walk
from byhand.run.floats import Floats
from byhand.run.order import in_order, stable

EXAMPLES = Path(__file__).parents[2] / "examples"
WITH_NUMBERS = ("b1-two-layer-regression", "d1-sigmoid-network", "d2-tanh-network", "d3-softmax-network", "e2-label-smoothing-step")


def exercise(name: str) -> Exercise:
    return exercise_of_text((EXAMPLES / f"{name}.md").read_text(), name)


@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_every_step_gives_the_numbers_of_the_sheet(name: str) -> None:
    engine = Engine(exercise(name))
    truths, compared = engine.truths(), 0
    for quantity in engine.exercise.quantities.values():
        if quantity.name not in truths or not set(quantity.parents) <= truths.keys():
            continue
        found = engine.values(quantity.steps, truths) if quantity.steps else []
        assert found is not None
        for value in found:
            np.testing.assert_allclose(value, truths[quantity.name], rtol=1e-9, atol=1e-12)
            compared += 1
    assert compared > 10


@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_many_cases_are_each_case_alone(name: str) -> None:
    engine, draw = Engine(exercise(name)), np.random.default_rng(0)
    many = {one: np.concatenate([value, value + draw.normal(size=value.shape), draw.normal(size=value.shape)]) for one, value in engine.truths().items()}
    steps = [step for quantity in engine.exercise.quantities.values() for step in quantity.steps if set(quantity.parents) <= many.keys()]
    together = engine.values(steps, many)
    assert together is not None
    for case in range(3):
        alone = engine.values(steps, {one: value[case : case + 1] for one, value in many.items()})
        assert alone is not None
        for one, all_of_them in zip(alone, together):
            np.testing.assert_allclose(one[0], all_of_them[case], rtol=1e-12, atol=1e-14)


def test_the_walk_over_nodes_gives_the_same() -> None:
    engine = Engine(exercise("e2-label-smoothing-step"))
    truths = engine.truths()
    for quantity in engine.exercise.quantities.values():
        for step in quantity.steps:
            order = in_order((step,), stable)
            data = {node: truths[node.name] for node in order if isinstance(node, Var)}
            found = engine.values([step], truths)
            assert found is not None
            np.testing.assert_allclose(found[0], walk(order, Floats(data, 1), Measure({}), stable)[step], rtol=1e-13, atol=1e-15)


def test_a_value_that_all_cases_share_comes_once_for_each() -> None:
    engine = Engine(exercise("e2-label-smoothing-step"))
    steps = [engine.exercise.quantities[name].steps[0] for name in ("h", "ys")]
    found = engine.values(steps, engine.truths() | {"x": np.array([[0.0, 2.0], [1.0, 1.0]])})
    assert found is not None
    assert [value.shape for value in found] == [(2, 3), (2, 3)]
    assert (found[1][0] == found[1][1]).all()


def test_no_value_at_all() -> None:
    """A singular matrix, numbers of another shape than the quantity's, a size that nothing fixes."""
    engine = Engine(exercise("e2-label-smoothing-step"))
    A = var("A", (2, 2))
    assert engine.values([inverse(A)], {"A": np.ones((1, 2, 2))}) is None
    assert engine.values([engine.exercise.quantities["z"].steps[0]], engine.truths() | {"a": np.ones((1, 4))}) is None
    assert engine.values([var("v", ("n",)) * 2 + 1], {"v": np.ones((1, 2))}) is None


def test_what_is_not_defined_at_an_entry() -> None:
    engine = Engine(exercise("e2-label-smoothing-step"))
    x = var("x", (2,))
    found = engine.values([x / x, 1 / x], {"x": np.array([[0.0, 2.0]])})
    assert found is not None
    assert [np.isfinite(value).tolist() for value in found][1] == [[False, True]]


def test_the_quantities_that_a_formula_uses() -> None:
    x, y = var("x", (2,)), var("y", (2,))
    assert variables_of(x * y + x) == ("x", "y")
