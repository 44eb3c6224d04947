"""Law 1: every gradient of random expressions is what forward mode gives exactly, and what JAX gives in floats."""

from __future__ import annotations

from collections import Counter

from checks import Task, check_in_the_field, check_with_jax, gradient_task, zeros_for
from expressions import Network, networks, symbolic_networks
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.derive import derive
from byhand.lang.expr import named
from byhand.lang.functions import total
from support.rule_cases import CASES, TURNING, sizes_for


def run(strategy: st.SearchStrategy[Network], examples: int, on_kinks: bool = False) -> tuple[Counter[str], Counter[str]]:
    """How the checks of so many networks went: in residues, and by JAX."""
    exact: Counter[str] = Counter()
    tasks: list[Task] = []

    @settings(max_examples=examples)
    @given(strategy, st.integers(0, 2**32))
    def check(network: Network, seed: int) -> None:
        derivation = derive(network.loss, network.variables)
        zeros = zeros_for(network.variables, network.sizes, seed) if on_kinks else {}
        exact[check_in_the_field(network.loss, network.variables, derivation, network.sizes, zeros)] += 1
        tasks.append(gradient_task(network.loss, network.variables, derivation, network.sizes, zeros, seed))

    check()
    return exact, check_with_jax(tasks)


def test_every_rule_at_its_examples() -> None:
    """Through its messages, and through its definition."""
    tasks: list[Task] = []
    for case in CASES:
        variables = (*case.declared.values(), case.incoming)
        sizes = sizes_for(list(variables))
        for value in (case.node, case.node.body):
            loss = named("L", total(case.incoming * named("value", value)))
            derivation = derive(loss, list(case.declared.values()))
            assert check_in_the_field(loss, variables, derivation, sizes, {}, attempts=100) == "exact" or case.rule.name in TURNING, case
            tasks.append(gradient_task(loss, variables, derivation, sizes, {}, seed=0))
    counts = check_with_jax(tasks)
    assert counts["compared"] == len(tasks) == 2 * len(CASES), counts


def mostly(kind: str, counts: Counter[str]) -> bool:
    return counts[kind] >= 0.95 * counts.total()


def test_sizes_that_are_numbers() -> None:
    exact, floats = run(networks(), 900)
    assert exact.total() >= 900
    assert mostly("exact", exact), exact
    assert mostly("compared", floats), floats


def test_sizes_that_are_letters() -> None:
    exact, floats = run(symbolic_networks(), 600)
    assert exact.total() >= 600
    assert mostly("exact", exact), exact
    assert mostly("compared", floats), floats


def test_points_on_kinks() -> None:
    """Entries that are exactly zero: relu′(0) = sign(0) = 0, and tied maxima."""
    exact, floats = run(networks(), 600, on_kinks=True)
    assert exact.total() >= 600
    assert mostly("exact", exact), exact
    assert mostly("compared", floats), floats
