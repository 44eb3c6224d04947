"""The engine in C against the plain interpreter: every rule, every update rule, random networks, both types, all instruction sets of this machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from byhand.compile.engines.choose import machine
from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.compile.reference import run_program
from byhand.compile.step import TrainingStep, training_step
from byhand.compile.tape.build import tape_of
from byhand.compile.tape.encode import encoded
from byhand.compile.tape.tape import Unsupported
from byhand.derive import derive
from byhand.lang import leaves
from byhand.lang.build import call, inverse
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, named, num, var
from byhand.lang.functions import total
from byhand.lang.leaf import Leaf
from byhand.lang.update_rule import UpdateRule
from byhand.rules import BY_NAME as RULES
from byhand.rules.updates import BY_NAME as BY_NAME_OF_UPDATES
from byhand.rules.updates import UPDATE_RULES
from byhand.run.algebra import Measure
from byhand.run.arrays import Array
from byhand.run.order import in_order, stable
from support.rule_cases import CASES, data_for, sizes_for

sys.path.insert(0, str(Path(__file__).parent.parent / "laws"))
from expressions import Network, networks, symbolic_networks

native = pytest.importorskip("byhand.compile.engines._native", reason="the extension is not built here", exc_type=ImportError)
from byhand.compile.engines.tape_engine import TapeMachine, TapeRunner  # noqa: E402 - only where it is built

CLOSE = {np.float64: (1e-11, 1e-13), np.float32: (2e-4, 3e-5)}
ALONG_THE_GRADIENT = [rule for rule in UPDATE_RULES if rule.direction is None and rule.error is None]


def agree(program: Program, data: Mapping[str, Array], sizes: Mapping[str, int], dtype: type = np.float64, threads: int = 1, simd: str = "") -> None:
    """The engine has the numbers of the plain interpreter."""
    wanted = run_program(program, data, sizes)
    found = TapeRunner(program, sizes, dtype, threads, simd)(data)
    relative, absolute = CLOSE[dtype]
    for one, right in zip(found, wanted):
        largest = float(np.abs(right[np.isfinite(right)]).max(initial=0.0))
        np.testing.assert_allclose(one, right, rtol=relative, atol=absolute * max(1.0, largest))


def gradients_of(case) -> tuple[Program, Sequence[Var]]:
    loss = named("L", total(case.incoming * case.node) if case.node.shape else case.node)
    variables = [node for node in in_order([loss], stable) if isinstance(node, Var)]
    derivation = derive(loss, [*case.declared.values()])
    roots: list[Expr] = [loss, *derivation.gradients.values()]
    return lowered(roots), variables


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_rule_and_its_gradients(case):
    program, variables = gradients_of(case)
    data, sizes = data_for(variables, 1), sizes_for(variables)
    for threads in (1, 2):
        agree(program, data, sizes, threads=threads)
    for simd in native.simd():
        agree(program, data, sizes, np.float32, simd=simd)


# ---------------------------------------------------------------------------------------- random networks


def network_agrees(network: Network) -> None:
    derivation = derive(network.loss, list(network.variables))
    roots = [network.loss, network.output, *derivation.gradients.values()]
    variables = [node for node in in_order(roots, stable) if isinstance(node, Var)]
    measure, draw = Measure(network.sizes), np.random.default_rng(0)
    data = {node.name: np.abs(draw.normal(size=measure.dims(node.shape))) + 0.1 for node in variables}
    program = lowered(roots)
    with np.errstate(all="ignore"):
        try:
            wanted = run_program(program, data, network.sizes)
        except (ByhandError, np.linalg.LinAlgError):
            return
        for threads in (1, 3):
            try:
                found = TapeRunner(program, network.sizes, np.float64, threads)(data)
            except Unsupported:
                return
            for one, right in zip(found, wanted):
                largest = float(np.abs(right[np.isfinite(right)]).max(initial=0.0))
                np.testing.assert_allclose(one, right, rtol=1e-8, atol=1e-11 * max(1.0, largest))


@given(networks())
@settings(max_examples=150)
def test_random_networks(network):
    network_agrees(network)


@given(symbolic_networks())
@settings(max_examples=60)
def test_random_networks_over_letters(network):
    network_agrees(network)


# ------------------------------------------------------------------------------------------------- training


def classifier(widths: Sequence[int], activation: Leaf, rule: UpdateRule, **options: Fraction) -> TrainingStep:
    inputs, target = var("X", ("N", widths[0])), var("Y", ("N", widths[-1]), {"one_hot"})
    value: Expr = inputs
    parameters: list[Var] = []
    for layer, (rows, columns) in enumerate(pairwise(widths), 1):
        weights, bias = var(f"W{layer}", (rows, columns)), var(f"b{layer}", (columns,))
        parameters += [weights, bias]
        score = named(f"Z{layer}", value @ weights + bias)
        value = named(f"H{layer}", score.through(activation)) if layer < len(widths) - 1 else score
    loss = named("L", call(RULES["cross_entropy"], value, target, num(0), reduction="mean"))
    return training_step(loss, derive(loss, parameters), parameters, rule, options)


def numbers_for(step: TrainingStep, samples: int, seed: int = 0) -> tuple[dict[str, Array], dict[str, Array]]:
    """Parameters and states, and data of so many samples."""
    draw, measure = np.random.default_rng(seed), Measure({"N": samples})
    values = {one.name: draw.normal(size=measure.dims(one.shape)) / 2 for one in step.parameters}
    values |= {one.variable.name: np.full(measure.dims(one.variable.shape), float(one.start)) for one in step.states}
    data = {one.name: draw.normal(size=measure.dims(one.shape)) for one in step.data}
    data["Y"] = np.eye(data["Y"].shape[1])[draw.integers(data["Y"].shape[1], size=samples)]
    return values, data


def by_the_interpreter(
    step: TrainingStep, values: dict[str, Array], data: Mapping[str, Array], order: Array, rate: float
) -> tuple[dict[str, Array], list[float]]:
    losses: list[float] = []
    for count, rows in enumerate(order, 1):
        numbers = {step.rate.name: np.array(rate), step.count.name: np.array(float(count))}
        given = values | numbers | {name: array[rows] for name, array in data.items()}
        loss, *kept = run_program(step.program, {one.name: given[one.name] for one in step.program.inputs})
        losses.append(float(loss))
        values = values | dict(zip([one.name for one in step.kept], kept))
    return values, losses


def trained(made, step: TrainingStep, values: Mapping[str, Array], data: Mapping[str, Array], order: Array, dtype: type) -> tuple[dict[str, Array], Array]:
    own = {name: np.array(array, dtype=dtype) for name, array in values.items()}
    losses = made.epoch(own, data, order, np.full(len(order), 0.05), 1)
    return own, losses


def shuffled(samples: int, batch: int, steps: int) -> Array:
    draw = np.random.default_rng(1)
    return np.stack([draw.permutation(samples)[:batch] for _ in range(steps)]).astype(np.int64)


@pytest.mark.parametrize("rule", ALONG_THE_GRADIENT, ids=lambda rule: rule.name)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_update_rules(rule, dtype):
    step = classifier((7, 5, 3), leaves.TANH, rule)
    values, data = numbers_for(step, 23)
    order = shuffled(23, 6, 5)
    wanted, losses = by_the_interpreter(step, values, data, order, 0.05)
    for threads in (1, 2):
        found, own_losses = trained(TapeMachine(step, {"N": 6}, dtype, threads=threads), step, values, data, order, dtype)
        relative, absolute = CLOSE[dtype]
        np.testing.assert_allclose(own_losses, losses, rtol=relative)
        for name, array in wanted.items():
            np.testing.assert_allclose(found[name], array, rtol=relative, atol=absolute)


@pytest.mark.parametrize("simd", native.simd())
@pytest.mark.parametrize(("widths", "batch"), [((1, 1, 2), 1), ((3, 17, 3), 1), ((17, 16, 15, 33), 17), ((64, 32, 10), 32), ((5, 129, 2), 3)])
def test_sizes(widths, batch, simd):
    for activation in (leaves.RELU, leaves.SIGMOID):
        step = classifier(widths, activation, UPDATE_RULES[0])
        values, data = numbers_for(step, batch + 2)
        order = shuffled(batch + 2, batch, 3)
        wanted, losses = by_the_interpreter(step, values, data, order, 0.05)
        for dtype in (np.float64, np.float32):
            for threads in (1, 2):
                found, own_losses = trained(TapeMachine(step, {"N": batch}, dtype, threads=threads, simd=simd), step, values, data, order, dtype)
                np.testing.assert_allclose(own_losses, losses, rtol=CLOSE[dtype][0])
                for name, array in wanted.items():
                    np.testing.assert_allclose(found[name], array, rtol=CLOSE[dtype][0], atol=CLOSE[dtype][1])


def test_the_same_arguments_give_the_same_bits():
    step = classifier((20, 30, 4), leaves.TANH, UPDATE_RULES[6])
    values, data = numbers_for(step, 64)
    order = shuffled(64, 16, 40)
    for threads in (1, 2):
        runs = [trained(TapeMachine(step, {"N": 16}, np.float32, threads=threads), step, values, data, order, np.float32) for _ in range(2)]
        for name in values:
            assert runs[0][0][name].tobytes() == runs[1][0][name].tobytes()
        assert runs[0][1].tobytes() == runs[1][1].tobytes()


def test_at_the_kink_relu_and_its_slope_are_zero():
    x = var("x", (9,))
    loss = named("L", total(leaves.relu(x) + 3 * leaves.absolute(x) + leaves.sign(x) + leaves.step(x)))
    program = lowered([loss, derive(loss, [x]).gradients["x"]])
    for dtype in (np.float32, np.float64):
        found = TapeRunner(program, {}, dtype)({"x": np.zeros(9)})
        assert found[0] == 0
        assert not found[1].any()


@pytest.mark.parametrize("simd", native.simd())
def test_what_is_not_a_number_passes_through(simd):
    x = var("x", (40,))
    roots = [named(leaf.name, x.through(leaf)) for leaf in leaves.LEAVES if leaf.arity == 1] + [named("s", call(RULES["softmax"], x, axis=-1))]
    program = lowered(roots)
    data = np.linspace(-3, 3, 40)
    data[[3, 17, 39]] = np.nan, np.inf, -np.inf
    wanted = run_program(program, {"x": data})
    for dtype in (np.float32, np.float64):
        found = TapeRunner(program, {}, dtype, simd=simd)({"x": data})
        for root, one, right in zip(roots, found, wanted):
            assert (np.isnan(one) == np.isnan(right)).all(), root.name
            assert (np.isposinf(one) == np.isposinf(right)).all(), root.name


def test_samples_along_another_axis_and_given_data():
    inputs, weights, mask = var("X", (4, "N")), var("W", (3, 4)), var("G", (3,))
    loss = named("L", total((mask * (weights @ inputs).T) ** 2) / 2)
    step = training_step(loss, derive(loss, [weights]), [weights], UPDATE_RULES[0])
    draw = np.random.default_rng(0)
    values, data = {"W": draw.normal(size=(3, 4))}, {"X": draw.normal(size=(4, 11)), "G": draw.normal(size=3)}
    order = shuffled(11, 5, 3)
    own = {"W": values["W"].copy()}
    losses = TapeMachine(step, {"N": 5}, np.float64).epoch(own, data, order, np.full(3, 0.01), 1)
    for rows, found in zip(order, losses):
        given = {"W": values["W"], "X": data["X"][:, rows], "G": data["G"], "eta": np.array(0.01)}
        loss_value, values["W"] = run_program(step.program, given)
        np.testing.assert_allclose(found, loss_value)
    np.testing.assert_allclose(own["W"], values["W"])


# -------------------------------------------------------------------------------------------------- refusals


def test_wrong_data_is_refused_in_one_sentence():
    step = classifier((4, 2), leaves.TANH, UPDATE_RULES[0])
    values, data = numbers_for(step, 6)
    made = machine(step, {"N": 3}, np.float64, engine="c")
    rates = np.full(1, 0.1)
    with pytest.raises(ByhandError, match="lacks Y"):
        made.epoch(values, {"X": data["X"]}, np.array([[0, 1, 2]]), rates, 1)
    with pytest.raises(ByhandError, match="sample 6 of X"):
        made.epoch(values, data, np.array([[0, 1, 6]]), rates, 1)
    with pytest.raises(ByhandError, match="in batches of 2"):
        made.epoch(values, data, np.array([[0, 1]]), rates, 1)
    with pytest.raises(ByhandError, match="there is no engine=fast"):
        machine(step, {"N": 3}, engine="fast")


def test_what_the_machine_has_not_is_refused_in_one_sentence(monkeypatch):
    step = classifier((4, 2), leaves.TANH, UPDATE_RULES[0])
    values, data = numbers_for(step, 6)
    with pytest.raises(ByhandError, match="engine=c and dtype=int64: float32 and float64"):
        machine(step, {"N": 3}, np.int64, engine="c")
    machine(step, {"N": 3}, np.float64, "c", 2**40).epoch(values, data, np.array([[0, 1, 2]]), np.full(1, 0.1), 1)
    monkeypatch.setenv("BYHAND_SIMD", " Generic")
    machine(step, {"N": 3}, np.float64, engine="c")
    monkeypatch.setenv("BYHAND_SIMD", "abacus")
    with pytest.raises(ByhandError, match=r"BYHAND_SIMD=abacus: this machine has .*generic"):
        machine(step, {"N": 3}, np.float64)


def test_systems_of_equations_are_left_to_numpy():
    matrix = var("A", (3, 3))
    weights = var("w", (3,))
    loss = named("L", total(inverse(matrix) @ weights))
    step = training_step(loss, derive(loss, [weights]), [weights], UPDATE_RULES[0])
    assert machine(step, {}, np.float64).engine == "numpy"
    with pytest.raises(ByhandError, match="engine=c: it solves systems of equations"):
        machine(step, {}, np.float64, engine="c")


# ------------------------------------------------------------------------------------------ what is not a tape


def words_of(step: TrainingStep, batch: int) -> Array:
    return encoded(tape_of(step.program, {"N": batch}, {one.name: 0 for one in step.data}))


def test_a_tape_is_checked_before_it_runs():
    """Any word changed: the tape is refused, or it runs and touches nothing outside (a sanitizer's build says so; here it must not crash)."""
    step = classifier((5, 4, 3), leaves.TANH, BY_NAME_OF_UPDATES["adam"])
    words = words_of(step, 6)
    data = tuple((np.zeros((6, one.shape[1]), dtype=np.float32), 1, 6, int(one.shape[1])) for one in step.data)
    draw = np.random.default_rng(0)
    refused = 0
    for _ in range(3000):
        broken = words.copy()
        broken[draw.integers(len(words))] = draw.choice([-1, 0, 1, 2, 7, 63, 10**6, 2**40, 2**62, -(2**62)])
        try:
            handle = native.load(broken, 32, "", 0)
            native.epoch(handle, data, np.arange(6)[None], np.zeros(1), 1, (-1, -1, 0), np.zeros(1), 1)
        except ValueError:
            refused += 1
    assert refused > 1000


def test_what_is_no_tape_is_refused():
    words = words_of(classifier((5, 4, 3), leaves.TANH, UPDATE_RULES[0]), 6)
    for broken in (words[:-1], words[:7], words[:0], np.append(words, 0), words.astype(np.int32)[:-1]):
        with pytest.raises(ValueError, match="not a tape"):
            native.load(np.ascontiguousarray(broken), 32, "", 0)
    with pytest.raises(ValueError, match="cannot run simd=mmx"):
        native.load(words, 32, "mmx", 0)
    handle = native.load(words, 64, "", 0)
    with pytest.raises(ValueError, match="does not fit the arena"):
        native.put(handle, 10**9, np.zeros(1))
    with pytest.raises(ValueError, match="do not fit"):
        native.epoch(handle, (), np.zeros((1, 6), dtype=np.int64), np.zeros(1), 1, (-1, -1, 0), np.zeros(1), 1)


INTERRUPTED = """
import signal, threading, time, os, sys
import numpy as np
sys.path[:0] = {path!r}
from test_engine import *
step = classifier((200, 200, 10), leaves.TANH, UPDATE_RULES[0])
values, data = numbers_for(step, 64)
before = values["W1"].copy()
made = TapeMachine(step, {{"N": 64}}, np.float64, threads={threads})
order, rates = np.tile(np.arange(64), (200_000, 1)), np.full(200_000, 1e-3)
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
start = time.perf_counter()
try:
    made.epoch(values, data, order, rates, 1)
except KeyboardInterrupt:
    took = time.perf_counter() - start
    assert took < 5, took
    assert np.isfinite(values["W1"]).all() and (values["W1"] != before).any()
    print("stopped")
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_stops_an_epoch_and_keeps_what_was_learned(threads):
    here = Path(__file__).parent
    code = INTERRUPTED.format(path=[str(here), str(here.parent)], threads=threads)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "stopped", done.stderr
