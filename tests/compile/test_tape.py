"""What a tape is made of: what is fused into what, where things stand, where threads wait."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from byhand.compile.engines.choose import _threads, why_not
from byhand.compile.lower import lowered
from byhand.compile.step import TrainingStep, training_step
from byhand.compile.tape.build import tape_of
from byhand.compile.tape.encode import KINDS, encoded
from byhand.compile.tape.loops import loops
from byhand.compile.tape.tape import Instruction, Load, Pass, Product, Reduce, Scalars, Step, Store, Tape, Unsupported, View
from byhand.compile.tape.waits import conflict, touches
from byhand.derive import derive
from byhand.lang import leaves
from byhand.lang.build import call, inverse
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, named, num, var
from byhand.lang.functions import reshape, total
from byhand.rules import BY_NAME as RULES
from byhand.rules.updates import BY_NAME as UPDATES


def classifier(widths: Sequence[int], rule: str = "gradient_descent", **options: Fraction) -> TrainingStep:
    inputs, target = var("X", ("N", widths[0])), var("Y", ("N", widths[-1]), {"one_hot"})
    value: Expr = inputs
    parameters: list[Var] = []
    for layer, (rows, columns) in enumerate(pairwise(widths), 1):
        weights, bias = var(f"W{layer}", (rows, columns)), var(f"b{layer}", (columns,))
        parameters += [weights, bias]
        score = named(f"Z{layer}", value @ weights + bias)
        value = named(f"H{layer}", leaves.relu(score)) if layer < len(widths) - 1 else score
    loss = named("L", call(RULES["cross_entropy"], value, target, num(0), reduction="mean"))
    return training_step(loss, derive(loss, parameters), parameters, UPDATES[rule], options)


def tape_for(step: TrainingStep, batch: int = 32, threads: int = 1) -> Tape:
    return tape_of(step.program, {"N": batch}, {one.name: 0 for one in step.data}, threads, (step.rate.name, step.count.name))


def kinds(tape: Tape) -> list[str]:
    return [type(one).__name__ for one in tape.instructions]


def ops(one: Instruction) -> list[str]:
    return [line.op for line in one.code if isinstance(line, Step)] if isinstance(one, Pass) else []


def test_a_step_is_three_products_two_passes_and_the_updates_in_place():
    step = classifier((64, 32, 10))
    tape = tape_for(step)
    products = [one for one in tape.instructions if isinstance(one, Product)]
    weights = {tape.inputs[name].offset: name for name in ("W1", "W2")}
    assert len(products) == 5
    forward, updates = products[:2], [one for one in products if one.out.offset in weights]
    assert all(one.start is not None and one.start.strides[0] == 0 for one in forward), "the bias is what a product begins with"
    assert len(updates) == 2
    assert all(one.start == View(0, one.out.offset, (*one.out.strides, 1)) and one.factor is not None and one.scale == -1 for one in updates)
    biases = [one for one in tape.instructions if isinstance(one, Reduce)]
    assert {one.out.offset for one in biases} == {tape.inputs[name].offset for name in ("b1", "b2")}
    assert not any(isinstance(one, Scalars) for one in tape.instructions)


def test_the_softmax_and_the_loss_are_one_pass():
    tape = tape_for(classifier((64, 32, 10)))
    (softmax,) = [one for one in tape.instructions if "row_max" in ops(one)]
    assert [op for op in ops(softmax) if op in ("exp", "log", "reciprocal", "row_max", "row_sum")] == [
        "row_max",
        "exp",
        "row_sum",
        "reciprocal",
        "log",
        "row_sum",
    ]
    assert isinstance(softmax, Pass)
    assert sum(isinstance(line, Store) for line in softmax.code) == 2, "the gradient and a loss for each sample"


def test_the_mask_of_relu_is_not_stored():
    tape = tape_for(classifier((64, 32, 10)))
    (mask,) = [one for one in tape.instructions if "step" in ops(one)]
    assert ops(mask) == ["step", "mul"]


def test_adam_is_one_pass_for_each_parameter():
    step = classifier((64, 32, 10), "adam")
    tape = tape_for(step)
    passes = [one for one in tape.instructions if "sqrt" in ops(one)]
    assert len(passes) == 4
    for one in passes:
        assert sum(isinstance(line, Store) for line in one.code) == 3
        assert sum(isinstance(line, Load) and bool(line.view.strides[-1]) for line in one.code) == 4
    assert "Scalars" in kinds(tape), "1 − βᵗ is worked out once a step"


def test_every_result_of_an_update_stands_where_its_input_stood():
    for rule in ("gradient_descent", "momentum", "adam", "adamw", "nesterov"):
        step = classifier((5, 4, 3), rule)
        tape = tape_for(step)
        for variable, result in zip(step.kept, tape.results[1:]):
            assert result == tape.inputs[variable.name]


def test_places_are_used_again_by_one_thread():
    deep = classifier((64, *[64] * 12, 10))
    assert tape_for(deep).length < tape_for(deep, threads=2).length


def test_threads_wait_only_where_rows_change_hands():
    """Forward and back each thread stays with its samples; the products over all of them come after one wait."""
    tape = tape_for(classifier((64, 32, 10)), threads=2)
    assert sum(tape.waits) <= 2
    assert not any(tape_for(classifier((64, 32, 10))).waits)
    pending = []
    for wait, one in zip(tape.waits, tape.instructions):
        if wait:
            pending = []
        assert not any(conflict(earlier, mine) for earlier in pending for mine in touches(one))
        pending += touches(one)


def test_loops_that_follow_each_other_are_one():
    assert loops((4, 5, 6), [(30, 6, 1)]) == [(120, (1,))]
    assert loops((4, 5, 6), [(30, 6, 1), (0, 6, 1)]) == [(4, (30, 0)), (30, (1, 1))]
    assert loops((), [()]) == []


def test_a_reshape_is_no_instruction():
    x, weights = var("x", (4, 6)), var("w", (24,))
    tape = tape_of(lowered([named("L", total(reshape(x, (24,)) * weights))]), {})
    assert kinds(tape) == ["Pass"]


def test_words_have_every_field():
    tape = tape_for(classifier((5, 4, 3)))
    words = encoded(tape)
    assert words.dtype == np.int64
    at = 5 + len(tape.batches) - 1
    for one in tape.instructions:
        assert words[at] == KINDS.index(type(one))
        at += 3 + int(words[at + 2])
    assert at == len(words)


def test_what_has_no_tape_says_why():
    matrix, vector = var("A", (3, 3)), var("v", (3,))
    with pytest.raises(Unsupported, match="solves systems"):
        tape_of(lowered([inverse(matrix) @ vector]), {})
    with pytest.raises(Unsupported, match="empty"):
        tape_of(lowered([named("s", 2 * var("x", ("N",)))]), {"N": 0})


def test_threads_are_as_many_as_the_work_is_worth(monkeypatch):
    monkeypatch.setattr("byhand.compile.engines.choose.cores", lambda: 4)
    small, large = classifier((64, 32, 10)), classifier((784, 128, 10))
    assert _threads(small.program, {"N": 32}, None) == 1
    assert _threads(large.program, {"N": 128}, None) == 4
    assert _threads(small.program, {"N": 32}, 3) == 3
    with pytest.raises(ByhandError, match="threads=0"):
        _threads(small.program, {"N": 32}, 0)


def test_where_the_engine_is_missing_one_line_says_so(monkeypatch):
    monkeypatch.setattr("byhand.compile.engines.choose._built", lambda: None)
    assert why_not().count("\n") == 0
    assert "compiler" in why_not()
