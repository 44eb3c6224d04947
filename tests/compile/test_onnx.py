"""Programs as ONNX graphs, run by onnxruntime: the numbers of the program, for any number of samples."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.compile.lower import lowered
from byhand.compile.reference import run_program
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Map, Var, apply, num, var
from byhand.lang.functions import diag, reshape
from byhand.lang.leaves import ERF, LEAVES, absolute, exp, step
from byhand.lang.walk import children, postorder
from support.rule_cases import CASES, Case, sizes_for

NOT_FORWARD = ("max_unpool2d",)


def agree(root: Expr, free: str = "", rtol: float = 1e-9) -> None:
    """onnxruntime on the float64 graph against the program, for two numbers of samples where they are open."""
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    from byhand.compile.export.onnx_graph import onnx_graph  # what needs the package onnx

    program = lowered([root])
    variables = list(program.inputs)
    sizes = sizes_for(variables)
    model = onnx_graph(program, ["out"], {}, free, sizes, dtype=np.float64)
    plainly = onnxruntime.SessionOptions()
    plainly.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # fused, some numbers are rounded to single precision
    session = onnxruntime.InferenceSession(model.SerializeToString(), plainly, providers=["CPUExecutionProvider"])
    for count in (sizes.get(free, 2), 7):
        data = data_for_sizes(variables, sizes | {free: count} if free else sizes)
        (wanted,) = run_program(program, data, sizes | ({free: count} if free else {}))
        (found,) = session.run(None, {one.name: data[one.name] for one in variables})
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-12)


def data_for_sizes(variables: list[Var], sizes: dict[str, int]) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    found = {}
    for one in variables:
        dims = tuple(axis if isinstance(axis, int) else int(axis.at(sizes)) for axis in one.shape)
        found[one.name] = np.asarray(np.abs(draw.normal(size=dims)) + 0.1 if "positive" in one.facts else draw.normal(size=dims))
    return found


def in_single_precision(case: Case) -> bool:
    """Whether the runtime has a leaf of the rule in single precision alone."""
    order = postorder(case.node, below=lambda node: (node.body,) if isinstance(node, Call) else children(node))
    return any(isinstance(node, Map) and node.leaf is ERF for node in order)


@pytest.mark.parametrize("case", [case for case in CASES if case.rule.name not in NOT_FORWARD], ids=str)
def test_every_rule_forward(case):
    agree(case.node, rtol=1e-5 if in_single_precision(case) else 1e-9)


@pytest.mark.parametrize("case", [case for case in CASES if case.rule.name in NOT_FORWARD], ids=str)
def test_what_puts_entries_back_is_refused(case):
    with pytest.raises(ByhandError, match="ONNX"):
        agree(case.node)


@pytest.mark.parametrize("leaf", LEAVES, ids=repr)
def test_every_leaf_also_on_its_kink(leaf):
    if leaf.arity == 0:
        agree(apply(leaf) * var("x", ("n",)), "n")
        return
    args = [var(name, ("n",), ("positive",)) for name in "xy"[: leaf.arity]]
    agree(apply(leaf, *args), "n", rtol=1e-6)  # erf in single precision there


@pytest.mark.parametrize("name", ["t0", "c0", "c1", "network", "x₁"])
def test_names_of_inputs_are_kept(name):
    x = var(name, ("n", 3))
    agree(exp(x * 2) + num(1), "n")


def test_a_step_at_zero():
    agree(step(var("x", ("n",)) * 0) + absolute(var("x", ("n",))), "n")


def test_the_number_of_samples_stays_open():
    X, W, b = var("X", ("n", 3)), var("W", (3, 2)), var("b", (2,))
    agree(X @ W + b, "n")
    agree(reshape(X, (X.shape[0], 3, 1)) * reshape(X, (X.shape[0], 1, 3)), "n")
    with pytest.raises(ByhandError, match="changes with the number of samples n"):
        agree(X * (1 / num(X.shape[0])), "n")


def test_what_has_no_operator_is_refused():
    x = var("x", (3,))
    with pytest.raises(ByhandError, match="diagonal"):
        agree(diag(x) * 2)
