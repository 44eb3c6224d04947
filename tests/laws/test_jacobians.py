"""Local derivatives of any rank: every entry against forward mode in residues and against JAX's Jacobian, and the message they make."""

from __future__ import annotations

from collections import Counter

import jax
import numpy as np
from checks import ATTEMPTS, Task, check_with_jax, shown, turns
from expressions import Network, networks, symbolic_networks
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.derive import Local, local_derivative
from byhand.lang.expr import Var
from byhand.run.residues import P, Redraw
from byhand.run.sampling import field_evaluate, sample
from support.dual import along, directions, forward
from support.rule_cases import numbers


def locals_of(network: Network) -> list[Local]:
    return [local_derivative(network.output, node) for node in network.variables]


def check_in_the_field(network: Network, local: Local) -> str:
    """∂y/∂x in a direction, from each of its forms, and the message against G · (∂y/∂x in that direction)."""
    assert isinstance(local.x, Var)
    incoming = local.incoming
    variables = dict.fromkeys((*network.variables, incoming))
    outcome = "undefined"
    for seed in range(ATTEMPTS):
        try:
            at = sample(variables, network.sizes, seed)
            slope = directions([local.x], at, seed)
            expected = forward(local.y, at, slope)
            message, *forms = field_evaluate([local.message, local.entries, local.matrix], at)
            backward = along(message, slope[local.x])
            rank = len(local.x.shape)
            there = [np.tensordot(form[0], slope[local.x][0, 0], rank) % P for form in forms]
        except Redraw:
            continue
        sent = along(expected, at.data[incoming][:1])
        if all(np.array_equal(one, expected[0]) for one in there) and np.array_equal(backward, sent):
            return "exact"
        assert at.trials[0].guessed or turns(local.y), shown(local.y) + f"\nd{local.y.name}/d{local.x.name}: {there} instead of {expected[0]}"
        outcome = "left to floats"
    return outcome


def jacobian_tasks(network: Network, locals_: list[Local], seed: int) -> list[Task]:
    rng = np.random.default_rng(seed)
    data = {node: numbers(node, network.sizes, rng) for node in network.variables}
    return [Task(network.output, {local.x: local.entries for local in locals_ if isinstance(local.x, Var)}, data, network.sizes, shown(network.output))]


def run(strategy: st.SearchStrategy[Network], examples: int) -> tuple[Counter[str], Counter[str]]:
    exact: Counter[str] = Counter()
    tasks: list[Task] = []

    @settings(max_examples=examples)
    @given(strategy, st.integers(0, 2**32))
    def check(network: Network, seed: int) -> None:
        locals_ = locals_of(network)
        exact.update(check_in_the_field(network, local) for local in locals_)
        tasks.extend(jacobian_tasks(network, locals_, seed))

    check()
    return exact, check_with_jax(tasks, jax.jacrev)


def test_entries_of_jacobians() -> None:
    for strategy in (networks(steps=3), symbolic_networks(steps=3)):
        exact, floats = run(strategy, 120)
        assert exact["exact"] >= 0.9 * exact.total(), exact
        assert floats["compared"] >= 0.9 * floats.total() >= 100, floats
