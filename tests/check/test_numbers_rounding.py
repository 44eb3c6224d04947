"""What the rounding of earlier numbers does to later ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from number_samples import example, sheet, to_decimals, truth, typed

from byhand.check.engine import Engine
from byhand.check.exercise.quantity import Exercise
from byhand.check.numbers import noise as floats
from byhand.check.numbers import rounding
from byhand.check.numbers.compare import fits
from byhand.check.settings import Settings

SHEETS = ("b1-two-layer-regression", "e2-label-smoothing-step", "d1-sigmoid-network")
WIDE = """# Wide

```byhand
x = full(20, 0.3)
W = full((20, 20), 0.05)
v = full(20, 0.2)
z = W @ x
h = tanh(z)
y = sum(v * h)
```

```byhand
z, h, y, dy/dW
```
"""


def computed(exercise: Exercise) -> list[str]:
    return [name for name, one in exercise.quantities.items() if one.steps and one.truth is not None and one.parents]


@pytest.mark.parametrize("name", SHEETS)
@given(digits=st.integers(2, 5), seed=st.integers(0, 999))
@settings(deadline=None, max_examples=12)
def test_a_step_on_rounded_operands_stays_within_the_slack(name: str, digits: int, seed: int) -> None:
    """Whatever the operands are rounded to, what follows from them is right within the propagated rounding, and not far from it."""
    exercise = example(name)
    engine = Engine(exercise)
    true, random = engine.truths(), np.random.default_rng(seed)
    halves = {one: np.full(value.shape[1:], 0.5 * 10.0**-digits) for one, value in true.items() if exercise.quantities[one].kind != "given"}
    off = {one: true[one] + random.uniform(-1, 1, half.shape) * half for one, half in halves.items()}
    for quantity in (exercise.quantities[one] for one in computed(exercise)):
        (found,) = engine.values(quantity.steps[:1], {**true, **off}) or []
        width = rounding.slack(engine, quantity.steps[0], {**true, **off}, halves)
        assert width.shape == quantity.dims
        written = to_decimals(np.asarray(truth(exercise, quantity.name)), 8)
        second_order = 1e-2 * width + 20 * 10.0 ** (-2 * digits)
        assert fits(written, found, width + second_order, Settings())[0], quantity.name


def test_what_was_not_rounded_makes_no_slack() -> None:
    exercise = example("e2-label-smoothing-step")
    engine = Engine(exercise)
    true = engine.truths()
    step = exercise.quantities["z"].steps[0]
    halves = {"a": np.full(3, 0.5)}
    assert not np.any(rounding.slack(engine, step, true, halves)), "whole numbers that are right"
    assert not np.any(rounding.slack(engine, step, true, {})), "nothing was written"
    assert not np.any(rounding.slack(engine, step, {**true, "a": np.array([[1.0, 5.0, 0.0]])}, halves)), "other whole numbers"
    wrong = {**true, "a": np.array([[0.25, 2.0, 0.0]])}
    w2 = np.abs(truth(exercise, "W2"))
    assert rounding.slack(engine, step, wrong, {"a": np.full(3, 0.005)}) == pytest.approx(0.005 * w2[0])


def test_the_slack_is_the_sum_of_all_changes() -> None:
    """For a product it is |x|·Δδ + |δ|·Δx, by hand."""
    exercise = example("d1-sigmoid-network")
    engine = Engine(exercise)
    env = {**engine.truths(), "dE/dz2": np.array([[-0.11, 0.13]]), "x1": np.full((1, 3), 0.55)}
    step = exercise.quantities["dE/dW2"].steps[0]
    found = rounding.slack(engine, step, env, {"dE/dz2": np.full(2, 0.005), "x1": np.full(3, 0.005)})
    expected = 0.005 * 0.55 + 0.005 * np.abs([[-0.11], [0.13]]) * np.ones((1, 3))
    assert found == pytest.approx(expected, rel=1e-9)


def test_on_a_kink_either_side_counts() -> None:
    exercise = example("b1-two-layer-regression")
    engine = Engine(exercise)
    env = {**engine.truths(), "Z": np.full((1, 4, 3), 0.001)}
    found = rounding.slack(engine, exercise.quantities["dL/dZ"].steps[0], env, {"Z": np.full((4, 3), 0.005)})
    assert found == pytest.approx(np.abs(truth(exercise, "dL/dH")))


def test_many_rounded_entries_are_moved_together() -> None:
    """400 entries of W: independent errors add up like √n and not like n."""
    exercise = sheet(WIDE)
    engine = Engine(exercise)
    env = {**engine.truths(), "W": np.full((1, 20, 20), 0.0512)}
    found = rounding.slack(engine, exercise.quantities["z"].steps[0], env, {"W": np.full((20, 20), 0.00005)})
    deviation = 0.00005 * 0.3 * np.sqrt(20)
    assert (found > 2 * deviation).all()
    assert (found < 4.5 * deviation).all()


# ------------------------------------------------------------------------------------------------- rounded too early


def test_rounded_too_early_by_hand() -> None:
    exercise = example("d1-sigmoid-network")
    engine = Engine(exercise)
    known = dict(rounding.ways(engine, exercise, "z2", 2))
    assert known["x1 is rounded to 2 decimals before z2 is worked out"] == pytest.approx(np.full((1, 2), 0.1 * 3 * 0.55))
    coarse = dict(rounding.ways(engine, exercise, "z2", 1))
    assert coarse["x1 is rounded to 1 decimal before z2 is worked out"] == pytest.approx(np.full((1, 2), 0.1 * 3 * 0.5)), "x1 = 0.55 to one decimal is 0.5"
    assert not list(rounding.ways(engine, exercise, "z1", 2)), "what is given is not rounded"


def test_ties_are_rounded_away_from_zero() -> None:
    assert rounding.to_decimals(np.array([0.125, -0.125, 2.675]), 2) == pytest.approx([0.13, -0.13, 2.68])
    assert rounding.to_significant(np.array([0.0012345, -123.45, 0.0, 9.99]), 2) == pytest.approx([0.0012, -120.0, 0.0, 10.0])


# --------------------------------------------------------------------------------------------------- noise of floats


@pytest.mark.parametrize("name", SHEETS)
def test_single_precision_stays_within_its_noise(name: str) -> None:
    """Every step in 32-bit floats, by NumPy's own casts, against the bound."""
    exercise = example(name)
    engine = Engine(exercise)
    noise, env = floats.noise(engine, 2.0**-24), engine.truths()
    for one in computed(exercise):
        (value,) = engine.values(exercise.quantities[one].steps[:1], env) or []
        env[one] = value.astype(np.float32).astype(np.float64)
        assert (np.abs(env[one][0] - truth(exercise, one)) <= 2 * noise[one] + 1e-12).all(), one
        assert float(noise[one].max()) < 1e-4 * max(1.0, float(np.abs(truth(exercise, one)).max()))


