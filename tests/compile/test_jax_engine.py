"""The engine that JAX is: the numbers of the reference, whatever the lengths of calls, and settings of JAX that stay as they were."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from byhand.compile.engines.choose import machine, runner
from byhand.compile.lower import lowered
from byhand.compile.reference import run_program
from byhand.derive import derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Map, Pick, Var, named, var
from byhand.lang.leaves import relu, sigmoid
from byhand.rules.updates import UPDATE_RULES
from byhand.run.order import in_order, stable
from support.networks import network, started, step_of, trained
from support.rule_cases import CASES, Case, data_for, sizes_for

sys.path.insert(0, str(Path(__file__).parent.parent / "laws"))
from expressions import Network, networks

jax = pytest.importorskip("jax")
RULES = [rule for rule in UPDATE_RULES if rule.direction is None and rule.error is None]
TOLERANCE = {"float64": 1e-11, "float32": 2e-4}


def named_by(one: Any) -> str:
    return one if isinstance(one, str) else one.name


@pytest.mark.parametrize(("rule", "dtype"), [*((rule, "float64") for rule in RULES), *((rule, "float32") for rule in RULES[:2])], ids=named_by)
def test_epochs_are_the_reference_step_by_step(rule: Any, dtype: str) -> None:
    loss, parameters, data = network([4, 5, 3], seed=1)
    step = step_of(loss, parameters, rule)
    start = started(step, seed=2)
    values = {name: array.astype(dtype) for name, array in start.items()}
    order = np.random.default_rng(3).integers(20, size=(7, 6))
    engine = machine(step, {"N": 6}, dtype, "jax")
    kept = dict(values)
    losses = [engine.epoch(values, data, order[a:b], np.full(b - a, 0.05), a + 1) for a, b in ((0, 1), (1, 5), (5, 5), (5, 7))]
    wanted, known = trained(step, start, data, order, 0.05)
    np.testing.assert_allclose(np.concatenate(losses), known, rtol=TOLERANCE[dtype])
    for name, array in wanted.items():
        assert values[name] is kept[name]
        assert values[name].dtype == dtype
        np.testing.assert_allclose(values[name], array, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def test_the_same_arguments_give_the_same_bits() -> None:
    loss, parameters, data = network([8, 16, 3], seed=1, rows=200)
    step = step_of(loss, parameters, RULES[0])
    order = np.random.default_rng(3).integers(200, size=(20, 32))
    found, engine = [], machine(step, {"N": 32}, np.float32, "jax")
    for calls in ((20,), (5, 15), (1, 1, 18)):
        values, at = {name: array.astype(np.float32) for name, array in started(step, seed=2).items()}, 0
        for count in calls:
            engine.epoch(values, data, order[at : at + count], np.full(count, 0.05), at + 1)
            at += count
        found.append(np.concatenate([array.ravel() for array in values.values()]).tobytes())
    assert len(set(found)) == 1


def test_batches_of_several_sizes_share_their_values() -> None:
    loss, parameters, data = network([4, 5, 3], seed=1)
    step = step_of(loss, parameters, RULES[0])
    start = started(step, seed=2)
    values = {name: array.copy() for name, array in start.items()}
    orders = [np.array([[0, 1, 2, 3]]), np.array([[4, 5]])]
    for first, order in enumerate(orders, 1):
        machine(step, {"N": order.shape[1]}, np.float64, "jax").epoch(values, data, order, np.array([0.1]), first)
    wanted, _ = trained(step, start, data, orders[0], 0.1)
    wanted, _ = trained(step, wanted, data, orders[1], 0.1, first=2)
    for name, array in wanted.items():
        np.testing.assert_allclose(values[name], array, rtol=1e-12)


def gradients(case: Case) -> Any:
    variables = list(case.declared.values())
    derivation = derive(named("Y0", case.node), variables, seed=case.incoming)
    return lowered([derivation.loss, *(derivation.gradients[one.name] for one in variables if one.name in derivation.gradients)])


@pytest.mark.parametrize("case", CASES[::3], ids=str)
def test_rules_and_their_gradients(case: Case) -> None:
    program, needed = gradients(case), [*case.declared.values(), case.incoming]
    data, sizes = data_for(needed, 3), sizes_for(needed)
    found = runner(program, sizes, np.float64, "jax")(data)
    for got, wanted in zip(found, run_program(program, data, sizes), strict=True):
        assert got.dtype == np.float64
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12 * np.abs(wanted[np.isfinite(wanted)]).max(initial=1.0))


@given(networks())
@settings(max_examples=8)
def test_random_networks(network: Network) -> None:
    variables = [one for one in in_order([network.loss], stable) if isinstance(one, Var)]
    assume(not any(isinstance(node, Pick) or (isinstance(node, Map) and node.leaf.kinked) for node in in_order([network.loss], stable)))  # rounding may decide
    assume(not any(one.facts for one in variables))
    derivation = derive(network.loss, variables)
    program = lowered([network.loss, network.output, *(derivation.gradients[one.name] for one in variables if one.name in derivation.gradients)])
    data = data_for(variables, 5)
    found = runner(program, network.sizes, np.float64, "jax")(data)
    for got, wanted in zip(found, run_program(program, data, network.sizes), strict=True):
        if np.isfinite(wanted).all() and np.abs(wanted).max(initial=0.0) < 1e6:
            np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-7 * np.abs(wanted).max(initial=1.0))


def test_relu_has_the_slope_zero_at_zero() -> None:
    x = var("x", (3,))
    derivation = derive(named("L", (relu(x) * 2).T @ var("w", (3,))), [x])
    found = runner(lowered([derivation.gradients["x"]]), {}, np.float64, "jax")({"x": [-1.0, 0.0, 1.0], "w": np.ones(3)})
    np.testing.assert_array_equal(found[0], [0.0, 0.0, 2.0])


def test_what_is_not_defined_comes_out_as_it_does_elsewhere() -> None:
    x = var("x", (4,))
    found = runner(lowered([named("y", relu(x)), named("z", sigmoid(x))]), {}, np.float64, "jax")({"x": [np.nan, np.inf, -np.inf, -1e4]})
    np.testing.assert_array_equal(found[0], [np.nan, np.inf, 0.0, 0.0])
    np.testing.assert_array_equal(found[1], [np.nan, 1.0, 0.0, 0.0])


def test_settings_of_jax_stay_as_they_were() -> None:
    before = jax.config.jax_enable_x64, jax.config.jax_default_matmul_precision
    x = var("x", (3,))
    for dtype in (np.float64, np.float32):
        assert runner(lowered([named("y", x * x)]), {}, dtype, "jax")({"x": np.ones(3)})[0].dtype == dtype
    assert (jax.config.jax_enable_x64, jax.config.jax_default_matmul_precision) == before


def test_a_missing_input_is_named() -> None:
    with pytest.raises(ByhandError, match="it needs x too"):
        runner(lowered([named("y", var("x", (3,)) * 2)]), {}, np.float64, "jax")({})
