"""Law: formulas compiled to NumPy calls have the numbers of the walk over their nodes, for many cases at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from expressions import Network, networks, symbolic_networks
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.derive import derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Map, Pick, Var, contract, eye, filled, num, var
from byhand.lang.functions import diag, outer, reshape, take, total, trace
from byhand.lang.leaves import relu, sigmoid
from byhand.lang.spec import Spec
from byhand.lang.walk import postorder
from byhand.run.algebra import Measure, Undefined, walk
from byhand.run.arrays import Array
from byhand.run.compiled import compiled
from byhand.run.floats import Floats
from byhand.run.order import in_order, stable
from support.rule_cases import CASES

CASES_AT_ONCE = 3
Sizes = Mapping[str, int]


def data_for(variables: Sequence[Var], sizes: Sizes, seed: int) -> dict[str, Array]:
    """Random numbers, three cases of them; now and then a quantity that all cases share."""
    draw, measure = np.random.default_rng(seed), Measure(sizes)
    shared = {node: bool(draw.integers(2)) for node in variables}
    found = {node.name: draw.normal(size=(1 if shared[node] else CASES_AT_ONCE, *measure.dims(node.shape))) for node in variables}
    return {node.name: np.abs(found[node.name]) + 0.1 if node.facts else found[node.name] for node in variables}


def walked(roots: Sequence[Expr], data: Mapping[str, Array], sizes: Sizes) -> dict[Expr, Array]:
    order = in_order(roots, stable)
    given = {node: data[node.name] for node in order if isinstance(node, Var)}
    return walk(order, Floats(given, 1), Measure(sizes), stable)


def near_a_kink(values: Mapping[Expr, Array]) -> bool:
    """Whether rounding may decide which branch is taken."""
    gaps = [values[node.args[0]] for node in values if isinstance(node, Map) and node.leaf.kinked]
    gaps += [np.diff(np.sort(values[node.arg], axis=-1)) for node in values if isinstance(node, Pick) and node.shape]
    return any(bool(np.any((gap != 0) & (np.abs(gap) < 1e-9))) for gap in gaps)


def check(roots: Sequence[Expr], sizes: Sizes, seed: int = 0) -> None:
    variables = [node for node in in_order(roots, stable) if isinstance(node, Var)]
    data = data_for(variables, sizes, seed)
    with np.errstate(all="ignore"):
        try:
            values = walked(roots, data, sizes)
        except Undefined:
            with pytest.raises(Undefined):
                compiled(roots, Measure(sizes))(data)
            return
        if near_a_kink(values):
            return
        for root, found in zip(roots, compiled(roots, Measure(sizes))(data)):
            want = values[root]
            assert found.shape[1:] == want.shape[1:]
            assert len(found) in (1, CASES_AT_ONCE)
            scale = max(1.0, float(np.max(np.abs(want), initial=0.0, where=np.isfinite(want))))
            np.testing.assert_allclose(*np.broadcast_arrays(found, want), rtol=1e-9, atol=1e-10 * scale)


@settings(max_examples=120)
@given(networks(), st.integers(0, 99))
def test_random_networks(network: Network, seed: int) -> None:
    check((network.loss, network.output), network.sizes, seed)


@settings(max_examples=60)
@given(symbolic_networks(), st.integers(0, 99))
def test_gradients_of_random_networks(network: Network, seed: int) -> None:
    try:
        gradients = derive(network.loss, network.variables).gradients
    except ByhandError:
        return
    check(list(gradients.values()), network.sizes, seed)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_examples_of_rules(case: object) -> None:
    node = case.node  # type: ignore[attr-defined]
    letters = {letter for one in postorder(node) for axis in one.shape if not isinstance(axis, int) for letter in axis.letters}
    sizes = {letter: 2 + k % 3 for k, letter in enumerate(sorted(letters))}
    try:
        Measure(sizes).dims(node.shape)
        [Measure(sizes).dims(one.shape) for one in postorder(node)]
    except ByhandError:  # other letters of the example would fit
        sizes = dict.fromkeys(sizes, 6)
    check((node,), sizes)


X, Y, W, x, y, s = var("X", (3, 4)), var("Y", (3, 4)), var("W", (4, 5)), var("x", (4,)), var("y", (5,)), var("s")
Z = var("Z", (2, 3, 4))
FORMS: dict[str, Expr] = {
    "matrix product": X @ W,
    "turned": (X @ W).T,
    "matrix times vector": X @ x,
    "vector times matrix": x @ W,
    "dot product": x @ x,
    "outer product": outer(x, y),
    "outer product turned": outer(x, y).T,
    "rows scaled": X * x,
    "row by row": contract("ij,ij->i", X, Y),
    "everything summed": contract("ij,ij->", X, Y),
    "two sums": contract("ij,kj->ik", X, Y) + contract("ij,kj->ki", X, Y),
    "stack of products": contract("aij,ij->aj", Z, X),
    "stack, another order": contract("aij,ij->ja", Z, X),
    "summed alone in one operand": contract("ij,k->ik", X, y),
    "several axes meet": contract("aij,bij->ab", Z, Z),
    "several axes stay": contract("aij,jk->aik", Z, W),
    "several on either side": contract("aij,jbk->aibk", Z, reshape(contract("ij,k->ijk", W, y), (4, 5, 5))),
    "broadcast": contract(Spec(("j",), "ij"), x, sizes={"i": 3}),
    "product broadcast": contract(Spec(("i", "i"), "ij"), x, x, sizes={"j": 2}),
    "diagonal": diag(x),
    "trace": trace(X @ X.T),
    "unit matrix": eye(3) * 2 + X @ X.T,
    "minus in front": -X + Y,
    "minus twice": -X - Y,
    "minus inside": X - Y - X * Y,
    "constants": 2 * x + num(3),
    "a number alone": num(3) / 7,
    "scaled by a scalar": s * X,
    "reciprocal and powers": 1 / (1 + x**2) + (x**2 + 1) ** 1.5 + (x**2 + 1) ** -3,
    "elementwise": sigmoid(relu(x)),
    "columns": total(X, 0),
    "the same thing twice": total(X, 0) + total(X, 0) * x,
    "picked": take(X, (slice(1, 3), 2)) + take(Y, (slice(0, 2), 0)),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(name: str) -> None:
    check((FORMS[name],), {})


def test_what_formulas_share_is_worked_out_once() -> None:
    alone = compiled((sigmoid(X @ W),), Measure({}))
    both = compiled((sigmoid(X @ W), 1 - sigmoid(X @ W)), Measure({}))
    assert len(both.operations) == len(alone.operations) + 1


def test_constants_are_worked_out_beforehand() -> None:
    assert not compiled((eye(3) * 2 + sigmoid(num(2)),), Measure({})).operations


def test_an_unknown_size_is_an_error() -> None:
    with pytest.raises(ByhandError, match="the size n is not known"):
        compiled((total(filled(1, var("v", ("n",)).shape)),), Measure({}))
