"""The NumPy engine: whole epochs against the formulas, one step after another."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from byhand.compile.calls.bound import in_blocks
from byhand.compile.calls.memory import memory
from byhand.compile.calls.plan import Given
from byhand.compile.calls.planner import planned
from byhand.compile.calls.stack import stacked
from byhand.compile.engines.numpy_engine import numpy_machine, numpy_runner
from byhand.compile.lower import lowered
from byhand.compile.reference import run_program
from byhand.compile.step import TrainingStep, training_step
from byhand.derive import derive
from byhand.lang.build import call
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Var, contract, named, num, var
from byhand.lang.functions import total
from byhand.lang.leaves import relu, tanh
from byhand.rules import CROSS_ENTROPY
from byhand.rules.updates import UPDATE_RULES
from byhand.run.arrays import Array

TRAINABLE = [rule for rule in UPDATE_RULES if rule.error is None and rule.direction is None]


def classifier(rule: str = "gradient_descent", **options: float) -> TrainingStep:
    """Six features, five hidden units, three classes."""
    X, Y = var("X", ("N", 6)), var("Y", ("N", 3), ["one_hot"])
    parameters = [var("W1", (6, 5)), var("b1", (5,)), var("W2", (5, 3)), var("b2", (3,))]
    W1, b1, W2, b2 = parameters
    A = named("A", relu(named("Z1", X @ W1 + b1)))
    loss = named("L", call(CROSS_ENTROPY, named("Z2", A @ W2 + b2), Y, num(0)))
    found = next(one for one in UPDATE_RULES if one.name == rule)
    return training_step(loss, derive(loss, parameters), parameters, found, {name: Fraction(repr(value)) for name, value in options.items()})


def start(step: TrainingStep, sizes: Mapping[str, int], dtype: object = np.float64) -> dict[str, Array]:
    draw = np.random.default_rng(1)
    found = {one.name: draw.normal(size=[n if isinstance(n, int) else int(n.at(sizes)) for n in one.shape]) for one in step.parameters}
    found |= {state.variable.name: np.full(found[state.parameter.name].shape, float(state.start)) for state in step.states}
    return {name: array.astype(dtype) for name, array in found.items()}


def samples(count: int = 40) -> dict[str, Array]:
    draw = np.random.default_rng(2)
    return {"X": draw.normal(size=(count, 6)), "Y": np.eye(3)[draw.integers(3, size=count)]}


def by_formulas(step: TrainingStep, values: dict[str, Array], data: Mapping[str, Array], order: Array, rates: Array, first: int) -> list[float]:
    """The steps in the plain interpreter."""
    losses: list[float] = []
    for k, rows in enumerate(order):
        inputs = {**values, **{name: array[rows] for name, array in data.items()}, step.rate.name: np.array(rates[k]), step.count.name: np.array(first + k)}
        loss, *new = run_program(step.program, inputs)
        values.update(zip((one.name for one in step.kept), new))
        losses.append(float(loss))
    return losses


@pytest.mark.parametrize("batch", [8, 1])  # at 1 the gradient of a bias is a view of another array
@pytest.mark.parametrize("rule", [rule.name for rule in TRAINABLE])
def test_an_epoch_is_the_formulas_one_after_another(rule: str, batch: int) -> None:
    step, data, sizes = classifier(rule), samples(), {"N": batch}
    order = np.array([np.random.default_rng(k).permutation(40)[:batch] for k in range(7)])
    rates = np.linspace(0.1, 0.01, 7)
    mine, right = start(step, sizes), start(step, sizes)
    losses = numpy_machine(step, sizes, np.float64).epoch(mine, data, order, rates, 3)
    np.testing.assert_allclose(losses, by_formulas(step, right, data, order, rates, 3), rtol=1e-12)
    for name, array in mine.items():
        np.testing.assert_allclose(array, right[name], rtol=1e-10, atol=1e-13, err_msg=name)


def test_arrays_are_changed_in_place_and_machines_share_them() -> None:
    step, data = classifier("momentum"), samples()
    values = start(step, {"N": 8}, np.float32)
    arrays = dict(values)
    for batch in (8, 5, 1):
        order = np.arange(2 * batch).reshape(2, batch)
        numpy_machine(step, {"N": batch}, np.float32).epoch(values, data, order, np.full(2, 0.1), 1)
    assert all(values[name] is array and array.dtype == np.float32 for name, array in arrays.items())
    assert not np.array_equal(values["W1"], start(step, {"N": 8}, np.float32)["W1"])


def test_the_same_arguments_give_the_same_bits() -> None:
    step, data = classifier("adam"), samples()
    machine, order = numpy_machine(step, {"N": 8}, np.float32), np.arange(40).reshape(5, 8)
    runs = []
    for _ in range(2):
        values = start(step, {"N": 8}, np.float32)
        runs.append((machine.epoch(values, data, order, np.full(5, 0.1), 1), values))
    assert np.array_equal(runs[0][0], runs[1][0])
    assert all(np.array_equal(runs[0][1][name], runs[1][1][name]) for name in runs[0][1])


def test_samples_may_lie_along_any_axis() -> None:
    X, t, w = var("X", (4, "N")), var("t", ("N",)), var("w", (4,))
    loss = named("L", total((named("y", tanh(w @ X)) - t) ** 2) / 2)
    step = training_step(loss, derive(loss, [w]), [w], UPDATE_RULES[0])
    draw = np.random.default_rng(0)
    data = {"X": draw.normal(size=(4, 9)), "t": draw.normal(size=9)}
    values, order = {"w": np.ones(4)}, np.array([[8, 0, 3], [1, 1, 7]])
    losses = numpy_machine(step, {"N": 3}, np.float64).epoch(values, data, order, np.full(2, 0.1), 1)
    w_now = np.ones(4)
    for rows, found in zip(order, losses):
        y = np.tanh(w_now @ data["X"][:, rows])
        assert found == pytest.approx(((y - data["t"][rows]) ** 2).sum() / 2)
        w_now = w_now - 0.1 * data["X"][:, rows] @ ((y - data["t"][rows]) * (1 - y**2))
    np.testing.assert_allclose(values["w"], w_now)


def test_wrong_data_is_said_in_one_sentence_and_nothing_is_changed() -> None:
    step, data = classifier(), samples()
    machine, order, rates = numpy_machine(step, {"N": 8}, np.float64), np.arange(8)[None], np.full(1, 0.1)
    for wrong, kind, words in (
        ({"X": data["X"]}, ByhandError, "the data lacks Y"),
        ({**data, "X": data["X"][:, :5]}, ShapeError, "X of shape"),
        ({**data, "X": data["X"][:7], "Y": data["Y"][:7]}, ByhandError, "sample 7 of X"),
    ):
        values = start(step, {"N": 8})
        with pytest.raises(kind, match=words):
            machine.epoch(values, wrong, order, rates, 1)
        assert all(np.array_equal(array, start(step, {"N": 8})[name]) for name, array in values.items())
    with pytest.raises(ByhandError, match="needs"):
        numpy_runner(step.program, {"N": 8})({})


def test_a_singular_matrix_is_an_error_of_the_person() -> None:
    from byhand.lang.build import inverse

    A = var("A", (2, 2))
    with pytest.raises(ByhandError, match="singular"):
        numpy_runner(lowered([inverse(A)]), {})({"A": np.zeros((2, 2))})


def test_data_of_other_types_is_converted_batch_by_batch(tmp_path: Path) -> None:
    step, data = classifier(), samples()
    for name, array in (("X", np.round(data["X"] * 9)), ("Y", data["Y"])):
        np.save(tmp_path / f"{name}.npy", array.astype(np.int16))
    mapped = {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("X", "Y")}
    whole = {name: np.array(array, dtype=np.float32) for name, array in mapped.items()}
    runs = []
    for one in (mapped, whole):
        values = start(step, {"N": 8}, np.float32)
        runs.append((numpy_machine(step, {"N": 8}, np.float32).epoch(values, one, np.arange(16).reshape(2, 8), np.full(2, 0.01), 1), values["W1"]))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    np.testing.assert_array_equal(runs[0][1], runs[1][1])


def test_nan_passes_through() -> None:
    step, data = classifier(), samples()
    data["X"][0, 0] = np.nan
    values = start(step, {"N": 8})
    assert np.isnan(numpy_machine(step, {"N": 8}, np.float64).epoch(values, data, np.arange(8)[None], np.full(1, 0.1), 1)).all()
    assert np.isnan(values["W2"]).all()


def test_what_lives_at_the_same_time_lies_apart() -> None:
    """No call writes where something lies that is read later."""
    for rule in TRAINABLE:
        plan = planned(classifier(rule.name).program, {"N": 4})
        blocks = memory(plan).block_of
        last = {view.slot: k for k, one in enumerate(plan.calls) for view in one.args} | {view.slot: len(plan.calls) for view in plan.results}
        for k, one in enumerate(plan.calls):
            for slot, end in last.items():
                written = any(other.out.slot == slot for other in plan.calls[:k]) or isinstance(plan.slots[slot].origin, Given)
                if slot != one.out.slot and end > k and written:
                    assert blocks[slot] != blocks[one.out.slot], (rule.name, k, one)


def test_blocks_of_rows_have_the_numbers_of_whole_arrays() -> None:
    draw = np.random.default_rng(0)
    x, bias, one, two = draw.normal(size=(1000, 300)), draw.normal(size=300), np.empty((1000, 300)), np.empty((1000, 300))
    calls = [("np.add", [x, bias], one, None), ("np.multiply", [one, one], two, None), ("np.subtract", [two, x], one, None)]
    found = list(in_blocks(calls))
    assert len(found) > 3
    for function, args, out, _ in found:
        getattr(np, function[3:])(*args, out=out)
    np.testing.assert_array_equal(one, (x + bias) ** 2 - x)


@pytest.mark.parametrize(("rule", "lines"), [("gradient_descent", 2), ("momentum", 4), ("adam", 14)])
def test_like_updates_are_one(rule: str, lines: int) -> None:
    """Four parameters are renewed by as many calls as one."""
    plan = planned(classifier(rule).program, {"N": 4})
    together = stacked(plan)
    assert len(together.calls) <= len(plan.calls) - 3 * min(lines, 10)
    assert [one.function for one in together.calls if one.function in ("np.dot", "np.exp")] == [
        one.function for one in plan.calls if one.function in ("np.dot", "np.exp")
    ]


def test_a_gradient_that_is_a_state_too_is_there_before_it_is_used() -> None:
    """With β₁ = 0 the first mean is the gradient with the penalty: a result, made between calls that can be moved to the end."""
    step, data = classifier("adam", beta1=0.0, weight_decay=0.01), samples()
    mine, right = start(step, {"N": 8}), start(step, {"N": 8})
    order, rates = np.arange(40).reshape(5, 8), np.full(5, 0.03)
    losses = numpy_machine(step, {"N": 8}, np.float64).epoch(mine, data, order, rates, 1)
    np.testing.assert_allclose(losses, by_formulas(step, right, data, order, rates, 1), rtol=1e-12)
    for name in ("W1", "b1", "W2", "b2"):
        np.testing.assert_allclose(mine[name], right[name], rtol=1e-10, atol=1e-13)


def test_unlike_updates_stay_apart() -> None:
    """A penalty on the weights alone: weights are renewed together, biases together, and the numbers are right."""
    X, t = var("X", ("N", 3)), var("t", ("N", 2))
    W1, b1, W2, b2 = parameters = [var("W1", (3, 4)), var("b1", (4,)), var("W2", (4, 2)), var("b2", (2,))]
    error = total((named("y", tanh(X @ W1 + b1) @ W2 + b2) - t) ** 2)
    loss = named("L", error + (total(W1**2) + total(W2**2)) / 100)
    step = training_step(loss, derive(loss, parameters), parameters, next(one for one in UPDATE_RULES if one.name == "momentum"))
    draw = np.random.default_rng(0)
    data = {"X": draw.normal(size=(9, 3)), "t": draw.normal(size=(9, 2))}
    order, rates = draw.integers(9, size=(6, 4)), np.full(6, 0.01)
    mine, right = start(step, {"N": 4}), start(step, {"N": 4})
    losses = numpy_machine(step, {"N": 4}, np.float64).epoch(mine, data, order, rates, 1)
    np.testing.assert_allclose(losses, by_formulas(step, right, data, order, rates, 1), rtol=1e-12)
    for name, array in mine.items():
        np.testing.assert_allclose(array, right[name], rtol=1e-10, atol=1e-13)


def test_a_batch_of_matrix_products_needs_no_copy() -> None:
    A, B = var("A", (3, 4, 5)), var("B", (3, 5, 6))
    plan = planned(lowered([contract("aij,ajk->aik", A, B)]), {})
    assert [one.function for one in plan.calls] == ["np.matmul"]


def test_every_quantity_is_its_own_result() -> None:
    x = Var("x", (3,), frozenset())
    y = named("y", x * 2)
    found = numpy_runner(lowered([y, named("z", y + 1), y]), {})({"x": [1.0, 2.0, 3.0]})
    np.testing.assert_array_equal(found[0], [2, 4, 6])
    np.testing.assert_array_equal(found[1], [3, 5, 7])
    np.testing.assert_array_equal(found[2], found[0])