def test_zeros_that_a_program_prints_as_next_to_nothing() -> None:
    """Nothing comes back through equal weights: each entry is a sum of terms that cancel, and that is all that is noise."""
    exercise = example("d3-softmax-network")
    written = typed([1.3877787807814457e-17, 0.0, -2.7755575615628914e-17], zeros_lost=True)
    assert not np.any(truth(exercise, "dC/dx2"))
    assert fits(written, truth(exercise, "dC/dx2")[None], floats.float_noise(exercise, "dC/dx2", written), Settings())[0]
    assert float(np.max(floats.float_noise(exercise, "dC/dx2", typed("0.125")))) < 1e-14


SATURATED = """# One class has nearly all of the probability

```byhand
x = [0.3, -1.2, 0.7]
t = [1, 0, 0]
W = [[9.1, -7.3, 4.7], [-6.2, 8.1, 3.3], [2.9, -5.7, -8.8]]
z = W @ x
p = softmax(z)
L = -sum(t * log(p))
```

```byhand
z, p, L, dL/dz, dL/dW
```
"""


def test_single_precision_where_a_difference_is_nearly_zero() -> None:
    exercise = sheet(SATURATED)
    x, t, w = (truth(exercise, name).astype(np.float32) for name in "xtW")
    z = w @ x
    e = np.exp(z - z.max())
    p = e / e.sum()
    for name, value in {"z": z, "p": p, "dL/dz": p - t, "dL/dW": np.outer(p - t, x)}.items():
        written = typed(value.astype(float).tolist(), zeros_lost=True)
        assert fits(written, truth(exercise, name)[None], floats.float_noise(exercise, name, written), Settings())[0], name


def test_a_kink_is_no_noise() -> None:
    exercise = sheet("```byhand\nx = [1, 2]\nw = [2, -1]\nz = w @ x\nh = relu(z)\nL = (h - 1)**2\n```\n```byhand\nL, dL/dz, dL/dw\n```")
    assert float(np.max(floats.float_noise(exercise, "dL/dz", typed("0.12345678")))) < 1e-5
