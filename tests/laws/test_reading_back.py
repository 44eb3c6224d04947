"""Law 3: whatever is shown reads back equal: as NumPy's spelling, as text and as LaTeX, vectors as columns and as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from expressions import Network, networks, symbolic_networks
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.derive import Step, derive
from byhand.lang.expr import Expr
from byhand.show.conventions import Conventions
from support.reading import reads_back
from support.rule_cases import CASES, Case

BOTH = [Conventions(vectors="columns"), Conventions(vectors="rows")]
EXAMPLES = {"numbers": (networks(), 500), "letters": (symbolic_networks(), 300)}


def formulas_of(steps: tuple[Step, ...]) -> Iterator[Expr]:
    for step in steps:
        yield from (step.before, step.after)
        yield from formulas_of(step.inner)


@pytest.mark.parametrize("sizes", EXAMPLES)
def test_random_formulas_and_their_derivations(sizes: str) -> None:
    strategy, examples = EXAMPLES[sizes]

    @settings(max_examples=examples)
    @given(strategy, st.sampled_from(BOTH))
    def check(network: Network, conventions: Conventions) -> None:
        derivation = derive(network.loss, network.variables)
        bodies = [node.body for node in (*derivation.forward, *derivation.gradients.values())]
        for formula in dict.fromkeys((*bodies, *formulas_of(derivation.steps))):
            reads_back(formula, conventions)

    check()


# ------------------------------------------------------------------------------------------------- rules


def formulas_of_a_rule(case: Case) -> Iterator[Expr]:
    """The rule applied, its definition, its stable form, its messages, its slips."""
    yield from (case.node, case.node.body)
    if case.rule.stable is not None:
        yield case.rule.stable(*case.node.args, **case.options)
    stated: list[Callable[..., Expr]] = [case.rule.messages[name].formula for name in case.declared if name in case.rule.messages]
    stated += [slip.formula for slip in case.rule.slips if slip.argument in case.declared]
    yield from (case.message(formula) for formula in stated)


@pytest.mark.parametrize("conventions", BOTH, ids=lambda one: one.vectors)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_formulas_of_rules(case: Case, conventions: Conventions) -> None:
    for formula in formulas_of_a_rule(case):
        reads_back(formula, conventions)
