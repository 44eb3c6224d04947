"""Law: a program has the numbers of the formulas it was made from, also where its values share places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from expressions import Network, networks, symbolic_networks
from hypothesis import given, settings

from byhand.compile import reference
from byhand.compile.lower import lowered
from byhand.compile.places import places
from byhand.compile.program import Program
from byhand.compile.reference import run_program
from byhand.derive import derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, named
from byhand.lang.functions import total
from byhand.run.algebra import Measure, Undefined, walk
from byhand.run.arrays import Array
from byhand.run.floats import Floats
from byhand.run.order import in_order, stable
from support.rule_cases import CASES, data_for, sizes_for


def walked(roots: Sequence[Expr], data: Mapping[str, Array], sizes: Mapping[str, int]) -> list[Array]:
    """The walk over nodes that solves sheets."""
    order = in_order(roots, stable)
    given = {node: data[node.name][None] for node in order if isinstance(node, Var)}
    values = walk(order, Floats(given, 1), Measure(sizes), stable)
    return [values[root][0] for root in roots]


def agree(roots: Sequence[Expr], data: Mapping[str, Array], sizes: Mapping[str, int]) -> Program:
    """The program has the numbers of the walk."""
    program = lowered(roots)
    with np.errstate(all="ignore"):
        try:
            wanted = walked(roots, data, sizes)
        except (Undefined, ByhandError):
            return program
        for root, found, right in zip(roots, run_program(program, data, sizes), wanted):
            shape = Measure(sizes).dims(root.shape)
            assert found.shape == shape
            np.testing.assert_allclose(found, np.broadcast_to(right, shape), rtol=1e-9, atol=1e-12)
    return program


def with_shared_places(program: Program, data: Mapping[str, Array], sizes: Mapping[str, int]) -> list[Array]:
    """The program run so that each value overwrites what stood in its place."""
    place, arrays = places(program), {}
    measure = Measure(sizes)
    for variable, value in program.inputs.items():
        arrays[place[value]] = np.array(data[variable.name], dtype=float)
    for line in program.lines:
        standing = [arrays.get(one, np.zeros(())) for one in place]
        arrays[place[line.target]] = np.array(reference._worked(line, standing, measure.dims(program.values[line.target].shape), measure, np.linalg.solve))
    return [arrays[place[result]] for result in program.results]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_rule_and_its_gradients(case):
    loss = named("L", total(case.incoming * case.node) if case.node.shape else case.node)
    variables = [node for node in in_order([loss], stable) if isinstance(node, Var)]
    derivation = derive(loss, [*case.declared.values()])
    roots = [loss, *derivation.gradients.values()]
    data, sizes = data_for(variables, 1), sizes_for(variables)
    program = agree(roots, data, sizes)
    shared = with_shared_places(program, data, sizes)
    for one, other in zip(shared, run_program(program, data, sizes)):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def networks_agree(network: Network) -> None:
    derivation = derive(network.loss, list(network.variables))
    roots = [network.loss, network.output, *derivation.gradients.values()]
    variables = [node for node in in_order(roots, stable) if isinstance(node, Var)]
    measure, draw = Measure(network.sizes), np.random.default_rng(0)
    data = {node.name: np.abs(draw.normal(size=measure.dims(node.shape))) + 0.1 for node in variables}
    program = agree(roots, data, network.sizes)
    shared = with_shared_places(program, data, network.sizes)
    for one, other in zip(shared, run_program(program, data, network.sizes)):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@given(networks())
@settings(max_examples=60, deadline=None)
def test_random_networks(network):
    networks_agree(network)


@given(symbolic_networks())
@settings(max_examples=30, deadline=None)
def test_random_networks_over_letters(network):
    networks_agree(network)
