"""Formulas of one sample told for a batch and back: at every example of every rule, values and gradients."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.derive.sweep import derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Var, contract, intern, named, var
from byhand.lang.functions import concat, gather, mean, take, total
from byhand.lang.sizes import Poly
from byhand.run.evaluate import evaluate
from byhand.train.model.equal import same
from byhand.train.model.lift import lifted, parted_loss
from byhand.train.model.sample import of_one_sample
from support.rule_cases import CASES, Case, data_for, sizes_for

SAMPLES = Poly.letter("samples")
ROWS = 3
TURNED = frozenset(("one_hot_columns", "symmetric"))


def batches(nodes: list[Var]) -> dict[Var, Expr]:
    return {node: intern(Var, node.name, (SAMPLES, *node.shape), node.facts - TURNED) for node in nodes}


def stacked(nodes: list[Var]) -> tuple[list[dict[str, np.ndarray]], dict[str, np.ndarray]]:
    each = [data_for(nodes, seed) for seed in range(ROWS)]
    return each, {node.name: np.stack([one[node.name] for one in each]) for node in nodes}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_lifted_rule_says_of_every_sample_what_it_says_of_one(case: Case) -> None:
    nodes = list(case.declared.values())
    (batch,) = lifted((case.node,), batches(nodes), SAMPLES)
    each, together = stacked(nodes)
    want = np.stack([evaluate([case.node], one, exact=False).roots[0] for one in each])
    got = evaluate([batch], together, exact=False).roots[0]
    assert batch.shape == (SAMPLES, *case.node.shape)
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)
    (again,) = of_one_sample((batch,), "samples")
    np.testing.assert_allclose(evaluate([again], each[0], exact=False).roots[0], want[0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("case", [case for case in CASES if len(case.declared) > 1], ids=str)
def test_the_gradient_of_a_batch_is_the_sum_of_the_gradients_of_its_samples(case: Case) -> None:
    """The last operand is shared by all samples, the others change; derived once over the batch, and sample by sample."""
    *changing, shared = case.declared.values()
    weights = var("weights", case.node.shape)
    nodes = [*case.declared.values(), weights]
    (batch,) = lifted((case.node * weights,), batches(changing), SAMPLES)
    one, whole = (derive(named("L", total(node)), [shared]).gradients[shared.name] for node in (case.node * weights, batch))
    fixed = {name: array for name, array in data_for(nodes, 7).items() if name in (shared.name, "weights")}
    each = [data_for(nodes, seed) | fixed for seed in range(ROWS)]
    together = {node.name: np.stack([data[node.name] for data in each]) for node in changing} | fixed
    want = sum(np.asarray(evaluate([one], data, sizes_for(nodes), exact=False).roots[0]) for data in each)
    got = evaluate([whole], together, sizes_for(nodes) | {"samples": ROWS}, exact=False).roots[0]
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-11)


def test_rules_stay_rules_where_they_can() -> None:
    """So the batch's formulas have the rule's own message, as p − t, and not what follows from its definition."""
    first = {case.rule.name: case for case in reversed(CASES) if len(case.declared) < 3 or case.rule.name == "layer_norm"}
    one = {name for name, case in first.items() if isinstance(lifted((case.node,), batches([next(iter(case.declared.values()))]), SAMPLES)[0], Call)}
    assert {"softmax", "log_softmax", "logsumexp", "max_pool2d", "layer_norm", "masked_softmax", "leaky_relu", "gelu"} <= one
    image = next(case for case in CASES if str(case).startswith("conv2d(x:(c,5,4)"))
    assert isinstance(lifted((image.node,), batches([image.declared["x"]]), SAMPLES)[0], Call)
    every = {name for name, case in first.items() if isinstance(lifted((case.node,), batches([*case.declared.values()]), SAMPLES)[0], Call)}
    assert {"cross_entropy", "bce_with_logits", "squared_error", "cosine_similarity"} <= every


def test_what_does_not_depend_on_the_data_is_the_same_for_every_sample() -> None:
    x, w = var("x", (2,)), var("w", (3,))
    fixed, moving = lifted((w, x), {x: var("x", (SAMPLES, 2))}, SAMPLES)
    assert fixed.shape == (SAMPLES, 3)
    assert moving is var("x", (SAMPLES, 2))


@pytest.mark.parametrize("axis", [0, 1])
def test_re_indexings_are_moved_on_by_one_axis(axis: int) -> None:
    x = var("x", (4, 3))
    formula = concat([take(x, [slice(1, 3)]), take(x, [slice(None, None, -1)])], 0) if axis == 0 else gather(x, [2, 0, 2])
    (batch,) = lifted((formula,), {x: var("x", (SAMPLES, 4, 3))}, SAMPLES)
    data = np.random.default_rng(0).normal(size=(ROWS, 4, 3))
    want = np.stack([np.concatenate([one[1:3], one[::-1]]) if axis == 0 else one[[2, 0, 2]] for one in data])
    np.testing.assert_array_equal(evaluate([batch], {"x": data}, exact=False).roots[0], want)


@pytest.mark.parametrize("axis", [0, 1])
def test_samples_are_found_along_any_axis(axis: int) -> None:
    shape = (SAMPLES, 3) if axis == 0 else (3, SAMPLES)
    x = var("X", shape)
    (one,) = of_one_sample((mean(x**2),), "samples")
    assert one is mean(var("X", (3,)) ** 2)


def test_a_loss_with_a_reduction_is_the_sum_of_its_parts() -> None:
    for case in CASES:
        if dict(case.node.options).get("reduction", "none") == "none" or not any(arg.shape for arg in case.node.args):
            continue
        parted = parted_loss(case.node)
        if case.node.args[0].shape[:-1] or case.rule.name != "cross_entropy":
            assert parted is not None, case
            assert same(parted, case.node), case


def test_samples_that_are_picked_by_their_places_cannot_be_told_one_by_one() -> None:
    x = var("X", (SAMPLES, 3))
    with pytest.raises(ByhandError, match="samples are picked out of the batch by their places"):
        of_one_sample((take(x, [0]),), "samples")
    with pytest.raises(ByhandError, match="rows of the batch are picked by their numbers"):
        of_one_sample((gather(x, [0, 1]),), "samples")


def test_a_claim_about_a_batch_fails_where_samples_are_mixed() -> None:
    x = var("X", (SAMPLES, 3))
    centred = x - contract("ij->j", x) / 3
    (one,) = of_one_sample((centred,), "samples")
    (back,) = lifted((one,), {var("X", (3,)): x}, SAMPLES)
    assert not same(back, centred)
